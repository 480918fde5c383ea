//! A kind of room: its traits and its host.

use crate::chat::RoomTraits;
use crate::hosts::{Host, Setup};
use crate::proto::Announcement;

/// A kind of room.
#[derive(Debug)]
pub struct RoomKind {
    /// What all rooms of the kind share.
    pub traits: RoomTraits,
    /// Several servers can share such a room: its host only says something, and brings bots.
    pub can_be_shared: bool,
    /// Creates the host of a room with this name.
    pub host: fn(&Setup, &str) -> Box<dyn Host>,
}

/// How most rooms announce a join. Old bots know these words.
pub(super) const USUAL_JOINED: Announcement = Announcement("User ", " has joined the chat!");

/// How most rooms announce a leave.
pub(super) const USUAL_LEFT: Announcement = Announcement("Host: User ", " left the chat.");
