//! The process was suspended, or a commit was slow: what was sent meanwhile is no flood, and no timeout counts that time.

use std::time::{Duration, Instant};

use crate::hub::Hub;
use crate::limits::stall::Stall;

impl Hub {
    /// The time that this hub is told stood still for so long just before `now`, and that of others did not.
    pub fn on_clock_stall(&mut self, how_long: Duration, now: Instant) {
        // The clock on the wall did not.
        self.clock.0 = self.clock.0.checked_sub(how_long).unwrap_or(self.clock.0);
        for (_, session) in &mut self.sessions {
            session.came = session.came.checked_sub(how_long).unwrap_or(session.came);
            session.quota.age(how_long);
        }
        let since = self.backlog_since(now);
        self.record_input_stall(since.checked_sub(how_long).unwrap_or(since), now);
    }

    /// Those who are read from now on may not have been since then.
    pub(super) fn record_input_stall(&mut self, since: Instant, now: Instant) {
        self.stall = Some(Stall::ends(since, self.stall, now));
    }

    /// Since when what is read at `now` may have been waiting for that.
    pub(super) fn backlog_since(&self, now: Instant) -> Instant {
        Stall::backlog_since(self.stall, now)
    }
}
