//! Who keeps a room going. A host hears what happens and decides what to say; saying it is not its affair.

pub mod initiators;
mod lobby;

pub use lobby::LobbyHost;
