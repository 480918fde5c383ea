//! Bots that connect from outside: many links, each with a bot, and one event loop for their sockets.
//!
//! In a [`LobbySwarm`] a cast of bots decides together who answers; in a [`SoloSwarm`] each bot decides by itself. Both
//! implement [`Swarm`], which has no sockets.

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
