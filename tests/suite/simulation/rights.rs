//! Who may do what in a room that people opened, and who may know of it, as the model decides it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use salon::base::confusables::Confusable;
use salon::journal::{StoredIdentity, StoredOpenedRoom};

use crate::simulation::shadow::key;

/// Somebody as a room recognizes it: the key of the name, and the machine.
pub type Identity = (String, u8);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rights {
    pub owner: Identity,
    pub operators: BTreeSet<Identity>,
    /// Who may have been invited, and in which turn at the earliest.
    pub invited: BTreeMap<Identity, u64>,
    /// In the order in which they were muted.
    pub muted: Vec<String>,
    pub is_private: bool,
    /// In milliseconds.
    pub slow: Option<u64>,
    /// Empty: there is none. `None`: it is not known.
    pub topic: Option<String>,
}

impl Rights {
    /// Those of a new room.
    pub fn of(owner: Identity) -> Rights {
        Rights { owner, ..Rights::default() }
    }

    /// What was kept of a room.
    pub fn kept(stored: &StoredOpenedRoom) -> Rights {
        let identity = |StoredIdentity { name, origin }: &StoredIdentity| {
            let machine = origin.rsplit_once('.').and_then(|(_, last)| last.parse().ok());
            (key(name), machine.unwrap_or_default())
        };
        Rights {
            owner: identity(&stored.owner),
            operators: stored.operators.iter().map(identity).collect(),
            invited: stored.invited.iter().map(|who| (identity(who), 0)).collect(),
            muted: stored.muted.clone(),
            is_private: stored.is_private,
            slow: stored.slow.map(milliseconds),
            topic: Some(stored.topic.as_ref().map_or_else(String::new, |topic| topic.text.clone())),
        }
    }

    /// Whether what was kept is this, as far as everybody in the room is told.
    pub fn are_kept_as(&self, stored: &StoredOpenedRoom) -> bool {
        let Rights { muted, is_private, slow, topic, .. } = Rights::kept(stored);
        let is_topic = self.topic.is_none() || self.topic == topic;
        let is_muted = self.muted.iter().all(|name| muted.contains(name));
        is_topic && is_muted && self.is_private == is_private && self.slow == slow
    }

    /// Whether somebody who is recognized as one of these may know of the room, and come in.
    pub fn admit(&self, who: &[Identity]) -> bool {
        !self.is_private || who.iter().any(|who| self.may_command(who) || self.invited.contains_key(who))
    }

    /// Whether somebody is the owner, or an operator of the room.
    pub fn may_command(&self, who: &Identity) -> bool {
        self.owner == *who || self.operators.contains(who)
    }

    /// Whether somebody is that for sure. An operator is known by its name only.
    pub fn must_command(&self, who: &Identity) -> bool {
        let namesakes = self.operators.iter().filter(|other| other.0 == who.0).count();
        self.owner == *who || namesakes == 1 && self.operators.contains(who)
    }

    /// Whether this name, or one that looks like it, may not speak.
    pub fn is_muted(&self, name: &str) -> bool {
        let name = Confusable::of(name);
        self.muted.iter().any(|muted| Confusable::of(muted).is_confusable_with(&name))
    }

    /// Somebody at this machine has another name: what it was and may goes with it.
    pub fn rename(&mut self, from: &Identity, to: &Identity) {
        if self.owner == *from {
            self.owner = to.clone();
        }
        if self.operators.remove(from) {
            self.operators.insert(to.clone());
        }
        if let Some(turn) = self.invited.remove(from) {
            self.invited.insert(to.clone(), turn);
        }
    }

    /// A mute follows a name.
    pub fn mute_follows(&mut self, from: &str, to: &str) {
        if self.is_muted(from) && !self.is_muted(to) {
            self.muted.push(to.to_owned());
        }
    }
}

pub fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
