//! The batch that is under way: when it is sent, sent again, and given up.

use std::time::{Duration, Instant, SystemTime};

use crate::base::limits::{
    ENGINE_ACK_TIMEOUT, ENGINE_ECHO_TIMEOUT, ENGINE_GIVE_UP_AFTER, ENGINE_REFUSED_RETRY, ENGINE_RESEND_DELAY,
};
use crate::cluster::log::Published;

/// A batch that is published and not yet heard.
#[derive(Debug)]
pub(super) struct UnderWay {
    pub(super) batch: Published,
    /// When it was handed over, by both clocks. The monotonic clock stands still while the machine sleeps, the other one can
    /// be set, so each alone could take a minute for a second.
    since: (Instant, SystemTime),
    /// Since when it could have been heard on this connection.
    awaited_since: Option<Instant>,
    stage: Stage,
    /// How often it was sent.
    pub(super) sent: u32,
}

#[derive(Debug)]
enum Stage {
    /// It waits until it is sent.
    Due(Instant),
    /// It was sent with this number, and nobody has answered.
    Sent { token: u64, at: Instant },
    /// The engine has it.
    Acknowledged,
}

/// What is to be done with the batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing before this time.
    Wait(Instant),
    /// Send it.
    Send,
    /// Nothing any more: nobody knows whether it is in the log, and the engine may soon forget its id.
    GiveUp,
    /// It was not heard on this connection for so long that another one is worth a try.
    Reconnect,
}

impl UnderWay {
    pub(super) fn new(batch: Published, now: (Instant, SystemTime)) -> UnderWay {
        UnderWay { batch, since: now, awaited_since: None, stage: Stage::Due(now.0), sent: 0 }
    }

    /// A connection begins: it is sent on it, whatever was answered on another.
    pub(super) fn on_connected(&mut self, now: Instant) {
        self.stage = Stage::Due(now);
        self.awaited_since = None;
    }

    /// It was sent with this number.
    pub(super) fn on_sent(&mut self, token: u64, now: Instant) {
        self.stage = Stage::Sent { token, at: now };
        self.awaited_since.get_or_insert(now);
        self.sent = self.sent.saturating_add(1);
    }

    /// How long ago it was handed over.
    pub(super) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since.0)
    }

    /// Whether an answer with this number belongs to its last sending.
    pub(super) fn is_sent_as(&self, token: u64) -> bool {
        matches!(self.stage, Stage::Sent { token: sent, .. } if sent == token)
    }

    pub(super) fn on_acknowledged(&mut self) {
        self.stage = Stage::Acknowledged;
    }

    /// Nobody has taken it.
    pub(super) fn on_no_responders(&mut self, now: Instant) {
        self.stage = Stage::Due(now + ENGINE_RESEND_DELAY);
    }

    /// The engine has refused it.
    pub(super) fn on_refused(&mut self, now: Instant) {
        self.stage = Stage::Due(now + ENGINE_REFUSED_RETRY);
    }

    /// Nothing was read for a while, so it could not be heard: the wait for it begins anew.
    pub(super) fn on_resumed(&mut self, now: Instant) {
        self.awaited_since = self.awaited_since.map(|_| now);
    }

    pub(super) fn step(&self, now: (Instant, SystemTime)) -> Step {
        let (monotonic, wall) = now;
        let give_up_at = self.since.0 + ENGINE_GIVE_UP_AFTER;
        let by_wall = wall.duration_since(self.since.1).unwrap_or(Duration::ZERO);
        if monotonic >= give_up_at || by_wall >= ENGINE_GIVE_UP_AFTER {
            return Step::GiveUp;
        }
        let reconnect_at = self.awaited_since.map(|since| since + ENGINE_ECHO_TIMEOUT);
        if reconnect_at.is_some_and(|at| monotonic >= at) {
            return Step::Reconnect;
        }
        let next = match self.stage {
            Stage::Due(at) if at <= monotonic => return Step::Send,
            Stage::Due(at) => at,
            Stage::Sent { at, .. } if at + ENGINE_ACK_TIMEOUT <= monotonic => return Step::Send,
            Stage::Sent { at, .. } => at + ENGINE_ACK_TIMEOUT,
            Stage::Acknowledged => give_up_at,
        };
        Step::Wait(reconnect_at.map_or(next, |at| at.min(next)).min(give_up_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Published {
        Published { epoch: 3, number: 8, bytes: b"hello".to_vec() }
    }

    fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn it_is_sent_until_it_is_acknowledged() {
        let (begin, wall) = (Instant::now(), SystemTime::UNIX_EPOCH);
        let at = |after: Duration| (begin + after, wall + after);
        let mut batch = UnderWay::new(batch(), at(millis(0)));
        assert_eq!(batch.step(at(millis(0))), Step::Send);
        batch.on_sent(1, begin);
        assert_eq!(batch.step(at(millis(10))), Step::Wait(begin + ENGINE_ACK_TIMEOUT));
        assert_eq!(batch.step(at(ENGINE_ACK_TIMEOUT)), Step::Send);
        batch.on_sent(2, begin + ENGINE_ACK_TIMEOUT);
        assert!(!batch.is_sent_as(1), "an answer to an earlier sending says nothing of this one");
        assert!(batch.is_sent_as(2));
        let refused = ENGINE_ACK_TIMEOUT + millis(5);
        batch.on_no_responders(begin + refused);
        assert_eq!(batch.step(at(refused)), Step::Wait(begin + refused + ENGINE_RESEND_DELAY));
        assert_eq!(batch.step(at(refused + ENGINE_RESEND_DELAY)), Step::Send);
        batch.on_acknowledged();
        assert_eq!(batch.step(at(millis(2_000))), Step::Wait(begin + ENGINE_ECHO_TIMEOUT));
        assert_eq!(batch.step(at(ENGINE_ECHO_TIMEOUT)), Step::Reconnect);
        batch.on_connected(begin + ENGINE_ECHO_TIMEOUT);
        assert_eq!(
            batch.step(at(ENGINE_ECHO_TIMEOUT)),
            Step::Send,
            "on another connection, acknowledged or not"
        );
        batch.on_sent(3, begin + ENGINE_ECHO_TIMEOUT);
        assert_ne!(batch.step(at(ENGINE_ECHO_TIMEOUT)), Step::Reconnect);
        batch.on_resumed(begin + 2 * ENGINE_ECHO_TIMEOUT);
        assert_ne!(batch.step(at(2 * ENGINE_ECHO_TIMEOUT)), Step::Reconnect);
    }

    #[test]
    fn it_is_given_up_by_whichever_clock_is_ahead() {
        let (begin, wall) = (Instant::now(), SystemTime::UNIX_EPOCH);
        let batch = UnderWay::new(batch(), (begin, wall));
        assert_eq!(batch.step((begin + ENGINE_GIVE_UP_AFTER, wall)), Step::GiveUp);
        // The machine slept.
        assert_eq!(batch.step((begin, wall + ENGINE_GIVE_UP_AFTER)), Step::GiveUp);
        // The clock was set back.
        assert_eq!(batch.step((begin, wall - millis(100))), Step::Send);
    }
}
