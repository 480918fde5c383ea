//! A hash over the log and what came of it, by which nodes notice that they do not have the same log.
//!
//! It is a sum: each entry adds a number that depends on its position. So nodes that began to hear at different entries still
//! differ by a constant, which the later one learns from any heartbeat ([`Digest::compare`]).

use std::collections::VecDeque;

use sha1::{Digest as _, Sha1};

use crate::base::limits::HASHES_KEPT;

/// The hash of all entries so far, and those of the last ones.
#[derive(Debug, Default)]
pub(super) struct Digest {
    /// What the entries before the first one that was heard add. `None`: not known yet.
    base: Option<u64>,
    sum: u64,
    /// The last positions, and the sums there.
    kept: VecDeque<(u64, u64)>,
}

/// How a hash of another node compares with the own one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// Both have heard the same.
    Same,
    /// They have not.
    Different,
    /// That cannot be told (yet): the entry is too old, or not heard.
    Unknown,
}

impl Digest {
    /// The hash as it is at a position.
    pub(super) fn at(seq: u64, hash: u64) -> Digest {
        Digest { base: Some(0), sum: hash, kept: VecDeque::from([(seq, hash)]) }
    }

    /// Adds the entry at a position. `outcome` says what came of it.
    pub(super) fn add(&mut self, seq: u64, bytes: &[u8], outcome: u64) {
        if self.kept.is_empty() && seq <= 1 {
            self.base = Some(0);
        }
        let mut hasher = Sha1::new();
        hasher.update(seq.to_le_bytes());
        hasher.update(outcome.to_le_bytes());
        hasher.update(bytes);
        self.sum = self.sum.wrapping_add(first_bytes(&hasher.finalize()));
        if self.kept.len() == HASHES_KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((seq, self.sum));
    }

    /// If what the entries before the first one add is unknown, it is nothing.
    pub(super) fn settle(&mut self) {
        self.base.get_or_insert(0);
    }

    /// The last position, and the hash there. `None`: unknown until the first heartbeat of another node that can be compared.
    pub(super) fn last(&self) -> Option<(u64, u64)> {
        let (seq, sum) = self.kept.back()?;
        Some((*seq, sum.wrapping_add(self.base?)))
    }

    /// Compares with the hash that another node has at a position. The first one is taken over, if the own one is unknown.
    pub(super) fn compare(&mut self, seq: u64, hash: u64) -> Comparison {
        let Ok(at) = self.kept.binary_search_by_key(&seq, |(seq, _)| *seq) else {
            return Comparison::Unknown;
        };
        let sum = self.kept[at].1;
        let base = *self.base.get_or_insert(hash.wrapping_sub(sum));
        if sum.wrapping_add(base) == hash { Comparison::Same } else { Comparison::Different }
    }
}

/// A hash of bytes.
pub(super) fn hash_of(bytes: &[u8]) -> u64 {
    first_bytes(&Sha1::digest(bytes))
}

/// A number from the beginning of a hash, which is the same on all machines.
fn first_bytes(hash: &[u8]) -> u64 {
    hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// How much a node is preferred as the owner of a room: the same on all nodes, and spread over them.
pub(super) fn preference(node: &str, room: &str) -> u64 {
    let mut hasher = Sha1::new();
    hasher.update(node);
    hasher.update([0]);
    hasher.update(room);
    first_bytes(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(entries: impl IntoIterator<Item = (u64, &'static str)>) -> Digest {
        let mut digest = Digest::default();
        entries.into_iter().for_each(|(seq, bytes)| digest.add(seq, bytes.as_bytes(), 0));
        digest
    }

    #[test]
    fn a_missing_or_another_entry_is_noticed_and_one_that_is_not_heard_yet_is_no_difference() {
        let mut digest = of([(1, "a"), (2, "b"), (3, "c")]);
        for (other, comparison) in [
            (of([(1, "a"), (2, "b")]), Comparison::Same),
            (of([(1, "a"), (3, "c")]), Comparison::Different),
            (of([(1, "a"), (2, "x"), (3, "c")]), Comparison::Different),
            (of([(1, "b"), (2, "a")]), Comparison::Different),
            (of([(1, "a"), (2, "b"), (3, "c"), (4, "d")]), Comparison::Unknown),
        ] {
            let (seq, hash) = other.last().unwrap();
            assert_eq!(digest.compare(seq, hash), comparison, "{other:?}");
        }
        let mut judged = Digest::default();
        judged.add(1, b"a", 1);
        let (seq, hash) = judged.last().unwrap();
        assert_eq!(digest.compare(seq, hash), Comparison::Different, "something else came of it");
    }

    #[test]
    fn who_begins_later_takes_the_first_hash_over_and_notices_differences_from_then_on() {
        let all = [(1, "a"), (2, "b"), (3, "c"), (4, "d")];
        let mut late = of(all[2..].iter().copied());
        assert_eq!(late.last(), None);
        let (seq, hash) = of(all[..3].iter().copied()).last().unwrap();
        assert_eq!(late.compare(seq, hash), Comparison::Same);
        assert_eq!(late.last(), of(all).last());
        assert_eq!(late.compare(4, hash), Comparison::Different);
    }
}
