//! How far members have read: told to whoever joins later under the same name. Bounded: of many, the oldest are forgotten.

use std::collections::HashMap;

use crate::base::limits::READ_POSITIONS;
use crate::base::name::NameKey;
use crate::proto::RoomId;

type Positions = HashMap<(NameKey, RoomId), u64>;

/// The id of the last message that was read, by name and room.
#[derive(Debug, Default)]
pub(super) struct ReadPositions {
    /// At most half of all; when it is full, it takes the place of `older`.
    recent: Positions,
    older: Positions,
}

impl ReadPositions {
    /// Somebody has read so far. Nobody unreads.
    pub(super) fn set(&mut self, name: NameKey, room: RoomId, id: u64) {
        let id = id.max(self.get(&name, room).unwrap_or_default());
        if self.recent.len() >= READ_POSITIONS / 2 {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert((name, room), id);
    }

    /// How far somebody of this name has read.
    pub(super) fn get(&self, name: &NameKey, room: RoomId) -> Option<u64> {
        let key = (name.clone(), room);
        self.recent.get(&key).or_else(|| self.older.get(&key)).copied()
    }

    /// Somebody has another name from now on. What another one read under that name before is forgotten.
    pub(super) fn rename(&mut self, from: &NameKey, to: &NameKey, rooms: &[RoomId]) {
        if from == to {
            return;
        }
        for room in rooms {
            let (old, new) = ((from.clone(), *room), (to.clone(), *room));
            let read = [&mut self.recent, &mut self.older].map(|positions| {
                positions.remove(&new);
                positions.remove(&old)
            });
            if let Some(id) = read.into_iter().flatten().max() {
                self.set(to.clone(), *room, id);
            }
        }
    }

    /// The room is closed, and its id may be another's.
    pub(super) fn close(&mut self, room: RoomId) {
        for positions in [&mut self.recent, &mut self.older] {
            positions.retain(|(_, of), _| *of != room);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_only_grow_and_the_oldest_are_forgotten() {
        let (mut positions, room) = (ReadPositions::default(), RoomId::first(0));
        let name = |number: usize| NameKey::of(&format!("Ann{number}"));
        positions.set(name(0), room, 7);
        positions.set(NameKey::of("ANN0"), room, 5);
        assert_eq!(
            (positions.get(&name(0), room), positions.get(&name(0), RoomId::first(1))),
            (Some(7), None)
        );
        for number in 1..2 * READ_POSITIONS {
            positions.set(name(number), room, 1);
            assert!(positions.recent.len() + positions.older.len() <= READ_POSITIONS);
        }
        assert_eq!(positions.get(&name(0), room), None);
        assert_eq!(positions.get(&name(2 * READ_POSITIONS - READ_POSITIONS / 2), room), Some(1));
        let (before, after) = (name(2 * READ_POSITIONS - 2), name(2 * READ_POSITIONS - 1));
        positions.set(before.clone(), room, 5);
        positions.rename(&before, &after, &[room]);
        assert_eq!((positions.get(&before, room), positions.get(&after, room)), (None, Some(5)));
        positions.close(room);
        assert_eq!(positions.get(&name(2 * READ_POSITIONS - 1), room), None);
    }
}
