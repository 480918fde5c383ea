//! What a member that joins a room hears of its history.

use std::time::SystemTime;

use crate::base::limits::ROOMS_LEFT_REMEMBERED;
use crate::chat::{Chat, Room};
use crate::proto::{Excerpt, MemberId, ReplayExtent, ReplayLimit, RoomId};

/// What a join asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayRequest {
    /// As much as the member hears in every room, without what it has heard there itself.
    Usual,
    /// This much.
    Limited(ReplayLimit),
    /// What came after this id.
    After(u64),
}

/// Up to which event a member has heard the rooms that it left. Bounded: of many rooms, it forgets the one left first.
#[derive(Debug, Default)]
pub(super) struct HeardRooms(Vec<(RoomId, u64)>);

impl HeardRooms {
    /// The member left the room with this event.
    pub(super) fn leave(&mut self, room: RoomId, left: u64) {
        self.close(room);
        if self.0.len() == ROOMS_LEFT_REMEMBERED {
            self.0.remove(0);
        }
        self.0.push((room, left));
    }

    /// The room is closed, and its id may be another's.
    pub(super) fn close(&mut self, room: RoomId) {
        self.0.retain(|(of, _)| *of != room);
    }

    /// The last event that the member knows of. `None`: it was never there.
    pub(super) fn last(&self, room: RoomId) -> Option<u64> {
        self.0.iter().find(|(of, _)| *of == room).map(|(_, last)| *last)
    }
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
    /// The excerpt for a member that joined with the event `joined`. `usual`: how much it hears in every room. `heard`: up to
    /// which event it has heard this one.
    pub(super) fn excerpt(
        &self,
        replay: ReplayRequest,
        usual: ReplayLimit,
        heard: Option<u64>,
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
            ReplayRequest::Usual => match heard {
                Some(heard) => return self.history().since(heard, usual, time),
                None => usual,
            },
        };
        self.history().excerpt(limit, time)
    }
}
