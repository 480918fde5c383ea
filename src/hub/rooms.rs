//! How rooms are opened and closed.

use std::rc::Rc;
use std::time::Instant;

use log::info;

use crate::base::limits::ROOMS;
use crate::hosts::RoomKind;
use crate::hub::{Due, Hub, NotOpened};
use crate::proto::RoomId;

impl Hub {
    /// Opens a room.
    pub(super) fn open_room(
        &mut self,
        name: &str,
        kind: &'static RoomKind,
        now: Instant,
    ) -> Result<(), NotOpened> {
        if self.chat.find_room(name).is_some() {
            return Err(NotOpened::IsOpen);
        }
        if self.chat.rooms().count() >= ROOMS {
            return Err(NotOpened::Full);
        }
        // A room that was closed in this turn still has its last words to say.
        let mut id = RoomId(0);
        while self.chat.room(id).is_some() || !self.fanout.is_idle(id) {
            id.0 += 1;
        }
        let thread = self.gate.open_room(id, name);
        self.fanout.open_room(id, thread.next_id);
        self.chat.open(id, name, &kind.style, thread.next_id);
        let shared: Rc<str> = name.into();
        for message in thread.messages {
            self.chat.remember(id, &message.into_entry(shared.clone()));
        }
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
        for (by, bytes) in self.proposals.room_closed(id) {
            self.withdraw(Some(by), bytes);
        }
        self.chat.close(id);
        self.send_bots_home(now);
        self.run_effects(now);
        self.host_went_on(id, now);
        self.gate.close_room(id);
    }

    /// Sets the deadline of a room's host to what it wants.
    pub(super) fn set_host_timer(&mut self, id: RoomId, wanted: Option<Instant>) {
        self.timers.change(Due::Host(id), wanted);
    }
}
