//! The time by which messages grow old: that of the clock on the wall, as far as it can be believed. What is deleted is gone,
//! and one reading of a clock is no reason for that.
//!
//! The clock on the wall is followed, but at no more than twice the speed of the monotonic clock, and backwards not at all: as
//! one slews a clock. Only a step that is small beside what messages are kept for (summer time, a night in which the server was
//! off) is made at once, and not often. What is further ahead waits for an operator, who confirms that the clock is right; until
//! then no message goes in less than half of the time that it is to be kept for, whatever the clock says.
//!
//! Pure: it is told both clocks.

use std::time::{Duration, Instant, SystemTime};

use crate::base::limits::{AGE_CLOCK_STEP_INTERVAL, AGE_CLOCK_STEP_MAX};

/// It.
#[derive(Debug)]
pub(super) struct AgeClock {
    time: SystemTime,
    /// What the clock on the wall said last, and when that was.
    wall: SystemTime,
    read: Instant,
    /// From when on a step is made at once.
    step_at: Instant,
    tolerance: Duration,
}

impl AgeClock {
    /// Goes on where it stood in an earlier run; none: the clock on the wall is all there is. Messages are kept for `keep`.
    pub(super) fn new(
        stood: Option<SystemTime>,
        keep: Option<Duration>,
        (now, wall): (Instant, SystemTime),
    ) -> AgeClock {
        let tolerance = keep.map_or(AGE_CLOCK_STEP_MAX, |keep| (keep / 10).min(AGE_CLOCK_STEP_MAX));
        let time = stood.unwrap_or(wall);
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
            // It stands still until the other has come so far.
            Err(_) => self.time,
        };
    }

    /// The time by which messages are too old or not. It is never ahead of the clock on the wall.
    pub(super) fn time(&self) -> SystemTime {
        self.time.min(self.wall)
    }

    /// The latest time that any message can bear which was not said under a wrong clock.
    pub(super) fn latest(&self) -> SystemTime {
        self.time.max(self.wall)
    }

    /// What the clock on the wall said last.
    pub(super) fn wall(&self) -> SystemTime {
        self.wall
    }

    /// How far the clock on the wall is ahead, if that is so far that an operator is to be asked.
    pub(super) fn lead(&self) -> Option<Duration> {
        self.wall.duration_since(self.time).ok().filter(|lead| *lead > self.tolerance)
    }

    /// Where it stands, to go on from in a later run.
    pub(super) fn stands(&self) -> SystemTime {
        self.time
    }

    /// Whether it went so far since it stood there that a later run would take note.
    pub(super) fn is_far_from(&self, stood: SystemTime) -> bool {
        let far = AGE_CLOCK_STEP_INTERVAL.min(self.tolerance / 2);
        let went = self.time.duration_since(stood).unwrap_or_else(|behind| behind.duration());
        went >= far
    }

    /// An operator says that the clock on the wall is right.
    pub(super) fn confirm(&mut self, now: Instant, wall: SystemTime) {
        (self.read, self.wall, self.time) = (now, wall, wall);
    }
}

/// As far as times go.
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

    /// A clock for messages that are kept for so many days, and both clocks, the one on the wall ahead by what it is told.
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
        // It is set right again.
        let back = at(HOUR + MINUTE * 3, Duration::ZERO);
        assert_eq!((read(&mut clock, back), clock.lead()), (back.1, None));
        // It jumps again, and that is right.
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
        let later = |days| AgeClock::new(Some(clock.stands()), Some(DAY * 30), (now, wall + DAY * days));
        assert_eq!((later(3).time(), later(3).lead()), (wall + DAY * 3, None));
        assert_eq!((later(4).time(), later(4).lead()), (wall, Some(DAY * 4)));
        assert_eq!((later(400).time(), later(400).lead()), (wall, Some(DAY * 400)));
    }

    #[test]
    fn a_clock_that_is_behind_deletes_nothing_and_may_come_back() {
        let (mut clock, at) = clock(30);
        // As a machine without a battery begins.
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
