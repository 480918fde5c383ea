//! What operators decided, as far as it is to hold after the next start.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// All of it. Small: it is written anew whenever some of it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredDecisions {
    /// Rooms that they opened.
    pub opened: Vec<StoredRoom>,
    /// Rooms that they closed, by name.
    pub closed: Vec<String>,
    /// What they ordered hosts and bots to do.
    pub orders: Vec<StoredOrder>,
    /// Who may not come in.
    pub bans: Vec<StoredSanction>,
    /// Who may not speak.
    pub mutes: Vec<StoredSanction>,
}

/// A room that was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRoom {
    /// Its name.
    pub name: String,
    /// The name of its kind.
    pub kind: String,
}

/// Whether somebody is to take part in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredOrder {
    /// The room's name.
    pub room: String,
    /// Which bot; none: the host.
    pub bot: Option<String>,
    /// Whether it is to.
    pub runs: bool,
}

/// A ban or a mute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSanction {
    /// Whom it is for: a name, an address or a network, as the operator spelled it.
    pub whom: String,
    /// Its end; none: it is for good.
    pub until: Option<SystemTime>,
    /// How much of it was left when this was kept; none: it is for good, or an earlier version kept it.
    #[serde(default)]
    pub left: Option<Duration>,
    /// Why; empty if it was not said.
    pub reason: String,
}
