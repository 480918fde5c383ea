//! What a room said, once for each dialect that is spoken in it, until it is let out.
//!
//! Saying something to a room costs one encoding a dialect, whatever the number of members: a member keeps only how far
//! it has come. A tape holds what was said in this turn of the loop, and before it what was said in earlier turns and is not
//! kept yet, so that nobody may hear it, or has to wait until what was let out before is written. The bytes live until the
//! last who owes them to somebody lets go.
//!
//! Places on a tape count all that was ever on it.

use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;

use bytes::{Buf, BytesMut};

use crate::base::limits::TAPE_BYTES_PER_TURN;
use crate::hub::budget::Total;
use crate::hub::segment::{Segment, Slice};
use crate::proto::Event;
use crate::wire::Dialect;

const DIALECTS: usize = Dialect::ALL.len();

/// A tape for each dialect.
#[derive(Debug, Default)]
pub(super) struct Tapes {
    bytes: [BytesMut; DIALECTS],
    /// The place at which each begins.
    begins: [u64; DIALECTS],
    /// How many in the room speak each dialect. For none, nothing is encoded.
    speakers: [usize; DIALECTS],
    /// Where turns ended that are not let out yet.
    marks: VecDeque<Mark>,
    /// The id of the last news.
    last_id: u64,
    /// The id of the last news that was let out.
    out_id: u64,
}

/// The end of a turn.
#[derive(Debug)]
struct Mark {
    turn: u64,
    ends: [usize; DIALECTS],
    last_id: u64,
}

/// What is let out at once.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// None: nothing was said in this dialect.
    segments: [Option<Rc<Segment>>; DIALECTS],
    /// The place at which each begins.
    begins: [u64; DIALECTS],
}

impl Tapes {
    /// Empty tapes of a room whose next news has this id.
    pub(super) fn new(next_id: u64) -> Tapes {
        let last_id = next_id.saturating_sub(1);
        Tapes { last_id, out_id: last_id, ..Tapes::default() }
    }

    /// One more, or one less, reads this dialect's tape.
    pub(super) fn enter(&mut self, dialect: Dialect) {
        self.speakers[dialect.index()] += 1;
    }

    pub(super) fn leave(&mut self, dialect: Dialect) {
        self.speakers[dialect.index()] -= 1;
    }

    /// The place at which this dialect's tape begins: what was said before was let out.
    pub(super) fn begin(&self, dialect: Dialect) -> u64 {
        self.begins[dialect.index()]
    }

    /// The place at which it ends.
    pub(super) fn end(&self, dialect: Dialect) -> u64 {
        self.begin(dialect) + self.bytes[dialect.index()].len() as u64
    }

    /// How much the longest of them holds.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.iter().map(BytesMut::len).max().unwrap_or_default()
    }

    /// Whether all that was said is let out.
    pub(super) fn is_empty(&self) -> bool {
        self.marks.is_empty() && !self.is_fresh()
    }

    /// Whether turns ended that are not let out yet.
    pub(super) fn has_turns(&self) -> bool {
        !self.marks.is_empty()
    }

    /// Whether something was said in this turn.
    pub(super) fn is_fresh(&self) -> bool {
        self.last_id > self.marks.back().map_or(self.out_id, |mark| mark.last_id) || self.fresh_bytes() > 0
    }

    /// How much the longest of them holds of this turn.
    pub(super) fn fresh_bytes(&self) -> usize {
        let ends = self.marks.back().map_or([0; DIALECTS], |mark| mark.ends);
        self.bytes.iter().zip(ends).map(|(tape, end)| tape.len() - end).max().unwrap_or_default()
    }

    /// The id of the last news that was let out: whoever comes now may hear as far.
    pub(super) fn out_id(&self) -> u64 {
        self.out_id
    }

    /// Says `event` on all tapes that somebody reads.
    pub(super) fn say(&mut self, event: &Event) {
        if let Event::New(entry) = event {
            self.last_id = entry.id;
        }
        for dialect in Dialect::ALL {
            if self.speakers[dialect.index()] > 0 {
                dialect.encode(event, &mut self.bytes[dialect.index()]);
            }
        }
    }

    /// Ends the turn of this number, if something was said in it.
    pub(super) fn end_turn(&mut self, turn: u64) {
        if self.is_fresh() {
            let ends = self.bytes.each_ref().map(BytesMut::len);
            self.marks.push_back(Mark { turn, ends, last_id: self.last_id });
        }
    }

    /// Whether something was said until the end of the turn of this number.
    pub(super) fn may_let_out(&self, turn: u64) -> bool {
        self.marks.front().is_some_and(|mark| mark.turn <= turn)
    }

    /// Takes what was said until the end of the turn of this number: so many bytes of one dialect at most, unless it is all
    /// of one turn. What is taken is a charge on `held`.
    pub(super) fn let_out(&mut self, turn: u64, most: usize, held: &Total) -> Turn {
        let mut out = None;
        while let Some(mark) = self.marks.front()
            && mark.turn <= turn
            && (out.is_none() || mark.ends.iter().all(|end| *end <= most))
        {
            out = self.marks.pop_front();
        }
        let Some(Mark { ends, last_id, .. }) = out else { return Turn::default() };
        self.out_id = last_id;
        for mark in &mut self.marks {
            for (end, out) in mark.ends.iter_mut().zip(ends) {
                *end -= out;
            }
        }
        let begins = self.begins;
        let mut segments: [Option<Rc<Segment>>; DIALECTS] = Default::default();
        for (n, end) in ends.into_iter().enumerate().filter(|(_, end)| *end > 0) {
            let tape = &mut self.bytes[n];
            segments[n] = Some(Segment::new(&tape[..end], held));
            tape.advance(end);
            if tape.is_empty() && tape.capacity() > TAPE_BYTES_PER_TURN {
                // That was much, and may have been the last for long.
                *tape = BytesMut::new();
            }
            self.begins[n] += end as u64;
        }
        Turn { segments, begins }
    }
}

impl Turn {
    /// Whether nothing was said.
    pub(super) fn is_empty(&self) -> bool {
        self.segments.iter().all(Option::is_none)
    }

    /// How much the longest of them holds.
    pub(super) fn bytes(&self) -> usize {
        self.segments.iter().flatten().map(|segment| segment.len()).max().unwrap_or_default()
    }

    /// What it holds of a dialect's tape.
    pub(super) fn tape(&self, dialect: Dialect) -> &[u8] {
        self.segments[dialect.index()].as_deref().map_or(&[], |segment| segment)
    }

    /// A part of that, to be kept. None: it is empty.
    pub(super) fn slice(&self, dialect: Dialect, part: Range<usize>) -> Option<Slice> {
        let segment = self.segments[dialect.index()].as_ref()?;
        (!part.is_empty()).then(|| segment.slice(part))
    }

    /// The place at which that ends.
    pub(super) fn end(&self, dialect: Dialect) -> u64 {
        self.begins[dialect.index()] + self.tape(dialect).len() as u64
    }

    /// What it holds between these places.
    pub(super) fn part(&self, dialect: Dialect, places: &Range<u64>) -> Range<usize> {
        let (tape, begin) = (self.tape(dialect), self.begins[dialect.index()]);
        let at =
            |place: u64| usize::try_from(place.saturating_sub(begin)).unwrap_or(usize::MAX).min(tape.len());
        at(places.start)..at(places.end)
    }
}
