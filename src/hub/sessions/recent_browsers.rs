//! The addresses from which browsers came a moment ago.
//!
//! A browser opens connections ahead of its requests. A greeting on one of them would be taken for a response, and that request
//! would fail.

use std::collections::VecDeque;
use std::time::Instant;

use crate::base::limits::{BROWSER_GREETING_DELAY, RECENT_BROWSERS};
use crate::base::source::Source;

/// The latest connections that turned out to speak HTTP, oldest first.
#[derive(Debug, Default)]
pub(super) struct RecentBrowsers(VecDeque<(Instant, Source)>);

impl RecentBrowsers {
    /// A connection from there speaks HTTP.
    pub(super) fn note(&mut self, source: Source, now: Instant) {
        if self.0.len() == RECENT_BROWSERS {
            self.0.pop_front();
        }
        self.0.push_back((now, source));
    }

    /// Whether one did within the last [`BROWSER_GREETING_DELAY`].
    pub(super) fn has(&self, source: Source, now: Instant) -> bool {
        let is_recent = |at: Instant| now.saturating_duration_since(at) < BROWSER_GREETING_DELAY;
        self.0.iter().rev().take_while(|(at, _)| is_recent(*at)).any(|(_, other)| *other == source)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn source(last: u8) -> Source {
        Source::of(Ipv4Addr::new(192, 0, 2, last).into())
    }

    #[test]
    fn the_latest_are_known_for_a_while() {
        let (mut browsers, begin) = (RecentBrowsers::default(), Instant::now());
        browsers.note(source(1), begin);
        assert!(browsers.has(source(1), begin) && !browsers.has(source(2), begin));
        assert!(!browsers.has(source(1), begin + BROWSER_GREETING_DELAY));
        for _ in 0..RECENT_BROWSERS {
            browsers.note(source(2), begin);
        }
        assert!(!browsers.has(source(1), begin), "the oldest makes room");
        assert_eq!(browsers.0.len(), RECENT_BROWSERS);
    }
}
