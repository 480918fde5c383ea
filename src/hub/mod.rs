//! The server without its system calls: sessions, what they send, what they are owed, and when something is due.
//!
//! The contract, for a loop over sockets as for a test without any:
//!
//! 1. *Take in*: [`Hub::resume`] first, then in any order [`Hub::connected`], [`Hub::received`], [`Hub::ended`],
//!    [`Hub::lost`], [`Hub::writable`], [`Hub::handle_timeout`], [`Hub::operate`], each with the time of the turn.
//! 2. *Give out*: [`Hub::flush`] writes each connection what it is owed, once; then [`Hub::poll_close`] until `None`.
//! 3. *Wait* for whatever comes first of a peer and [`Hub::next_deadline`]; not at all if [`Hub::is_busy`].
//!
//! It knows no sockets and no clock.

mod delivery;
mod hosted;
mod intake;
mod operator;
mod send_queue;
mod session;
mod tapes;
mod throttle;
mod timers;

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use log::{debug, info, warn};
use slab::Slab;

use crate::base::limits::{GREETING_AFTER, LINGER, SESSIONS};
use crate::bots::Character;
use crate::chat::{Chat, HistoryLimits};
use crate::hosts::LobbyHost;
use crate::proto::{Event, MemberId};
use hosted::Hosted;
use send_queue::SendQueue;
use session::{Session, Stage};
use tapes::Tapes;
use timers::{TimerKey, Timers};

pub use operator::{Answer, help};
pub use session::SessionId;
pub use throttle::SpamLimit;

/// What an operator may decide about the chat.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the host says; at least one line.
    pub initiators: Vec<Rc<str>>,
    /// The pause between two of the host's lines; `None` silences it.
    pub host_interval: Option<Duration>,
    /// Who of the cast takes part from the start.
    pub bots: Vec<Character>,
    /// How much is too much; `None` allows everything.
    pub spam_limit: Option<SpamLimit>,
    /// How much of what was said is kept for those who come later.
    pub history: HistoryLimits,
    /// What the host's choices follow from.
    pub seed: u64,
    /// A moment of the hub's time, and what the clock on the wall says then.
    pub start: (Instant, SystemTime),
}

/// Where bytes go.
pub trait Sink {
    /// Sends as much of `slices` to the peer as it takes now, and returns how many bytes that were. An error of kind
    /// `WouldBlock`: none now; [`Hub::writable`] is to be called when it may take some again. Any other: the connection is
    /// broken.
    fn write(&mut self, to: SessionId, slices: &[IoSlice<'_>]) -> io::Result<usize>;
}

/// What is to be done with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// Tell the peer that nothing more comes, and wait for it to do the same.
    Half(SessionId),
    /// Close it. The hub has forgotten it, and will use its id again.
    Full(SessionId),
}

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Host,
    Cast,
    Session(SessionId),
}

/// All sessions, and the chat that they are in.
#[derive(Debug)]
pub struct Hub {
    chat: Chat,
    host: LobbyHost,
    spam_limit: Option<SpamLimit>,
    sessions: Slab<Session>,
    /// The session of each member that has one, by the member's id.
    session_of: Vec<Option<SessionId>>,
    hosted: Hosted,
    /// Who is in the room, in no order.
    present: Vec<SessionId>,
    tapes: Tapes,
    timers: Timers<Due>,
    /// The deadlines of host and cast, as they are set.
    other_timers: Vec<(Due, Instant, TimerKey)>,
    /// Those who may have something to send beside what the room says.
    listed: Vec<SessionId>,
    /// Those who sent more than a turn takes.
    behind: Vec<SessionId>,
    closes: VecDeque<Close>,
    stopping: bool,
    /// A moment, and what the clock on the wall says then.
    clock: (Instant, SystemTime),
}

impl Hub {
    /// An empty chat.
    pub fn new(config: Config) -> Hub {
        let now = config.start.0;
        let mut hub = Hub {
            chat: Chat::new(config.history),
            host: LobbyHost::new(config.initiators, config.host_interval, config.seed),
            spam_limit: config.spam_limit,
            sessions: Slab::new(),
            session_of: Vec::new(),
            hosted: Hosted::new(config.seed),
            present: Vec::new(),
            tapes: Tapes::default(),
            timers: Timers::default(),
            other_timers: Vec::new(),
            listed: Vec::new(),
            behind: Vec::new(),
            closes: VecDeque::new(),
            stopping: false,
            clock: config.start,
        };
        for character in config.bots {
            if let Err(why) = hub.start_bot(character, now) {
                warn!("{} takes no part: {why}", character.name());
            }
        }
        hub
    }

    /// Somebody connected. `None`: there are too many, and the newcomer is to be refused.
    pub fn connected(&mut self, peer: SocketAddr, now: Instant) -> Option<SessionId> {
        if self.sessions.len() >= SESSIONS || self.stopping {
            return None;
        }
        let id = SessionId(self.sessions.insert(Session::new(peer, now)));
        self.set_timer(id, now + GREETING_AFTER);
        debug!("{peer} connected");
        Some(id)
    }

    /// The connection may be written to again.
    pub fn writable(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(id.0)
            && session.blocked
        {
            session.blocked = false;
            self.list(id);
        }
    }

    /// The connection is gone, for this reason.
    pub fn lost(&mut self, id: SessionId, why: &dyn std::fmt::Display, now: Instant) {
        if !self.sessions.contains(id.0) {
            return;
        }
        debug!("{} was lost: {why}", self.describe(id));
        self.depart(id, now);
        self.forget(id);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(due) = self.timers.pop_due(now) {
            match due {
                Due::Host => {
                    self.other_timers.retain(|(other, ..)| *other != due);
                    if let Some(line) = self.host.speak(now) {
                        self.chat.host_says(&line, self.wall(now));
                    }
                    self.deliver(now);
                }
                Due::Cast => {
                    self.other_timers.retain(|(other, ..)| *other != due);
                    self.cast_due(now);
                }
                Due::Session(id) => self.session_due(id, now),
            }
        }
    }

    /// When something is due next.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Whether there is more to do at once, without waiting for anything.
    pub fn is_busy(&self) -> bool {
        !(self.behind.is_empty() && self.listed.is_empty() && self.closes.is_empty() && self.tapes.is_empty())
    }

    /// Ends the service: everybody is told, and closed as soon as that is sent. Nobody is let in any more. Returns who
    /// was told.
    pub fn stop(&mut self, now: Instant) -> Vec<SessionId> {
        self.stopping = true;
        self.host.attend(0, now);
        self.set_timer_of(Due::Host, None);
        self.set_timer_of(Due::Cast, None);
        let ids: Vec<SessionId> = self.sessions.iter().map(|(id, _)| SessionId(id)).collect();
        let mut told = Vec::new();
        for id in ids {
            if self.sessions[id.0].stage == Stage::Leaving {
                // It knows, and is not waited for any longer.
                self.list(id);
                continue;
            }
            // That all the others leave too is no news to anybody.
            self.tell(id, &Event::Removed { reason: "The service is stopping!".into() });
            self.unseat(id);
            self.begin_leaving(id, now);
            told.push(id);
        }
        told
    }

    /// Sessions, whether or not they are in the room.
    pub fn count(&self) -> usize {
        self.sessions.len()
    }

    /// Bytes that these sessions are still to be sent, and to how many of them.
    pub fn unsent(&self, to: &[SessionId]) -> (usize, usize) {
        let sessions = to.iter().filter_map(|id| self.sessions.get(id.0));
        let owed = sessions.map(|session| session.queue.cost()).filter(|cost| *cost > 0);
        owed.fold((0, 0), |(bytes, sessions), cost| (bytes + cost, sessions + 1))
    }

    /// What is to be done with connections, after a flush.
    pub fn poll_close(&mut self) -> Option<Close> {
        let close = self.closes.pop_front()?;
        if let Close::Full(id) = close {
            let session = self.sessions.remove(id.0);
            if session.listed {
                self.listed.retain(|other| *other != id);
            }
            debug!("{} closed", session.peer);
        }
        Some(close)
    }

    /// What the clock on the wall says now. It may jump.
    pub fn set_clock(&mut self, now: Instant, wall: SystemTime) {
        self.clock = (now, wall);
    }

    /// What the clock on the wall says at this time.
    fn wall(&self, now: Instant) -> SystemTime {
        self.clock.1 + now.saturating_duration_since(self.clock.0)
    }

    /// Who a session is, for the log.
    fn describe(&self, id: SessionId) -> String {
        let session = &self.sessions[id.0];
        match session.member() {
            Some(member) => format!("{} ({})", self.chat.who(member).name, session.peer),
            None => session.peer.to_string(),
        }
    }

    /// Sets a session's one deadline.
    fn set_timer(&mut self, id: SessionId, at: Instant) {
        self.cancel_timer(id);
        self.sessions[id.0].timer = Some(self.timers.set(at, Due::Session(id)));
    }

    fn cancel_timer(&mut self, id: SessionId) {
        if let Some(key) = self.sessions[id.0].timer.take() {
            self.timers.cancel(key);
        }
    }

    fn session_due(&mut self, id: SessionId, now: Instant) {
        self.sessions[id.0].timer = None;
        match self.sessions[id.0].stage {
            Stage::Arriving { .. } => self.arrival_due(id, now),
            Stage::Member { .. } => self.spam_window_due(id, now),
            Stage::Leaving => self.forget(id),
        }
    }

    /// Sets the deadline of the host or the cast to what it wants.
    fn set_timer_of(&mut self, due: Due, wanted: Option<Instant>) {
        if let Some(at) = self.other_timers.iter().position(|(other, ..)| *other == due) {
            let (_, set, key) = self.other_timers[at];
            if Some(set) == wanted {
                return;
            }
            self.timers.cancel(key);
            self.other_timers.swap_remove(at);
        }
        if let Some(at) = wanted {
            self.other_timers.push((due, at, self.timers.set(at, due)));
        }
    }

    /// Which session is this member's; none if it lives in the server.
    fn set_session(&mut self, member: MemberId, session: Option<SessionId>) {
        if self.session_of.len() <= member.0 {
            self.session_of.resize(member.0 + 1, None);
        }
        self.session_of[member.0] = session;
    }

    /// Remembers that a session may have something to send.
    fn list(&mut self, id: SessionId) {
        let session = &mut self.sessions[id.0];
        if !session.listed {
            session.listed = true;
            self.listed.push(id);
        }
    }

    /// Has the host remove a session, whether or not it is in the room.
    fn remove(&mut self, id: SessionId, reason: &str, now: Instant) {
        match self.sessions[id.0].stage {
            Stage::Member { id: member, .. } => self.remove_member(member, reason, now),
            Stage::Arriving { .. } => {
                self.tell(id, &Event::Removed { reason: reason.into() });
                self.begin_leaving(id, now);
            }
            Stage::Leaving => {}
        }
    }

    /// Has the host remove a member.
    fn remove_member(&mut self, member: MemberId, reason: &str, now: Instant) {
        info!("{} is removed for: {reason}", self.chat.who(member).name);
        self.chat.remove(member, reason, self.wall(now));
        self.deliver(now);
    }

    /// A session goes by itself: it leaves the room, and is closed once it has what it is owed.
    fn depart(&mut self, id: SessionId, now: Instant) {
        match self.sessions[id.0].stage {
            Stage::Member { id: member, .. } => {
                self.chat.leave(member, self.wall(now));
                self.deliver(now);
            }
            Stage::Arriving { .. } => self.begin_leaving(id, now),
            Stage::Leaving => self.list(id),
        }
    }

    /// Nothing that it sends counts any more; what it is owed may take a while yet.
    fn begin_leaving(&mut self, id: SessionId, now: Instant) {
        let session = &mut self.sessions[id.0];
        session.stage = Stage::Leaving;
        session.throttle = None;
        session.decoder.forget();
        if std::mem::take(&mut session.behind) {
            self.behind.retain(|other| *other != id);
        }
        self.set_timer(id, now + LINGER);
        self.list(id);
    }

    /// Lets go of a session that has left.
    fn forget(&mut self, id: SessionId) {
        self.cancel_timer(id);
        let session = &mut self.sessions[id.0];
        if !session.forgotten {
            session.forgotten = true;
            session.queue = SendQueue::default();
            self.closes.push_back(Close::Full(id));
        }
    }
}
