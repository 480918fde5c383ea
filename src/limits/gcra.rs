//! A rate limit: a burst at once, refilled evenly over time. Used for connections of an address and commands of a
//! member.
//!
//! This is the generic cell rate algorithm (a leaky bucket as a meter). Its only state is the time at which the bucket
//! will be empty.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use crate::base::duration;
use crate::base::limits::SETTING_DURATION_MAX;

/// This many points at once, refilled within this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gcra {
    /// The burst, in points.
    pub points: u32,
    /// The time in which the whole burst refills.
    pub within: Duration,
}

impl Gcra {
    /// Spends `cost` points. `until` is when the budget was going to be full again; it may be past. Returns the new
    /// such time, or how long to wait until there are enough points. A full budget may be overspent, whatever the
    /// cost.
    pub fn try_acquire(self, until: Instant, cost: u32, now: Instant) -> Result<Instant, Duration> {
        let begin = until.max(now);
        let after = self.spend(until, cost, now);
        let missing = after.saturating_duration_since(now + self.within);
        if begin > now && !missing.is_zero() { Err(missing) } else { Ok(after) }
    }

    /// The same, even if there are not enough points.
    pub fn spend(self, until: Instant, cost: u32, now: Instant) -> Instant {
        until.max(now) + self.within / self.points * cost
    }
}

/// Parses an amount and a time, written `10/4s`. `noun` names what is counted. An error says how to write it.
pub fn parse(
    text: &str,
    noun: &str,
    bounds: &RangeInclusive<usize>,
    example: &str,
) -> Result<(usize, Duration), String> {
    let wrong = || format!("write it as {}/TIME, such as {example}, or off", noun.to_uppercase());
    let (amount, within) = text.split_once('/').ok_or_else(wrong)?;
    let amount = amount.trim().parse().map_err(|_| format!("\"{amount}\" is not a number of {noun}"))?;
    let within = duration::parse(within)?;
    if !bounds.contains(&amount) {
        return Err(format!("the {noun} must be {} to {}", bounds.start(), bounds.end()));
    }
    if within.is_zero() || within > SETTING_DURATION_MAX {
        return Err("the time must be more than nothing and at most a day".into());
    }
    Ok((amount, within))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_much_at_once_and_then_as_it_comes_back() {
        let (rate, start) = (Gcra { points: 10, within: Duration::from_secs(20) }, Instant::now());
        let at = |s| start + Duration::from_secs(s);
        let mut until = start;
        for _ in 0..5 {
            until = rate.try_acquire(until, 2, start).unwrap();
        }
        assert_eq!(until, at(20), "ten points of two seconds each");
        assert_eq!(rate.try_acquire(until, 1, start), Err(Duration::from_secs(2)));
        assert_eq!(
            rate.try_acquire(until, 3, at(1)),
            Err(Duration::from_secs(5)),
            "what is refused costs nothing"
        );
        assert_eq!(rate.try_acquire(until, 3, at(6)), Ok(at(26)));
        assert_eq!(rate.try_acquire(until, 1, at(99)), Ok(at(101)), "no more is saved up than all of it");
    }

    #[test]
    fn what_costs_more_than_there_ever_is_can_be_had_by_who_spent_nothing() {
        let (rate, now) = (Gcra { points: 3, within: Duration::from_secs(3) }, Instant::now());
        let until = rate.try_acquire(now, 5, now).unwrap();
        assert_eq!(rate.try_acquire(until, 1, now + Duration::from_secs(2)), Err(Duration::from_secs(1)));
    }
}
