//! Who is in the room, as far as a client needs to know: names to show and to complete, and how many.

use crate::base::limits::ROSTER_NAMES;
use crate::base::name::NameKey;
use crate::wire::json::{Present, SenderKind};

/// Those present, oneself among them.
#[derive(Debug, Default)]
pub struct Roster {
    others: Vec<(String, SenderKind)>,
    count: usize,
}

impl Roster {
    /// One has come into a room with these.
    pub fn enter(&mut self, count: usize, present: Vec<Present>) {
        self.count = count;
        self.others = present.into_iter().map(|other| (other.who, other.is)).take(ROSTER_NAMES).collect();
    }

    /// One is not in the room any more.
    pub fn clear(&mut self) {
        *self = Roster::default();
    }

    /// Somebody came.
    pub fn joined(&mut self, name: &str, is: SenderKind) {
        // A server may count as it likes.
        self.count = self.count.saturating_add(1);
        if self.others.len() < ROSTER_NAMES {
            self.others.push((name.to_owned(), is));
        }
    }

    /// Somebody went.
    pub fn left(&mut self, name: &str) {
        self.count = self.count.saturating_sub(1);
        let key = NameKey::of(name);
        self.others.retain(|(other, _)| NameKey::of(other) != key);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The others, as far as they are known.
    pub fn others(&self) -> impl Iterator<Item = (&str, SenderKind)> {
        self.others.iter().map(|(name, is)| (name.as_str(), *is))
    }
}
