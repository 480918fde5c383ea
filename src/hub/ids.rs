//! Connections at the border of the hub: listeners, permits, and closing.

use std::net::SocketAddr;
use std::time::Instant;

use crate::fanout::SessionId;
use crate::wire::Codec;

/// The clients that a listener is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenerKind {
    /// All dialects that are detected by their first bytes.
    Any,
    /// ChatyChaty's clients, which wait for the server to speak first.
    Chaty,
}

impl ListenerKind {
    /// The codec of a new connection.
    pub(super) fn codec(self) -> Codec {
        match self {
            ListenerKind::Any => Codec::detecting(),
            ListenerKind::Chaty => Codec::chaty(),
        }
    }
}

/// An admitted connection, before it is opened as a session, or while it is an HTTP connection. It counts against the limit of
/// its address at once, and against the limit of all connections once it is opened.
#[derive(Debug)]
#[must_use = "it counts among those of its address until its session is closed"]
pub struct Permit {
    pub(super) peer: SocketAddr,
    pub(super) kind: ListenerKind,
    pub(super) since: Instant,
}

/// How to close a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// Close the sending side, and wait for the peer to do the same.
    Half(SessionId),
    /// Close it. The hub has removed its session, and may reuse its id.
    Full(SessionId),
}
