//! Session resume: one's name back from one's own ghost, a member whose connection was cut and that the server has not missed.
//!
//! A program is given a token with its name, and has the name back at once if it shows it. A client without one is believed
//! if it comes from the ghost's address, and the ghost's machine acknowledges nothing of what it is sent from then on: a member
//! that only listens, from wherever, keeps its name. A hosted bot has no connection, and no ghost.
//!
//! What a machine acknowledges the sink tells, where that can be known.

use std::collections::HashMap;
use std::time::Instant;

use log::info;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::base::limits::{GHOST_ASK_EVERY, GHOST_QUIET, GHOST_SILENT, GHOST_WITHIN};
use crate::base::name::Name;
use crate::fanout::{SessionId, Sink};
use crate::hub::{Due, Hub};
use crate::proto::{Event, Kind, MemberId, NameTaken, Notice, Refusal, Removal, Token};

/// Tokens of sessions, and probes of those that may be gone.
#[derive(Debug)]
pub(super) struct SessionResume {
    /// Where tokens come from; none: none are given.
    random: Option<StdRng>,
    tokens: HashMap<MemberId, Token>,
    /// At most one for each member.
    probes: Vec<Probe>,
}

/// A liveness probe of a member whose name somebody at its address asked for.
#[derive(Debug)]
struct Probe {
    member: MemberId,
    session: SessionId,
    asked: Instant,
    found: Found,
}

/// What a probe found.
#[derive(Clone, Copy, Debug)]
enum Found {
    /// Nothing has been seen on its way to the peer since the probe began.
    Nothing,
    /// Something was, then, and so many bytes were acknowledged.
    UnderWay(Instant, u64),
    /// The peer is there, as far as can be known.
    Alive,
}

/// What a probe does when it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probing {
    /// It begins: the peer has to be sent something.
    Begins,
    /// It is under way.
    UnderWay,
    /// It was made of late, and the peer was there.
    Done,
}

impl SessionResume {
    /// Nobody. Tokens follow from `seed`, which nobody may guess.
    pub(super) fn new(seed: Option<[u8; 32]>) -> SessionResume {
        SessionResume { random: seed.map(StdRng::from_seed), tokens: HashMap::new(), probes: Vec::new() }
    }

    /// A member is none any more.
    pub(super) fn forget(&mut self, member: MemberId) {
        self.tokens.remove(&member);
        self.probes.retain(|probe| probe.member != member);
    }

    fn give_token(&mut self, member: MemberId) -> Option<Token> {
        let token = Token(self.random.as_mut()?.random());
        self.tokens.insert(member, token);
        Some(token)
    }

    /// Whether this is the member's token. A guess is one of ten on a connection, and 128 bits are compared as two words:
    /// there is no byte whose time could be told apart from the network's.
    fn is_token_of(&self, member: MemberId, token: Option<Token>) -> bool {
        token.is_some() && self.tokens.get(&member) == token.as_ref()
    }

    /// Probes a member's session, unless that was done of late.
    fn probe(&mut self, member: MemberId, session: SessionId, now: Instant) -> Probing {
        self.probes.retain(|probe| now.saturating_duration_since(probe.asked) < GHOST_ASK_EVERY);
        if let Some(probe) = self.probes.iter().find(|probe| probe.member == member) {
            let is_under_way = now.saturating_duration_since(probe.asked) < GHOST_WITHIN;
            return if is_under_way { Probing::UnderWay } else { Probing::Done };
        }
        self.probes.push(Probe { member, session, asked: now, found: Found::Nothing });
        Probing::Begins
    }

    /// Looks at all probes, when everything was written. Returns the sessions whose peers are gone.
    fn check(&mut self, sink: &mut impl Sink, now: Instant) -> Vec<SessionId> {
        let mut gone = Vec::new();
        for Probe { session, asked, found, .. } in &mut self.probes {
            let is_due = now.saturating_duration_since(*asked) >= GHOST_WITHIN;
            *found = match *found {
                Found::Alive => continue,
                Found::Nothing if is_due => Found::Alive,
                Found::UnderWay(..) if !is_due => continue,
                Found::Nothing => match sink.acknowledged(*session) {
                    Some(all) if all.is_more_under_way => Found::UnderWay(now, all.bytes),
                    Some(_) => Found::Nothing,
                    None => Found::Alive,
                },
                Found::UnderWay(since, bytes) => {
                    let all = sink.acknowledged(*session).filter(|all| all.is_more_under_way);
                    let is_silent = all.is_some_and(|all| all.bytes == bytes);
                    if is_silent && now.saturating_duration_since(since) >= GHOST_SILENT {
                        gone.push(*session);
                    }
                    Found::Alive
                }
            };
        }
        gone
    }
}

impl Hub {
    /// Tells a session that its name is its own, and how it has it back.
    pub(super) fn tell_known(&mut self, id: SessionId, member: MemberId) {
        let has_tokens = self.sessions[id].profile().has_tokens;
        let token = if has_tokens { self.resume.give_token(member) } else { None };
        let name = self.chat.who(member).name.clone();
        self.tell(id, &Event::Known { name, token });
    }

    /// Has the ghost of whoever shows this token leave, and its name is free. What it is stays what it was.
    pub(super) fn take_over(&mut self, name: &Name, kind: Kind, token: Option<Token>, now: Instant) {
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
                if is_removal { Event::Removed(Removal::CameBack) } else { Event::Notice(Notice::CameBack) };
            self.tell(session, &told);
        }
        self.chat.leave(ghost, self.wall(now));
        self.run_effects(now);
    }

    /// Somebody came for a name that cannot be had. If its owner may be his own ghost, it is found out whether it is.
    pub(super) fn refuse_taken(&mut self, id: SessionId, why: NameTaken, now: Instant) {
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
        let is_quiet = now.saturating_duration_since(self.sessions[session].last_received) >= GHOST_QUIET;
        // Where programs take all that they are sent for speech, keep-alive finds their ghosts nearly as soon.
        let is_asked = self.sessions[session].profile().is_probed;
        if ip(session) != ip(newcomer) || !is_quiet || !is_asked {
            return false;
        }
        match self.resume.probe(member, session, now) {
            Probing::Begins => {}
            Probing::UnderWay => return true,
            Probing::Done => return false,
        }
        self.timers.set(Due::Probe(session), now + GHOST_WITHIN);
        // Something that its machine has to acknowledge.
        let name = self.chat.who(member).name.clone();
        self.tell(session, &Event::Notice(Notice::NameSought(name)));
        true
    }

    /// Lets go of sessions whose peers are gone. To be called when everything was written.
    pub(super) fn check_probes(&mut self, sink: &mut impl Sink, now: Instant) {
        for session in self.resume.check(sink, now) {
            info!("{} acknowledges nothing, and its name is free", self.describe(session));
            self.lost(session, &"somebody at its address came for its name, and it was silent", now);
        }
    }
}
