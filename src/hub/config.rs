//! The configuration of the hub, and the components that follow from it alone.

use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use crate::base::secret::Secret;
use crate::chat::{Chat, HistoryLimits};
use crate::cluster::NodeSettings;
use crate::hosts::{RoomKind, Setup};
use crate::hub::chat_operators::OperatorEntry;
use crate::hub::clock::WallClock;
use crate::hub::room_runtime::{HostRuntime, Linger, RoomRuntime};
use crate::hub::sessions::Sessions;
use crate::journal::RestoredState;
use crate::limits::peer_limits::PeerLimits;
use crate::limits::spam_limiter::SpamLimit;
use crate::ordering::{Proposals, Sequencer};
use crate::proto::ReplayLimit;
use crate::wire::IrcServer;

/// The configuration of the hub.
#[derive(Clone, Debug)]
pub struct Config {
    /// The rooms to open at the start: name and kind. The first is the default.
    pub rooms: Vec<(String, &'static RoomKind)>,
    /// Whether people may open rooms, and how long such a room stays open while nobody is there.
    pub people_open_rooms: bool,
    /// See [`Config::people_open_rooms`].
    pub room_linger: Duration,
    /// The configuration of hosts and bots.
    pub hosts: Setup,
    /// The spam limit; `None`: there is none.
    pub spam_limit: Option<SpamLimit>,
    /// The other limits of peers.
    pub limits: PeerLimits,
    /// How much of each room's history is kept in memory.
    pub history: HistoryLimits,
    /// How much of it newcomers hear, if their dialect has no rule of its own.
    pub replay: ReplayLimit,
    /// The stored state of earlier runs.
    pub restored: RestoredState,
    /// Whether the journal outlives this run. Shown to operators.
    pub outlives: bool,
    /// Reads the memory of the process, in bytes, where the system tells it.
    pub memory: fn() -> Option<u64>,
    /// The seed of session tokens. It must be random in each run: whoever knows it can take over any session. `None`: no tokens
    /// are given.
    pub tokens: Option<[u8; 32]>,
    /// The node of a cluster that it is. `None`: it shares no rooms.
    pub cluster: Option<NodeSettings>,
    /// The password of the server. `None`: it asks for none.
    pub password: Option<Secret>,
    /// Who may operate the server from the chat.
    pub operators: Vec<OperatorEntry>,
    /// What IRC clients are told of the server. `None`: it does not speak IRC.
    pub irc: Option<IrcServer>,
    /// A time of the hub, and the wall-clock time at it.
    pub start: (Instant, SystemTime),
}

impl Config {
    /// The chat and its hosts, without rooms.
    pub(super) fn room_runtime(&self, sequencer: Box<dyn Sequencer>) -> RoomRuntime {
        let mut chat = Chat::new(self.history);
        chat.set_people_open_rooms(self.people_open_rooms);
        RoomRuntime::new(
            chat,
            HostRuntime::new(self.hosts.clone()),
            Proposals::new(sequencer),
            WallClock::new(self.start),
            Linger::new(self.room_linger),
            self.replay,
        )
    }

    /// The table of sessions, without any.
    pub(super) fn sessions(&self) -> Sessions {
        let mut sessions = Sessions::new(self.limits.clone(), self.spam_limit);
        sessions.asks_password = self.password.is_some();
        sessions.irc = self.irc.clone().map(Rc::new);
        sessions
    }
}
