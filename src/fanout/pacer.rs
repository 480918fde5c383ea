//! How fast a client is written to whose programs take each read for a message: one message at a time, and the next only
//! when the one before was read.
//!
//! What was read the sink tells, as far as that can be known. Nobody else waits for it.

use std::time::{Duration, Instant};

use crate::base::limits::{CHATY_MESSAGE_GAP, CHATY_POLL_INTERVAL_MAX};
use crate::fanout::sink::PeerReadState;

/// The first question comes this soon.
const ASK_FIRST: Duration = Duration::from_millis(1);

/// How far one such client has come.
#[derive(Debug)]
pub(super) struct Pacer {
    /// What stands behind each message, and is not sent.
    pub(super) border: u8,
    /// Bytes that its socket took, ever.
    pub(super) written: u64,
    /// When the last message was sent, if it is not known to have been read.
    sent: Option<Instant>,
    /// When it was first known that the peer's machine has it.
    arrived: Option<Instant>,
    /// When to ask again whether the last message was read.
    next: Option<Instant>,
}

impl Pacer {
    pub(super) fn new(border: u8) -> Pacer {
        Pacer { border, written: 0, sent: None, arrived: None, next: None }
    }

    /// A message was sent.
    pub(super) fn sent(&mut self, now: Instant) {
        (self.sent, self.arrived) = (Some(now), None);
        self.next = Some(now + ASK_FIRST);
    }

    /// When to ask again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Since when the last message may be unread.
    pub(super) fn unread_since(&self) -> Option<Instant> {
        self.sent
    }

    /// Whether the last message may still be unread.
    pub(super) fn waits(&self) -> bool {
        self.sent.is_some()
    }

    /// Takes what is known of the last message. It waits no longer if that has been read.
    pub(super) fn on_read_state(&mut self, reading: PeerReadState, now: Instant) {
        let Some(sent) = self.sent else { return };
        // The longer it takes, the less often one asks.
        let again = now + (now.saturating_duration_since(sent) / 4).clamp(ASK_FIRST, CHATY_POLL_INTERVAL_MAX);
        let free = match reading {
            PeerReadState::Read(true) => now,
            PeerReadState::Read(false) | PeerReadState::Acknowledged(false) => again,
            // Nobody tells whether its program has read it: a moment has to do.
            PeerReadState::Acknowledged(true) => *self.arrived.get_or_insert(now) + CHATY_MESSAGE_GAP,
            PeerReadState::Unknown => sent + CHATY_MESSAGE_GAP,
        };
        self.next = Some(free).filter(|free| *free > now);
        self.sent = self.sent.filter(|_| self.next.is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When to ask again, after this was known at that time.
    fn next(pacer: &mut Pacer, reading: PeerReadState, now: Instant) -> Option<Instant> {
        pacer.on_read_state(reading, now);
        assert_eq!(pacer.waits(), pacer.next().is_some());
        pacer.next()
    }

    #[test]
    fn the_next_message_waits_for_the_one_before() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut pacer = Pacer::new(0);
        assert_eq!(next(&mut pacer, PeerReadState::Read(false), start), None, "nothing was sent");
        pacer.sent(start);
        assert_eq!(next(&mut pacer, PeerReadState::Read(false), at(0)), Some(at(1)));
        assert_eq!(next(&mut pacer, PeerReadState::Read(false), at(40)), Some(at(50)));
        assert_eq!(
            next(&mut pacer, PeerReadState::Read(false), at(100_000)),
            Some(at(100_000) + CHATY_POLL_INTERVAL_MAX)
        );
        assert_eq!(next(&mut pacer, PeerReadState::Read(true), at(100_001)), None);
    }

    #[test]
    fn where_reading_cannot_be_known_a_moment_has_to_do() {
        let start = Instant::now();
        let later = start + Duration::from_millis(300);
        let mut pacer = Pacer::new(0);
        pacer.sent(start);
        assert!(next(&mut pacer, PeerReadState::Acknowledged(false), later).is_some());
        assert_eq!(
            next(&mut pacer, PeerReadState::Acknowledged(true), later),
            Some(later + CHATY_MESSAGE_GAP)
        );
        assert_eq!(next(&mut pacer, PeerReadState::Acknowledged(true), later + CHATY_MESSAGE_GAP), None);
        pacer.sent(start);
        assert_eq!(next(&mut pacer, PeerReadState::Unknown, start), Some(start + CHATY_MESSAGE_GAP));
        assert_eq!(next(&mut pacer, PeerReadState::Unknown, start + CHATY_MESSAGE_GAP), None);
    }
}
