//! Durability before delivery: what may be heard, and when what is to be kept is committed.
//!
//! Records gather in a batch. A batch is sealed, handed to the journal and committed as one (group commit); several may be in
//! flight. What was broadcast with a batch is released when all batches up to it are committed. If nothing can be committed,
//! the gate enters degraded mode: all is told so, and everything is released at once until the journal has caught up.
//!
//! It knows neither sockets nor who is in which room, and time is an argument.

mod streams;

use std::collections::VecDeque;
use std::mem;
use std::time::{Duration, Instant};

use crate::base::limits::{BATCH_LINGER, COMMIT_TIMEOUT, DEGRADED_BACKLOG_BYTES, MAX_CLOCK_STEP};
use crate::journal::{Batch, Message, Record, RestoredStream, StreamId};
use crate::proto::{LogEntry, RoomId};
use streams::Streams;

/// The gate between what was said and who may hear it.
#[derive(Debug)]
pub struct CommitGate {
    streams: Streams,
    /// The batch that is not sealed yet, and what its messages cost, in bytes.
    records: Vec<Record>,
    cost: usize,
    /// Since when that lingers, though it might have been sealed.
    lingers_since: Option<Instant>,
    /// Sealed batches that are not committed, oldest first.
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

/// Nothing can be committed.
#[derive(Debug)]
struct Degraded {
    reason: String,
    /// The last batch that was issued before.
    last_issued: u64,
    /// How many messages will never be kept.
    lost: usize,
}

/// What waits for the batch to be sealed beside its records, and how long it may wait.
#[derive(Clone, Copy, Debug)]
pub struct Pressure {
    /// Something was broadcast that is to be released with the batch.
    pub is_broadcast: bool,
    /// It may wait: somebody is read meanwhile, and it costs no time, as where something was broadcast, something that was said
    /// before is not released yet, or is still being written, and not nearly done.
    pub can_linger: bool,
    /// That is still being written, wherever something was broadcast.
    pub is_writing: bool,
}

/// What a commit changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Degraded mode is over: so many messages will never be kept.
    pub recovered: Option<usize>,
}

impl CommitGate {
    /// Nothing is said yet. Threads of earlier runs go on when their rooms are opened; the next that begins is `next_stream`.
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

    /// Adds something that is no message to the batch.
    pub fn record(&mut self, record: Record) {
        self.records.push(record);
    }

    /// A room is open. Returns its stream, as an earlier run left it, or a new one.
    pub fn open_room(&mut self, room: RoomId, name: &str) -> RestoredStream {
        let (stream, record) = self.streams.open(room, name);
        self.records.extend(record);
        stream
    }

    /// A room is closed, and its stream is over.
    pub fn close_room(&mut self, room: RoomId) {
        self.record(Record::StreamClosed(self.stream(room)));
    }

    /// The stream of a room, or the last that it had.
    pub fn stream(&self, room: RoomId) -> StreamId {
        self.streams.of(room)
    }

    /// Adds an entry of a room to the batch: that its id is given, and what was said.
    pub fn append(&mut self, room: RoomId, entry: &LogEntry) {
        self.records.extend(self.streams.reserve(room, entry.id));
        if let Some(message) = Message::of(self.stream(room), entry) {
            self.add(message);
        }
    }

    /// In degraded mode a message is dropped if too much is in flight.
    fn add(&mut self, message: Message) {
        let cost = message.cost();
        match &mut self.degraded {
            Some(degraded) if self.in_flight_bytes + self.cost + cost > DEGRADED_BACKLOG_BYTES => {
                degraded.lost += 1
            }
            _ => {
                self.cost += cost;
                self.records.push(Record::Message(message));
            }
        }
    }

    /// How many messages of a stream are in the batch.
    pub fn unsealed(&self, stream: StreamId) -> usize {
        let is_said =
            |record: &&Record| matches!(record, Record::Message(message) if message.stream == stream);
        self.records.iter().filter(is_said).count()
    }

    /// The batch with which everything is committed that was said in a stream until now.
    pub fn batch_of(&self, stream: StreamId) -> u64 {
        self.last_issued + u64::from(self.unsealed(stream) > 0)
    }

    /// Whether there is something to be sealed that must not linger.
    pub fn must_seal(&self, pressure: Pressure) -> bool {
        self.has_unsealed(pressure) && !self.may_linger(pressure)
    }

    /// Seals the batch, unless it may linger, so that more goes with it. Returns its number, under which what was broadcast
    /// until now is released; and what is to be appended to the log, if anything is.
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

    /// A batch that lingers is sealed a little before the last member is written to, so that it is committed by then. So a
    /// room costs one batch for each time that its members are written to. Only messages and their ids may linger.
    fn may_linger(&self, pressure: Pressure) -> bool {
        let can_wait = |record: &Record| matches!(record, Record::Message(_) | Record::ReserveIds { .. });
        pressure.is_broadcast && pressure.can_linger && self.records.iter().all(can_wait)
    }

    /// Whether the batch, which may linger, has done so for too long.
    fn has_lingered(&mut self, now: Instant) -> bool {
        now >= *self.lingers_since.get_or_insert(now) + BATCH_LINGER
    }

    fn seal_records(&mut self, now: Instant) -> Option<Batch> {
        self.lingers_since = None;
        if self.records.is_empty() {
            return None;
        }
        let (records, cost) = (mem::take(&mut self.records), mem::take(&mut self.cost));
        self.last_issued += 1;
        self.in_flight.push_back(InFlight { number: self.last_issued, sealed_at: now, cost });
        self.in_flight_bytes += cost;
        Some(Batch { number: self.last_issued, records })
    }

    /// The last batch that was sealed.
    pub fn last_issued(&self) -> u64 {
        self.last_issued
    }

    /// The last batch that is committed, with all before it.
    pub fn last_committed(&self) -> u64 {
        self.last_committed
    }

    /// All batches up to this one are committed. Degraded mode ends as soon as no batch is in flight for longer than usual.
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

    /// Nothing can be committed, for this reason: a part of a sentence. Returns whether that is new.
    pub fn on_failing(&mut self, reason: &str) -> bool {
        if self.degraded.is_some() {
            return false;
        }
        self.degraded = Some(Degraded { reason: reason.to_owned(), last_issued: self.last_issued, lost: 0 });
        true
    }

    /// Up to which batch everything may be heard. At the end of degraded mode it goes back: what is not written by then waits
    /// for its commit again.
    pub fn released(&self) -> u64 {
        if self.degraded.is_some() { self.last_issued } else { self.last_committed }
    }

    /// Why nothing can be committed; none: it can.
    pub fn degraded(&self) -> Option<&str> {
        self.degraded.as_ref().map(|degraded| degraded.reason.as_str())
    }

    /// How many batches are in flight.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Since when what was said waits for a slow commit: its authors' reads were paused meanwhile.
    pub fn stalled_since(&self, now: Instant) -> Option<Instant> {
        let oldest = self.in_flight.front().filter(|_| self.degraded.is_none())?;
        (now.saturating_duration_since(oldest.sealed_at) >= MAX_CLOCK_STEP).then_some(oldest.sealed_at)
    }

    /// Whether the oldest batch is in flight for too long.
    pub fn has_timed_out(&self, now: Instant) -> bool {
        self.in_flight.front().is_some_and(|oldest| now >= oldest.sealed_at + COMMIT_TIMEOUT)
    }

    /// When to look again: the end of lingering, or of what a commit may take.
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
    use proptest::prelude::*;
    use std::time::SystemTime;

    fn message(id: u64, bytes: usize) -> Message {
        let text = "x".repeat(bytes);
        Message { stream: StreamId(1), id, time: SystemTime::UNIX_EPOCH, by: None, is_act: false, text }
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

    /// What may happen to a gate.
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
