//! Durability before delivery: batches records into commits (group commit), and decides when their messages may be
//! delivered.
//!
//! Records collect in a batch. The batch is sealed, appended to the journal and committed as a whole; several batches
//! may be in flight. What was broadcast with a batch is released when all batches up to it are committed. If commits
//! fail, the gate enters degraded mode: the rooms are told, and everything is released at once until the journal has
//! caught up.
//!
//! It knows neither sockets nor members. Time is an argument.

mod streams;

use std::collections::VecDeque;
use std::mem;
use std::time::{Duration, Instant};

use crate::base::limits::{BATCH_LINGER, COMMIT_TIMEOUT, DEGRADED_BACKLOG_BYTES, MAX_CLOCK_STEP};
use crate::base::name::NameKey;
use crate::journal::{Amended, Batch, Message, Record, RestoredStream, StreamId};
use crate::proto::{Amendment, LogEntry, RoomEvent, RoomId};
use streams::Streams;

/// The gate between what is said and its delivery.
#[derive(Debug)]
pub struct CommitGate {
    streams: Streams,
    /// The batch that is not sealed yet, and the cost of its messages, in bytes.
    records: Vec<Record>,
    cost: usize,
    /// Since when the batch lingers although it could have been sealed.
    lingers_since: Option<Instant>,
    /// Batches that are sealed and not committed, oldest first.
    in_flight: VecDeque<InFlight>,
    in_flight_bytes: usize,
    last_issued: u64,
    last_committed: u64,
    degraded: Option<Degraded>,
}

#[derive(Debug)]
struct InFlight {
    number: u64,
    sealed_at: Instant,
    cost: usize,
}

/// The state while commits fail.
#[derive(Debug)]
struct Degraded {
    reason: String,
    /// The last batch issued before that.
    last_issued: u64,
    /// How many messages were dropped and will never be stored.
    lost: usize,
}

/// What else waits for the batch to be sealed, and whether it can wait longer.
#[derive(Clone, Copy, Debug)]
pub struct Pressure {
    /// Something was broadcast that is released with the batch.
    pub is_broadcast: bool,
    /// The batch may linger at no cost: the loop still reads, and in each room with new broadcasts an earlier batch is
    /// unreleased or far from written.
    pub can_linger: bool,
    /// In each room with new broadcasts, an earlier batch is still being written.
    pub is_writing: bool,
}

/// What a commit changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Degraded mode is over. The number of messages that were never stored.
    pub recovered: Option<usize>,
}

impl CommitGate {
    /// Starts with the streams of earlier runs, which continue when their rooms are opened. New streams are numbered
    /// from `next_stream`.
    pub fn new(streams: Vec<RestoredStream>, next_stream: StreamId) -> CommitGate {
        CommitGate {
            streams: Streams::new(streams, next_stream),
            records: Vec::new(),
            cost: 0,
            lingers_since: None,
            in_flight: VecDeque::new(),
            in_flight_bytes: 0,
            last_issued: 0,
            last_committed: 0,
            degraded: None,
        }
    }

    /// Adds a record other than a message to the batch.
    pub fn record(&mut self, record: Record) {
        self.records.push(record);
    }

    /// Opens a room. Returns its stream: that of an earlier run, or a new one. If it is shared, its ids come from a log that
    /// several servers share: none are reserved, and what is stored says up to where the log is stored.
    pub fn open_room(&mut self, room: RoomId, name: &str, is_shared: bool) -> RestoredStream {
        let (stream, records) = self.streams.open(room, name, is_shared);
        self.records.extend(records);
        stream
    }

    /// Closes a room, which ends its stream.
    pub fn close_room(&mut self, room: RoomId) {
        self.record(Record::StreamClosed(self.stream(room)));
    }

    /// Closes a room for a while. Its stream goes on when a room of its name is opened: `next_id` is the next id of that,
    /// and `messages` are what its history then begins with; older ones than those are missing below `incomplete_below`.
    pub fn rest_room<'a>(
        &mut self,
        room: RoomId,
        name: &str,
        next_id: u64,
        messages: impl Iterator<Item = &'a LogEntry>,
        incomplete_below: u64,
    ) {
        let id = self.stream(room);
        let messages = messages.filter_map(|entry| Message::of(id, entry)).collect();
        self.streams.rest(RestoredStream { id, room: name.to_owned(), next_id, messages, incomplete_below });
    }

    /// Ends the stream that would go on when a room of this name is opened, if there is one.
    pub fn end_idle(&mut self, name: &str) {
        self.records.extend(self.streams.end_idle(name));
    }

    /// Keeps only the newest messages of the stream that would go on when a room of this name is opened.
    pub fn trim_idle(&mut self, name: &str, messages: usize) {
        self.streams.trim_idle(name, messages);
    }

    /// Drops the messages of this name that wait for their rooms to be opened.
    pub fn forget_idle(&mut self, key: &NameKey) {
        self.streams.forget(key);
    }

    /// A room's stream; if the room is closed, its last one.
    pub fn stream(&self, room: RoomId) -> StreamId {
        self.streams.of(room)
    }

    /// Adds a room's entry to the batch: a reservation of its id if necessary, and its message, or a member's amendment.
    pub fn append(&mut self, room: RoomId, entry: &LogEntry) {
        if !self.streams.is_shared(room) {
            self.records.extend(self.streams.reserve(room, entry.id));
        } else if entry.event.text().is_some() {
            self.streams.stored(room, entry.id);
        }
        if let Some(message) = Message::of(self.stream(room), entry) {
            self.add(message);
        }
        if let RoomEvent::Amended(Amendment { by: Some(_), message: Some(id), text, .. }) = &entry.event {
            let text = text.as_ref().map(ToString::to_string);
            self.amend(Amended { stream: self.stream(room), id: *id, text, ticket: None });
        }
    }

    /// Adds an amendment to the batch. None is dropped: how many wait is limited elsewhere (`UNSTORED_AMENDMENTS`).
    pub fn amend(&mut self, amended: Amended) {
        self.cost += amended.cost();
        self.records.push(Record::Amend(amended));
    }

    /// In degraded mode, drops the message if too much is in flight.
    fn add(&mut self, message: Message) {
        let cost = message.cost();
        match &mut self.degraded {
            Some(degraded) if self.in_flight_bytes + self.cost + cost > DEGRADED_BACKLOG_BYTES => {
                degraded.lost += 1;
            }
            _ => {
                self.cost += cost;
                self.records.push(Record::Message(message));
            }
        }
    }

    /// How many messages and amendments of a stream are in the unsealed batch.
    pub fn unsealed(&self, stream: StreamId) -> usize {
        let is_said = |record: &&Record| match record {
            Record::Message(message) => message.stream == stream,
            Record::Amend(amended) => amended.stream == stream,
            _ => false,
        };
        self.records.iter().filter(is_said).count()
    }

    /// The batch whose commit includes everything said in a stream so far.
    pub fn batch_of(&self, stream: StreamId) -> u64 {
        self.last_issued + u64::from(self.unsealed(stream) > 0)
    }

    /// Whether there is something to seal that must not linger.
    pub fn must_seal(&self, pressure: Pressure) -> bool {
        self.has_unsealed(pressure) && !self.may_linger(pressure)
    }

    /// Seals the batch, unless it may linger to take more records. Returns its number, which releases what was
    /// broadcast so far, and the batch to append to the journal if it has records.
    pub fn seal(&mut self, pressure: Pressure, now: Instant) -> Option<(u64, Option<Batch>)> {
        if !self.has_unsealed(pressure)
            || self.may_linger(pressure) && (pressure.is_writing || !self.has_lingered(now))
        {
            return None;
        }
        let batch = self.seal_records(now);
        Some((self.last_issued, batch))
    }

    fn has_unsealed(&self, pressure: Pressure) -> bool {
        !self.records.is_empty() || pressure.is_broadcast
    }

    /// Only messages and their ids may linger. A lingering batch is sealed shortly before its rooms have written the
    /// one before, so that it is committed by then. So a room needs one batch for each time that it writes to its
    /// members.
    fn may_linger(&self, pressure: Pressure) -> bool {
        let can_wait = |record: &Record| {
            matches!(record, Record::Message(_) | Record::Amend(_) | Record::ReserveIds { .. })
        };
        pressure.is_broadcast && pressure.can_linger && self.records.iter().all(can_wait)
    }

    /// Whether the batch has lingered for too long.
    fn has_lingered(&mut self, now: Instant) -> bool {
        now >= *self.lingers_since.get_or_insert(now) + BATCH_LINGER
    }

    fn seal_records(&mut self, now: Instant) -> Option<Batch> {
        self.lingers_since = None;
        self.records.extend(self.streams.take_stored());
        if self.records.is_empty() {
            return None;
        }
        let (records, cost) = (mem::take(&mut self.records), mem::take(&mut self.cost));
        self.last_issued += 1;
        self.in_flight.push_back(InFlight { number: self.last_issued, sealed_at: now, cost });
        self.in_flight_bytes += cost;
        Some(Batch { number: self.last_issued, records })
    }

    /// The last sealed batch.
    pub fn last_issued(&self) -> u64 {
        self.last_issued
    }

    /// The last committed batch. All before it are committed too.
    pub fn last_committed(&self) -> u64 {
        self.last_committed
    }

    /// All batches up to this one are committed. Ends degraded mode once no batch has been in flight for unusually
    /// long.
    pub fn on_committed(&mut self, number: u64, now: Instant) -> Committed {
        self.last_committed = self.last_committed.max(number);
        while let Some(InFlight { cost, .. }) = self.in_flight.front().filter(|batch| batch.number <= number)
        {
            self.in_flight_bytes -= cost;
            self.in_flight.pop_front();
        }
        let is_fresh = self.oldest_age(now).is_none_or(|age| age < MAX_CLOCK_STEP);
        let is_over = |degraded: &mut Degraded| number >= degraded.last_issued && is_fresh;
        Committed { recovered: self.degraded.take_if(is_over).map(|degraded| degraded.lost) }
    }

    /// Commits fail for this reason, a part of a sentence. Returns whether that is new.
    pub fn on_failing(&mut self, reason: &str) -> bool {
        if self.degraded.is_some() {
            return false;
        }
        self.degraded = Some(Degraded { reason: reason.to_owned(), last_issued: self.last_issued, lost: 0 });
        true
    }

    /// The last batch whose broadcasts may be delivered. At the end of degraded mode it goes back: what is not written
    /// by then waits for its commit again.
    pub fn released(&self) -> u64 {
        if self.degraded.is_some() { self.last_issued } else { self.last_committed }
    }

    /// Why commits fail; `None`: they do not.
    pub fn degraded(&self) -> Option<&str> {
        self.degraded.as_ref().map(|degraded| degraded.reason.as_str())
    }

    /// How many batches are in flight.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Since when messages wait for a slow commit. Their senders were not read meanwhile.
    pub fn stalled_since(&self, now: Instant) -> Option<Instant> {
        let oldest = self.in_flight.front().filter(|_| self.degraded.is_none())?;
        (now.saturating_duration_since(oldest.sealed_at) >= MAX_CLOCK_STEP).then_some(oldest.sealed_at)
    }

    /// Whether the oldest batch has been in flight for too long.
    pub fn has_timed_out(&self, now: Instant) -> bool {
        self.in_flight.front().is_some_and(|oldest| now >= oldest.sealed_at + COMMIT_TIMEOUT)
    }

    /// When to look again: at the end of lingering, or at the timeout of a commit.
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        let linger = self.lingers_since.map(|since| since + BATCH_LINGER);
        let timeout = self.in_flight.front().map(|oldest| oldest.sealed_at + COMMIT_TIMEOUT);
        [linger, timeout].into_iter().flatten().filter(|at| *at > now).min()
    }

    fn oldest_age(&self, now: Instant) -> Option<Duration> {
        self.in_flight.front().map(|oldest| now.saturating_duration_since(oldest.sealed_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::Manner;
    use proptest::prelude::*;
    use std::time::SystemTime;

    fn message(id: u64, bytes: usize) -> Message {
        let text = "x".repeat(bytes);
        Message {
            stream: StreamId(1),
            id,
            time: SystemTime::UNIX_EPOCH,
            by: None,
            manner: Manner::Speech,
            text,
            is_edited: false,
        }
    }

    fn gate() -> CommitGate {
        CommitGate::new(Vec::new(), StreamId(1))
    }

    #[test]
    fn nothing_is_released_before_it_is_committed() {
        let now = Instant::now();
        let mut gate = gate();
        gate.add(message(1, 10));
        let batch = gate.seal_records(now).map(|batch| batch.number);
        assert_eq!((batch, gate.last_issued(), gate.released()), (Some(1), 1, 0));
        assert_eq!(gate.seal_records(now), None, "there is nothing to be sealed");
        assert_eq!(gate.on_committed(1, now), Committed::default());
        assert_eq!((gate.released(), gate.in_flight()), (1, 0));
    }

    #[test]
    fn a_disk_that_fails_releases_everything_and_drops_what_is_too_much() {
        let now = Instant::now();
        let later = now + 2 * MAX_CLOCK_STEP;
        let mut gate = gate();
        gate.add(message(1, 10));
        gate.seal_records(now);
        assert!(gate.on_failing("full") && !gate.on_failing("still full"));
        assert_eq!((gate.released(), gate.degraded()), (1, Some("full")));
        gate.add(message(2, DEGRADED_BACKLOG_BYTES));
        assert!(gate.records.is_empty(), "that is too much");
        gate.add(message(3, 10));
        gate.seal_records(now);
        assert_eq!(gate.released(), 2);
        assert_eq!(gate.on_committed(1, later).recovered, None, "the second is in flight for long");
        assert_eq!(gate.released(), 2);
        assert_eq!(gate.on_committed(2, later).recovered, Some(1));
        assert_eq!(gate.degraded(), None);
    }

    #[test]
    fn a_slow_commit_is_noticed_and_a_batch_lingers_for_a_moment_only() {
        let now = Instant::now();
        let mut gate = gate();
        gate.add(message(1, 10));
        assert!(!gate.has_lingered(now));
        assert_eq!(gate.deadline(now), Some(now + BATCH_LINGER));
        assert!(gate.has_lingered(now + BATCH_LINGER));
        gate.seal_records(now);
        assert_eq!(gate.deadline(now), Some(now + COMMIT_TIMEOUT));
        assert_eq!(gate.stalled_since(now + MAX_CLOCK_STEP), Some(now));
        assert!(gate.has_timed_out(now + COMMIT_TIMEOUT) && !gate.has_timed_out(now));
    }

    /// Something that can happen to a gate.
    #[derive(Clone, Debug)]
    enum Step {
        Append,
        Seal,
        Commit(u64),
        Fail,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => Just(Step::Append),
            3 => Just(Step::Seal),
            2 => (0_u64..4).prop_map(Step::Commit),
            1 => Just(Step::Fail),
        ]
    }

    proptest! {
        #[test]
        fn what_is_released_is_committed_unless_nothing_can_be(steps in prop::collection::vec(step(), 0..60)) {
            let now = Instant::now();
            let mut gate = gate();
            let mut handed = 0;
            for (id, step) in (1..).zip(steps) {
                match step {
                    Step::Append => gate.add(message(id, 8)),
                    Step::Seal => {
                        if let Some(batch) = gate.seal_records(now) {
                            handed += 1;
                            prop_assert_eq!(batch.number, handed);
                        }
                    }
                    Step::Commit(ahead) => _ = gate.on_committed((gate.last_committed() + ahead).min(handed), now),
                    Step::Fail => _ = gate.on_failing("no disk"),
                }
                let released = if gate.degraded().is_some() { handed } else { gate.last_committed() };
                prop_assert_eq!(gate.released(), released);
                let in_flight = usize::try_from(handed - gate.last_committed()).unwrap_or(usize::MAX);
                prop_assert_eq!(gate.in_flight(), in_flight);
            }
        }
    }
}
