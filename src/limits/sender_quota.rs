//! The quota of one sender: its spam window, its budget for commands, and its window of unreleased messages.

use std::time::{Duration, Instant};

use crate::limits::command_budget::{CommandBudget, CommandLimit, Cost};
use crate::limits::inflight::{InflightMessage, InflightWindow};
use crate::limits::pace::Pace;
use crate::limits::spam_limiter::{SlidingWindow, SpamLimit, Verdict};
use crate::proto::{Refusal, Request};

/// The quota of one sender.
#[derive(Debug, Default)]
pub struct SenderQuota {
    /// `None`: it said nothing recently.
    window: Option<Box<SlidingWindow>>,
    commands: CommandBudget,
    inflight: InflightWindow,
    /// `None`: it is not paced.
    pace: Option<Box<Pace>>,
}

/// The limits that requests are charged against. `None`: no limit.
#[derive(Clone, Copy, Debug)]
pub struct SenderLimits {
    /// For messages.
    pub spam: Option<SpamLimit>,
    /// For commands.
    pub commands: Option<CommandLimit>,
}

/// The result of charging a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Charged {
    /// The verdict of the spam limiter.
    pub verdict: Verdict,
    /// The request is refused, for this reason.
    pub refused: Option<Refusal>,
}

impl SenderQuota {
    /// Charges a request that arrived between `since` and `now`. A refused command counts as a message, so that a
    /// sender who goes on regardless is removed.
    pub fn charge(
        &mut self,
        request: &Request,
        limits: SenderLimits,
        since: Instant,
        now: Instant,
    ) -> Charged {
        let cost = Cost::of(request);
        let refused = match (cost, limits.commands) {
            (Cost::Command(name, points), Some(limit)) => self.commands.spend(limit, name, points, now).err(),
            _ => None,
        };
        let counts = refused.is_some() || cost == Cost::Message;
        let verdict = match limits.spam.filter(|_| counts) {
            Some(limit) => self.window.get_or_insert_default().record(limit, since, now),
            None => Verdict::Pass,
        };
        Charged { verdict, refused }
    }

    /// Charges a request of a client that is paced. Returns how long it has to pause, if this was one too many. `None`: a line
    /// that the protocol itself answered. `limits_commands`: whether commands are limited.
    pub fn pace(
        &mut self,
        request: Option<&Request>,
        spam: Option<SpamLimit>,
        limits_commands: bool,
        now: Instant,
    ) -> Option<Duration> {
        let cost = request.map_or(Cost::Command("", 1), Cost::of);
        self.pace.get_or_insert_default().charge(cost, spam, limits_commands, now)
    }

    /// Its window of unreleased messages.
    pub fn inflight(&mut self) -> &mut InflightWindow {
        &mut self.inflight
    }

    /// Whether it has to wait for its readers, and is not read meanwhile (backpressure).
    pub fn must_wait(&self, is_released: impl Fn(&InflightMessage) -> bool) -> bool {
        self.inflight.is_exhausted(is_released)
    }

    /// Moves all of its messages into the past by this much.
    pub fn age(&mut self, by: Duration) {
        if let Some(window) = &mut self.window {
            window.shift_back(by);
        }
    }

    /// When its spam window can be dropped, if it says nothing more.
    pub fn window_expires(&self, limit: SpamLimit) -> Option<Instant> {
        self.window.as_ref()?.expires(limit)
    }

    /// Drops its spam window.
    pub fn forget_window(&mut self) {
        self.window = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_costs_points_and_one_that_is_refused_counts_as_a_message() {
        let limits = SenderLimits { spam: "2/1s".parse().ok(), commands: "10/20s".parse().ok() };
        let (mut quota, now) = (SenderQuota::default(), Instant::now());
        let search = Request::Command { room: None, name: "search".into(), rest: "tea".into() };
        let done = Charged { verdict: Verdict::Pass, refused: None };
        assert_eq!(quota.charge(&search, limits, now, now), done);
        assert_eq!(quota.window_expires(limits.spam.unwrap()), None, "it is no message");
        let refused = quota.charge(&search, limits, now, now);
        assert!(matches!(refused.refused, Some(Refusal::TooFast { .. })));
        assert_eq!(refused.verdict, Verdict::Pass);
        assert_eq!(quota.charge(&search, limits, now, now).verdict, Verdict::Remove);
        let off = SenderLimits { spam: None, commands: None };
        assert_eq!(quota.charge(&search, off, now, now), done);
    }
}
