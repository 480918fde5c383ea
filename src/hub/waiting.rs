//! Who asked something that is being looked up, and then for what comes after the answer: another question, another room, or
//! to leave, be it by a command or by ending its input. That waits, and so does all that it sent behind it.
//!
//! So whoever asks and leaves is answered first, and then told goodbye. Who leaves the chat waits for bots as well, which think
//! before they answer, or ask for a forecast; who goes elsewhere does not. The answer may be long in coming, and its reader may
//! be slow: `REPLY_TIMEOUT` and `HALF_CLOSED_TIMEOUT` are the bounds.

use std::time::Instant;

use crate::base::limits::{MAX_CLOCK_STEP, RESULT_BYTES_MAX};
use crate::chat::{is_exit, waits_for_replies};
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::sessions::Waiting;
use crate::proto::{Event, MemberId, Notice, Request};

impl Hub {
    /// Somebody in the room asks for something, and gets it, in its turn: now, or after an answer.
    pub(super) fn request_in_turn(
        &mut self,
        id: SessionId,
        member: MemberId,
        request: Request,
        now: Instant,
    ) {
        let is_late = self.is_asking(id) || self.has_much_to_read(id);
        let leaves = is_exit(&request) && self.is_to_be_answered(id);
        if leaves || (waits_for_replies(&request) && is_late) {
            return self.wait_for_answer(id, Some(request), now);
        }
        self.request(id, member, request, now);
    }

    /// Somebody whose input has ended leaves, in its turn.
    pub(super) fn leave_in_turn(&mut self, id: SessionId, now: Instant) {
        let is_to_wait = self.is_asking(id) || self.is_to_be_answered(id);
        if is_to_wait && !self.sessions[id].is_half_closed_for_long(now) {
            return self.wait_for_answer(id, None, now);
        }
        self.depart(id, now);
    }

    /// Whether what waits in this session has to wait on.
    pub(super) fn has_to_wait_on(&self, id: SessionId, now: Instant) -> bool {
        let Some(waiting) = &self.sessions[id].waiting else { return false };
        (self.is_asking(id)
            || (waiting.then.is_some() && self.has_much_to_read(id))
            || (waiting.leaves() && self.is_to_be_answered(id)))
            && self.waits_until(id).is_some_and(|end| now < end)
    }

    /// It does not.
    pub(super) fn go_on(&mut self, id: SessionId, now: Instant) {
        let Some(waiting) = self.sessions[id].waiting.take() else { return };
        self.sessions.fanout.report_progress(id, false);
        if !waiting.leaves() && now.saturating_duration_since(waiting.since) >= MAX_CLOCK_STEP {
            // It was not listened to meanwhile, and what it sent is no flood. What who leaves sent counts for nothing.
            self.sessions.stall.record(waiting.since, now);
        }
        match (waiting.then, self.sessions[id].member()) {
            (Some(request), Some(member)) => {
                self.sessions[id].label = waiting.label;
                self.request(id, member, request, now);
                self.sessions.end_request(id);
            }
            _ => self.depart(id, now),
        }
    }

    /// A session was answered, or has read something: if that is what it waited for, the next turn goes on with it.
    pub(super) fn wait_no_longer(&mut self, id: SessionId, now: Instant) {
        let session = &self.sessions[id];
        if session.waiting.is_some() && !session.is_runnable && !self.has_to_wait_on(id, now) {
            self.sessions.mark_runnable(id);
        }
    }

    /// Until when a session waits at the latest, if it does.
    pub(super) fn waits_until(&self, id: SessionId) -> Option<Instant> {
        self.sessions[id].waits_until(|member| self.queries.is_asked_by(member))
    }

    /// Sees to it that a member is looked at when something is next due.
    pub(super) fn watch_member(&mut self, id: SessionId) {
        self.sessions.watch_member(id, self.waits_until(id));
    }

    /// A session has waited for as long as any does: its question is given up, and what waited goes on.
    pub(super) fn stop_waiting(&mut self, id: SessionId, now: Instant) {
        if self.sessions[id].member().is_some_and(|member| self.queries.drop_member(member)) {
            self.sessions.tell(id, &Event::Notice(Notice::QueryTimeout));
        }
        if self.sessions[id].is_half_closed_for_long(now) {
            self.sessions.tell(id, &Event::Notice(Notice::InputEnded));
            return self.depart(id, now);
        }
        self.wait_no_longer(id, now);
    }

    fn wait_for_answer(&mut self, id: SessionId, then: Option<Request>, now: Instant) {
        let label = self.sessions[id].label.take();
        self.sessions[id].waiting = Some(Box::new(Waiting { since: now, then, label }));
        self.sessions.fanout.report_progress(id, true);
        self.watch_member(id);
        self.wait_for_host(id);
    }

    /// What a room's host wanted done was done: who waited to leave until it has answered looks again.
    pub(super) fn host_went_on(&mut self, leavers: Vec<MemberId>, now: Instant) {
        for id in leavers.into_iter().filter_map(|member| self.sessions.of_member(member)).collect::<Vec<_>>()
        {
            if self.sessions.get(id).is_some_and(|session| session.waiting.is_some()) {
                self.wait_no_longer(id, now);
                self.wait_for_host(id);
            }
        }
    }

    /// Has a session that waits to leave hear of the host that is to answer it, if there is one.
    fn wait_for_host(&mut self, id: SessionId) {
        let leaves = self.sessions[id].waiting.as_ref().is_some_and(|waiting| waiting.leaves());
        if let Some(member) = self.sessions[id].member().filter(|_| leaves) {
            self.rooms.await_answer(member);
        }
    }

    /// Whether a bot is still to answer what this session said.
    fn is_to_be_answered(&self, id: SessionId) -> bool {
        self.sessions[id].member().is_some_and(|member| self.rooms.is_to_answer(member).is_some())
    }

    /// Whether a question of this session is being looked up.
    fn is_asking(&self, id: SessionId) -> bool {
        self.sessions[id].member().is_some_and(|member| self.queries.is_asked_by(member))
    }

    /// Whether it has not read the answers to those before.
    fn has_much_to_read(&self, id: SessionId) -> bool {
        self.sessions.fanout.backlog(id) > RESULT_BYTES_MAX
    }
}
