//! How connections are closed: gently, first for sending, and whoever holds most if all hold too much.

use std::time::Instant;

use log::debug;

use crate::base::limits::{CLOSE_LINGER, CLOSE_TIMEOUT};
use crate::fanout::SessionId;
use crate::hub::ids::Close;
use crate::hub::sessions::{Due, Session, Sessions, Stage};
use crate::proto::Removal;

/// What all sessions together may hold so much of.
#[derive(Clone, Copy, Debug)]
pub(in crate::hub) enum Held {
    /// What they are owed.
    Owed,
    /// Messages that are not finished.
    Unfinished,
}

impl Held {
    /// Why somebody is let go who holds most of it.
    pub(in crate::hub) fn removal(self) -> Removal {
        match self {
            Held::Owed => Removal::LargestBacklog,
            Held::Unfinished => Removal::LargestPartialInput,
        }
    }
}

impl Sessions {
    /// Nothing that a session sends counts any more; what it is owed may take a while yet.
    pub(in crate::hub) fn begin_closing(&mut self, id: SessionId, now: Instant) {
        let session = &mut self[id];
        if let Some(goodbye) = session.codec.goodbye(session.close_code) {
            self.fanout.enqueue(id, |out| out.extend_from_slice(&goodbye));
        }
        let session = &mut self[id];
        session.stage = Stage::Closing { until: now + CLOSE_TIMEOUT };
        session.waiting = None;
        session.quota.forget_window();
        session.codec.discard();
        session.unfinished.set(0);
        if std::mem::take(&mut session.is_runnable) {
            self.runnable.retain(|other| *other != id);
        }
        self.set_timer(id, now + CLOSE_LINGER);
        self.fanout.close_when_drained(id);
    }

    /// Looks after a session that leaves. What it is owed it gets, as long as it takes of that, or nobody may hear it yet.
    pub(in crate::hub) fn closing_due(&mut self, id: SessionId, until: Instant, now: Instant) {
        let stuck = self.fanout.write_stalled_since(id).or_else(|| self.fanout.unread_since(id));
        let has_time = now < until && stuck.is_none_or(|since| now < since + CLOSE_LINGER);
        if self.fanout.backlog(id) == 0 || !has_time {
            return self.close(id);
        }
        self.set_timer(id, until.min(now + CLOSE_LINGER));
    }

    /// A connection that is leaving was sent the last of what it was to be sent. `is_stopping`: the service ends.
    pub(in crate::hub) fn drained(&mut self, id: SessionId, is_stopping: bool, now: Instant) {
        if self[id].ended.is_some() || is_stopping {
            self.close(id);
        } else if !std::mem::replace(&mut self[id].half_closed, true) {
            // The peer is told that nothing more comes.
            self.closes.push_back(Close::Half(id));
            self.set_timer(id, now + CLOSE_LINGER);
        }
    }

    /// Has a session's connection closed, after which it is forgotten.
    pub(in crate::hub) fn close(&mut self, id: SessionId) {
        self.cancel_timer(id);
        self.timers.stop(Due::Wire(id));
        if !std::mem::replace(&mut self[id].is_closed, true) {
            self.closes.push_back(Close::Full(id));
            self.fanout.clear(id);
        }
    }

    /// Whether there are connections to be closed.
    pub(in crate::hub) fn has_closes(&self) -> bool {
        !self.closes.is_empty()
    }

    /// What is to be done with a connection next; and the session, if that is its end.
    pub(in crate::hub) fn poll_close(&mut self) -> Option<(Close, Option<Session>)> {
        let close = self.closes.pop_front()?;
        let Close::Full(id) = close else { return Some((close, None)) };
        let session = self.slots.remove(id.0);
        self.fanout.close(id);
        debug!("{} closed", session.peer);
        Some((close, Some(session)))
    }

    /// Bytes that these sessions are still to be sent, and to how many of them.
    pub(in crate::hub) fn unsent(&self, to: impl Iterator<Item = SessionId>) -> (usize, usize) {
        let owed = to.map(|id| self.fanout.backlog(id)).filter(|cost| *cost > 0);
        owed.fold((0, 0), |(bytes, sessions), cost| (bytes + cost, sessions + 1))
    }

    /// Whom to let go, one after the other, those first who hold most; nobody, if all hold no more than they may. It is enough as
    /// soon as [`Sessions::is_relieved`].
    pub(in crate::hub) fn largest_holders(&self, what: Held) -> Vec<SessionId> {
        let (all, most) = self.held(what);
        // Nothing is added up or compared as long as it is not too much.
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

    /// Whether all together hold a little less than too much, so that it is not too much again at once.
    pub(in crate::hub) fn is_relieved(&self, what: Held) -> bool {
        let (all, most) = self.held(what);
        all <= most - most / 16
    }

    /// How much all hold, and may hold.
    fn held(&self, what: Held) -> (usize, usize) {
        match what {
            // What an operator lets one be owed may be more than all are owed otherwise.
            Held::Owed => {
                (self.fanout.queued_bytes(), self.limits.total_send_queue.max(self.limits.send_queue))
            }
            Held::Unfinished => (self.unfinished_bytes(), self.limits.total_partial_frames),
        }
    }
}
