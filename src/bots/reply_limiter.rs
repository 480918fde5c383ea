//! Rate limits of the bots' answers: a token bucket for each person and one for the room, and limits of greetings.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The size of a bucket in answers, and the time for one more token.
const BUCKET_ANSWERS: u32 = 8;
const REFILL_INTERVAL: Duration = Duration::from_secs(4);

/// The number of people with a bucket: those that spoke last.
const SPEAKERS: usize = 32;

/// The room is busy, and bots answer only if addressed, at this many messages by people within this time.
const BUSY_MESSAGES: usize = 6;
const BUSY_WINDOW: Duration = Duration::from_secs(3);

/// A person that rejoins within this time is not greeted again. The number of people that are remembered for that.
const REGREET_AFTER: Duration = Duration::from_secs(600);
const GREETED: usize = 32;

/// At most one greeting in this time.
const GREETING_INTERVAL: Duration = Duration::from_secs(5);

/// The number of the host's lines in a row that bots answer, if no person speaks in between.
const HOST_LINES: u32 = 2;

/// How long bots stay silent after a person asked for it.
pub(super) const HUSH: Duration = Duration::from_secs(300);

/// Whether an answer is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Allow,
    /// No, and a bot tells the person so: its bucket has just become empty.
    Warn,
    Refuse,
}

/// The rate limits of a room.
#[derive(Debug, Default)]
pub(super) struct ReplyLimiter {
    /// For messages that address no bot.
    room: TokenBucket,
    /// By person. The last to speak is last.
    speakers: VecDeque<(String, TokenBucket)>,
    /// When people spoke.
    recent: VecDeque<Instant>,
    /// Who was greeted, and when.
    greeted: VecDeque<(String, Instant)>,
    host_lines: u32,
    hushed_until: Option<Instant>,
}

#[derive(Debug)]
struct TokenBucket {
    tokens: u32,
    /// When the last token was added. `None`: the bucket is full.
    refilled_at: Option<Instant>,
    /// The person was told that the bucket is empty.
    warned: bool,
}

impl ReplyLimiter {
    /// Counts a person's message. Returns whether the room is busy.
    pub(super) fn on_message(&mut self, now: Instant) -> bool {
        self.host_lines = 0;
        if self.recent.len() == BUSY_MESSAGES {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        self.recent.len() == BUSY_MESSAGES
            && self.recent.front().is_some_and(|first| now.saturating_duration_since(*first) < BUSY_WINDOW)
    }

    /// Counts a line of the host. Returns whether bots may answer it.
    pub(super) fn on_host_line(&mut self) -> bool {
        self.host_lines += 1;
        self.host_lines <= HOST_LINES
    }

    /// Whether a person that joined may be greeted. If so, the greeting counts.
    pub(super) fn may_greet(&mut self, name: &str, now: Instant) -> bool {
        let is_within = |at: &Instant, time| now.saturating_duration_since(*at) < time;
        self.greeted.retain(|(_, at)| is_within(at, REGREET_AFTER));
        let is_crowd = self.greeted.back().is_some_and(|(_, at)| is_within(at, GREETING_INTERVAL));
        if is_crowd || self.greeted.iter().any(|(greeted, _)| greeted == name) {
            return false;
        }
        if self.greeted.len() == GREETED {
            self.greeted.pop_front();
        }
        self.greeted.push_back((name.to_owned(), now));
        true
    }

    /// Silences the bots for this time, or for longer if they are silenced already.
    pub(super) fn hush(&mut self, time: Duration, now: Instant) {
        self.hushed_until = self.hushed_until.max(Some(now + time));
    }

    /// Until when the bots are, or were, silenced.
    pub(super) fn quiet_until(&self) -> Option<Instant> {
        self.hushed_until
    }

    /// Whether the bots are silenced.
    pub(super) fn is_hushed(&self, now: Instant) -> bool {
        self.hushed_until.is_some_and(|until| now < until)
    }

    /// Takes a token for an answer to a person that addressed a bot.
    pub(super) fn take_addressed(&mut self, name: &str, now: Instant) -> Decision {
        self.speaker(name).take(now)
    }

    /// Takes a token for an answer to a message to everybody, by a person or by the host (`None`).
    pub(super) fn take(&mut self, name: Option<&str>, now: Instant) -> Decision {
        match self.room.take(now) {
            Decision::Allow => name.map_or(Decision::Allow, |name| self.take_addressed(name, now)),
            // Others may have emptied the room's bucket, so the person is not told.
            Decision::Warn | Decision::Refuse => Decision::Refuse,
        }
    }

    /// A person has another name from now on.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let speakers = self.speakers.iter_mut().map(|(name, _)| name);
        for name in speakers.chain(self.greeted.iter_mut().map(|(name, _)| name)).filter(|name| *name == from)
        {
            to.clone_into(name);
        }
    }

    fn speaker(&mut self, name: &str) -> &mut TokenBucket {
        let known = self.speakers.iter().position(|(speaker, _)| speaker == name);
        let entry = known
            .and_then(|at| self.speakers.remove(at))
            .unwrap_or_else(|| (name.to_owned(), TokenBucket::default()));
        if self.speakers.len() == SPEAKERS {
            self.speakers.pop_front();
        }
        self.speakers.push_back(entry);
        let last = self.speakers.len() - 1;
        &mut self.speakers[last].1
    }
}

impl Default for TokenBucket {
    fn default() -> TokenBucket {
        TokenBucket { tokens: BUCKET_ANSWERS, refilled_at: None, warned: false }
    }
}

impl TokenBucket {
    fn take(&mut self, now: Instant) -> Decision {
        self.refill(now);
        if self.tokens > 0 {
            self.tokens -= 1;
            self.refilled_at.get_or_insert(now);
            return Decision::Allow;
        }
        if std::mem::replace(&mut self.warned, true) { Decision::Refuse } else { Decision::Warn }
    }

    fn refill(&mut self, now: Instant) {
        while let Some(since) =
            self.refilled_at.filter(|since| now.saturating_duration_since(*since) >= REFILL_INTERVAL)
        {
            self.tokens += 1;
            self.refilled_at = (self.tokens < BUCKET_ANSWERS).then(|| since + REFILL_INTERVAL);
            // Half full again: the next time, the person is told again.
            self.warned &= self.tokens < BUCKET_ANSWERS / 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_refill_and_belong_to_one_person() {
        let start = Instant::now();
        let mut limiter = ReplyLimiter::default();
        for _ in 0..BUCKET_ANSWERS {
            assert_eq!(limiter.take_addressed("Eve", start), Decision::Allow);
        }
        assert_eq!(limiter.take_addressed("Eve", start), Decision::Warn);
        assert_eq!(limiter.take_addressed("Eve", start), Decision::Refuse, "that is said once");
        assert_eq!(limiter.take_addressed("Ann", start), Decision::Allow, "what Eve did costs Ann nothing");
        assert_eq!(limiter.take_addressed("Eve", start + REFILL_INTERVAL), Decision::Allow);
        assert_eq!(limiter.take_addressed("Eve", start + REFILL_INTERVAL), Decision::Refuse);
        limiter.rename("Eve", "Eva");
        assert_eq!(limiter.take_addressed("Eva", start + REFILL_INTERVAL), Decision::Refuse, "she is known");
        limiter.rename("Eva", "Eve");
        let later = start + REFILL_INTERVAL * 100;
        for _ in 0..BUCKET_ANSWERS {
            assert_eq!(limiter.take_addressed("Eve", later), Decision::Allow);
        }
        assert_eq!(limiter.take_addressed("Eve", later), Decision::Warn);
    }

    #[test]
    fn messages_to_everybody_share_one_bucket() {
        let start = Instant::now();
        let mut limiter = ReplyLimiter::default();
        for n in 0..BUCKET_ANSWERS {
            assert_eq!(limiter.take(Some(&format!("p{n}")), start), Decision::Allow);
        }
        assert_eq!(limiter.take(Some("Ann"), start), Decision::Refuse, "and nobody is told off for it");
        assert_eq!(limiter.take_addressed("Ann", start), Decision::Allow);
    }

    #[test]
    fn a_busy_room_is_detected() {
        let start = Instant::now();
        let mut limiter = ReplyLimiter::default();
        let busy: Vec<bool> =
            (0..8).map(|n| limiter.on_message(start + Duration::from_millis(n * 500))).collect();
        assert_eq!(busy, [false, false, false, false, false, true, true, true]);
        assert!(!limiter.on_message(start + Duration::from_secs(10)));
    }

    #[test]
    fn greetings_are_limited() {
        let start = Instant::now();
        let mut limiter = ReplyLimiter::default();
        assert!(limiter.may_greet("Ann", start));
        assert!(!limiter.may_greet("Bob", start), "two at once");
        assert!(!limiter.may_greet("Ann", start + GREETING_INTERVAL), "again");
        assert!(limiter.may_greet("Bob", start + GREETING_INTERVAL));
        assert!(limiter.may_greet("Ann", start + REGREET_AFTER));
    }

    #[test]
    fn a_host_alone_is_answered_twice() {
        let mut limiter = ReplyLimiter::default();
        let answered: Vec<bool> = (0..4).map(|_| limiter.on_host_line()).collect();
        assert_eq!(answered, [true, true, false, false]);
        limiter.on_message(Instant::now());
        assert!(limiter.on_host_line());
    }
}
