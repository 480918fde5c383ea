//! Lists of names of which members hear whether somebody has them: who comes, goes, takes another name, or is away.

use std::collections::{BTreeSet, HashMap};

use crate::base::limits::{LOOKUP_KEY_CHARS, MONITORED_NAMES};
use crate::base::name::{Name, NameKey};
use crate::chat::Chat;
use crate::proto::{Event, MemberId, Monitor, Monitored, ProgramEvent};

/// All lists.
#[derive(Debug, Default)]
pub(super) struct Monitors {
    /// Who watches a name.
    watchers: HashMap<NameKey, BTreeSet<MemberId>>,
    /// The names in each list, with their keys.
    lists: HashMap<MemberId, Vec<(NameKey, String)>>,
}

impl Monitors {
    /// Adds a name to a list that does not have it. Returns whether there was a place for it.
    fn add(&mut self, by: MemberId, key: NameKey, name: String) -> bool {
        let list = self.lists.entry(by).or_default();
        if list.len() >= MONITORED_NAMES {
            return false;
        }
        self.watchers.entry(key.clone()).or_default().insert(by);
        list.push((key, name));
        true
    }

    fn remove(&mut self, by: MemberId, key: &NameKey) {
        if let Some(list) = self.lists.get_mut(&by) {
            list.retain(|(known, _)| known != key);
        }
        if let Some(watchers) = self.watchers.get_mut(key) {
            watchers.remove(&by);
            if watchers.is_empty() {
                self.watchers.remove(key);
            }
        }
    }

    /// Removes a list.
    pub(super) fn clear(&mut self, by: MemberId) {
        for (key, _) in self.list(by).to_vec() {
            self.remove(by, &key);
        }
        self.lists.remove(&by);
    }

    fn list(&self, by: MemberId) -> &[(NameKey, String)] {
        self.lists.get(&by).map_or(&[], Vec::as_slice)
    }

    /// Who watches a name.
    pub(super) fn of(&self, key: &NameKey) -> Vec<MemberId> {
        self.watchers.get(key).into_iter().flatten().copied().collect()
    }
}

impl Chat {
    /// A member changes its list, or asks for it.
    pub(super) fn monitor(&mut self, by: MemberId, what: Monitor) {
        match what {
            Monitor::Add(names) => {
                let mut full = Vec::new();
                let mut added = Vec::new();
                for name in names {
                    // Nobody has a name with a longer key.
                    let Some(key) = NameKey::of_at_most(&name, LOOKUP_KEY_CHARS) else { continue };
                    if self.monitors.list(by).iter().any(|(known, _)| *known == key) {
                        continue;
                    }
                    let list = if self.monitors.add(by, key, name.clone()) { &mut added } else { &mut full };
                    list.push(name);
                }
                self.tell_status(by, added);
                if !full.is_empty() {
                    self.tell_monitored(by, Monitored::Full(full));
                }
            }
            Monitor::Remove(names) => {
                let keys = names.iter().filter_map(|name| NameKey::of_at_most(name, LOOKUP_KEY_CHARS));
                for key in keys {
                    self.monitors.remove(by, &key);
                }
            }
            Monitor::Clear => self.monitors.clear(by),
            Monitor::List => self.tell_monitored(by, Monitored::List(self.monitored_by(by))),
            Monitor::Status => self.tell_status(by, self.monitored_by(by)),
        }
    }

    fn monitored_by(&self, by: MemberId) -> Vec<String> {
        self.monitors.list(by).iter().map(|(_, name)| name.clone()).collect()
    }

    /// Tells a member who of these is here, and who is not.
    fn tell_status(&mut self, by: MemberId, names: Vec<String>) {
        let (mut here, mut gone) = (Vec::new(), Vec::new());
        for name in names {
            match self.names.find_quickly(&name) {
                Some(id) => here.push(self.who(id).name.clone()),
                None => gone.push(name),
            }
        }
        if !here.is_empty() {
            self.tell_monitored(by, Monitored::Here(here));
        }
        if !gone.is_empty() {
            self.tell_monitored(by, Monitored::Gone(gone));
        }
    }

    /// Somebody has this name from now on: tells those who watch it.
    pub(super) fn tell_of_coming(&mut self, name: &Name) {
        for watcher in self.monitors.of(&name.key()) {
            self.tell_monitored(watcher, Monitored::Here(vec![name.clone()]));
        }
    }

    /// Nobody has this name any more.
    pub(super) fn tell_of_going(&mut self, name: &Name) {
        for watcher in self.monitors.of(&name.key()) {
            self.tell_monitored(watcher, Monitored::Gone(vec![name.to_string()]));
        }
    }

    fn tell_monitored(&mut self, id: MemberId, what: Monitored) {
        self.tell(id, Event::Program(ProgramEvent::Monitored(what)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_bounded_and_leave_nothing_behind() {
        let mut all = Monitors::default();
        let key = |number: usize| NameKey::of(&format!("n{number}"));
        for number in 0..=MONITORED_NAMES {
            let is_added = all.add(MemberId(1), key(number), String::new());
            assert_eq!(is_added, number < MONITORED_NAMES);
        }
        assert!(all.add(MemberId(2), key(0), String::new()));
        assert_eq!(all.of(&key(0)), [MemberId(1), MemberId(2)]);
        all.remove(MemberId(1), &key(0));
        assert_eq!((all.of(&key(0)), all.list(MemberId(1)).len()), (vec![MemberId(2)], MONITORED_NAMES - 1));
        all.clear(MemberId(1));
        all.clear(MemberId(2));
        assert!(all.watchers.is_empty() && all.lists.is_empty(), "{all:?}");
    }
}
