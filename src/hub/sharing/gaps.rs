//! Up to where the log is stored, and what was said in shared rooms that this server will not hear, as it was away for too long.

use std::rc::Rc;

use log::{info, warn};

use crate::base::limits::{SHARED_IDS_FROM, SHARED_INDEX_BITS};
use crate::base::name::NameKey;
use crate::hub::config::Config;
use crate::hub::sharing::{Effect, Sharing};

/// The id of the first entry of a log.
const FIRST_ID: u64 = SHARED_IDS_FROM + (1 << SHARED_INDEX_BITS);

/// What the history of a room lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The room.
    pub room: Rc<str>,
    /// The first id, and the last one, between which messages may be missing.
    pub ids: (u64, u64),
}

/// The entry of the log up to which all that was said in shared rooms is stored, from an earlier run. 0: that is not known.
pub fn followed_up_to(config: &Config) -> u64 {
    let shared = config.cluster.iter().flat_map(|node| &node.rooms).map(|name| NameKey::of(name));
    let stored = shared.map(|key| {
        let stream = config.restored.streams.iter().find(|stream| NameKey::of(&stream.room) == key);
        let stored = stream.and_then(|stream| stream.next_id.checked_sub(SHARED_IDS_FROM));
        // Of the entry with the next id, something may be stored; but not all of it must be.
        (stored.unwrap_or_default() >> SHARED_INDEX_BITS).saturating_sub(1)
    });
    stored.min().unwrap_or_default()
}

impl Sharing {
    /// All up to the event with this id is carried out: it is stored up to there, behind what was said.
    pub(super) fn reached(&self, id: u64) -> Vec<Effect> {
        let rooms = self.rooms.iter().filter(|room| room.known_below <= id);
        rooms.map(|room| Effect::StoredUpTo(room.id, id)).collect()
    }

    /// This server goes on from a snapshot, and does not hear what has ids from `first` to before `end`.
    pub(super) fn skipped(&mut self, first: u64, end: u64) {
        for room in &self.rooms {
            let first = first.max(room.known_below);
            if first <= FIRST_ID {
                info!("the history of {} begins with the id {end}, as far as it is shared", room.key);
            } else if first < end {
                let ids = (first, end - 1);
                warn!(
                    "the history of {} may lack messages with ids from {} to {}: this server was away for longer than the log \
                     keeps what is said. They are in the files of the other servers.",
                    room.key, ids.0, ids.1
                );
                self.gaps.push(Gap { room: room.key.clone(), ids });
            }
        }
    }
}
