//! Rooms that people opened, as the hub opens them, lets them rest while nobody is there, and brings them back after a restart.

use std::time::Instant;

use log::{info, warn};

use crate::base::limits::OPENED_HISTORY_MESSAGES;
use crate::base::name::NameKey;
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
        let known = self.operators.sleeping().take(&request.name.key());
        let known = known.filter(|room| stored_rooms::identity(&room.owner).is_some_and(|it| it.is(&owner)));
        let room = if let Some(known) = &known {
            self.wake(known, now)
        } else {
            self.journal.end_idle(request.name.as_str());
            Some(self.open_owned(request.name.as_str(), RoomSettings::of(owner), now))
        };
        let Some(room) = room else { return };
        info!("{} opens the room {}", self.rooms.chat().who(by).name, request.name);
        self.operators.opened_room_changed(request.name.key());
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
        self.operators.opened_room_changed(NameKey::of(&stored.name));
        self.put_to_sleep(stored);
    }

    /// The rooms that people had open when the server stopped, to be opened after those of the server, which are called
    /// `servers`. Theirs come first, and must not go on with what was said in a room of people with the same name.
    pub(super) fn rooms_to_wake(
        &mut self,
        opened: Vec<StoredOpenedRoom>,
        servers: &[NameKey],
    ) -> Vec<StoredOpenedRoom> {
        let mut to_wake = Vec::new();
        for room in opened {
            if servers.contains(&NameKey::of(&room.name)) {
                warn!(
                    "the room {}, which {} opened, is gone: the server has one of that name",
                    room.name, room.owner.name
                );
                self.forget_room(&room.name);
            } else if room.is_asleep {
                self.journal.trim_idle(&room.name, OPENED_HISTORY_MESSAGES);
                self.put_to_sleep(room);
            } else {
                to_wake.push(room);
            }
        }
        to_wake
    }

    /// Remembers a room that rests. Of too many, others are forgotten.
    fn put_to_sleep(&mut self, room: StoredOpenedRoom) {
        for forgotten in self.operators.sleeping().add(room) {
            self.forget_room(&forgotten);
        }
    }

    /// A room of this name begins anew when it is opened.
    fn forget_room(&mut self, name: &str) {
        self.journal.end_idle(name);
        self.operators.opened_room_changed(NameKey::of(name));
    }

    /// An operator opens a room, so that none of this name that people opened goes on.
    pub(super) fn forget_sleeping(&mut self, name: &str) {
        if self.operators.sleeping().take(&NameKey::of(name)).is_some() {
            self.forget_room(name);
        }
    }
}
