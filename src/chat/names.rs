//! Who has which name, and who looks like whom: no two members have the same, or look alike.

use std::collections::HashMap;

use crate::base::confusables::Confusable;
use crate::base::limits::CONFUSABLES_FOUND;
use crate::base::name::NameKey;
use crate::proto::MemberId;

/// All names that members have.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_key: HashMap<NameKey, MemberId>,
    /// Those in ordinary Latin letters, by how they are read, which is one's own.
    by_reading: HashMap<Box<str>, MemberId>,
    /// The same by each of the ways in which they may be seen, which several may share.
    plain_by_skeleton: HashMap<Box<str>, Vec<MemberId>>,
    /// The others by these, which no two of them share.
    others_by_skeleton: HashMap<Box<str>, MemberId>,
}

impl Names {
    /// The member of this name, without regard to case.
    pub(super) fn find(&self, text: &str) -> Option<MemberId> {
        self.by_key.get(&NameKey::of(text)).copied()
    }

    /// The member of this name, or else those whose names look like it: [`CONFUSABLES_FOUND`] at most.
    pub(super) fn find_confusable(&self, confusable: &Confusable) -> Vec<MemberId> {
        if let Some(same) = self.by_key.get(confusable.key()) {
            return vec![*same];
        }
        let mut found: Vec<MemberId> = confusable
            .skeletons()
            .filter_map(|skeleton| self.others_by_skeleton.get(skeleton))
            .copied()
            .collect();
        if let Some(reading) = confusable.reading() {
            found.extend(self.by_reading.get(reading));
        } else {
            let plain = confusable.skeletons().filter_map(|skeleton| self.plain_by_skeleton.get(skeleton));
            found.extend(plain.flat_map(|members| members.iter().take(CONFUSABLES_FOUND)));
        }
        found.sort_unstable();
        found.dedup();
        found.truncate(CONFUSABLES_FOUND);
        found
    }

    /// Gives a member a name that looks like this, which nobody else has, and which looks like nobody else's.
    pub(super) fn add(&mut self, confusable: &Confusable, id: MemberId) {
        self.by_key.insert(confusable.key().clone(), id);
        if let Some(reading) = confusable.reading() {
            self.by_reading.insert(reading.into(), id);
            for skeleton in confusable.skeletons() {
                self.plain_by_skeleton.entry(skeleton.into()).or_default().push(id);
            }
        } else {
            self.others_by_skeleton.extend(confusable.skeletons().map(|skeleton| (skeleton.into(), id)));
        }
    }

    /// Takes a member's name from it.
    pub(super) fn remove(&mut self, confusable: &Confusable, id: MemberId) {
        self.by_key.remove(confusable.key());
        if let Some(reading) = confusable.reading() {
            self.by_reading.remove(reading);
            for skeleton in confusable.skeletons() {
                if let Some(members) = self.plain_by_skeleton.get_mut(skeleton) {
                    members.retain(|member| *member != id);
                    if members.is_empty() {
                        self.plain_by_skeleton.remove(skeleton);
                    }
                }
            }
        } else {
            for skeleton in confusable.skeletons() {
                self.others_by_skeleton.remove(skeleton);
            }
        }
    }
}
