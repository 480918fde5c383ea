//! The handshake: a connection is admitted, opened and greeted, and gives a name; what becomes of one that gives none, or none
//! that can be had.

use std::fmt::Display;
use std::net::SocketAddr;
use std::time::Instant;

use log::{debug, info};

use crate::base::limits::{
    GHOST_PROBE_TIMEOUT, GREETING_DELAY, NAME_TRIES, REFUSAL_LOG_INTERVAL, UNREAD_NAME_INTERVAL,
};
use crate::base::name::{Name, NameError};
use crate::chat::RoomLimit;
use crate::fanout::SessionId;
use crate::hub::ids::{ListenerKind, Permit};
use crate::hub::session::Stage;
use crate::hub::session_resume::Probing;
use crate::hub::{Due, Hub};
use crate::limits::admission::{Refused, Source};
use crate::proto::{
    Event, InvalidName, Kind, Malformed, MemberId, NameTaken, NextStep, Notice, Refusal, Removal, Reply,
    Request, Token, Who,
};
use crate::wire::{Autojoin, Codec, Encoding, Foreign, Inbound, OnBadName, chaty, is_command, sentences};

impl Hub {
    /// Somebody connected. An error: the newcomer is to be told that, and closed.
    pub fn admit(&mut self, peer: SocketAddr, kind: ListenerKind, now: Instant) -> Result<Permit, Refused> {
        let others = self.sessions.len() + self.sessions.released;
        let admitted =
            if self.stopping { Err(Refused::Stopping) } else { self.admission.admit(peer.ip(), others, now) };
        match admitted {
            Ok(()) => Ok(Permit { peer, kind, since: now }),
            Err(why) => {
                self.refused(peer, "entry", &why, now);
                Err(why)
            }
        }
    }

    /// A connection that was admitted is for the chat. Who is banned is told so, and leaves.
    pub fn open(&mut self, permit: Permit, now: Instant) -> SessionId {
        let codec = match permit.kind {
            ListenerKind::Any => Codec::detecting(),
            ListenerKind::Chaty => Codec::chaty(),
        };
        self.open_with(permit, codec, now)
    }

    /// The same for one that speaks what this codec speaks.
    pub(super) fn open_with(&mut self, permit: Permit, codec: Codec, now: Instant) -> SessionId {
        let Permit { peer, since, .. } = permit;
        let id = self.sessions.open(permit, codec);
        self.fanout.open(id, self.sessions[id].codec.encoding());
        self.set_timer(id, since + GREETING_DELAY);
        debug!("{peer} connected");
        if self.sessions[id].codec.encoding() == Encoding::WEBSOCKET {
            // It begins before anything is told in it.
            self.send_reply(id);
        }
        if let Some(why) = self.chat.bans.why_not_from(peer.ip(), self.wall(now)) {
            self.refused(peer, "entry", &why, now);
            self.turn_away(id, &why, now);
        } else {
            self.send_reply(id);
        }
        id
    }

    /// Somebody was refused entry, or a name. The log is told of it, but not each time.
    pub fn refused(&mut self, peer: SocketAddr, what: &str, why: &dyn Display, now: Instant) {
        self.metrics.refused += 1;
        if self.refusals.is_empty() {
            self.timers.set(Due::Refusals, now + REFUSAL_LOG_INTERVAL);
        }
        if self.refusals.count(Source::of(peer.ip())) {
            info!("{peer} is refused {what}: {}", why.to_string().escape_debug());
        }
    }

    /// A minute since the first refusal, or since the log was last told of them, is over.
    pub(super) fn refusals_due(&mut self, now: Instant) {
        for line in self.refusals.end_minute() {
            info!("{line}");
        }
        if !self.refusals.is_empty() {
            self.timers.set(Due::Refusals, now + REFUSAL_LOG_INTERVAL);
        }
    }

    /// Who does not speak is greeted, and who gives no name is not waited for for ever.
    pub(super) fn handshake_due(&mut self, id: SessionId, now: Instant) {
        let session = &mut self.sessions[id];
        let (Stage::Greeting { since } | Stage::Handshake { since, .. }) = session.stage else { return };
        let last = since + self.limits.name_within;
        // What came and nobody has come to yet may be a name. Who sends without giving one was read since.
        let waits_for_us = session.queues || (session.unread && session.last_received < last);
        if now >= last && waits_for_us {
            return self.set_timer(id, now + UNREAD_NAME_INTERVAL);
        }
        if now < last {
            if session.begin_handshake() && session.codec.is_silent() && !session.unread {
                session.codec.asked();
                self.tell(id, &Event::Notice(Notice::Greeting));
            }
            return self.set_timer(id, last);
        }
        info!("{} gave no name in time", session.peer);
        if session.profile().refusal_is_removal {
            return self.remove(id, Removal::InvalidName, now);
        }
        self.tell(id, &Event::Notice(Notice::HandshakeTimeout(self.limits.name_within)));
        self.begin_leaving(id, now);
    }

    /// Something came from somebody without a name: it should be one.
    pub(super) fn on_handshake_inbound(&mut self, id: SessionId, inbound: Inbound, now: Instant) {
        self.sessions[id].begin_handshake();
        let profile = self.sessions[id].profile();
        let request = match inbound {
            Inbound::Request(request) => request,
            Inbound::Blank => return,
            Inbound::TooLong if profile.is_for_people => {
                return self.refuse_for_good(id, NameError::TooLong, now);
            }
            Inbound::TooLong => {
                return self.refuse(id, Refusal::InvalidName(InvalidName::Error(NameError::TooLong)), now);
            }
            Inbound::Foreign(foreign) => return self.answer_foreign(id, foreign, now),
        };
        self.metrics.requests += 1;
        match request {
            Request::Hello { name, .. } if profile.is_for_people && name.is_empty() => {
                self.count_try(id, &Event::Notice(Notice::NameMissing), now);
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
            Request::Hello { name, kind, token } => {
                let claimed = self.claim_name(id, &name, kind, token, now);
                self.on_name_claimed(id, claimed, now);
            }
            Request::Malformed(why) => self.refuse(id, Refusal::Malformed(Malformed::Message(why)), now),
            _ => self.refuse(id, Refusal::Malformed(Malformed::HelloMissing), now),
        }
    }

    /// Claims a name for a session. If whoever knows who may have a name ever answers later, the session's input waits meanwhile, as
    /// that of a runnable session does: all that follows is in [`Hub::on_name_claimed`].
    fn claim_name(
        &mut self,
        id: SessionId,
        name: &str,
        kind: Kind,
        token: Option<Token>,
        now: Instant,
    ) -> Result<MemberId, Refusal> {
        let name = Name::parse(name).map_err(|why| Refusal::InvalidName(InvalidName::Error(why)))?;
        if let Some(why) = self.chat.bans.why_not_as(&name, self.wall(now)) {
            return Err(Refusal::Banned(why));
        }
        if let Some(mixture) = name.mixture() {
            let others = self.chat.find_alike(name.as_str());
            return Err(match others.first().map(|other| self.chat.who(*other).name.clone()) {
                Some(other) => Refusal::NameTaken(NameTaken::Alike(name, other)),
                None => Refusal::InvalidName(InvalidName::Mixed(mixture)),
            });
        }
        let kind = if name.is_of_a_bot() { Kind::Bot } else { kind };
        self.give_way(&name, now);
        self.take_over(&name, kind, token, now);
        let has_one_room = self.sessions[id].profile().has_one_room;
        let rooms = if has_one_room { RoomLimit::One } else { RoomLimit::Several };
        self.chat.register(Who { name, kind }, rooms).map_err(Refusal::NameTaken)
    }

    /// A session's claim to a name was decided.
    fn on_name_claimed(&mut self, id: SessionId, claimed: Result<MemberId, Refusal>, now: Instant) {
        match claimed {
            Ok(member) => {
                self.cancel_timer(id);
                self.sessions.become_member(id, member, &self.chat.who(member).name);
                self.watch_member(id);
                self.tell_known(id, member);
                let codec = &self.sessions[id].codec;
                let (dialect, autojoin) = (codec.dialect(), codec.profile().autojoin);
                info!("{} joins, speaking {dialect:?}", self.describe(id));
                self.autojoin(member, autojoin, now);
                self.run_effects(now);
            }
            Err(Refusal::NameTaken(why)) => self.refuse_taken(id, why, now),
            Err(why) => self.refuse(id, why, now),
        }
    }

    /// Has a member be in the room that its clients come to.
    fn autojoin(&mut self, member: MemberId, autojoin: Autojoin, now: Instant) {
        let kind = match autojoin {
            Autojoin::Nowhere => return,
            Autojoin::First => None,
            Autojoin::Kind(kind) => Some(kind),
        };
        let found = self.chat.rooms().find(|(_, room)| Some(room.traits().kind) == kind);
        let room = found.map(|(_, room)| room.name().to_owned());
        self.chat.request(member, Request::Join { room }, self.wall(now));
    }

    /// A person is asked again, a program may try again, and an old program is told and closed.
    pub(super) fn refuse(&mut self, id: SessionId, why: Refusal, now: Instant) {
        self.log_refused_name(id, &why, now);
        match self.sessions[id].profile().on_bad_name {
            OnBadName::AskAgain => {
                self.count_try(id, &Event::Refused { why, next: NextStep::ChooseAnother }, now);
            }
            OnBadName::Refuse => self.count_try(id, &Event::refused(why), now),
            OnBadName::Remove => {
                self.tell(id, &Event::refused(why));
                self.remove(id, Removal::InvalidName, now);
            }
            OnBadName::Close => {
                self.tell(id, &Event::refused(why));
                self.begin_leaving(id, now);
            }
        }
    }

    fn log_refused_name(&mut self, id: SessionId, why: &Refusal, now: Instant) {
        self.refused(self.sessions[id].peer, "a name", &sentences::refusal(why), now);
    }

    /// Answers a try at a name; the last one ends the connection.
    fn count_try(&mut self, id: SessionId, answer: &Event, now: Instant) {
        self.tell(id, answer);
        let Stage::Handshake { tries, .. } = &mut self.sessions[id].stage else { return };
        *tries += 1;
        if *tries >= NAME_TRIES {
            self.tell(id, &Event::Notice(Notice::LastTry));
            self.begin_leaving(id, now);
        }
    }

    /// A word came for a name that is a whole command elsewhere: who sends it would go on as there.
    fn refuse_command(&mut self, id: SessionId, word: &str, now: Instant) {
        let why = Refusal::InvalidName(InvalidName::Command(word.to_owned()));
        if !self.sessions[id].profile().is_for_people {
            return self.refuse(id, why, now);
        }
        self.log_refused_name(id, &why, now);
        self.count_try(id, &Event::Refused { why, next: NextStep::GiveName }, now);
    }

    /// Refuses what no person sends for a name, and closes: what follows it is no answer to a question for another.
    fn refuse_for_good(&mut self, id: SessionId, why: NameError, now: Instant) {
        let why = Refusal::InvalidName(InvalidName::Error(why));
        self.log_refused_name(id, &why, now);
        self.tell(id, &Event::Refused { why, next: NextStep::ConnectAgain });
        self.begin_leaving(id, now);
    }

    fn answer_foreign(&mut self, id: SessionId, foreign: Foreign, now: Instant) {
        info!("{} speaks {foreign:?} and is told what this port speaks", self.sessions[id].peer);
        if self.sessions[id].profile().answers_foreign {
            self.owe(id, |out| out.extend_from_slice(&foreign.answer()));
        } else {
            // It was spoken to in its port's dialect already.
            self.tell(id, &Event::refused(Refusal::InvalidName(InvalidName::Foreign)));
        }
        self.begin_leaving(id, now);
    }

    /// Tells a session that its name is its own, and how it has it back.
    fn tell_known(&mut self, id: SessionId, member: MemberId) {
        let has_tokens = self.sessions[id].profile().has_tokens;
        let token = if has_tokens { self.resume.give_token(member) } else { None };
        let name = self.chat.who(member).name.clone();
        self.tell(id, &Event::NameAccepted { name, token });
    }

    /// Has the ghost of whoever shows this token leave, and its name is free. What it is stays what it was.
    fn take_over(&mut self, name: &Name, kind: Kind, token: Option<Token>, now: Instant) {
        let Some(ghost) = self.chat.find(name.as_str()) else { return };
        let who = self.chat.who(ghost);
        // In another spelling it might look like somebody else's.
        let is_it = who.name == *name && who.kind == kind;
        if !is_it || !self.resume.is_token_of(ghost, token) {
            return;
        }
        if let Some(session) = self.sessions.of_member(ghost) {
            info!("{} comes back from elsewhere", self.describe(session));
            // A program that went on would come back at once, and so on without end.
            let is_removal = self.sessions[session].profile().has_tokens;
            let told =
                if is_removal { Event::Removed(Removal::Resumed) } else { Event::Notice(Notice::Resumed) };
            self.tell(session, &told);
        }
        self.chat.leave(ghost, self.wall(now));
        self.run_effects(now);
    }

    /// Somebody came for a name that cannot be had. If its owner may be his own ghost, it is found out whether it is.
    fn refuse_taken(&mut self, id: SessionId, why: NameTaken, now: Instant) {
        let why = match why {
            NameTaken::Same { name, .. } => {
                let is_probed = self.is_probed(id, &name, now);
                NameTaken::Same { name, is_probed }
            }
            alike @ NameTaken::Alike(..) => alike,
        };
        self.refuse(id, Refusal::NameTaken(why), now);
    }

    /// Has it found out whether the owner of this name is a ghost, if it may be one. Returns whether that is under way.
    fn is_probed(&mut self, newcomer: SessionId, name: &Name, now: Instant) -> bool {
        let Some(member) = self.chat.find(name.as_str()) else { return false };
        let Some(session) = self.sessions.of_member(member) else { return false };
        let ip = |id: SessionId| self.sessions[id].peer.ip().to_canonical();
        let owner = &self.sessions[session];
        // Where programs take all that they are sent for speech, keep-alive finds their ghosts nearly as soon.
        if ip(session) != ip(newcomer) || !owner.profile().is_probed {
            return false;
        }
        let silent = now.saturating_duration_since(owner.last_received);
        match self.resume.probe(member, session, silent, now) {
            Probing::Begins => {}
            Probing::UnderWay => return true,
            Probing::Done => return false,
        }
        self.timers.set(Due::Probe(session), now + GHOST_PROBE_TIMEOUT);
        // Something that its machine has to acknowledge.
        let name = self.chat.who(member).name.clone();
        self.tell(session, &Event::Notice(Notice::NameClaimed(name)));
        true
    }
}

impl Refused {
    /// What the newcomer is sent, in the words of the port that it came to.
    pub fn words(self, door: ListenerKind) -> Vec<u8> {
        match door {
            ListenerKind::Any => format!("{self}\n").into_bytes(),
            ListenerKind::Chaty => chaty::messages(&Event::Removed(Removal::Operator("".into()))).concat(),
        }
    }
}
