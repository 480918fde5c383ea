//! Whom members ignore: names, so that somebody who leaves and comes back is still ignored; and the name that such a member
//! takes instead.

use std::collections::HashMap;

use crate::base::limits::IGNORED_NAMES;
use crate::base::name::{Name, NameKey};
use crate::proto::MemberId;

/// All names that members ignore.
#[derive(Debug, Default)]
pub(super) struct Ignores {
    /// By the member that ignores, in the order in which it did.
    by_member: HashMap<MemberId, Vec<Ignored>>,
    /// By the name that is ignored. Empty if nobody ignores anybody, so that messages need no further look.
    by_name: HashMap<NameKey, Vec<MemberId>>,
}

/// An ignored name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ignored {
    /// The name at that time.
    name: Name,
    /// The name that its owner took since. Both are ignored: otherwise it would be heard again under either.
    now: Option<Name>,
}

impl Ignored {
    /// The name that its owner had last.
    pub(super) fn name(&self) -> &Name {
        self.now.as_ref().unwrap_or(&self.name)
    }

    fn keys(&self) -> impl Iterator<Item = NameKey> {
        [Some(&self.name), self.now.as_ref()].into_iter().flatten().map(Name::key)
    }

    fn is(&self, key: &NameKey) -> bool {
        self.keys().any(|known| known == *key)
    }
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
    pub(super) fn list(&self, member: MemberId) -> &[Ignored] {
        self.by_member.get(&member).map_or(&[], Vec::as_slice)
    }

    /// A member ignores a name. Returns false if it ignores as many as it may.
    pub(super) fn add(&mut self, member: MemberId, name: Name) -> bool {
        self.add_ignored(member, Ignored { name, now: None })
    }

    /// The same for what another member ignored.
    pub(super) fn add_ignored(&mut self, member: MemberId, new: Ignored) -> bool {
        let ignored = self.by_member.entry(member).or_default();
        if ignored.iter().any(|known| known.is(&new.name.key())) {
            return true;
        }
        if ignored.len() >= IGNORED_NAMES {
            return false;
        }
        new.keys().for_each(|key| add_ignorer(&mut self.by_name, key, member));
        ignored.push(new);
        true
    }

    /// A member no longer ignores a name, which is returned as it was spelled, nor the other one of its owner. `None`: it did not.
    pub(super) fn remove(&mut self, member: MemberId, name: &str) -> Option<Name> {
        let key = NameKey::of(name);
        let ignored = self.by_member.get_mut(&member)?;
        let at = ignored.iter().position(|known| known.is(&key))?;
        let removed = ignored.remove(at);
        let is_kept = |key: &NameKey| ignored.iter().any(|known| known.is(key));
        let gone: Vec<NameKey> = removed.keys().filter(|key| !is_kept(key)).collect();
        if ignored.is_empty() {
            self.by_member.remove(&member);
        }
        for key in &gone {
            self.drop_ignorer(key, member);
        }
        Some(removed.name().clone())
    }

    /// Somebody has another name from now on: whoever ignores it ignores that name, too.
    pub(super) fn rename(&mut self, from: &Name, to: &Name) {
        if from.key() == to.key() {
            return;
        }
        for member in self.of(from).to_vec() {
            let Some(ignored) = self.by_member.get_mut(&member) else { continue };
            let Some(at) = ignored.iter().position(|known| known.is(&from.key())) else { continue };
            let is_back = ignored[at].name.key() == to.key();
            let before = std::mem::replace(&mut ignored[at].now, (!is_back).then(|| to.clone()));
            let lost = before.map(|name| name.key()).filter(|key| !ignored.iter().any(|known| known.is(key)));
            add_ignorer(&mut self.by_name, to.key(), member);
            lost.inspect(|key| self.drop_ignorer(key, member));
        }
    }

    /// A member leaves. Returns the names that it ignored.
    pub(super) fn drop_member(&mut self, member: MemberId) -> Vec<Ignored> {
        let ignored = self.by_member.remove(&member).unwrap_or_default();
        for key in ignored.iter().flat_map(Ignored::keys) {
            self.drop_ignorer(&key, member);
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

fn add_ignorer(by_name: &mut HashMap<NameKey, Vec<MemberId>>, key: NameKey, member: MemberId) {
    let members = by_name.entry(key).or_default();
    if !members.contains(&member) {
        members.push(member);
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
        assert_eq!(names(ignores.list(ann)), ["Bob", "Cy"]);
        assert_eq!(ignores.remove(ann, "bob"), Some(name("Bob")));
        assert_eq!((ignores.remove(ann, "bob"), ignores.remove(eve, "Cy")), (None, None));
        assert_eq!(ignores.of(&name("Bob")), [eve]);
        assert_eq!(names(&ignores.drop_member(eve)), ["bob"]);
        assert_eq!(names(&ignores.drop_member(ann)), ["Cy"]);
        assert!(ignores.by_name.is_empty() && ignores.by_member.is_empty());
    }

    fn names(ignored: &[Ignored]) -> Vec<&str> {
        ignored.iter().map(|ignored| ignored.name().as_str()).collect()
    }

    #[test]
    fn whoever_has_another_name_is_ignored_under_both() {
        let (mut ignores, ann, eve) = (Ignores::default(), MemberId(1), MemberId(2));
        let who = |ignores: &Ignores, text: &str| ignores.of(&name(text)).to_vec();
        ignores.add(ann, name("Bob"));
        ignores.add(eve, name("Cy"));
        ignores.rename(&name("bob"), &name("Rob"));
        assert_eq!((who(&ignores, "Bob"), who(&ignores, "Rob")), (vec![ann], vec![ann]));
        assert_eq!(names(ignores.list(ann)), ["Rob"]);
        // Of several names it is the first and the last.
        ignores.rename(&name("Rob"), &name("Robert"));
        assert_eq!(
            (who(&ignores, "Bob"), who(&ignores, "Rob"), who(&ignores, "Robert")),
            (vec![ann], vec![], vec![ann])
        );
        // The member that ignores comes back.
        let taken = ignores.drop_member(ann);
        assert!(who(&ignores, "Robert").is_empty());
        for ignored in taken {
            assert!(ignores.add_ignored(ann, ignored));
        }
        ignores.rename(&name("Robert"), &name("Bob"));
        assert_eq!((who(&ignores, "Bob"), who(&ignores, "Robert")), (vec![ann], vec![]));
        ignores.rename(&name("Bob"), &name("Cy"));
        assert_eq!((who(&ignores, "Bob"), who(&ignores, "Cy")), (vec![ann], vec![eve, ann]));
        assert_eq!(ignores.remove(ann, "bob"), Some(name("Cy")));
        assert_eq!(ignores.remove(eve, "cy"), Some(name("Cy")));
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
