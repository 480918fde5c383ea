//! What the server counted since it began, and what its journal and its process take.

use std::time::Instant;

use crate::journal::{Journal, MaintenanceProgress, Sizes};

/// Counters that only grow, and what the journal last told of itself.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Since when it counts.
    pub since: Instant,
    /// What peers asked for, well or ill.
    pub requests: u64,
    /// Messages that rooms heard, whoever said them.
    pub messages: u64,
    /// Bytes that came from peers.
    pub received: u64,
    /// Bytes that peers' sockets took.
    pub sent: u64,
    /// Connections that were closed because they did not read.
    pub slow: u64,
    /// Names, connections and requests that were refused.
    pub refused: u64,
    /// What the journal takes of the disk; none: nothing.
    pub journal: Option<Sizes>,
    /// What the journal does beside.
    pub maintenance: MaintenanceProgress,
    /// What the process takes of memory, in bytes, if that can be known.
    pub memory: fn() -> Option<u64>,
}

impl Metrics {
    /// Nothing was counted yet.
    pub(super) fn new(since: Instant, memory: fn() -> Option<u64>) -> Metrics {
        Metrics {
            since,
            requests: 0,
            messages: 0,
            received: 0,
            sent: 0,
            slow: 0,
            refused: 0,
            journal: None,
            maintenance: MaintenanceProgress::default(),
            memory,
        }
    }

    /// Reads what the journal tells of itself.
    pub(super) fn read_journal(&mut self, journal: &(impl Journal + ?Sized)) {
        self.journal = journal.sizes();
        if let Some(maintenance) = journal.maintenance() {
            self.maintenance = maintenance;
        }
    }
}
