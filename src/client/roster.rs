//! The members of the room: names to show and to complete, and their number.

use crate::base::limits::ROSTER_NAMES;
use crate::base::name::NameKey;
use crate::wire::json::{Present, SenderKind};

/// The members of the room.
#[derive(Debug, Default)]
pub struct Roster {
    /// At most [`ROSTER_NAMES`] others.
    others: Vec<(String, SenderKind)>,
    /// All members, the user included.
    count: usize,
}

impl Roster {
    /// The user joined a room with `count` members in all; `present` are others.
    pub fn enter(&mut self, count: usize, present: Vec<Present>) {
        self.count = count;
        self.others = present.into_iter().map(|other| (other.who, other.is)).take(ROSTER_NAMES).collect();
    }

    /// The user left the room.
    pub fn clear(&mut self) {
        *self = Roster::default();
    }

    /// A member joined.
    pub fn joined(&mut self, name: &str, is: SenderKind) {
        // Saturates, as the count comes from the server.
        self.count = self.count.saturating_add(1);
        if self.others.len() < ROSTER_NAMES {
            self.others.push((name.to_owned(), is));
        }
    }

    /// A member left.
    pub fn left(&mut self, name: &str) {
        self.count = self.count.saturating_sub(1);
        let key = NameKey::of(name);
        self.others.retain(|(other, _)| NameKey::of(other) != key);
    }

    /// How many members there are, the user included; 0 outside of a room.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The other members, as many as are known.
    pub fn others(&self) -> impl Iterator<Item = (&str, SenderKind)> {
        self.others.iter().map(|(name, is)| (name.as_str(), *is))
    }
}
