//! Flow control for one sender: a window over its messages that are not released yet. A sender whose window is
//! exhausted is not read. So however much it sends, at most a turn's worth of it stands in front of others' messages.

use crate::base::limits::{INFLIGHT_BYTES, INFLIGHT_MESSAGE_BYTES};
use crate::proto::RoomId;

/// What a sender proposed, how much of it is ordered, and how much is known to be released, or about to be.
#[derive(Debug, Default)]
pub struct InflightWindow {
    /// All that it proposed, in bytes. Wraps around after years.
    proposed: usize,
    /// `None`: nothing of it was ordered. Most members of a large room only listen.
    ordered: Option<Box<Ordered>>,
}

/// Ordered messages of a sender.
#[derive(Debug)]
struct Ordered {
    last: InflightMessage,
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
        message.bytes = cost(message.bytes);
        let Some(ordered) = &mut self.ordered else {
            self.ordered = Some(Box::new(Ordered { last: message, released: None }));
            return;
        };
        message.bytes = message.bytes.wrapping_add(ordered.last.bytes);
        if ordered.released.as_ref().is_none_or(is_released) {
            ordered.released = Some(ordered.last);
        }
        ordered.last = message;
    }

    /// Whether too much is unreleased.
    pub fn is_exhausted(&self, is_released: impl Fn(&InflightMessage) -> bool) -> bool {
        let is_far = |released| self.proposed.wrapping_sub(released) >= INFLIGHT_BYTES;
        let Some(ordered) = &self.ordered else { return is_far(0) };
        let released = ordered.released.map_or(0, |message| message.bytes);
        is_far(released) && (!is_released(&ordered.last) || is_far(ordered.last.bytes))
    }
}

/// What a message counts for.
fn cost(bytes: usize) -> usize {
    bytes + INFLIGHT_MESSAGE_BYTES
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
