//! The broadcast log of a room: its output in one lane for each encoding in use, until it is released.
//!
//! A broadcast is encoded once for each lane, whatever the number of members; a member has only a cursor. The log
//! holds the current batch and, before it, batches that are uncommitted or wait until the segment before is written.
//! The bytes of a released segment live until the last connection that has them queued drops them.
//!
//! Offsets and cursors count all bytes ever appended to a lane.

use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;

use bytes::{Buf, BytesMut};

use crate::base::limits::BROADCAST_BYTES_PER_TURN;
use crate::fanout::memory::Total;
use crate::fanout::segment::{Segment, Slice};
use crate::proto::Event;
use crate::wire::Encoding;

/// The log of one room. It has a lane for each encoding with readers or unreleased bytes.
#[derive(Debug, Default)]
pub(super) struct BroadcastLog {
    lanes: Vec<Lane>,
    /// The offset at which a new lane begins: after all lanes before it, as their released bytes may still be being
    /// written.
    next_begin: u64,
    /// Sealed batches that are not released.
    marks: VecDeque<Mark>,
    /// The id of the last entry.
    last_id: u64,
    /// The id of the last released entry.
    released_id: u64,
}

/// The output in one encoding.
#[derive(Debug)]
struct Lane {
    encoding: Encoding,
    /// How many subscriptions read it. Without readers nothing is encoded.
    readers: usize,
    /// The offset of its first byte.
    begin: u64,
    bytes: BytesMut,
    /// For each mark, how many of `bytes` come before it.
    ends: VecDeque<usize>,
}

/// A sealed batch.
#[derive(Debug)]
struct Mark {
    batch: u64,
    last_id: u64,
}

/// What is released at once: a part for each encoding. It is written to all subscriptions before anything else is
/// released.
#[derive(Debug, Default)]
pub(super) struct Released(Vec<Part>);

/// The released bytes of one encoding.
#[derive(Debug)]
pub(super) struct Part {
    encoding: Encoding,
    /// The offset of its first byte.
    begin: u64,
    segment: Rc<Segment>,
}

impl Lane {
    /// The offset of its end.
    fn end(&self) -> u64 {
        self.begin + self.bytes.len() as u64
    }

    /// How many bytes are not sealed.
    fn unsealed(&self) -> usize {
        self.bytes.len() - self.ends.back().copied().unwrap_or_default()
    }

    /// Takes out the first `marks` marks and the bytes before the last of them.
    fn release(&mut self, marks: usize, queued: &Total) -> Option<Part> {
        let end = self.ends.drain(..marks).next_back().filter(|end| *end > 0)?;
        for later in &mut self.ends {
            *later -= end;
        }
        let segment = Segment::new(&self.bytes[..end], queued);
        self.bytes.advance(end);
        if self.bytes.is_empty() && self.bytes.capacity() > BROADCAST_BYTES_PER_TURN {
            // A burst of this size is rare: free its memory.
            self.bytes = BytesMut::new();
        }
        let begin = self.begin;
        self.begin += end as u64;
        Some(Part { encoding: self.encoding, begin, segment })
    }
}

impl BroadcastLog {
    /// An empty log for a room whose next entry has this id.
    pub(super) fn new(next_id: u64) -> BroadcastLog {
        let last_id = next_id.saturating_sub(1);
        BroadcastLog { last_id, released_id: last_id, ..BroadcastLog::default() }
    }

    /// Adds a subscription with this encoding.
    pub(super) fn add_reader(&mut self, encoding: Encoding) {
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.encoding == encoding) {
            lane.readers += 1;
            return;
        }
        let ends = self.marks.iter().map(|_| 0).collect();
        self.lanes.push(Lane { encoding, readers: 1, begin: self.next_begin, bytes: BytesMut::new(), ends });
    }

    /// Removes a subscription with this encoding.
    pub(super) fn remove_reader(&mut self, encoding: Encoding) {
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.encoding == encoding) {
            lane.readers -= 1;
        }
        self.drop_lanes();
    }

    /// Drops lanes without readers and unreleased bytes.
    fn drop_lanes(&mut self) {
        let next_begin = &mut self.next_begin;
        self.lanes.retain(|lane| {
            let is_needed = lane.readers > 0 || !lane.bytes.is_empty();
            if !is_needed {
                *next_begin = (*next_begin).max(lane.begin);
            }
            is_needed
        });
    }

    /// The offset at which the unreleased bytes of an encoding begin.
    pub(super) fn begin(&self, encoding: Encoding) -> u64 {
        self.lane(encoding).map_or(self.next_begin, |lane| lane.begin)
    }

    /// The offset at which they end.
    pub(super) fn end(&self, encoding: Encoding) -> u64 {
        self.lane(encoding).map_or(self.next_begin, Lane::end)
    }

    fn lane(&self, encoding: Encoding) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.encoding == encoding)
    }

    /// The number of unreleased bytes, in the largest lane.
    pub(super) fn bytes(&self) -> usize {
        self.lanes.iter().map(|lane| lane.bytes.len()).max().unwrap_or_default()
    }

    /// Whether everything is released.
    pub(super) fn is_empty(&self) -> bool {
        self.marks.is_empty() && !self.is_unsealed()
    }

    /// Whether a sealed batch is not released.
    pub(super) fn is_sealed(&self) -> bool {
        !self.marks.is_empty()
    }

    /// Whether something is not sealed.
    pub(super) fn is_unsealed(&self) -> bool {
        self.last_id > self.marks.back().map_or(self.released_id, |mark| mark.last_id)
            || self.unsealed_bytes() > 0
    }

    /// The number of unsealed bytes, in the largest lane.
    pub(super) fn unsealed_bytes(&self) -> usize {
        self.lanes.iter().map(Lane::unsealed).max().unwrap_or_default()
    }

    /// The id of the last released entry: history up to it may be replayed to newcomers.
    pub(super) fn released_id(&self) -> u64 {
        self.released_id
    }

    /// Appends `event` to each lane with readers.
    pub(super) fn append(&mut self, event: &Event) {
        if let Event::Live(entry) = event {
            self.last_id = entry.id;
        }
        for lane in self.lanes.iter_mut().filter(|lane| lane.readers > 0) {
            lane.encoding.encode(event, &mut lane.bytes);
        }
    }

    /// Seals what was appended since the last seal. It is released with this batch.
    pub(super) fn seal(&mut self, batch: u64) {
        if self.is_unsealed() {
            for lane in &mut self.lanes {
                lane.ends.push_back(lane.bytes.len());
            }
            self.marks.push_back(Mark { batch, last_id: self.last_id });
        }
    }

    /// Whether something can be released once batches up to this one are.
    pub(super) fn can_release(&self, upto: u64) -> bool {
        self.marks.front().is_some_and(|mark| mark.batch <= upto)
    }

    /// Releases sealed batches up to this one: at most `limit` bytes of a lane, but at least one batch. Their memory is
    /// charged to `queued`.
    pub(super) fn release(&mut self, upto: u64, limit: usize, queued: &Total) -> Released {
        let fits = |mark: usize| self.lanes.iter().all(|lane| lane.ends[mark] <= limit);
        let may_go = |(n, mark): &(usize, &Mark)| mark.batch <= upto && (*n == 0 || fits(*n));
        let marks = self.marks.iter().enumerate().take_while(may_go).count();
        let Some(Mark { last_id, .. }) = self.marks.drain(..marks).next_back() else {
            return Released::default();
        };
        self.released_id = last_id;
        let released = self.lanes.iter_mut().filter_map(|lane| lane.release(marks, queued)).collect();
        self.drop_lanes();
        Released(released)
    }
}

impl Released {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of bytes in the largest part.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|part| part.segment.len()).max().unwrap_or_default()
    }

    /// The part in one encoding.
    pub(super) fn part(&self, encoding: Encoding) -> Option<&Part> {
        self.0.iter().find(|part| part.encoding == encoding)
    }
}

impl Part {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.segment
    }

    /// A shared slice of its bytes; `None` if the range is empty.
    pub(super) fn slice(&self, range: Range<usize>) -> Option<Slice> {
        (!range.is_empty()).then(|| self.segment.slice(range))
    }

    /// The offset of its end.
    pub(super) fn end(&self) -> u64 {
        self.begin + self.segment.len() as u64
    }

    /// The range of its bytes between these offsets.
    pub(super) fn range(&self, offsets: &Range<u64>) -> Range<usize> {
        let at = |offset: u64| {
            usize::try_from(offset.saturating_sub(self.begin)).unwrap_or(usize::MAX).min(self.segment.len())
        };
        at(offsets.start)..at(offsets.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Dialect;

    #[test]
    fn a_lane_lasts_until_nobody_reads_it_and_what_it_holds_is_released() {
        let (line, eom) = (Dialect::Line.encoding(), Dialect::Eom.encoding());
        let mut log = BroadcastLog::new(1);
        log.add_reader(line);
        log.add_reader(eom);
        log.append(&Event::notice("one"));
        log.remove_reader(eom);
        log.append(&Event::notice("two"));
        assert_eq!(log.lanes.len(), 2, "something is to be released");
        log.seal(1);
        let released = log.release(1, usize::MAX, &Total::default());
        let bytes = |encoding| released.part(encoding).unwrap().bytes();
        assert_eq!((bytes(line), bytes(eom)), (&b"one\ntwo\n"[..], &b"one::EOMsg::"[..]));
        assert_eq!(log.lanes.len(), 1);
        // A newcomer is not sent what is still being written.
        log.add_reader(eom);
        let part = released.part(eom).unwrap();
        assert!(part.range(&(log.end(eom)..u64::MAX)).is_empty());
    }
}
