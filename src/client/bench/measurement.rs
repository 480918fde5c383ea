//! What a bench records of each delivery: the check, the latency, the counts.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::base::limits::BENCH_LATENCY_NS;
use crate::client::bench::check::Check;
use crate::client::bench::crowd::Listener;
use crate::client::bench::load::Plan;
use crate::client::bench::message::{LAST_MARK, Message};
use crate::wire::Dialect;

/// Which members have received a mark.
#[derive(Debug)]
pub(super) struct Marks {
    mark: Message,
    by: Vec<bool>,
    count: u16,
    /// When a member received it last.
    last: Instant,
}

/// The measurement, from the first counted message to the last mark.
#[derive(Debug)]
pub(super) struct Measurement {
    /// When it began.
    pub(super) start: Instant,
    /// When a message was sent or received last.
    pub(super) last_heard: Instant,
    /// Checks that every message is received once and in order.
    pub(super) check: Check,
    /// The latency of every delivery, in nanoseconds.
    pub(super) latencies: Histogram<u64>,
    /// How many deliveries are expected.
    pub(super) expected: u64,
    /// The last mark.
    marks: Marks,
    /// How many members have to receive it.
    marks_expected: u16,
    /// No fault is certain yet.
    may_be_well: bool,
}

impl Marks {
    /// Nobody has received it.
    pub(super) fn new(plan: &Plan, number: u32) -> Marks {
        let mark = Message { speaker: plan.marker(), number };
        Marks { mark, by: vec![false; plan.members.into()], count: 0, last: Instant::now() }
    }

    /// The mark.
    pub(super) fn mark(&self) -> Message {
        self.mark
    }

    /// How many members have received it, and whether its speaker is one of them.
    pub(super) fn heard_by(&self) -> (u16, bool) {
        (self.count, self.by[usize::from(self.mark.speaker)])
    }

    /// How long ago a member received it last.
    pub(super) fn quiet(&self) -> Duration {
        self.last.elapsed()
    }
}

impl Listener for Marks {
    fn heard(&mut self, member: u16, message: Message, _: u64, now: Instant) {
        let by = &mut self.by[usize::from(member)];
        if message == self.mark && !*by {
            *by = true;
            self.count += 1;
            self.last = now;
        }
    }
}

impl Measurement {
    /// Starts now.
    pub(super) fn new(plan: &Plan, echoes: bool) -> Result<Measurement, String> {
        let (lowest, highest) = BENCH_LATENCY_NS.into_inner();
        let latencies = Histogram::new_with_bounds(lowest, highest, 3)
            .map_err(|why| format!("latencies cannot be counted: {why}."))?;
        let hears_mark = echoes && plan.dialect(plan.marker()) == Dialect::Line;
        let now = Instant::now();
        Ok(Measurement {
            start: now,
            last_heard: now,
            check: Check::new(plan, echoes),
            latencies,
            expected: plan.deliveries(echoes),
            marks: Marks::new(plan, LAST_MARK),
            marks_expected: plan.members - u16::from(!hears_mark),
            may_be_well: true,
        })
    }

    /// Whether to stop: everybody has received the last mark, or a fault is certain.
    pub(super) fn is_over(&self) -> bool {
        !self.may_be_well || self.marks.count == self.marks_expected
    }
}

impl Listener for Measurement {
    fn heard(&mut self, member: u16, message: Message, time: u64, now: Instant) {
        if message.number == LAST_MARK {
            return self.marks.heard(member, message, time, now);
        }
        self.may_be_well &= self.check.heard(member, message);
        let latency = nanoseconds(now.saturating_duration_since(self.start)).saturating_sub(time);
        self.latencies.saturating_record(latency);
        self.last_heard = now;
    }
}

/// A time as a message contains it.
pub(super) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
