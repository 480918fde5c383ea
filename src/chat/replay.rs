//! What a member that joins a room hears of its history.

use std::time::SystemTime;

use crate::chat::{Chat, Room};
use crate::proto::{Excerpt, MemberId, ReplayExtent, ReplayLimit};

/// What a join asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayRequest {
    /// As much as the member hears in every room.
    Usual,
    /// This much.
    Limited(ReplayLimit),
    /// What came after this id.
    After(u64),
}

impl Chat {
    /// How much a member hears when it joins a room.
    pub(super) fn replay_of(&self, id: MemberId) -> ReplayLimit {
        self.members[id.0].replay
    }

    /// Sets that.
    pub(super) fn set_replay(&mut self, id: MemberId, limit: ReplayLimit) {
        self.members[id.0].replay = limit;
    }
}

impl Room {
    /// The excerpt for a member that joined with the event `joined`. `usual`: how much it hears in every room.
    pub(super) fn excerpt(
        &self,
        replay: ReplayRequest,
        usual: ReplayLimit,
        joined: u64,
        time: SystemTime,
    ) -> (Excerpt, ReplayExtent) {
        let limit = match replay {
            _ if !self.traits().replays => {
                return (self.history().excerpt(ReplayLimit::OFF, time).0, ReplayExtent::default());
            }
            ReplayRequest::After(after) if after < joined => return self.history().rest(after, time),
            // An id above the room's is from another run of the server.
            ReplayRequest::After(_) => ReplayLimit::All,
            ReplayRequest::Limited(limit) => limit,
            ReplayRequest::Usual => usual,
        };
        self.history().excerpt(limit, time)
    }
}
