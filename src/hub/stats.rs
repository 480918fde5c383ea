//! What the server counted since it began.

use std::io::{self, IoSlice};
use std::time::Instant;

use crate::base::limits::WRITE_BYTES;
use crate::hub::ids::SessionId;
use crate::hub::sink::{Acknowledged, Reading, Sink};

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
}

impl Stats {
    pub(super) fn new(since: Instant) -> Stats {
        Stats { since, requests: 0, messages: 0, received: 0, sent: 0, slow: 0, refused: 0 }
    }
}

/// A sink that counts what it takes.
pub(super) struct Counting<'a, S> {
    pub(super) sink: &'a mut S,
    pub(super) bytes: u64,
    /// How often it was tried.
    pub(super) writes: usize,
}

impl<S> Counting<'_, S> {
    /// What that cost, in bytes, with [`WRITE_BYTES`] for each write.
    pub(super) fn cost(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX).saturating_add(self.writes * WRITE_BYTES)
    }
}

impl<S: Sink> Sink for Counting<'_, S> {
    fn write(&mut self, to: SessionId, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.writes += 1;
        let taken = self.sink.write(to, slices)?;
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn reading(&mut self, peer: SessionId, written: u64) -> Reading {
        self.sink.reading(peer, written)
    }

    fn acknowledged(&mut self, peer: SessionId) -> Option<Acknowledged> {
        self.sink.acknowledged(peer)
    }
}
