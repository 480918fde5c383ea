//! How fast a client may send that is read later, rather than refused or removed, when it sends too fast.

use std::time::{Duration, Instant};

use crate::base::limits::{IRC_POINTS, IRC_POINTS_WITHIN};
use crate::limits::command_budget::Cost;
use crate::limits::gcra::Gcra;
use crate::limits::spam_limiter::SpamLimit;

/// What such a client has spent.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When its budget for messages is full again.
    messages: Option<Instant>,
    /// When its budget for commands is full again.
    commands: Option<Instant>,
}

impl Pace {
    /// Charges something that is done in any case. Returns how long to wait before the next thing, if the budget is spent. As many
    /// messages go through at once as do not remove another client: one less than the spam limit.
    pub(super) fn charge(
        &mut self,
        cost: Cost<'_>,
        spam: Option<SpamLimit>,
        limits_commands: bool,
        now: Instant,
    ) -> Option<Duration> {
        match cost {
            Cost::Nothing => None,
            Cost::Message => {
                let (messages, within) = spam?.pace();
                let points = u32::try_from(messages).unwrap_or(u32::MAX).saturating_sub(1).max(1);
                let rate = Gcra { points, within };
                spend(rate, &mut self.messages, 1, now)
            }
            Cost::Command(_, points) => {
                let rate = Gcra { points: IRC_POINTS, within: IRC_POINTS_WITHIN };
                limits_commands.then(|| spend(rate, &mut self.commands, points, now)).flatten()
            }
        }
    }
}

/// Spends `cost` points. Returns how long to wait until there is a point again, if there is none.
fn spend(rate: Gcra, until: &mut Option<Instant>, cost: u32, now: Instant) -> Option<Duration> {
    let full = rate.spend(until.unwrap_or(now), cost, now);
    *until = Some(full);
    let next = rate.spend(full, 1, now);
    Some(next.saturating_duration_since(now + rate.within)).filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_through_and_what_follows_waits() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let spam = "10/4s".parse().ok();
        let mut say = |now| pace.charge(Cost::Message, spam, true, now);
        for number in 1..9 {
            assert_eq!(say(start), None, "{number}");
        }
        let wait = say(start).unwrap();
        assert_eq!(wait.as_millis(), 444, "behind the ninth");
        let next = say(start + wait).unwrap();
        assert_eq!(next.as_millis(), 444, "as fast as the limit allows");
        assert_eq!(say(start + Duration::from_secs(60)), None);
        let mut pace = Pace::default();
        assert!((0..1_000).all(|_| pace.charge(Cost::Message, None, true, start).is_none()), "it is off");
        assert!((0..1_000).all(|_| pace.charge(Cost::Command("join", 3), spam, false, start).is_none()));
    }

    #[test]
    fn thirty_rooms_are_joined_within_a_second() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let mut now = start;
        for points in [3, 1, 1, 1].repeat(30) {
            now += pace.charge(Cost::Command("", points), None, true, now).unwrap_or_default();
        }
        assert!(now <= start + Duration::from_secs(1), "{:?}", now - start);
    }
}
