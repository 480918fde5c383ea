//! Credit for stalls: when the server could not read for a while, the backlog that it reads afterwards is no flood.
//!
//! That happens when the process was suspended, and when a commit was slow, as reads are paused meanwhile. Nobody
//! gains by it: backlog input counts as said as early as the spam limit allows, but not before the stall.

use std::time::{Duration, Instant};

use crate::base::limits::{STALL_CREDIT_MAX, STALL_CREDIT_WINDOW};

/// The last time in which nobody was read.
#[derive(Debug, Default)]
pub struct Stall(Option<Ended>);

/// A stall that is over.
#[derive(Debug)]
struct Ended {
    since: Instant,
    /// Until then, input may have been sent during the stall.
    counts_until: Instant,
}

impl Stall {
    /// Those who are read from now on may not have been since then. It joins the stall before, if that still counts.
    pub fn record(&mut self, since: Instant, now: Instant) {
        let since = since.min(self.backlog_since(now));
        let since = now.checked_sub(STALL_CREDIT_MAX).map_or(since, |earliest| since.max(earliest));
        self.0 = Some(Ended { since, counts_until: now + STALL_CREDIT_WINDOW });
    }

    /// Time stood still for so long just before `now`.
    pub fn stood_still(&mut self, how_long: Duration, now: Instant) {
        let since = self.backlog_since(now);
        self.record(since.checked_sub(how_long).unwrap_or(since), now);
    }

    /// Since when what is read at `now` may have waited to be read.
    pub fn backlog_since(&self, now: Instant) -> Instant {
        self.0.as_ref().filter(|it| now < it.counts_until).map_or(now, |it| it.since.min(now))
    }

    /// When it does not count any more what was said until `at`, nor what is read and may have been sent by then.
    pub fn counts_until(&self, at: Instant) -> Instant {
        self.0.as_ref().map_or(at, |it| at.max(it.counts_until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_while_time_stood_still_may_be_as_old_as_that_for_a_while() {
        let (mut stall, start, hour) = (Stall::default(), Instant::now(), Duration::from_secs(3600));
        let now = start + hour;
        assert_eq!((stall.backlog_since(now), stall.counts_until(now)), (now, now));
        stall.stood_still(hour, now);
        assert_eq!(now.checked_duration_since(stall.backlog_since(now)), Some(STALL_CREDIT_MAX));
        let over = stall.counts_until(now);
        assert_eq!((over, stall.backlog_since(over)), (now + STALL_CREDIT_WINDOW, over));
    }
}
