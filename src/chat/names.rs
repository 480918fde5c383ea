//! Who has which name, and who looks like whom: no two members have the same, or look alike.

use std::collections::HashMap;
use std::fmt;

use crate::base::likeness::Likeness;
use crate::base::name::{Name, NameKey};
use crate::proto::MemberId;

/// All names that members have.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_key: HashMap<NameKey, MemberId>,
    /// By each of the ways in which they may be seen.
    by_view: HashMap<Box<str>, MemberId>,
}

/// A name that cannot be had. Displayed, it is a sentence for whoever wanted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameTaken {
    /// Somebody has it.
    Same(Name),
    /// It looks like that of somebody else: the second.
    Alike(Name, Name),
}

impl Names {
    /// The member of this name, without regard to case.
    pub(super) fn find(&self, text: &str) -> Option<MemberId> {
        self.by_key.get(&NameKey::of(text)).copied()
    }

    /// The member of this name, or else those whose names look like it: two at most.
    pub(super) fn find_alike(&self, text: &str) -> Vec<MemberId> {
        if let Some(same) = self.find(text) {
            return vec![same];
        }
        let likeness = Likeness::of(text);
        let mut found: Vec<MemberId> =
            likeness.views().filter_map(|view| self.by_view.get(view)).copied().collect();
        found.dedup();
        found
    }

    /// Gives a member a name that nobody else has, and that looks like nobody else's.
    pub(super) fn add(&mut self, name: &Name, id: MemberId) {
        self.by_key.insert(name.key(), id);
        for view in Likeness::of(name.as_str()).views() {
            self.by_view.insert(view.into(), id);
        }
    }

    /// Takes a member's name from it.
    pub(super) fn remove(&mut self, name: &Name) {
        self.by_key.remove(&name.key());
        for view in Likeness::of(name.as_str()).views() {
            self.by_view.remove(view);
        }
    }
}

impl fmt::Display for NameTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NameTaken::Same(name) => write!(f, "The name {name} is taken."),
            NameTaken::Alike(name, other) => write!(f, "The name {name} looks like {other}, who is here."),
        }
    }
}

impl std::error::Error for NameTaken {}
