//! From received bytes to requests to the chat, within the turn's budget.

use std::time::Instant;

use log::info;

use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::sessions::{Budget, Work};
use crate::limits::sender_quota::Charged;
use crate::limits::spam_limiter::Verdict;
use crate::proto::{Amendless, Event, MemberId, Notice, Refusal, Removal, Request};

impl Hub {
    /// Records whether a session's socket may have unread input.
    pub fn set_unread(&mut self, id: SessionId, is_unread: bool) {
        self.sessions.set_unread(id, is_unread);
    }

    /// Handles received bytes. Returns whether they completed something, such as a message or a name, and not only a fragment
    /// or a blank line.
    pub fn received(&mut self, id: SessionId, bytes: &[u8], now: Instant) -> bool {
        let requests = self.metrics.requests;
        if self.sessions.feed(id, bytes, now) {
            self.metrics.received += bytes.len() as u64;
            self.resume_one(id, now);
        }
        self.metrics.requests > requests
    }

    /// The peer has closed its side. It may still read.
    pub fn ended(&mut self, id: SessionId, now: Instant) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.ended = Some(now);
        if !session.is_runnable {
            self.work(id, now);
        }
    }

    /// Continues with leftover input of earlier turns. Sessions that do not get a share are first in the next turn.
    pub fn resume(&mut self, now: Instant) {
        let mut round = self.sessions.begin_round();
        while let Some(id) = self.sessions.next_of_round(&mut round) {
            self.resume_one(id, now);
        }
        self.sessions.end_round(round);
    }

    /// Continues with the input of a session.
    pub(super) fn resume_one(&mut self, id: SessionId, now: Instant) {
        self.work(id, now);
        self.sessions.watch_wire(id, now);
    }

    /// Handles a turn's share of a session's input.
    pub(super) fn work(&mut self, id: SessionId, now: Instant) {
        let mut budget = Budget::of_a_turn();
        while let Some(work) =
            self.sessions.next_work(id, &mut budget, |member| self.rooms.owes_reply(member), now)
        {
            match work {
                Work::Request(member, request) => self.request(id, member, request, now),
                Work::Nameless(inbound) => self.on_handshake_inbound(id, inbound, now),
                Work::Unsupported(foreign) => {
                    info!("{} turns out to speak {foreign:?}", self.sessions[id].describe(self.rooms.chat()));
                    self.remove(id, &Removal::Unsupported, now);
                }
                Work::Waits => self.await_bots(id),
                Work::Leave => self.depart(id, now),
            }
            self.sessions.end_request(id);
        }
        self.sessions.end_work(id);
    }

    /// If a session waits to leave, has the host that owes it a reply report its actions.
    pub(super) fn await_bots(&mut self, id: SessionId) {
        if let Some(member) = self.sessions.leaver(id) {
            self.rooms.await_answer(member);
        }
    }

    /// A session was answered, or has read something. If it waited for that, the next turn resumes it.
    pub(super) fn recheck_waiting(&mut self, id: SessionId, now: Instant) {
        self.sessions.recheck_waiting(id, |member| self.rooms.owes_reply(member), now);
    }

    /// The time limit of a waiting session is over: drops its question, and carries out its request.
    pub(super) fn stop_waiting(&mut self, id: SessionId, now: Instant) {
        if self.sessions[id].member().is_some_and(|member| self.journal.drop_member(member)) {
            self.sessions.drop_question(id);
        }
        if self.sessions[id].is_half_closed_for_long(now) {
            self.sessions.tell(id, &Event::Notice(Notice::InputEnded));
            return self.depart(id, now);
        }
        self.recheck_waiting(id, now);
    }

    /// Carries out a member's request.
    fn request(&mut self, id: SessionId, member: MemberId, request: Request, now: Instant) {
        self.metrics.requests += 1;
        let is_too_much = request.is_amendment() && !self.journal.can_amend();
        let not_amended = is_too_much.then_some(Refusal::NotAmended(Amendless::DiskFails));
        let Charged { verdict, refused } = self.sessions.charge(id, &request, now);
        if verdict == Verdict::Remove {
            return self.remove(id, &Removal::Spam, now);
        }
        if let Some(why) = refused.or(not_amended) {
            self.rooms.refuse(member, why);
        } else if let Request::Oper { name, password } = request {
            let given = (name.expose(), password);
            self.on_members(|operators, on| operators.check_member(id, member, given, on), now);
        } else {
            self.rooms.request(member, request, self.sessions.label(id), now);
        }
        self.run_effects(now);
        if verdict == Verdict::Warn {
            self.sessions.warn_of_spam(id, self.rooms.chat());
        }
    }
}
