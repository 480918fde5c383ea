//! What the engine's thread counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counters that the thread raises and others read.
#[derive(Debug, Default)]
pub(super) struct Counters {
    sent: AtomicU64,
    sent_again: AtomicU64,
    duplicates: AtomicU64,
    given_up: AtomicU64,
    fetches: AtomicU64,
    connections: AtomicU64,
    acknowledged_after: AtomicU64,
    echoed_after: AtomicU64,
}

/// What the engine's thread has done since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Batches that were sent.
    pub sent: u64,
    /// How often a batch was sent again.
    pub sent_again: u64,
    /// How often the engine had such a batch already.
    pub duplicates: u64,
    /// Batches that were given up.
    pub given_up: u64,
    /// How often entries were fetched: after gaps, and after silence.
    pub fetches: u64,
    /// Connections to the engine, one after another.
    pub connections: u64,
    /// How long after it was published the last batch was acknowledged.
    pub acknowledged_after: Duration,
    /// How long after it was published the last own batch was heard.
    pub echoed_after: Duration,
}

impl Counters {
    pub(super) fn sent(&self, again: bool) {
        add(if again { &self.sent_again } else { &self.sent });
    }

    pub(super) fn acknowledged(&self, after: Duration, duplicate: bool) {
        set(&self.acknowledged_after, after);
        if duplicate {
            add(&self.duplicates);
        }
    }

    pub(super) fn echoed(&self, after: Duration) {
        set(&self.echoed_after, after);
    }

    pub(super) fn given_up(&self) {
        add(&self.given_up);
    }

    pub(super) fn fetched(&self) {
        add(&self.fetches);
    }

    pub(super) fn connected(&self) {
        add(&self.connections);
    }

    pub(super) fn read(&self) -> Figures {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            sent: count(&self.sent),
            sent_again: count(&self.sent_again),
            duplicates: count(&self.duplicates),
            given_up: count(&self.given_up),
            fetches: count(&self.fetches),
            connections: count(&self.connections),
            acknowledged_after: Duration::from_micros(count(&self.acknowledged_after)),
            echoed_after: Duration::from_micros(count(&self.echoed_after)),
        }
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn set(counter: &AtomicU64, time: Duration) {
    counter.store(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
}
