//! The sockets as the fan-out sees them, and what can be learned about the peers that read them.

use std::io::{self, IoSlice};

/// Identifies a connection while the hub knows it. Reused afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub usize);

/// The sockets of all connections.
pub trait Sink {
    /// Writes as much of `slices` as the peer's socket takes now, and returns the number of bytes. An error of kind
    /// `WouldBlock` means that the socket is full; the hub has to be told when it is writable again. Any other error
    /// means that the connection is broken.
    fn write(&mut self, to: SessionId, slices: &[IoSlice<'_>]) -> io::Result<usize>;

    /// How much the peer's program has read of the `written` bytes that it was ever sent.
    fn reading(&mut self, _peer: SessionId, _written: u64) -> PeerReadState {
        PeerReadState::Unknown
    }

    /// How much the peer's machine has acknowledged, if that can be known.
    fn acknowledged(&mut self, _peer: SessionId) -> Option<AckState> {
        None
    }
}

/// How much a peer's machine has received, whether or not its program has read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckState {
    /// Bytes acknowledged, in all.
    pub bytes: u64,
    /// More bytes are in flight. Bytes that the peer's machine has no buffer for are not: they wait here.
    pub has_more_in_flight: bool,
}

/// How much a peer's program has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerReadState {
    /// Whether its program has read everything.
    AllRead(bool),
    /// Whether its kernel has received everything. How much its program has read cannot be known.
    AllAcknowledged(bool),
    /// Nothing is known.
    Unknown,
}
