//! What the server has told of its rooms: their names and their commands, to complete.

use crate::base::limits::OPENED_ROOMS;
use crate::base::name::NameKey;
use crate::wire::json::ListedRoom;

/// The rooms of the server, at most [`OPENED_ROOMS`].
#[derive(Debug, Default)]
pub(super) struct KnownRooms(Vec<ListedRoom>);

impl KnownRooms {
    /// The server listed all rooms.
    pub(super) fn replace(&mut self, mut rooms: Vec<ListedRoom>) {
        rooms.truncate(OPENED_ROOMS);
        self.0 = rooms;
    }

    /// The server told of one room: it is new, it has changed, or it is gone.
    pub(super) fn update(&mut self, room: ListedRoom) {
        let key = NameKey::of(&room.name);
        let known = self.0.iter().position(|other| NameKey::of(&other.name) == key);
        match known {
            Some(at) if room.closed => drop(self.0.remove(at)),
            Some(at) => self.0[at] = room,
            None if !room.closed && self.0.len() < OPENED_ROOMS => self.0.push(room),
            None => {}
        }
    }

    /// The names of all rooms.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|room| room.name.as_str())
    }

    /// The commands of the room with this name.
    pub(super) fn commands(&self, name: &str) -> impl Iterator<Item = &str> {
        let room = self.0.iter().find(|room| room.name == name);
        room.into_iter().flat_map(|room| room.commands.iter().map(|command| command.name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_open_change_and_close() {
        let room = |line: &str| serde_json::from_str::<ListedRoom>(line).unwrap();
        let mut known = KnownRooms::default();
        known.replace(vec![room(r#"{"room":"lobby"}"#)]);
        known.update(room(r#"{"room":"court","kind":"thrones","commands":[{"name":"/court","help":"x"}]}"#));
        known.update(room(r#"{"room":"lobby","commands":[{"name":"/dance"}]}"#));
        assert_eq!(known.names().collect::<Vec<_>>(), ["lobby", "court"]);
        assert_eq!(known.commands("court").collect::<Vec<_>>(), ["/court"]);
        assert_eq!(known.commands("lobby").collect::<Vec<_>>(), ["/dance"]);
        known.update(room(r#"{"room":"court","closed":true}"#));
        known.update(room(r#"{"room":"other","closed":true}"#));
        assert_eq!(known.names().collect::<Vec<_>>(), ["lobby"]);
        assert_eq!(known.commands("court").count(), 0);
    }
}
