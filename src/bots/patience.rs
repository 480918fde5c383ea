//! How much a room may have of the bots: an allowance that is used up by answers, and grows back with time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Answers that may be given in quick succession, and how long it takes for one more.
const ANSWERS: u32 = 8;
const ONE_MORE_AFTER: Duration = Duration::from_secs(4);

/// So many messages of people within so much time are a conversation of their own, into which no bot speaks.
const BUSY_MESSAGES: usize = 6;
const BUSY_WITHIN: Duration = Duration::from_secs(3);

/// What is left of the allowance.
#[derive(Debug)]
pub(super) struct Patience {
    left: u32,
    /// When the allowance last grew. `None`: it is whole.
    since: Option<Instant>,
    /// Somebody was told that it is used up.
    told: bool,
    /// When people last said something.
    heard: VecDeque<Instant>,
}

/// Whether an answer may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    Granted,
    /// No, and whoever caused it is to know.
    LastWord,
    Refused,
}

impl Patience {
    pub(super) fn new() -> Patience {
        Patience { left: ANSWERS, since: None, told: false, heard: VecDeque::new() }
    }

    /// A person said something. Returns whether people talk so much that bots had better listen.
    pub(super) fn hear(&mut self, now: Instant) -> bool {
        if self.heard.len() == BUSY_MESSAGES {
            self.heard.pop_front();
        }
        self.heard.push_back(now);
        self.heard.len() == BUSY_MESSAGES
            && self.heard.front().is_some_and(|first| now.saturating_duration_since(*first) < BUSY_WITHIN)
    }

    /// Asks for one answer.
    pub(super) fn ask(&mut self, now: Instant) -> Leave {
        self.grow(now);
        if self.left > 0 {
            self.left -= 1;
            self.since.get_or_insert(now);
            return Leave::Granted;
        }
        if std::mem::replace(&mut self.told, true) { Leave::Refused } else { Leave::LastWord }
    }

    fn grow(&mut self, now: Instant) {
        while let Some(since) =
            self.since.filter(|since| now.saturating_duration_since(*since) >= ONE_MORE_AFTER)
        {
            self.left += 1;
            self.since = (self.left < ANSWERS).then(|| since + ONE_MORE_AFTER);
            // Half of it grown back is a new beginning.
            self.told &= self.left < ANSWERS / 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_that_is_used_up_grows_back() {
        let start = Instant::now();
        let mut patience = Patience::new();
        for _ in 0..ANSWERS {
            assert_eq!(patience.ask(start), Leave::Granted);
        }
        assert_eq!(patience.ask(start), Leave::LastWord);
        assert_eq!(patience.ask(start), Leave::Refused, "that is said once");
        assert_eq!(patience.ask(start + ONE_MORE_AFTER), Leave::Granted);
        assert_eq!(patience.ask(start + ONE_MORE_AFTER), Leave::Refused);
        let later = start + ONE_MORE_AFTER * 100;
        for _ in 0..ANSWERS {
            assert_eq!(patience.ask(later), Leave::Granted);
        }
        assert_eq!(patience.ask(later), Leave::LastWord);
    }

    #[test]
    fn people_among_themselves_are_left_alone() {
        let start = Instant::now();
        let mut patience = Patience::new();
        let busy: Vec<bool> = (0..8).map(|n| patience.hear(start + Duration::from_millis(n * 500))).collect();
        assert_eq!(busy, [false, false, false, false, false, true, true, true]);
        assert!(!patience.hear(start + Duration::from_secs(10)));
    }
}
