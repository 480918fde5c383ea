//! The time limit of a query. `SQLite` asks it after every few steps whether to go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::fault::Fault;
use crate::base::limits::QUERY_CHECK_STEPS;
use crate::journal::Ticket;

/// The limit of the current query, shared by the reader that answers it and by whoever may cancel it.
#[derive(Clone, Debug)]
pub(super) struct QueryTimer {
    shared: Arc<Shared>,
    began: Instant,
    limit: Duration,
}

#[derive(Debug)]
struct Shared {
    /// The origin of the times below.
    zero: Instant,
    /// The end of the query's time, in nanoseconds after `zero`.
    end: AtomicU64,
    /// The current query's ticket, and the last one that was cancelled.
    current: AtomicU64,
    cancelled: AtomicU64,
}

/// No limit, or no ticket.
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
        QueryTimer { shared: Arc::new(shared), began: zero, limit: Duration::ZERO }
    }

    /// Makes a connection interrupt its queries at the limit.
    pub(super) fn watch(&self, connection: &Connection) -> Result<(), Fault> {
        let shared = Arc::clone(&self.shared);
        Ok(connection.progress_handler(QUERY_CHECK_STEPS, Some(move || shared.is_expired()))?)
    }

    /// Starts a query with this time limit.
    pub(super) fn begin(&mut self, ticket: Ticket, limit: Duration) {
        (self.began, self.limit) = (Instant::now(), limit);
        self.shared.current.store(ticket.0, Ordering::Release);
        self.set_end(100);
    }

    /// Moves the end to this many hundredths of the query's time.
    pub(super) fn set_end(&self, hundredths: u32) {
        let end = self.began + self.limit * hundredths / 100;
        self.shared.end.store(self.shared.nanos(end), Ordering::Release);
    }

    /// The query is answered: no limit any more.
    pub(super) fn end(&self) {
        self.shared.end.store(NEVER, Ordering::Release);
        self.shared.current.store(NEVER, Ordering::Release);
    }

    /// Whether the time is over.
    pub(super) fn is_expired(&self) -> bool {
        self.shared.is_expired()
    }

    /// Cancels a query.
    pub(super) fn cancel(&self, ticket: Ticket) {
        self.shared.cancelled.store(ticket.0, Ordering::Release);
    }

    /// `None` if the time ran out before the result was complete.
    pub(super) fn in_time<T>(&self, result: Result<T, Fault>) -> Result<Option<T>, Fault> {
        match result {
            Err(Fault::Interrupted) => Ok(None),
            // Whatever the error: an interrupted statement says little about the file.
            Err(_) if self.is_expired() => Ok(None),
            result => result.map(Some),
        }
    }
}

impl Shared {
    fn nanos(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.zero).as_nanos()).unwrap_or(NEVER)
    }

    fn is_expired(&self) -> bool {
        let current = self.current.load(Ordering::Acquire);
        (current != NEVER && current == self.cancelled.load(Ordering::Acquire))
            || self.nanos(Instant::now()) >= self.end.load(Ordering::Acquire)
    }
}
