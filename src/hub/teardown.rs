//! How sessions end: by themselves, lost, removed, or all at once; and how their connections are closed after that.

use std::time::Instant;

use log::{debug, info};

use crate::base::limits::{CLOSE_LINGER, CLOSE_TIMEOUT};
use crate::fanout::SessionId;
use crate::hub::ids::Close;
use crate::hub::session::Stage;
use crate::hub::{Due, Hub};
use crate::proto::{Event, MemberId, Notice, Removal};
use crate::wire::{CloseCode, sentences};

impl Hub {
    /// The connection is gone, for this reason.
    pub fn lost(&mut self, id: SessionId, why: &dyn std::fmt::Display, now: Instant) {
        if self.sessions.get(id).is_none() {
            return;
        }
        debug!("{} was lost: {why}", self.describe(id));
        self.depart(id, now);
        self.forget(id);
    }

    /// Ends the service: everybody is told, and closed as soon as that is sent. Nobody is let in any more. Returns who
    /// was told.
    pub fn stop(&mut self, now: Instant) -> Vec<SessionId> {
        self.stopping = true;
        self.operator_answers.stop();
        for room in self.hosts.stop() {
            self.set_host_timer(room, None);
        }
        let ids: Vec<SessionId> = self.sessions.iter().map(|(id, _)| id).collect();
        let mut told = Vec::new();
        for id in ids {
            if self.sessions[id].is_closing() {
                // It knows, and is not waited for any longer.
                self.fanout.mark_pending_write(id);
                continue;
            }
            if self.sessions[id].member().is_some_and(|member| self.queries.drop_member(member)) {
                self.tell(id, &Event::Notice(Notice::QueryAborted));
            }
            // That all the others leave too is no news to anybody.
            self.tell(id, &Event::Removed(Removal::Stopping));
            for room in self.fanout.subscriptions(id).collect::<Vec<_>>() {
                self.fanout.unsubscribe(id, room);
            }
            self.begin_leaving(id, now);
            told.push(id);
        }
        told
    }

    /// Bytes that these sessions are still to be sent, and to how many of them.
    pub fn unsent(&self, to: &[SessionId]) -> (usize, usize) {
        let owed = to.iter().map(|id| self.fanout.backlog(*id)).filter(|cost| *cost > 0);
        owed.fold((0, 0), |(bytes, sessions), cost| (bytes + cost, sessions + 1))
    }

    /// What is to be done with connections, after a flush.
    pub fn poll_close(&mut self) -> Option<Close> {
        let (close, closed) = self.sessions.poll_close()?;
        if let (Close::Full(id), Some(session)) = (close, closed) {
            self.admission.closed(session.peer.ip());
            self.fanout.close(id);
            debug!("{} closed", session.peer);
        }
        Some(close)
    }

    /// Has the host remove a session, whether or not it is in the room.
    pub(super) fn remove(&mut self, id: SessionId, why: Removal, now: Instant) {
        match self.sessions[id].stage {
            Stage::Member { id: member } => self.remove_member(member, &why, now),
            Stage::Greeting { .. } | Stage::Handshake { .. } => {
                self.tell(id, &Event::Removed(why));
                self.begin_leaving(id, now);
            }
            Stage::Closing { .. } => {}
        }
    }

    /// Somebody is not let in, for this reason: a sentence, or the word of those who know only one.
    pub(super) fn turn_away(&mut self, id: SessionId, why: &str, now: Instant) {
        let is_removal = self.sessions[id].profile().refusal_is_removal;
        let told =
            if is_removal { Event::Removed(Removal::Operator(why.into())) } else { Event::notice(why) };
        self.tell(id, &told);
        self.begin_leaving(id, now);
    }

    /// Has the host remove a member.
    pub(super) fn remove_member(&mut self, member: MemberId, why: &Removal, now: Instant) {
        info!("{} is removed for: {}", self.chat.who(member).name, sentences::removal(why));
        self.chat.remove(member, why, self.wall(now));
        self.run_effects(now);
    }

    /// A session goes by itself: it leaves the room, and is closed once it has what it is owed.
    pub(super) fn depart(&mut self, id: SessionId, now: Instant) {
        match self.sessions[id].stage {
            Stage::Member { id: member } => {
                self.chat.leave(member, self.wall(now));
                self.run_effects(now);
            }
            Stage::Greeting { .. } | Stage::Handshake { .. } => self.begin_leaving(id, now),
            Stage::Closing { .. } => self.fanout.mark_pending_write(id),
        }
    }

    /// Nothing that it sends counts any more; what it is owed may take a while yet.
    pub(super) fn begin_leaving(&mut self, id: SessionId, now: Instant) {
        let usual = if self.stopping { CloseCode::GoingAway } else { CloseCode::Normal };
        let session = &mut self.sessions[id];
        let why = if session.is_removed { CloseCode::Policy } else { usual };
        if let Some(goodbye) = session.codec.goodbye(why) {
            self.owe(id, |out| out.extend_from_slice(&goodbye));
        }
        self.sessions.begin_closing(id, now + CLOSE_TIMEOUT);
        self.set_timer(id, now + CLOSE_LINGER);
        self.fanout.close_when_drained(id);
    }

    /// Looks after a session that leaves. What it is owed it gets, as long as it takes of that, or nobody may hear it yet.
    pub(super) fn leaving_due(&mut self, id: SessionId, until: Instant, now: Instant) {
        let stuck = self.fanout.write_stalled_since(id).or_else(|| self.fanout.unread_since(id));
        let has_time = now < until && stuck.is_none_or(|since| now < since + CLOSE_LINGER);
        if self.fanout.backlog(id) == 0 || !has_time {
            return self.forget(id);
        }
        self.set_timer(id, until.min(now + CLOSE_LINGER));
    }

    /// Lets go of a session that has left.
    pub(super) fn forget(&mut self, id: SessionId) {
        self.cancel_timer(id);
        self.timers.stop(Due::Wire(id));
        if self.sessions.close(id) {
            self.fanout.clear(id);
            self.room_watch.remove(id);
        }
    }
}
