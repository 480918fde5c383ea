//! What the hub keeps for one room beside what its components do: where what is said in it is kept.

use crate::journal::ThreadId;

/// One room, or a place for one.
#[derive(Debug)]
pub(super) struct HubRoom {
    /// Where what is said in it is kept, and the first id that is not set aside for it yet.
    pub(super) thread: ThreadId,
    pub(super) next_ids: u64,
}

impl HubRoom {
    /// A place for a room.
    pub(super) fn new() -> HubRoom {
        HubRoom { thread: ThreadId(0), next_ids: 0 }
    }
}
