//! What the hub shares with its journal: the commit gate, questions, and late results for operators. One call per turn drives
//! it: batches go out, commits and answers come in, and the fan-out is told what may be delivered.
//!
//! It knows rooms and members by their ids, and neither sessions nor the rules of the chat.

use std::rc::Rc;
use std::time::Instant;

use bytes::BytesMut;
use log::{info, warn};

use crate::base::name::NameKey;
use crate::chat::Room;
use crate::durability::{CommitGate, Committed, Pressure};
use crate::fanout::Fanout;
use crate::hub::history_queries::{Answered, By, HistoryQueries, ReplyTo};
use crate::hub::operator_answers::{AdminResult, OperatorAnswers};
use crate::journal::{Amended, Journal, JournalEvent, Record, RestoredStream, StreamId, Ticket};
use crate::proto::{
    Amendment, Event, HistoryQuery, LogEntry, MemberId, Notice, PrivateQuery, RoomEvent, RoomId,
};

/// The gate, the questions, and operators' open tickets.
#[derive(Debug)]
pub struct JournalDriver {
    gate: CommitGate,
    queries: HistoryQueries,
    operators: OperatorAnswers,
    /// When to drive it again, at the latest.
    due: Option<Instant>,
    is_stopping: bool,
}

/// The effects of a turn.
#[derive(Debug, Default)]
pub(super) struct Driven {
    /// Since when sockets were not read because of a slow commit.
    pub(super) stalled_since: Option<Instant>,
    /// The answer to a member's question. `None`: its room is closed.
    pub(super) answer: Option<(MemberId, Option<BytesMut>)>,
}

impl JournalDriver {
    /// Starts without open tickets.
    pub(super) fn new(gate: CommitGate, queries: HistoryQueries) -> JournalDriver {
        JournalDriver { gate, queries, operators: OperatorAnswers::default(), due: None, is_stopping: false }
    }

    /// Hands the journal the batch if it has to be sealed, and handles the journal's events.
    pub(super) fn drive(&mut self, journal: &mut dyn Journal, fanout: &mut Fanout, now: Instant) -> Driven {
        let mut driven = Driven::default();
        // Events come first: a release makes room for the next batch.
        self.poll(journal, fanout, &mut driven, now);
        if let Some((number, batch)) = self.gate.seal(self.pressure(fanout), now) {
            fanout.seal(number);
            if let Some(batch) = batch {
                journal.append(batch);
            }
        }
        self.advance();
        self.queries.hand_over(journal);
        self.poll(journal, fanout, &mut driven, now);
        self.queries.is_journal_busy = journal.is_busy();
        // After the events: this program may have been the one that was late.
        if self.gate.has_timed_out(now) {
            self.on_failing("the disk does not answer", fanout, &mut driven, now);
        }
        self.operators.on_timer(self.gate.degraded(), now);
        self.due = self.gate.deadline(now).into_iter().chain(self.operators.deadline()).min();
        fanout.release(self.gate.released());
        self.advance();
        driven.answer = self.next_answer(fanout);
        driven
    }

    /// Whether there is something to hand to the journal, or to send, at once.
    pub(super) fn is_busy(&self, fanout: &Fanout) -> bool {
        self.queries.is_busy() || self.gate.must_seal(self.pressure(fanout))
    }

    /// When to drive it again, at the latest.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// Clears the deadline if it has passed: this turn drives the journal anyway.
    pub(super) fn on_timer(&mut self, now: Instant) {
        self.due.take_if(|at| *at <= now);
    }

    /// The service ends: batches linger no more, and only commits are still awaited.
    pub(super) fn stop(&mut self) {
        self.is_stopping = true;
        self.operators.stop();
    }

    /// The gate.
    pub fn gate(&self) -> &CommitGate {
        &self.gate
    }

    /// The notice of degraded mode, if commits fail.
    pub(super) fn degraded_notice(&self) -> Option<Event> {
        self.gate.degraded().map(not_kept)
    }

    /// Adds records to the batch.
    pub(super) fn record(&mut self, records: impl IntoIterator<Item = Record>) {
        records.into_iter().for_each(|record| self.gate.record(record));
    }

    /// Opens a room. Returns its stream: that of an earlier run, or a new one. If it `is_shared`, its ids come from a log
    /// that it shares with other servers.
    pub(super) fn open_room(&mut self, room: RoomId, name: &str, is_shared: bool) -> RestoredStream {
        self.gate.open_room(room, name, is_shared)
    }

    /// Closes a room, which ends its stream.
    pub(super) fn close_room(&mut self, room: RoomId) {
        self.gate.close_room(room);
    }

    /// Closes a room for a while: its stream goes on when a room of its name is opened.
    pub(super) fn rest_room(&mut self, room: &Room) {
        let history = room.history();
        let below = history.incomplete_below();
        self.gate.rest_room(room.id(), room.name(), room.next_id(), history.all(), below);
    }

    /// Has a room of this name begin anew when it is opened.
    pub(super) fn end_idle(&mut self, name: &str) {
        self.gate.end_idle(name);
    }

    /// The same of rooms of these names.
    pub(super) fn end_all_idle(&mut self, names: &[String]) {
        for name in names {
            self.gate.end_idle(name);
        }
    }

    /// Keeps only the newest messages with which rooms of these names would begin.
    pub(super) fn trim_idle(&mut self, names: &[String], messages: usize) {
        for name in names {
            self.gate.trim_idle(name, messages);
        }
    }

    /// Adds a room's entry to the batch.
    pub(super) fn append(&mut self, room: RoomId, entry: &LogEntry) {
        self.gate.append(room, entry);
        if let RoomEvent::Amended(Amendment { message: Some(id), text, .. }) = &entry.event {
            let batch = self.gate.last_issued() + 1;
            self.queries.amended(self.gate.stream(room), *id, text.clone(), batch);
        }
    }

    /// Whether a message can be erased or edited now: not too many others that were wait for their commit.
    pub fn can_amend(&self) -> bool {
        !self.queries.are_amendments_many()
    }

    /// A member asks for messages of the history of this room. An error says why the question is refused.
    pub(super) fn recall(
        &mut self,
        to: ReplyTo,
        room: RoomId,
        name: Rc<str>,
        query: HistoryQuery,
    ) -> Result<(), String> {
        let stream = self.gate.stream(room);
        let batch = self.gate.batch_of(stream);
        self.queries.recall(By { to, room, stream, name }, query, batch)?;
        self.advance();
        Ok(())
    }

    /// A member asks for its private messages with another one. An error says why the question is refused.
    pub(super) fn recall_private(&mut self, to: ReplyTo, query: PrivateQuery) -> Result<(), String> {
        self.queries.recall_private(to, query)
    }

    /// Drops a member's question. Returns whether there was one.
    pub(super) fn drop_member(&mut self, member: MemberId) -> bool {
        self.queries.drop_member(member)
    }

    /// An operator asks for a page of a room's messages, after the message `after`.
    pub fn export(&mut self, room: &str, after: Option<(StreamId, u64)>, now: Instant) -> Ticket {
        let ticket = self.queries.page(room, after);
        self.operators.wait(ticket, now);
        ticket
    }

    /// An operator erases all messages of a name.
    pub(super) fn forget(&mut self, key: NameKey, now: Instant) -> Ticket {
        self.gate.forget_idle(&key);
        self.order(|ticket| Record::Erase { key, ticket }, now)
    }

    /// An operator of some server erases all messages of a name, as the log says at the place with this id. Nobody here waits for
    /// that. `shared`: the rooms for which the log is stored up to this id with this batch, so that a later run does not do it again.
    pub(super) fn forget_heard(&mut self, key: NameKey, shared: impl Iterator<Item = RoomId>, id: u64) {
        self.gate.forget_idle(&key);
        let ticket = self.queries.next_ticket();
        self.gate.record(Record::Erase { key, ticket });
        for room in shared {
            self.has_log_up_to(room, id);
        }
    }

    /// What the log says up to this id of a shared room is stored with this batch.
    pub(super) fn has_log_up_to(&mut self, room: RoomId, id: u64) {
        let stream = self.gate.stream(room);
        self.gate.record(Record::ReserveIds { stream, below: id + 1 });
    }

    /// An operator erases a message of an open room.
    pub(super) fn erase(&mut self, room: RoomId, id: u64, now: Instant) -> Ticket {
        let stream = self.gate.stream(room);
        let ticket = self.queries.next_ticket();
        self.operators.wait(ticket, now);
        // If the room hears of it, this is noted twice, which does not matter.
        self.queries.amended(stream, id, None, self.gate.last_issued() + 1);
        self.gate.amend(Amended { stream, id, text: None, ticket: Some(ticket) });
        ticket
    }

    /// An operator of another server erased a message of a shared room; or it has another text since this one heard of it.
    pub(super) fn amend_heard(&mut self, room: RoomId, id: u64, text: Option<Rc<str>>) {
        let stream = self.gate.stream(room);
        let stored = text.as_ref().map(ToString::to_string);
        self.queries.amended(stream, id, text, self.gate.last_issued() + 1);
        self.gate.amend(Amended { stream, id, text: stored, ticket: None });
    }

    /// An operator asks for the state of retention, and may `confirm` that the clock is right.
    pub fn retention(&mut self, confirm: bool, now: Instant) -> Ticket {
        self.order(|ticket| Record::ReportRetention { ticket, confirm }, now)
    }

    /// A ticket for what the journal has no part in.
    pub fn open_ticket(&mut self) -> Ticket {
        self.queries.next_ticket()
    }

    /// Opens a ticket that awaits the commit of the current batch.
    pub fn await_commit(&mut self) -> Ticket {
        let ticket = self.queries.next_ticket();
        self.operators.wait_for_commit(self.gate.last_issued() + 1, ticket);
        ticket
    }

    /// The next late result.
    pub fn poll_result(&mut self) -> Option<(Ticket, AdminResult)> {
        self.operators.poll()
    }

    /// Records a command whose result the journal reports under a ticket.
    fn order(&mut self, record: impl FnOnce(Ticket) -> Record, now: Instant) -> Ticket {
        let ticket = self.queries.next_ticket();
        self.operators.wait(ticket, now);
        self.gate.record(record(ticket));
        ticket
    }

    /// What decides whether the batch may linger.
    fn pressure(&self, fanout: &Fanout) -> Pressure {
        Pressure {
            is_broadcast: fanout.is_unsealed(),
            can_linger: !(fanout.must_pause_reads() || self.is_stopping) && fanout.can_batch_more(),
            is_writing: fanout.is_writing_before_unsealed(),
        }
    }

    /// Advances questions and tickets that await a commit.
    fn advance(&mut self) {
        let (upto, degraded) = (self.gate.last_committed(), self.gate.degraded());
        self.queries.committed(upto, self.gate.released(), degraded.is_some());
        self.operators.on_committed(upto, degraded);
    }

    fn poll(&mut self, journal: &mut dyn Journal, fanout: &mut Fanout, driven: &mut Driven, now: Instant) {
        while let Some(event) = journal.poll() {
            match event {
                JournalEvent::Committed(number) => self.on_committed(number, fanout, driven, now),
                JournalEvent::Failing(why) => self.on_failing(&why, fanout, driven, now),
                JournalEvent::Answered(ticket, found) => self.queries.found(ticket, found),
                JournalEvent::Erased(ticket, report) => {
                    self.operators.push(ticket, AdminResult::Erased(report));
                }
                JournalEvent::Retention(ticket, report) => {
                    self.operators.push(ticket, AdminResult::Retention(report));
                }
            }
        }
        fanout.release(self.gate.released());
    }

    fn on_committed(&mut self, number: u64, fanout: &mut Fanout, driven: &mut Driven, now: Instant) {
        driven.note_stall(&self.gate, now);
        let Committed { recovered } = self.gate.on_committed(number, now);
        let Some(lost) = recovered else { return };
        info!("messages are stored again; {lost} were not");
        fanout.broadcast_to_all(&Event::Notice(Notice::Recovered { lost }));
    }

    /// Enters degraded mode: tells everybody that waits for messages, and releases them uncommitted.
    fn on_failing(&mut self, why: &str, fanout: &mut Fanout, driven: &mut Driven, now: Instant) {
        if self.gate.degraded().is_some() {
            return;
        }
        driven.note_stall(&self.gate, now);
        warn!("messages cannot be stored: {why}");
        let notice = not_kept(why);
        fanout.broadcast_to_all(&notice);
        // A member that has left all rooms may still have unreleased output.
        for id in fanout.awaiting_in_no_room().collect::<Vec<_>>() {
            fanout.unicast(id, &notice);
        }
        self.gate.on_failing(why);
    }

    /// Continues with the replies to members.
    fn next_answer(&mut self, fanout: &Fanout) -> Option<(MemberId, Option<BytesMut>)> {
        match self.queries.answer(|room| fanout.is_open(room))? {
            Answered::Member(member, text) => Some((member, Some(text))),
            Answered::Closed(member) => Some((member, None)),
            Answered::Page(ticket, found) => {
                self.operators.push(ticket, AdminResult::Page(found));
                None
            }
        }
    }
}

impl Driven {
    /// Records that a slow commit has just released messages. The first such commit of a turn is the longest.
    fn note_stall(&mut self, gate: &CommitGate, now: Instant) {
        self.stalled_since = self.stalled_since.or_else(|| gate.stalled_since(now));
    }
}

fn not_kept(why: &str) -> Event {
    Event::Notice(Notice::Degraded(why.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::Duration;

    use super::*;
    use crate::base::limits::{COMMIT_TIMEOUT, MAX_CLOCK_STEP, OPERATOR_REPLY_TIMEOUT};
    use crate::base::source::Source;
    use crate::fanout::SessionId;
    use crate::journal::{Batch, Effort, HistoryStore, QueryResult, Question, RoomLog};
    use crate::wire::Dialect;

    const ANN: SessionId = SessionId(0);

    fn lobby() -> RoomId {
        RoomId::first(0)
    }

    /// A journal that reports the test's events.
    #[derive(Debug, Default)]
    struct Script {
        batches: Vec<Batch>,
        asked: Vec<Ticket>,
        events: VecDeque<JournalEvent>,
    }

    impl RoomLog for Script {
        fn append(&mut self, batch: Batch) {
            self.batches.push(batch);
        }
    }

    impl HistoryStore for Script {
        fn ask(&mut self, ticket: Ticket, _: Question, _: Effort) {
            self.asked.push(ticket);
        }

        fn cancel(&mut self, _: Ticket) {}
    }

    impl Journal for Script {
        fn poll(&mut self) -> Option<JournalEvent> {
            self.events.pop_front()
        }

        fn finish(self: Box<Self>, _: Duration) -> Result<(), String> {
            Ok(())
        }
    }

    /// A driver, its journal, and the fan-out of one room with Ann in it.
    struct Scene {
        driver: JournalDriver,
        journal: Script,
        fanout: Fanout,
        now: Instant,
    }

    impl Scene {
        fn new() -> Scene {
            let mut fanout = Fanout::new(usize::MAX);
            let queries = HistoryQueries::new(fanout.memory());
            let mut driver = JournalDriver::new(CommitGate::new(Vec::new(), StreamId(1)), queries);
            let stream = driver.open_room(lobby(), "lobby", false);
            fanout.open_room(lobby(), stream.next_id);
            fanout.open(ANN, Dialect::Line.encoding());
            fanout.subscribe(ANN, lobby());
            Scene { driver, journal: Script::default(), fanout, now: Instant::now() }
        }

        /// Runs a turn, `after` the one before, in which the journal reports these events.
        fn turn(&mut self, after: Duration, events: impl IntoIterator<Item = JournalEvent>) -> Driven {
            self.now += after;
            self.journal.events.extend(events);
            self.driver.drive(&mut self.journal, &mut self.fanout, self.now)
        }

        fn say(&mut self) {
            self.fanout.broadcast(lobby(), &Event::notice("tea"), &[]);
        }
    }

    #[test]
    fn a_slow_commit_is_noticed_and_one_that_never_comes_is_a_failure() {
        let mut scene = Scene::new();
        let begin = scene.now;
        scene.turn(Duration::ZERO, []);
        assert_eq!(scene.journal.batches.len(), 1, "that the room is open");
        let driven = scene.turn(MAX_CLOCK_STEP, [JournalEvent::Committed(1)]);
        assert_eq!(driven.stalled_since, Some(begin));
        scene.driver.record([Record::StreamClosed(StreamId(9))]);
        assert_eq!(scene.turn(Duration::ZERO, []).stalled_since, None);
        assert_eq!(scene.driver.deadline(), Some(scene.now + COMMIT_TIMEOUT));
        scene.turn(COMMIT_TIMEOUT, []);
        assert_eq!(scene.driver.gate().degraded(), Some("the disk does not answer"));
        assert!(scene.fanout.is_unsealed(), "the room is told in the next batch");
        scene.turn(Duration::ZERO, [JournalEvent::Committed(2)]);
        assert_eq!(scene.driver.degraded_notice(), None);
    }

    #[test]
    fn who_left_all_rooms_is_told_of_a_failure_and_a_closed_room_is_not() {
        let mut scene = Scene::new();
        scene.say();
        scene.turn(Duration::ZERO, []);
        scene.fanout.unsubscribe(ANN, lobby());
        scene.fanout.close_room(lobby());
        let before = scene.fanout.backlog(ANN);
        scene
            .turn(Duration::ZERO, [JournalEvent::Failing("full".into()), JournalEvent::Failing("no".into())]);
        assert!(scene.fanout.backlog(ANN) > before && !scene.fanout.is_unsealed());
        assert_eq!(scene.driver.gate().degraded(), Some("full"));
    }

    #[test]
    fn a_question_waits_for_what_was_said_before_and_is_not_answered_once_its_room_is_closed() {
        let mut scene = Scene::new();
        let (member, source) = (MemberId(1), Source::of([192, 0, 2, 1].into()));
        let encoding = Dialect::Line.encoding();
        let ask = |scene: &mut Scene| {
            let to = ReplyTo { member, source, encoding, label: None };
            let query = HistoryQuery::Last { limit: 1, since: None };
            scene.driver.recall(to, lobby(), "lobby".into(), query).unwrap();
        };
        ask(&mut scene);
        scene.turn(Duration::ZERO, []);
        let found = || JournalEvent::Answered(Ticket(1), Ok(QueryResult::default()));
        let answer = scene.turn(Duration::ZERO, [found()]).answer;
        assert!(matches!(answer, Some((MemberId(1), Some(_)))));
        assert!(!scene.driver.drop_member(member), "it has its answer");
        ask(&mut scene);
        scene.turn(Duration::ZERO, []);
        assert_eq!(scene.journal.asked, [Ticket(1)], "a batch is in flight");
        scene.turn(Duration::ZERO, [JournalEvent::Committed(1)]);
        assert_eq!(scene.journal.asked, [Ticket(1), Ticket(2)]);
        scene.fanout.close_room(lobby());
        let found = JournalEvent::Answered(Ticket(2), Ok(QueryResult::default()));
        assert!(matches!(scene.turn(Duration::ZERO, [found]).answer, Some((MemberId(1), None))));
    }

    #[test]
    fn operators_wait_for_commits_and_no_longer_than_they_may_for_the_rest() {
        let mut scene = Scene::new();
        let decided = scene.driver.await_commit();
        let erased = scene.driver.forget(NameKey::of("bob"), scene.now);
        scene.turn(Duration::ZERO, []);
        assert_eq!(scene.driver.poll_result(), None);
        scene.turn(Duration::ZERO, [JournalEvent::Committed(1)]);
        assert_eq!(scene.driver.poll_result(), Some((decided, AdminResult::Decided { degraded: None })));
        assert_eq!(scene.driver.deadline(), Some(scene.now + OPERATOR_REPLY_TIMEOUT));
        scene.turn(OPERATOR_REPLY_TIMEOUT, []);
        assert_eq!(scene.driver.poll_result(), Some((erased, AdminResult::Delayed { degraded: None })));
    }
}
