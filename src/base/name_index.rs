//! The names in use. No two members have the same name or confusable ones.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::base::confusables::Confusable;
use crate::base::limits::{CONFUSABLES_FOUND, LOOKUP_KEY_CHARS};
use crate::base::name::NameKey;

/// All members by name. The default id must be the smallest.
#[derive(Debug, Default)]
pub struct NameIndex<Id> {
    by_key: HashMap<NameKey, Id>,
    /// Names in ordinary Latin letters, by reading. Readings are unique.
    by_reading: HashMap<Arc<str>, Id>,
    /// The same names by skeleton. Several may share one.
    plain_by_skeleton: BTreeSet<(Arc<str>, Id)>,
    /// All other names, by skeleton. Each skeleton belongs to one of them.
    others_by_skeleton: HashMap<Arc<str>, Id>,
}

impl<Id: Copy + Ord + Default> NameIndex<Id> {
    /// The member with this name, in any case.
    pub fn find(&self, text: &str) -> Option<Id> {
        self.by_key.get(&NameKey::of(text)).copied()
    }

    /// The same for one of many names, in little time whatever they are. Names whose keys are longer than
    /// [`LOOKUP_KEY_CHARS`] are not found.
    pub fn find_quickly(&self, text: &str) -> Option<Id> {
        self.by_key.get(&NameKey::of_at_most(text, LOOKUP_KEY_CHARS)?).copied()
    }

    /// The member with this name. If there is none, members with confusable names: [`CONFUSABLES_FOUND`] at most.
    pub fn find_confusable(&self, confusable: &Confusable) -> Vec<Id> {
        if let Some(same) = self.by_key.get(confusable.key()) {
            return vec![*same];
        }
        let mut found: Vec<Id> = confusable
            .skeletons()
            .filter_map(|skeleton| self.others_by_skeleton.get(skeleton))
            .copied()
            .collect();
        if let Some(reading) = confusable.reading() {
            found.extend(self.by_reading.get(reading));
        } else {
            found.extend(confusable.skeletons().flat_map(|skeleton| self.plain_with(skeleton)));
        }
        found.sort_unstable();
        found.dedup();
        found.truncate(CONFUSABLES_FOUND);
        found
    }

    /// Adds a member. Its name must not be confusable with any other.
    pub fn add(&mut self, confusable: &Confusable, id: Id) {
        self.by_key.insert(confusable.key().clone(), id);
        if let Some(reading) = confusable.reading() {
            self.by_reading.insert(reading.clone(), id);
            self.plain_by_skeleton.extend(confusable.skeletons().map(|skeleton| (skeleton.clone(), id)));
        } else {
            self.others_by_skeleton.extend(confusable.skeletons().map(|skeleton| (skeleton.clone(), id)));
        }
    }

    /// Removes a member.
    pub fn remove(&mut self, confusable: &Confusable, id: Id) {
        self.by_key.remove(confusable.key());
        if let Some(reading) = confusable.reading() {
            self.by_reading.remove(reading);
            for skeleton in confusable.skeletons() {
                self.plain_by_skeleton.remove(&(skeleton.clone(), id));
            }
        } else {
            for skeleton in confusable.skeletons() {
                self.others_by_skeleton.remove(skeleton);
            }
        }
    }

    /// Members whose names are in ordinary Latin letters and have this skeleton: [`CONFUSABLES_FOUND`] at most.
    fn plain_with<'a>(&'a self, skeleton: &'a Arc<str>) -> impl Iterator<Item = Id> + 'a {
        let from = self.plain_by_skeleton.range((skeleton.clone(), Id::default())..);
        from.take_while(move |(other, _)| other == skeleton).map(|(_, id)| *id).take(CONFUSABLES_FOUND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_many_names_is_found_in_any_spelling_unless_its_key_is_very_long() {
        let mut index = NameIndex::default();
        let long = "\u{fdfa}".repeat(4);
        for (id, name) in ["Ann", "Jürgen", &"x".repeat(32), &long].into_iter().enumerate() {
            index.add(&Confusable::of(name), id);
        }
        for (text, id) in
            [("ANN", Some(0)), ("ju\u{308}rgen", Some(1)), ("Bob", None), (&"X".repeat(32), Some(2))]
        {
            assert_eq!((index.find(text), index.find_quickly(text)), (id, id), "{text}");
        }
        assert_eq!((index.find(&long), index.find_quickly(&long)), (Some(3), None));
    }
}
