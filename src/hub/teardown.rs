//! How sessions end: by themselves, lost, removed, or all at once at the shutdown.

use std::time::Instant;

use log::debug;

use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::ids::Close;
use crate::hub::sessions::Held;
use crate::proto::{MemberId, Removal};

impl Hub {
    /// A connection is lost, for this reason.
    pub fn lost(&mut self, id: SessionId, why: &dyn std::fmt::Display, now: Instant) {
        if self.sessions.get(id).is_none() {
            return;
        }
        debug!("{} was lost: {why}", self.sessions[id].describe(self.rooms.chat()));
        self.depart(id, now);
        self.sessions.close(id);
    }

    /// Ends the service: tells all sessions, closes each as soon as that is sent, and admits no more. Returns the sessions that
    /// were told.
    pub fn stop(&mut self, now: Instant) -> Vec<SessionId> {
        self.entry.stop();
        self.journal.stop();
        self.rooms.stop();
        if let Some(sharing) = &mut self.sharing {
            sharing.end();
        }
        self.sessions.stop(|member| self.journal.drop_member(member), now)
    }

    /// The next connection to close. Call it after a flush.
    pub fn poll_close(&mut self) -> Option<Close> {
        let (close, closed) = self.sessions.poll_close()?;
        if let Some(session) = closed {
            self.entry.closed(session.peer);
        }
        Some(close)
    }

    /// Removes the sessions that hold most, one after the other, while all together hold too much.
    pub(super) fn shed(&mut self, now: Instant) {
        for what in [Held::Owed, Held::Unfinished] {
            for id in self.sessions.largest_holders(what) {
                if self.sessions.is_relieved(what) {
                    break;
                }
                if self.sessions[id].is_closing() {
                    self.sessions.close(id);
                } else {
                    self.let_go(id, &what.removal(), now);
                }
            }
        }
    }

    /// Removes a session that does not read, without sending its queue.
    pub(super) fn let_go(&mut self, id: SessionId, why: &Removal, now: Instant) {
        self.metrics.slow += 1;
        self.sessions.fanout.cut(id);
        self.remove(id, why, now);
    }

    /// Has the host remove a session, with or without a name.
    pub(super) fn remove(&mut self, id: SessionId, why: &Removal, now: Instant) {
        if let Some(member) = self.sessions.remove_nameless(id, why, now) {
            self.remove_member(member, why, now);
        }
    }

    /// Has the host remove a member.
    pub(super) fn remove_member(&mut self, member: MemberId, why: &Removal, now: Instant) {
        self.rooms.remove(member, why, now);
        self.run_effects(now);
    }

    /// A session leaves by itself: its member leaves the chat, and it is closed once its queue is sent.
    pub(super) fn depart(&mut self, id: SessionId, now: Instant) {
        if let Some(member) = self.sessions.end_nameless(id, now) {
            self.rooms.leave(member, now);
            self.run_effects(now);
        }
    }
}
