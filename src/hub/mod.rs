//! The server without its system calls: sessions, what they send, what they are owed, and when something is due.
//!
//! The contract, for a loop over sockets as for a test without any:
//!
//! 1. *Take in*: [`Hub::on_clock_stall`], if the time did, and [`Hub::resume`] first, then in any order [`Hub::admit`] and [`Hub::open`], [`Hub::received`], [`Hub::ended`],
//!    [`Hub::lost`], [`Hub::writable`], [`Hub::handle_timeout`], what operators order ([`AdminApi`]), each with the time of the turn.
//! 2. *Give out*: [`Hub::drive_journal`] hands what was said to the journal, and takes what that has to tell; [`Hub::flush`] writes
//!    each connection what it is owed and may hear, once, as many as a turn writes to; then [`Hub::poll_close`], as often
//!    as one likes.
//! 3. *Wait* for whatever comes first of a peer and [`Hub::next_deadline`]; not at all if [`Hub::is_busy`].
//!
//! It knows no sockets and no clock.

mod admin_api;
mod clock;
mod commit;
mod dispatch;
mod handshake;
mod history_queries;
mod host_runtime;
mod hosting;
mod ids;
mod inbound;
mod labels;
mod metrics;
mod operator_answers;
mod operator_state;
mod output;
mod permits;
mod room_watch;
mod session;
mod session_resume;
mod sessions;
mod teardown;
mod timeouts;
mod timers;
mod waiting;

use std::time::{Duration, Instant, SystemTime};

use log::{info, warn};

use crate::chat::{Chat, HistoryLimits};
use crate::durability::CommitGate;
use crate::fanout::Fanout;
use crate::hosts::{RoomKind, Setup};
use crate::journal::RestoredState;
use crate::limits::admission::Admission;
use crate::limits::refusal_log::RefusalLog;
use crate::ordering::{LocalSequencer, Proposals, Sequencer};
use crate::proto::RoomId;
use clock::Clock;
use history_queries::HistoryQueries;
use host_runtime::HostRuntime;
use operator_answers::OperatorAnswers;
use operator_state::OperatorState;
use room_watch::RoomWatch;
use session::Stage;
use session_resume::SessionResume;
use sessions::SessionTable;
use timers::Timers;

pub use crate::fanout::{AckState, PeerReadState, SessionId, Sink};
pub use crate::limits::admission::{Refused, Source};
pub use crate::limits::command_budget::CommandLimit;
pub use crate::limits::peer_limits::PeerLimits;
pub use crate::limits::spam_limiter::SpamLimit;
pub use admin_api::{
    AdminApi, BotInfo, ConnectionInfo, Durability, NotBanned, NotOpened, RoomInfo, StatsReport,
};
pub use ids::{Close, ListenerKind, Permit};
pub use metrics::Metrics;
pub use operator_answers::AdminResult;
pub use operator_state::StartupNotices;

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
    pub restored: RestoredState,
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

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Due {
    Host(RoomId),
    Session(SessionId),
    /// A batch has lingered, or is in flight for too long.
    Commit,
    /// To look at a client again whose messages have no ends.
    Wire(SessionId),
    /// To tell the log of refusals.
    Refusals,
    /// To tell those who watch the rooms what changed.
    Rooms,
    /// To look, as the turn is written, whether a session is there whose name somebody else came for.
    Probe(SessionId),
}

/// All sessions, and the chat that they are in.
#[derive(Debug)]
pub struct Hub {
    chat: Chat,
    hosts: HostRuntime,
    spam_limit: Option<SpamLimit>,
    limits: PeerLimits,
    admission: Admission,
    refusals: RefusalLog,
    sessions: SessionTable,
    timers: Timers<Due>,
    resume: SessionResume,
    operators: OperatorState,
    operator_answers: OperatorAnswers,
    /// What was said and is not in order yet.
    proposals: Proposals,
    gate: CommitGate,
    queries: HistoryQueries,
    fanout: Fanout,
    room_watch: RoomWatch,
    stopping: bool,
    metrics: Metrics,
    clock: Clock,
}

impl Hub {
    /// An empty chat, on a server that is alone.
    pub fn new(config: Config) -> Hub {
        Hub::with_sequencer(config, Box::<LocalSequencer>::default())
    }

    /// An empty chat, in which this puts in order what is said.
    pub fn with_sequencer(config: Config, sequencer: Box<dyn Sequencer>) -> Hub {
        let now = config.start.0;
        let PeerLimits { connections, per_address, new_per_minute, send_queue, .. } = config.limits;
        let fanout = Fanout::new(send_queue);
        let mut hub = Hub {
            chat: Chat::new(config.history),
            hosts: HostRuntime::new(config.hosts),
            spam_limit: config.spam_limit,
            limits: config.limits,
            admission: Admission::new(connections, per_address, new_per_minute),
            refusals: RefusalLog::default(),
            sessions: SessionTable::default(),
            timers: Timers::default(),
            resume: SessionResume::new(config.tokens),
            operators: OperatorState::new(config.restored.decisions, config.rooms, config.outlives),
            operator_answers: OperatorAnswers::default(),
            proposals: Proposals::new(sequencer),
            gate: CommitGate::new(config.restored.streams, config.restored.next_stream),
            queries: HistoryQueries::new(fanout.memory()),
            fanout,
            room_watch: RoomWatch::default(),
            stopping: false,
            metrics: Metrics::new(now, config.memory),
            clock: Clock::new(config.start),
        };
        hub.begin(now);
        hub
    }

    /// Opens all rooms, and does again what operators decided in earlier runs.
    fn begin(&mut self, now: Instant) {
        for (name, kind) in self.operators.rooms() {
            if let Err(why) = self.open_room(&name, kind, now) {
                warn!("the room {name} cannot be opened: {why:?}");
            }
        }
        for order in self.operators.orders() {
            let Some(room) = self.chat.find_room(&order.room) else { continue };
            // What is so already needs no order.
            if let Err(why) = self.order_host(room, operator_state::order(&order), now) {
                info!("an earlier order is not carried out again: {why}");
            }
        }
        let wall = self.wall(now);
        self.operators.begin(&mut self.chat, &self.hosts, wall);
    }

    /// The time that this hub is told stood still for so long just before `now`, and that of others did not. What was sent
    /// meanwhile is no flood, and no timeout counts that time.
    pub fn on_clock_stall(&mut self, how_long: Duration, now: Instant) {
        for session in self.sessions.iter_mut() {
            session.came = session.came.checked_sub(how_long).unwrap_or(session.came);
            session.quota.age(how_long);
        }
        self.clock.stood_still(how_long, now);
    }

    /// What the clock on the wall says now. It may jump; if the hub's time stood still, [`Hub::on_clock_stall`] is told first.
    pub fn set_clock(&mut self, now: Instant, wall: SystemTime) {
        if let Some(expected) = self.clock.set(now, wall) {
            self.operators.move_ends(&mut self.chat, expected, wall);
        }
    }

    /// The connection may be written to again.
    pub fn writable(&mut self, id: SessionId) {
        self.fanout.writable(id);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(due) = self.timers.pop_due(now) {
            match due {
                Due::Host(room) => self.host_due(room, now),
                Due::Session(id) => self.session_due(id, now),
                Due::Wire(id) => self.wire_due(id, now),
                Due::Refusals => self.refusals_due(now),
                Due::Rooms => self.tell_room_changes(),
                // The turn seals, probes and writes after this.
                Due::Probe(_) | Due::Commit => {}
            }
        }
    }

    /// When something is due next.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Whether there is more to do at once, without waiting for anything.
    pub fn is_busy(&self) -> bool {
        self.sessions.has_closes() || self.has_to_resume() || self.has_to_keep()
    }

    /// Sessions, whether or not they are in the room.
    pub fn count(&self) -> usize {
        self.sessions.len()
    }

    /// What the clock on the wall says at this time.
    fn wall(&self, now: Instant) -> SystemTime {
        self.clock.wall(now)
    }

    /// Who a session is, for the log.
    fn describe(&self, id: SessionId) -> String {
        let session = &self.sessions[id];
        match session.member() {
            Some(member) => format!("{} ({})", self.chat.who(member).name, session.peer),
            None => session.peer.to_string(),
        }
    }

    /// Sets a session's one deadline.
    fn set_timer(&mut self, id: SessionId, at: Instant) {
        self.timers.set(Due::Session(id), at);
    }

    fn cancel_timer(&mut self, id: SessionId) {
        self.timers.stop(Due::Session(id));
    }

    fn session_due(&mut self, id: SessionId, now: Instant) {
        match self.sessions[id].stage {
            Stage::Greeting { .. } | Stage::Handshake { .. } => self.handshake_due(id, now),
            Stage::Member { .. } => self.member_due(id, now),
            Stage::Closing { until } => self.leaving_due(id, until, now),
        }
    }
}
