//! What was said in rooms before somebody came, as far as it may be heard.

use std::ops::Range;

use crate::chat::{Chat, Room};
use crate::hub::room::HubRoom;
use crate::proto::{Entry, RoomId};

/// All of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Past<'a> {
    pub(super) chat: &'a Chat,
    pub(super) rooms: &'a [HubRoom],
}

impl<'a> Past<'a> {
    /// What a room keeps of these ids and may be heard, oldest first. The past of a room that was closed is gone with it.
    pub(super) fn entries(
        &self,
        room: RoomId,
        ids: &Range<u64>,
    ) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let ids = ids.start..self.end(room, ids);
        let history = self.chat.room(room).map(Room::history);
        history.into_iter().flat_map(move |history| history.entries(ids.clone()))
    }

    /// The id from which on nothing may be heard yet, at most the last of these.
    pub(super) fn end(&self, room: RoomId, ids: &Range<u64>) -> u64 {
        ids.end.min(self.rooms[room.0].tapes.out_id() + 1).max(ids.start)
    }

    /// Whether none of these ids may be heard yet.
    pub(super) fn is_held(&self, room: RoomId, ids: &Range<u64>) -> bool {
        !ids.is_empty() && self.end(room, ids) == ids.start
    }
}
