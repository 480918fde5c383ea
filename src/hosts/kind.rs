//! What a kind of room is: its style, and who hosts it.

use crate::chat::Style;
use crate::hosts::{Host, Setup};
use crate::proto::Announcement;

/// A kind of room.
#[derive(Debug)]
pub struct RoomKind {
    /// What such rooms have in common.
    pub style: Style,
    /// Its host, for a room of this name.
    pub host: fn(&Setup, &str) -> Box<dyn Host>,
}

/// How most rooms say that somebody came, in the words that old bots know.
pub(super) const USUAL_JOINED: Announcement = Announcement("User ", " has joined the chat!");

/// How most rooms say that somebody left.
pub(super) const USUAL_LEFT: Announcement = Announcement("Host: User ", " left the chat.");
