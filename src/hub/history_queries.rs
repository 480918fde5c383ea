//! What is being looked up in the journal, and for whom. Of a member's questions one is under way at a time, and of those of
//! all together one of each effort: who is next, is decided as late as can be (`lookup_queue.rs`), and whoever has left by then
//! is not.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::Instant;

use bytes::BytesMut;

use crate::base::limits::{FOUND_BYTES, FOUND_MESSAGES, FOUND_TOLD_PER_TURN, FOUND_WAITING};
use crate::fanout::{Charge, Total};
use crate::hub::fair_queue::{Asker, FairQueue};
use crate::hub::{AdminResult, Hub};
use crate::journal::{Effort, Found, Message, Question, Search, ThreadId, Ticket};
use crate::limits::admission::Source;
use crate::proto::{Event, HistoryOutcome, HistoryQuery, MemberId, Misuse, Notice, Reply, RoomId};

/// Questions, and who waits for their answers.
#[derive(Debug, Default)]
pub(super) struct HistoryQueries {
    /// What all connections are owed, of which what was found is a part.
    held: Total,
    last: u64,
    quick: Lane,
    thorough: Lane,
    /// Whose answers nobody waits for any more, which the journal does not know yet.
    cancelled: Vec<Ticket>,
    asked: HashMap<Ticket, Asked>,
    of_member: HashMap<MemberId, Ticket>,
    /// Questions about what is not kept yet: the batch that has to be kept before each may be asked.
    deferred: VecDeque<(u64, Deferred)>,
    /// What was found, and is not told yet.
    found: VecDeque<(Ticket, Result<Found, String>, Charge)>,
    telling: Option<Telling>,
    /// The journal gets on with what it was asked in the next turn of the loop.
    pub(super) is_journal_busy: bool,
}

/// The questions of one effort.
#[derive(Debug, Default)]
struct Lane {
    queue: FairQueue,
    /// That which is being looked up.
    under_way: Option<Ticket>,
}

impl Lane {
    fn next(&mut self) -> Option<(Ticket, Question)> {
        if self.under_way.is_some() {
            return None;
        }
        let next = self.queue.pop()?;
        self.under_way = Some(next.0);
        Some(next)
    }

    fn is_ready(&self) -> bool {
        self.under_way.is_none() && !self.queue.is_empty()
    }

    fn is_idle(&self) -> bool {
        self.under_way.is_none() && self.queue.is_empty()
    }
}

/// What a question costs, in points, for those who take turns: about a millisecond.
fn cost(question: &Question) -> u64 {
    match question {
        Question::Last { most, since, .. } => 1 + (*most / 64) as u64 + u64::from(since.is_some()),
        Question::Page { .. } => 4,
        Question::Search { words, .. } => 2 + Search::parse(words).map_or(1, |search| search.cost()),
    }
}

/// The same for what takes longer: they are all alike.
const THOROUGH_COST: u64 = 32;

/// A question that is not in its lane yet.
#[derive(Debug)]
struct Deferred {
    asker: Asker,
    ticket: Ticket,
    question: Question,
}

/// What somebody waits for.
#[derive(Debug)]
enum Asked {
    /// A member, in a room and its thread.
    Member { member: MemberId, asker: Asker, room: RoomId, thread: ThreadId, query: HistoryQuery },
    /// An operator: a page of a room's messages.
    Page,
}

/// An answer that is being written, part by part, and told as a whole.
#[derive(Debug)]
struct Telling {
    member: MemberId,
    name: Rc<str>,
    messages: std::vec::IntoIter<Message>,
    text: BytesMut,
    /// What was found occupies so much, until it is owed as text.
    _charge: Charge,
}

impl HistoryQueries {
    /// Nothing is asked yet. What will be found is a charge on `held`.
    pub(super) fn new(held: &Total) -> HistoryQueries {
        HistoryQueries { held: held.clone(), ..HistoryQueries::default() }
    }

    fn ticket(&mut self, asked: Asked) -> Ticket {
        let ticket = self.next_ticket();
        self.asked.insert(ticket, asked);
        ticket
    }

    /// A ticket that was never given before.
    pub(super) fn next_ticket(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }

    /// The next question to be handed over. While answers wait to be told there is none: they are told in the order in which
    /// they come.
    pub(super) fn poll_question(&mut self) -> Option<(Ticket, Question, Effort)> {
        if self.is_full() {
            return None;
        }
        let quick = self.quick.next().map(|(ticket, question)| (ticket, question, Effort::Quick));
        quick.or_else(|| self.thorough.next().map(|(ticket, question)| (ticket, question, Effort::Thorough)))
    }

    /// The next that nobody waits for any more.
    pub(super) fn poll_cancelled(&mut self) -> Option<Ticket> {
        self.cancelled.pop()
    }

    fn is_full(&self) -> bool {
        self.found.len() + usize::from(self.telling.is_some()) >= FOUND_WAITING
    }

    /// Whether there is something to be handed over, or answers to be told.
    pub(super) fn is_busy(&self) -> bool {
        let has_answers = !self.found.is_empty() || self.telling.is_some();
        let has_questions = (self.quick.is_ready() || self.thorough.is_ready()) && !self.is_full();
        has_answers || has_questions || !self.cancelled.is_empty() || self.is_journal_busy
    }

    /// The answer to a question has come. What there was not time enough for is asked again, unless something was found and
    /// others wait for that too.
    pub(super) fn found(&mut self, ticket: Ticket, found: Result<Found, String>) {
        let is_quick = self.quick.under_way.take_if(|under_way| *under_way == ticket).is_some();
        self.thorough.under_way.take_if(|under_way| *under_way == ticket);
        if is_quick
            && found.as_ref().is_ok_and(|found| found.is_partial)
            && (found.as_ref().is_ok_and(|found| found.messages.is_empty()) || self.thorough.is_idle())
            && let Some(Asked::Member { asker, thread, query, .. }) = self.asked.get(&ticket)
        {
            let question = question(query, *thread);
            return self.thorough.queue.push(*asker, ticket, question, THOROUGH_COST);
        }
        if self.asked.contains_key(&ticket) {
            let cost = found.as_ref().map_or(0, |found| found.messages.iter().map(Message::cost).sum());
            self.found.push_back((ticket, found, self.held.charge(cost)));
        }
    }

    /// Whoever this was is gone, and waits no longer. Returns whether it did.
    pub(super) fn drop_member(&mut self, member: MemberId) -> bool {
        let ticket = self.of_member.remove(&member);
        if let Some(ticket) = ticket {
            self.asked.remove(&ticket);
            self.found.retain(|(found, ..)| *found != ticket);
            self.deferred.retain(|(_, deferred)| deferred.ticket != ticket);
            let waited = self.quick.queue.remove(ticket) || self.thorough.queue.remove(ticket);
            if !waited && [self.quick.under_way, self.thorough.under_way].contains(&Some(ticket)) {
                self.cancelled.push(ticket);
            }
        }
        self.telling.take_if(|telling| telling.member == member);
        ticket.is_some()
    }

    /// Asks as soon as this batch is kept: what its asker said, or heard others say, is found.
    fn ask_after(&mut self, batch: u64, asker: Asker, ticket: Ticket, question: Question) {
        self.deferred.push_back((batch, Deferred { asker, ticket, question }));
    }

    /// All batches up to this one are committed; or none can be now, and nobody waits for that.
    pub(super) fn committed(&mut self, upto: u64, is_degraded: bool) {
        while self.deferred.front().is_some_and(|(batch, _)| *batch <= upto || is_degraded) {
            let Some((_, Deferred { asker, ticket, question })) = self.deferred.pop_front() else { break };
            let cost = cost(&question);
            self.quick.queue.push(asker, ticket, question, cost);
        }
    }

    /// Whether this member's question is not answered yet.
    pub(super) fn is_asked_by(&self, member: MemberId) -> bool {
        self.of_member.contains_key(&member)
    }

    /// An operator asks for a page of a room's messages that come `after` one.
    pub(super) fn page(&mut self, room: &str, after: Option<(ThreadId, u64)>) -> Ticket {
        let ticket = self.ticket(Asked::Page);
        let question = Question::Page { room: room.to_owned(), after, most: FOUND_MESSAGES };
        let cost = cost(&question);
        self.quick.queue.push(Asker::Operators, ticket, question, cost);
        ticket
    }
}

impl Hub {
    /// A member wants to be told again of what was said.
    pub(super) fn recall(&mut self, member: MemberId, room: RoomId, query: HistoryQuery) {
        let session = self.session_of[member.0].and_then(|id| self.sessions.get(id.0));
        if self.session_of[member.0].is_some_and(|id| self.fanout.backlog(id) > FOUND_BYTES) {
            return self.chat.misused(member, Misuse::Unread);
        }
        if let HistoryQuery::Search { words, .. } = &query
            && let Err(why) = Search::parse(words)
        {
            return self.chat.misused(member, Misuse::Unsearchable(why.to_string()));
        }
        let address = session.map(|session| session.peer.ip());
        let asker = address.map_or(Asker::Operators, |address| Asker::Address(Source::of(address)));
        let thread = self.gate.thread(room);
        let question = question(&query, thread);
        let ticket = self.queries.ticket(Asked::Member { member, asker, room, thread, query });
        self.queries.of_member.insert(member, ticket);
        self.queries.ask_after(self.gate.batch_of(thread), asker, ticket, question);
        self.advance_queries();
    }

    /// Goes on with telling what was found, one answer after the other: so many messages of it in a turn, however many ask
    /// for much.
    pub(super) fn answer_on(&mut self, now: Instant) {
        if self.queries.telling.is_none()
            && let Some((ticket, found, charge)) = self.queries.found.pop_front()
        {
            self.answer(ticket, found, charge, now);
        }
        let Some(telling) = &mut self.queries.telling else { return };
        let Some(id) = self.session_of[telling.member.0] else { return };
        let encoding = self.sessions[id.0].codec.encoding();
        for _ in 0..FOUND_TOLD_PER_TURN {
            let Some(message) = telling.messages.next() else { break };
            let (entry, more) = (message.into_entry(telling.name.clone()), telling.messages.len());
            encoding.encode(&Event::Found { entry, more }, &mut telling.text);
        }
        if telling.messages.len() > 0 {
            return;
        }
        if let Some(Telling { member, text, .. }) = self.queries.telling.take() {
            self.queries.of_member.remove(&member);
            self.owe(id, |out| out.unsplit(text));
            self.wait_no_longer(id, now);
        }
    }

    fn answer(&mut self, ticket: Ticket, found: Result<Found, String>, charge: Charge, now: Instant) {
        match self.queries.asked.remove(&ticket) {
            Some(Asked::Member { member, room, thread, query, .. }) => {
                let session = self.session_of[member.0];
                let is_same = self.gate.thread(room) == thread;
                let Some(id) = session else { return };
                let Some(open) = self.chat.room(room).filter(|_| is_same) else {
                    self.queries.of_member.remove(&member);
                    self.tell(id, &Event::Notice(Notice::RoomClosed));
                    return self.wait_no_longer(id, now);
                };
                let (name, mut text) = (open.room_name(), BytesMut::new());
                let outcome = found.as_ref().map(outcome).map_err(String::clone);
                let heading = Event::Reply(Reply::Found { room: name.clone(), query, outcome });
                self.sessions[id.0].codec.encoding().encode(&heading, &mut text);
                let messages = found.unwrap_or_default().messages.into_iter();
                self.queries.telling = Some(Telling { member, name, messages, text, _charge: charge });
            }
            Some(Asked::Page) => self.operator_answers.push(ticket, AdminResult::Page(found)),
            None => {}
        }
    }
}

/// What is asked of the journal for who wants this.
fn question(query: &HistoryQuery, thread: ThreadId) -> Question {
    match query.clone() {
        HistoryQuery::Last { most, since } => Question::Last { thread, most, since },
        HistoryQuery::Search { words, most } => Question::Search { thread, words, most },
    }
}

fn outcome(found: &Found) -> HistoryOutcome {
    HistoryOutcome {
        messages: found.messages.len(),
        is_cut: found.is_cut,
        is_partial: found.is_partial,
        is_indexing: found.is_indexing,
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    /// What the journal found for somebody.
    fn found() -> Found {
        let message = |id| Message {
            thread: ThreadId(1),
            id,
            time: SystemTime::UNIX_EPOCH,
            by: None,
            is_act: false,
            text: "x".repeat(1_000),
        };
        Found { messages: (1..=100).map(message).collect(), ..Found::default() }
    }

    fn ask(lookups: &mut HistoryQueries, member: MemberId) -> Ticket {
        let query = HistoryQuery::Last { most: 100, since: None };
        let (asker, room, thread) = (Asker::Operators, RoomId(0), ThreadId(1));
        let ticket = lookups.ticket(Asked::Member { member, asker, room, thread, query });
        lookups.of_member.insert(member, ticket);
        ticket
    }

    #[test]
    fn what_was_found_counts_until_it_is_told_or_nobody_waits_for_it() {
        let held = Total::default();
        let mut lookups = HistoryQueries::new(&held);
        let (first, second) = (ask(&mut lookups, MemberId(1)), ask(&mut lookups, MemberId(2)));
        lookups.found(first, Ok(found()));
        let bytes = held.bytes();
        assert!(bytes > 100_000, "{bytes}");
        lookups.found(second, Ok(found()));
        assert_eq!(held.bytes(), 2 * bytes);
        assert!(lookups.drop_member(MemberId(1)));
        assert_eq!(held.bytes(), bytes);
        drop(lookups.found.pop_front());
        assert_eq!(held.bytes(), 0);
        lookups.found(first, Ok(found()));
        assert_eq!(held.bytes(), 0, "nobody asked for that");
    }
}
