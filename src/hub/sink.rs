//! Where the hub's bytes go, and what it can learn of who reads them.

use std::io::{self, IoSlice};

use crate::hub::ids::SessionId;

/// Where bytes go.
pub trait Sink {
    /// Sends as much of `slices` to the peer as it takes now, and returns how many bytes that were. An error of kind
    /// `WouldBlock`: none now; [`Hub::writable`](crate::hub::Hub::writable) is to be called when it may take some again. Any other: the connection is
    /// broken.
    fn write(&mut self, to: SessionId, slices: &[IoSlice<'_>]) -> io::Result<usize>;

    /// How far the peer's program has come with reading the `written` bytes that it was ever sent.
    fn reading(&mut self, _peer: SessionId, _written: u64) -> Reading {
        Reading::Unknown
    }

    /// What the peer's machine has acknowledged, if that can be known.
    fn acknowledged(&mut self, _peer: SessionId) -> Option<Acknowledged> {
        None
    }
}

/// What a peer's machine has got, whatever its program has read of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// So many bytes, ever.
    pub bytes: u64,
    /// More is under way to it. What it has no room for is not: it stays here until there is.
    pub is_more_under_way: bool,
}

/// How far a peer's program has come with reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It has read all that it was sent, or not yet.
    Read(bool),
    /// Its machine has got all that it was sent, or not yet. What its program has read cannot be known from here.
    Acknowledged(bool),
    /// Nothing can be known.
    Unknown,
}

/// What is to be done with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// Tell the peer that nothing more comes, and wait for it to do the same.
    Half(SessionId),
    /// Close it. The hub has forgotten it, and will use its id again.
    Full(SessionId),
}
