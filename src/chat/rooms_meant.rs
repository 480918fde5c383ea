//! Which room a request means.

use std::rc::Rc;

use crate::base::limits::ROOMS_NAMED;
use crate::base::name::{Name, is_too_long};
use crate::base::nearest::nearest;
use crate::chat::{Chat, Room};
use crate::proto::{MemberId, Refusal, RoomId, UnknownRoom};

impl Chat {
    /// The room with this name, or the first room if there is no name. Rooms that a member may not see are unknown to it.
    pub(super) fn room_named(&self, by: MemberId, name: Option<&str>) -> Result<RoomId, Refusal> {
        let Some(name) = name else {
            return self.first_room().ok_or(Refusal::UnknownRoom(UnknownRoom::NoneOpen));
        };
        let is_short = !is_too_long(name);
        let found = is_short.then(|| self.find_room(name)).flatten().and_then(|id| self.room(id));
        match found {
            Some(room) if self.may_see(by, room) => Ok(room.id()),
            _ => Err(Refusal::UnknownRoom(self.unknown_room(by, name, is_short))),
        }
    }

    pub(super) fn unknown_room(&self, by: MemberId, name: &str, is_short: bool) -> UnknownRoom {
        let mut rooms: Vec<Rc<str>> =
            self.rooms.iter().filter(|room| self.may_see(by, room)).map(Room::room_name).collect();
        let are_all = rooms.len() <= ROOMS_NAMED;
        if !are_all {
            rooms = nearest(name, rooms.iter().map(|room| &**room)).into_iter().map(Rc::from).collect();
        }
        UnknownRoom::Named { name: is_short.then(|| name.to_owned()), rooms, are_all, may_open: false }
    }

    /// Refuses a member that asked to enter a room. If there is none of that name, it may open one.
    pub(super) fn refuse_entry(&mut self, by: MemberId, mut why: Refusal) {
        if let Refusal::UnknownRoom(UnknownRoom::Named { name: Some(name), may_open, .. }) = &mut why {
            *may_open = self.people_open_rooms && Name::parse(name).is_ok();
        }
        self.refuse(by, why);
    }

    /// Resolves the room of a request: the named one, or the one that the member joined last. Refused if the member
    /// is not in it.
    pub fn joined_room(&self, by: MemberId, name: Option<&str>) -> Result<RoomId, Refusal> {
        let Some(name) = name else {
            return self.rooms_of(by).last().copied().ok_or(Refusal::NotJoined(None));
        };
        let id = self.room_named(by, Some(name))?;
        if self.rooms_of(by).contains(&id) {
            return Ok(id);
        }
        Err(Refusal::NotJoined(self.room(id).map(Room::room_name)))
    }

    /// The first room, to which everybody comes: one of the server's.
    pub fn first_room(&self) -> Option<RoomId> {
        self.rooms.iter().find(|room| room.roles().is_none()).map(Room::id)
    }

    /// The room with this name, in any case.
    pub fn find_room(&self, text: &str) -> Option<RoomId> {
        self.rooms.find(text)
    }

    /// Whether this is one of the room's own commands and others notice its effect. A muted member may not use such
    /// commands.
    pub fn affects_others(&self, room: RoomId, command: &str) -> bool {
        let commands = self.room(room).map_or(&[][..], |room| room.traits().commands);
        let is_it =
            |usage: &str| usage.strip_prefix('/').is_some_and(|name| name.eq_ignore_ascii_case(command));
        commands.iter().any(|(usage, _)| is_it(usage.split(' ').next().unwrap_or_default()))
            && !self.room(room).is_some_and(|room| room.traits().quiet.iter().any(|quiet| is_it(quiet)))
    }
}
