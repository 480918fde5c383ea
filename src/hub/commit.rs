//! *Release*: batches go out to the journal, commits and answers come in, and the fan-out is told what may be heard.

use std::time::Instant;

use log::{info, warn};

use crate::durability::{Committed, Pressure};
use crate::hub::history_queries::Answered;
use crate::hub::{AdminResult, Hub};
use crate::journal::{Journal, JournalEvent, StreamId};
use crate::proto::{Event, Notice};

impl Hub {
    /// Hands `journal` the batch of this turn, if it is to be sealed, and takes what the journal has to tell.
    pub fn drive_journal(&mut self, journal: &mut dyn Journal, now: Instant) {
        // What is in order now is part of this batch.
        self.rooms.apply_ordered();
        self.run_effects(now);
        // What the journal has to tell comes first: what that releases makes room for the next batch.
        self.poll_journal(journal, now);
        let decided = self.operators.take_record(self.rooms.chat(), self.rooms.wall(now));
        if let Some(record) = decided {
            self.gate.record(record);
        }
        if let Some((number, batch)) = self.gate.seal(self.pressure(), now) {
            self.sessions.fanout.seal(number);
            if let Some(batch) = batch {
                journal.append(batch);
            }
        }
        self.advance_queries();
        self.queries.hand_over(journal);
        self.poll_journal(journal, now);
        self.metrics.read_journal(journal);
        self.queries.is_journal_busy = journal.is_busy();
        // After what the journal tells: it may have been this program that was late.
        if self.gate.has_timed_out(now) {
            self.on_failing("the disk does not answer", now);
        }
        self.operator_answers.on_timer(self.gate.degraded(), now);
        let due = self.gate.deadline(now).into_iter().chain(self.operator_answers.deadline()).min();
        self.commit_due = due;
        self.sessions.fanout.release(self.gate.released());
        self.advance_queries();
        self.tell_answers(now);
    }

    /// Whether something was said that is not in order yet, or not released.
    pub fn holds_back(&self) -> bool {
        self.rooms.has_proposals() || self.sessions.fanout.has_unreleased()
    }

    /// Whether nobody more is to be read: this turn's share is said, or too much awaits its commit.
    pub fn is_full(&self) -> bool {
        self.sessions.fanout.must_pause_reads()
    }

    /// Whether there is something to be written, or to be handed to the journal, at once.
    pub(super) fn has_to_keep(&self) -> bool {
        self.sessions.fanout.has_work()
            || self.queries.is_busy()
            || self.operators.has_changed()
            || self.gate.must_seal(self.pressure())
    }

    /// How many messages of a stream are not sealed yet: for tests that compare what is kept with what was said.
    pub fn gathered(&self, stream: StreamId) -> usize {
        self.gate.unsealed(stream)
    }

    /// The batch that this turn seals.
    pub(super) fn next_batch(&self) -> u64 {
        self.gate.last_issued() + 1
    }

    /// What a newcomer has to know of the journal.
    pub(super) fn degraded_notice(&self) -> Option<Event> {
        self.gate.degraded().map(not_kept)
    }

    /// How much presses for the batch to be sealed.
    fn pressure(&self) -> Pressure {
        Pressure {
            is_broadcast: self.sessions.fanout.is_unsealed(),
            can_linger: !(self.is_full() || self.admission.is_stopping())
                && self.sessions.fanout.can_batch_more(),
            is_writing: self.sessions.fanout.is_writing_before_unsealed(),
        }
    }

    /// Questions and operators that wait for a commit go on.
    pub(super) fn advance_queries(&mut self) {
        self.queries.committed(self.gate.last_committed(), self.gate.degraded().is_some());
        self.operator_answers.on_committed(self.gate.last_committed(), self.gate.degraded());
    }

    /// Goes on with telling what was found.
    fn tell_answers(&mut self, now: Instant) {
        let is_open =
            |room, thread| self.rooms.chat().room(room).is_some() && self.gate.stream(room) == thread;
        let (member, text) = match self.queries.answer(is_open) {
            Some(Answered::Page(ticket, found)) => {
                return self.operator_answers.push(ticket, AdminResult::Page(found));
            }
            Some(Answered::Member(member, text)) => (member, Some(text)),
            Some(Answered::Closed(member)) => (member, None),
            None => return,
        };
        let Some(id) = self.sessions.of_member(member) else { return };
        match text {
            Some(text) => self.sessions.fanout.enqueue(id, |out| out.unsplit(text)),
            None => self.sessions.tell(id, &Event::Notice(Notice::RoomClosed)),
        }
        self.wait_no_longer(id, now);
    }

    fn poll_journal(&mut self, journal: &mut dyn Journal, now: Instant) {
        while let Some(event) = journal.poll() {
            match event {
                JournalEvent::Committed(number) => self.on_committed(number, now),
                JournalEvent::Failing(why) => self.on_failing(&why, now),
                JournalEvent::Answered(ticket, found) => self.queries.found(ticket, found),
                JournalEvent::Erased(ticket, erasure) => {
                    self.operator_answers.push(ticket, AdminResult::Erased(erasure));
                }
                JournalEvent::Retention(ticket, retention) => {
                    self.operator_answers.push(ticket, AdminResult::Retention(retention));
                }
            }
        }
        self.sessions.fanout.release(self.gate.released());
    }

    fn on_committed(&mut self, number: u64, now: Instant) {
        self.credit_commit_stall(now);
        let Committed { recovered } = self.gate.on_committed(number, now);
        let Some(lost) = recovered else { return };
        info!("what is said is kept again; {lost} messages were not");
        self.tell_all_rooms(&Event::Notice(Notice::Recovered { lost }));
    }

    /// Nothing can be kept: all who are to hear something are told, and hear it all the same.
    fn on_failing(&mut self, why: &str, now: Instant) {
        if self.gate.degraded().is_some() {
            return;
        }
        self.credit_commit_stall(now);
        warn!("nothing that is said can be kept: {why}");
        let notice = not_kept(why);
        self.tell_all_rooms(&notice);
        // A member that has left all rooms still has to hear what was said in them before.
        for id in self.sessions.fanout.awaiting_commit().collect::<Vec<_>>() {
            if self.sessions[id].member().is_some() && self.sessions.fanout.subscriptions(id).next().is_none()
            {
                self.sessions.tell(id, &notice);
            }
        }
        self.gate.on_failing(why);
    }

    /// Something is released after a slow commit. Reads from its authors were paused meanwhile: what they send now is no
    /// flood.
    fn credit_commit_stall(&mut self, now: Instant) {
        if let Some(since) = self.gate.stalled_since(now) {
            self.sessions.stall.record(since, now);
        }
    }

    fn tell_all_rooms(&mut self, event: &Event) {
        for room in self.rooms.chat().rooms().map(|(id, _)| id).collect::<Vec<_>>() {
            self.sessions.fanout.broadcast(room, event, &[]);
        }
    }
}

fn not_kept(why: &str) -> Event {
    Event::Notice(Notice::Degraded(why.to_owned()))
}
