//! The one queue of deadlines. It does not know the clock: the time is told to it.

use std::collections::BTreeMap;
use std::time::Instant;

/// A deadline that was set, for [`Timers::cancel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TimerKey(Instant, u64);

impl TimerKey {
    /// When it is.
    pub(super) fn at(self) -> Instant {
        self.0
    }
}

/// What is due when, in that order; of two things due at once, the one set first.
#[derive(Debug)]
pub(super) struct Timers<T> {
    set: BTreeMap<TimerKey, T>,
    serial: u64,
}

impl<T> Default for Timers<T> {
    fn default() -> Timers<T> {
        Timers { set: BTreeMap::new(), serial: 0 }
    }
}

impl<T> Timers<T> {
    pub(super) fn set(&mut self, at: Instant, what: T) -> TimerKey {
        self.serial += 1;
        let key = TimerKey(at, self.serial);
        self.set.insert(key, what);
        key
    }

    pub(super) fn cancel(&mut self, key: TimerKey) {
        self.set.remove(&key);
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.set.first_key_value().map(|(key, _)| key.0)
    }

    /// Takes out the first thing that is due at `now`.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<T> {
        let first = self.set.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_due_comes_in_order_and_what_was_cancelled_does_not() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut timers = Timers::default();
        timers.set(at(2), "second");
        let cancelled = timers.set(at(1), "never");
        timers.set(at(1), "first");
        timers.set(at(2), "third");
        timers.cancel(cancelled);
        assert_eq!(timers.next(), Some(at(1)));
        assert_eq!(timers.pop_due(at(0)), None);
        let due: Vec<_> = std::iter::from_fn(|| timers.pop_due(at(2))).collect();
        assert_eq!(due, ["first", "second", "third"]);
        assert_eq!(timers.next(), None);
    }
}
