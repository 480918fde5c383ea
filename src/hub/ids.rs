//! How connections and their places in rooms are named.

use crate::proto::RoomId;

/// A connection, for as long as the hub knows it. Reused afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub usize);

/// The port that a connection came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The one for all dialects that tell themselves apart.
    Any,
    /// The one of ChatyChaty's clients, where the server speaks first.
    Chaty,
}

/// Where a session sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    /// Which room.
    pub(super) room: RoomId,
    /// In the room's list of places.
    pub(super) place: usize,
}
