//! The handshake: admits, opens and greets connections, and claims their names.

use std::fmt::Display;
use std::net::SocketAddr;
use std::time::Instant;

use log::{debug, info};

use crate::base::limits::GHOST_PROBE_TIMEOUT;
use crate::base::name::Name;
use crate::chat::{Belongings, Habits, RoomLimit};
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::ids::{ListenerKind, Permit};
use crate::hub::session_resume::Probing;
use crate::hub::sessions::{Answer, HandshakeStep};
use crate::limits::admission::Refused;
use crate::limits::source::Source;
use crate::limits::spam_limiter::SpamLimit;
use crate::proto::{
    Event, Kind, MemberId, MemberInfo, NameTaken, Notice, Refusal, Removal, ReplayLimit, Token,
};
use crate::web::Accepted;
use crate::wire::{Codec, Inbound, Profile, UsualReplay, chaty, sentences};

impl Hub {
    /// Admits a new connection. An error: tell the peer why, and close the connection.
    pub fn admit(&mut self, peer: SocketAddr, kind: ListenerKind, now: Instant) -> Result<Permit, Refused> {
        let others = self.sessions.connections();
        let admitted = self.admission.admit(peer.ip(), others, now);
        admitted.inspect_err(|why| self.refused(peer, "entry", why, now))?;
        Ok(Permit { peer, kind, since: now })
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
        debug!("{peer} connected");
        let is_websocket = self.sessions[id].codec.is_websocket();
        if is_websocket {
            // The response to the upgrade comes before the first frame.
            self.sessions.send_reply(id);
        }
        if let Some(why) = self.rooms.ban_of(peer.ip(), now) {
            self.refused(peer, "entry", &why, now);
            self.sessions.turn_away_banned(id, why, now);
        } else {
            self.sessions.send_reply(id);
        }
        id
    }

    /// Hands an untouched connection whose first bytes are HTTP back to the caller, and removes its session. `None`: it was sent
    /// something, or some input was parsed.
    pub fn hand_back_http(&mut self, id: SessionId, now: Instant) -> Option<Permit> {
        let permit = self.sessions.hand_back(id)?;
        self.admission.speaks_http(permit.peer.ip(), now);
        Some(permit)
    }

    /// Why the holder of this permit is banned, if it is.
    pub fn ban_of(&self, permit: &Permit, now: Instant) -> Option<String> {
        self.rooms.ban_of(permit.peer.ip(), now)
    }

    /// The same of a connection that is never opened, if it is banned.
    pub fn turn_away_banned(&mut self, permit: &Permit, now: Instant) -> Option<String> {
        let why = self.ban_of(permit, now)?;
        self.admission.closed(permit.peer.ip());
        self.refused(permit.peer, "entry", &why, now);
        Some(why)
    }

    /// A connection that was handed back is closed.
    pub fn return_permit(&mut self, permit: Permit) {
        let Permit { peer, .. } = self.sessions.take_back(permit);
        self.admission.http_closed(peer.ip());
        debug!("{peer} closed");
    }

    /// Admits a request of the holder of this permit.
    pub fn admit_request(&mut self, permit: &Permit, now: Instant) -> Result<(), Refused> {
        self.admission.admit_request(permit.peer.ip(), now)
    }

    /// Admits the holder of this permit to the chat, for a WebSocket.
    pub fn admit_websocket(&mut self, permit: &Permit, now: Instant) -> Result<(), Refused> {
        let admitted = self.admission.admit_websocket(permit.peer.ip(), now);
        admitted.inspect_err(|why| self.refused(permit.peer, "entry", why, now))
    }

    /// The problem of the service for its health check, as a sentence; `None`: it is healthy.
    pub fn health_problem(&self) -> Option<String> {
        let kept = self.journal.gate().degraded().map(|why| format!("Nothing that is said is kept: {why}."));
        kept.or_else(|| self.node()?.trouble())
    }

    /// Opens a session for a connection that was handed back and upgrades to a WebSocket. `begin`: the handshake.
    pub fn open_websocket(&mut self, permit: Permit, begin: &Accepted, now: Instant) -> SessionId {
        let permit = Permit { since: now, ..self.sessions.take_back(permit) };
        self.open_with(permit, Codec::websocket(begin), now)
    }

    /// Logs the refusal of a connection or a name, rate-limited.
    pub fn refused(&mut self, peer: SocketAddr, what: &str, why: &dyn Display, now: Instant) {
        self.metrics.refused += 1;
        self.admission.log_refusal(peer, what, why, now);
    }

    /// Handles input of a session without a name.
    pub(super) fn on_handshake_inbound(&mut self, id: SessionId, inbound: Inbound, now: Instant) {
        self.metrics.requests += u64::from(matches!(inbound, Inbound::Request(_)));
        match self.sessions.handshake_step(id, inbound) {
            HandshakeStep::Wait => {}
            HandshakeStep::UnsupportedProtocol(foreign) => self.sessions.answer_foreign(id, foreign, now),
            HandshakeStep::Claim { name, kind, token } if self.sharing.is_some() => {
                self.claim_shared(id, &name, kind, token, now);
            }
            HandshakeStep::Claim { name, kind, token } => {
                let claimed = self.claim_name(id, &name, kind, token, now);
                self.on_name_claimed(id, claimed, now);
            }
            HandshakeStep::Answer(answer) => self.answer(id, answer, now),
        }
    }

    /// Sends a reply to a session without a name.
    fn answer(&mut self, id: SessionId, answer: Answer, now: Instant) {
        if let Event::Refused { why, .. } = &answer.event {
            self.refused(self.sessions[id].peer, "a name", &sentences::refusal(why), now);
        }
        self.sessions.answer(id, answer, now);
    }

    /// Claims a name for a session. The result is handled by [`Hub::on_name_claimed`], so that it may come later; until then
    /// the session's input would wait.
    fn claim_name(
        &mut self,
        id: SessionId,
        name: &str,
        kind: Kind,
        token: Option<Token>,
        now: Instant,
    ) -> Result<MemberId, Refusal> {
        // Its own ghost may have taken another name since.
        let owner = self.rooms.owner(name, now).map(|(owner, _)| owner);
        let owner = owner.filter(|owner| self.resume.is_token_of(*owner, token));
        let name = self.rooms.claim(name, owner, now)?;
        let kind = if name.is_of_a_bot() { Kind::Bot } else { kind };
        self.run_effects(now);
        let belongings = self.take_over(&name, kind, token, now);
        let member = self.introduce(id, MemberInfo { name, kind }).map_err(Refusal::NameTaken)?;
        if let Some(belongings) = belongings {
            self.rooms.give(member, belongings);
        }
        Ok(member)
    }

    /// Registers the member of a session.
    pub(super) fn introduce(&mut self, id: SessionId, who: MemberInfo) -> Result<MemberId, NameTaken> {
        let Profile { has_one_room, replay, bots_take_private, wants_roster, is_paced, .. } =
            *self.sessions[id].profile();
        let rooms = if has_one_room { RoomLimit::One } else { RoomLimit::Several };
        let replay = match replay {
            UsualReplay::AsSet => self.replay,
            UsualReplay::All => ReplayLimit::All,
        };
        let takes_private = who.kind == Kind::Person || bots_take_private;
        let source = Source::of(self.sessions[id].peer.ip());
        let member = self.rooms.introduce(who, rooms, replay, takes_private, source)?;
        self.rooms.set_habits(member, Habits { wants_roster, has_many_rooms: is_paced });
        Ok(member)
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
                self.sessions.become_member(id, member, &self.rooms.chat().who(member).name);
                self.sessions.watch_member(id);
                self.tell_known(id, member);
                let codec = &self.sessions[id].codec;
                let (dialect, autojoin) = (codec.dialect(), codec.profile().autojoin);
                info!("{} joins, speaking {dialect:?}", self.describe(id));
                self.rooms.autojoin(member, autojoin, now);
                self.run_effects(now);
            }
            Err(mut why) => {
                // Probe the owner if it may be the client's own ghost.
                if let Refusal::NameTaken(NameTaken::Same { name, is_probed }) = &mut why {
                    *is_probed = self.is_probed(id, name, now);
                }
                self.answer(id, Answer::refusal(self.sessions[id].profile(), why), now);
            }
        }
    }

    /// Tells a session that it has its name, with the token to take it back.
    fn tell_known(&mut self, id: SessionId, member: MemberId) {
        let has_tokens = self.sessions[id].profile().has_tokens;
        let token = if has_tokens { self.resume.give_token(member) } else { None };
        let name = self.rooms.chat().who(member).name.clone();
        let (started, pace) = (self.resume.started(), self.sessions.spam_limit.map(SpamLimit::pace));
        self.sessions.tell(id, &Event::NameAccepted { name, token, started, pace });
    }

    /// Removes the ghost that this token belongs to, which frees the name, and returns what the new member gets of it. A person
    /// stays a person, and a bot a bot.
    fn take_over(
        &mut self,
        name: &Name,
        kind: Kind,
        token: Option<Token>,
        now: Instant,
    ) -> Option<Belongings> {
        let (ghost, own) = self.rooms.owner(name.as_str(), now)?;
        // Another spelling might be confusable with another name.
        let is_it = own == *name && self.rooms.chat().who(ghost).kind == kind;
        if !is_it || !self.resume.is_token_of(ghost, token) {
            return None;
        }
        if self.rooms.chat().who(ghost).name != *name {
            // Whatever is known by its later name follows.
            self.rooms.rename(ghost, name.as_str(), now);
            self.run_effects(now);
        }
        if let Some(session) = self.sessions.of_member(ghost) {
            info!("{} resumes on another connection", self.describe(session));
            self.sessions.tell_resumed(session);
        }
        let belongings = self.rooms.leave_to_resume(ghost, now);
        self.run_effects(now);
        Some(belongings)
    }

    /// Starts a probe of the owner of this name, if it may be a ghost. Returns whether a probe is in progress.
    fn is_probed(&mut self, newcomer: SessionId, name: &Name, now: Instant) -> bool {
        let Some(member) = self.rooms.chat().find(name.as_str()) else { return false };
        let Some(session) = self.sessions.of_member(member) else { return false };
        let (owner, newcomer) = (&self.sessions[session], &self.sessions[newcomer]);
        if !owner.is_probed_for(newcomer) {
            return false;
        }
        let silent = now.saturating_duration_since(owner.last_received);
        let probing = self.resume.probe(member, session, silent, now);
        if probing == Probing::Begins {
            self.sessions.probe_by(session, now + GHOST_PROBE_TIMEOUT);
            // Output that its machine has to acknowledge.
            let name = self.rooms.chat().who(member).name.clone();
            self.sessions.tell(session, &Event::Notice(Notice::NameClaimed(name)));
        }
        probing != Probing::Done
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
