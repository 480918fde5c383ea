//! Who wants to hear which rooms there are, and how many are in each: told of changes, now and then, and not of each.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Instant;

use crate::base::limits::ROOM_WATCH_INTERVAL;
use crate::fanout::SessionId;
use crate::hub::{Due, Hub};
use crate::proto::{Event, ProgramEvent, RoomInfo};

/// Who watches the rooms, and what all of them know.
#[derive(Debug, Default)]
pub(super) struct RoomWatch {
    watchers: BTreeSet<SessionId>,
    known: Vec<(Rc<str>, usize)>,
}

impl RoomWatch {
    pub(super) fn remove(&mut self, id: SessionId) {
        self.watchers.remove(&id);
    }

    /// What is new since this was asked last.
    fn changes(&mut self, rooms: Vec<RoomInfo>) -> Vec<Event> {
        let known = std::mem::take(&mut self.known);
        self.known = rooms.iter().map(|room| (room.name.clone(), room.count)).collect();
        let is_gone = |name: &Rc<str>| !rooms.iter().any(|room| room.name == *name);
        let gone: Vec<Rc<str>> = known.iter().map(|(name, _)| name.clone()).filter(is_gone).collect();
        let is_new = |room: &RoomInfo| !known.contains(&(room.name.clone(), room.count));
        let gone = gone.into_iter().map(ProgramEvent::RoomClosed);
        gone.chain(rooms.into_iter().filter(is_new).map(ProgramEvent::Room)).map(Event::Program).collect()
    }
}

impl Hub {
    /// A session was told of all rooms, and hears from now on what changes.
    pub(super) fn watch_rooms(&mut self, id: SessionId) {
        if self.room_watch.watchers.is_empty() {
            self.room_watch.changes(self.chat.room_list(None));
        }
        self.room_watch.watchers.insert(id);
    }

    /// A room was opened or closed, or somebody came or left.
    pub(super) fn rooms_changed(&mut self, now: Instant) {
        if !self.room_watch.watchers.is_empty() {
            self.timers.set_by(Due::Rooms, now + ROOM_WATCH_INTERVAL);
        }
    }

    /// Tells all who watch what changed.
    pub(super) fn tell_room_changes(&mut self) {
        let changes = self.room_watch.changes(self.chat.room_list(None));
        for id in self.room_watch.watchers.clone() {
            for change in &changes {
                self.tell(id, change);
            }
        }
    }
}
