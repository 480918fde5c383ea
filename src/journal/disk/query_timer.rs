//! How long a question may take. `SQLite` asks after every few steps whether to go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::fault::Fault;
use crate::base::limits::QUERY_CHECK_STEPS;
use crate::journal::Ticket;

/// What is known of the question that is under way, by whoever answers it and by who does not want it any more.
#[derive(Clone, Debug)]
pub(super) struct QueryTimer {
    shared: Arc<Shared>,
    began: Instant,
    within: Duration,
}

#[derive(Debug)]
struct Shared {
    /// What times are counted from.
    zero: Instant,
    /// Until when it may take, in nanoseconds after that.
    end: AtomicU64,
    /// Its ticket, and that of the last that nobody waits for any more.
    current: AtomicU64,
    cancelled: AtomicU64,
}

/// No time.
const NEVER: u64 = u64::MAX;

impl QueryTimer {
    pub(super) fn new() -> QueryTimer {
        let zero = Instant::now();
        let shared = Shared {
            zero,
            end: AtomicU64::new(NEVER),
            current: AtomicU64::new(NEVER),
            cancelled: AtomicU64::new(NEVER),
        };
        QueryTimer { shared: Arc::new(shared), began: zero, within: Duration::ZERO }
    }

    /// Has a connection end what takes too long.
    pub(super) fn watch(&self, connection: &Connection) -> Result<(), Fault> {
        let shared = Arc::clone(&self.shared);
        Ok(connection.progress_handler(QUERY_CHECK_STEPS, Some(move || shared.is_over()))?)
    }

    /// A question begins, that may take so long.
    pub(super) fn begin(&mut self, ticket: Ticket, within: Duration) {
        (self.began, self.within) = (Instant::now(), within);
        self.shared.current.store(ticket.0, Ordering::Release);
        self.until(100);
    }

    /// What is done now may take until so many hundredths of its time are over.
    pub(super) fn until(&self, hundredths: u32) {
        let end = self.began + self.within * hundredths / 100;
        self.shared.end.store(self.shared.nanos(end), Ordering::Release);
    }

    /// It is answered: what is done now takes as long as it does.
    pub(super) fn end(&self) {
        self.shared.end.store(NEVER, Ordering::Release);
        self.shared.current.store(NEVER, Ordering::Release);
    }

    /// Whether there is no time left.
    pub(super) fn is_over(&self) -> bool {
        self.shared.is_over()
    }

    /// Nobody waits for this answer any more.
    pub(super) fn cancel(&self, ticket: Ticket) {
        self.shared.cancelled.store(ticket.0, Ordering::Release);
    }

    /// What something came to, or nothing if there was no time for all of it.
    pub(super) fn in_time<T>(&self, result: Result<T, Fault>) -> Result<Option<T>, Fault> {
        match result {
            Err(Fault::Interrupted) => Ok(None),
            // Whatever it is called: what was ended says little of the file.
            Err(_) if self.is_over() => Ok(None),
            result => result.map(Some),
        }
    }
}

impl Shared {
    fn nanos(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.zero).as_nanos()).unwrap_or(NEVER)
    }

    fn is_over(&self) -> bool {
        let current = self.current.load(Ordering::Acquire);
        (current != NEVER && current == self.cancelled.load(Ordering::Acquire))
            || self.nanos(Instant::now()) >= self.end.load(Ordering::Acquire)
    }
}
