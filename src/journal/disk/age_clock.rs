//! The age clock: the time by which retention decides that a message has expired. Deletion is final, so a single
//! reading of the wall clock is not enough.
//!
//! The age clock follows the wall clock, but at no more than twice the speed of the monotonic clock, and never
//! backwards: it is slewed. It steps at once only by little compared with the retention (summer time, a night in which
//! the server was off), and not often. If the wall clock is further ahead, an operator has to confirm it; until then
//! no message is deleted in less than half of its retention, whatever the wall clock says.
//!
//! Pure: both clocks are arguments.

use std::time::{Duration, Instant, SystemTime};

use crate::base::limits::{AGE_CLOCK_STEP_INTERVAL, AGE_CLOCK_STEP_MAX};

/// The age clock.
#[derive(Debug)]
pub(super) struct AgeClock {
    time: SystemTime,
    /// The last reading of the wall clock, and when it was read.
    wall: SystemTime,
    read: Instant,
    /// Until then it does not step.
    step_at: Instant,
    tolerance: Duration,
}

impl AgeClock {
    /// Continues from where an earlier run stopped; `None`: starts at the wall clock. `keep` is the retention.
    pub(super) fn new(
        stored: Option<SystemTime>,
        keep: Option<Duration>,
        (now, wall): (Instant, SystemTime),
    ) -> AgeClock {
        let tolerance = keep.map_or(AGE_CLOCK_STEP_MAX, |keep| (keep / 10).min(AGE_CLOCK_STEP_MAX));
        let time = stored.unwrap_or(wall);
        let mut clock = AgeClock { time, wall, read: now, step_at: now, tolerance };
        clock.read(now, wall);
        clock
    }

    /// Reads both clocks.
    pub(super) fn read(&mut self, now: Instant, wall: SystemTime) {
        let passed = now.saturating_duration_since(self.read);
        (self.read, self.wall) = (now, wall);
        let time = later(self.time, passed);
        self.time = match wall.duration_since(time) {
            Ok(lead) if lead <= passed => wall,
            Ok(lead) if lead <= self.tolerance && now >= self.step_at => {
                self.step_at = now + AGE_CLOCK_STEP_INTERVAL;
                wall
            }
            Ok(_) => later(time, passed),
            Err(behind) if behind.duration() <= self.tolerance.max(passed) => wall,
            // The wall clock is behind: wait for it.
            Err(_) => self.time,
        };
    }

    /// The time by which messages expire: never ahead of the wall clock.
    pub(super) fn time(&self) -> SystemTime {
        self.time.min(self.wall)
    }

    /// The latest time a message can have, unless it was said while the clock was wrong.
    pub(super) fn latest(&self) -> SystemTime {
        self.time.max(self.wall)
    }

    /// The last reading of the wall clock.
    pub(super) fn wall(&self) -> SystemTime {
        self.wall
    }

    /// How far the wall clock is ahead, if so far that an operator has to confirm it.
    pub(super) fn lead(&self) -> Option<Duration> {
        self.wall.duration_since(self.time).ok().filter(|lead| *lead > self.tolerance)
    }

    /// The time to store, for a later run to continue from.
    pub(super) fn time_to_store(&self) -> SystemTime {
        self.time
    }

    /// Whether it has moved so far from a stored time that it should be stored again.
    pub(super) fn is_far_from(&self, stored: SystemTime) -> bool {
        let far = AGE_CLOCK_STEP_INTERVAL.min(self.tolerance / 2);
        let went = self.time.duration_since(stored).unwrap_or_else(|behind| behind.duration());
        went >= far
    }

    /// An operator confirms that the wall clock is right.
    pub(super) fn confirm(&mut self, now: Instant, wall: SystemTime) {
        (self.read, self.wall, self.time) = (now, wall, wall);
    }
}

/// Adds, without overflow.
fn later(time: SystemTime, by: Duration) -> SystemTime {
    time.checked_add(by).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);
    const DAY: Duration = Duration::from_secs(24 * 3600);

    /// An age clock for this retention in days, and a function that gives both clocks: after some time, with the wall
    /// clock this far ahead.
    fn clock(days: u32) -> (AgeClock, impl Fn(Duration, Duration) -> (Instant, SystemTime)) {
        let (now, wall) = (Instant::now(), UNIX_EPOCH + DAY * 20_000);
        let at = move |passed, ahead| (now + passed, wall + passed + ahead);
        (AgeClock::new(None, Some(DAY * days), (now, wall)), at)
    }

    fn read(clock: &mut AgeClock, (now, wall): (Instant, SystemTime)) -> SystemTime {
        clock.read(now, wall);
        clock.time()
    }

    #[test]
    fn a_jump_is_not_believed_until_it_is_confirmed() {
        let (mut clock, at) = clock(30);
        assert_eq!(read(&mut clock, at(HOUR, Duration::ZERO)), at(HOUR, Duration::ZERO).1);
        let jumped = read(&mut clock, at(HOUR + MINUTE, DAY * 400));
        assert_eq!(jumped, at(HOUR + MINUTE * 2, Duration::ZERO).1, "at most twice as fast");
        assert!(clock.lead().is_some_and(|lead| lead > DAY * 399));
        // The wall clock is set right again.
        let back = at(HOUR + MINUTE * 3, Duration::ZERO);
        assert_eq!((read(&mut clock, back), clock.lead()), (back.1, None));
        // It jumps again, and this time it is right.
        let jumped = at(HOUR + MINUTE * 4, DAY * 400);
        assert!(read(&mut clock, jumped) < back.1 + HOUR);
        clock.confirm(jumped.0, jumped.1);
        assert_eq!((clock.time(), clock.lead()), (jumped.1, None));
    }

    #[test]
    fn a_small_step_is_made_at_once_and_many_are_not() {
        let (mut clock, at) = clock(30);
        let step = at(MINUTE, HOUR);
        assert_eq!((read(&mut clock, step), clock.lead()), (step.1, None), "summer time");
        let back = at(MINUTE * 2, Duration::ZERO);
        assert_eq!(read(&mut clock, back), back.1);
        for day in 1..=20 {
            read(&mut clock, at(MINUTE * (2 + day), DAY * 2 * day));
        }
        assert!(clock.time() < back.1 + DAY * 3);
        assert!(clock.lead().is_some());
    }

    #[test]
    fn a_clock_that_goes_on_evenly_is_caught_up_with() {
        let (mut clock, at) = clock(30);
        for hour in 1..=12 * 24 {
            read(&mut clock, at(HOUR * hour, DAY * 10));
            assert_eq!(clock.lead().is_some(), hour < 7 * 24, "{hour}");
        }
        let now = at(HOUR * (12 * 24), DAY * 10);
        assert_eq!(clock.time(), now.1);
    }

    #[test]
    fn a_server_that_was_off_waits_if_that_was_for_long() {
        let (clock, at) = clock(30);
        let (now, wall) = at(Duration::ZERO, Duration::ZERO);
        let later =
            |days| AgeClock::new(Some(clock.time_to_store()), Some(DAY * 30), (now, wall + DAY * days));
        assert_eq!((later(3).time(), later(3).lead()), (wall + DAY * 3, None));
        assert_eq!((later(4).time(), later(4).lead()), (wall, Some(DAY * 4)));
        assert_eq!((later(400).time(), later(400).lead()), (wall, Some(DAY * 400)));
    }

    #[test]
    fn a_clock_that_is_behind_deletes_nothing_and_may_come_back() {
        let (mut clock, at) = clock(30);
        // A machine without a battery-backed clock starts like this.
        let (now, _) = at(MINUTE, Duration::ZERO);
        assert_eq!(read(&mut clock, (now, UNIX_EPOCH)), UNIX_EPOCH);
        let back = at(HOUR, Duration::ZERO);
        assert_eq!((read(&mut clock, back), clock.lead()), (back.1, None));
        assert!(!clock.is_far_from(back.1) && clock.is_far_from(back.1 - HOUR));
    }

    #[test]
    fn times_beyond_all_times_are_none() {
        let (mut clock, at) = clock(30);
        let (now, wall) = at(MINUTE, Duration::ZERO);
        let far = UNIX_EPOCH + Duration::from_secs(i64::MAX as u64);
        assert!(read(&mut clock, (now, far)) < wall + HOUR);
        clock.confirm(now, far);
        assert_eq!(read(&mut clock, (now + HOUR, far)), far);
    }
}
