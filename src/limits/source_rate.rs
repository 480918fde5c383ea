//! A rate for each source of connections, such as how many new ones may come from it in a minute.
//!
//! Its memory is bounded, and an attacker cannot flush it: when the table is full, a new source replaces the least-used entry *and
//! inherits its counter* (Space-Saving; Metwally, Agrawal and El Abbadi, 2005).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::base::limits::TRACKED_ADDRESSES;
use crate::base::source::Source;
use crate::limits::gcra::Gcra;

/// The window of the rates.
const MINUTE: Duration = Duration::from_secs(60);

/// A rate for each source.
#[derive(Debug)]
pub struct SourceRate {
    bucket: Gcra,
    /// When the rate budget of a source is full again; and the same by time.
    spent: BTreeMap<Source, Instant>,
    by_time: BTreeSet<(Instant, Source)>,
}

impl SourceRate {
    /// So many in a minute, or at once.
    pub fn in_a_minute(points: u32) -> SourceRate {
        let bucket = Gcra { points, within: MINUTE };
        SourceRate { bucket, spent: BTreeMap::new(), by_time: BTreeSet::new() }
    }

    /// Counts one of a source. An error: it was one too many, and the next may come after this time.
    pub fn spend(&mut self, source: Source, now: Instant) -> Result<(), Duration> {
        // A full budget need not be remembered.
        while let Some((until, other)) = self.by_time.first().copied().filter(|(until, _)| *until <= now) {
            self.by_time.remove(&(until, other));
            self.spent.remove(&other);
        }
        let known = self.spent.get(&source).copied();
        let least = self.by_time.first().copied().filter(|_| self.spent.len() >= TRACKED_ADDRESSES);
        let replaced = known.map(|until| (until, source)).or(least);
        let until = self.bucket.try_acquire(replaced.map_or(now, |(until, _)| until), 1, now)?;
        if let Some(replaced) = replaced {
            self.by_time.remove(&replaced);
            self.spent.remove(&replaced.1);
        }
        self.by_time.insert((until, source));
        self.spent.insert(source, until);
        Ok(())
    }

    /// Gives back what one of its connections spent.
    pub fn refund(&mut self, source: Source, now: Instant) {
        let Some(until) = self.spent.remove(&source) else { return };
        self.by_time.remove(&(until, source));
        let until = until.checked_sub(MINUTE / self.bucket.points).filter(|until| *until > now);
        if let Some(until) = until {
            self.by_time.insert((until, source));
            self.spent.insert(source, until);
        }
    }

    /// How many sources it remembers, in both orders.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> (usize, usize) {
        (self.spent.len(), self.by_time.len())
    }
}
