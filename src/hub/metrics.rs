//! Counters since the start, and the sizes of the journal and the process.

use std::time::Instant;

use crate::cluster::log::LogFigures;
use crate::journal::{Journal, MaintenanceProgress, Sizes};

/// Counters that only grow, and the last figures of the journal.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// The time of the start.
    pub since: Instant,
    /// Frames received from peers, valid or not.
    pub requests: u64,
    /// Messages published in rooms.
    pub messages: u64,
    /// Bytes received from peers.
    pub received: u64,
    /// Bytes that peers' sockets took.
    pub sent: u64,
    /// Connections closed because they did not read.
    pub slow: u64,
    /// Refused names, connections and requests.
    pub refused: u64,
    /// The journal's disk space; `None`: it has no file.
    pub journal: Option<Sizes>,
    /// The progress of the journal's maintenance.
    pub maintenance: MaintenanceProgress,
    /// What the log of the cluster has done. Nothing, if there is none.
    pub log: LogFigures,
    /// Reads the memory of the process, in bytes, where the system tells it.
    pub memory: fn() -> Option<u64>,
}

impl Metrics {
    /// Starts at zero.
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
            log: LogFigures::default(),
            memory,
        }
    }

    /// Reads the journal's figures.
    pub(super) fn read_journal(&mut self, journal: &(impl Journal + ?Sized)) {
        self.journal = journal.sizes();
        if let Some(maintenance) = journal.maintenance() {
            self.maintenance = maintenance;
        }
    }
}
