//! The hub's time: it goes as the clock does while the loop runs, and stands still while it does not.
//!
//! A process may be stopped, its machine suspended, or the processor taken by others. Meanwhile nobody is heard, so nobody's
//! time is to run out; and what has come is not to be taken for said at once. The loop has a turn at least each
//! [`TURN_INTERVAL`](crate::base::limits::TURN_INTERVAL): by that it is known.

use std::time::{Duration, Instant};

use crate::base::limits::MAX_CLOCK_STEP;

/// The time, as the hub is told it.
#[derive(Debug)]
pub(super) struct Clock {
    now: Instant,
    /// The system's clock at the last tick.
    last_read: Instant,
}

impl Clock {
    pub(super) fn new(now: Instant) -> Clock {
        Clock { now, last_read: now }
    }

    /// The time at the last tick.
    pub(super) fn now(&self) -> Instant {
        self.now
    }

    /// Advances to `system`, the system's clock. Returns the hub's time, and how long it stood still since the last tick.
    pub(super) fn tick(&mut self, system: Instant) -> (Instant, Duration) {
        let passed = system.saturating_duration_since(self.last_read);
        let goes = passed.min(MAX_CLOCK_STEP);
        self.last_read = system;
        self.now += goes;
        (self.now, passed.saturating_sub(goes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_while_nobody_reads_it() {
        let start = Instant::now();
        let mut clock = Clock::new(start);
        let mut read = |ms| {
            let (now, still) = clock.tick(start + Duration::from_millis(ms));
            (now.duration_since(start).as_millis(), still.as_millis())
        };
        assert_eq!(read(250), (250, 0));
        assert_eq!(read(250), (250, 0));
        assert_eq!(read(750), (750, 0));
        assert_eq!(read(11_750), (1_250, 10_500));
        assert_eq!(read(12_000), (1_500, 0));
    }
}
