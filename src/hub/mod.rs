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
mod admin_view;
mod clock;
mod dispatch;
mod handshake;
mod history_queries;
mod ids;
mod inbound;
mod journal_driver;
mod metrics;
mod operator_answers;
mod operator_state;
mod room_runtime;
mod session_resume;
mod sessions;
mod teardown;
mod timers;

use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use log::{info, warn};

use crate::base::time::utc;
use crate::chat::{Chat, HistoryLimits};
use crate::durability::CommitGate;
use crate::hosts::{HostCommand, RoomKind, Setup};
use crate::journal::RestoredState;
use crate::limits::admission::Admission;
use crate::ordering::{LocalSequencer, Proposals, Sequencer};
use crate::proto::{Event, RoomId};
use crate::weather::{Question, Report};
use clock::WallClock;
use history_queries::HistoryQueries;
use room_runtime::HostRuntime;
use session_resume::SessionResume;
use sessions::{Due, Overdue, Stage};

pub use crate::fanout::{AckState, PeerReadState, SessionId, Sink};
pub use crate::limits::admission::Refused;
pub use crate::limits::command_budget::CommandLimit;
pub use crate::limits::peer_limits::PeerLimits;
pub use crate::limits::source::Source;
pub use crate::limits::spam_limiter::SpamLimit;
pub use admin_api::AdminApi;
pub use admin_view::{AdminView, ConnectionInfo, Durability, StatsReport};
pub use ids::{Close, ListenerKind, Permit};
pub use journal_driver::JournalDriver;
pub use metrics::Metrics;
pub use operator_answers::AdminResult;
pub use operator_state::{OperatorState, StartupNotices};
pub use room_runtime::{BotInfo, NotBanned, NotOpened, RoomInfo, RoomRuntime};
pub use sessions::{Session, Sessions};

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

/// All sessions, and the chat that they are in.
#[derive(Debug)]
pub struct Hub {
    rooms: RoomRuntime,
    admission: Admission,
    sessions: Sessions,
    resume: SessionResume,
    operators: OperatorState,
    journal: JournalDriver,
    metrics: Metrics,
}

impl Hub {
    /// An empty chat, on a server that is alone.
    pub fn new(config: Config) -> Hub {
        Hub::with_sequencer(config, Box::<LocalSequencer>::default())
    }

    /// An empty chat, in which this puts in order what is said.
    pub fn with_sequencer(config: Config, sequencer: Box<dyn Sequencer>) -> Hub {
        let now = config.start.0;
        let PeerLimits { connections, per_address, new_per_minute, .. } = config.limits;
        // Ids that are kept go on.
        let started = if config.outlives { "kept".into() } else { utc(config.start.1).into() };
        let sessions = Sessions::new(config.limits, config.spam_limit);
        let mut hub = Hub {
            rooms: RoomRuntime::new(
                Chat::new(config.history),
                HostRuntime::new(config.hosts),
                Proposals::new(sequencer),
                WallClock::new(config.start),
            ),
            admission: Admission::new(connections, per_address, new_per_minute),
            resume: SessionResume::new(config.tokens, started),
            operators: OperatorState::new(config.restored.decisions, config.rooms, config.outlives),
            journal: JournalDriver::new(
                CommitGate::new(config.restored.streams, config.restored.next_stream),
                HistoryQueries::new(sessions.fanout.memory()),
            ),
            sessions,
            metrics: Metrics::new(now, config.memory),
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
            let Some(room) = self.rooms.chat().find_room(&order.room) else { continue };
            // What is so already needs no order.
            if let Err(why) = self.order_host(room, operator_state::order(&order), now) {
                info!("an earlier order is not carried out again: {why}");
            }
        }
        self.operators.begin(&mut self.rooms, now);
    }

    /// The time that this hub is told stood still for so long just before `now`, and that of others did not. What was sent
    /// meanwhile is no flood, and no timeout counts that time.
    pub fn on_clock_stall(&mut self, how_long: Duration, now: Instant) {
        self.sessions.on_clock_stall(how_long, now);
        self.rooms.clock().stood_still(how_long);
    }

    /// What the clock on the wall says now. It may jump; if the hub's time stood still, [`Hub::on_clock_stall`] is told first.
    pub fn set_clock(&mut self, now: Instant, wall: SystemTime) {
        if let Some(expected) = self.rooms.clock().set(now, wall) {
            self.operators.move_ends(&mut self.rooms, expected, wall);
        }
    }

    /// The connection may be written to again.
    pub fn writable(&mut self, id: SessionId) {
        self.sessions.fanout.writable(id);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.admission.on_timer(now);
        // The turn seals, probes and writes after this.
        self.journal.on_timer(now);
        loop {
            let host = self.rooms.deadline().filter(|at| *at <= now);
            // Of what is due at the same time, hosts are first.
            if host.is_some_and(|host| self.sessions.deadline().is_none_or(|session| host <= session)) {
                self.rooms.on_timer(now);
                self.run_effects(now);
                continue;
            }
            match self.sessions.pop_due(now) {
                Some(Due::Session(id)) => self.session_due(id, now),
                Some(Due::Wire(id)) => self.wire_due(id, now),
                Some(Due::Probe(_)) => {}
                None => return,
            }
        }
    }

    /// When something is due next.
    pub fn next_deadline(&self) -> Option<Instant> {
        let deadlines = [
            self.sessions.deadline(),
            self.rooms.deadline(),
            self.admission.deadline(),
            self.journal.deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Opens a room.
    fn open_room(&mut self, name: &str, kind: &'static RoomKind, now: Instant) -> Result<(), NotOpened> {
        self.rooms.check_name(name)?;
        let id = self.sessions.fanout.next_room();
        let thread = self.journal.open_room(id, name);
        self.sessions.fanout.open_room(id, thread.next_id);
        self.rooms.open(id, name, kind, thread, now);
        self.run_effects(now);
        Ok(())
    }

    /// Has an operator's order done by a room's host. The answer is a sentence; so is an error.
    fn order_host(&mut self, room: RoomId, order: HostCommand<'_>, now: Instant) -> Result<String, String> {
        let answer = self.rooms.hosts_mut().order(room, order, now)?;
        self.run_effects(now);
        match order {
            // Whatever else is ordered does not depend on one bot's name: its host tries another.
            HostCommand::StartBot(_) => self.rooms.hosts_mut().take_refusal().map_or(Ok(answer), Err),
            _ => Ok(answer),
        }
    }

    /// The hosts of lobbies say these lines from now on; at least one.
    pub fn set_initiators(&mut self, lines: Vec<Rc<str>>) {
        self.rooms.hosts_mut().set_initiators(lines);
    }

    /// What hosts want to know of the weather.
    pub fn weather_questions(&mut self) -> Vec<Question> {
        self.rooms.hosts_mut().take_questions()
    }

    /// The answer to a question of theirs; none if it cannot be had.
    pub fn weather(&mut self, ticket: u64, report: Option<&Report>, now: Instant) {
        self.rooms.hosts_mut().on_forecast(ticket, report, now);
        self.run_effects(now);
    }

    /// Whether there is more to do at once, without waiting for anything.
    pub fn is_busy(&self) -> bool {
        self.sessions.has_closes()
            || self.sessions.has_to_resume()
            || self.sessions.fanout.has_work()
            || self.operators.has_changed()
            || self.journal.is_busy(&self.sessions.fanout)
    }

    /// All sessions, to be looked at.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Who a session is, for the log.
    fn describe(&self, id: SessionId) -> String {
        let session = &self.sessions[id];
        match session.member() {
            Some(member) => format!("{} ({})", self.rooms.chat().who(member).name, session.peer),
            None => session.peer.to_string(),
        }
    }

    /// It is time to look at a session.
    fn session_due(&mut self, id: SessionId, now: Instant) {
        match self.sessions[id].stage {
            Stage::Greeting { .. } | Stage::Handshake { .. } => self.sessions.handshake_due(id, now),
            Stage::Member { .. } => self.member_due(id, now),
            Stage::Closing { until } => self.sessions.closing_due(id, until, now),
        }
    }

    /// It is time to look at a client whose messages have no ends.
    fn wire_due(&mut self, id: SessionId, now: Instant) {
        self.sessions.fanout.mark_pending_write(id);
        if !self.sessions[id].is_runnable {
            self.work(id, now);
        }
        self.sessions.watch_wire(id, now);
    }

    /// A member's deadline has come.
    fn member_due(&mut self, id: SessionId, now: Instant) {
        while let Some(overdue) = self.sessions.overdue(id, now) {
            match overdue {
                Overdue::LetGo(why) => self.let_go(id, why, now),
                Overdue::Remove(why) => self.remove(id, why, now),
                Overdue::Unanswered => self.stop_waiting(id, now),
                Overdue::Warn(notice) => {
                    info!("{} is warned of being silent", self.describe(id));
                    self.sessions.tell(id, &Event::Notice(notice));
                }
            }
            if self.sessions[id].is_closing() {
                return;
            }
        }
        self.sessions.watch_member(id);
    }
}
