//! How rooms are opened and closed.

use std::time::Instant;

use log::info;

use crate::base::limits::ROOMS;
use crate::hosts::RoomKind;
use crate::hub::room::HubRoom;
use crate::hub::{Due, Hub};
use crate::journal::Record;
use crate::proto::RoomId;

impl Hub {
    /// Opens a room. An error is a sentence.
    pub(super) fn open_room(
        &mut self,
        name: &str,
        kind: &'static RoomKind,
        now: Instant,
    ) -> Result<(), String> {
        if self.chat.find_room(name).is_some() {
            return Err(format!("There is a room {name} already."));
        }
        if self.chat.rooms().count() >= ROOMS {
            return Err(format!("There are {ROOMS} rooms, and no more can be open. Close one first."));
        }
        // A room that was closed in this turn still has its last words to say.
        let is_free = |id: &usize| self.chat.room(RoomId(*id)).is_none() && self.fanout.is_idle(RoomId(*id));
        let free = (0..self.rooms.len()).find(is_free).unwrap_or(self.rooms.len());
        let id = RoomId(free);
        if free == self.rooms.len() {
            self.rooms.push(HubRoom::new());
        }
        self.open_thread(id, name, &kind.style);
        self.hosts.open(id, kind, name);
        info!("the room {name} is open, of the kind {}", kind.style.kind);
        self.host_due(id, now);
        Ok(())
    }

    /// Closes a room. Whoever is in it is told.
    pub(super) fn close_room(&mut self, id: RoomId, now: Instant) {
        self.fanout.close_room(id);
        self.set_host_timer(id, None);
        self.hosts.close(id);
        self.chat.close(id);
        self.send_bots_home(now);
        self.run_effects(now);
        self.host_went_on(id, now);
        self.gate.record(Record::Closed(self.rooms[id.0].thread));
    }

    /// Sets the deadline of a room's host to what it wants.
    pub(super) fn set_host_timer(&mut self, id: RoomId, wanted: Option<Instant>) {
        self.timers.change(Due::Host(id), wanted);
    }
}
