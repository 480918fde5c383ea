//! What one sender may still send: its window for spam, its budget for commands, and what it said that nobody hears yet.

use std::time::{Duration, Instant};

use crate::limits::command_budget::{CommandBudget, CommandLimit, Cost};
use crate::limits::inflight::{InflightMessage, InflightWindow};
use crate::limits::spam_limiter::{SlidingWindow, SpamLimit, Verdict};
use crate::proto::{Refusal, Request};

/// The quota of one sender.
#[derive(Debug, Default)]
pub struct SenderQuota {
    /// None: it said nothing of late.
    window: Option<Box<SlidingWindow>>,
    commands: CommandBudget,
    inflight: InflightWindow,
}

/// The limits that requests are charged against. `None` allows everything.
#[derive(Clone, Copy, Debug)]
pub struct SenderLimits {
    /// Of messages.
    pub spam: Option<SpamLimit>,
    /// Of commands.
    pub commands: Option<CommandLimit>,
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Charged {
    /// What the spam limiter thinks of it.
    pub verdict: Verdict,
    /// It is not done, and its sender is told this.
    pub refused: Option<Refusal>,
}

impl SenderQuota {
    /// Charges a request that came at some time since `since`, which is `now` or before it. A command that is refused counts
    /// as a message, so that a sender that goes on regardless is removed.
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
            Some(limit) => self.window.get_or_insert_default().count(limit, since, now),
            None => Verdict::Pass,
        };
        Charged { verdict, refused }
    }

    /// What it has proposed, and nobody hears yet.
    pub fn inflight(&mut self) -> &mut InflightWindow {
        &mut self.inflight
    }

    /// Whether it is so far ahead of its readers that it is not read for now (backpressure).
    pub fn must_wait(&self, is_released: impl Fn(&InflightMessage) -> bool) -> bool {
        self.inflight.is_exhausted(is_released)
    }

    /// What it said was said so much longer ago.
    pub fn age(&mut self, by: Duration) {
        if let Some(window) = &mut self.window {
            window.age(by);
        }
    }

    /// When its window may be forgotten, if it says nothing more.
    pub fn window_expires(&self, limit: SpamLimit) -> Option<Instant> {
        self.window.as_ref()?.expires(limit)
    }

    /// Forgets its window.
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
