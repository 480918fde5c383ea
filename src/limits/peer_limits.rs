//! What peers may do, as far as an operator may decide it. The defaults stand in `base/limits.rs`.

use std::time::Duration;

use crate::base::limits::{
    COMMAND_POINTS, COMMAND_WINDOW, CONNECTIONS_PER_ADDRESS, NAME_TIMEOUT, NEW_CONNECTIONS_PER_MINUTE,
    SEND_QUEUE_BYTES, SESSIONS, TOTAL_PARTIAL_FRAME_BYTES, TOTAL_SEND_QUEUE_BYTES, WRITE_STALL_TIMEOUT,
};
use crate::limits::command_budget::CommandLimit;

/// Limits of one connection, of one address, and of all together. `None` allows everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerLimits {
    /// Connections at once.
    pub connections: usize,
    /// Connections at once from one address.
    pub per_address: Option<usize>,
    /// New connections from one address in a minute; as many may come at once.
    pub new_per_minute: Option<u32>,
    /// How long a new connection may take to give a name.
    pub name_within: Duration,
    /// How long a member may send nothing at all.
    pub idle: Option<Duration>,
    /// What a member may spend on commands.
    pub commands: Option<CommandLimit>,
    /// What a connection may be owed, in bytes.
    pub send_queue: usize,
    /// How long a connection that is owed something may take none of it.
    pub send_age: Option<Duration>,
    /// What all connections together may be owed, in bytes of memory. No operator decides that, but tests do.
    pub owed: usize,
    /// What may be kept of messages whose ends have not come, for all connections together, in bytes. The same.
    pub unfinished: usize,
}

impl Default for PeerLimits {
    fn default() -> PeerLimits {
        PeerLimits {
            connections: SESSIONS,
            per_address: Some(CONNECTIONS_PER_ADDRESS),
            new_per_minute: Some(NEW_CONNECTIONS_PER_MINUTE),
            name_within: NAME_TIMEOUT,
            idle: None,
            commands: Some(CommandLimit::new(COMMAND_POINTS, COMMAND_WINDOW)),
            send_queue: SEND_QUEUE_BYTES,
            send_age: Some(WRITE_STALL_TIMEOUT),
            owed: TOTAL_SEND_QUEUE_BYTES,
            unfinished: TOTAL_PARTIAL_FRAME_BYTES,
        }
    }
}
