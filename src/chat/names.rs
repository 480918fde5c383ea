//! The names in use. No two members have the same name or confusable ones.

use std::collections::HashMap;

use crate::base::confusables::Confusable;
use crate::base::limits::CONFUSABLES_FOUND;
use crate::base::name::NameKey;
use crate::proto::MemberId;

/// All members by name.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_key: HashMap<NameKey, MemberId>,
    /// Names in ordinary Latin letters, by reading. Readings are unique.
    by_reading: HashMap<Box<str>, MemberId>,
    /// The same names by skeleton. Several may share one.
    plain_by_skeleton: HashMap<Box<str>, Vec<MemberId>>,
    /// All other names, by skeleton. Each skeleton belongs to one of them.
    others_by_skeleton: HashMap<Box<str>, MemberId>,
}

impl Names {
    /// The member with this name, in any case.
    pub(super) fn find(&self, text: &str) -> Option<MemberId> {
        self.by_key.get(&NameKey::of(text)).copied()
    }

    /// The member with this name. If there is none, members with confusable names: [`CONFUSABLES_FOUND`] at most.
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

    /// Adds a member. Its name must not be confusable with any other.
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

    /// Removes a member.
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
