//! Deadlines by key. It has no clock: time is an argument.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::time::Instant;

/// Deadlines in order; of two at the same time, the one that was set first. Each key has at most one.
#[derive(Debug)]
pub(super) struct Timers<K> {
    by_time: BTreeMap<(Instant, u64), K>,
    by_key: HashMap<K, (Instant, u64)>,
    serial: u64,
}

impl<K> Default for Timers<K> {
    fn default() -> Timers<K> {
        Timers { by_time: BTreeMap::new(), by_key: HashMap::new(), serial: 0 }
    }
}

impl<K: Copy + Eq + Hash> Timers<K> {
    /// Sets or replaces a key's deadline.
    pub(super) fn set(&mut self, key: K, at: Instant) {
        self.stop(key);
        self.serial += 1;
        self.by_time.insert((at, self.serial), key);
        self.by_key.insert(key, (at, self.serial));
    }

    /// Sets a key's deadline, unless it has an earlier one.
    pub(super) fn set_by(&mut self, key: K, at: Instant) {
        if self.at(key).is_none_or(|set| at < set) {
            self.set(key, at);
        }
    }

    /// Sets or removes a key's deadline. An unchanged one keeps its place in the order.
    pub(super) fn change(&mut self, key: K, at: Option<Instant>) {
        match at {
            _ if self.at(key) == at => {}
            Some(at) => self.set(key, at),
            None => self.stop(key),
        }
    }

    /// Removes a key's deadline.
    pub(super) fn stop(&mut self, key: K) {
        if let Some(place) = self.by_key.remove(&key) {
            self.by_time.remove(&place);
        }
    }

    /// A key's deadline.
    pub(super) fn at(&self, key: K) -> Option<Instant> {
        self.by_key.get(&key).map(|(at, _)| *at)
    }

    /// The next deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        self.by_time.first_key_value().map(|((at, _), _)| *at)
    }

    /// Removes and returns the first key that is due at `now`.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<K> {
        let first = self.by_time.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        let key = first.remove();
        self.by_key.remove(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_due_comes_in_order_and_what_was_stopped_does_not() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut timers = Timers::default();
        timers.set("second", at(2));
        timers.set("never", at(1));
        timers.set("first", at(1));
        timers.set("third", at(5));
        timers.set("third", at(2));
        timers.set_by("third", at(3));
        timers.change("second", Some(at(2)));
        timers.change("never", None);
        assert_eq!(timers.next(), Some(at(1)));
        assert_eq!(timers.pop_due(at(0)), None);
        let due: Vec<_> = std::iter::from_fn(|| timers.pop_due(at(2))).collect();
        assert_eq!(due, ["first", "second", "third"]);
        assert_eq!(timers.next(), None);
    }
}
