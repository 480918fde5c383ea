//! Flow control for one sender: the window of what it said that is not released yet. A sender whose window is exhausted is not
//! read, so that however much it sends, at most a turn's worth of it stands before what others say.

use crate::base::limits::{AHEAD_BYTES, AHEAD_MESSAGE_BYTES};
use crate::journal::ThreadId;
use crate::proto::RoomId;

/// What a sender said: all of it, and as much of it as is known to be released, or about to be.
#[derive(Debug, Default)]
pub struct InflightWindow {
    last: Option<InflightMessage>,
    released: Option<InflightMessage>,
}

/// A message, and what was said until its end, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct InflightMessage {
    /// Where it was said.
    pub room: RoomId,
    /// In which thread of that room.
    pub thread: ThreadId,
    /// Its id there.
    pub id: u64,
    /// Of the message; in the window, of all that was said until its end.
    pub bytes: usize,
}

impl InflightWindow {
    /// It said this, whose `bytes` are its own.
    pub fn add(&mut self, mut message: InflightMessage, is_released: impl Fn(&InflightMessage) -> bool) {
        if self.released.as_ref().is_none_or(is_released) {
            self.released = self.last;
        }
        // It goes round in years.
        message.bytes = self.bytes().wrapping_add(message.bytes + AHEAD_MESSAGE_BYTES);
        self.last = Some(message);
    }

    /// Whether it is too far ahead.
    pub fn is_exhausted(&self, is_released: impl Fn(&InflightMessage) -> bool) -> bool {
        let released = self.released.map_or(0, |released| released.bytes);
        self.bytes().wrapping_sub(released) >= AHEAD_BYTES && !self.last.as_ref().is_none_or(is_released)
    }

    fn bytes(&self) -> usize {
        self.last.map_or(0, |last| last.bytes)
    }
}
