//! The history of rooms, as far as it may be delivered.

use std::ops::Range;

use crate::fanout::room::Room;
use crate::proto::{Excerpt, LogEntry, RoomId};

/// The histories of all rooms.
pub trait HistorySource {
    /// The entries of an excerpt of a room's history, oldest first. Empty if the room is closed.
    fn entries(&self, room: RoomId, excerpt: Excerpt) -> impl Iterator<Item = &LogEntry>;

    /// All entries with ids below this one were evicted.
    fn evicted_below(&self, room: RoomId) -> u64;

    /// The first message with one of these ids whose present text came with an event that is not released.
    fn unreleased_edit(
        &self,
        room: RoomId,
        ids: &Range<u64>,
        is_released: impl Fn(u64) -> bool,
    ) -> Option<u64>;
}

/// History, clipped at each room's last released entry.
#[derive(Debug)]
pub(super) struct VisibleHistory<'a, H> {
    pub(super) source: &'a H,
    pub(super) rooms: &'a [Room],
}

impl<H: HistorySource> VisibleHistory<'_, H> {
    /// The deliverable entries of an excerpt, oldest first.
    pub(super) fn entries(&self, room: RoomId, excerpt: &Excerpt) -> impl Iterator<Item = &LogEntry> {
        let ids = excerpt.ids.start..self.end(room, &excerpt.ids);
        self.source.entries(room, Excerpt { ids, ..excerpt.clone() })
    }

    /// The first of these ids that is not released; the end if all are, or the room is closed.
    pub(super) fn end(&self, room: RoomId, ids: &Range<u64>) -> u64 {
        let visible_end = |ids: &Range<u64>| self.rooms[room.index()].visible_end(room, ids);
        let end = visible_end(ids);
        let is_released = |id: u64| visible_end(&(id..id + 1)) > id;
        // A message that was edited is told with its new text, so it waits for that.
        self.source.unreleased_edit(room, &(ids.start..end), is_released).unwrap_or(end)
    }

    /// The first id after those of these entries that were evicted; `None` if none was.
    pub(super) fn evicted(&self, room: RoomId, ids: &Range<u64>) -> Option<u64> {
        let below = self.source.evicted_below(room).min(self.end(room, ids));
        (below > ids.start).then_some(below)
    }

    /// Whether none of these entries is released yet.
    pub(super) fn is_unreleased(&self, room: RoomId, ids: &Range<u64>) -> bool {
        !ids.is_empty() && self.end(room, ids) == ids.start
    }
}
