//! The handshake: admits, opens and greets connections, and claims their names.

use std::net::SocketAddr;
use std::time::Instant;

use crate::base::secret::Secret;
use crate::base::source::Source;
use crate::chat::Belongings;
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::entry::Entry;
use crate::hub::ids::{ListenerKind, Permit};
use crate::hub::sessions::{Answer, HandshakeStep};
use crate::limits::admission::Refused;
use crate::proto::{Event, InvalidName, Kind, MemberId, MemberInfo, Notice, Refusal, Removal, Token};
use crate::web::Accepted;
use crate::wire::{Codec, Inbound, chaty, sentences};

impl Hub {
    /// Admits a new connection. An error: tell the peer why, and close the connection.
    pub fn admit(&mut self, peer: SocketAddr, kind: ListenerKind, now: Instant) -> Result<Permit, Refused> {
        self.entry.admit(peer, kind, self.sessions.count(), now)
    }

    /// Who may enter: for connections that speak HTTP, and for those that are refused elsewhere.
    pub fn entry(&mut self) -> &mut Entry {
        &mut self.entry
    }

    /// Opens a session for an admitted connection. A banned peer is told so, and closed.
    pub fn open(&mut self, permit: Permit, now: Instant) -> SessionId {
        let codec = permit.kind.codec();
        self.open_with(permit, codec, now)
    }

    /// The same with this codec.
    fn open_with(&mut self, permit: Permit, codec: Codec, now: Instant) -> SessionId {
        let peer = permit.peer;
        let id = self.sessions.open(permit, codec);
        if let Some(why) = self.rooms.ban_of(peer.ip(), now) {
            self.entry.refuse(peer, "entry", &why, now);
            self.sessions.keep_out(id, why, now);
        } else {
            self.sessions.send_reply(id);
        }
        id
    }

    /// The first bytes of a connection may begin a request of HTTP, and the caller holds them back: it is not greeted.
    pub fn may_speak_http(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.may_be_http = true;
        }
    }

    /// Hands an untouched connection whose first bytes are HTTP back to the caller, and removes its session. `None`: it was sent
    /// something, or some input was parsed.
    pub fn hand_back_http(&mut self, id: SessionId, now: Instant) -> Option<Permit> {
        let permit = self.sessions.hand_back(id, now)?;
        self.entry.speaks_http(&permit, now);
        Some(permit)
    }

    /// Why the holder of this permit is banned, if it is.
    pub fn ban_of(&self, permit: &Permit, now: Instant) -> Option<String> {
        self.rooms.ban_of(permit.peer.ip(), now)
    }

    /// The same of a connection that is never opened, if it is banned.
    pub fn turn_away_banned(&mut self, permit: &Permit, now: Instant) -> Option<String> {
        let why = self.ban_of(permit, now)?;
        self.entry.closed(permit.peer);
        self.entry.refuse(permit.peer, "entry", &why, now);
        Some(why)
    }

    /// The problem of the service for its health check, as a sentence; `None`: it is healthy.
    pub fn health_problem(&self) -> Option<String> {
        let not_stored = self.journal.gate().degraded().map(|why| format!("Messages are not stored: {why}."));
        not_stored.or_else(|| self.node()?.trouble())
    }

    /// Opens a session for a connection that was handed back and upgrades to a WebSocket. `begin`: the handshake.
    pub fn open_websocket(&mut self, permit: Permit, begin: &Accepted, now: Instant) -> SessionId {
        let permit = self.entry.upgrade(permit, now);
        self.open_with(permit, Codec::websocket(begin), now)
    }

    /// Handles input of a session without a name.
    pub(super) fn on_handshake_inbound(&mut self, id: SessionId, inbound: Inbound, now: Instant) {
        let Hub { door, resume, rooms, sessions, entry, .. } = self;
        self.metrics.requests += u64::from(matches!(inbound, Inbound::Request(_)));
        match sessions.handshake_step(id, inbound) {
            HandshakeStep::Wait => {}
            HandshakeStep::UnsupportedProtocol(foreign) => sessions.answer_foreign(id, foreign, now),
            HandshakeStep::Password(given) => {
                if door.lets_in(id, Some(&given), (sessions, entry), now) {
                    sessions.tell(id, &Event::Notice(Notice::NameMissing));
                }
            }
            HandshakeStep::Claim { name, kind, token, password } => {
                if resume.resumes(&name, token, rooms.chat())
                    || door.lets_in(id, password.as_ref(), (sessions, entry), now)
                {
                    self.claim(id, &name, kind, token, now);
                }
            }
            HandshakeStep::Answer(answer) => self.answer(id, answer, now),
        }
    }

    /// Sets the password of the server. `None`: it asks for none. Whoever is in stays.
    pub fn set_password(&mut self, password: Option<Secret>) {
        self.sessions.asks_password = password.is_some();
        self.door.set_password(password);
    }

    /// Sends a reply to a session without a name.
    fn answer(&mut self, id: SessionId, answer: Answer, now: Instant) {
        if let Event::Refused { why, .. } = &answer.event {
            self.entry.refuse(self.sessions[id].peer, "a name", &sentences::refusal(why), now);
        }
        self.sessions.answer(id, answer, now);
    }

    /// A session claims a name. [`Hub::on_name_claimed`] handles the result, which comes later in a cluster: until then, the
    /// session's input waits.
    fn claim(&mut self, id: SessionId, name: &str, kind: Kind, token: Option<Token>, now: Instant) {
        if self.door.is_password(name) {
            return self.on_name_claimed(id, Err(Refusal::InvalidName(InvalidName::Password)), now);
        }
        let is_token_of = |owner| self.resume.is_token_of(owner, token);
        let (who, owner) = match self.rooms.claim_anew(name, kind, is_token_of, now) {
            Ok(claimed) => claimed,
            Err(why) => return self.on_name_claimed(id, Err(why), now),
        };
        self.run_effects(now);
        if self.sharing.is_some() {
            return self.claim_shared(id, who, token.map(|token| (token, owner)), now);
        }
        let ghost = self.rooms.ghost(&who, |ghost| self.resume.is_token_of(ghost, token), now);
        let belongings = ghost.map(|ghost| self.take_over(ghost, now));
        let claimed = self.introduce(id, who, now);
        if let (Ok(member), Some(belongings)) = (&claimed, belongings) {
            self.rooms.give(*member, belongings);
        }
        self.on_name_claimed(id, claimed, now);
    }

    /// Registers the member of a session.
    pub(super) fn introduce(
        &mut self,
        id: SessionId,
        who: MemberInfo,
        now: Instant,
    ) -> Result<MemberId, Refusal> {
        let session = &self.sessions[id];
        self.rooms.introduce(who, session.profile(), Source::of(session.peer.ip()), now)
    }

    /// Removes a ghost, which frees its name, and returns what the new member gets of it.
    fn take_over(&mut self, ghost: MemberId, now: Instant) -> Belongings {
        self.run_effects(now);
        self.sessions.tell_ghost(ghost, self.rooms.chat());
        let belongings = self.rooms.leave_to_resume(ghost, now);
        self.run_effects(now);
        belongings
    }

    /// Handles the result of a claim.
    pub(super) fn on_name_claimed(
        &mut self,
        id: SessionId,
        claimed: Result<MemberId, Refusal>,
        now: Instant,
    ) {
        match claimed {
            Ok(member) => {
                self.resume.accept(id, member, &self.rooms.chat().who(member).name, &mut self.sessions);
                let autojoin = self.sessions[id].profile().autojoin;
                self.rooms.autojoin(member, autojoin, now);
                self.run_effects(now);
            }
            Err(mut why) => {
                self.resume.probe_owner(&mut why, id, &mut self.sessions, self.rooms.chat(), now);
                self.answer(id, Answer::refusal(self.sessions[id].profile(), why), now);
            }
        }
    }
}

impl Refused {
    /// The reply to the newcomer, in the dialect of its port.
    pub fn words(self, kind: ListenerKind) -> Vec<u8> {
        match kind {
            ListenerKind::Any => format!("{self}\n").into_bytes(),
            ListenerKind::Chaty => chaty::messages(&Event::Removed(Removal::Operator("".into()))).concat(),
        }
    }
}
