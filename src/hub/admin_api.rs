//! What operators may see of the hub, and do with it: plain data up, typed orders down. What they type and are told is not
//! known here.

use std::net::{IpAddr, SocketAddr};
use std::time::{Instant, SystemTime};

use crate::base::name::{Name, NameKey};
use crate::chat::{self, Ban, Full, Mute, Room, Target};
use crate::fanout::SessionId;
use crate::hosts::{HostCommand, RoomKind};
use crate::hub::operator_answers::AdminResult;
use crate::hub::room_runtime::{BotInfo, NotBanned, NotOpened, RoomInfo};
use crate::hub::sessions::Session;
use crate::hub::{Hub, Metrics, StartupNotices};
use crate::journal::{Record, StreamId, Ticket};
use crate::proto::{Removal, RoomId};

/// A connection that is not being closed.
#[derive(Clone, Debug)]
pub struct ConnectionInfo {
    /// By what it is known until it is closed.
    pub id: SessionId,
    /// Its member's name, once it has one.
    pub name: Option<Name>,
    /// Where it comes from.
    pub peer: SocketAddr,
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

/// What operators may see and do. Whatever changes is kept with the next batch.
pub trait AdminApi {
    /// What the clock on the wall says at this time.
    fn wall(&self, now: Instant) -> SystemTime;
    /// Whether the service is ending.
    fn is_stopping(&self) -> bool;
    /// All connections that are not being closed.
    fn connections(&self) -> Vec<ConnectionInfo>;
    /// All open rooms; everybody comes to the first.
    fn rooms(&self) -> Vec<RoomInfo>;
    /// The bots of all hosts, whether or not they take part.
    fn bots(&self) -> Vec<BotInfo>;
    /// The first room whose host has a bot of this name, in any case, or one that begins with this word.
    fn room_of_bot(&self, name: &str) -> Option<RoomId>;
    /// Bans in force, the oldest first.
    fn bans(&self, now: Instant) -> Vec<Ban>;
    /// Mutes in force, the oldest first.
    fn mutes(&self, now: Instant) -> Vec<Mute>;
    /// What operators decided in earlier runs and is otherwise than the command line says.
    fn startup_notices(&self) -> StartupNotices;
    /// What was counted, and what there is now.
    fn stats(&self) -> StatsReport;

    /// Closes a connection, and tells it why.
    fn remove_connection(&mut self, id: SessionId, reason: &str, now: Instant);
    /// Removes the member of this name, or one whose name looks like it. Returns its name; none: there is none.
    fn remove_named(&mut self, name: &str, reason: &str, now: Instant) -> Option<Name>;
    /// Keeps out a name or a network, and closes the connections that it covers. Returns their addresses.
    fn ban(
        &mut self,
        order: chat::SanctionRequest<Target>,
        now: Instant,
    ) -> Result<(Ban, Vec<IpAddr>), NotBanned>;
    /// Lifts a ban. An error: whom those are for that cover it otherwise.
    fn unban(&mut self, target: &Target, shown: &str, now: Instant) -> Result<Ban, Vec<String>>;
    /// Has a name hear and not speak. Returns who is muted by that and is here.
    fn mute(
        &mut self,
        order: chat::SanctionRequest<NameKey>,
        now: Instant,
    ) -> Result<(Mute, Vec<Name>), Full>;
    /// Lifts a mute. An error: whom those are for that cover it otherwise.
    fn unmute(&mut self, name: &str, now: Instant) -> Result<Mute, Vec<String>>;
    /// Says something as a room's host. Returns how many are in the room.
    fn say(&mut self, room: RoomId, text: &str, now: Instant) -> usize;
    /// Has a room's host do something, now and after the next start. The answer is a sentence; so is an error.
    fn order(&mut self, room: RoomId, order: HostCommand<'_>, now: Instant) -> Result<String, String>;
    /// Opens a room, now and after the next start.
    fn open_room(&mut self, name: &str, kind: &'static RoomKind, now: Instant) -> Result<(), NotOpened>;
    /// Closes a room. Whoever is in it is told.
    fn close_room(&mut self, room: RoomId, now: Instant);

    /// Asks for a page of a room's messages that come `after` one.
    fn export(&mut self, room: &str, after: Option<(StreamId, u64)>, now: Instant) -> Ticket;
    /// Has all erased that somebody said.
    fn forget(&mut self, key: NameKey, now: Instant) -> Ticket;
    /// Asks what is deleted for its age, and may `confirm` that the clock is right. None: nothing is kept on disk.
    fn retention(&mut self, confirm: bool, now: Instant) -> Option<Ticket>;
    /// Waits until what was decided is committed. None: nothing was.
    fn await_commit(&mut self) -> Option<Ticket>;
    /// What came of something that is waited for.
    fn poll_result(&mut self) -> Option<(Ticket, AdminResult)>;
}

impl AdminApi for Hub {
    fn wall(&self, now: Instant) -> SystemTime {
        self.rooms.wall(now)
    }

    fn is_stopping(&self) -> bool {
        self.admission.is_stopping()
    }

    fn connections(&self) -> Vec<ConnectionInfo> {
        let info = |(id, session): (SessionId, &Session)| ConnectionInfo {
            id,
            name: session.member().map(|member| self.rooms.chat().who(member).name.clone()),
            peer: session.peer,
            last_received: session.last_received,
        };
        self.sessions.iter().filter(|(_, session)| !session.is_closing()).map(info).collect()
    }

    fn rooms(&self) -> Vec<RoomInfo> {
        self.rooms.room_infos()
    }

    fn bots(&self) -> Vec<BotInfo> {
        self.rooms.bot_infos()
    }

    fn room_of_bot(&self, name: &str) -> Option<RoomId> {
        self.rooms.room_of_bot(name)
    }

    fn bans(&self, now: Instant) -> Vec<Ban> {
        self.rooms.bans_in_force(now)
    }

    fn mutes(&self, now: Instant) -> Vec<Mute> {
        self.rooms.mutes_in_force(now)
    }

    fn startup_notices(&self) -> StartupNotices {
        self.operators.notices().clone()
    }

    fn stats(&self) -> StatsReport {
        let (queued, queued_readers) = self.sessions.unsent(self.sessions.iter().map(|(id, _)| id));
        StatsReport {
            metrics: self.metrics.clone(),
            connections: self.sessions.len(),
            http_connections: self.sessions.connections() - self.sessions.len(),
            leaving: self.sessions.iter().filter(|(_, session)| session.is_closing()).count(),
            members: self.rooms.chat().count(),
            bots: self.rooms.hosts().bot_members().count(),
            rooms: self.rooms.chat().rooms().count(),
            durability: Durability {
                degraded: self.gate.degraded().map(str::to_owned),
                is_persistent: self.operators.is_persistent(),
                in_flight: self.gate.in_flight(),
            },
            queued,
            queued_readers,
            held: self.sessions.fanout.queued_bytes(),
            replays: self.sessions.fanout.replay_backlog(),
            unfinished: self.sessions.unfinished_bytes(),
        }
    }

    fn remove_connection(&mut self, id: SessionId, reason: &str, now: Instant) {
        self.remove(id, Removal::Operator(reason.into()), now);
        self.run_effects(now);
    }

    fn remove_named(&mut self, name: &str, reason: &str, now: Instant) -> Option<Name> {
        let member = *self.rooms.chat().find_confusable(name).first()?;
        let name = self.rooms.chat().who(member).name.clone();
        self.remove_member(member, &Removal::Operator(reason.into()), now);
        Some(name)
    }

    fn ban(
        &mut self,
        order: chat::SanctionRequest<Target>,
        now: Instant,
    ) -> Result<(Ban, Vec<IpAddr>), NotBanned> {
        let target = order.whom.clone();
        let (ban, reason) = self.rooms.ban(order, now)?;
        self.operators.measured();
        let is_covered = |session: &Session| match &target {
            Target::Network(network) => network.contains(session.peer.ip()),
            Target::Name(name) => {
                session.member().is_some_and(|member| self.rooms.is_covered(member, name, &ban))
            }
        };
        let sessions =
            self.sessions.iter().filter(|(_, session)| !session.is_closing() && is_covered(session));
        let covered: Vec<_> = sessions.map(|(id, session)| (id, session.peer.ip())).collect();
        for (id, _) in &covered {
            self.remove(*id, Removal::Operator(reason.clone()), now);
        }
        Ok((ban, covered.into_iter().map(|(_, address)| address).collect()))
    }

    fn unban(&mut self, target: &Target, shown: &str, now: Instant) -> Result<Ban, Vec<String>> {
        self.operators.measured();
        self.rooms.unban(target, shown, now)
    }

    fn mute(
        &mut self,
        order: chat::SanctionRequest<NameKey>,
        now: Instant,
    ) -> Result<(Mute, Vec<Name>), Full> {
        let muted = self.rooms.mute(order, now)?;
        self.operators.measured();
        self.run_effects(now);
        Ok(muted)
    }

    fn unmute(&mut self, name: &str, now: Instant) -> Result<Mute, Vec<String>> {
        self.operators.measured();
        let mute = self.rooms.unmute(name, now)?;
        self.run_effects(now);
        Ok(mute)
    }

    fn say(&mut self, room: RoomId, text: &str, now: Instant) -> usize {
        self.rooms.host_says(room, text);
        self.run_effects(now);
        self.rooms.chat().room(room).map_or(0, Room::count)
    }

    fn order(&mut self, room: RoomId, order: HostCommand<'_>, now: Instant) -> Result<String, String> {
        let answer = self.order_host(room, order, now)?;
        self.operators.ordered(&self.rooms, room, order);
        Ok(answer)
    }

    fn open_room(&mut self, name: &str, kind: &'static RoomKind, now: Instant) -> Result<(), NotOpened> {
        Hub::open_room(self, name, kind, now)?;
        self.operators.opened(name, kind);
        Ok(())
    }

    fn close_room(&mut self, room: RoomId, now: Instant) {
        let name = self.rooms.chat().room(room).map(|room| room.name().to_owned());
        self.sessions.fanout.close_room(room);
        self.rooms.close(room, now);
        self.run_effects(now);
        self.gate.close_room(room);
        name.inspect(|name| self.operators.closed(name));
    }

    fn export(&mut self, room: &str, after: Option<(StreamId, u64)>, now: Instant) -> Ticket {
        let ticket = self.queries.page(room, after);
        self.operator_answers.wait(ticket, now);
        ticket
    }

    fn forget(&mut self, key: NameKey, now: Instant) -> Ticket {
        self.rooms.forget(&key);
        let ticket = self.queries.next_ticket();
        self.operator_answers.wait(ticket, now);
        self.gate.record(Record::Erase { key, ticket });
        ticket
    }

    fn retention(&mut self, confirm: bool, now: Instant) -> Option<Ticket> {
        if !self.operators.is_persistent() {
            return None;
        }
        let ticket = self.queries.next_ticket();
        self.operator_answers.wait(ticket, now);
        self.gate.record(Record::ReportRetention { ticket, confirm });
        Some(ticket)
    }

    fn await_commit(&mut self) -> Option<Ticket> {
        if !self.operators.has_changed() {
            return None;
        }
        let ticket = self.queries.next_ticket();
        self.operator_answers.wait_for_commit(self.next_batch(), ticket);
        Some(ticket)
    }

    fn poll_result(&mut self) -> Option<(Ticket, AdminResult)> {
        self.operator_answers.poll()
    }
}
