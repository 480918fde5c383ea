//! Hosts, which drive rooms: one file or folder for each kind, and the table of kinds.
//!
//! A host receives events and returns actions; the hub carries them out.

mod chaty;
mod host;
pub mod initiators;
mod kind;
mod lobby;
mod plain;
mod registry;
mod round;
mod setup;
mod thrones;
mod topics;

use crate::bots::{self, Character};
use crate::weather::cities;

pub use chaty::ChatyHost;
pub use host::{Host, HostAction, HostCommand, RoomMessage};
pub use kind::RoomKind;
pub use lobby::LobbyHost;
pub use plain::KIND as PLAIN;
pub use registry::{KINDS, find_kind, parse_room};
pub use round::RoundHost;
pub use setup::Setup;
pub use thrones::ThronesHost;

/// Builds the lookup tables of hosts and bots, and the table of cities if one of the `bots` needs it. Takes about a
/// tenth of a second, so call it before the event loop starts.
pub fn prepare(bots: &[Character]) {
    bots::prepare();
    if bots.contains(&Character::Weather) {
        cities::prepare();
    }
}
