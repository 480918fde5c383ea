//! What becomes of a member with time: its spam window ends, it is silent for too long, or does not read. And when a client
//! whose messages have no ends may be sent the next, or what it sent is whole.
//!
//! A session has one deadline. It is never later than the first of these; when it comes, they are looked at, and it is set
//! to what is first then.

use std::time::{Duration, Instant};

use log::info;

use crate::base::limits::IDLE_WARNING;
use crate::fanout::SessionId;
use crate::hub::session::{Session, Stage};
use crate::hub::{Due, Hub};
use crate::proto::{Event, Notice, Removal};

impl Hub {
    /// Sees to it that a session is looked at by then.
    pub(super) fn wake_by(&mut self, id: SessionId, at: Instant) {
        self.timers.set_by(Due::Session(id), at);
    }

    /// A member's deadline has come.
    pub(super) fn member_due(&mut self, id: SessionId, now: Instant) {
        if self.throttle_ends(id).is_none_or(|at| at <= now) {
            self.sessions[id].quota.forget_window();
        }
        if let Some(age) = self.limits.write_stall_timeout
            && self.fanout.write_stalled_since(id).is_some_and(|since| now >= since + age)
        {
            return self.let_go(id, Removal::WriteStalled(age), now);
        }
        if !self.sessions[id].is_runnable && self.waits_until(id).is_some_and(|end| end <= now) {
            self.stop_waiting(id, now);
            if self.sessions[id].is_closing() {
                return;
            }
        }
        if let Some(idle) = self.limits.idle {
            let silent = now.saturating_duration_since(self.sessions[id].last_received);
            if silent >= idle {
                return self.remove(id, Removal::Idle(idle), now);
            }
            if silent >= warns_after(idle) && !std::mem::replace(&mut self.sessions[id].is_warned, true) {
                info!("{} is warned of being silent", self.describe(id));
                let notice = Notice::IdleWarning { since: silent, left: idle.saturating_sub(silent) };
                self.tell(id, &Event::Notice(notice));
            }
        }
        self.watch_member(id);
    }

    /// Sees to it that a member is looked at when something is next due.
    pub(super) fn watch_member(&mut self, id: SessionId) {
        let window = self.throttle_ends(id);
        let Session { last_received, is_warned, .. } = &self.sessions[id];
        // Who waits no longer is come to in the next turn.
        let answer = self.waits_until(id).filter(|_| !self.sessions[id].is_runnable);
        let stuck = self
            .fanout
            .write_stalled_since(id)
            .zip(self.limits.write_stall_timeout)
            .map(|(since, age)| since + age);
        let silent =
            self.limits.idle.map(|idle| *last_received + if *is_warned { idle } else { warns_after(idle) });
        if let Some(at) = [window, stuck, silent, answer].into_iter().flatten().min() {
            self.wake_by(id, at);
        }
    }

    /// When what a session said may be forgotten: not while what it says may still count as said in that time.
    fn throttle_ends(&self, id: SessionId) -> Option<Instant> {
        let at = self.sessions[id].quota.window_expires(self.spam_limit?)?;
        Some(self.clock.counts_until(at))
    }

    /// A session is owed something, and its socket takes none of it.
    pub(super) fn note_stuck(&mut self, id: SessionId, now: Instant) {
        match (&self.sessions[id].stage, self.limits.write_stall_timeout) {
            (Stage::Member { .. }, Some(age)) => {
                self.fanout.note_write_stall(id, now);
                self.wake_by(id, now + age);
            }
            // Its deadline is set.
            (Stage::Closing { .. }, _) => self.fanout.note_write_stall(id, now),
            _ => {}
        }
    }

    /// Sees to it that a client is looked at again when that may lead to something. What is due by now is left to this turn,
    /// which comes to all who are listed, or to the next, which comes to all who are behind.
    pub(super) fn watch_wire(&mut self, id: SessionId, now: Instant) {
        if !self.fanout.is_paced(id) {
            return;
        }
        let next = self.fanout.next_paced_write(id);
        if next.is_some_and(|at| at <= now) {
            // It sent something just when its next message was due: there will be no other deadline.
            self.fanout.mark_pending_write(id);
        }
        let session = &self.sessions[id];
        let wanted = [next, session.codec.deadline()].into_iter().flatten().filter(|at| *at > now).min();
        self.timers.change(Due::Wire(id), wanted);
    }

    /// It is time to look at a client whose messages have no ends.
    pub(super) fn wire_due(&mut self, id: SessionId, now: Instant) {
        self.fanout.mark_pending_write(id);
        if !self.sessions[id].is_runnable {
            self.work(id, now);
        }
        self.watch_wire(id, now);
    }

    /// Removes who does not read. There is no time left for what it is owed.
    pub(super) fn let_go(&mut self, id: SessionId, why: Removal, now: Instant) {
        self.metrics.slow += 1;
        self.fanout.cut(id);
        self.remove(id, why, now);
    }
}

/// After how much silence a member is warned that it will be removed for it.
fn warns_after(idle: Duration) -> Duration {
    idle.saturating_sub(IDLE_WARNING).max(idle / 2)
}
