//! From bytes to what the chat is asked for: greeting, name, requests, and how much of them a turn takes.

use std::mem;
use std::time::Instant;

use log::info;

use crate::base::limits::{FIRST_BYTES, NAME_TRIES, NEWCOMERS_PER_TURN, RESUMED_PER_TURN, UNREAD_NAME_EVERY};
use crate::base::name::{Name, NameError};
use crate::base::text::in_words;
use crate::chat::{MayBeIn, NameTaken};
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::session::{Budget, Session, Stage};
use crate::limits::inflight::InflightMessage;
use crate::limits::sender_quota::{Charged, SenderLimits};
use crate::limits::spam_limiter::{SPAM_REASON, Verdict};
use crate::proto::{Event, Kind, MemberId, Refusal, Request, Token, Who};
use crate::wire::{Autojoin, Foreign, Frame, OnBadName, is_command};

/// Why a program that gives no name is removed, in the words that old clients show.
const NAME_REASON: &str = "not providing a valid username for identification.";

/// Why somebody is removed whose name was the beginning of another protocol's first message.
const FOREIGN_REASON: &str = "speaking another protocol.";

const GREETING: &str = "Welcome to Salon! What is your name?";

impl Hub {
    /// Whether this session's socket is to be read in this turn.
    pub fn accepts_input(&self, id: SessionId) -> bool {
        self.sessions.get(id.0).is_some_and(|session| {
            let is_done = session.ended.is_some() || session.forgotten;
            let has_to_wait = session.behind || session.waiting.is_some() || self.is_ahead(session);
            !is_done && !has_to_wait
        })
    }

    /// This session may have sent something that is not read yet, or all that it sent was read.
    pub fn set_unread(&mut self, id: SessionId, is_unread: bool) {
        if let Some(session) = self.sessions.get_mut(id.0) {
            session.unread = is_unread;
        }
    }

    /// Whether this session has a name.
    pub fn is_in(&self, id: SessionId) -> bool {
        self.sessions.get(id.0).is_some_and(|session| session.member().is_some())
    }

    /// Whether this session's socket is to be read later, though not in this turn.
    pub fn may_send_more(&self, id: SessionId) -> bool {
        self.sessions.get(id.0).is_some_and(|session| session.ended.is_none() && !session.forgotten)
    }

    /// Whether this session's input has ended, and it is still here for answers.
    pub fn waits_after_end(&self, id: SessionId) -> bool {
        self.sessions.get(id.0).is_some_and(|session| session.ended.is_some() && session.waiting.is_some())
    }

    /// Bytes came. Returns whether anything came of them, or will: a message, a name, and not a part of one or a blank line.
    pub fn received(&mut self, id: SessionId, bytes: &[u8], now: Instant) -> bool {
        let requests = self.stats.requests;
        let Some(session) = self.sessions.get_mut(id.0) else {
            return false;
        };
        if session.is_leaving() {
            return false;
        }
        session.last_received = now;
        session.is_warned = false;
        self.stats.received += bytes.len() as u64;
        session.reader.feed(bytes, now);
        if let Some(reply) = session.reader.take_reply() {
            self.owe(id, |out| out.extend_from_slice(reply));
        }
        self.work(id, now);
        self.watch_wire(id, now);
        self.stats.requests > requests
    }

    /// The peer sends no more. It may still read.
    pub fn ended(&mut self, id: SessionId, now: Instant) {
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        session.ended = Some(now);
        if !session.behind {
            self.work(id, now);
        }
    }

    /// Whether this message was let out, or the thread that it was said in is no more.
    pub(super) fn is_released(&self, message: &InflightMessage) -> bool {
        message.thread != self.rooms[message.room.0].thread
            || message.id <= self.fanout.released_id(message.room)
    }

    /// Whether a session is so far ahead that it is not listened to.
    fn is_ahead(&self, session: &Session) -> bool {
        session.quota.must_wait(|message| self.is_released(message))
    }

    /// Whether there is something that an earlier turn did not come to, and this one would.
    pub(super) fn has_to_resume(&self) -> bool {
        !self.is_full() && self.behind.iter().any(|id| !self.is_ahead(&self.sessions[id.0]))
    }

    /// Goes on with what an earlier turn did not come to. Who is not come to now either is first in the next turn.
    pub fn resume(&mut self, now: Instant) {
        let waiting = mem::take(&mut self.behind);
        let (mut first, mut resumed, mut done) = (Vec::new(), 0, 0);
        while done < waiting.len() && resumed < RESUMED_PER_TURN && !self.is_full() {
            let id = waiting[done];
            if self.is_ahead(&self.sessions[id.0]) || self.has_to_wait(id) {
                first.push(id);
            } else if mem::take(&mut self.sessions[id.0].behind) {
                self.work(id, now);
                self.watch_wire(id, now);
                resumed += 1;
            }
            done += 1;
        }
        // Who did not come to its turn keeps its place, and who has more goes behind the others.
        first.extend_from_slice(&waiting[done..]);
        first.append(&mut self.behind);
        self.behind = first;
    }

    /// Takes a turn's share of what a session sent.
    pub(super) fn work(&mut self, id: SessionId, now: Instant) {
        self.take_frames(id, now);
        let session = &mut self.sessions[id.0];
        session.unfinished.set(session.reader.memory());
    }

    fn take_frames(&mut self, id: SessionId, now: Instant) {
        let mut budget = Budget::of_a_turn();
        while !self.sessions[id.0].is_leaving() {
            let queues = self.has_to_wait(id);
            self.sessions[id.0].queues = queues;
            if queues || self.is_full() || !budget.take() {
                self.sessions[id.0].behind = true;
                return self.behind.push(id);
            }
            if self.sessions[id.0].waiting.is_some() {
                if self.has_to_wait_on(id, now) {
                    return;
                }
                self.go_on(id, now);
                continue;
            }
            let Some(frame) = self.next_frame(id, now) else {
                break;
            };
            match self.sessions[id.0].stage {
                Stage::Member { id: member } => self.speech(id, member, frame, now),
                Stage::Arriving { .. } => self.arrival(id, frame, now),
                Stage::Leaving { .. } => {}
            }
        }
        if self.sessions[id.0].ended.is_some() {
            self.leave_in_turn(id, now);
        }
    }

    /// The next of what a session sent. If nothing more comes, what has no end is whole.
    fn next_frame(&mut self, id: SessionId, now: Instant) -> Option<Frame> {
        let session = &mut self.sessions[id.0];
        let Session { reader, ended, .. } = session;
        let frame = reader.next_frame(now).or_else(|| {
            ended.and_then(|_| {
                reader.end();
                reader.next_frame(now)
            })
        });
        if session.member().is_none() {
            self.fanout.set_dialect(id, session.dialect());
        }
        frame
    }

    /// Whether somebody who is not in yet has to wait for others who came before: for their names, and not for what they hear.
    fn has_to_wait(&self, id: SessionId) -> bool {
        self.newcomers >= NEWCOMERS_PER_TURN && matches!(self.sessions[id.0].stage, Stage::Arriving { .. })
    }

    /// Something came from somebody in the room.
    fn speech(&mut self, id: SessionId, member: MemberId, frame: Frame, now: Instant) {
        let dialect = self.sessions[id.0].dialect();
        let request = match frame {
            Frame::Text(text) => dialect.request(&text, Some(&self.chat.who(member).name)),
            Frame::TooLong => Some(Request::SayTooLong),
            Frame::Foreign(foreign) => {
                info!("{} turns out to speak {foreign:?}", self.describe(id));
                return self.remove(id, FOREIGN_REASON, now);
            }
        };
        if let Some(request) = request {
            self.request_in_turn(id, member, request, now);
        }
    }

    /// Somebody in the room asks for something, and gets it.
    pub(super) fn request(&mut self, id: SessionId, member: MemberId, request: Request, now: Instant) {
        self.stats.requests += 1;
        // Before it came, it said nothing.
        let since = self.unread_since(now).max(self.sessions[id.0].came);
        let limits = SenderLimits { spam: self.spam_limit, commands: self.limits.commands };
        let Charged { verdict, refused } = self.sessions[id.0].quota.charge(&request, limits, since, now);
        self.watch_member(id);
        if verdict == Verdict::Remove {
            return self.remove(id, SPAM_REASON, now);
        }
        if let Some(why) = refused {
            self.chat.tell(member, why);
        } else if !self.host_takes(member, &request, now) {
            self.chat.request(member, request, self.wall(now));
        }
        self.deliver(now);
        if let (Verdict::Warn, Some(limit)) = (verdict, self.spam_limit) {
            info!("{} is warned of the spam limit", self.describe(id));
            self.tell(id, &Event::notice(limit.warning()));
        }
    }

    /// Who does not speak is greeted, and who gives no name is not waited for for ever.
    pub(super) fn arrival_due(&mut self, id: SessionId, now: Instant) {
        let session = &mut self.sessions[id.0];
        let Stage::Arriving { since, greeted, .. } = &mut session.stage else {
            return;
        };
        let last = *since + self.limits.name_within;
        // What came and nobody has come to yet may be a name. Who sends without giving one was read since.
        let waits_for_us = session.queues || (session.unread && session.last_received < last);
        if now >= last && waits_for_us {
            return self.set_timer(id, now + UNREAD_NAME_EVERY);
        }
        if now < last {
            let greets = session.reader.is_silent() && !session.unread && !*greeted;
            *greeted = true;
            if greets {
                session.reader.asked();
                self.tell(id, &Event::notice(GREETING));
            }
            return self.set_timer(id, last);
        }
        info!("{} gave no name in time", session.peer);
        if session.profile().refusal_is_removal {
            return self.remove(id, NAME_REASON, now);
        }
        let within = in_words(self.limits.name_within);
        self.tell(id, &Event::notice(format!("No name came within {within}. Connect again when you like.")));
        self.begin_leaving(id, now);
    }

    /// Something came from somebody without a name: it should be one.
    fn arrival(&mut self, id: SessionId, frame: Frame, now: Instant) {
        let dialect = self.sessions[id.0].dialect();
        let is_for_people = dialect.profile().is_for_people;
        let request = match frame {
            Frame::Text(text) if is_for_people && text.len() > FIRST_BYTES => {
                return self.refuse_for_good(id, &NameError::TooLong, now);
            }
            Frame::TooLong if is_for_people => {
                return self.refuse_for_good(id, &NameError::TooLong, now);
            }
            Frame::Text(text) => dialect.request(&text, None),
            Frame::TooLong => return self.refuse(id, Refusal::NoName, &NameError::TooLong, now),
            Frame::Foreign(foreign) => return self.answer_foreign(id, foreign, now),
        };
        self.stats.requests += u64::from(request.is_some());
        // What follows a password is not for the chat, and neither is the password.
        if dialect.profile().has_bare_names
            && let Some(foreign) = self.sessions[id.0].reader.next_is_foreign()
        {
            return self.answer_foreign(id, foreign, now);
        }
        match request {
            Some(Request::Hello { name, .. }) if is_for_people && name.is_empty() => {
                self.count_try(id, &Event::notice("What is your name?"), now);
            }
            Some(Request::Hello { name, .. }) if is_for_people && name.eq_ignore_ascii_case("/exit") => {
                self.tell(id, &Event::notice("You are disconnecting from the chat."));
                self.begin_leaving(id, now);
            }
            Some(Request::Hello { name, .. }) if is_for_people && name.starts_with('/') => {
                self.count_try(id, &Event::notice("First a name, please: what is yours?"), now);
            }
            Some(Request::Hello { name, .. }) if dialect.profile().has_bare_names && is_command(&name) => {
                self.refuse_command(id, &name, now);
            }
            Some(Request::Hello { name, kind, token }) => self.introduce(id, &name, kind, token, now),
            Some(Request::Unclear(why)) => self.refuse(id, Refusal::Unclear, &why, now),
            Some(_) => self.refuse(id, Refusal::Unclear, &"Say hello first, with a name.", now),
            None => {}
        }
    }

    /// Somebody gave a name.
    fn introduce(&mut self, id: SessionId, name: &str, kind: Kind, token: Option<Token>, now: Instant) {
        let name = match Name::parse(name) {
            Ok(name) => name,
            Err(error) => return self.refuse(id, Refusal::NoName, &error, now),
        };
        if let Some(why) = self.ban_on_name(&name, now) {
            return self.refuse(id, Refusal::Banned, &why, now);
        }
        if let Some(mixture) = name.mixture() {
            let others = self.chat.find_alike(name.as_str());
            return match others.first().map(|other| self.chat.who(*other).name.clone()) {
                Some(other) => self.refuse_taken(id, &NameTaken::Alike(name, other), now),
                None => self.refuse(id, Refusal::NoName, &mixture, now),
            };
        }
        let kind = if name.is_of_a_bot() { Kind::Bot } else { kind };
        self.give_way(&name, now);
        self.take_over(&name, kind, token, now);
        let profile = self.sessions[id.0].profile();
        let rooms = if profile.has_one_room { MayBeIn::One } else { MayBeIn::Several };
        match self.chat.introduce(Who { name, kind }, rooms) {
            Ok(member) => {
                self.newcomers += 1;
                self.cancel_timer(id);
                let session = &mut self.sessions[id.0];
                session.stage = Stage::Member { id: member };
                session.reader.named();
                self.set_session(member, Some(id));
                self.watch_member(id);
                self.tell_known(id, member);
                let dialect = self.sessions[id.0].dialect();
                info!("{} joins, speaking {dialect:?}", self.describe(id));
                self.autojoin(member, profile.autojoin, now);
                self.deliver(now);
            }
            Err(why) => self.refuse_taken(id, &why, now),
        }
    }

    /// Has a member be in the room that its clients come to.
    fn autojoin(&mut self, member: MemberId, autojoin: Autojoin, now: Instant) {
        let kind = match autojoin {
            Autojoin::Nowhere => return,
            Autojoin::First => None,
            Autojoin::Kind(kind) => Some(kind),
        };
        let found = self.chat.rooms().find(|(_, room)| Some(room.style().kind) == kind);
        let room = found.map(|(_, room)| room.name().to_owned());
        self.chat.request(member, Request::Join { room }, self.wall(now));
    }

    /// A person is asked again, a program may try again, and an old program is told and closed.
    pub(super) fn refuse(&mut self, id: SessionId, why: Refusal, text: &dyn std::fmt::Display, now: Instant) {
        self.refused(self.sessions[id.0].peer, "a name", text, now);
        let refused = |text: String| Event::refused(why, text);
        match self.sessions[id.0].profile().on_bad_name {
            OnBadName::AskAgain => {
                let mut text = text.to_string();
                // An operator's reason stands at the end of it, and may have none.
                if !text.ends_with(['.', '!', '?']) {
                    text.push('.');
                }
                self.count_try(id, &refused(format!("{text} Please choose another.")), now);
            }
            OnBadName::Refuse => self.count_try(id, &refused(text.to_string()), now),
            OnBadName::Remove => {
                self.tell(id, &refused(text.to_string()));
                self.remove(id, NAME_REASON, now);
            }
            OnBadName::Close => {
                self.tell(id, &refused(text.to_string()));
                self.begin_leaving(id, now);
            }
        }
    }

    /// Answers a try at a name; the last one ends the connection.
    fn count_try(&mut self, id: SessionId, answer: &Event, now: Instant) {
        self.tell(id, answer);
        let Stage::Arriving { tries, .. } = &mut self.sessions[id.0].stage else { return };
        *tries += 1;
        if *tries >= NAME_TRIES {
            let last = format!("That was try {NAME_TRIES}, and the last. Connect again when you like.");
            self.tell(id, &Event::notice(last));
            self.begin_leaving(id, now);
        }
    }

    /// A word came for a name that is a whole command elsewhere: who sends it would go on as there.
    fn refuse_command(&mut self, id: SessionId, word: &str, now: Instant) {
        let why = format!("{word} is a command of another protocol, and no name.");
        if !self.sessions[id.0].profile().is_for_people {
            return self.refuse(id, Refusal::NoName, &why, now);
        }
        self.refused(self.sessions[id.0].peer, "a name", &why, now);
        let text = format!("{why} What is your name?");
        self.count_try(id, &Event::refused(Refusal::NoName, text), now);
    }

    /// Refuses what no person sends for a name, and closes: what follows it is no answer to a question for another.
    fn refuse_for_good(&mut self, id: SessionId, why: &NameError, now: Instant) {
        self.refused(self.sessions[id.0].peer, "a name", why, now);
        self.tell(id, &Event::refused(Refusal::NoName, format!("{why} Connect again when you like.")));
        self.begin_leaving(id, now);
    }

    fn answer_foreign(&mut self, id: SessionId, foreign: Foreign, now: Instant) {
        info!("{} speaks {foreign:?} and is told what this port speaks", self.sessions[id.0].peer);
        if self.sessions[id.0].profile().answers_foreign {
            self.owe(id, |out| out.extend_from_slice(&foreign.answer()));
        } else {
            // It was spoken to in its port's dialect already.
            self.tell(id, &Event::refused(Refusal::NoName, "That is another protocol."));
        }
        self.begin_leaving(id, now);
    }
}
