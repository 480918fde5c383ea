//! The replay of rooms' histories to newcomers.

use std::ops::Range;

use crate::base::limits::{REPLAY_BACKLOG_BYTES, REPLAY_CHUNK_BYTES};
use crate::chat::{Chat, Room};
use crate::fanout::{HistorySource, SessionId};
use crate::hub::sessions::Sessions;
use crate::proto::{Event, Excerpt, LogEntry, Notice, ProgramEvent, RoomId};

impl HistorySource for Chat {
    fn entries(&self, room: RoomId, excerpt: Excerpt) -> impl Iterator<Item = &LogEntry> {
        self.room(room).map(Room::history).into_iter().flat_map(move |history| history.entries(&excerpt))
    }

    fn evicted_below(&self, room: RoomId) -> u64 {
        self.room(room).map_or(0, |room| room.history().evicted_below())
    }

    fn unreleased_edit(
        &self,
        room: RoomId,
        ids: &Range<u64>,
        is_released: impl Fn(u64) -> bool,
    ) -> Option<u64> {
        self.room(room)?.history().unreleased_edit(ids, is_released)
    }
}

impl Sessions {
    /// Replays an excerpt of a room's history, or only the end of it in a rush: megabytes for thousands of newcomers would take
    /// minutes. A shortened replay is announced, and the member can ask for the rest.
    pub(in crate::hub) fn replay(&mut self, id: SessionId, room: &Room, mut excerpt: Excerpt) {
        let history = room.history();
        let (_, all) = history.newest(&excerpt, usize::MAX);
        let (first, bytes) = history.newest(&excerpt, share(all, self.fanout.replay_backlog()));
        let is_cut = excerpt.ids.start < first;
        excerpt.ids.start = first;
        if is_cut {
            self.tell(id, &Event::Notice(Notice::HistoryCut));
        }
        if is_cut || excerpt.gap_below.is_some() {
            let before = excerpt.gap_below.unwrap_or(0).max(first);
            self.tell(id, &Event::Program(ProgramEvent::Gap { room: room.room_name(), before }));
        }
        self.fanout.replay(id, room.id(), excerpt, bytes);
    }
}

/// How many of `all` bytes of history to replay while `waiting` bytes of other replays are pending. All of it, if that fits, or
/// if nothing is pending.
fn share(all: usize, waiting: usize) -> usize {
    let left = REPLAY_BACKLOG_BYTES.saturating_sub(waiting);
    if waiting == 0 || all <= left { all } else { (left / 4).max(REPLAY_CHUNK_BYTES) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_alone_hears_everything_and_a_rush_hears_the_end() {
        let much = 2 * REPLAY_BACKLOG_BYTES;
        assert_eq!(share(much, 0), much);
        assert_eq!(share(1_000, much), 1_000.max(REPLAY_CHUNK_BYTES), "a short one is no matter");
        assert_eq!(share(much, 1), (REPLAY_BACKLOG_BYTES - 1) / 4);
        let mut waiting = 0;
        for _ in 0..10_000 {
            waiting += share(4 << 20, waiting);
        }
        assert!(waiting <= REPLAY_BACKLOG_BYTES + 10_000 * REPLAY_CHUNK_BYTES, "{waiting}");
    }
}
