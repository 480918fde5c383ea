//! Who keeps a room going: one file for each kind of host, and the table of kinds.
//!
//! A host hears what happens and decides what is to happen next; doing it is not its affair.

mod chaty;
mod host;
pub mod initiators;
mod kinds;
mod lobby;
mod round;
mod thrones;
mod topics;

pub use chaty::ChatyHost;
pub use host::{Act, Host, Order, Said};
pub use kinds::{KINDS, RoomKind, Setup};
pub use lobby::LobbyHost;
pub use round::RoundHost;
pub use thrones::ThronesHost;
