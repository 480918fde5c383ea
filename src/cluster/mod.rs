//! Rooms that several nodes share. A node is a server of a cluster; what happens in a shared room comes from a replicated log
//! ([`log`]), which every node hears in the same order.
//!
//! A node *proposes* records ([`record`]), in one batch a turn, and carries out what it *hears*, its own batches too: by the same
//! rules as all others ([`registry`]). Nothing here knows connections, the rules of the chat, or the engine behind the log.

pub mod codec;
mod digest;
pub mod log;
mod member;
mod node;
mod nodes;
mod outgoing;
pub mod pieces;
mod private;
mod private_packet;
pub mod record;
pub mod registry;
mod snapshot;
pub mod version;

pub use node::{Node, NodeEvent, NodeSettings, NodeState, Standing};
pub use nodes::{Node as LiveNode, Nodes};
pub use private::Unanswered;
pub use private_packet::Envelope;
pub use snapshot::Keeping;
