//! The server without its system calls: sessions, the chat, the journal, and all deadlines.
//!
//! The contract, for a loop over sockets or a test without any:
//!
//! 1. *Input*: first [`Hub::on_clock_stall`] if the process was suspended, and [`Hub::resume`]; then in any order [`Hub::admit`],
//!    [`Hub::open`], [`Hub::received`], [`Hub::ended`], [`Hub::lost`], [`Hub::writable`], [`Hub::handle_timeout`] and operators'
//!    commands ([`AdminApi`]), each with the time of the turn.
//! 2. *Output*: [`Hub::drive_log`], in a cluster, hears the log and publishes; [`Hub::drive_journal`] appends the batch to the
//!    journal and handles its events; [`Hub::flush`] writes released output, once to each connection, within the turn's budget;
//!    then [`Hub::poll_close`], until `None`.
//! 3. *Wait* for the sockets or [`Hub::next_deadline`], whichever comes first; not at all if [`Hub::is_busy`].
//!
//! It has no sockets and no clock.

mod admin_api;
mod admin_view;
mod chat_operators;
mod clock;
mod config;
mod dispatch;
mod door;
mod entry;
mod handshake;
mod history_queries;
mod ids;
mod inbound;
mod journal_driver;
mod metrics;
mod opened_rooms;
mod opening;
mod operating;
mod operator_answers;
mod operator_state;
mod room_runtime;
mod room_traffic;
mod session_resume;
mod sessions;
mod shared_rooms;
mod sharing;
mod stored_rooms;
mod teardown;
mod timers;

use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use log::{info, warn};

use crate::base::limits::OPENED_HISTORY_MESSAGES;
use crate::base::name::NameKey;
use crate::durability::CommitGate;
use crate::hosts::{HostCommand, RoomKind};
use crate::journal::{RestoredState, StoredOpenedRoom};
use crate::ordering::{LocalSequencer, Sequencer};
use crate::proto::RoomId;
use crate::weather::{Question, Report};
use chat_operators::ChatOperators;
use door::Door;
use history_queries::HistoryQueries;
use opened_rooms::OpenedRooms;
use opening::RoomParts;
use operating::{Answering, MemberParts};
use session_resume::SessionResume;
use sessions::{Overdue, TimedOut};
use sharing::Sharing;

pub use crate::base::source::Source;
pub use crate::fanout::{AckState, PeerReadState, SessionId, Sink};
pub use crate::limits::admission::Refused;
pub use crate::limits::command_budget::CommandLimit;
pub use crate::limits::peer_limits::PeerLimits;
pub use crate::limits::spam_limiter::SpamLimit;
pub use admin_api::AdminApi;
pub use admin_view::{AdminView, ConnectionInfo, Durability, StatsReport};
pub use chat_operators::{OperatorEntry, OperatorId, OperatorLine, PasswordCheck};
pub use config::Config;
pub use entry::Entry;
pub use ids::{Close, ListenerKind, Permit};
pub use journal_driver::JournalDriver;
pub use metrics::Metrics;
pub use operator_answers::AdminResult;
pub use operator_state::{OperatorState, StartupNotices};
pub use room_runtime::{BotInfo, NotBanned, NotOpened, PresentInfo, RoomInfo, RoomRuntime};
pub use room_traffic::RoomTraffic;
pub use sessions::{Session, Sessions};
pub use sharing::{Gap, NodeInfo, NodeView, followed_up_to};

/// The hub.
#[derive(Debug)]
pub struct Hub {
    rooms: RoomRuntime,
    entry: Entry,
    door: Door,
    sessions: Sessions,
    resume: SessionResume,
    operators: OperatorState,
    chat_operators: ChatOperators,
    opened: OpenedRooms,
    journal: JournalDriver,
    metrics: Metrics,
    traffic: RoomTraffic,
    /// Its part in a cluster.
    sharing: Option<Box<Sharing>>,
}

impl Hub {
    /// A hub with the local sequencer, for a single server.
    pub fn new(config: Config) -> Hub {
        Hub::with_sequencer(config, Box::<LocalSequencer>::default())
    }

    /// A hub with this sequencer.
    pub fn with_sequencer(config: Config, sequencer: Box<dyn Sequencer>) -> Hub {
        let (now, wall) = config.start;
        let (rooms, sessions) = (config.room_runtime(sequencer), config.sessions());
        let RestoredState { decisions, streams, next_stream, opened_by_people, .. } = config.restored;
        let mut operators = OperatorState::new(decisions, config.rooms, config.outlives);
        let started = operators.journal_id(streams.is_empty(), wall);
        let queries = HistoryQueries::new(sessions.fanout.memory());
        let mut hub = Hub {
            rooms,
            entry: Entry::new(&config.limits),
            door: Door::new(config.password),
            resume: SessionResume::new(config.tokens, started),
            operators,
            chat_operators: ChatOperators::new(config.operators),
            opened: OpenedRooms::default(),
            journal: JournalDriver::new(CommitGate::new(streams, next_stream), queries),
            sessions,
            metrics: Metrics::new(now, config.memory),
            traffic: RoomTraffic::default(),
            sharing: config.cluster.map(|node| Box::new(Sharing::new(node, now))),
        };
        hub.begin(opened_by_people, now);
        hub
    }

    /// Opens all rooms, and repeats operators' decisions of earlier runs.
    fn begin(&mut self, opened_by_people: Vec<StoredOpenedRoom>, now: Instant) {
        if let Some(sharing) = &self.sharing {
            self.rooms.set_shared(sharing.keys_of_rooms());
        }
        self.rooms.reserve(self.sessions.irc.as_deref());
        self.rooms.set_operator_names(self.chat_operators.names());
        let servers = self.operators.rooms();
        let keys: Vec<NameKey> = servers.iter().map(|(name, _)| NameKey::of(name)).collect();
        let of_people = self.opened.restore(opened_by_people, &keys);
        self.journal.trim_idle(&of_people.resting, OPENED_HISTORY_MESSAGES);
        self.journal.end_all_idle(&of_people.forgotten);
        for (name, kind) in servers {
            if let Err(why) = self.open_room(&name, kind, now) {
                warn!("the room {name} cannot be opened: {why:?}");
            }
        }
        if let Some(sharing) = &self.sharing {
            sharing.warn_of_closed();
        }
        for room in of_people.to_wake {
            self.on_rooms(|_, on| OpenedRooms::wake(&room, on), now);
        }
        self.rooms.restore_topics(self.operators.topics());
        for order in self.operators.orders() {
            let Some(room) = self.rooms.chat().find_room(&order.room) else { continue };
            // Skips what is so already.
            if let Err(why) = self.order_host(room, operator_state::order(&order), now) {
                info!("an earlier command is not repeated: {why}");
            }
        }
        self.operators.begin(&mut self.rooms, now);
        // No operator waits for what the start itself changes.
        self.record_decisions(now);
    }

    /// Adds operators' decisions to the batch, if they have changed.
    fn record_decisions(&mut self, now: Instant) {
        self.journal.record(self.opened.take_records(self.rooms.chat()));
        self.journal.record(self.operators.take_record(self.rooms.chat(), self.rooms.wall(now)));
    }

    /// The hub's time stood still for this long just before `now`, while real time went on. Timeouts do not count that time,
    /// and the backlog of input does not count as a flood.
    pub fn on_clock_stall(&mut self, how_long: Duration, now: Instant) {
        self.sessions.on_clock_stall(how_long, now);
        self.rooms.clock().stood_still(how_long);
    }

    /// Sets the wall-clock time. It may jump. If the hub's time stood still, call [`Hub::on_clock_stall`] first.
    pub fn set_clock(&mut self, now: Instant, wall: SystemTime) {
        if let Some(expected) = self.rooms.clock().set(now, wall) {
            self.operators.move_ends(&mut self.rooms, expected, wall);
        }
    }

    /// A connection is writable again.
    pub fn writable(&mut self, id: SessionId) {
        self.sessions.fanout.writable(id);
    }

    /// Handles deadlines that have passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.entry.on_timer(now);
        // The batch is sealed later in this turn.
        self.journal.on_timer(now);
        loop {
            let host = self.rooms.deadline().filter(|at| *at <= now);
            // Of deadlines at the same time, those of hosts come first.
            if host.is_some_and(|host| self.sessions.deadline().is_none_or(|session| host <= session)) {
                self.rooms.on_timer(now);
                self.run_effects(now);
                continue;
            }
            match self.sessions.pop_due(now) {
                Some(TimedOut::Member(id)) => self.member_due(id, now),
                Some(TimedOut::Input(id)) => self.resume_one(id, now),
                Some(TimedOut::Nothing) => {}
                None => return,
            }
        }
    }

    /// The next deadline.
    pub fn next_deadline(&self) -> Option<Instant> {
        let deadlines = [
            self.sessions.deadline(),
            self.rooms.deadline(),
            self.entry.deadline(),
            self.journal.deadline(),
            self.sharing.as_ref().and_then(|sharing| sharing.deadline()),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Opens a room.
    fn open_room(&mut self, name: &str, kind: &'static RoomKind, now: Instant) -> Result<(), NotOpened> {
        self.rooms.check_name(name)?;
        self.on_rooms(|_, on| on.open(name, kind, None), now);
        self.run_effects(now);
        Ok(())
    }

    /// Opens or closes rooms, with the rooms of people and all that has a part of each room.
    fn on_rooms<T>(
        &mut self,
        act: impl FnOnce(&mut OpenedRooms, &mut RoomParts<'_>) -> T,
        now: Instant,
    ) -> T {
        let Hub { opened, rooms, sessions, journal, sharing, .. } = self;
        let (fanout, sharing) = (&mut sessions.fanout, sharing.as_deref_mut());
        act(opened, &mut RoomParts { rooms, fanout, journal, sharing, now })
    }

    /// Has a room's host carry out an operator's command. The reply is a sentence, and so is an error.
    fn order_host(&mut self, room: RoomId, order: HostCommand<'_>, now: Instant) -> Result<String, String> {
        let answer = self.rooms.hosts_mut().order(room, order, now)?;
        self.run_effects(now);
        match order {
            // Only this command depends on one bot's name: otherwise the host tries another name.
            HostCommand::StartBot(_) => self.rooms.hosts_mut().take_refusal().map_or(Ok(answer), Err),
            _ => Ok(answer),
        }
    }

    /// The passwords that are to be checked, which takes long. Report each with [`Hub::password_checked`].
    pub fn password_checks(&mut self) -> Vec<PasswordCheck> {
        self.chat_operators.take_checks()
    }

    /// A password is right, or wrong. `None`: it cannot be checked now.
    pub fn password_checked(&mut self, ticket: u64, is_right: Option<bool>, now: Instant) {
        self.answer_asker(|operators, on| operators.answer_check(ticket, is_right, on), now);
    }

    /// Sets who may operate the server. Whoever does without being named any more is told that it is over.
    pub fn set_operators(&mut self, entries: Vec<OperatorEntry>, now: Instant) {
        self.on_members(|operators, on| operators.name_operators(entries, on), now);
        self.run_effects(now);
    }

    /// Does something about members that operate the server, or want to.
    fn on_members<T>(
        &mut self,
        act: impl FnOnce(&mut ChatOperators, &mut MemberParts<'_>) -> T,
        now: Instant,
    ) -> T {
        let Hub { chat_operators, rooms, sessions, .. } = self;
        act(chat_operators, &mut MemberParts { rooms, sessions, now })
    }

    /// Answers a request of such a member that waited.
    fn answer_asker(
        &mut self,
        answer: impl FnOnce(&mut ChatOperators, &mut MemberParts<'_>) -> Option<Answering>,
        now: Instant,
    ) {
        let Some(answering) = self.on_members(answer, now) else { return };
        self.run_effects(now);
        answering.end(&mut self.sessions);
    }

    /// Sets what the hosts of lobbies say: at least one line.
    pub fn set_initiators(&mut self, lines: Vec<Rc<str>>) {
        self.rooms.hosts_mut().set_initiators(lines);
    }

    /// Sets the message of the day for IRC clients, in lines.
    pub fn set_motd(&mut self, motd: &[String]) {
        self.sessions.set_motd(motd);
    }

    /// Takes new questions about the weather.
    pub fn weather_questions(&mut self) -> Vec<Question> {
        self.rooms.hosts_mut().take_questions()
    }

    /// Answers a question; `None` if no forecast is available.
    pub fn weather(&mut self, ticket: u64, report: Option<&Report>, now: Instant) {
        self.rooms.hosts_mut().on_forecast(ticket, report, now);
        self.run_effects(now);
    }

    /// Who joined and left since the last call.
    pub fn take_traffic(&mut self) -> RoomTraffic {
        self.traffic.take()
    }

    /// Whether there is more to do without waiting.
    pub fn is_busy(&self) -> bool {
        let is_sharing = self.sharing.as_ref().is_some_and(|sharing| sharing.is_busy());
        let has_more = self.view().is_unstored() || is_sharing || self.sessions.is_busy();
        has_more || self.journal.is_busy(&self.sessions.fanout)
    }

    /// All sessions.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Handles a member's timer.
    fn member_due(&mut self, id: SessionId, now: Instant) {
        self.sessions.check_pause(id, now);
        while let Some(overdue) = self.sessions.overdue(id, self.rooms.chat(), now) {
            match overdue {
                Overdue::LetGo(why) => self.let_go(id, &why, now),
                Overdue::Remove(why) => self.remove(id, &why, now),
                Overdue::Unanswered => self.stop_waiting(id, now),
            }
            if self.sessions[id].is_closing() {
                return;
            }
        }
        self.sessions.watch_member(id);
    }
}
