//! When rooms that people opened close because nobody is there.

use std::time::{Duration, Instant};

use crate::chat::Room;
use crate::hub::timers::Timers;
use crate::proto::RoomId;

/// The deadlines of empty rooms.
#[derive(Debug)]
pub(in crate::hub) struct Linger {
    time: Duration,
    timers: Timers<RoomId>,
}

impl Linger {
    /// An empty room stays open for this long.
    pub(in crate::hub) fn new(time: Duration) -> Linger {
        Linger { time, timers: Timers::default() }
    }

    /// A room was opened, or somebody joined or left. Bots do not keep it open.
    pub(super) fn update(&mut self, room: &Room, now: Instant) {
        if room.roles().is_none() {
            return;
        }
        if room.people() > 0 {
            self.timers.stop(room.id());
        } else {
            self.timers.set_by(room.id(), now + self.time);
        }
    }

    /// A room is closed.
    pub(super) fn stop(&mut self, room: RoomId) {
        self.timers.stop(room);
    }

    /// The service ends: no room closes by itself any more.
    pub(super) fn clear(&mut self) {
        self.timers = Timers::default();
    }

    /// The next deadline.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The next room that has been empty for long enough.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<RoomId> {
        self.timers.pop_due(now)
    }
}
