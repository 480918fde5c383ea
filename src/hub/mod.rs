//! The server without its system calls: sessions, what they send, what they are owed, and when something is due.
//!
//! The contract, for a loop over sockets as for a test without any:
//!
//! 1. *Take in*: [`Hub::stood_still`], if the time did, and [`Hub::resume`] first, then in any order [`Hub::connected`], [`Hub::received`], [`Hub::ended`],
//!    [`Hub::lost`], [`Hub::writable`], [`Hub::handle_timeout`], [`Hub::operate`], each with the time of the turn.
//! 2. *Give out*: [`Hub::keep`] hands what was said to the journal, and takes what that has to tell; [`Hub::flush`] writes
//!    each connection what it is owed and may hear, once, as many as a turn writes to; then [`Hub::poll_close`], as often
//!    as one likes.
//! 3. *Wait* for whatever comes first of a peer and [`Hub::next_deadline`]; not at all if [`Hub::is_busy`].
//!
//! It knows no sockets and no clock.

mod acts;
mod admission;
mod ahead;
mod arrivals;
mod budget;
mod clock_jumps;
mod decisions;
mod delivery;
mod gathering;
mod ghosts;
mod hearing;
mod hosted;
mod intake;
mod keeping;
mod leaving;
mod lookup_queue;
mod lookups;
mod operator;
mod overdue;
mod pace;
mod past;
mod peer_limits;
mod penalty;
mod rate;
mod reader;
mod replays;
mod rooms;
mod segment;
mod send_queue;
mod session;
mod shedding;
mod standstill;
mod stats;
mod tally;
mod tapes;
mod threads;
mod throttle;
mod timers;
mod waiting;
mod wire;
mod writing;

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::time::{Instant, SystemTime};

use slab::Slab;

use crate::chat::{Chat, HistoryLimits};
use crate::hosts::{RoomKind, Setup};
use crate::journal::Kept;
use crate::proto::{MemberId, RoomId};
use crate::weather::Question;
use admission::Admission;
use budget::Total;
use decisions::Decisions;
use gathering::Gathering;
use ghosts::Ghosts;
use hearing::Hearing;
use keeping::Keeping;
use lookups::Lookups;
use rooms::HubRoom;
use send_queue::Owed;
use session::{Session, Stage};
use standstill::Standstill;
use stats::Stats;
use tally::Tally;
use threads::Threads;
use timers::Timers;

pub use admission::{Refused, Source};
pub use operator::{Answer, help};
pub use peer_limits::PeerLimits;
pub use penalty::CommandLimit;
pub use session::{Door, SessionId};
pub use throttle::SpamLimit;

/// What an operator may decide about the chat.
#[derive(Clone, Debug)]
pub struct Config {
    /// The rooms that are open from the start, by name and kind. Everybody comes to the first.
    pub rooms: Vec<(String, &'static RoomKind)>,
    /// What hosts go by.
    pub hosts: Setup,
    /// How much is too much; `None` allows everything.
    pub spam_limit: Option<SpamLimit>,
    /// What else peers may do.
    pub limits: PeerLimits,
    /// How much of what was said is kept for those who come later.
    pub history: HistoryLimits,
    /// What earlier runs kept.
    pub kept: Kept,
    /// Whether later runs will have what this one is told: operators ask.
    pub outlives: bool,
    /// What the process takes of memory, in bytes, if that can be known.
    pub memory: fn() -> Option<u64>,
    /// Where tokens come from by which programs have their names back: to be drawn anew for each run, as whoever knows it
    /// may be anybody. None: none are given.
    pub tokens: Option<[u8; 32]>,
    /// A moment of the hub's time, and what the clock on the wall says then.
    pub start: (Instant, SystemTime),
}

/// Where bytes go.
pub trait Sink {
    /// Sends as much of `slices` to the peer as it takes now, and returns how many bytes that were. An error of kind
    /// `WouldBlock`: none now; [`Hub::writable`] is to be called when it may take some again. Any other: the connection is
    /// broken.
    fn write(&mut self, to: SessionId, slices: &[IoSlice<'_>]) -> io::Result<usize>;

    /// How far the peer's program has come with reading the `written` bytes that it was ever sent.
    fn reading(&mut self, _peer: SessionId, _written: u64) -> Reading {
        Reading::Unknown
    }

    /// What the peer's machine has acknowledged, if that can be known.
    fn acknowledged(&mut self, _peer: SessionId) -> Option<Acknowledged> {
        None
    }
}

/// What a peer's machine has got, whatever its program has read of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// So many bytes, ever.
    pub bytes: u64,
    /// More is under way to it. What it has no room for is not: it stays here until there is.
    pub is_more_under_way: bool,
}

/// How far a peer's program has come with reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It has read all that it was sent, or not yet.
    Read(bool),
    /// Its machine has got all that it was sent, or not yet. What its program has read cannot be known from here.
    Acknowledged(bool),
    /// Nothing can be known.
    Unknown,
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
    Host(RoomId),
    Session(SessionId),
    /// What is to be kept.
    Keeping,
    /// To hand over what was gathered.
    Gathering,
    /// To look at a client again whose messages have no ends.
    Wire(SessionId),
    /// To tell the log of refusals.
    Tally,
    /// To look, as the turn is written, whether those are there whose names somebody else came for.
    Ghosts,
}

/// All sessions, and the chat that they are in.
#[derive(Debug)]
pub struct Hub {
    chat: Chat,
    setup: Setup,
    rooms: Vec<HubRoom>,
    spam_limit: Option<SpamLimit>,
    limits: PeerLimits,
    admission: Admission,
    tally: Tally,
    sessions: Slab<Session>,
    /// The session of each member that has one, by the member's id.
    session_of: Vec<Option<SessionId>>,
    /// Bots of hosts: members without a session.
    hosted: Vec<MemberId>,
    /// What hosts and bots may still read.
    hearing: Hearing,
    /// Why the last bot that was to come and could not could not.
    refusal: Option<String>,
    /// What hosts want to know of the weather.
    questions: Vec<Question>,
    timers: Timers<Due>,
    ghosts: Ghosts,
    decisions: Decisions,
    /// What is otherwise than the command line says.
    remembered: Vec<String>,
    outlives: bool,
    gathering: Gathering,
    keeping: Keeping,
    lookups: Lookups,
    threads: Threads,
    /// Those who are owed what may not be heard yet.
    held: Vec<SessionId>,
    /// Those who may have something to send beside what the room says.
    listed: Vec<SessionId>,
    /// Those who are owed a part of the history.
    replaying: VecDeque<SessionId>,
    /// What all are owed together, and what is kept of what they have not finished sending.
    output: Owed,
    unfinished: Total,
    /// How many came in this turn.
    newcomers: usize,
    /// The room that is written to first.
    first_room: usize,
    /// Those who sent more than a turn takes.
    behind: Vec<SessionId>,
    closes: VecDeque<Close>,
    stopping: bool,
    stats: Stats,
    memory: fn() -> Option<u64>,
    /// A moment, and what the clock on the wall says then.
    clock: (Instant, SystemTime),
    /// The last time in which nobody was listened to.
    standstill: Option<Standstill>,
}

impl Hub {
    /// An empty chat.
    pub fn new(config: Config) -> Hub {
        let now = config.start.0;
        let output = Owed::default();
        let PeerLimits { connections, per_address, new_per_minute, .. } = config.limits;
        let mut hub = Hub {
            chat: Chat::new(config.history),
            setup: config.hosts,
            rooms: Vec::new(),
            spam_limit: config.spam_limit,
            limits: config.limits,
            admission: Admission::new(connections, per_address, new_per_minute),
            tally: Tally::default(),
            sessions: Slab::new(),
            session_of: Vec::new(),
            hosted: Vec::new(),
            hearing: Hearing::default(),
            refusal: None,
            questions: Vec::new(),
            timers: Timers::default(),
            ghosts: Ghosts::new(config.tokens),
            decisions: Decisions::new(config.kept.state, config.rooms),
            remembered: Vec::new(),
            outlives: config.outlives,
            gathering: Gathering::default(),
            keeping: Keeping::default(),
            lookups: Lookups::new(&output.held),
            threads: Threads { idle: config.kept.threads, next: config.kept.next_thread },
            held: Vec::new(),
            listed: Vec::new(),
            replaying: VecDeque::new(),
            output,
            unfinished: Total::default(),
            newcomers: 0,
            first_room: 0,
            behind: Vec::new(),
            closes: VecDeque::new(),
            stopping: false,
            stats: Stats::new(now),
            memory: config.memory,
            clock: config.start,
            standstill: None,
        };
        hub.remembered = hub.begin(now);
        hub
    }

    /// What operators decided in earlier runs and is otherwise than the command line says: sentences.
    pub fn remembered(&self) -> &[String] {
        &self.remembered
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

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(due) = self.timers.pop_due(now) {
            match due {
                Due::Host(room) => {
                    self.rooms[room.0].timer = None;
                    self.host_due(room, now);
                }
                Due::Session(id) => self.session_due(id, now),
                Due::Wire(id) => self.wire_due(id, now),
                Due::Tally => self.tally_due(now),
                // The turn is written after this.
                Due::Ghosts => {}
                Due::Keeping => self.keeping_due(),
                Due::Gathering => self.gathering_due(),
            }
        }
    }

    /// When something is due next.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Whether there is more to do at once, without waiting for anything.
    pub fn is_busy(&self) -> bool {
        !(self.listed.is_empty() && self.replaying.is_empty() && self.closes.is_empty())
            || self.has_to_resume()
            || self.has_to_keep()
    }

    /// Sessions, whether or not they are in the room.
    pub fn count(&self) -> usize {
        self.sessions.len()
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
            Stage::Member { .. } => self.member_due(id, now),
            Stage::Leaving { until } => self.leaving_due(id, until, now),
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
        for seat in session.seats() {
            self.rooms[seat.room.0].present[seat.place].is_free = false;
        }
        if !session.listed {
            session.listed = true;
            self.listed.push(id);
        }
    }

    /// Remembers that a session is owed something that may not be heard yet.
    fn hold(&mut self, id: SessionId) {
        let session = &mut self.sessions[id.0];
        if !session.held {
            session.held = true;
            self.held.push(id);
        }
    }
}
