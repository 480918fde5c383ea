//! Rooms that people opened and that closed as nobody was there: they go on when their owners open them again.

use crate::base::limits::{OPENED_ROOMS, ROOMS_OF_ORIGIN};
use crate::base::name::NameKey;
use crate::journal::StoredOpenedRoom;

/// These rooms, the one that rests longest first: [`OPENED_ROOMS`] at most, and [`ROOMS_OF_ORIGIN`] of people from one address.
#[derive(Debug, Default)]
pub(super) struct SleepingRooms(Vec<StoredOpenedRoom>);

impl SleepingRooms {
    /// Adds a room. Returns the names of those that are forgotten for it.
    pub(super) fn add(&mut self, room: StoredOpenedRoom) -> Vec<String> {
        let origin = &room.owner.origin;
        let of_origin = self.0.iter().filter(|other| other.owner.origin == *origin).count();
        let mut forgotten = Vec::new();
        if of_origin >= ROOMS_OF_ORIGIN
            && let Some(at) = self.0.iter().position(|other| other.owner.origin == *origin)
        {
            forgotten.push(self.0.remove(at).name);
        }
        if self.0.len() >= OPENED_ROOMS {
            forgotten.push(self.0.remove(0).name);
        }
        self.0.push(room);
        forgotten
    }

    /// Removes and returns the room with this name.
    pub(super) fn take(&mut self, key: &NameKey) -> Option<StoredOpenedRoom> {
        let at = self.0.iter().position(|room| NameKey::of(&room.name) == *key)?;
        Some(self.0.remove(at))
    }

    /// Removes the topics that somebody of this name set. Returns the names of their rooms.
    pub(super) fn forget(&mut self, key: &NameKey) -> Vec<String> {
        let is_by = |by: &String| NameKey::of(by) == *key;
        let rooms = self.0.iter_mut();
        let changed = rooms.filter_map(|room| {
            room.topic.take_if(|topic| topic.by.as_ref().is_some_and(is_by)).map(|_| room.name.clone())
        });
        changed.collect()
    }

    /// The room with this name.
    pub(super) fn get(&self, key: &NameKey) -> Option<&StoredOpenedRoom> {
        self.0.iter().find(|room| NameKey::of(&room.name) == *key)
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
        let mut rooms = SleepingRooms::default();
        assert_eq!(rooms.add(room("first", "192.0.2.1")), [""; 0]);
        for number in 0..ROOMS_OF_ORIGIN {
            assert_eq!(rooms.add(room(&format!("a{number}"), "192.0.2.2")), [""; 0]);
        }
        assert_eq!(
            rooms.add(room("another", "192.0.2.2")),
            ["a0"],
            "nobody can displace the rooms of others"
        );
        for number in rooms.0.len()..OPENED_ROOMS {
            assert_eq!(rooms.add(room(&format!("b{number}"), &format!("10.0.{number}.1"))), [""; 0]);
        }
        assert_eq!(rooms.add(room("last", "192.0.2.3")), ["first"]);
        assert_eq!(rooms.take(&NameKey::of("LAST")).map(|room| room.name).as_deref(), Some("last"));
        assert_eq!((rooms.take(&NameKey::of("last")), rooms.0.len()), (None, OPENED_ROOMS - 1));
    }
}
