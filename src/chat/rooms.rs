//! The open rooms, by id and by name.

use std::collections::HashMap;

use crate::base::name::NameKey;
use crate::chat::Room;
use crate::proto::RoomId;

/// All open rooms. No two have the same name.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    slots: Vec<Option<Room>>,
    by_key: HashMap<NameKey, RoomId>,
    /// The length of the longest key that a room ever had, in characters: a longer name need not be looked up.
    longest: usize,
}

impl Rooms {
    /// Adds a room under an unused id.
    pub(super) fn open(&mut self, room: Room) {
        let id = room.id();
        if self.slots.len() <= id.index() {
            self.slots.resize_with(id.index() + 1, || None);
        }
        self.longest = self.longest.max(room.key().as_str().chars().count());
        self.by_key.insert(room.key().clone(), id);
        self.slots[id.index()] = Some(room);
    }

    /// Removes a room, if it is open.
    pub(super) fn close(&mut self, id: RoomId) -> Option<Room> {
        let room = self.slots.get_mut(id.index())?.take_if(|room| room.id() == id)?;
        self.by_key.remove(room.key());
        Some(room)
    }

    /// A room, if it is open.
    pub(super) fn get(&self, id: RoomId) -> Option<&Room> {
        self.slots.get(id.index())?.as_ref().filter(|room| room.id() == id)
    }

    /// See [`Rooms::get`].
    pub(super) fn get_mut(&mut self, id: RoomId) -> Option<&mut Room> {
        self.slots.get_mut(id.index())?.as_mut().filter(|room| room.id() == id)
    }

    /// The room with this name, in any case.
    pub(super) fn find(&self, text: &str) -> Option<RoomId> {
        self.by_key.get(&NameKey::of_at_most(text, self.longest)?).copied()
    }

    /// All rooms, in the order of their ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Room> {
        self.slots.iter().flatten()
    }

    /// See [`Rooms::iter`].
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Room> {
        self.slots.iter_mut().flatten()
    }
}
