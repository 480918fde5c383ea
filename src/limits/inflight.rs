//! Flow control for one sender: a window over its messages that are not released yet. A sender whose window is
//! exhausted is not read. So however much it sends, at most a turn's worth of it stands in front of others' messages.

use crate::base::limits::{INFLIGHT_BYTES, INFLIGHT_MESSAGE_BYTES};
use crate::proto::RoomId;

/// What a sender proposed, how much of it is ordered, and how much is known to be released, or about to be.
#[derive(Debug, Default)]
pub struct InflightWindow {
    /// All that it proposed, in bytes. Wraps around after years.
    proposed: usize,
    /// Its last ordered message.
    last: Option<InflightMessage>,
    released: Option<InflightMessage>,
}

/// An ordered message, and the total of bytes up to its end.
#[derive(Clone, Copy, Debug)]
pub struct InflightMessage {
    /// Its room.
    pub room: RoomId,
    /// Its id in the room.
    pub id: u64,
    /// Its length; in the window, the total of all messages up to its end.
    pub bytes: usize,
}

impl InflightWindow {
    /// Proposes a message with this many bytes of text.
    pub fn propose(&mut self, bytes: usize) {
        self.proposed = self.proposed.wrapping_add(cost(bytes));
    }

    /// A proposed message was dropped.
    pub fn withdraw(&mut self, bytes: usize) {
        self.proposed = self.proposed.wrapping_sub(cost(bytes));
    }

    /// A proposed message was ordered. `message.bytes` is its own length.
    pub fn ordered(&mut self, mut message: InflightMessage, is_released: impl Fn(&InflightMessage) -> bool) {
        if self.released.as_ref().is_none_or(is_released) {
            self.released = self.last;
        }
        message.bytes = until(self.last.as_ref()).wrapping_add(cost(message.bytes));
        self.last = Some(message);
    }

    /// Whether too much is unreleased.
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

/// The total of bytes up to the end of a message.
fn until(message: Option<&InflightMessage>) -> usize {
    message.map_or(0, |message| message.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: u64) -> InflightMessage {
        InflightMessage { room: RoomId::first(0), id, bytes: INFLIGHT_BYTES / 2 }
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
