//! From bytes to what the chat is asked for, and how much of that a turn takes.

use std::mem;
use std::time::Instant;

use log::info;

use crate::base::limits::RESUMED_PER_TURN;
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::sessions::{Budget, Label, Session, Stage};
use crate::limits::sender_quota::Charged;
use crate::limits::spam_limiter::Verdict;
use crate::proto::{Event, MemberId, Removal, Request};
use crate::wire::Inbound;

impl Hub {
    /// Whether this session's socket is to be read in this turn.
    pub fn accepts_input(&self, id: SessionId) -> bool {
        self.sessions.get(id).is_some_and(Session::takes_input) && !self.is_ahead(id)
    }

    /// This session may have sent something that is not read yet, or all that it sent was read.
    pub fn set_unread(&mut self, id: SessionId, is_unread: bool) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.unread = is_unread;
        }
    }

    /// Whether this session has a name.
    pub fn is_in(&self, id: SessionId) -> bool {
        self.sessions.get(id).is_some_and(|session| session.member().is_some())
    }

    /// Whether this session's socket is to be read later, though not in this turn.
    pub fn may_send_more(&self, id: SessionId) -> bool {
        self.sessions.get(id).is_some_and(Session::sends_more)
    }

    /// Whether this session's input has ended, and it is still here for answers.
    pub fn waits_after_end(&self, id: SessionId) -> bool {
        self.sessions.get(id).is_some_and(|session| session.ended.is_some() && session.waiting.is_some())
    }

    /// Bytes came. Returns whether anything came of them, or will: a message, a name, and not a part of one or a blank line.
    pub fn received(&mut self, id: SessionId, bytes: &[u8], now: Instant) -> bool {
        let requests = self.metrics.requests;
        let Some(session) = self.sessions.get_mut(id) else {
            return false;
        };
        if session.is_closing() {
            return false;
        }
        session.last_received = now;
        session.is_warned = false;
        self.metrics.received += bytes.len() as u64;
        session.codec.feed(bytes, now);
        self.sessions.send_reply(id);
        self.work(id, now);
        self.sessions.watch_wire(id, now);
        self.metrics.requests > requests
    }

    /// The peer sends no more. It may still read.
    pub fn ended(&mut self, id: SessionId, now: Instant) {
        let Some(session) = self.sessions.get_mut(id) else {
            return;
        };
        session.ended = Some(now);
        if !session.is_runnable {
            self.work(id, now);
        }
    }

    /// Whether a session is so far ahead that it is not listened to.
    fn is_ahead(&self, id: SessionId) -> bool {
        self.sessions.is_ahead(id, |room| self.gate.stream(room))
    }

    /// Whether there is something that an earlier turn did not come to, and this one would.
    pub(super) fn has_to_resume(&self) -> bool {
        !self.is_full() && self.sessions.runnable().any(|id| !self.is_ahead(id))
    }

    /// Goes on with what an earlier turn did not come to. Who is not come to now either is first in the next turn.
    pub fn resume(&mut self, now: Instant) {
        let waiting = self.sessions.take_runnable();
        let (mut first, mut resumed, mut done) = (Vec::new(), 0, 0);
        while done < waiting.len() && resumed < RESUMED_PER_TURN && !self.is_full() {
            let id = waiting[done];
            if self.is_ahead(id) || self.sessions.must_wait_for_name(id) {
                first.push(id);
            } else if mem::take(&mut self.sessions[id].is_runnable) {
                self.work(id, now);
                self.sessions.watch_wire(id, now);
                resumed += 1;
            }
            done += 1;
        }
        // Who did not come to its turn keeps its place, and who has more goes behind the others.
        first.extend_from_slice(&waiting[done..]);
        self.sessions.requeue_runnable(first);
    }

    /// Takes a turn's share of what a session sent.
    pub(super) fn work(&mut self, id: SessionId, now: Instant) {
        self.take_frames(id, now);
        if !self.sessions[id].is_closing() {
            self.sessions.send_reply(id);
        }
        let session = &mut self.sessions[id];
        session.unfinished.set(session.codec.memory());
    }

    fn take_frames(&mut self, id: SessionId, now: Instant) {
        let mut budget = Budget::of_a_turn();
        while !self.sessions[id].is_closing() {
            let queues = self.sessions.must_wait_for_name(id);
            self.sessions[id].queues = queues;
            if queues || self.is_full() || !budget.take() {
                return self.sessions.mark_runnable(id);
            }
            if self.sessions[id].waiting.is_some() {
                if self.has_to_wait_on(id, now) {
                    return;
                }
                self.go_on(id, now);
                continue;
            }
            let Some(inbound) = self.sessions.next_inbound(id, now) else {
                break;
            };
            let label = self.sessions[id].codec.take_label();
            self.sessions[id].label = label.map(Label::new);
            match self.sessions[id].stage {
                Stage::Member { id: member } => self.on_member_inbound(id, member, inbound, now),
                Stage::Greeting { .. } | Stage::Handshake { .. } => {
                    self.on_handshake_inbound(id, inbound, now);
                }
                Stage::Closing { .. } => {}
            }
            self.sessions.end_request(id);
        }
        if self.sessions[id].codec.is_over() {
            self.sessions[id].ended.get_or_insert(now);
        }
        if self.sessions[id].ended.is_some() {
            self.leave_in_turn(id, now);
        }
    }

    /// Something came from somebody in the room.
    fn on_member_inbound(&mut self, id: SessionId, member: MemberId, inbound: Inbound, now: Instant) {
        let request = match inbound {
            Inbound::Request(request) => request,
            Inbound::Blank => return,
            Inbound::TooLong => Request::SayTooLong,
            Inbound::Unsupported(foreign) => {
                info!("{} turns out to speak {foreign:?}", self.describe(id));
                return self.remove(id, Removal::Unsupported, now);
            }
        };
        self.request_in_turn(id, member, request, now);
    }

    /// Somebody in the room asks for something, and gets it.
    pub(super) fn request(&mut self, id: SessionId, member: MemberId, request: Request, now: Instant) {
        self.metrics.requests += 1;
        let Charged { verdict, refused } = self.sessions.charge(id, &request, now);
        self.watch_member(id);
        if verdict == Verdict::Remove {
            return self.remove(id, Removal::Spam, now);
        }
        if let Some(why) = refused {
            self.rooms.refuse(member, why);
        } else {
            self.rooms.request(member, request, self.sessions.label(id), now);
        }
        self.run_effects(now);
        if let (Verdict::Warn, Some(limit)) = (verdict, self.sessions.spam_limit) {
            info!("{} is warned of the spam limit", self.describe(id));
            self.sessions.tell(id, &Event::Notice(limit.warning()));
        }
    }
}
