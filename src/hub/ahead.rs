//! How far somebody is ahead of those who hear him: what he said and was not let out yet. Who is far ahead is not listened
//! to, so that however much he sends, no more of it than a turn takes is before what others say, in the journal and on the
//! tapes.

use crate::base::limits::{AHEAD_BYTES, AHEAD_MESSAGE_BYTES};
use crate::journal::ThreadId;
use crate::proto::RoomId;

/// What somebody said: all of it, and as much of it as was known to be let out, or about to be.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    last: Option<Said>,
    out: Option<Said>,
}

/// A message, and what was said until its end, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub(super) room: RoomId,
    pub(super) thread: ThreadId,
    pub(super) id: u64,
    pub(super) bytes: usize,
}

impl Ahead {
    /// He said this, whose `bytes` are its own.
    pub(super) fn say(&mut self, mut said: Said, is_out: impl Fn(&Said) -> bool) {
        if self.out.as_ref().is_none_or(is_out) {
            self.out = self.last;
        }
        // It goes round in years.
        said.bytes = self.bytes().wrapping_add(said.bytes + AHEAD_MESSAGE_BYTES);
        self.last = Some(said);
    }

    /// Whether he is too far ahead.
    pub(super) fn is_far(&self, is_out: impl Fn(&Said) -> bool) -> bool {
        let out = self.out.map_or(0, |out| out.bytes);
        self.bytes().wrapping_sub(out) >= AHEAD_BYTES && !self.last.as_ref().is_none_or(is_out)
    }

    fn bytes(&self) -> usize {
        self.last.map_or(0, |last| last.bytes)
    }
}
