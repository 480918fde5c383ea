//! Limits that an operator can set. Their defaults are in `base/limits.rs`.

use std::time::Duration;

use crate::base::limits::{
    COMMAND_POINTS, COMMAND_WINDOW, CONNECTIONS_PER_ADDRESS, NAME_TIMEOUT, NEW_CONNECTIONS_PER_MINUTE,
    SEND_QUEUE_BYTES, SESSIONS, TOTAL_PARTIAL_FRAME_BYTES, TOTAL_SEND_QUEUE_BYTES, WRITE_STALL_TIMEOUT,
};
use crate::limits::command_budget::CommandLimit;

/// Limits of one connection, of one address, and of all together. `None`: no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerLimits {
    /// Connections at once.
    pub connections: usize,
    /// Connections at once from one address.
    pub per_address: Option<usize>,
    /// New connections from one address in a minute. As many may come at once.
    pub new_per_minute: Option<u32>,
    /// How long a new connection may take to send a name.
    pub name_timeout: Duration,
    /// How long a member may be idle.
    pub idle: Option<Duration>,
    /// The budget for commands.
    pub commands: Option<CommandLimit>,
    /// The longest send queue of one connection, in bytes.
    pub send_queue: usize,
    /// How long a connection with queued output may accept none of it.
    pub write_stall_timeout: Option<Duration>,
    /// The memory of all send queues together, in bytes. Set by tests only.
    pub total_send_queue: usize,
    /// The memory of all incomplete frames together, in bytes. Set by tests only.
    pub total_partial_frames: usize,
}

impl Default for PeerLimits {
    fn default() -> PeerLimits {
        PeerLimits {
            connections: SESSIONS,
            per_address: Some(CONNECTIONS_PER_ADDRESS),
            new_per_minute: Some(NEW_CONNECTIONS_PER_MINUTE),
            name_timeout: NAME_TIMEOUT,
            idle: None,
            commands: Some(CommandLimit::new(COMMAND_POINTS, COMMAND_WINDOW)),
            send_queue: SEND_QUEUE_BYTES,
            write_stall_timeout: Some(WRITE_STALL_TIMEOUT),
            total_send_queue: TOTAL_SEND_QUEUE_BYTES,
            total_partial_frames: TOTAL_PARTIAL_FRAME_BYTES,
        }
    }
}
