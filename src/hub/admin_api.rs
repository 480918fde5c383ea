//! What operators may see of the hub, and do with it: plain data up, typed orders down. What they type and are told is not
//! known here.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::{Instant, SystemTime};

use log::info;

use crate::base::likeness::Likeness;
use crate::base::name::{Name, NameKey};
use crate::chat::{self, Ban, Full, Mute, Room, Target};
use crate::fanout::SessionId;
use crate::hosts::{HostCommand, RoomKind};
use crate::hub::operator_answers::AdminResult;
use crate::hub::session::Session;
use crate::hub::{Hub, Metrics, StartupNotices};
use crate::journal::{Record, StreamId, Ticket};
use crate::proto::{Event, MemberId, Notice, Refusal, Removal, RoomId, Who};

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

/// An open room.
#[derive(Clone, Debug)]
pub struct RoomInfo {
    /// By what it is known until it is closed.
    pub id: RoomId,
    /// Its name.
    pub name: Rc<str>,
    /// Its kind.
    pub kind: &'static str,
    /// Who is in it.
    pub present: Vec<Who>,
    /// How many of them are people.
    pub people: usize,
}

/// A bot that lives in the server.
#[derive(Clone, Debug)]
pub struct BotInfo {
    /// Its name.
    pub name: String,
    /// The name of the room whose host it belongs to.
    pub room: String,
    /// Operators did not stop it.
    pub takes_part: bool,
    /// It is in its room now.
    pub is_there: bool,
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

/// Why somebody is not banned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotBanned {
    /// It is a bot that lives in the server.
    HostedBot,
    /// There are too many bans.
    Full(Full),
}

/// Why a room is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// It is open already.
    IsOpen,
    /// There are as many rooms as may be.
    Full,
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
        Hub::wall(self, now)
    }

    fn is_stopping(&self) -> bool {
        self.stopping
    }

    fn connections(&self) -> Vec<ConnectionInfo> {
        let info = |(id, session): (SessionId, &Session)| ConnectionInfo {
            id,
            name: session.member().map(|member| self.chat.who(member).name.clone()),
            peer: session.peer,
            last_received: session.last_received,
        };
        self.sessions.iter().filter(|(_, session)| !session.is_closing()).map(info).collect()
    }

    fn rooms(&self) -> Vec<RoomInfo> {
        let info = |(id, room): (RoomId, &Room)| RoomInfo {
            id,
            name: room.room_name(),
            kind: room.traits().kind,
            present: room.present().map(|member| self.chat.who(member).clone()).collect(),
            people: room.people(),
        };
        self.chat.rooms().map(info).collect()
    }

    fn bots(&self) -> Vec<BotInfo> {
        let info = |(room, name, takes_part): (RoomId, String, bool)| BotInfo {
            is_there: self.in_room(room, &name).is_some(),
            room: self.chat.room(room).map_or("", Room::name).to_owned(),
            name,
            takes_part,
        };
        self.hosts.bots().map(info).collect()
    }

    fn room_of_bot(&self, name: &str) -> Option<RoomId> {
        // Of many that might be called only those are listed who were.
        let hosted = || self.chat.find(name).filter(|bot| self.hosts.is_bot(*bot));
        let of_listed = self.hosts.find_bot(None, name).map(|(room, ..)| room);
        of_listed.or_else(|| hosted().and_then(|bot| self.chat.rooms_of(bot).first().copied()))
    }

    fn bans(&self, now: Instant) -> Vec<Ban> {
        self.chat.bans.list(self.wall(now)).cloned().collect()
    }

    fn mutes(&self, now: Instant) -> Vec<Mute> {
        self.chat.mutes.list(self.wall(now)).cloned().collect()
    }

    fn startup_notices(&self) -> StartupNotices {
        self.operators.notices().clone()
    }

    fn stats(&self) -> StatsReport {
        let backlogs = self.sessions.iter().map(|(id, _)| self.fanout.backlog(id));
        let (queued, queued_readers) =
            backlogs.filter(|bytes| *bytes > 0).fold((0, 0), |(all, count), bytes| (all + bytes, count + 1));
        StatsReport {
            metrics: self.metrics.clone(),
            connections: self.sessions.len(),
            leaving: self.sessions.iter().filter(|(_, session)| session.is_closing()).count(),
            members: self.chat.count(),
            bots: self.hosts.bot_members().count(),
            rooms: self.chat.rooms().count(),
            durability: Durability {
                degraded: self.gate.degraded().map(str::to_owned),
                is_persistent: self.operators.is_persistent(),
                in_flight: self.gate.in_flight(),
            },
            queued,
            queued_readers,
            held: self.fanout.queued_bytes(),
            replays: self.fanout.replay_backlog(),
            unfinished: self.sessions.unfinished_bytes(),
        }
    }

    fn remove_connection(&mut self, id: SessionId, reason: &str, now: Instant) {
        self.remove(id, Removal::Operator(reason.into()), now);
        self.run_effects(now);
    }

    fn remove_named(&mut self, name: &str, reason: &str, now: Instant) -> Option<Name> {
        let member = *self.chat.find_alike(name).first()?;
        let name = self.chat.who(member).name.clone();
        self.remove_member(member, &Removal::Operator(reason.into()), now);
        Some(name)
    }

    fn ban(
        &mut self,
        order: chat::SanctionRequest<Target>,
        now: Instant,
    ) -> Result<(Ban, Vec<IpAddr>), NotBanned> {
        if self.chat.find(&order.shown).is_some_and(|member| self.hosts.is_bot(member)) {
            return Err(NotBanned::HostedBot);
        }
        let (target, wall) = (order.whom.clone(), self.wall(now));
        let ban = self.chat.bans.ban(order, wall).map_err(NotBanned::Full)?.clone();
        self.operators.measured();
        info!("{}", ban.sentence(&format!("{} is banned", ban.whom), wall));
        let covered = self.covered(&target, &ban);
        let reason: Rc<str> = ban.sentence("being banned", wall).into();
        for (id, _) in &covered {
            self.remove(*id, Removal::Operator(reason.clone()), now);
        }
        Ok((ban, covered.into_iter().map(|(_, address)| address).collect()))
    }

    fn unban(&mut self, target: &Target, shown: &str, now: Instant) -> Result<Ban, Vec<String>> {
        self.operators.measured();
        self.chat.bans.unban(target, shown, self.wall(now))
    }

    fn mute(
        &mut self,
        order: chat::SanctionRequest<NameKey>,
        now: Instant,
    ) -> Result<(Mute, Vec<Name>), Full> {
        let wall = self.wall(now);
        let mute = self.chat.mutes.mute(order, wall)?.clone();
        self.operators.measured();
        info!("{}", mute.sentence(&format!("{} is muted", mute.whom), wall));
        let told = |name: &Name| Event::refused(Refusal::Muted(mute.told(name, "muted", "", wall)));
        let present = self.tell_alike(&mute.whom, told, now);
        Ok((mute, present))
    }

    fn unmute(&mut self, name: &str, now: Instant) -> Result<Mute, Vec<String>> {
        self.operators.measured();
        let mute = self.chat.mutes.unmute(name, self.wall(now))?;
        self.tell_alike(&mute.whom, |_| Event::Notice(Notice::Unmuted), now);
        Ok(mute)
    }

    fn say(&mut self, room: RoomId, text: &str, now: Instant) -> usize {
        self.chat.propose_host_message(room, text);
        self.run_effects(now);
        self.chat.room(room).map_or(0, Room::count)
    }

    fn order(&mut self, room: RoomId, order: HostCommand<'_>, now: Instant) -> Result<String, String> {
        let answer = self.order_host(room, order, now)?;
        // What is ordered of a bot replaces what was, however it was spelled then.
        let bot = match order {
            HostCommand::StartBot(name) | HostCommand::StopBot(name) => self.hosts.find_bot(Some(room), name),
            _ => None,
        };
        let order = match (order, &bot) {
            (HostCommand::StartBot(_), Some((_, name, _))) => HostCommand::StartBot(name),
            (HostCommand::StopBot(_), Some((_, name, _))) => HostCommand::StopBot(name),
            (other, _) => other,
        };
        if let Some(room) = self.chat.room(room) {
            self.operators.ordered(room.name(), order);
        }
        Ok(answer)
    }

    fn open_room(&mut self, name: &str, kind: &'static RoomKind, now: Instant) -> Result<(), NotOpened> {
        Hub::open_room(self, name, kind, now)?;
        self.operators.opened(name, kind);
        Ok(())
    }

    fn close_room(&mut self, room: RoomId, now: Instant) {
        let name = self.chat.room(room).map(|room| room.name().to_owned());
        Hub::close_room(self, room, now);
        name.inspect(|name| self.operators.closed(name));
    }

    fn export(&mut self, room: &str, after: Option<(StreamId, u64)>, now: Instant) -> Ticket {
        let ticket = self.queries.page(room, after);
        self.operator_answers.wait(ticket, now);
        ticket
    }

    fn forget(&mut self, key: NameKey, now: Instant) -> Ticket {
        self.chat.forget(&key);
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

impl Hub {
    /// The connections that a ban covers, and their addresses.
    fn covered(&self, target: &Target, ban: &Ban) -> Vec<(SessionId, IpAddr)> {
        let likeness = Likeness::of(&ban.whom);
        let is_covered = |session: &Session| match target {
            Target::Network(network) => network.contains(session.peer.ip()),
            Target::Name(name) => session.member().is_some_and(|member| {
                let held = &self.chat.who(member).name;
                held.key() == *name || Likeness::of(held.as_str()).is_like(&likeness)
            }),
        };
        let sessions =
            self.sessions.iter().filter(|(_, session)| !session.is_closing() && is_covered(session));
        sessions.map(|(id, session)| (id, session.peer.ip())).collect()
    }

    /// Tells all whose names look like this one something. Returns their names.
    fn tell_alike(&mut self, name: &str, event: impl Fn(&Name) -> Event, now: Instant) -> Vec<Name> {
        let alike: Vec<MemberId> = self.chat.find_alike(name);
        let names: Vec<Name> = alike.iter().map(|member| self.chat.who(*member).name.clone()).collect();
        for (member, name) in alike.iter().zip(&names) {
            self.chat.tell(*member, event(name));
        }
        self.run_effects(now);
        names
    }
}
