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
    /// Each.
    Each(Vec<PresenceChange>),
    /// One sentence with counts, and its time.
    Summary(String, String),
}

impl PresenceDigest {
    /// Adds one, to be shown later.
    pub(super) fn add(&mut self, coming: PresenceChange, now: Instant) {
        self.unshown.push(coming);
        self.since.get_or_insert(now);
    }

    /// Whether a change of the speaker `who`, or of a member that `text` names, is not shown yet.
    pub(super) fn mentions(&self, who: &str, text: &str) -> bool {
        self.unshown.iter().any(|coming| coming.name == who || text.contains(&coming.name))
    }

    /// When to show them.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + PRESENCE_DIGEST_DELAY)
    }

    /// Takes all of them.
    pub(super) fn take(&mut self) -> Digest {
        self.since = None;
        let unshown = std::mem::take(&mut self.unshown);
        if unshown.len() < PRESENCE_DIGEST_MIN {
            return Digest::Each(unshown);
        }
        let came = unshown.iter().filter(|coming| coming.came).count();
        let left = unshown.len() - came;
        let counts = [(came, "joined"), (left, "left")];
        let parts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let time = unshown.last().map(|coming| coming.time.clone()).unwrap_or_default();
        Digest::Summary(parts.join(", "), time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_named_and_many_are_counted() {
        let coming =
            |n: usize| PresenceChange { name: format!("p{n}"), came: n != 3 && n != 6, time: "12:00".into() };
        let (mut comings, now) = (PresenceDigest::default(), Instant::now());
        assert_eq!(comings.deadline(), None);
        (1..4).for_each(|n| comings.add(coming(n), now));
        assert_eq!(comings.deadline(), Some(now + PRESENCE_DIGEST_DELAY));
        assert_eq!(comings.take(), Digest::Each((1..4).map(coming).collect()));
        (1..8).for_each(|n| comings.add(coming(n), now));
        assert_eq!(comings.take(), Digest::Summary("5 joined, 2 left".into(), "12:00".into()));
        assert_eq!(comings.deadline(), None);
    }
}
