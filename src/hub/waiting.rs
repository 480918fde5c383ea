//! Who asked something that is being looked up, and then for what comes after the answer: another question, another room, or
//! to leave, be it by a command or by ending its input. That waits, and so does all that it sent behind it.
//!
//! So whoever asks and leaves is answered first, and then told goodbye. The answer may be long in coming, and its reader may
//! be slow: [`ANSWER_WITHIN`] and [`HALF_CLOSED_WITHIN`] are the bounds.

use std::time::Instant;

use crate::base::limits::{ANSWER_WITHIN, FOUND_BYTES, HALF_CLOSED_WITHIN, TURN_WITHIN};
use crate::base::text::in_words;
use crate::chat::comes_after_answers;
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::session::{Session, Waiting};
use crate::proto::{Event, MemberId, Request};

impl Hub {
    /// Somebody in the room asks for something, and gets it, in its turn: now, or after an answer.
    pub(super) fn request_in_turn(
        &mut self,
        id: SessionId,
        member: MemberId,
        request: Request,
        now: Instant,
    ) {
        if comes_after_answers(&request) && (self.is_asking(id) || self.has_much_to_read(id)) {
            return self.wait_for_answer(id, Some(request), now);
        }
        self.request(id, member, request, now);
    }

    /// Somebody whose input has ended leaves, in its turn.
    pub(super) fn leave_in_turn(&mut self, id: SessionId, now: Instant) {
        if self.is_asking(id) && !self.is_half_closed_for_long(id, now) {
            return self.wait_for_answer(id, None, now);
        }
        self.depart(id, now);
    }

    /// Whether what waits in this session has to wait on.
    pub(super) fn has_to_wait_on(&self, id: SessionId, now: Instant) -> bool {
        let is_to_ask = self.sessions[id.0].waiting.as_ref().is_some_and(|waiting| waiting.then.is_some());
        (self.is_asking(id) || (is_to_ask && self.has_much_to_read(id)))
            && self.waits_until(id).is_some_and(|end| now < end)
    }

    /// It does not.
    pub(super) fn go_on(&mut self, id: SessionId, now: Instant) {
        let Some(waiting) = self.sessions[id.0].waiting.take() else { return };
        self.fanout.report_progress(id, false);
        if now.saturating_duration_since(waiting.since) >= TURN_WITHIN {
            // It was not listened to meanwhile, and what it sent is no flood.
            self.listens_again(waiting.since, now);
        }
        match (waiting.then, self.sessions[id.0].member()) {
            (Some(request), Some(member)) => self.request(id, member, request, now),
            _ => self.depart(id, now),
        }
    }

    /// A session was answered, or has read something: if that is what it waited for, the next turn goes on with it.
    pub(super) fn wait_no_longer(&mut self, id: SessionId, now: Instant) {
        let session = &self.sessions[id.0];
        if session.waiting.is_some() && !session.behind && !self.has_to_wait_on(id, now) {
            self.sessions[id.0].behind = true;
            self.behind.push(id);
        }
    }

    /// Until when a session waits at the latest, if it does.
    pub(super) fn waits_until(&self, id: SessionId) -> Option<Instant> {
        let Session { waiting, ended, .. } = &self.sessions[id.0];
        let waiting = waiting.as_ref()?;
        let ends = waiting.since + ANSWER_WITHIN;
        Some(ended.map_or(ends, |ended| ends.min(ended + HALF_CLOSED_WITHIN)))
    }

    /// A session has waited for as long as any does: its question is given up, and what waited goes on.
    pub(super) fn stop_waiting(&mut self, id: SessionId, now: Instant) {
        if self.sessions[id.0].member().is_some_and(|member| self.lookups.drop_member(member)) {
            let within = in_words(ANSWER_WITHIN);
            let text =
                format!("Your question was not answered within {within}, and is given up. Try again later.");
            self.tell(id, &Event::notice(text));
        }
        if self.is_half_closed_for_long(id, now) {
            let within = in_words(HALF_CLOSED_WITHIN);
            let text =
                format!("Your input ended {within} ago, and what else you asked for is not done any more.");
            self.tell(id, &Event::notice(text));
            return self.depart(id, now);
        }
        self.wait_no_longer(id, now);
    }

    fn wait_for_answer(&mut self, id: SessionId, then: Option<Request>, now: Instant) {
        self.sessions[id.0].waiting = Some(Box::new(Waiting { since: now, then }));
        self.fanout.report_progress(id, true);
        self.watch_member(id);
    }

    /// Whether a question of this session is being looked up.
    fn is_asking(&self, id: SessionId) -> bool {
        self.sessions[id.0].member().is_some_and(|member| self.lookups.is_asked_by(member))
    }

    /// Whether it has not read the answers to those before.
    fn has_much_to_read(&self, id: SessionId) -> bool {
        self.fanout.backlog(id) > FOUND_BYTES
    }

    fn is_half_closed_for_long(&self, id: SessionId, now: Instant) -> bool {
        self.sessions[id.0].ended.is_some_and(|ended| now >= ended + HALF_CLOSED_WITHIN)
    }
}
