//! Rooms that people opened: those that rest, because nobody was there, and those that are to be stored.

use std::collections::HashSet;

use log::warn;

use crate::base::limits::{OPENED_ROOMS, ROOMS_OF_ORIGIN};
use crate::base::name::NameKey;
use crate::chat::{Chat, Room};
use crate::hub::stored_rooms;
use crate::journal::{Record, StoredOpenedRoom};
use crate::proto::Identity;

/// These rooms, as far as the chat does not own them.
#[derive(Debug, Default)]
pub(super) struct OpenedRooms {
    /// The one that rests longest comes first: [`OPENED_ROOMS`] at most, and [`ROOMS_OF_ORIGIN`] of people from one address.
    resting: Vec<StoredOpenedRoom>,
    /// The names of rooms that are not stored as they are now.
    changed: HashSet<NameKey>,
}

/// What a start does with the rooms that people opened in earlier runs.
#[derive(Debug, Default)]
pub(super) struct Restored {
    /// They were open when the server stopped, and are opened again.
    pub to_wake: Vec<StoredOpenedRoom>,
    /// The names of those that rest.
    pub resting: Vec<String>,
    /// The names of those that are forgotten.
    pub forgotten: Vec<String>,
}

impl OpenedRooms {
    /// Restores the rooms of earlier runs. A room with the name of one of the server's (`servers`) is gone: nobody must go on
    /// with what was said in the other.
    pub(super) fn restore(&mut self, stored: Vec<StoredOpenedRoom>, servers: &[NameKey]) -> Restored {
        let mut restored = Restored::default();
        for room in stored {
            let key = NameKey::of(&room.name);
            if servers.contains(&key) {
                let owner = &room.owner.name;
                warn!(
                    "the room {}, which {owner} opened, is gone: the server has one of that name",
                    room.name
                );
                self.changed.insert(key);
                restored.forgotten.push(room.name);
            } else if room.is_asleep {
                restored.resting.push(room.name.clone());
                restored.forgotten.extend(self.rest(room));
            } else {
                restored.to_wake.push(room);
            }
        }
        restored
    }

    /// Somebody opens a room of this name. Returns the room that rested, if this is its owner.
    pub(super) fn open(&mut self, name: &str, by: &Identity) -> Option<StoredOpenedRoom> {
        self.changed(NameKey::of(name));
        let known = self.take(&NameKey::of(name));
        known.filter(|room| stored_rooms::identity(&room.owner).is_some_and(|owner| owner.is(by)))
    }

    /// A room rests from now on. Returns the names of those that are forgotten for it.
    pub(super) fn rest(&mut self, room: StoredOpenedRoom) -> Vec<String> {
        self.changed(NameKey::of(&room.name));
        let origin = &room.owner.origin;
        let of_origin = self.resting.iter().filter(|other| other.owner.origin == *origin).count();
        let mut forgotten = Vec::new();
        if of_origin >= ROOMS_OF_ORIGIN
            && let Some(at) = self.resting.iter().position(|other| other.owner.origin == *origin)
        {
            forgotten.push(self.resting.remove(at).name);
        }
        if self.resting.len() >= OPENED_ROOMS {
            forgotten.push(self.resting.remove(0).name);
        }
        self.resting.push(room);
        self.changed.extend(forgotten.iter().map(|name| NameKey::of(name)));
        forgotten
    }

    /// Forgets a room that rests. Returns whether there was one of this name.
    pub(super) fn forget(&mut self, name: &str) -> bool {
        let is_known = self.take(&NameKey::of(name)).is_some();
        if is_known {
            self.changed(NameKey::of(name));
        }
        is_known
    }

    /// Removes the topics that somebody of this name set.
    pub(super) fn forget_topics_of(&mut self, key: &NameKey) {
        let is_by = |by: &String| NameKey::of(by) == *key;
        for room in &mut self.resting {
            if room.topic.take_if(|topic| topic.by.as_ref().is_some_and(is_by)).is_some() {
                self.changed.insert(NameKey::of(&room.name));
            }
        }
    }

    /// A room of this name was opened or changed, or is gone.
    pub(super) fn changed(&mut self, key: NameKey) {
        self.changed.insert(key);
    }

    /// A room has changed. Returns whether people opened it.
    pub(super) fn has_room_changed(&mut self, room: Option<&Room>) -> bool {
        let Some(room) = room.filter(|room| room.roles().is_some()) else { return false };
        self.changed(room.key().clone());
        true
    }

    /// Whether there are rooms to store.
    pub(super) fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Takes the records of rooms that changed.
    pub(super) fn take_records(&mut self, chat: &Chat) -> Vec<Record> {
        let open = |key: &NameKey| chat.find_room(key.as_str()).and_then(|id| chat.room(id));
        let record = |key: NameKey| {
            let stored = open(&key).and_then(|room| stored_rooms::stored(room, false));
            let resting = || self.resting.iter().find(|room| NameKey::of(&room.name) == key).cloned();
            let room = stored.or_else(resting).map(Box::new);
            Record::OpenedRoom { key, room }
        };
        std::mem::take(&mut self.changed).into_iter().map(record).collect()
    }

    fn take(&mut self, key: &NameKey) -> Option<StoredOpenedRoom> {
        let at = self.resting.iter().position(|room| NameKey::of(&room.name) == *key)?;
        Some(self.resting.remove(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::StoredIdentity;

    fn room(name: &str, origin: &str) -> StoredOpenedRoom {
        StoredOpenedRoom {
            name: name.into(),
            owner: StoredIdentity { name: "Ann".into(), origin: origin.into() },
            operators: Vec::new(),
            invited: Vec::new(),
            muted: Vec::new(),
            is_private: false,
            slow: None,
            topic: None,
            is_asleep: true,
        }
    }

    #[test]
    fn of_too_many_rooms_the_oldest_is_forgotten_and_first_one_of_the_same_origin() {
        let mut rooms = OpenedRooms::default();
        assert_eq!(rooms.rest(room("first", "192.0.2.1")), [""; 0]);
        for number in 0..ROOMS_OF_ORIGIN {
            assert_eq!(rooms.rest(room(&format!("a{number}"), "192.0.2.2")), [""; 0]);
        }
        assert_eq!(
            rooms.rest(room("another", "192.0.2.2")),
            ["a0"],
            "nobody can displace the rooms of others"
        );
        for number in rooms.resting.len()..OPENED_ROOMS {
            assert_eq!(rooms.rest(room(&format!("b{number}"), &format!("10.0.{number}.1"))), [""; 0]);
        }
        assert_eq!(rooms.rest(room("last", "192.0.2.3")), ["first"]);
        assert_eq!(rooms.take(&NameKey::of("LAST")).map(|room| room.name).as_deref(), Some("last"));
        assert_eq!((rooms.take(&NameKey::of("last")), rooms.resting.len()), (None, OPENED_ROOMS - 1));
    }
}
