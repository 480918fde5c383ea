//! Whom members ignore: names, so that somebody who leaves and comes back is still ignored.

use std::collections::HashMap;

use crate::base::limits::IGNORED_NAMES;
use crate::base::name::{Name, NameKey};
use crate::proto::MemberId;

/// All names that members ignore.
#[derive(Debug, Default)]
pub(super) struct Ignores {
    /// By the member that ignores, in the order in which it did.
    by_member: HashMap<MemberId, Vec<Name>>,
    /// By the name that is ignored. Empty if nobody ignores anybody, so that messages need no further look.
    by_name: HashMap<NameKey, Vec<MemberId>>,
}

impl Ignores {
    /// Who ignores this name.
    pub(super) fn of(&self, name: &Name) -> &[MemberId] {
        if self.by_name.is_empty() {
            return &[];
        }
        self.by_name.get(&name.key()).map_or(&[], Vec::as_slice)
    }

    /// The names that a member ignores.
    pub(super) fn list(&self, member: MemberId) -> &[Name] {
        self.by_member.get(&member).map_or(&[], Vec::as_slice)
    }

    /// A member ignores a name. Returns false if it ignores as many as it may.
    pub(super) fn add(&mut self, member: MemberId, name: Name) -> bool {
        let key = name.key();
        let ignored = self.by_member.entry(member).or_default();
        if ignored.iter().any(|known| known.key() == key) {
            return true;
        }
        if ignored.len() >= IGNORED_NAMES {
            return false;
        }
        ignored.push(name);
        self.by_name.entry(key).or_default().push(member);
        true
    }

    /// A member no longer ignores a name, which is returned as it was spelled. `None`: it did not.
    pub(super) fn remove(&mut self, member: MemberId, name: &str) -> Option<Name> {
        let key = NameKey::of(name);
        let ignored = self.by_member.get_mut(&member)?;
        let at = ignored.iter().position(|known| known.key() == key)?;
        let removed = ignored.remove(at);
        if ignored.is_empty() {
            self.by_member.remove(&member);
        }
        self.drop_ignorer(&key, member);
        Some(removed)
    }

    /// A member leaves. Returns the names that it ignored.
    pub(super) fn drop_member(&mut self, member: MemberId) -> Vec<Name> {
        let ignored = self.by_member.remove(&member).unwrap_or_default();
        for name in &ignored {
            self.drop_ignorer(&name.key(), member);
        }
        ignored
    }

    fn drop_ignorer(&mut self, key: &NameKey, member: MemberId) {
        let Some(members) = self.by_name.get_mut(key) else { return };
        members.retain(|known| *known != member);
        if members.is_empty() {
            self.by_name.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn names_are_ignored_until_it_ends_or_the_member_leaves() {
        let (mut ignores, ann, eve) = (Ignores::default(), MemberId(1), MemberId(2));
        assert!(
            ignores.add(ann, name("Bob")) && ignores.add(ann, name("BOB")) && ignores.add(eve, name("bob"))
        );
        assert!(ignores.add(ann, name("Cy")));
        assert_eq!(ignores.of(&name("bOb")), [ann, eve]);
        assert_eq!(ignores.list(ann), [name("Bob"), name("Cy")]);
        assert_eq!(ignores.remove(ann, "bob"), Some(name("Bob")));
        assert_eq!((ignores.remove(ann, "bob"), ignores.remove(eve, "Cy")), (None, None));
        assert_eq!(ignores.of(&name("Bob")), [eve]);
        assert_eq!(ignores.drop_member(eve), [name("bob")]);
        assert_eq!(ignores.drop_member(ann), [name("Cy")]);
        assert!(ignores.by_name.is_empty() && ignores.by_member.is_empty());
    }

    #[test]
    fn a_member_ignores_so_many() {
        let (mut ignores, ann) = (Ignores::default(), MemberId(1));
        for number in 0..IGNORED_NAMES {
            assert!(ignores.add(ann, name(&format!("Bob{number}"))));
        }
        assert!(!ignores.add(ann, name("Bob")) && ignores.add(ann, name("Bob0")));
        assert_eq!(ignores.of(&name("Bob")), []);
    }
}
