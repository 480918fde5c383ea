//! When nobody could be listened to for a while: what was said meanwhile is read at once, and is no flood.
//!
//! That is so when the hub's time stood still, and when the journal took long, as who has spoken is listened to again when
//! that is kept. Nobody gains by it: what is read counts as said as early as the spam limit allows, but not before. See
//! `throttle`.

use std::time::{Duration, Instant};

use crate::base::limits::{CAUGHT_UP_MOST, CAUGHT_UP_WITHIN};
use crate::hub::Hub;

/// A time in which nobody was listened to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standstill {
    since: Instant,
    /// Until when what is read may be of that time.
    counts_until: Instant,
}

impl Standstill {
    pub(super) fn counts_until(self) -> Instant {
        self.counts_until
    }
}

impl Hub {
    /// The time that this hub is told stood still for so long just before `now`, and that of others did not.
    pub fn stood_still(&mut self, how_long: Duration, now: Instant) {
        // The clock on the wall did not.
        self.clock.0 = self.clock.0.checked_sub(how_long).unwrap_or(self.clock.0);
        for (_, session) in &mut self.sessions {
            session.came = session.came.checked_sub(how_long).unwrap_or(session.came);
            if let Some(throttle) = &mut session.throttle {
                throttle.age(how_long);
            }
        }
        let since = self.unread_since(now);
        self.listens_again(since.checked_sub(how_long).unwrap_or(since), now);
    }

    /// Those who are read from now on may not have been since then.
    pub(super) fn listens_again(&mut self, since: Instant, now: Instant) {
        let since = since.min(self.unread_since(now));
        let since = now.checked_sub(CAUGHT_UP_MOST).map_or(since, |most| since.max(most));
        self.standstill = Some(Standstill { since, counts_until: now + CAUGHT_UP_WITHIN });
    }

    /// Since when what is read at `now` may have been waiting for that.
    pub(super) fn unread_since(&self, now: Instant) -> Instant {
        self.standstill.filter(|it| now < it.counts_until).map_or(now, |it| it.since.min(now))
    }
}
