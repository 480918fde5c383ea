//! Credit for stalls: when the server could not read for a while, the backlog that it reads afterwards is no flood.
//!
//! That happens when the process was suspended, and when a commit was slow, as reads are paused meanwhile. Nobody
//! gains by it: backlog input counts as said as early as the spam limit allows, but not before the stall.

use std::time::Instant;

use crate::base::limits::{STALL_CREDIT_MAX, STALL_CREDIT_WINDOW};

/// A time during which nothing was read.
#[derive(Clone, Copy, Debug)]
pub struct Stall {
    since: Instant,
    /// Until then, input may have been sent during the stall.
    counts_until: Instant,
}

impl Stall {
    /// A stall since `since` that ends now. It includes the one before, if that still counts.
    pub fn ends(since: Instant, before: Option<Stall>, now: Instant) -> Stall {
        let since = since.min(Stall::backlog_since(before, now));
        let since = now.checked_sub(STALL_CREDIT_MAX).map_or(since, |most| since.max(most));
        Stall { since, counts_until: now + STALL_CREDIT_WINDOW }
    }

    /// Until when it counts.
    pub fn counts_until(self) -> Instant {
        self.counts_until
    }

    /// The earliest time at which input read at `now` may have been sent.
    pub fn backlog_since(stall: Option<Stall>, now: Instant) -> Instant {
        stall.filter(|it| now < it.counts_until).map_or(now, |it| it.since.min(now))
    }
}
