//! What a kind of room is: its style, and who hosts it.

use crate::base::name::Name;
use crate::chat::Style;
use crate::hosts::{Host, Setup};

/// A kind of room.
#[derive(Debug)]
pub struct RoomKind {
    /// What such rooms have in common.
    pub style: Style,
    /// Its host, for a room of this name.
    pub host: fn(&Setup, &str) -> Box<dyn Host>,
}

/// How most rooms say that somebody came, in the words that old bots know.
pub(super) fn usual_joined(name: &Name) -> String {
    format!("User {name} has joined the chat!")
}

/// How most rooms say that somebody left.
pub(super) fn usual_left(name: &Name) -> String {
    format!("Host: User {name} left the chat.")
}
