//! How connections come, and how they are closed.

use crate::fanout::SessionId;

/// The port that a connection came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenerKind {
    /// The one for all dialects that tell themselves apart.
    Any,
    /// The one of ChatyChaty's clients, where the server speaks first.
    Chaty,
}

/// What is to be done with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// Tell the peer that nothing more comes, and wait for it to do the same.
    Half(SessionId),
    /// Close it. The hub has forgotten it, and will use its id again.
    Full(SessionId),
}
