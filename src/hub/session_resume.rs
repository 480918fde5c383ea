//! Session resume: one's name back from one's own ghost, a member whose connection was cut and that the server has not missed.
//!
//! A program is given a token with its name, and has the name back at once if it shows it. A client without one is believed
//! if it comes from the ghost's address, and the ghost's machine acknowledges nothing of what it is sent from then on: a member
//! that only listens, from wherever, keeps its name. A hosted bot has no connection, and no ghost.
//!
//! What a machine acknowledges the sink tells, where that can be known.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::base::limits::{GHOST_ACK_TIMEOUT, GHOST_IDLE_MIN, GHOST_PROBE_INTERVAL, GHOST_PROBE_TIMEOUT};
use crate::fanout::{SessionId, Sink};
use crate::proto::{MemberId, Token};

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
pub(super) enum Probing {
    /// It begins: the peer has to be sent something.
    Begins,
    /// It is under way.
    UnderWay,
    /// There is no need: something came from the peer of late, or it was probed and was there.
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

    /// A token by which a member has its name back; none if none are given.
    pub(super) fn give_token(&mut self, member: MemberId) -> Option<Token> {
        let token = Token(self.random.as_mut()?.random());
        self.tokens.insert(member, token);
        Some(token)
    }

    /// Whether this is the member's token. A guess is one of ten on a connection, and 128 bits are compared as two words:
    /// there is no byte whose time could be told apart from the network's.
    pub(super) fn is_token_of(&self, member: MemberId, token: Option<Token>) -> bool {
        token.is_some() && self.tokens.get(&member) == token.as_ref()
    }

    /// Somebody at its address came for a member's name, from which nothing came for `silent`. If that may be as it is gone,
    /// its session is probed, unless that was done of late.
    pub(super) fn probe(
        &mut self,
        member: MemberId,
        session: SessionId,
        silent: Duration,
        now: Instant,
    ) -> Probing {
        if silent < GHOST_IDLE_MIN {
            return Probing::Done;
        }
        self.probes.retain(|probe| now.saturating_duration_since(probe.asked) < GHOST_PROBE_INTERVAL);
        if let Some(probe) = self.probes.iter().find(|probe| probe.member == member) {
            let is_under_way = now.saturating_duration_since(probe.asked) < GHOST_PROBE_TIMEOUT;
            return if is_under_way { Probing::UnderWay } else { Probing::Done };
        }
        self.probes.push(Probe { member, session, asked: now, found: Found::Nothing });
        Probing::Begins
    }

    /// Looks at all probes, when everything was written. Returns the sessions whose peers are gone.
    pub(super) fn check(&mut self, sink: &mut impl Sink, now: Instant) -> Vec<SessionId> {
        let mut gone = Vec::new();
        for Probe { session, asked, found, .. } in &mut self.probes {
            let is_due = now.saturating_duration_since(*asked) >= GHOST_PROBE_TIMEOUT;
            *found = match *found {
                Found::Alive => continue,
                Found::Nothing if is_due => Found::Alive,
                Found::UnderWay(..) if !is_due => continue,
                Found::Nothing => match sink.acknowledged(*session) {
                    Some(all) if all.has_more_in_flight => Found::UnderWay(now, all.bytes),
                    Some(_) => Found::Nothing,
                    None => Found::Alive,
                },
                Found::UnderWay(since, bytes) => {
                    let all = sink.acknowledged(*session).filter(|all| all.has_more_in_flight);
                    let is_silent = all.is_some_and(|all| all.bytes == bytes);
                    if is_silent && now.saturating_duration_since(since) >= GHOST_ACK_TIMEOUT {
                        gone.push(*session);
                    }
                    Found::Alive
                }
            };
        }
        gone
    }
}
