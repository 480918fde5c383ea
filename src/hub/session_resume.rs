//! Session resume: a client takes its name back from its own ghost, a session whose connection broke without the server noticing.
//!
//! A program gets a token with its name, and takes the name back at once by showing the token. A client without a token must come
//! from the ghost's address; then the ghost's session is probed, and loses the name if its machine acknowledges nothing any more.
//! So a member that only listens keeps its name. Hosted bots have no connection, and so no ghosts.
//!
//! The sink tells what a machine has acknowledged, where the system knows that.

use std::rc::Rc;
use std::time::{Duration, Instant};

use log::info;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::base::limits::{GHOST_ACK_TIMEOUT, GHOST_IDLE_MIN, GHOST_PROBE_INTERVAL, GHOST_PROBE_TIMEOUT};
use crate::base::name::Name;
use crate::chat::Chat;
use crate::fanout::{SessionId, Sink};
use crate::hub::sessions::Sessions;
use crate::limits::spam_limiter::SpamLimit;
use crate::proto::{Event, MemberId, NameTaken, Notice, Refusal, Token};

/// Tokens of sessions, and probes of those that may be gone.
#[derive(Debug)]
pub(super) struct SessionResume {
    /// The source of tokens; `None`: no tokens are given.
    random: Option<StdRng>,
    /// Differs from that of an earlier run if ids began anew.
    started: Rc<str>,
    /// By member id.
    tokens: Vec<Option<Token>>,
    /// At most one per member.
    probes: Vec<Probe>,
}

/// A liveness probe of a member whose name a client at its address has claimed.
#[derive(Debug)]
struct Probe {
    member: MemberId,
    session: SessionId,
    asked: Instant,
    found: Found,
}

/// The state of a probe.
#[derive(Clone, Copy, Debug)]
enum Found {
    /// No bytes have been in flight to the peer since the probe began.
    Nothing,
    /// Bytes are in flight since this time, when this many were acknowledged.
    UnderWay(Instant, u64),
    /// The peer is alive, or nothing is known of it.
    Alive,
}

/// The answer to a request for a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probing {
    /// It begins: send the peer something.
    Begins,
    /// A probe is in progress.
    UnderWay,
    /// No probe is needed: the peer sent something recently, or a recent probe found it alive.
    Done,
}

impl SessionResume {
    /// No tokens and no probes yet. Tokens follow from `seed`, which must be unpredictable.
    pub(super) fn new(seed: Option<[u8; 32]>, started: Rc<str>) -> SessionResume {
        let random = seed.map(StdRng::from_seed);
        SessionResume { random, started, tokens: Vec::new(), probes: Vec::new() }
    }

    /// A member is gone.
    pub(super) fn forget(&mut self, member: MemberId) {
        if let Some(token) = self.tokens.get_mut(member.0) {
            *token = None;
        }
        self.probes.retain(|probe| probe.member != member);
    }

    /// Gives a member a token, unless it has one; `None` if no tokens are given.
    pub(super) fn give_token(&mut self, member: MemberId) -> Option<Token> {
        if let Some(token) = self.token_of(member) {
            return Some(token);
        }
        let token = self.draw()?;
        self.give_this(member, token);
        Some(token)
    }

    /// A session has its name, and is told so, with the token to take it back.
    pub(super) fn accept(&mut self, id: SessionId, member: MemberId, name: &Name, sessions: &mut Sessions) {
        sessions.become_member(id, member, name);
        sessions.watch_member(id);
        let has_tokens = sessions[id].profile().has_tokens;
        let token = if has_tokens { self.give_token(member) } else { None };
        let (started, pace) = (self.started.clone(), sessions.spam_limit.map(SpamLimit::pace));
        sessions.tell(id, &Event::NameAccepted { name: name.clone(), token, started, pace });
        let session = &sessions[id];
        info!("{name} ({}) joins, speaking {:?}", session.peer, session.codec.dialect());
    }

    /// A token for somebody who is no member yet; `None` if no tokens are given.
    pub(super) fn draw(&mut self) -> Option<Token> {
        Some(Token(self.random.as_mut()?.random()))
    }

    /// Gives a member this token.
    pub(super) fn give_this(&mut self, member: MemberId, token: Token) {
        if self.tokens.len() <= member.0 {
            self.tokens.resize(member.0 + 1, None);
        }
        self.tokens[member.0] = Some(token);
    }

    /// A member's token.
    pub(super) fn token_of(&self, member: MemberId) -> Option<Token> {
        self.tokens.get(member.0).copied().flatten()
    }

    /// Whether this is the member's token. The comparison needs no constant time: a connection has ten tries at 128 bits, and
    /// two words compare too fast for a timing difference to show over a network.
    pub(super) fn is_token_of(&self, member: MemberId, token: Option<Token>) -> bool {
        token.is_some() && self.token_of(member) == token
    }

    /// Whether this is the token of the member with this name.
    pub(super) fn resumes(&self, name: &str, token: Option<Token>, chat: &Chat) -> bool {
        chat.find(name).is_some_and(|owner| self.is_token_of(owner, token))
    }

    /// A client at a member's address claims its name. Starts a probe, unless the member sent something recently (it has been
    /// `silent` for this long) or was probed recently.
    fn probe(&mut self, member: MemberId, session: SessionId, silent: Duration, now: Instant) -> Probing {
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

    /// A newcomer's claim is refused. If its name belongs to what may be its own ghost, starts a probe, and tells that the newcomer.
    pub(super) fn probe_owner(
        &mut self,
        refusal: &mut Refusal,
        newcomer: SessionId,
        sessions: &mut Sessions,
        chat: &Chat,
        now: Instant,
    ) {
        if let Refusal::NameTaken(NameTaken::Same { name, is_probed }) = refusal
            && let Some(owner) = chat.find(name.as_str())
        {
            *is_probed = self.is_probed((owner, &chat.who(owner).name), newcomer, sessions, now);
        }
    }

    /// Starts a probe of this member's session, if that may be the newcomer's own ghost. Returns whether a probe is in progress.
    fn is_probed(
        &mut self,
        (owner, name): (MemberId, &Name),
        newcomer: SessionId,
        sessions: &mut Sessions,
        now: Instant,
    ) -> bool {
        let Some(id) = sessions.of_member(owner) else { return false };
        let session = &sessions[id];
        if !session.is_probed_for(&sessions[newcomer]) {
            return false;
        }
        let silent = now.saturating_duration_since(session.last_received);
        let probing = self.probe(owner, id, silent, now);
        if probing == Probing::Begins {
            sessions.probe_by(id, now + GHOST_PROBE_TIMEOUT);
            // Output that its machine has to acknowledge.
            sessions.tell(id, &Event::Notice(Notice::NameClaimed(name.clone())));
        }
        probing != Probing::Done
    }

    /// Checks all probes, after the turn's output is written. Returns the sessions whose peers are gone.
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
