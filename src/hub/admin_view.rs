//! What operators see of the hub, as plain data.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use crate::base::name::Name;
use crate::chat::{Ban, Target};
use crate::fanout::SessionId;
use crate::hub::journal_driver::JournalDriver;
use crate::hub::metrics::Metrics;
use crate::hub::operator_state::OperatorState;
use crate::hub::room_runtime::RoomRuntime;
use crate::hub::sessions::{Session, Sessions};
use crate::limits::admission::Admission;
use crate::proto::Kind;

/// A connection that is not being closed.
#[derive(Clone, Debug)]
pub struct ConnectionInfo {
    /// By what it is known until it is closed.
    pub id: SessionId,
    /// Its member's name, once it has one.
    pub name: Option<Name>,
    /// Whether its member is a bot.
    pub is_bot: bool,
    /// The rooms that its member is in.
    pub rooms: Vec<String>,
    /// What it speaks, as far as that is known.
    pub dialect: &'static str,
    /// Where it comes from.
    pub peer: SocketAddr,
    /// When it came.
    pub since: Instant,
    /// When something last came from it.
    pub last_received: Instant,
}

/// What is kept of what was said.
#[derive(Clone, Debug)]
pub struct Durability {
    /// Why nothing can be kept now; none: it can.
    pub degraded: Option<String>,
    /// What is kept outlives the process.
    pub is_persistent: bool,
    /// Batches that are not committed yet.
    pub in_flight: usize,
}

/// What was counted since the start, and what there is now.
#[derive(Clone, Debug)]
pub struct StatsReport {
    /// What was counted since the start.
    pub metrics: Metrics,
    /// Connections, and how many of them are being closed.
    pub connections: usize,
    /// Of the connections.
    pub leaving: usize,
    /// Connections that speak HTTP, beside those.
    pub http_connections: usize,
    /// Members, with hosted bots.
    pub members: usize,
    /// Hosted bots.
    pub bots: usize,
    /// Open rooms.
    pub rooms: usize,
    /// What is kept of what was said.
    pub durability: Durability,
    /// Bytes that wait to be sent.
    pub queued: usize,
    /// Connections that bytes wait for.
    pub queued_readers: usize,
    /// Bytes of memory that this takes.
    pub held: usize,
    /// Bytes of rooms' histories that are still to be sent.
    pub replays: usize,
    /// Bytes of messages that have not ended yet.
    pub unfinished: usize,
}

/// The components of which operators see something. What one of them knows alone, it is asked.
#[derive(Debug)]
pub struct AdminView<'a> {
    /// Rooms, bots, bans and mutes, and the clock on the wall.
    pub rooms: &'a RoomRuntime,
    /// Whether the service is ending.
    pub admission: &'a Admission,
    /// What operators decided.
    pub operators: &'a OperatorState,
    pub(super) sessions: &'a Sessions,
    /// The commit gate.
    pub journal: &'a JournalDriver,
    pub(super) metrics: &'a Metrics,
}

impl AdminView<'_> {
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

    /// Those of them that a ban covers, with their addresses. `target`: whom the ban is for.
    pub(super) fn covered_by(&self, ban: &Ban, target: &Target) -> Vec<(SessionId, IpAddr)> {
        let is_covered = |session: &Session| match target {
            Target::Network(network) => network.contains(session.peer.ip()),
            Target::Name(name) => {
                session.member().is_some_and(|member| self.rooms.is_covered(member, name, ban))
            }
        };
        let covered = self.open_sessions().filter(|(_, session)| is_covered(session));
        covered.map(|(id, session)| (id, session.peer.ip())).collect()
    }

    /// What was counted, and what there is now.
    pub fn stats(&self) -> StatsReport {
        let all: Vec<SessionId> = self.sessions.iter().map(|(id, _)| id).collect();
        let (queued, queued_readers) = self.sessions.unsent(&all);
        let gate = self.journal.gate();
        StatsReport {
            metrics: self.metrics.clone(),
            connections: self.sessions.count(),
            http_connections: self.sessions.connections() - self.sessions.count(),
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
        }
    }

    fn open_sessions(&self) -> impl Iterator<Item = (SessionId, &Session)> {
        self.sessions.iter().filter(|(_, session)| !session.is_closing())
    }
}
