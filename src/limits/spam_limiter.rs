//! The spam limiter: how much one connection may say in how little time.
//!
//! | what | counts | when |
//! |---|---|---|
//! | a message, `/me`, `//`, `/msg`, `/reply`, `/undo`, `/edit` | one | on arrival, before it is delivered |
//! | a message that is too long | one | once, when it exceeds the limit |
//! | a malformed object, a name sent by a member | one | on arrival |
//! | a command within its budget (`command_budget.rs`) | nothing | |
//! | a command beyond its budget, which is refused | one | on arrival |
//! | `/exit`, a blank line, a name tried before joining | nothing | |
//! | messages of the host, the console or the server | nothing | |

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use crate::base::limits::SPAM_MESSAGES;
use crate::limits::gcra;
use crate::proto::Notice;

/// This many messages within this time are spam. Written `10/4s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpamLimit {
    messages: usize,
    within: Duration,
}

/// The verdict on a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Accept it.
    Pass,
    /// Accept it, and warn its sender.
    Warn,
    /// Remove its sender: the limit is reached.
    Remove,
}

/// The times of one connection's last messages. Kept from its first message until it was silent for the whole window.
#[derive(Debug, Default)]
pub struct SlidingWindow {
    /// At most as many as the limit.
    times: VecDeque<Instant>,
    warned: bool,
}

impl SpamLimit {
    /// How many messages in the window cause a warning: seven of ten.
    fn warns_at(self) -> usize {
        self.messages * 7 / 10
    }

    /// How many messages are allowed in how much time.
    pub fn pace(self) -> (usize, Duration) {
        (self.messages, self.within)
    }

    /// The warning.
    pub fn warning(self) -> Notice {
        Notice::SlowDown { messages: self.warns_at(), within: self.within, limit: self.messages }
    }
}

impl SlidingWindow {
    /// Records a message that arrived between `since` and `now`. It counts as said at the earliest time in between
    /// that the limit allows; so nobody can say more in that time than if each message had been read as it came.
    pub fn record(&mut self, limit: SpamLimit, since: Instant, now: Instant) -> Verdict {
        let nth_last = self.times.len().checked_sub(limit.messages - 1).and_then(|n| self.times.get(n));
        let allowed = nth_last.map(|time| *time + limit.within);
        let at = allowed.max(self.times.back().copied()).unwrap_or(since).clamp(since, now);
        while self.times.front().is_some_and(|t| at.duration_since(*t) >= limit.within) {
            self.times.pop_front();
        }
        self.times.push_back(at);
        if self.times.len() >= limit.messages {
            Verdict::Remove
        } else if at == now && !self.warned && limit.warns_at() > 1 && self.times.len() >= limit.warns_at() {
            self.warned = true;
            Verdict::Warn
        } else {
            Verdict::Pass
        }
    }

    /// Moves all messages into the past by this much.
    pub fn shift_back(&mut self, by: Duration) {
        for time in &mut self.times {
            *time = time.checked_sub(by).unwrap_or(*time);
        }
    }

    /// When the window can be dropped, if nothing more is said.
    pub fn expires(&self, limit: SpamLimit) -> Option<Instant> {
        self.times.back().map(|last| *last + limit.within)
    }
}

impl FromStr for SpamLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<SpamLimit, String> {
        let (messages, within) = gcra::parse(text, "messages", &SPAM_MESSAGES, "10/4s")?;
        Ok(SpamLimit { messages, within })
    }
}

impl fmt::Display for SpamLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.messages, humantime::format_duration(self.within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verdicts on messages at these milliseconds, as letters.
    fn verdicts(limit: &str, at: &[u64]) -> String {
        let (limit, start, mut throttle) = (limit.parse().unwrap(), Instant::now(), SlidingWindow::default());
        let at = at.iter().map(|ms| start + Duration::from_millis(*ms));
        at.map(|now| letter(throttle.record(limit, now, now))).collect()
    }

    fn letter(verdict: Verdict) -> char {
        match verdict {
            Verdict::Pass => '.',
            Verdict::Warn => 'w',
            Verdict::Remove => 'R',
        }
    }

    #[test]
    fn what_came_while_nobody_read_counts_as_said_evenly() {
        let (limit, start) = ("10/4s".parse::<SpamLimit>().unwrap(), Instant::now());
        let at = |s| start + Duration::from_secs(s);
        let count = |throttle: &mut SlidingWindow, times, since, now| -> String {
            (0..times).map(|_| letter(throttle.record(limit, since, now))).collect()
        };
        let mut throttle = SlidingWindow::default();
        assert_eq!(count(&mut throttle, 9, at(0), at(0)), "......w..");
        // Nine each after 4, 8 and 12 seconds, and nine now.
        assert_eq!(count(&mut throttle, 37, at(0), at(16)), format!("{}R", ".".repeat(36)));
        let mut throttle = SlidingWindow::default();
        // A warning about the past would be useless.
        assert_eq!(count(&mut throttle, 37, at(0), at(15)), format!("{}R", ".".repeat(36)));
    }

    #[test]
    fn the_tenth_within_any_four_seconds() {
        assert_eq!(verdicts("10/4s", &[0; 10]), "......w..R");
        assert_eq!(verdicts("10/4s", &[0, 1, 1, 1, 1, 1, 1, 1, 1, 3999]), "......w..R");
        assert_eq!(verdicts("10/4s", &[0, 1, 1, 1, 1, 1, 1, 1, 1, 4000]), "......w...");
        let steady: Vec<u64> = (0..100).map(|n| n * 445).collect();
        assert!(!verdicts("10/4s", &steady).contains('R'), "nine in any four seconds are allowed for ever");
        assert_eq!(verdicts("10/4s", &steady).matches('w').count(), 1, "and warned of once");
    }

    #[test]
    fn other_limits() {
        assert_eq!(verdicts("2/1s", &[0, 0]), ".R", "too small to warn");
        assert_eq!(verdicts("3/1m", &[0, 100, 59_999]), ".wR");
    }

    #[test]
    fn limits_as_written() {
        assert_eq!("10/4s".parse::<SpamLimit>().unwrap().to_string(), "10/4s");
        assert_eq!("3/1m 30s".parse::<SpamLimit>().unwrap().to_string(), "3/1m 30s");
        for wrong in ["", "10", "10/", "/4s", "x/4s", "10/4x", "1/4s", "10/0s", "9999/1s", "10/48h", "-3/1s"]
        {
            assert!(wrong.parse::<SpamLimit>().is_err(), "{wrong}");
        }
    }
}
