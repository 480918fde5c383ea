//! Deadlines of sessions: a member's spam window ends, it is idle for too long, or it does not read. Clients whose messages have
//! no end marks have another one: for their next message, in either direction.
//!
//! A session has one timer, which is never later than its first deadline. When the timer fires, all deadlines are checked, and it
//! is set to the next one.

use std::time::{Duration, Instant};

use log::info;

use crate::base::limits::IDLE_WARNING;
use crate::chat::Chat;
use crate::fanout::SessionId;
use crate::hub::sessions::{Session, Sessions, Stage};
use crate::proto::{Event, Notice, Removal};

/// The key of a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Due {
    /// A session's own timer.
    Session(SessionId),
    /// The next message from or to a client whose messages have no end marks.
    Wire(SessionId),
    /// The check of a liveness probe, at the end of the turn.
    Probe(SessionId),
}

/// What a timer that was due leaves to the caller.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::hub) enum TimedOut {
    /// A member's deadlines have to be checked: see [`Sessions::overdue`].
    Member(SessionId),
    /// A session's input has to be handled: its next message is complete.
    Input(SessionId),
    /// Nothing.
    Nothing,
}

/// A member's deadline that has passed.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::hub) enum Overdue {
    /// It does not read: disconnect it for this reason, without sending its queue.
    LetGo(Removal),
    /// Remove it for this reason.
    Remove(Removal),
    /// The time limit for an answer that it waits for is over.
    Unanswered,
}

impl Sessions {
    /// The next deadline.
    pub(in crate::hub) fn deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Handles the first timer that is due. `None`: none is.
    pub(in crate::hub) fn pop_due(&mut self, now: Instant) -> Option<TimedOut> {
        match self.timers.pop_due(now)? {
            Due::Session(id) => match self[id].stage {
                Stage::Member { .. } => return Some(TimedOut::Member(id)),
                Stage::Greeting { .. } | Stage::Handshake { .. } => self.handshake_due(id, now),
                Stage::Closing { until } => self.closing_due(id, until, now),
            },
            Due::Wire(id) => {
                self.fanout.mark_pending_write(id);
                if !self[id].is_runnable {
                    return Some(TimedOut::Input(id));
                }
                self.watch_wire(id, now);
            }
            Due::Probe(_) => {}
        }
        Some(TimedOut::Nothing)
    }

    /// Sets a session's timer.
    pub(in crate::hub) fn set_timer(&mut self, id: SessionId, at: Instant) {
        self.timers.set(Due::Session(id), at);
    }

    pub(super) fn cancel_timer(&mut self, id: SessionId) {
        self.timers.stop(Due::Session(id));
    }

    /// Has a probed session checked at `at` at the latest.
    pub(in crate::hub) fn probe_by(&mut self, id: SessionId, at: Instant) {
        self.timers.set(Due::Probe(id), at);
    }

    /// The next of a member's passed deadlines; call it until `None`. A member that is idle for long is warned first.
    pub(in crate::hub) fn overdue(&mut self, id: SessionId, chat: &Chat, now: Instant) -> Option<Overdue> {
        if self.spam_window_expires(id).is_none_or(|at| at <= now) {
            self[id].quota.forget_window();
        }
        if let Some(age) = self.limits.write_stall_timeout
            && self.fanout.write_stalled_since(id).is_some_and(|since| now >= since + age)
        {
            return Some(Overdue::LetGo(Removal::WriteStalled(age)));
        }
        let session = &mut self.slots[id.0];
        if session.reply_timer().is_some_and(|end| end <= now) {
            return Some(Overdue::Unanswered);
        }
        let idle = self.limits.idle?;
        let silent = now.saturating_duration_since(session.last_received);
        if silent >= idle {
            return Some(Overdue::Remove(Removal::Idle(idle)));
        }
        if silent >= warns_after(idle) && !std::mem::replace(&mut session.is_warned, true) {
            info!("{} is warned of being idle", session.describe(chat));
            let remaining = idle.saturating_sub(silent);
            self.tell(id, &Event::Notice(Notice::IdleWarning { since: silent, remaining }));
        }
        None
    }

    /// Sets a member's timer to its next deadline.
    pub(in crate::hub) fn watch_member(&mut self, id: SessionId) {
        let window = self.spam_window_expires(id);
        let Session { last_received, is_warned, .. } = &self[id];
        let answer = self[id].reply_timer();
        let stuck = self
            .fanout
            .write_stalled_since(id)
            .zip(self.limits.write_stall_timeout)
            .map(|(since, age)| since + age);
        let silent =
            self.limits.idle.map(|idle| *last_received + if *is_warned { idle } else { warns_after(idle) });
        let pause = self[id].paused_until;
        if let Some(at) = [window, stuck, silent, answer, pause].into_iter().flatten().min() {
            self.timers.set_by(Due::Session(id), at);
        }
    }

    /// When a session's spam window can be dropped: not while later input may still count as sent within the window.
    fn spam_window_expires(&self, id: SessionId) -> Option<Instant> {
        let at = self[id].quota.window_expires(self.spam_limit?)?;
        Some(self.stall.counts_until(at))
    }

    /// A session's socket takes none of its queue.
    pub(in crate::hub) fn note_write_stall(&mut self, id: SessionId, now: Instant) {
        match (&self[id].stage, self.limits.write_stall_timeout) {
            (Stage::Member { .. }, Some(age)) => {
                self.fanout.note_write_stall(id, now);
                self.timers.set_by(Due::Session(id), now + age);
            }
            // Its timer is set.
            (Stage::Closing { .. }, _) => self.fanout.note_write_stall(id, now),
            _ => {}
        }
    }

    /// Sets the wire timer of a client whose messages have no end marks. What is due now is done in this turn, if it is output,
    /// or in the next one, if it is input.
    pub(in crate::hub) fn watch_wire(&mut self, id: SessionId, now: Instant) {
        if !self.fanout.is_paced(id) {
            return;
        }
        let next = self.fanout.next_paced_write(id);
        if next.is_some_and(|at| at <= now) {
            // Its next message is due now: there is no later event for it.
            self.fanout.mark_pending_write(id);
        }
        let session = &self[id];
        let wanted = [next, session.codec.deadline()].into_iter().flatten().filter(|at| *at > now).min();
        self.timers.change(Due::Wire(id), wanted);
    }
}

/// How long a member may be idle before it is warned.
fn warns_after(idle: Duration) -> Duration {
    idle.saturating_sub(IDLE_WARNING).max(idle / 2)
}
