//! What the engine's thread counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::cluster::log::LogFigures;

/// Counters that the thread raises and others read.
#[derive(Debug, Default)]
pub(super) struct Counters {
    sent: AtomicU64,
    sent_again: AtomicU64,
    duplicates: AtomicU64,
    given_up: AtomicU64,
    fetches: AtomicU64,
    connections: AtomicU64,
    /// The number of the present server, from 1; 0 is none.
    server: AtomicU64,
    first: AtomicU64,
    last: AtomicU64,
    acknowledged_after: AtomicU64,
    echoed_after: AtomicU64,
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

    /// A connection to the server with this index.
    pub(super) fn connected(&self, index: usize) {
        add(&self.connections);
        self.server.store(index as u64 + 1, Ordering::Relaxed);
    }

    pub(super) fn disconnected(&self) {
        self.server.store(0, Ordering::Relaxed);
    }

    /// The log has an entry with this number.
    pub(super) fn knows(&self, seq: u64) {
        self.last.fetch_max(seq, Ordering::Relaxed);
    }

    /// The log begins with the entry with this number.
    pub(super) fn begins(&self, seq: u64) {
        self.first.store(seq, Ordering::Relaxed);
    }

    pub(super) fn read(&self, servers: &[Arc<str>]) -> LogFigures {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let server = usize::try_from(count(&self.server)).unwrap_or_default();
        LogFigures {
            server: server.checked_sub(1).and_then(|index| servers.get(index)).cloned(),
            first: count(&self.first),
            last: count(&self.last),
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
