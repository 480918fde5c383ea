//! The handshake: a connection is greeted, and gives a name; what becomes of one that gives none, or none that can be had.

use std::time::Instant;

use log::info;

use crate::base::limits::{NAME_TRIES, UNREAD_NAME_EVERY};
use crate::base::name::{Name, NameError};
use crate::chat::MayBeIn;
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::session::Stage;
use crate::proto::{
    Event, Kind, MemberId, NameTaken, Next, NoName, Notice, Refusal, Removal, Reply, Request, Token, Unclear,
    Who,
};
use crate::wire::{Autojoin, Foreign, Inbound, OnBadName, is_command, sentences};

impl Hub {
    /// Who does not speak is greeted, and who gives no name is not waited for for ever.
    pub(super) fn handshake_due(&mut self, id: SessionId, now: Instant) {
        let session = &mut self.sessions[id.0];
        let Stage::Handshake { since, greeted, .. } = &mut session.stage else {
            return;
        };
        let last = *since + self.limits.name_within;
        // What came and nobody has come to yet may be a name. Who sends without giving one was read since.
        let waits_for_us = session.queues || (session.unread && session.last_received < last);
        if now >= last && waits_for_us {
            return self.set_timer(id, now + UNREAD_NAME_EVERY);
        }
        if now < last {
            let greets = session.codec.is_silent() && !session.unread && !*greeted;
            *greeted = true;
            if greets {
                session.codec.asked();
                self.tell(id, &Event::Notice(Notice::Greeting));
            }
            return self.set_timer(id, last);
        }
        info!("{} gave no name in time", session.peer);
        if session.profile().refusal_is_removal {
            return self.remove(id, Removal::NoName, now);
        }
        self.tell(id, &Event::Notice(Notice::NoNameCame(self.limits.name_within)));
        self.begin_leaving(id, now);
    }

    /// Something came from somebody without a name: it should be one.
    pub(super) fn on_handshake_inbound(&mut self, id: SessionId, inbound: Inbound, now: Instant) {
        let profile = self.sessions[id.0].profile();
        let request = match inbound {
            Inbound::Request(request) => request,
            Inbound::Blank => return,
            Inbound::TooLong if profile.is_for_people => {
                return self.refuse_for_good(id, NameError::TooLong, now);
            }
            Inbound::TooLong => {
                return self.refuse(id, Refusal::NoName(NoName::Error(NameError::TooLong)), now);
            }
            Inbound::Foreign(foreign) => return self.answer_foreign(id, foreign, now),
        };
        self.metrics.requests += 1;
        match request {
            Request::Hello { name, .. } if profile.is_for_people && name.is_empty() => {
                self.count_try(id, &Event::Notice(Notice::NameWanted), now);
            }
            Request::Hello { name, .. } if profile.is_for_people && name.eq_ignore_ascii_case("/exit") => {
                self.tell(id, &Event::Reply(Reply::Goodbye));
                self.begin_leaving(id, now);
            }
            Request::Hello { name, .. } if profile.is_for_people && name.starts_with('/') => {
                self.count_try(id, &Event::Notice(Notice::NameFirst), now);
            }
            Request::Hello { name, .. } if profile.has_bare_names && is_command(&name) => {
                self.refuse_command(id, &name, now);
            }
            Request::Hello { name, kind, token } => self.introduce(id, &name, kind, token, now),
            Request::Unclear(why) => self.refuse(id, Refusal::Unclear(Unclear::Message(why)), now),
            _ => self.refuse(id, Refusal::Unclear(Unclear::NoHello), now),
        }
    }

    /// Somebody gave a name.
    fn introduce(&mut self, id: SessionId, name: &str, kind: Kind, token: Option<Token>, now: Instant) {
        let name = match Name::parse(name) {
            Ok(name) => name,
            Err(error) => return self.refuse(id, Refusal::NoName(NoName::Error(error)), now),
        };
        if let Some(why) = self.chat.bans.why_not_as(&name, self.wall(now)) {
            return self.refuse(id, Refusal::Banned(why), now);
        }
        if let Some(mixture) = name.mixture() {
            let others = self.chat.find_alike(name.as_str());
            return match others.first().map(|other| self.chat.who(*other).name.clone()) {
                Some(other) => self.refuse_taken(id, NameTaken::Alike(name, other), now),
                None => self.refuse(id, Refusal::NoName(NoName::Mixed(mixture)), now),
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
                session.codec.named(&self.chat.who(member).name);
                self.set_session(member, Some(id));
                self.watch_member(id);
                self.tell_known(id, member);
                let dialect = self.sessions[id.0].codec.dialect();
                info!("{} joins, speaking {dialect:?}", self.describe(id));
                self.autojoin(member, profile.autojoin, now);
                self.run_effects(now);
            }
            Err(why) => self.refuse_taken(id, why, now),
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
    pub(super) fn refuse(&mut self, id: SessionId, why: Refusal, now: Instant) {
        self.log_refused_name(id, &why, now);
        match self.sessions[id.0].profile().on_bad_name {
            OnBadName::AskAgain => {
                self.count_try(id, &Event::Refused { why, next: Next::ChooseAnother }, now);
            }
            OnBadName::Refuse => self.count_try(id, &Event::refused(why), now),
            OnBadName::Remove => {
                self.tell(id, &Event::refused(why));
                self.remove(id, Removal::NoName, now);
            }
            OnBadName::Close => {
                self.tell(id, &Event::refused(why));
                self.begin_leaving(id, now);
            }
        }
    }

    fn log_refused_name(&mut self, id: SessionId, why: &Refusal, now: Instant) {
        self.refused(self.sessions[id.0].peer, "a name", &sentences::refusal(why), now);
    }

    /// Answers a try at a name; the last one ends the connection.
    fn count_try(&mut self, id: SessionId, answer: &Event, now: Instant) {
        self.tell(id, answer);
        let Stage::Handshake { tries, .. } = &mut self.sessions[id.0].stage else { return };
        *tries += 1;
        if *tries >= NAME_TRIES {
            self.tell(id, &Event::Notice(Notice::LastTry));
            self.begin_leaving(id, now);
        }
    }

    /// A word came for a name that is a whole command elsewhere: who sends it would go on as there.
    fn refuse_command(&mut self, id: SessionId, word: &str, now: Instant) {
        let why = Refusal::NoName(NoName::Command(word.to_owned()));
        if !self.sessions[id.0].profile().is_for_people {
            return self.refuse(id, why, now);
        }
        self.log_refused_name(id, &why, now);
        self.count_try(id, &Event::Refused { why, next: Next::GiveName }, now);
    }

    /// Refuses what no person sends for a name, and closes: what follows it is no answer to a question for another.
    fn refuse_for_good(&mut self, id: SessionId, why: NameError, now: Instant) {
        let why = Refusal::NoName(NoName::Error(why));
        self.log_refused_name(id, &why, now);
        self.tell(id, &Event::Refused { why, next: Next::ConnectAgain });
        self.begin_leaving(id, now);
    }

    fn answer_foreign(&mut self, id: SessionId, foreign: Foreign, now: Instant) {
        info!("{} speaks {foreign:?} and is told what this port speaks", self.sessions[id.0].peer);
        if self.sessions[id.0].profile().answers_foreign {
            self.owe(id, |out| out.extend_from_slice(&foreign.answer()));
        } else {
            // It was spoken to in its port's dialect already.
            self.tell(id, &Event::refused(Refusal::NoName(NoName::Foreign)));
        }
        self.begin_leaving(id, now);
    }
}
