//! What was heard of the log, put in sequence: each entry once, without gaps.

use std::collections::BTreeMap;

use super::incoming::Entry;
use crate::base::limits::{ENGINE_AHEAD_BYTES, ENGINE_AHEAD_ENTRIES};

/// The position in the log, and entries that are ahead of it. They wait for those between, as far as the bounds allow; what
/// does not fit is forgotten, and fetched later.
#[derive(Debug)]
pub(super) struct Sequence {
    next: u64,
    ahead: BTreeMap<u64, Entry>,
    ahead_bytes: usize,
    /// The highest sequence number that was seen.
    seen: u64,
}

impl Sequence {
    /// A sequence whose first entry has this number.
    pub(super) fn starting_at(next: u64) -> Sequence {
        Sequence { next, ahead: BTreeMap::new(), ahead_bytes: 0, seen: 0 }
    }

    /// The number of the entry that is awaited.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Whether the log is known to hold the awaited entry, as later ones were heard or acknowledged.
    pub(super) fn is_behind(&self) -> bool {
        self.seen >= self.next
    }

    /// The last entry that the log is known to hold.
    pub(super) fn last_known(&self) -> u64 {
        self.seen
    }

    /// Notes that the log has an entry with this number.
    pub(super) fn note(&mut self, seq: u64) {
        self.seen = self.seen.max(seq);
    }

    /// Takes an entry that was heard.
    pub(super) fn offer(&mut self, entry: Entry) {
        self.note(entry.seq);
        let has_room = self.ahead.len() < ENGINE_AHEAD_ENTRIES
            && self.ahead_bytes + entry.bytes.len() <= ENGINE_AHEAD_BYTES;
        let is_awaited = entry.seq == self.next;
        if entry.seq >= self.next && (is_awaited || has_room) && !self.ahead.contains_key(&entry.seq) {
            self.ahead_bytes += entry.bytes.len();
            self.ahead.insert(entry.seq, entry);
        }
    }

    /// The next entry in sequence, if it was heard.
    pub(super) fn take(&mut self) -> Option<Entry> {
        let entry = self.ahead.remove(&self.next)?;
        self.ahead_bytes -= entry.bytes.len();
        self.next += 1;
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::incoming::tests::entry;

    fn taken(sequence: &mut Sequence) -> Vec<u64> {
        std::iter::from_fn(|| sequence.take()).map(|entry| entry.seq).collect()
    }

    #[test]
    fn each_entry_comes_once_and_in_sequence() {
        let mut sequence = Sequence::starting_at(5);
        for seq in [7, 5, 5, 4, 9, 7, 1] {
            sequence.offer(entry(seq));
        }
        assert_eq!(taken(&mut sequence), [5]);
        assert!(sequence.is_behind(), "7 and 9 were heard");
        sequence.offer(entry(6));
        assert_eq!(taken(&mut sequence), [6, 7]);
        sequence.offer(entry(6));
        sequence.offer(entry(8));
        assert_eq!(taken(&mut sequence), [8, 9]);
        assert!(!sequence.is_behind());
        sequence.note(10);
        assert!(sequence.is_behind(), "10 is in the log");
    }

    #[test]
    fn what_waits_is_bounded_and_the_awaited_entry_always_fits() {
        let mut sequence = Sequence::starting_at(1);
        let last = ENGINE_AHEAD_ENTRIES as u64 + 100;
        for seq in 2..=last {
            sequence.offer(entry(seq));
        }
        assert_eq!(sequence.ahead.len(), ENGINE_AHEAD_ENTRIES);
        sequence.offer(entry(1));
        assert_eq!(taken(&mut sequence).len(), ENGINE_AHEAD_ENTRIES + 1);
        assert!(sequence.is_behind(), "the rest is fetched");

        let large = |seq| Entry { bytes: vec![0; ENGINE_AHEAD_BYTES / 2 + 1].into(), ..entry(seq) };
        let mut sequence = Sequence::starting_at(1);
        for seq in [3, 2, 1] {
            sequence.offer(large(seq));
        }
        assert_eq!(taken(&mut sequence), [1], "2 did not fit beside 3");
    }
}
