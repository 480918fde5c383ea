//! Joins and leaves, shown a moment late: in a crowd they are counted instead of named.

use std::time::Instant;

use crate::base::limits::{PRESENCE_DIGEST_DELAY, PRESENCE_DIGEST_MIN};

/// A join or a leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PresenceChange {
    pub(super) name: String,
    pub(super) came: bool,
    /// The time, as it is shown.
    pub(super) time: String,
}

/// Joins and leaves that are not shown yet.
#[derive(Debug, Default)]
pub(super) struct PresenceDigest {
    unshown: Vec<PresenceChange>,
    since: Option<Instant>,
}

/// What to show.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Digest {
    /// Each change.
    Each(Vec<PresenceChange>),
    /// One sentence with counts, and its time.
    Summary(String, String),
}

impl PresenceDigest {
    /// Adds a change.
    pub(super) fn add(&mut self, change: PresenceChange, now: Instant) {
        self.unshown.push(change);
        self.since.get_or_insert(now);
    }

    /// Whether a change of the speaker `who`, or of a member that `text` names, is not shown yet.
    pub(super) fn mentions(&self, who: &str, text: &str) -> bool {
        self.unshown.iter().any(|change| change.name == who || text.contains(&change.name))
    }

    /// When to show the changes.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + PRESENCE_DIGEST_DELAY)
    }

    /// Takes all changes.
    pub(super) fn take(&mut self) -> Digest {
        self.since = None;
        let unshown = std::mem::take(&mut self.unshown);
        if unshown.len() < PRESENCE_DIGEST_MIN {
            return Digest::Each(unshown);
        }
        let came = unshown.iter().filter(|change| change.came).count();
        let left = unshown.len() - came;
        let counts = [(came, "joined"), (left, "left")];
        let parts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let time = unshown.last().map(|change| change.time.clone()).unwrap_or_default();
        Digest::Summary(parts.join(", "), time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_named_and_many_are_counted() {
        let change =
            |n: usize| PresenceChange { name: format!("p{n}"), came: n != 3 && n != 6, time: "12:00".into() };
        let (mut changes, now) = (PresenceDigest::default(), Instant::now());
        assert_eq!(changes.deadline(), None);
        (1..4).for_each(|n| changes.add(change(n), now));
        assert_eq!(changes.deadline(), Some(now + PRESENCE_DIGEST_DELAY));
        assert_eq!(changes.take(), Digest::Each((1..4).map(change).collect()));
        (1..8).for_each(|n| changes.add(change(n), now));
        assert_eq!(changes.take(), Digest::Summary("5 joined, 2 left".into(), "12:00".into()));
        assert_eq!(changes.deadline(), None);
    }
}
