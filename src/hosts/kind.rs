//! What a kind of room is: its traits, and who hosts it.

use crate::chat::RoomTraits;
use crate::hosts::{Host, Setup};
use crate::proto::Announcement;

/// A kind of room.
#[derive(Debug)]
pub struct RoomKind {
    /// What such rooms have in common.
    pub traits: RoomTraits,
    /// Its host, for a room of this name.
    pub host: fn(&Setup, &str) -> Box<dyn Host>,
}

/// How most rooms say that somebody came, in the words that old bots know.
pub(super) const USUAL_JOINED: Announcement = Announcement("User ", " has joined the chat!");

/// How most rooms say that somebody left.
pub(super) const USUAL_LEFT: Announcement = Announcement("Host: User ", " left the chat.");
