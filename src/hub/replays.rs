//! How much of what was said before a newcomer hears, so that a rush of them is in within seconds.
//!
//! What all of them hear together is what takes time: thousands times megabytes. Whoever comes while much is still to be
//! replayed hears the end of it only, is told so, and can ask for the rest.

use std::ops::Range;

use crate::base::limits::{REPLAY_BYTES, REPLAYS_WAITING_BYTES};
use crate::chat::Room;
use crate::hub::Hub;
use crate::hub::ids::SessionId;
use crate::proto::{Event, RoomId};

const CUT: &str =
    "Many came at once, so of what was said before you hear only the newest. Type /history for more.";

impl Hub {
    /// Has somebody hear what a room keeps of these ids, or the newest of it.
    pub(super) fn replay(&mut self, id: SessionId, room: RoomId, ids: Range<u64>) {
        self.catch_up(id);
        let Some(history) = self.chat.room(room).map(Room::history) else { return };
        let waiting = self.output.replays.bytes();
        let (first, bytes) = history.newest(share(history.bytes(), waiting));
        let ids = ids.start.max(first)..ids.end;
        if history.ids().start < ids.start && !ids.is_empty() {
            self.tell(id, &Event::notice(CUT));
        }
        let charge = self.output.replays.charge(bytes);
        self.sessions[id.0].queue.push_replay(room, ids, charge);
        self.list(id);
    }
}

/// How much of a past of so many bytes somebody hears who comes while so many are waiting to be replayed. All of it, if that
/// is not too much with the others', or there are none.
fn share(all: usize, waiting: usize) -> usize {
    let left = REPLAYS_WAITING_BYTES.saturating_sub(waiting);
    if waiting == 0 || all <= left { all } else { (left / 4).max(REPLAY_BYTES) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_alone_hears_everything_and_a_rush_hears_the_end() {
        let much = 2 * REPLAYS_WAITING_BYTES;
        assert_eq!(share(much, 0), much);
        assert_eq!(share(1_000, much), 1_000.max(REPLAY_BYTES), "a short one is no matter");
        assert_eq!(share(much, 1), (REPLAYS_WAITING_BYTES - 1) / 4);
        let mut waiting = 0;
        for _ in 0..10_000 {
            waiting += share(4 << 20, waiting);
        }
        assert!(waiting <= REPLAYS_WAITING_BYTES + 10_000 * REPLAY_BYTES, "{waiting}");
    }
}
