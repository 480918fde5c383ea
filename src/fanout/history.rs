//! What was said in rooms before a connection came, as far as it may be heard.

use std::ops::Range;

use crate::fanout::room::Room;
use crate::proto::{LogEntry, RoomId};

/// The histories of all rooms.
pub trait HistorySource {
    /// What a room keeps of these ids, oldest first; nothing of a room that is closed.
    fn entries(&self, room: RoomId, ids: Range<u64>) -> impl Iterator<Item = &LogEntry>;

    /// The id after the newest of a room's entries that had to make room for others.
    fn evicted_below(&self, room: RoomId) -> u64;
}

/// A history, up to the last entry of each room that is released.
#[derive(Debug)]
pub(super) struct VisibleHistory<'a, H> {
    pub(super) source: &'a H,
    pub(super) rooms: &'a [Room],
}

impl<H: HistorySource> VisibleHistory<'_, H> {
    /// What a room keeps of these ids and may be heard, oldest first.
    pub(super) fn entries(&self, room: RoomId, ids: &Range<u64>) -> impl Iterator<Item = &LogEntry> {
        self.source.entries(room, ids.start..self.end(room, ids))
    }

    /// The first id of these that may not be heard yet; the last if all may.
    pub(super) fn end(&self, room: RoomId, ids: &Range<u64>) -> u64 {
        self.rooms[room.0].visible_end(ids)
    }

    /// Up to which of these ids entries had to make room for others, if any had that may be heard: the first id after them.
    pub(super) fn evicted(&self, room: RoomId, ids: &Range<u64>) -> Option<u64> {
        let below = self.source.evicted_below(room).min(self.end(room, ids));
        (below > ids.start).then_some(below)
    }

    /// Whether none of these may be heard yet.
    pub(super) fn is_held(&self, room: RoomId, ids: &Range<u64>) -> bool {
        !ids.is_empty() && self.end(room, ids) == ids.start
    }
}
