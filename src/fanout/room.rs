//! One room as the fan-out knows it: its subscriptions, its broadcast log, and the segment that is being written.

use std::ops::Range;

use crate::base::limits::{WRITE_COST_PER_TURN, WRITE_SYSCALL_COST};
use crate::fanout::broadcast_log::{BroadcastLog, Released};
use crate::fanout::sink::SessionId;
use crate::wire::Encoding;

/// One connection's subscription to one room: all that is needed to write to it on the fast path, side by side with the
/// others. At most 24 bytes, so that a flush reads memory in order.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) session: SessionId,
    pub(super) encoding: Encoding,
    /// The offset in the room's log up to which the connection was sent, or has in its queue.
    pub(super) cursor: u64,
    /// The connection has an empty queue, and its socket took all that it was given: what this room says can be written to
    /// it from the segment.
    pub(super) fast_path: bool,
}

const _: () = assert!(size_of::<Subscription>() <= 24);

/// One room.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// In no order.
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) log: BroadcastLog,
    /// What is being written, and which subscription is next.
    pub(super) released: Released,
    pub(super) next: usize,
}

impl Room {
    /// Whether something that is released is not written to all subscriptions yet.
    pub(super) fn is_writing(&self) -> bool {
        !self.released.is_empty()
    }

    /// Whether that is written within this turn.
    pub(super) fn is_nearly_written(&self) -> bool {
        let left = self.subscriptions.len().saturating_sub(self.next);
        left * (WRITE_SYSCALL_COST + self.released.bytes()) <= WRITE_COST_PER_TURN
    }

    /// Removes a subscription. Returns those that moved, with their new places: the list has no gaps, and those that were
    /// written to stand before those that were not.
    pub(super) fn remove(&mut self, place: usize) -> [Option<(SessionId, usize)>; 2] {
        let mut gap = place;
        if place < self.next {
            self.next -= 1;
            self.subscriptions.swap(place, self.next);
            gap = self.next;
        }
        self.subscriptions.swap_remove(gap);
        [place, gap].map(|at| self.subscriptions.get(at).map(|moved| (moved.session, at)))
    }

    /// The first id of these that may not be heard yet; the last if all may.
    pub(super) fn visible_end(&self, ids: &Range<u64>) -> u64 {
        ids.end.min(self.log.released_id() + 1).max(ids.start)
    }
}
