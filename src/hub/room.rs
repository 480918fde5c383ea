//! What the hub keeps for one room: who sits in it, its tapes, its host.

use std::time::Instant;

use crate::base::limits::{WRITE_BYTES, WRITTEN_PER_TURN};
use crate::hosts::Host;
use crate::hub::ahead::Said;
use crate::hub::ids::SessionId;
use crate::hub::tapes::{Tapes, Turn};
use crate::hub::timers::TimerKey;
use crate::journal::ThreadId;
use crate::wire::Dialect;

/// A session's place in a room: all that is needed to write to nearly everybody, side by side with that of the others.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) session: SessionId,
    pub(super) dialect: Dialect,
    /// How far it has come on the room's tape.
    pub(super) heard: u64,
    /// It is owed nothing but what this room says, and its socket took all that it was given.
    pub(super) is_free: bool,
}

/// One room, or a place for one.
#[derive(Debug)]
pub(super) struct HubRoom {
    /// The sessions in it, in no order.
    pub(super) present: Vec<Place>,
    pub(super) tapes: Tapes,
    /// What is being written, and whose place is to be written to next.
    pub(super) turn: Turn,
    pub(super) next: usize,
    /// Where what is said in it is kept, and the first id that is not set aside for it yet.
    pub(super) thread: ThreadId,
    pub(super) next_ids: u64,
    /// Who drives it; none: nobody, or there is no such room.
    pub(super) host: Option<Box<dyn Host>>,
    /// Its host's deadline, as it is set.
    pub(super) timer: Option<(Instant, TimerKey)>,
    /// Its host was told something, and may want something done.
    pub(super) stirred: bool,
}

impl HubRoom {
    /// Whether something that was let out is not written to everybody yet.
    pub(super) fn is_writing(&self) -> bool {
        !self.turn.is_empty()
    }

    /// Whether that will be written to everybody within a turn.
    pub(super) fn is_nearly_written(&self) -> bool {
        self.present.len().saturating_sub(self.next) * (WRITE_BYTES + self.turn.bytes()) <= WRITTEN_PER_TURN
    }

    /// Whether this message was let out, or what it was said in is no more.
    pub(super) fn has_let_out(&self, said: &Said) -> bool {
        said.thread != self.thread || said.id <= self.tapes.out_id()
    }

    /// Takes a place away. Returns who moved to others: the list has no gaps, and who was written to stands before who was
    /// not.
    pub(super) fn remove(&mut self, place: usize) -> [Option<(SessionId, usize)>; 2] {
        let mut gap = place;
        if place < self.next {
            self.next -= 1;
            self.present.swap(place, self.next);
            gap = self.next;
        }
        self.present.swap_remove(gap);
        [place, gap].map(|at| self.present.get(at).map(|moved| (moved.session, at)))
    }

    /// A place for a room.
    pub(super) fn new() -> HubRoom {
        HubRoom {
            present: Vec::new(),
            tapes: Tapes::default(),
            turn: Turn::default(),
            next: 0,
            thread: ThreadId(0),
            next_ids: 0,
            host: None,
            timer: None,
            stirred: false,
        }
    }
}
