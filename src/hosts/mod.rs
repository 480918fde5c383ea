//! Who keeps a room going: one file for each kind of host, and the table of kinds.
//!
//! A host hears what happens and decides what is to happen next; doing it is not its affair.

mod chaty;
mod host;
pub mod initiators;
mod kind;
mod lobby;
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
pub use registry::{KINDS, find_kind, parse_room};
pub use round::RoundHost;
pub use setup::Setup;
pub use thrones::ThronesHost;

/// Makes what hosts and their bots look things up in on first use, and cities if one of the `bots` asks for their weather. That
/// takes a tenth of a second or so, which the chat's thread is not to stand still for.
pub fn prepare(bots: &[Character]) {
    bots::prepare();
    thrones::prepare();
    if bots.contains(&Character::Weather) {
        cities::prepare();
    }
}
