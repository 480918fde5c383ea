//! Where bytes go, and what can be learned of who reads them.

use std::io::{self, IoSlice};

/// A connection, for as long as the hub knows it. The number is used again afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub usize);

/// The sockets, seen from the fan-out.
pub trait Sink {
    /// Sends as much of `slices` to the peer as its socket takes now, and returns how many bytes that is. An error of kind
    /// `WouldBlock`: none now; the hub has to be told when the socket takes some again. Any other: the connection is broken.
    fn write(&mut self, to: SessionId, slices: &[IoSlice<'_>]) -> io::Result<usize>;

    /// How far the peer's program has come with reading the `written` bytes that it was ever sent.
    fn reading(&mut self, _peer: SessionId, _written: u64) -> PeerReadState {
        PeerReadState::Unknown
    }

    /// What the peer's machine has acknowledged, if that can be known.
    fn acknowledged(&mut self, _peer: SessionId) -> Option<AckState> {
        None
    }
}

/// What a peer's machine has got, whatever its program has read of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckState {
    /// So many bytes, ever.
    pub bytes: u64,
    /// More is on its way. What the peer's machine has no buffer for does not count: it stays here until there is room.
    pub is_more_under_way: bool,
}

/// How far a peer's program has come with reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerReadState {
    /// It has read all that it was sent, or not yet.
    Read(bool),
    /// Its machine has got all that it was sent, or not yet. What its program has read cannot be known from here.
    Acknowledged(bool),
    /// Nothing can be known.
    Unknown,
}
