//! Rooms that people opened, as the hub opens them, lets them rest while nobody is there, and brings them back after a restart.

use std::time::Instant;

use log::{info, warn};

use crate::chat::{RoomRoles, RoomSettings};
use crate::hosts;
use crate::hub::Hub;
use crate::hub::stored_rooms;
use crate::journal::StoredOpenedRoom;
use crate::proto::{MemberId, OpenRequest, RoomId};

impl Hub {
    /// Opens a room for a member, and brings the member there. A room that rests goes on for its owner; for anybody else it begins
    /// anew, and nothing of what was said there is shown.
    pub(super) fn open_for(&mut self, by: MemberId, request: &OpenRequest, now: Instant) {
        let Some(owner) = self.rooms.chat().identity(by) else { return };
        let known = self.opened.open(request.name.as_str(), &owner);
        let room = if let Some(known) = &known {
            self.wake(known, now)
        } else {
            self.journal.end_idle(request.name.as_str());
            Some(self.open_owned(request.name.as_str(), RoomSettings::of(owner), now))
        };
        let Some(room) = room else { return };
        info!("{} opens the room {}", self.rooms.chat().who(by).name, request.name);
        self.rooms.enter_opened(by, room, request, known.is_some(), now);
    }

    /// Opens a room that rested, or was open when the server stopped. `None`: its owner cannot be read.
    pub(super) fn wake(&mut self, stored: &StoredOpenedRoom, now: Instant) -> Option<RoomId> {
        let Some(settings) = stored_rooms::settings(stored) else {
            warn!("the room {} is not opened again: its owner is unknown", stored.name);
            return None;
        };
        let room = self.open_owned(&stored.name, settings, now);
        self.rooms.restore_topic(room, stored.topic.as_ref().map(stored_rooms::topic));
        Some(room)
    }

    fn open_owned(&mut self, name: &str, settings: RoomSettings, now: Instant) -> RoomId {
        let roles = RoomRoles::new(settings);
        self.open_on_stream(name, &hosts::PLAIN, Some(roles), now)
    }

    /// Closes a room in which nobody has been for a while. It goes on when its owner opens it again.
    pub(super) fn rest(&mut self, room: RoomId, now: Instant) {
        let Some(open) = self.rooms.chat().room(room) else { return };
        let Some(stored) = stored_rooms::stored(open, true) else { return };
        info!("the room {} closes, as nobody is there", stored.name);
        self.journal.rest_room(open);
        self.sessions.fanout.close_room(room);
        self.rooms.close(room, now);
        self.run_effects(now);
        for forgotten in self.opened.rest(stored) {
            self.journal.end_idle(&forgotten);
        }
    }
}
