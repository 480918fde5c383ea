//! What the hub keeps for one room: where it is kept, and its host.

use crate::fanout::SessionId;
use crate::hosts::Host;
use crate::journal::ThreadId;

/// One room, or a place for one.
#[derive(Debug)]
pub(super) struct HubRoom {
    /// Where what is said in it is kept, and the first id that is not set aside for it yet.
    pub(super) thread: ThreadId,
    pub(super) next_ids: u64,
    /// Who drives it; none: nobody, or there is no such room.
    pub(super) host: Option<Box<dyn Host>>,
    /// Its host was told something, and may want something done.
    pub(super) stirred: bool,
    /// Those who wait to leave until it has answered them.
    pub(super) leavers: Vec<SessionId>,
}

impl HubRoom {
    /// A place for a room.
    pub(super) fn new() -> HubRoom {
        HubRoom { thread: ThreadId(0), next_ids: 0, host: None, stirred: false, leavers: Vec::new() }
    }
}
