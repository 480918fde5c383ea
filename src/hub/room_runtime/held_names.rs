//! Names that members gave up for others a moment ago: for a while only they may take them back, so that nobody is mistaken for
//! them. They are free at once when their owner leaves, as all names are.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::base::confusables::Confusable;
use crate::base::limits::{HELD_NAMES, HELD_NAMES_OF_ONE, RENAME_HOLD};
use crate::base::name::Name;
use crate::proto::MemberId;

/// The held names, the oldest first.
#[derive(Debug, Default)]
pub(super) struct HeldNames(VecDeque<HeldName>);

/// A held name.
#[derive(Debug)]
pub(super) struct HeldName {
    pub(super) name: Name,
    confusable: Confusable,
    pub(super) owner: MemberId,
    until: Instant,
}

impl HeldNames {
    /// A member takes another name. The one before is held for it.
    pub(super) fn rename(&mut self, owner: MemberId, from: &Name, to: &Name, now: Instant) {
        let key = to.key();
        self.0.retain(|held| now < held.until && *held.confusable.key() != key);
        if from.key() == key {
            return;
        }
        let mut own = self.0.iter().enumerate().filter(|(_, held)| held.owner == owner).map(|(at, _)| at);
        let first = own.next();
        if own.count() + 1 >= HELD_NAMES_OF_ONE {
            // Whoever changes names all the time must not free those of others.
            first.and_then(|at| self.0.remove(at));
        } else if self.0.len() == HELD_NAMES {
            self.0.pop_front();
        }
        let confusable = Confusable::of(from.as_str());
        self.0.push_back(HeldName { name: from.clone(), confusable, owner, until: now + RENAME_HOLD });
    }

    /// The held name that is this one or looks like it.
    pub(super) fn find(&self, name: &str, now: Instant) -> Option<&HeldName> {
        if self.0.is_empty() {
            return None;
        }
        let confusable = Confusable::of(name);
        let is_it = |held: &&HeldName| now < held.until && held.confusable.is_confusable_with(&confusable);
        self.0.iter().find(is_it)
    }

    /// A member leaves.
    pub(super) fn drop_member(&mut self, owner: MemberId) {
        self.0.retain(|held| held.owner != owner);
    }
}

impl HeldName {
    /// How long it is held yet.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        self.until.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId(1);
    const BEN: MemberId = MemberId(2);

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn a_name_is_held_for_a_minute_unless_its_owner_takes_it_back_or_leaves() {
        let (mut held, start) = (HeldNames::default(), Instant::now());
        held.rename(ANN, &name("Bob1"), &name("Anna"), start);
        let owner = |held: &HeldNames, name: &str, now| held.find(name, now).map(|held| held.owner);
        assert_eq!(owner(&held, "bob1", start), Some(ANN));
        assert_eq!(owner(&held, "BobI", start), Some(ANN), "it looks the same");
        assert_eq!(owner(&held, "Anna", start), None);
        let last = start + RENAME_HOLD.saturating_sub(Duration::from_millis(1));
        assert_eq!(held.find("Bob1", last).map(|held| held.wait(last)), Some(Duration::from_millis(1)));
        assert_eq!(owner(&held, "Bob1", start + RENAME_HOLD), None);
        held.rename(ANN, &name("Anna"), &name("Bob1"), last);
        assert_eq!((owner(&held, "Bob1", last), owner(&held, "Anna", last)), (None, Some(ANN)));
        held.rename(BEN, &name("Ben"), &name("BEN"), last);
        assert_eq!(owner(&held, "Ben", last), None, "it is the same name");
        held.drop_member(ANN);
        assert_eq!(owner(&held, "Anna", last), None);
    }

    #[test]
    fn so_many_are_held() {
        let (mut held, now) = (HeldNames::default(), Instant::now());
        for number in 0..=HELD_NAMES {
            let [from, to] = ["a", "b"].map(|begin| name(&format!("{begin}{number}")));
            held.rename(MemberId(number), &from, &to, now);
        }
        assert_eq!(held.0.len(), HELD_NAMES);
        assert!(held.find("a0", now).is_none());
    }

    #[test]
    fn one_member_frees_its_own() {
        let (mut held, now) = (HeldNames::default(), Instant::now());
        held.rename(ANN, &name("Ann"), &name("Anna"), now);
        for number in 0..HELD_NAMES {
            held.rename(BEN, &name(&format!("a{number}")), &name(&format!("a{}", number + 1)), now);
        }
        assert_eq!(held.0.len(), 1 + HELD_NAMES_OF_ONE);
        assert!(held.find("Ann", now).is_some());
        let last = name(&format!("a{}", HELD_NAMES - 1));
        assert!(held.find(last.as_str(), now).is_some() && held.find("a0", now).is_none());
    }
}
