//! A room's output: subscriptions, broadcast log, and the segment being written.

use std::ops::Range;

use crate::base::limits::{WRITE_COST_PER_TURN, WRITE_SYSCALL_COST};
use crate::fanout::broadcast_log::{BroadcastLog, Part, Released};
use crate::fanout::sink::SessionId;
use crate::proto::RoomId;
use crate::wire::Encoding;

/// One connection's subscription to one room: everything that the fast path needs, side by side with the others. At
/// most 24 bytes, so that a flush reads memory sequentially.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) session: SessionId,
    pub(super) encoding: Encoding,
    /// The offset in the room's log up to which the output was sent or queued.
    pub(super) cursor: u64,
    pub(super) path: Path,
}

/// How broadcasts are written to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// Through its queue, which is not empty; or its socket is full, or it gets one message at a time.
    Queue,
    /// Straight from the segment: it is subscribed to one room.
    Direct,
    /// Straight from the segments of all its rooms: it is subscribed to several.
    Gather,
}

impl Subscription {
    /// The part of a segment that is for it, and of that the bytes that it was not sent; `None` if there are none.
    pub(super) fn unsent<'a>(&self, released: &'a Released) -> Option<(&'a Part, &'a [u8])> {
        let part = released.part(self.encoding)?;
        let unsent = &part.bytes()[part.range(&(self.cursor..u64::MAX))];
        (!unsent.is_empty()).then_some((part, unsent))
    }
}

const _: () = assert!(size_of::<Subscription>() <= 24);

/// One room.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: RoomId,
    pub(super) is_open: bool,
    /// Unordered.
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) log: BroadcastLog,
    /// The segment being written, and the index of the next subscription.
    pub(super) released: Released,
    pub(super) next: usize,
}

impl Room {
    /// An open room whose next entry has this id.
    pub(super) fn new(id: RoomId, next_id: u64) -> Room {
        Room {
            id,
            is_open: true,
            subscriptions: Vec::new(),
            log: BroadcastLog::new(next_id),
            released: Released::default(),
            next: 0,
        }
    }

    /// Whether it has no subscriptions, and everything it said is written.
    pub(super) fn is_idle(&self) -> bool {
        self.subscriptions.is_empty() && self.log.is_empty() && !self.is_writing()
    }

    /// Whether a segment is still being written.
    pub(super) fn is_writing(&self) -> bool {
        !self.released.is_empty()
    }

    /// Whether it will be written within this turn.
    pub(super) fn is_nearly_written(&self) -> bool {
        let remaining = self.subscriptions.len().saturating_sub(self.next);
        remaining * (WRITE_SYSCALL_COST + self.released.bytes()) <= WRITE_COST_PER_TURN
    }

    /// Removes a subscription. Returns the subscriptions that moved, with their new indexes: the list has no gaps, and
    /// those already written to come first.
    pub(super) fn remove(&mut self, index: usize) -> [Option<(SessionId, usize)>; 2] {
        let mut gap = index;
        if index < self.next {
            self.next -= 1;
            self.subscriptions.swap(index, self.next);
            gap = self.next;
        }
        self.subscriptions.swap_remove(gap);
        [index, gap].map(|at| self.subscriptions.get(at).map(|moved| (moved.session, at)))
    }

    /// The first of these ids that is not released; the end if all are, or if it is closed. `id`: the room that had the ids.
    pub(super) fn visible_end(&self, id: RoomId, ids: &Range<u64>) -> u64 {
        if !self.is_open || self.id != id {
            return ids.end;
        }
        ids.end.min(self.log.released_id() + 1).max(ids.start)
    }
}
