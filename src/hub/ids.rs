//! How connections come, and how they are closed.

use std::net::SocketAddr;
use std::time::Instant;

use crate::fanout::SessionId;

/// What a listener is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenerKind {
    /// The one for all dialects that tell themselves apart.
    Any,
    /// The one of ChatyChaty's clients, where the server speaks first.
    Chaty,
}

/// A connection that was admitted. It is opened as a session when it is known to be for the chat: between the two is the place for
/// what is no session. It counts among those of its address at once, and among all as soon as it is opened.
#[derive(Debug)]
#[must_use = "it counts among those of its address until its session is closed"]
pub struct Permit {
    pub(super) peer: SocketAddr,
    pub(super) kind: ListenerKind,
    pub(super) since: Instant,
}

/// What is to be done with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// Tell the peer that nothing more comes, and wait for it to do the same.
    Half(SessionId),
    /// Close it. The hub has forgotten it, and will use its id again.
    Full(SessionId),
}
