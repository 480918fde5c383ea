//! Flow control for one sender: the window of what it said that is not released yet. A sender whose window is exhausted is not
//! read, so that however much it sends, at most a turn's worth of it stands before what others say.

use crate::base::limits::{INFLIGHT_BYTES, INFLIGHT_MESSAGE_BYTES};
use crate::journal::StreamId;
use crate::proto::RoomId;

/// What a sender proposed, how much of that is in order, and how much is known to be released, or about to be.
#[derive(Debug, Default)]
pub struct InflightWindow {
    /// All that it proposed, in bytes. It goes round in years.
    proposed: usize,
    /// The last message that is in order.
    last: Option<InflightMessage>,
    released: Option<InflightMessage>,
}

/// A message that is in order, and what was said until its end, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct InflightMessage {
    /// Where it was said.
    pub room: RoomId,
    /// In which stream of that room.
    pub stream: StreamId,
    /// Its id there.
    pub id: u64,
    /// Of the message; in the window, of all that was said until its end.
    pub bytes: usize,
}

impl InflightWindow {
    /// It proposes a message with so many bytes of text.
    pub fn propose(&mut self, bytes: usize) {
        self.proposed = self.proposed.wrapping_add(cost(bytes));
    }

    /// A message that it proposed is not said.
    pub fn withdraw(&mut self, bytes: usize) {
        self.proposed = self.proposed.wrapping_sub(cost(bytes));
    }

    /// What it proposed is in order: this, whose `bytes` are its own.
    pub fn ordered(&mut self, mut message: InflightMessage, is_released: impl Fn(&InflightMessage) -> bool) {
        if self.released.as_ref().is_none_or(is_released) {
            self.released = self.last;
        }
        message.bytes = until(self.last.as_ref()).wrapping_add(cost(message.bytes));
        self.last = Some(message);
    }

    /// Whether it is too far ahead.
    pub fn is_exhausted(&self, is_released: impl Fn(&InflightMessage) -> bool) -> bool {
        let is_far = |released| self.proposed.wrapping_sub(until(released)) >= INFLIGHT_BYTES;
        let last = || self.last.as_ref().filter(|last| is_released(last));
        is_far(self.released.as_ref()) && last().is_none_or(|last| is_far(Some(last)))
    }
}

/// What a message counts for.
fn cost(bytes: usize) -> usize {
    bytes + INFLIGHT_MESSAGE_BYTES
}

/// What was said until the end of a message.
fn until(message: Option<&InflightMessage>) -> usize {
    message.map_or(0, |message| message.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: u64) -> InflightMessage {
        InflightMessage { room: RoomId(0), stream: StreamId(1), id, bytes: INFLIGHT_BYTES / 2 }
    }

    #[test]
    fn a_window_is_exhausted_by_what_is_proposed_and_opens_with_what_is_released() {
        let upto = |id| move |message: &InflightMessage| message.id <= id;
        let mut window = InflightWindow::default();
        window.propose(INFLIGHT_BYTES / 2);
        assert!(!window.is_exhausted(upto(0)));
        window.propose(INFLIGHT_BYTES / 2);
        assert!(window.is_exhausted(upto(0)), "nothing of it is in order");
        window.withdraw(INFLIGHT_BYTES / 2);
        assert!(!window.is_exhausted(upto(0)), "that is not said");
        window.propose(INFLIGHT_BYTES / 2);
        window.ordered(message(1), upto(0));
        assert!(window.is_exhausted(upto(0)), "nobody hears it yet");
        assert!(!window.is_exhausted(upto(1)), "only the second is on its way");
        window.ordered(message(2), upto(0));
        assert!(!window.is_exhausted(upto(0)), "the first is about to be released");
        window.propose(INFLIGHT_BYTES);
        assert!(window.is_exhausted(upto(2)), "what follows is not in order");
    }
}
