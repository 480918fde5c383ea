//! Questions to the journal. Each member has one open question at a time, and the journal gets one of each effort at a time,
//! chosen as late as possible (`fair_queue.rs`), so that questions of members that have left are dropped. Replies are encoded
//! in parts (`answers.rs`).
//!
//! Private messages are in memory: queries for them are answered here (`private.rs`), and their replies go the same way.

mod amendments;
mod answers;
mod fair_queue;
mod lane;
mod private;

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use bytes::BytesMut;

use crate::base::limits::RESULT_MESSAGES_MAX;
use crate::fanout::Total;
use crate::journal::{Effort, HistoryStore, Message, QueryResult, Question, Search, StreamId, Ticket};
use crate::proto::{HistoryQuery, MemberId, PrivateQuery, RoomId};
use amendments::Amendments;
use answers::Answers;
use fair_queue::Asker;
use lane::{Lane, THOROUGH_COST, cost};
use private::PrivateQueries;

pub(super) use answers::{By, ReplyTo};

/// Open questions, and who asked them.
#[derive(Debug, Default)]
pub(super) struct HistoryQueries {
    /// The memory of all send queues: results are charged to it.
    held: Total,
    last: u64,
    quick: Lane,
    thorough: Lane,
    private: PrivateQueries,
    /// Tickets to cancel at the journal.
    cancelled: Vec<Ticket>,
    asked: HashMap<Ticket, Asked>,
    of_member: HashMap<MemberId, Ticket>,
    /// Questions that await the commit of this batch.
    deferred: VecDeque<(u64, Deferred)>,
    answers: Answers,
    amendments: Amendments,
    /// The in-memory journal has a question to answer in the next turn.
    pub(super) is_journal_busy: bool,
}

/// A question that awaits a commit.
#[derive(Debug)]
struct Deferred {
    asker: Asker,
    ticket: Ticket,
    question: Question,
}

/// The origin of a question.
#[derive(Debug)]
enum Asked {
    /// A member.
    Member { by: By, query: HistoryQuery },
    /// An operator, who wants a page of a room's messages.
    Page,
}

/// The result of a question.
#[derive(Debug)]
pub(super) enum Answered {
    /// The reply to a member.
    Member(MemberId, BytesMut),
    /// The member's room is closed, or has another stream.
    Closed(MemberId),
    /// A page for an operator.
    Page(Ticket, Result<QueryResult, String>),
}

impl HistoryQueries {
    /// Starts without questions. Results are charged to `held`.
    pub(super) fn new(held: &Total) -> HistoryQueries {
        HistoryQueries { held: held.clone(), ..HistoryQueries::default() }
    }

    fn ticket(&mut self, asked: Asked) -> Ticket {
        let ticket = self.next_ticket();
        self.asked.insert(ticket, asked);
        ticket
    }

    /// A new ticket.
    pub(super) fn next_ticket(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }

    /// Hands questions and cancellations to the journal, and does a turn's share of a query for private messages. While the
    /// backlog of replies is full, no question is begun.
    pub(super) fn hand_over(&mut self, store: &mut (impl HistoryStore + ?Sized)) {
        while let Some(ticket) = self.cancelled.pop() {
            store.cancel(ticket);
        }
        if self.answers.are_many() {
            return;
        }
        if let Some(reply) = self.private.work() {
            self.answers.push_private(reply);
        }
        while let Some((ticket, question)) = self.quick.next() {
            store.ask(ticket, question, Effort::Quick);
        }
        while let Some((ticket, question)) = self.thorough.next() {
            store.ask(ticket, question, Effort::Thorough);
        }
    }

    /// Whether there is something to hand over, or a reply to send.
    pub(super) fn is_busy(&self) -> bool {
        let is_ready = self.quick.is_ready() || self.thorough.is_ready() || self.private.is_ready();
        let has_questions = is_ready && !self.answers.are_many();
        !self.answers.is_empty() || has_questions || !self.cancelled.is_empty() || self.is_journal_busy
    }

    /// Takes the result of a question. A partial result of the quick reader is asked again of the thorough one, unless
    /// something was found and other questions wait there.
    pub(super) fn found(&mut self, ticket: Ticket, mut found: Result<QueryResult, String>) {
        let mut nothing = Vec::new();
        let messages = found.as_mut().map_or(&mut nothing, |found| &mut found.messages);
        self.amendments.on_answered(ticket, messages);
        let is_quick = self.quick.under_way.take_if(|under_way| *under_way == ticket).is_some();
        self.thorough.under_way.take_if(|under_way| *under_way == ticket);
        if is_quick
            && found.as_ref().is_ok_and(|found| found.is_partial)
            && (found.as_ref().is_ok_and(|found| found.messages.is_empty()) || self.thorough.is_idle())
            && let Some(Asked::Member { by, query }) = self.asked.get(&ticket)
        {
            let question = question(query, by.stream);
            return self.thorough.queue.push(Asker::Address(by.to.source), ticket, question, THOROUGH_COST);
        }
        if self.asked.contains_key(&ticket) {
            let cost = found.as_ref().map_or(0, |found| found.messages.iter().map(Message::cost).sum());
            self.answers.push((ticket, found, self.held.charge(cost)));
        }
    }

    /// Drops the question of a member that is gone. Returns whether it had one.
    pub(super) fn drop_member(&mut self, member: MemberId) -> bool {
        let ticket = self.of_member.remove(&member);
        if let Some(ticket) = ticket {
            self.asked.remove(&ticket);
            self.deferred.retain(|(_, deferred)| deferred.ticket != ticket);
            self.private.remove(ticket);
            let was_queued = self.quick.queue.remove(ticket) || self.thorough.queue.remove(ticket);
            if !was_queued && [self.quick.under_way, self.thorough.under_way].contains(&Some(ticket)) {
                self.cancelled.push(ticket);
            }
        }
        self.answers.remove(member, ticket);
        ticket.is_some()
    }

    /// Adds a member's question about a room. It is asked once this batch is committed, so that it finds everything the member
    /// has seen. An error says why the question is refused.
    pub(super) fn recall(&mut self, by: By, query: HistoryQuery, batch: u64) -> Result<(), String> {
        if let HistoryQuery::Search { words, .. } | HistoryQuery::Words { words, .. } = &query {
            Search::parse(words).map_err(|why| why.to_string())?;
        }
        let (member, asker) = (by.to.member, Asker::Address(by.to.source));
        let question = question(&query, by.stream);
        let ticket = self.ticket(Asked::Member { by, query });
        self.of_member.insert(member, ticket);
        self.deferred.push_back((batch, Deferred { asker, ticket, question }));
        Ok(())
    }

    /// Adds a member's query for private messages. An error says why it is refused.
    pub(super) fn recall_private(&mut self, to: ReplyTo, query: PrivateQuery) -> Result<(), String> {
        let (member, ticket) = (to.member, self.next_ticket());
        self.private.push(to, ticket, query, &self.held)?;
        self.of_member.insert(member, ticket);
        Ok(())
    }

    /// Continues with the replies, one after the other, within the turn's budget of messages. `is_open`: whether a room is
    /// open.
    pub(super) fn answer(&mut self, is_open: impl Fn(RoomId) -> bool) -> Option<Answered> {
        if let Some((ticket, found, charge)) = self.answers.next() {
            match self.asked.remove(&ticket)? {
                Asked::Page => return Some(Answered::Page(ticket, found)),
                Asked::Member { by, .. } if !is_open(by.room) => {
                    self.of_member.remove(&by.to.member);
                    return Some(Answered::Closed(by.to.member));
                }
                Asked::Member { by, query, .. } => {
                    self.answers.begin(by, query, (ticket, found, charge));
                }
            }
        }
        let (member, text) = self.answers.write()?;
        self.of_member.remove(&member);
        Some(Answered::Member(member, text))
    }

    /// A message is erased, or has another text, with this batch.
    pub(super) fn amended(&mut self, stream: StreamId, id: u64, text: Option<Rc<str>>, batch: u64) {
        self.amendments.add(stream, id, text, batch);
    }

    /// Whether so many amendments wait for their commit that there must not be more.
    pub(super) fn are_amendments_many(&self) -> bool {
        self.amendments.are_many()
    }

    /// All batches up to `upto` are committed, and those up to `released` are released. In degraded mode no question awaits a
    /// commit.
    pub(super) fn committed(&mut self, upto: u64, released: u64, is_degraded: bool) {
        let under_way: Vec<Ticket> =
            [self.quick.under_way, self.thorough.under_way].into_iter().flatten().collect();
        for amendment in self.amendments.advance(upto, released, &under_way) {
            self.answers.amend(&amendment);
        }
        while self.deferred.front().is_some_and(|(batch, _)| *batch <= upto || is_degraded) {
            let Some((_, Deferred { asker, ticket, question })) = self.deferred.pop_front() else { break };
            let cost = cost(&question);
            self.quick.queue.push(asker, ticket, question, cost);
        }
    }

    /// An operator asks for a page of a room's messages, after the message `after`.
    pub(super) fn page(&mut self, room: &str, after: Option<(StreamId, u64)>) -> Ticket {
        let ticket = self.ticket(Asked::Page);
        let question = Question::Page { room: room.to_owned(), after, limit: RESULT_MESSAGES_MAX };
        let cost = cost(&question);
        self.quick.queue.push(Asker::Operators, ticket, question, cost);
        ticket
    }
}

/// The question to the journal for a member's query.
fn question(query: &HistoryQuery, stream: StreamId) -> Question {
    match query.clone() {
        HistoryQuery::Last { limit, since } => Question::Last { stream, limit, since },
        HistoryQuery::Between { before, after, limit } => Question::Between { stream, before, after, limit },
        HistoryQuery::Span { span, limit } => Question::Span { stream, span, limit },
        HistoryQuery::Search { words, limit } | HistoryQuery::Words { words, limit } => {
            Question::Search { stream, words, limit }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::base::limits::REPLY_MESSAGES_PER_TURN;
    use crate::base::source::Source;
    use crate::proto::Manner;
    use crate::wire::Dialect;

    /// What the journal found for somebody.
    fn found() -> QueryResult {
        let message = |id| Message {
            stream: StreamId(1),
            id,
            time: SystemTime::UNIX_EPOCH,
            by: None,
            manner: Manner::Speech,
            text: "x".repeat(1_000),
            is_edited: false,
        };
        QueryResult { messages: (1..=100).map(message).collect(), ..QueryResult::default() }
    }

    fn ask(lookups: &mut HistoryQueries, member: MemberId) -> Ticket {
        let (source, encoding) = (Source::of([192, 0, 2, 1].into()), Dialect::Line.encoding());
        let to = ReplyTo { member, source, encoding, label: None };
        let by = By { to, room: RoomId::first(0), stream: StreamId(1), name: "lobby".into() };
        lookups.recall(by, HistoryQuery::Last { limit: 100, since: None }, 1).unwrap();
        lookups.of_member[&member]
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
        let told = (0..found().messages.len()).find_map(|_| lookups.answer(|_| true));
        assert!(matches!(told, Some(Answered::Member(MemberId(2), _))));
        assert_eq!(held.bytes(), 0);
        lookups.found(first, Ok(found()));
        assert_eq!(held.bytes(), 0, "nobody asked for that");
    }
    #[test]
    fn an_answer_is_told_as_a_whole_and_not_once_its_room_is_closed() {
        let mut lookups = HistoryQueries::new(&Total::default());
        let (first, second) = (ask(&mut lookups, MemberId(1)), ask(&mut lookups, MemberId(2)));
        let mut many = found();
        while many.messages.len() <= 10 * REPLY_MESSAGES_PER_TURN {
            many.messages.extend(found().messages);
        }
        let messages = many.messages.len();
        lookups.found(first, Ok(many));
        lookups.found(second, Ok(found()));
        let mut turns = 1;
        let text = loop {
            match lookups.answer(|_| true) {
                Some(Answered::Member(MemberId(1), text)) => break text,
                None => turns += 1,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(turns, messages.div_ceil(REPLY_MESSAGES_PER_TURN));
        // A heading, and what was found.
        assert_eq!(String::from_utf8_lossy(&text).lines().count(), 1 + messages);
        assert!(
            !lookups.of_member.contains_key(&MemberId(1)) && lookups.of_member.contains_key(&MemberId(2))
        );
        assert!(matches!(lookups.answer(|_| false), Some(Answered::Closed(MemberId(2)))));
        assert!(lookups.of_member.is_empty() && lookups.answer(|_| true).is_none());
    }
}
