//! Wall-clock time for a point of the hub's time. The wall clock may be set while the server runs; the hub's time stands still
//! while the process is suspended.

use std::time::{Duration, Instant, SystemTime};

use log::warn;

use crate::base::limits::CLOCK_JUMP;
use crate::base::text::in_words;

/// The wall clock.
#[derive(Debug)]
pub(super) struct WallClock {
    /// A time of the hub, and the wall-clock time at it.
    start: (Instant, SystemTime),
}

impl WallClock {
    /// Starts with a time of the hub and the wall-clock time at it.
    pub(super) fn new(start: (Instant, SystemTime)) -> WallClock {
        WallClock { start }
    }

    /// The wall-clock time at `now`.
    pub(super) fn wall(&self, now: Instant) -> SystemTime {
        self.start.1 + now.saturating_duration_since(self.start.0)
    }

    /// Sets the wall-clock time at `now`. If the clock jumped, returns the time that was expected.
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

    /// The hub's time stood still for this long, while the wall clock went on.
    pub(super) fn stood_still(&mut self, how_long: Duration) {
        self.start.0 = self.start.0.checked_sub(how_long).unwrap_or(self.start.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_is_told_from_time_that_stood_still() {
        let (start, wall, hour) = (Instant::now(), SystemTime::UNIX_EPOCH, Duration::from_secs(3600));
        let mut clock = WallClock::new((start, wall));
        assert_eq!(clock.wall(start + hour), wall + hour);
        // The process was suspended for an hour, while the wall clock went on.
        let now = start + Duration::from_secs(1);
        clock.stood_still(hour);
        assert_eq!(clock.set(now, wall + hour + Duration::from_secs(1)), None, "that is no jump");
        assert_eq!(clock.set(now, wall), Some(wall + hour + Duration::from_secs(1)));
        assert_eq!(clock.wall(now), wall);
    }
}
