//! When a session is looked at, and what has become of a member by then: its spam window ends, it is silent for too long, or does
//! not read. And when a client whose messages have no ends may be sent the next, or what it sent is whole.
//!
//! A session has one deadline. It is never later than the first of these; when it comes, they are looked at, and it is set
//! to what is first then.

use std::time::{Duration, Instant};

use crate::base::limits::IDLE_WARNING;
use crate::fanout::SessionId;
use crate::hub::sessions::{Session, Sessions, Stage};
use crate::proto::{Notice, Removal};

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::hub) enum Due {
    /// A session's own.
    Session(SessionId),
    /// To look at a client again whose messages have no ends.
    Wire(SessionId),
    /// To look, as the turn is written, whether a session is there whose name somebody else came for.
    Probe(SessionId),
}

/// What has become of a member.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::hub) enum Overdue {
    /// It does not read, and is let go of, for this reason.
    LetGo(Removal),
    /// It is removed, for this reason.
    Remove(Removal),
    /// It has waited for an answer for as long as any does.
    Unanswered,
    /// It is to be told this.
    Warn(Notice),
}

impl Sessions {
    /// When a session is looked at next.
    pub(in crate::hub) fn deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The first that is due.
    pub(in crate::hub) fn pop_due(&mut self, now: Instant) -> Option<Due> {
        self.timers.pop_due(now)
    }

    /// Sets a session's one deadline.
    pub(in crate::hub) fn set_timer(&mut self, id: SessionId, at: Instant) {
        self.timers.set(Due::Session(id), at);
    }

    pub(super) fn cancel_timer(&mut self, id: SessionId) {
        self.timers.stop(Due::Session(id));
    }

    /// Sees to it that this turn, or one by then, looks at a session that is probed.
    pub(in crate::hub) fn probe_by(&mut self, id: SessionId, at: Instant) {
        self.timers.set(Due::Probe(id), at);
    }

    /// What has become of a member whose deadline has come, one after the other. `waits_until`: at the latest, if it waits.
    pub(in crate::hub) fn overdue(
        &mut self,
        id: SessionId,
        waits_until: Option<Instant>,
        now: Instant,
    ) -> Option<Overdue> {
        if self.spam_window_expires(id).is_none_or(|at| at <= now) {
            self[id].quota.forget_window();
        }
        if let Some(age) = self.limits.write_stall_timeout
            && self.fanout.write_stalled_since(id).is_some_and(|since| now >= since + age)
        {
            return Some(Overdue::LetGo(Removal::WriteStalled(age)));
        }
        let session = &mut self.slots[id.0];
        if !session.is_runnable && waits_until.is_some_and(|end| end <= now) {
            return Some(Overdue::Unanswered);
        }
        let idle = self.limits.idle?;
        let silent = now.saturating_duration_since(session.last_received);
        if silent >= idle {
            return Some(Overdue::Remove(Removal::Idle(idle)));
        }
        if silent >= warns_after(idle) && !std::mem::replace(&mut session.is_warned, true) {
            return Some(Overdue::Warn(Notice::IdleWarning {
                since: silent,
                left: idle.saturating_sub(silent),
            }));
        }
        None
    }

    /// Sees to it that a member is looked at when something is next due. `waits_until`: at the latest, if it waits.
    pub(in crate::hub) fn watch_member(&mut self, id: SessionId, waits_until: Option<Instant>) {
        let window = self.spam_window_expires(id);
        let Session { last_received, is_warned, is_runnable, .. } = &self[id];
        // Who waits no longer is come to in the next turn.
        let answer = waits_until.filter(|_| !is_runnable);
        let stuck = self
            .fanout
            .write_stalled_since(id)
            .zip(self.limits.write_stall_timeout)
            .map(|(since, age)| since + age);
        let silent =
            self.limits.idle.map(|idle| *last_received + if *is_warned { idle } else { warns_after(idle) });
        if let Some(at) = [window, stuck, silent, answer].into_iter().flatten().min() {
            self.timers.set_by(Due::Session(id), at);
        }
    }

    /// When what a session said may be forgotten: not while what it says may still count as said in that time.
    fn spam_window_expires(&self, id: SessionId) -> Option<Instant> {
        let at = self[id].quota.window_expires(self.spam_limit?)?;
        Some(self.stall.counts_until(at))
    }

    /// A session is owed something, and its socket takes none of it.
    pub(in crate::hub) fn note_write_stall(&mut self, id: SessionId, now: Instant) {
        match (&self[id].stage, self.limits.write_stall_timeout) {
            (Stage::Member { .. }, Some(age)) => {
                self.fanout.note_write_stall(id, now);
                self.timers.set_by(Due::Session(id), now + age);
            }
            // Its deadline is set.
            (Stage::Closing { .. }, _) => self.fanout.note_write_stall(id, now),
            _ => {}
        }
    }

    /// Sees to it that a client is looked at again when that may lead to something. What is due by now is left to this turn,
    /// which comes to all who are listed, or to the next, which comes to all who are behind.
    pub(in crate::hub) fn watch_wire(&mut self, id: SessionId, now: Instant) {
        if !self.fanout.is_paced(id) {
            return;
        }
        let next = self.fanout.next_paced_write(id);
        if next.is_some_and(|at| at <= now) {
            // It sent something just when its next message was due: there will be no other deadline.
            self.fanout.mark_pending_write(id);
        }
        let session = &self[id];
        let wanted = [next, session.codec.deadline()].into_iter().flatten().filter(|at| *at > now).min();
        self.timers.change(Due::Wire(id), wanted);
    }
}

/// After how much silence a member is warned that it will be removed for it.
fn warns_after(idle: Duration) -> Duration {
    idle.saturating_sub(IDLE_WARNING).max(idle / 2)
}
