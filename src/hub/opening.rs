//! Opens and closes rooms in all components that have a part of each room. Rooms that people opened rest while nobody is there,
//! and come back after a restart.

use std::time::Instant;

use log::{info, warn};

use crate::chat::{RoomRoles, RoomSettings};
use crate::fanout::Fanout;
use crate::hosts::{self, RoomKind};
use crate::hub::journal_driver::JournalDriver;
use crate::hub::opened_rooms::OpenedRooms;
use crate::hub::room_runtime::RoomRuntime;
use crate::hub::sharing::Sharing;
use crate::hub::stored_rooms;
use crate::journal::StoredOpenedRoom;
use crate::proto::{MemberId, OpenRequest, RoomId};

/// The components that have a part of each room.
#[derive(Debug)]
pub(super) struct RoomParts<'a> {
    /// Its members, its history and its host.
    pub(super) rooms: &'a mut RoomRuntime,
    /// Its subscriptions and its broadcast log.
    pub(super) fanout: &'a mut Fanout,
    /// Its stream.
    pub(super) journal: &'a mut JournalDriver,
    /// Whether it is shared with other servers.
    pub(super) sharing: Option<&'a mut Sharing>,
    /// The time.
    pub(super) now: Instant,
}

impl RoomParts<'_> {
    /// Opens a room whose name is free, on the stream of that name or a new one. `roles`: if people opened it.
    pub(super) fn open(&mut self, name: &str, kind: &'static RoomKind, roles: Option<RoomRoles>) -> RoomId {
        let id = self.fanout.next_room();
        let is_shared = self.sharing.as_ref().is_some_and(|sharing| sharing.node().shares(name));
        let stream = self.journal.open_room(id, name, is_shared);
        self.fanout.open_room(id, stream.next_id);
        if let Some(sharing) = self.sharing.as_mut().filter(|_| is_shared) {
            sharing.opened(name, id, kind, stream.next_id);
        }
        self.rooms.open(id, name, kind, roles, stream, self.now);
        id
    }

    fn open_owned(&mut self, name: &str, settings: RoomSettings) -> RoomId {
        self.open(name, &hosts::PLAIN, Some(RoomRoles::new(settings)))
    }
}

impl OpenedRooms {
    /// Opens a room for a member, and brings the member there. A room that rests goes on for its owner; for anybody else it begins
    /// anew, and nothing of what was said there is shown.
    pub(super) fn open_for(&mut self, by: MemberId, request: &OpenRequest, parts: &mut RoomParts<'_>) {
        let Some(owner) = parts.rooms.chat().identity(by) else { return };
        let known = self.open(request.name.as_str(), &owner);
        let room = if let Some(known) = &known {
            OpenedRooms::wake(known, parts)
        } else {
            parts.journal.end_idle(request.name.as_str());
            Some(parts.open_owned(request.name.as_str(), RoomSettings::of(owner)))
        };
        let Some(room) = room else { return };
        info!("{} opens the room {}", parts.rooms.chat().who(by).name, request.name);
        parts.rooms.enter_opened(by, room, request, known.is_some(), parts.now);
    }

    /// Opens a room that rested, or was open when the server stopped. `None`: its owner cannot be read.
    pub(super) fn wake(stored: &StoredOpenedRoom, parts: &mut RoomParts<'_>) -> Option<RoomId> {
        let Some(settings) = stored_rooms::settings(stored) else {
            warn!("the room {} is not opened again: its owner is unknown", stored.name);
            return None;
        };
        let room = parts.open_owned(&stored.name, settings);
        parts.rooms.restore_topic(room, stored.topic.as_ref().map(stored_rooms::topic));
        Some(room)
    }

    /// Closes a room in which nobody has been for a while. It goes on when its owner opens it again.
    pub(super) fn let_rest(&mut self, room: RoomId, parts: &mut RoomParts<'_>) {
        let Some(open) = parts.rooms.chat().room(room) else { return };
        let Some(stored) = stored_rooms::stored(open, true) else { return };
        info!("the room {} closes, as nobody is there", stored.name);
        parts.journal.rest_room(open);
        parts.fanout.close_room(room);
        parts.rooms.close(room, parts.now);
        for forgotten in self.rest(stored) {
            parts.journal.end_idle(&forgotten);
        }
    }
}
