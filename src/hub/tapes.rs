//! What a room said in this turn of the loop, once for each dialect that is spoken in it.
//!
//! Saying something to a room costs one encoding a dialect, whatever the number of members: a member keeps only how far
//! it has come. The bytes live until the last who owes them to somebody lets go.

use bytes::{Bytes, BytesMut};

use crate::proto::Event;
use crate::wire::Dialect;

const DIALECTS: usize = Dialect::ALL.len();

/// A tape for each dialect, growing during a turn.
#[derive(Debug, Default)]
pub(super) struct Tapes {
    tapes: [BytesMut; DIALECTS],
    /// How many in the room speak each dialect. For none, nothing is encoded.
    speakers: [usize; DIALECTS],
}

/// The tapes of a finished turn.
#[derive(Debug, Default)]
pub(super) struct Turn([Bytes; DIALECTS]);

impl Tapes {
    /// One more, or one less, reads this dialect's tape.
    pub(super) fn enter(&mut self, dialect: Dialect) {
        self.speakers[dialect.index()] += 1;
    }

    pub(super) fn leave(&mut self, dialect: Dialect) {
        self.speakers[dialect.index()] -= 1;
    }

    /// How much this dialect's tape holds.
    pub(super) fn len(&self, dialect: Dialect) -> usize {
        self.tapes[dialect.index()].len()
    }

    /// Whether nothing was said in this turn.
    pub(super) fn is_empty(&self) -> bool {
        self.tapes.iter().all(BytesMut::is_empty)
    }

    /// How much the longest of them holds.
    pub(super) fn longest(&self) -> usize {
        self.tapes.iter().map(BytesMut::len).max().unwrap_or_default()
    }

    /// Says `event` on all tapes that somebody reads.
    pub(super) fn say(&mut self, event: &Event) {
        for dialect in Dialect::ALL {
            if self.speakers[dialect.index()] > 0 {
                dialect.encode(event, &mut self.tapes[dialect.index()]);
            }
        }
    }

    /// Ends the turn: takes what was said, and begins anew.
    pub(super) fn finish(&mut self) -> Turn {
        Turn(self.tapes.each_mut().map(|tape| tape.split().freeze()))
    }
}

impl Turn {
    /// Whether nothing was said.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(Bytes::is_empty)
    }

    pub(super) fn tape(&self, dialect: Dialect) -> &Bytes {
        &self.0[dialect.index()]
    }
}
