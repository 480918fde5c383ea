//! Operators' view of the hub, as plain data.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use crate::base::name::Name;
use crate::chat::{Ban, Target};
use crate::cluster::NodeState;
use crate::fanout::SessionId;
use crate::hub::entry::Entry;
use crate::hub::journal_driver::JournalDriver;
use crate::hub::metrics::Metrics;
use crate::hub::opened_rooms::OpenedRooms;
use crate::hub::operator_state::OperatorState;
use crate::hub::room_runtime::RoomRuntime;
use crate::hub::sessions::{Session, Sessions};
use crate::hub::sharing::NodeView;
use crate::proto::Kind;

/// A connection that is not being closed.
#[derive(Clone, Debug)]
pub struct ConnectionInfo {
    /// Its id, until it is closed.
    pub id: SessionId,
    /// Its name, once it has one.
    pub name: Option<Name>,
    /// Whether its member is a bot.
    pub is_bot: bool,
    /// The rooms that its member is in.
    pub rooms: Vec<String>,
    /// What it speaks, as far as that is known.
    pub dialect: &'static str,
    /// The peer's address.
    pub peer: SocketAddr,
    /// When it came.
    pub since: Instant,
    /// When it sent something last.
    pub last_received: Instant,
}

/// The state of the journal.
#[derive(Clone, Debug)]
pub struct Durability {
    /// Why commits fail; `None`: they do not.
    pub degraded: Option<String>,
    /// The journal outlives the process.
    pub is_persistent: bool,
    /// The number of batches in flight.
    pub in_flight: usize,
}

/// Counters since the start, and present figures.
#[derive(Clone, Debug)]
pub struct StatsReport {
    /// Counters since the start.
    pub metrics: Metrics,
    /// The number of connections.
    pub connections: usize,
    /// How many of them are being closed.
    pub leaving: usize,
    /// HTTP connections, which are not among them.
    pub http_connections: usize,
    /// The number of members, hosted bots included.
    pub members: usize,
    /// The number of hosted bots.
    pub bots: usize,
    /// The number of open rooms.
    pub rooms: usize,
    /// The state of the journal.
    pub durability: Durability,
    /// Bytes in send queues.
    pub queued: usize,
    /// The number of connections with a send queue.
    pub queued_readers: usize,
    /// The memory of all send queues, in bytes.
    pub held: usize,
    /// Bytes of history that wait to be replayed.
    pub replays: usize,
    /// Bytes of incomplete messages.
    pub unfinished: usize,
    /// The node of a cluster that this server is. `None`: it shares no rooms.
    pub node: Option<NodeState>,
}

/// The components that operators can see.
#[derive(Debug)]
pub struct AdminView<'a> {
    /// Rooms, bots, bans and mutes, and the wall clock.
    pub rooms: &'a RoomRuntime,
    /// Whether the service is ending, and who speaks HTTP.
    pub entry: &'a Entry,
    /// Operators' decisions.
    pub operators: &'a OperatorState,
    pub(super) opened: &'a OpenedRooms,
    pub(super) sessions: &'a Sessions,
    /// The commit gate.
    pub journal: &'a JournalDriver,
    pub(super) metrics: &'a Metrics,
    /// The node of a cluster that this server is. `None`: it shares no rooms.
    pub node: Option<NodeView<'a>>,
}

impl AdminView<'_> {
    /// Whether something was decided that is stored with the next batch.
    pub fn is_unstored(&self) -> bool {
        self.operators.has_changed() || self.opened.has_changed()
    }

    /// All connections that are not being closed.
    pub fn connections(&self) -> Vec<ConnectionInfo> {
        let chat = self.rooms.chat();
        let info = |(id, session): (SessionId, &Session)| {
            let member = session.member();
            let rooms = member.map(|member| chat.rooms_of(member)).unwrap_or_default();
            ConnectionInfo {
                id,
                name: member.map(|member| chat.who(member).name.clone()),
                is_bot: member.is_some_and(|member| chat.who(member).kind == Kind::Bot),
                rooms: rooms.iter().filter_map(|room| Some(chat.room(*room)?.name().to_owned())).collect(),
                dialect: session.codec.name(),
                peer: session.peer,
                since: session.came,
                last_received: session.last_received,
            }
        };
        self.open_sessions().map(info).collect()
    }

    /// The connections that bans of these targets cover, with their addresses.
    pub(super) fn covered_by(&self, targets: &[(Ban, Target)]) -> Vec<(SessionId, IpAddr)> {
        let is_covered = |session: &Session, (ban, target): &(Ban, Target)| match target {
            Target::Network(network) => network.contains(session.peer.ip()),
            Target::Name(name) => {
                session.member().is_some_and(|member| self.rooms.is_covered(member, name, ban))
            }
        };
        let covered = |target| {
            let covered = self.open_sessions().filter(move |(_, session)| is_covered(session, target));
            covered.map(|(id, session)| (id, session.peer.ip()))
        };
        targets.iter().flat_map(covered).collect()
    }

    /// Counters since the start, and present figures.
    pub fn stats(&self) -> StatsReport {
        let all: Vec<SessionId> = self.sessions.iter().map(|(id, _)| id).collect();
        let (queued, queued_readers) = self.sessions.unsent(&all);
        let gate = self.journal.gate();
        StatsReport {
            metrics: Metrics { refused: self.metrics.refused + self.entry.refused(), ..self.metrics.clone() },
            connections: self.sessions.count(),
            http_connections: self.entry.http_connections(),
            leaving: self.sessions.count() - self.open_sessions().count(),
            members: self.rooms.chat().count(),
            bots: self.rooms.hosts().bot_members().count(),
            rooms: self.rooms.chat().rooms().count(),
            durability: Durability {
                degraded: gate.degraded().map(str::to_owned),
                is_persistent: self.operators.is_persistent(),
                in_flight: gate.in_flight(),
            },
            queued,
            queued_readers,
            held: self.sessions.fanout.queued_bytes(),
            replays: self.sessions.fanout.replay_backlog(),
            unfinished: self.sessions.unfinished_bytes(),
            node: self.node.map(|node| node.state()),
        }
    }

    fn open_sessions(&self) -> impl Iterator<Item = (SessionId, &Session)> {
        self.sessions.iter().filter(|(_, session)| !session.is_closing())
    }
}
