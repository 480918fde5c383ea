//! Released bytes of one room in one encoding, shared by all connections that have them queued: stored once, and
//! counted once.

use std::ops::{Deref, Range};
use std::rc::Rc;

use crate::fanout::memory::{Charge, Total};

/// The bytes. They live until the last slice is dropped.
#[derive(Debug)]
pub(super) struct Segment {
    bytes: Box<[u8]>,
    _charge: Charge,
}

/// A part of a segment. It keeps the whole segment alive.
#[derive(Debug)]
pub(super) struct Slice {
    segment: Rc<Segment>,
    range: Range<usize>,
}

impl Segment {
    /// A copy of `bytes`, without spare capacity, as it may live for long. Charged to `held`.
    pub(super) fn new(bytes: &[u8], held: &Total) -> Rc<Segment> {
        Rc::new(Segment { bytes: bytes.into(), _charge: held.charge(bytes.len()) })
    }

    pub(super) fn slice(self: &Rc<Segment>, range: Range<usize>) -> Slice {
        Slice { segment: self.clone(), range }
    }
}

impl Deref for Segment {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Slice {
    /// Removes bytes from the front.
    pub(super) fn advance(&mut self, count: usize) {
        self.range.start = self.range.end.min(self.range.start + count);
    }

    /// Its share of the segment's memory, in bytes.
    pub(super) fn share(&self) -> usize {
        self.segment.len() / Rc::strong_count(&self.segment)
    }
}

impl Deref for Slice {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.segment[self.range.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_are_owed_counts_once_until_the_last_has_it() {
        let held = Total::default();
        let segment = Segment::new(b"hello", &held);
        let mut slices: Vec<Slice> = (0..9).map(|n| segment.slice(n % 5..5)).collect();
        assert_eq!(held.bytes(), 5);
        slices[1].advance(2);
        assert_eq!(&*slices[1], b"lo");
        drop(segment);
        assert_eq!(held.bytes(), 5, "it is owed");
        slices.truncate(1);
        assert_eq!(slices[0].share(), 5, "one alone keeps all of it");
        slices.clear();
        assert_eq!(held.bytes(), 0);
    }
}
