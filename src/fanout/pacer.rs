//! Pacing for clients that take each read for a message: one message at a time, and the next only when the one before
//! was read.
//!
//! The sink reports what was read, as far as the system knows. Other clients do not wait for this.

use std::time::{Duration, Instant};

use crate::base::limits::{CHATY_MESSAGE_GAP, CHATY_POLL_INTERVAL_MAX};
use crate::fanout::sink::PeerReadState;

/// The delay before the first check.
const POLL_INTERVAL_MIN: Duration = Duration::from_millis(1);

/// The state of one such client.
#[derive(Debug)]
pub(super) struct Pacer {
    /// The byte that ends each message in the queue. It is not sent.
    pub(super) delimiter: u8,
    /// Bytes that its socket accepted, in all.
    pub(super) written: u64,
    /// When the last message was sent; `None`: it was read.
    sent: Option<Instant>,
    /// When the peer's machine was first known to have it.
    arrived: Option<Instant>,
    /// When to check again whether it was read.
    next: Option<Instant>,
}

impl Pacer {
    pub(super) fn new(delimiter: u8) -> Pacer {
        Pacer { delimiter, written: 0, sent: None, arrived: None, next: None }
    }

    /// A message was sent.
    pub(super) fn sent(&mut self, now: Instant) {
        (self.sent, self.arrived) = (Some(now), None);
        self.next = Some(now + POLL_INTERVAL_MIN);
    }

    /// When to check again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Since when the last message may be unread.
    pub(super) fn unread_since(&self) -> Option<Instant> {
        self.sent
    }

    /// Whether the last message may be unread.
    pub(super) fn has_unread(&self) -> bool {
        self.sent.is_some()
    }

    /// Takes the state of the last message. Pacing ends when it was read.
    pub(super) fn on_read_state(&mut self, reading: PeerReadState, now: Instant) {
        let Some(sent) = self.sent else { return };
        // The longer it takes, the rarer the checks.
        let again =
            now + (now.saturating_duration_since(sent) / 4).clamp(POLL_INTERVAL_MIN, CHATY_POLL_INTERVAL_MAX);
        let free = match reading {
            PeerReadState::AllRead(true) => now,
            PeerReadState::AllRead(false) | PeerReadState::AllAcknowledged(false) => again,
            // Whether its program has read it is unknown: wait a moment.
            PeerReadState::AllAcknowledged(true) => *self.arrived.get_or_insert(now) + CHATY_MESSAGE_GAP,
            PeerReadState::Unknown => sent + CHATY_MESSAGE_GAP,
        };
        self.next = Some(free).filter(|free| *free > now);
        self.sent = self.sent.filter(|_| self.next.is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When to check again after this state at this time.
    fn next(pacer: &mut Pacer, reading: PeerReadState, now: Instant) -> Option<Instant> {
        pacer.on_read_state(reading, now);
        assert_eq!(pacer.has_unread(), pacer.next().is_some());
        pacer.next()
    }

    #[test]
    fn the_next_message_waits_for_the_one_before() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut pacer = Pacer::new(0);
        assert_eq!(next(&mut pacer, PeerReadState::AllRead(false), start), None, "nothing was sent");
        pacer.sent(start);
        assert_eq!(next(&mut pacer, PeerReadState::AllRead(false), at(0)), Some(at(1)));
        assert_eq!(next(&mut pacer, PeerReadState::AllRead(false), at(40)), Some(at(50)));
        assert_eq!(
            next(&mut pacer, PeerReadState::AllRead(false), at(100_000)),
            Some(at(100_000) + CHATY_POLL_INTERVAL_MAX)
        );
        assert_eq!(next(&mut pacer, PeerReadState::AllRead(true), at(100_001)), None);
    }

    #[test]
    fn where_reading_cannot_be_known_a_moment_has_to_do() {
        let start = Instant::now();
        let later = start + Duration::from_millis(300);
        let mut pacer = Pacer::new(0);
        pacer.sent(start);
        assert!(next(&mut pacer, PeerReadState::AllAcknowledged(false), later).is_some());
        assert_eq!(
            next(&mut pacer, PeerReadState::AllAcknowledged(true), later),
            Some(later + CHATY_MESSAGE_GAP)
        );
        assert_eq!(next(&mut pacer, PeerReadState::AllAcknowledged(true), later + CHATY_MESSAGE_GAP), None);
        pacer.sent(start);
        assert_eq!(next(&mut pacer, PeerReadState::Unknown, start), Some(start + CHATY_MESSAGE_GAP));
        assert_eq!(next(&mut pacer, PeerReadState::Unknown, start + CHATY_MESSAGE_GAP), None);
    }
}
