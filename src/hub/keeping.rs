//! What is handed over to be kept, and what may be heard of it: nothing before it is kept, unless nothing can be.
//!
//! Where it is kept is the journal's affair.

use std::collections::VecDeque;
use std::fmt::Write;
use std::time::Instant;

use log::{info, warn};

use crate::base::limits::{KEEP_WITHIN, TURN_WITHIN, UNKEPT_BYTES};
use crate::base::text::plural;
use crate::hub::{Answer, Due, Hub};
use crate::journal::{Batch, Journal, Record, Sizes, ThreadId, Ticket, Told, Work};
use crate::proto::{Event, RoomId};

/// What is under way between the rooms and the journal.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// Batches that are not kept yet: when each was made, and its cost.
    under_way: VecDeque<(u64, Instant, usize)>,
    under_way_bytes: usize,
    /// The number of the last batch that was made, and of the last that is kept.
    made: u64,
    kept: u64,
    /// How many turns said something.
    turns: u64,
    /// Those that may not be let out yet, and the number of the last that may.
    held: VecDeque<Turn>,
    out: u64,
    /// It is looked after what is under way.
    is_watched: bool,
    trouble: Option<Trouble>,
    /// What the journal takes of the disk.
    pub(super) sizes: Option<Sizes>,
    /// What it does beside.
    pub(super) work: Work,
    /// What operators are to be told when this batch is kept.
    answers: VecDeque<(u64, Ticket, Answer)>,
}

/// A turn that is not let out yet.
#[derive(Debug)]
struct Turn {
    number: u64,
    /// Which batch has to be kept first.
    after: u64,
}

/// Nothing can be kept.
#[derive(Debug)]
struct Trouble {
    why: String,
    /// The last batch that was made before.
    made: u64,
    /// How many messages will never be kept.
    lost: usize,
}

impl Keeping {
    /// Whether messages of this cost may be handed over. If not, they are never kept.
    pub(super) fn takes(&mut self, cost: usize) -> bool {
        match &mut self.trouble {
            Some(trouble) if self.under_way_bytes + cost > UNKEPT_BYTES => {
                trouble.lost += 1;
                false
            }
            _ => true,
        }
    }

    /// A batch of these, whose messages cost so much.
    pub(super) fn batch(&mut self, records: Vec<Record>, cost: usize, now: Instant) -> Batch {
        self.made += 1;
        self.under_way.push_back((self.made, now, cost));
        self.under_way_bytes += cost;
        Batch { number: self.made, records }
    }

    /// A turn in which something was said that may be heard as soon as all batches that were made by now are kept: its number.
    pub(super) fn turn(&mut self) -> u64 {
        self.turns += 1;
        self.held.push_back(Turn { number: self.turns, after: self.made });
        self.turns
    }

    /// Lets out what may be: nothing that is not kept, unless nothing can be.
    /// Returns the number of the last turn that is let out.
    fn let_out(&mut self) -> u64 {
        while let Some(turn) = self.held.front()
            && (turn.after <= self.kept || self.trouble.is_some())
        {
            self.out = turn.number;
            self.held.pop_front();
        }
        self.out
    }
}

impl Hub {
    /// Hands `journal` what this turn wants kept, and takes what it has to tell.
    pub fn keep(&mut self, journal: &mut (impl Journal + ?Sized), now: Instant) {
        // First what it has to tell: what that lets out makes room for what is handed over.
        self.take_told(journal, now);
        if let Some(batch) = self.end_turn(now) {
            journal.append(batch);
        }
        while let Some(ticket) = self.lookups.poll_cancelled() {
            journal.cancel(ticket);
        }
        while let Some((ticket, question, effort)) = self.lookups.poll_question() {
            journal.ask(ticket, question, effort);
        }
        self.take_told(journal, now);
        self.keeping.sizes = journal.sizes();
        if let Some(work) = journal.work() {
            self.keeping.work = work;
        }
        self.lookups.is_journal_busy = journal.is_busy();
        self.watch(now);
        self.fanout.release(self.keeping.let_out());
        self.answer_operators();
        self.answer_on(now);
    }

    /// Whether something was said that is not let out yet.
    pub fn holds_back(&self) -> bool {
        self.fanout.has_unreleased()
    }

    fn take_told(&mut self, journal: &mut (impl Journal + ?Sized), now: Instant) {
        while let Some(told) = journal.poll() {
            self.told(told, now);
        }
        self.fanout.release(self.keeping.let_out());
    }

    /// The journal tells something.
    fn told(&mut self, told: Told, now: Instant) {
        match told {
            Told::Kept(number) => self.kept(number, now),
            Told::Failing(why) => self.cannot_keep(why, now),
            Told::Found(ticket, found) => self.lookups.found(ticket, found),
            Told::Erased(ticket, erasure) => self.erased(ticket, &erasure),
            Told::Retention(ticket, retention) => self.lookups.retention_is(ticket, &retention),
        }
        self.deliver(now);
    }

    fn kept(&mut self, number: u64, now: Instant) {
        self.lets_out(now);
        let keeping = &mut self.keeping;
        keeping.kept = keeping.kept.max(number);
        self.lookups.kept(keeping.kept);
        while let Some((_, _, cost)) = keeping.under_way.front().filter(|(batch, ..)| *batch <= number) {
            keeping.under_way_bytes -= cost;
            keeping.under_way.pop_front();
        }
        // What is still under way is, by now, no longer there than usual; that all is kept, the rooms hear when that is too.
        let is_over = |trouble: &mut Trouble| {
            let oldest = keeping.under_way.front().map(|(_, made, _)| now.saturating_duration_since(*made));
            number >= trouble.made && oldest.is_none_or(|age| age < TURN_WITHIN)
        };
        if let Some(trouble) = keeping.trouble.take_if(is_over) {
            info!("what is said is kept again; {} messages were not", trouble.lost);
            let text = match trouble.lost {
                0 => "What is said is kept again, and so is what was said meanwhile.".to_owned(),
                lost => format!(
                    "What is said is kept again. Of what was said meanwhile, {} will be missing.",
                    plural(lost, "message")
                ),
            };
            self.tell_all_rooms(&text);
        }
    }

    /// Nothing can be kept: all who are to hear something are told, and hear it all the same.
    fn cannot_keep(&mut self, why: String, now: Instant) {
        if self.keeping.trouble.is_some() {
            return;
        }
        self.lets_out(now);
        warn!("nothing that is said can be kept: {why}");
        let text = not_kept(&why);
        self.tell_all_rooms(&text);
        // Who has left all rooms is still owed what was said in them before.
        for id in self.fanout.awaiting_commit().collect::<Vec<_>>() {
            if self.sessions[id.0].member().is_some() && self.fanout.subscriptions(id).next().is_none() {
                self.tell(id, &Event::notice(text.as_str()));
            }
        }
        self.keeping.trouble = Some(Trouble { why, made: self.keeping.made, lost: 0 });
        // What is not kept cannot be found, and nobody waits for it.
        self.lookups.kept(u64::MAX);
    }

    /// What was said is let out. Who said it was not listened to since.
    fn lets_out(&mut self, now: Instant) {
        if let Some((_, made, _)) = self.keeping.under_way.front()
            && self.keeping.trouble.is_none()
            && now.saturating_duration_since(*made) >= TURN_WITHIN
        {
            self.listens_again(*made, now);
        }
    }

    /// The batch with which all is kept that was said in a thread until now, and the last of which nobody has to wait.
    pub(super) fn batch_of(&self, thread: ThreadId) -> (u64, u64) {
        let batch = self.keeping.made + u64::from(self.gathered(thread) > 0);
        (batch, if self.keeping.trouble.is_some() { batch } else { self.keeping.kept })
    }

    /// What an operator is to be told as soon as what he decided is kept.
    pub(super) fn answer_when_kept(&mut self, answer: Answer) -> Answer {
        let ticket = self.lookups.operators_ticket();
        // It is a part of what this turn hands over.
        self.keeping.answers.push_back((self.keeping.made + 1, ticket, answer));
        Answer::Later(ticket)
    }

    /// Answers operators whose decisions are kept, or cannot be.
    fn answer_operators(&mut self) {
        let Keeping { answers, kept, trouble, .. } = &mut self.keeping;
        while let Some((batch, ..)) = answers.front()
            && (batch <= kept || trouble.is_some())
        {
            let Some((batch, ticket, mut answer)) = answers.pop_front() else { return };
            if let (Some(Trouble { why, .. }), Answer::Told { text, .. }) = (&trouble, &mut answer)
                && batch > *kept
            {
                let _ = write!(text, " That is not kept for now: {why}.");
            }
            self.lookups.answer(ticket, answer);
        }
    }

    /// What who comes now is to know of that.
    pub(super) fn keeping_notice(&self) -> Option<String> {
        self.keeping.trouble.as_ref().map(|trouble| not_kept(&trouble.why))
    }

    /// How it stands, for operators: as a sentence's end, and how many batches wait.
    pub(super) fn keeping_state(&self) -> (String, usize) {
        let waiting = self.keeping.under_way.len();
        let state = match &self.keeping.trouble {
            Some(trouble) => format!("nothing for now: {}", trouble.why),
            None if !self.outlives => "in memory only, until the server ends".to_owned(),
            None if waiting == 0 => "all that was said".to_owned(),
            None => format!("all but {} on their way", plural(waiting, "turn")),
        };
        (state, waiting)
    }

    fn tell_all_rooms(&mut self, text: &str) {
        let event = Event::notice(text);
        for room in 0..self.rooms.len() {
            if self.chat.room(RoomId(room)).is_some() {
                self.fanout.broadcast(RoomId(room), &event, &[]);
            }
        }
    }

    /// Sees to it that what takes too long to be kept is noticed: after what the journal tells, as it may have been this
    /// program that was late.
    fn watch(&mut self, now: Instant) {
        let Some((_, made, _)) = self.keeping.under_way.front() else { return };
        let end = *made + KEEP_WITHIN;
        if end <= now {
            self.cannot_keep("the disk does not answer".to_owned(), now);
        } else if !std::mem::replace(&mut self.keeping.is_watched, true) {
            self.timers.set(end, Due::Keeping);
        }
    }

    /// It is time to look how long the oldest batch is under way.
    pub(super) fn keeping_due(&mut self) {
        self.keeping.is_watched = false;
    }
}

fn not_kept(why: &str) -> String {
    format!("Nothing that is said is kept for now: {why}. The chat goes on.")
}
