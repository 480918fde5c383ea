//! Operators' decisions, as they are stored and restored at the next start.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// All decisions. They are small, and written as a whole whenever one changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredDecisions {
    /// Rooms that operators opened.
    pub opened: Vec<StoredRoom>,
    /// Names of rooms that operators closed.
    pub closed: Vec<String>,
    /// Hosts and bots that operators started or stopped.
    pub orders: Vec<StoredOrder>,
    /// Bans in force.
    pub bans: Vec<StoredSanction>,
    /// Mutes in force.
    pub mutes: Vec<StoredSanction>,
    /// When the journal was begun. It identifies the journal: another one gives the same ids anew. Empty: an earlier version
    /// began it.
    pub begun: String,
}

/// A room that an operator opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRoom {
    /// Its name.
    pub name: String,
    /// The name of its kind.
    pub kind: String,
}

/// Whether a host or bot runs in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredOrder {
    /// The room's name.
    pub room: String,
    /// The bot's name; `None`: the host.
    pub bot: Option<String>,
    /// Whether it runs.
    pub runs: bool,
}

/// A ban or a mute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSanction {
    /// Its target: a name, an address or a network, as the operator spelled it.
    pub whom: String,
    /// When it ends; `None`: never.
    pub until: Option<SystemTime>,
    /// How much of it was left when it was stored, so that its end does not depend on the wall clock. `None`: it has
    /// no end, or an earlier version stored it.
    #[serde(default)]
    pub left: Option<Duration>,
    /// The reason; may be empty.
    pub reason: String,
    /// The name on which an operator laid it, if its owner took the name `whom` since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
}
