//! Bots that connect from outside: many links, each with a bot behind it, and the loop that gives them sockets.
//!
//! [`LobbySwarm`] is the lobby's cast, which answers together; in a [`SoloSwarm`] each bot decides for itself. Both are a
//! [`Swarm`], which knows no sockets.

pub(super) mod bot_logic;
mod lobby;
mod run;
mod solo;
mod swarm;

pub use bot_logic::BotKind;
pub use lobby::LobbySwarm;
pub use run::{SwarmBots, SwarmConfig, run_bots};
pub use solo::SoloSwarm;
pub use swarm::{Swarm, SwarmEvent};
