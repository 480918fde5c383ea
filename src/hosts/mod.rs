//! Who keeps a room going. A host hears what happens and decides what to say; saying it is not its affair.

mod host;
pub mod initiators;
mod lobby;
mod round;

pub use host::{Act, Host, Order, Said};
pub use lobby::LobbyHost;
pub use round::RoundHost;
