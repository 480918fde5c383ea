//! The replay of a room's history to a member that joins.

use std::ops::Range;
use std::time::SystemTime;

/// How much of a room's history a member hears when it joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayLimit {
    /// All that is in memory.
    All,
    /// The last messages of people, this many at most, and what hosts and bots said since, as many messages at most.
    Last(usize),
}

/// The part of a history that is replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The ids of all its messages.
    pub ids: Range<u64>,
    /// Messages of hosts and bots below this id are left out.
    pub others_from: u64,
    /// The member asked for more: for messages below this id, some of which are not in the history.
    pub gap_below: Option<u64>,
    /// When the member joined.
    pub joined: SystemTime,
}

/// How much of a history is replayed, and how much is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplayExtent {
    /// How many messages are replayed.
    pub replayed: usize,
    /// How many other messages are in memory. 0 for a member that heard them before.
    pub earlier: usize,
    /// The history on disk may hold still older ones.
    pub may_have_older: bool,
}

impl ReplayLimit {
    /// Nothing is replayed.
    pub const OFF: ReplayLimit = ReplayLimit::Last(0);

    /// Parses a number, `all` or `off`.
    pub fn parse(text: &str) -> Option<ReplayLimit> {
        match text {
            _ if text.eq_ignore_ascii_case("all") => Some(ReplayLimit::All),
            _ if text.eq_ignore_ascii_case("off") => Some(ReplayLimit::OFF),
            // A number that overflows exceeds any history anyway.
            _ if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
                Some(text.parse().map_or(ReplayLimit::All, ReplayLimit::Last))
            }
            _ => None,
        }
    }
}

impl ReplayExtent {
    /// How many messages from the end are to be shown, so that all earlier ones are among them.
    pub fn to_the_first(&self) -> usize {
        self.replayed + self.earlier
    }
}
