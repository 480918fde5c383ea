//! What the server counted since it began.

use std::time::Instant;

use crate::journal::{Sizes, Work};

/// Counters that only grow.
#[derive(Debug)]
pub(super) struct Stats {
    pub(super) since: Instant,
    /// What peers asked for, well or ill.
    pub(super) requests: u64,
    /// Messages that rooms heard, whoever said them.
    pub(super) messages: u64,
    /// Bytes that came from peers, and that their sockets took.
    pub(super) received: u64,
    pub(super) sent: u64,
    /// Who was let go because they did not read.
    pub(super) slow: u64,
    /// Names, connections and requests that were refused.
    pub(super) refused: u64,
    /// What the journal takes of the disk, and does beside service.
    pub(super) sizes: Option<Sizes>,
    pub(super) work: Work,
}

impl Stats {
    pub(super) fn new(since: Instant) -> Stats {
        Stats {
            since,
            requests: 0,
            messages: 0,
            received: 0,
            sent: 0,
            slow: 0,
            refused: 0,
            sizes: None,
            work: Work::default(),
        }
    }
}
