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
        positions.close(room);
        assert_eq!(positions.get(&name(2 * READ_POSITIONS - 1), room), None);
    }
}
