//! From bytes to what the chat is asked for, and how much of that a turn takes.

use std::mem;
use std::time::Instant;

use log::info;

use crate::base::limits::RESUMED_PER_TURN;
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::labels::Label;
use crate::hub::session::{Budget, Session, Stage};
use crate::limits::inflight::InflightMessage;
use crate::limits::sender_quota::{Charged, SenderLimits};
use crate::limits::spam_limiter::Verdict;
use crate::proto::{Event, MemberId, ProgramRequest, Removal, Request};
use crate::wire::Inbound;

impl Hub {
    /// Whether this session's socket is to be read in this turn.
    pub fn accepts_input(&self, id: SessionId) -> bool {
        self.sessions.get(id).is_some_and(|session| {
            let is_done = session.ended.is_some() || session.is_closed;
            let has_to_wait = session.is_runnable || session.waiting.is_some() || self.is_ahead(session);
            !is_done && !has_to_wait
        })
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
        self.sessions.get(id).is_some_and(|session| session.ended.is_none() && !session.is_closed)
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
        self.send_reply(id);
        self.work(id, now);
        self.watch_wire(id, now);
        self.metrics.requests > requests
    }

    /// Sends what the protocol alone answers.
    pub(super) fn send_reply(&mut self, id: SessionId) {
        if let Some(reply) = self.sessions[id].codec.take_reply() {
            self.owe(id, |out| out.extend_from_slice(&reply));
        }
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

    /// Whether this message was let out, or the stream that it was said in is no more.
    pub(super) fn is_released(&self, message: &InflightMessage) -> bool {
        message.stream != self.gate.stream(message.room)
            || message.id <= self.fanout.released_id(message.room)
    }

    /// Whether a session is so far ahead that it is not listened to.
    fn is_ahead(&self, session: &Session) -> bool {
        session.quota.must_wait(|message| self.is_released(message))
    }

    /// Whether there is something that an earlier turn did not come to, and this one would.
    pub(super) fn has_to_resume(&self) -> bool {
        !self.is_full() && self.sessions.runnable().any(|id| !self.is_ahead(&self.sessions[id]))
    }

    /// Goes on with what an earlier turn did not come to. Who is not come to now either is first in the next turn.
    pub fn resume(&mut self, now: Instant) {
        let waiting = self.sessions.take_runnable();
        let (mut first, mut resumed, mut done) = (Vec::new(), 0, 0);
        while done < waiting.len() && resumed < RESUMED_PER_TURN && !self.is_full() {
            let id = waiting[done];
            if self.is_ahead(&self.sessions[id]) || self.sessions.must_wait_for_name(id) {
                first.push(id);
            } else if mem::take(&mut self.sessions[id].is_runnable) {
                self.work(id, now);
                self.watch_wire(id, now);
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
            self.send_reply(id);
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
            let Some(inbound) = self.next_inbound(id, now) else {
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
            self.end_request(id);
        }
        if self.sessions[id].codec.is_over() {
            self.sessions[id].ended.get_or_insert(now);
        }
        if self.sessions[id].ended.is_some() {
            self.leave_in_turn(id, now);
        }
    }

    /// The next of what a session sent. If nothing more comes, what has no end is whole.
    fn next_inbound(&mut self, id: SessionId, now: Instant) -> Option<Inbound> {
        let session = &mut self.sessions[id];
        let Session { codec, ended, .. } = session;
        let inbound = codec.next_inbound(now).or_else(|| {
            ended.and_then(|_| {
                codec.end();
                codec.next_inbound(now)
            })
        });
        if session.member().is_none() {
            self.fanout.set_encoding(id, session.codec.encoding());
        }
        inbound
    }

    /// Something came from somebody in the room.
    fn on_member_inbound(&mut self, id: SessionId, member: MemberId, inbound: Inbound, now: Instant) {
        let request = match inbound {
            Inbound::Request(request) => request,
            Inbound::Blank => return,
            Inbound::TooLong => Request::SayTooLong,
            Inbound::Foreign(foreign) => {
                info!("{} turns out to speak {foreign:?}", self.describe(id));
                return self.remove(id, Removal::Foreign, now);
            }
        };
        self.request_in_turn(id, member, request, now);
    }

    /// Somebody in the room asks for something, and gets it.
    pub(super) fn request(&mut self, id: SessionId, member: MemberId, request: Request, now: Instant) {
        self.metrics.requests += 1;
        // Before it came, it said nothing.
        let since = self.clock.backlog_since(now).max(self.sessions[id].came);
        let limits = SenderLimits { spam: self.spam_limit, commands: self.limits.commands };
        let Charged { verdict, refused } = self.sessions[id].quota.charge(&request, limits, since, now);
        self.watch_member(id);
        if verdict == Verdict::Remove {
            return self.remove(id, Removal::Spam, now);
        }
        if let Some(why) = refused {
            self.chat.refuse(member, why);
        } else if !self.host_takes(member, &request, now) {
            if matches!(request, Request::Program(ProgramRequest::Rooms { watch: true })) {
                self.watch_rooms(id);
            }
            self.chat.request(member, request, self.wall(now));
        }
        self.run_effects(now);
        if let (Verdict::Warn, Some(limit)) = (verdict, self.spam_limit) {
            info!("{} is warned of the spam limit", self.describe(id));
            self.tell(id, &Event::Notice(limit.warning()));
        }
    }
}
