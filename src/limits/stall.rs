//! When nobody could be read for a while, what was sent meanwhile is read at once, and is no flood.
//!
//! That is so when the process was suspended, and when a commit was slow, as its authors' reads are paused until then.
//! Nobody gains by it: what is read counts as said as early as the spam limit allows, but not before the stall.

use std::time::Instant;

use crate::base::limits::{STALL_CREDIT_MAX, STALL_CREDIT_WINDOW};

/// A time in which nobody was read.
#[derive(Clone, Copy, Debug)]
pub struct Stall {
    since: Instant,
    /// Until when what is read may have been sent in that time.
    counts_until: Instant,
}

impl Stall {
    /// One since then that ends now. It joins the one before, if that still counts.
    pub fn ends(since: Instant, before: Option<Stall>, now: Instant) -> Stall {
        let since = since.min(Stall::backlog_since(before, now));
        let since = now.checked_sub(STALL_CREDIT_MAX).map_or(since, |most| since.max(most));
        Stall { since, counts_until: now + STALL_CREDIT_WINDOW }
    }

    /// Until when it counts.
    pub fn counts_until(self) -> Instant {
        self.counts_until
    }

    /// Since when what is read at `now` may have waited to be read.
    pub fn backlog_since(stall: Option<Stall>, now: Instant) -> Instant {
        stall.filter(|it| now < it.counts_until).map_or(now, |it| it.since.min(now))
    }
}
