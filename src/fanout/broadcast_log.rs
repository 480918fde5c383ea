//! The broadcast log of a room: what it says, once for each dialect that is spoken in it, until it is released.
//!
//! Saying something to a room costs one encoding for each dialect, whatever the number of members: a member keeps only a
//! cursor. A log holds the messages of this batch and, before them, those of earlier batches that are not committed yet or
//! have to wait until the segment before is written. The bytes of a released segment live until the last connection that
//! still has to be sent some of them lets go.
//!
//! Offsets and cursors count all bytes that were ever appended to a log.

use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;

use bytes::{Buf, BytesMut};

use crate::base::limits::TAPE_BYTES_PER_TURN;
use crate::fanout::memory::Total;
use crate::fanout::segment::{Segment, Slice};
use crate::proto::Event;
use crate::wire::Dialect;

const DIALECTS: usize = Dialect::ALL.len();

/// A log for each dialect.
#[derive(Debug, Default)]
pub(super) struct BroadcastLog {
    bytes: [BytesMut; DIALECTS],
    /// The offset at which each begins.
    begins: [u64; DIALECTS],
    /// How many subscriptions read each dialect. For none, nothing is encoded.
    readers: [usize; DIALECTS],
    /// The ends of sealed batches that are not released yet.
    marks: VecDeque<Mark>,
    /// The id of the last entry.
    last_id: u64,
    /// The id of the last entry that is released.
    released_id: u64,
}

/// Where a sealed batch ends.
#[derive(Debug)]
struct Mark {
    batch: u64,
    ends: [usize; DIALECTS],
    last_id: u64,
}

/// What is released at once, and written to all subscriptions before anything else is.
#[derive(Debug, Default)]
pub(super) struct Released {
    /// None: nothing was said in this dialect.
    segments: [Option<Rc<Segment>>; DIALECTS],
    /// The offset at which each begins.
    begins: [u64; DIALECTS],
}

impl BroadcastLog {
    /// The empty log of a room whose next entry has this id.
    pub(super) fn new(next_id: u64) -> BroadcastLog {
        let last_id = next_id.saturating_sub(1);
        BroadcastLog { last_id, released_id: last_id, ..BroadcastLog::default() }
    }

    /// One more subscription reads this dialect.
    pub(super) fn add_reader(&mut self, dialect: Dialect) {
        self.readers[dialect.index()] += 1;
    }

    /// One less does.
    pub(super) fn remove_reader(&mut self, dialect: Dialect) {
        self.readers[dialect.index()] -= 1;
    }

    /// The offset at which this dialect's log begins: what is before it is released.
    pub(super) fn begin(&self, dialect: Dialect) -> u64 {
        self.begins[dialect.index()]
    }

    /// The offset at which it ends.
    pub(super) fn end(&self, dialect: Dialect) -> u64 {
        self.begin(dialect) + self.bytes[dialect.index()].len() as u64
    }

    /// The bytes that are not released, in the dialect that has most.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.iter().map(BytesMut::len).max().unwrap_or_default()
    }

    /// Whether all that was said is released.
    pub(super) fn is_empty(&self) -> bool {
        self.marks.is_empty() && !self.is_unsealed()
    }

    /// Whether there are sealed batches that are not released yet.
    pub(super) fn is_sealed(&self) -> bool {
        !self.marks.is_empty()
    }

    /// Whether something is not sealed yet.
    pub(super) fn is_unsealed(&self) -> bool {
        self.last_id > self.marks.back().map_or(self.released_id, |mark| mark.last_id)
            || self.unsealed_bytes() > 0
    }

    /// The bytes that are not sealed, in the dialect that has most.
    pub(super) fn unsealed_bytes(&self) -> usize {
        let ends = self.marks.back().map_or([0; DIALECTS], |mark| mark.ends);
        self.bytes.iter().zip(ends).map(|(log, end)| log.len() - end).max().unwrap_or_default()
    }

    /// The id of the last entry that is released: a newcomer may hear the history up to it.
    pub(super) fn released_id(&self) -> u64 {
        self.released_id
    }

    /// Appends `event` in each dialect that somebody reads.
    pub(super) fn append(&mut self, event: &Event) {
        if let Event::New(entry) = event {
            self.last_id = entry.id;
        }
        for dialect in Dialect::ALL {
            if self.readers[dialect.index()] > 0 {
                dialect.encode(event, &mut self.bytes[dialect.index()]);
            }
        }
    }

    /// Seals what was appended since the last seal: it is released with this batch.
    pub(super) fn seal(&mut self, batch: u64) {
        if self.is_unsealed() {
            let ends = self.bytes.each_ref().map(BytesMut::len);
            self.marks.push_back(Mark { batch, ends, last_id: self.last_id });
        }
    }

    /// Whether something can be released when the batches up to this one may be heard.
    pub(super) fn can_release(&self, upto: u64) -> bool {
        self.marks.front().is_some_and(|mark| mark.batch <= upto)
    }

    /// Releases sealed batches up to this one: at most so many bytes of one dialect, but at least one batch. The memory is
    /// charged to `queued`.
    pub(super) fn release(&mut self, upto: u64, most: usize, queued: &Total) -> Released {
        let mut released = None;
        while let Some(mark) = self.marks.front()
            && mark.batch <= upto
            && (released.is_none() || mark.ends.iter().all(|end| *end <= most))
        {
            released = self.marks.pop_front();
        }
        let Some(Mark { ends, last_id, .. }) = released else { return Released::default() };
        self.released_id = last_id;
        for mark in &mut self.marks {
            for (end, released) in mark.ends.iter_mut().zip(ends) {
                *end -= released;
            }
        }
        let begins = self.begins;
        let mut segments: [Option<Rc<Segment>>; DIALECTS] = Default::default();
        for (n, end) in ends.into_iter().enumerate().filter(|(_, end)| *end > 0) {
            let log = &mut self.bytes[n];
            segments[n] = Some(Segment::new(&log[..end], queued));
            log.advance(end);
            if log.is_empty() && log.capacity() > TAPE_BYTES_PER_TURN {
                // A burst of this size may be the last for long.
                *log = BytesMut::new();
            }
            self.begins[n] += end as u64;
        }
        Released { segments, begins }
    }
}

impl Released {
    pub(super) fn is_empty(&self) -> bool {
        self.segments.iter().all(Option::is_none)
    }

    /// The bytes of the dialect that has most.
    pub(super) fn bytes(&self) -> usize {
        self.segments.iter().flatten().map(|segment| segment.len()).max().unwrap_or_default()
    }

    /// The bytes of one dialect.
    pub(super) fn segment(&self, dialect: Dialect) -> &[u8] {
        self.segments[dialect.index()].as_deref().map_or(&[], |segment| segment)
    }

    /// A part of those, to be kept. None: it is empty.
    pub(super) fn slice(&self, dialect: Dialect, part: Range<usize>) -> Option<Slice> {
        let segment = self.segments[dialect.index()].as_ref()?;
        (!part.is_empty()).then(|| segment.slice(part))
    }

    /// The offset at which one dialect's bytes end.
    pub(super) fn end(&self, dialect: Dialect) -> u64 {
        self.begins[dialect.index()] + self.segment(dialect).len() as u64
    }

    /// The part of one dialect's bytes between these offsets.
    pub(super) fn part(&self, dialect: Dialect, offsets: &Range<u64>) -> Range<usize> {
        let (segment, begin) = (self.segment(dialect), self.begins[dialect.index()]);
        let at = |offset: u64| {
            usize::try_from(offset.saturating_sub(begin)).unwrap_or(usize::MAX).min(segment.len())
        };
        at(offsets.start)..at(offsets.end)
    }
}
