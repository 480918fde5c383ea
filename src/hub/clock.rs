//! The hub's two clocks: its own, which may have stood still while the process was suspended, and the one on the wall, which may
//! be set while the server runs.
//!
//! What was sent while nobody was read is no flood.

use std::time::{Duration, Instant, SystemTime};

use log::warn;

use crate::base::limits::CLOCK_JUMP;
use crate::base::text::in_words;
use crate::limits::stall::Stall;

/// What the clock on the wall says, and when nobody was read.
#[derive(Debug)]
pub(super) struct Clock {
    /// A moment, and what the clock on the wall said then.
    start: (Instant, SystemTime),
    /// The last time in which nobody was read.
    stall: Option<Stall>,
}

impl Clock {
    /// A moment, and what the clock on the wall says then.
    pub(super) fn new(start: (Instant, SystemTime)) -> Clock {
        Clock { start, stall: None }
    }

    /// What the clock on the wall says at this time.
    pub(super) fn wall(&self, now: Instant) -> SystemTime {
        self.start.1 + now.saturating_duration_since(self.start.0)
    }

    /// The clock on the wall says this now. If it jumped, returns what it was expected to say.
    pub(super) fn set(&mut self, now: Instant, wall: SystemTime) -> Option<SystemTime> {
        let expected = self.wall(now);
        self.start = (now, wall);
        let (step, way) = match wall.duration_since(expected) {
            Ok(ahead) => (ahead, "ahead"),
            Err(behind) => (behind.duration(), "back"),
        };
        if step < CLOCK_JUMP {
            return None;
        }
        warn!("the clock jumped {way} by {}", in_words(step));
        Some(expected)
    }

    /// The hub's time stood still for so long just before `now`. The clock on the wall did not.
    pub(super) fn stood_still(&mut self, how_long: Duration, now: Instant) {
        self.start.0 = self.start.0.checked_sub(how_long).unwrap_or(self.start.0);
        let since = self.backlog_since(now);
        self.record_stall(since.checked_sub(how_long).unwrap_or(since), now);
    }

    /// Those who are read from now on may not have been since then.
    pub(super) fn record_stall(&mut self, since: Instant, now: Instant) {
        self.stall = Some(Stall::ends(since, self.stall, now));
    }

    /// Since when what is read at `now` may have been waiting for that.
    pub(super) fn backlog_since(&self, now: Instant) -> Instant {
        Stall::backlog_since(self.stall, now)
    }

    /// When it does not count any more what was said until `at`, nor what is read and may have been sent by then.
    pub(super) fn counts_until(&self, at: Instant) -> Instant {
        self.stall.map_or(at, |stall| at.max(stall.counts_until()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_is_told_from_time_that_stood_still() {
        let (start, wall, hour) = (Instant::now(), SystemTime::UNIX_EPOCH, Duration::from_secs(3600));
        let mut clock = Clock::new((start, wall));
        assert_eq!(clock.wall(start + hour), wall + hour);
        // The process was suspended for an hour, and the clock on the wall went on.
        let now = start + Duration::from_secs(1);
        clock.stood_still(hour, now);
        assert_eq!(clock.set(now, wall + hour + Duration::from_secs(1)), None, "that is no jump");
        assert!(clock.backlog_since(now) < now && clock.counts_until(now) > now);
        assert_eq!(clock.set(now, wall), Some(wall + hour + Duration::from_secs(1)));
        assert_eq!(clock.wall(now), wall);
    }
}
