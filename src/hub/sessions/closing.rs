//! Closing of connections: gently, by a half close first; and which ones to close when all together hold too much memory.

use std::time::Instant;

use log::debug;

use crate::base::limits::{CLOSE_LINGER, CLOSE_TIMEOUT};
use crate::fanout::{FlushOutcome, SessionId};
use crate::hub::ids::Close;
use crate::hub::sessions::{Due, Session, Sessions, Stage};
use crate::proto::{Event, MemberId, Notice, Removal};

/// A kind of memory with a limit for all sessions together.
#[derive(Clone, Copy, Debug)]
pub(in crate::hub) enum Held {
    /// Send queues.
    Owed,
    /// Incomplete messages.
    Unfinished,
}

impl Held {
    /// The reason for removing the session that holds most of it.
    pub(in crate::hub) fn removal(self) -> Removal {
        match self {
            Held::Owed => Removal::LargestBacklog,
            Held::Unfinished => Removal::LargestPartialInput,
        }
    }
}

impl Sessions {
    /// Begins to close a session: its input is dropped from now on, and its queue is still sent.
    pub(in crate::hub) fn begin_closing(&mut self, id: SessionId, now: Instant) {
        let session = &mut self[id];
        if let Some(goodbye) = session.codec.goodbye(session.close_code) {
            self.fanout.enqueue(id, |out| out.extend_from_slice(&goodbye));
        }
        let session = &mut self[id];
        session.stage = Stage::Closing { until: now + CLOSE_TIMEOUT };
        (session.is_asking, session.waiting, session.paused_until) = (false, None, None);
        session.quota.forget_window();
        session.codec.discard();
        session.unfinished.set(0);
        if std::mem::take(&mut session.is_runnable) {
            self.runnable.retain(|other| *other != id);
        }
        self.set_timer(id, now + CLOSE_LINGER);
        self.fanout.close_when_drained(id);
    }

    /// A session leaves by itself: it is closed once its queue is sent. Returns its member, if that has to leave the chat first.
    pub(in crate::hub) fn end_nameless(&mut self, id: SessionId, now: Instant) -> Option<MemberId> {
        match self[id].stage {
            Stage::Member { id: member } => return Some(member),
            Stage::Greeting { .. } | Stage::Handshake { .. } => self.begin_closing(id, now),
            Stage::Closing { .. } => self.fanout.mark_pending_write(id),
        }
        None
    }

    /// A session is removed, and told why. Returns its member, if that has to be removed from the chat instead.
    pub(in crate::hub) fn remove_nameless(
        &mut self,
        id: SessionId,
        why: &Removal,
        now: Instant,
    ) -> Option<MemberId> {
        if self[id].is_nameless() {
            self.turn_away(id, &Event::Removed(why.clone()), now);
        }
        self[id].member()
    }

    /// Ends all sessions, as the service ends. `give_up` cancels a member's question, and returns whether there was one. Returns
    /// the sessions that were told.
    pub(in crate::hub) fn stop(
        &mut self,
        mut give_up: impl FnMut(MemberId) -> bool,
        now: Instant,
    ) -> Vec<SessionId> {
        let ids: Vec<SessionId> = self.iter().map(|(id, _)| id).collect();
        let mut told = Vec::new();
        for id in ids {
            if self[id].is_closing() {
                // It was told before. It is closed once its queue is empty.
                self.fanout.mark_pending_write(id);
                continue;
            }
            if self[id].member().is_some_and(&mut give_up) {
                self.tell(id, &Event::Notice(Notice::QueryAborted));
            }
            // No leaves are announced, as everybody leaves.
            self.tell(id, &Event::Removed(Removal::Stopping));
            for room in self.fanout.subscriptions(id).collect::<Vec<_>>() {
                self.fanout.unsubscribe(id, room);
            }
            self.begin_closing(id, now);
            told.push(id);
        }
        told
    }

    /// Handles the deadline of a closing session: goes on as long as the peer reads, or its output is not released yet.
    pub(in crate::hub) fn closing_due(&mut self, id: SessionId, until: Instant, now: Instant) {
        let stuck = self.fanout.write_stalled_since(id).or_else(|| self.fanout.unread_since(id));
        let has_time = now < until && stuck.is_none_or(|since| now < since + CLOSE_LINGER);
        if self.fanout.backlog(id) == 0 || !has_time {
            return self.close(id);
        }
        self.set_timer(id, until.min(now + CLOSE_LINGER));
    }

    /// The queue of a closing connection is empty. `is_stopping`: the service ends.
    pub(in crate::hub) fn drained(&mut self, id: SessionId, is_stopping: bool, now: Instant) {
        if self[id].ended.is_some() || is_stopping {
            self.close(id);
        } else if !std::mem::replace(&mut self[id].half_closed, true) {
            // A half close, and a moment for the peer to close its side.
            self.closes.push_back(Close::Half(id));
            self.set_timer(id, now + CLOSE_LINGER);
        }
    }

    /// Handles the outcome of a flush. Returns it if something is left to do. `is_stopping`: the service ends.
    pub(in crate::hub) fn on_flush_outcome(
        &mut self,
        id: SessionId,
        outcome: FlushOutcome,
        is_stopping: bool,
        now: Instant,
    ) -> Option<FlushOutcome> {
        // An earlier outcome may have closed the session.
        let session = self.get(id).filter(|session| !session.is_closed)?;
        match outcome {
            FlushOutcome::QueueFull if session.is_closing() => return None,
            FlushOutcome::Drained => self.drained(id, is_stopping, now),
            FlushOutcome::Blocked => self.note_write_stall(id, now),
            FlushOutcome::Paced => self.watch_wire(id, now),
            _ => return Some(outcome),
        }
        None
    }

    /// Has a session's connection closed. The session is removed with it.
    pub(in crate::hub) fn close(&mut self, id: SessionId) {
        self.cancel_timer(id);
        self.timers.stop(Due::Wire(id));
        if !std::mem::replace(&mut self[id].is_closed, true) {
            self.closes.push_back(Close::Full(id));
            self.fanout.clear(id);
        }
    }

    /// Whether there is more to do without waiting: to close, resume or write.
    pub(in crate::hub) fn is_busy(&self) -> bool {
        !self.closes.is_empty() || self.has_to_resume() || self.fanout.has_work()
    }

    /// The next connection to close; and its session, if that is removed with it.
    pub(in crate::hub) fn poll_close(&mut self) -> Option<(Close, Option<Session>)> {
        let close = self.closes.pop_front()?;
        let Close::Full(id) = close else { return Some((close, None)) };
        let session = self.slots.remove(id.0);
        self.fanout.close(id);
        debug!("{} closed", session.peer);
        Some((close, Some(session)))
    }

    /// The bytes in the queues of these sessions, and how many of the queues are not empty.
    pub fn unsent(&self, to: &[SessionId]) -> (usize, usize) {
        let owed = to.iter().map(|id| self.fanout.backlog(*id)).filter(|cost| *cost > 0);
        owed.fold((0, 0), |(bytes, sessions), cost| (bytes + cost, sessions + 1))
    }

    /// The sessions to remove, those that hold most first; none if the limit is kept. Stop as soon as
    /// [`Sessions::is_relieved`].
    pub(in crate::hub) fn largest_holders(&self, what: Held) -> Vec<SessionId> {
        let (all, most) = self.held(what);
        // Usually the limit is kept, and no session is looked at.
        if all <= most {
            return Vec::new();
        }
        let one = |id: SessionId, session: &Session| match what {
            Held::Owed => self.fanout.reclaimable_bytes(id),
            Held::Unfinished => session.unfinished.bytes(),
        };
        let held = self.iter().map(|(id, session)| (one(id, session), id));
        let mut holders: Vec<(usize, SessionId)> = held.filter(|(bytes, _)| *bytes > 0).collect();
        holders.sort_unstable_by(|one, other| other.cmp(one));
        holders.into_iter().map(|(_, id)| id).collect()
    }

    /// Whether all together are a little below the limit, so that it is not exceeded again at once.
    pub(in crate::hub) fn is_relieved(&self, what: Held) -> bool {
        let (all, most) = self.held(what);
        all <= most - most / 16
    }

    /// How much all sessions hold, and the limit, in bytes.
    fn held(&self, what: Held) -> (usize, usize) {
        match what {
            // The operator's limit for one queue may be larger than the limit for all.
            Held::Owed => {
                (self.fanout.queued_bytes(), self.limits.total_send_queue.max(self.limits.send_queue))
            }
            Held::Unfinished => (self.unfinished_bytes(), self.limits.total_partial_frames),
        }
    }
}
