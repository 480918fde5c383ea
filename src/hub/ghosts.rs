//! One's name back from one's own ghost: a member whose connection was cut, which the server has not missed yet.
//!
//! A program is given a token with its name, and has the name back at once if it shows it. Somebody without one is believed
//! if he comes from the ghost's address, and the ghost's machine acknowledges nothing of what it is sent from then on: who
//! only listens, from wherever, keeps his name. Who is in no connection of his own, a hosted bot, has no ghost.
//!
//! What a machine acknowledges the sink tells, where that can be known.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::Instant;

use log::info;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::base::limits::{GHOST_ASK_EVERY, GHOST_QUIET, GHOST_SILENT, GHOST_WITHIN};
use crate::base::name::Name;
use crate::chat::NameTaken;
use crate::fanout::SessionId;
use crate::fanout::Sink;
use crate::hub::{Due, Hub};
use crate::proto::{Event, Kind, MemberId, Refusal, Token};

const BACK: &str = "You have come back from elsewhere.";

/// Whose names are whose, and who may be a ghost.
#[derive(Debug)]
pub(super) struct Ghosts {
    /// Where tokens come from; none: none are given.
    random: Option<StdRng>,
    tokens: HashMap<MemberId, Token>,
    /// One for a member at most.
    suspects: Vec<Suspect>,
}

/// A member whose name somebody at its address asked for.
#[derive(Debug)]
struct Suspect {
    member: MemberId,
    session: SessionId,
    asked: Instant,
    found: Found,
}

/// What is known of a suspect.
#[derive(Clone, Copy, Debug)]
enum Found {
    /// Nothing has been seen to be under way to it since it was asked for.
    Nothing,
    /// Something was, then, and so many bytes were acknowledged.
    UnderWay(Instant, u64),
    /// It is there, as far as can be known.
    Alive,
}

impl Ghosts {
    /// Nobody. Tokens follow from `seed`, which nobody may guess.
    pub(super) fn new(seed: Option<[u8; 32]>) -> Ghosts {
        Ghosts { random: seed.map(StdRng::from_seed), tokens: HashMap::new(), suspects: Vec::new() }
    }

    /// A member is none any more.
    pub(super) fn forget(&mut self, member: MemberId) {
        self.tokens.remove(&member);
        self.suspects.retain(|suspect| suspect.member != member);
    }

    fn give_token(&mut self, member: MemberId) -> Option<Token> {
        let token = Token(self.random.as_mut()?.random());
        self.tokens.insert(member, token);
        Some(token)
    }
}

impl Hub {
    /// Tells a session that its name is its own, and how it has it back.
    pub(super) fn tell_known(&mut self, id: SessionId, member: MemberId) {
        let has_tokens = self.sessions[id.0].profile().has_tokens;
        let token = if has_tokens { self.ghosts.give_token(member) } else { None };
        let name = self.chat.who(member).name.clone();
        self.tell(id, &Event::Known { name, token });
    }

    /// Has the ghost of whoever shows this token leave, and its name is free. What it is stays what it was.
    ///
    /// A guess at a token is one of ten on a connection, and 128 bits are compared as two words: there is no byte whose time
    /// could be told apart from the network's.
    pub(super) fn take_over(&mut self, name: &Name, kind: Kind, token: Option<Token>, now: Instant) {
        let Some(ghost) = self.chat.find(name.as_str()) else { return };
        let who = self.chat.who(ghost);
        // In another spelling it might look like somebody else's.
        let is_it = who.name == *name && who.kind == kind;
        if !is_it || token.is_none() || self.ghosts.tokens.get(&ghost) != token.as_ref() {
            return;
        }
        if let Some(session) = self.session_of[ghost.0] {
            info!("{} comes back from elsewhere", self.describe(session));
            // A program that went on would come back at once, and so on without end.
            let is_removal = self.sessions[session.0].profile().has_tokens;
            let told = if is_removal { Event::Removed { reason: BACK.into() } } else { Event::notice(BACK) };
            self.tell(session, &told);
        }
        self.chat.leave(ghost, self.wall(now));
        self.deliver(now);
    }

    /// Somebody came for a name that cannot be had. If its owner may be his own ghost, it is found out whether it is.
    pub(super) fn refuse_taken(&mut self, id: SessionId, why: &NameTaken, now: Instant) {
        let mut text = why.to_string();
        if let NameTaken::Same(name) = why
            && self.suspect(id, name, now)
        {
            let seconds = GHOST_WITHIN.as_secs();
            let _ = write!(text, " If you had it, and were cut off, it may be free in {seconds} seconds.");
        }
        self.refuse(id, Refusal::NameTaken, &text, now);
    }

    /// Has it found out whether the owner of this name is a ghost, if it may be one. Returns whether that is under way.
    fn suspect(&mut self, newcomer: SessionId, name: &Name, now: Instant) -> bool {
        let Some(member) = self.chat.find(name.as_str()) else { return false };
        let Some(session) = self.session_of[member.0] else { return false };
        let ip = |id: SessionId| self.sessions[id.0].peer.ip().to_canonical();
        let is_quiet = now.saturating_duration_since(self.sessions[session.0].last_received) >= GHOST_QUIET;
        // Where programs take all that they are sent for speech, keep-alive finds their ghosts nearly as soon.
        let is_asked = self.sessions[session.0].profile().is_probed;
        if ip(session) != ip(newcomer) || !is_quiet || !is_asked {
            return false;
        }
        let suspects = &mut self.ghosts.suspects;
        suspects.retain(|suspect| now.saturating_duration_since(suspect.asked) < GHOST_ASK_EVERY);
        if let Some(suspect) = suspects.iter().find(|suspect| suspect.member == member) {
            return now.saturating_duration_since(suspect.asked) < GHOST_WITHIN;
        }
        suspects.push(Suspect { member, session, asked: now, found: Found::Nothing });
        self.timers.set(Due::Probe(session), now + GHOST_WITHIN);
        // Something that its machine has to acknowledge.
        let name = &self.chat.who(member).name;
        let text =
            format!("Somebody at your address wants to be called {name}. You are, and nothing changes.");
        self.tell(session, &Event::notice(text));
        true
    }

    /// Looks after those who may be ghosts, and lets go of those who are. To be called when all was written.
    pub(super) fn look_for_ghosts(&mut self, sink: &mut impl Sink, now: Instant) {
        let mut gone = Vec::new();
        for Suspect { session, asked, found, .. } in &mut self.ghosts.suspects {
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
        for session in gone {
            info!("{} acknowledges nothing, and its name is free", self.describe(session));
            self.lost(session, &"somebody at its address came for its name, and it was silent", now);
        }
    }
}
