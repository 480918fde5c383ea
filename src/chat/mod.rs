//! The rules of the chat: members, rooms, permissions and routing.
//!
//! Requests go in, and [`Chat::poll_effect`] gives the effects. A message is only proposed at first: the sequencer
//! orders the proposals, and [`Chat::apply`] takes them in that order. There are no dialects, bytes, sockets, clocks
//! or hosts here.

mod amend;
mod command;
mod handover;
mod history;
mod ignores;
mod lookup;
mod moderation;
mod monitors;
mod opened_rooms;
mod own_messages;
mod presence;
mod private;
mod program;
mod read_positions;
mod rename;
mod replay;
mod room;
mod room_roles;
mod rooms;
mod say;
mod shared;
mod since;

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::SystemTime;

use slab::Slab;

use crate::base::confusables::Confusable;
use crate::base::limits::{
    OPENED_HISTORY_BYTES, OPENED_HISTORY_MESSAGES, ROOMS_NAMED, ROOMS_PER_IRC_CLIENT, ROOMS_PER_PROGRAM,
};
use crate::base::name::{Name, NameKey, is_too_long};
use crate::base::name_index::NameIndex;
use crate::base::nearest::nearest;
use crate::chat::ignores::Ignores;
use crate::chat::monitors::Monitors;
use crate::chat::own_messages::OwnMessages;
use crate::chat::private::{Conversations, Correspondence, Letter, RecipientsOfAddresses};
use crate::chat::read_positions::ReadPositions;
use crate::proto::{
    Event, Excerpt, HistoryQuery, LogEntry, Malformed, MemberId, MemberInfo, Misuse, NameTaken, OpenRequest,
    Parting, PrivateQuery, Refusal, Removal, ReplayLimit, Request, RoomEvent, RoomId, UnknownRoom, Whois,
};

pub use command::{is_exit, waits_for_replies};
pub use handover::Belongings;
pub use history::{History, HistoryLimits};
pub use moderation::{
    Ban, Bans, Full, Mute, Mutes, Network, Sanction, SanctionRequest, Target, parse_address, parse_ban,
    parse_mute, parse_muted, parse_reason, parse_target,
};
pub use opened_rooms::ROOM_COMMANDS;
pub use replay::ReplayRequest;
pub use room::{Publication, Room, RoomTraits};
pub use room_roles::{RoomRoles, RoomSettings};
use rooms::Rooms;
pub use say::Proposal;
pub use shared::Step;

/// An effect of the rules. After each call that may change something, poll until there are no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send an event to one member.
    Tell(MemberId, Event),
    /// Order this proposal, then pass it to [`Chat::apply`].
    Propose(Proposal),
    /// Broadcast to a room.
    Publish(Publication),
    /// The member receives the room's broadcasts from now on.
    Subscribe(MemberId, RoomId),
    /// The member receives no more broadcasts of the room. Events sent before still reach it.
    Unsubscribe(MemberId, RoomId),
    /// Send the member this excerpt of the room's history, at the speed at which it reads.
    Replay(MemberId, RoomId, Excerpt),
    /// Run a history query for the member. A heading precedes the results.
    QueryHistory(MemberId, RoomId, HistoryQuery),
    /// Run a query for private messages for the member. A heading precedes the results.
    QueryPrivate(MemberId, PrivateQuery),
    /// Tell the first member who the second is, with the facts of its connection.
    Whois(MemberId, MemberId, Whois),
    /// The member asks for this name, which may be invalid. Pass it to [`Chat::rename`], or to [`Chat::refuse_name`] with the
    /// reason.
    ClaimName(MemberId, String),
    /// A muted member has another name, and this mute covers it.
    MuteFollowed(Mute),
    /// The member had the first name, and has the second one from now on.
    Renamed(MemberId, Name, Name),
    /// Open a room for the member. Checked already: the name is free, and there is a place.
    Open(MemberId, OpenRequest),
    /// A room's topic, privacy or roles changed.
    RoomChanged(RoomId),
    /// Tell the members of these rooms, but for some, an event that has no place in their order: each member once.
    Announce(Vec<RoomId>, Vec<MemberId>, Event),
    /// The member is typing in a room.
    Typing(MemberId, RoomId),
    /// Propose this to all servers that share rooms.
    Share(Step),
    /// The member that had this name is unregistered. Events sent before still reach it.
    Unregistered(MemberId, Name),
}

/// How many rooms a member may be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomLimit {
    /// One: joining another room leaves the current one.
    One,
    /// [`ROOMS_PER_PROGRAM`].
    Several,
    /// No limit.
    All,
}

#[derive(Debug)]
struct Member {
    who: MemberInfo,
    confusable: Confusable,
    room_limit: RoomLimit,
    replay: ReplayLimit,
    /// In the order in which they were joined.
    rooms: Vec<RoomId>,
    /// It has joined no room yet.
    is_new: bool,
    /// Where it comes from. `None`: it lives in the server.
    origin: Option<Rc<str>>,
    /// The address whose members are limited together. `None`: those at its address are not.
    address: Option<Rc<str>>,
    /// Its program can tell private messages from those of a room.
    takes_private: bool,
    private: Correspondence,
    /// What it may still erase or edit.
    own: OwnMessages,
    /// What it said when it went away, possibly nothing. `None`: it is here.
    away: Option<Rc<str>>,
    /// Its name is known to all servers that share rooms.
    is_known: bool,
    /// The server that it is connected to. `None`: this one.
    node: Option<Rc<str>>,
    /// How it takes part.
    habits: Habits,
}

/// What the client of a member is used to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    /// It is told who is in a room when it joins.
    pub wants_roster: bool,
    /// It may be in more rooms than other clients.
    pub has_many_rooms: bool,
}

/// All members and rooms.
#[derive(Debug)]
pub struct Chat {
    members: Slab<Member>,
    /// How many members there were.
    registered: u64,
    names: NameIndex<MemberId>,
    rooms: Rooms,
    people_open_rooms: bool,
    limits: HistoryLimits,
    read: ReadPositions,
    conversations: Conversations,
    recipients_of_addresses: RecipientsOfAddresses,
    ignores: Ignores,
    monitors: Monitors,
    /// Names and addresses that may not join.
    pub bans: Bans,
    /// Names that may not speak.
    pub mutes: Mutes,
    effects: VecDeque<Effect>,
}

impl Chat {
    /// A chat without members and rooms. Each room keeps a history of this size.
    pub fn new(limits: HistoryLimits) -> Chat {
        Chat {
            members: Slab::new(),
            registered: 0,
            names: NameIndex::default(),
            rooms: Rooms::default(),
            people_open_rooms: true,
            limits,
            read: ReadPositions::default(),
            conversations: Conversations::default(),
            recipients_of_addresses: RecipientsOfAddresses::default(),
            ignores: Ignores::default(),
            monitors: Monitors::default(),
            bans: Bans::default(),
            mutes: Mutes::default(),
            effects: VecDeque::new(),
        }
    }

    /// Opens a room under an unused id. Its first event gets the id `next_id`.
    pub fn open(&mut self, id: RoomId, name: &str, traits: &'static RoomTraits, next_id: u64) {
        self.rooms.open(Room::new(id, name, traits, self.limits, next_id));
    }

    /// Opens a room for people. Its history is smaller, as there may be many.
    pub fn open_with_roles(
        &mut self,
        id: RoomId,
        name: &str,
        traits: &'static RoomTraits,
        roles: RoomRoles,
        next_id: u64,
    ) {
        let HistoryLimits { messages, bytes } = self.limits;
        let limits = HistoryLimits {
            messages: messages.min(OPENED_HISTORY_MESSAGES),
            bytes: bytes.min(OPENED_HISTORY_BYTES),
        };
        let mut room = Room::new(id, name, traits, limits, next_id);
        room.set_roles(roles);
        self.rooms.open(room);
    }

    /// Adds a stored message to the history of a room that was just opened.
    pub fn remember(&mut self, id: RoomId, entry: &LogEntry) {
        if let Some(room) = self.room_mut(id) {
            room.remember(entry);
        }
    }

    /// Records that stored messages below an id were not added to the history of a room that was just opened.
    pub fn set_incomplete_below(&mut self, room: RoomId, id: u64) {
        if let Some(room) = self.room_mut(room) {
            room.set_incomplete_below(id);
        }
    }

    /// Closes a room and tells its members. No leaves are announced, as everybody leaves at once.
    pub fn close(&mut self, id: RoomId) {
        let Some(room) = self.rooms.close(id) else { return };
        self.read.close(id);
        for member in room.present() {
            self.members[member.0].rooms.retain(|other| *other != id);
            self.effects.push_back(Effect::Unsubscribe(member, id));
            self.tell(member, Event::Parted { room: room.room_name(), why: Parting::Closed });
        }
    }

    /// Registers a member, which hears this much of the history when it joins a room. Refused if another member has this name
    /// or one that is confusable with it. `takes_private`: its program can tell private messages from those of a room.
    pub fn register(
        &mut self,
        who: MemberInfo,
        room_limit: RoomLimit,
        replay: ReplayLimit,
        takes_private: bool,
    ) -> Result<MemberId, NameTaken> {
        let confusable = Confusable::of(who.name.as_str());
        if let Some(other) = self.names.find_confusable(&confusable).first() {
            return Err(self.taken_by(*other, who.name));
        }
        self.registered += 1;
        let id = MemberId(self.members.insert(Member {
            who,
            confusable,
            room_limit,
            replay,
            rooms: Vec::with_capacity(1),
            is_new: true,
            origin: None,
            address: None,
            takes_private,
            private: Correspondence::new(self.registered),
            own: OwnMessages::default(),
            away: None,
            is_known: false,
            node: None,
            habits: Habits::default(),
        }));
        self.names.add(&self.members[id.0].confusable, id);
        self.tell_of_coming(&self.who(id).name.clone());
        Ok(id)
    }

    /// Runs a member's request, or refuses it.
    pub fn request(&mut self, by: MemberId, request: Request, time: SystemTime) {
        match request {
            Request::Join { room, replay } => match self.room_named(by, room.as_deref()) {
                Ok(room) => {
                    let replay = replay.map_or(ReplayRequest::Usual, ReplayRequest::Limited);
                    self.join(by, room, replay, time);
                }
                Err(why) => self.refuse_entry(by, why),
            },
            Request::Leave { room } => match self.joined_room(by, room.as_deref()) {
                Ok(room) => self.leave_room(by, room, time),
                Err(why) => self.refuse(by, why),
            },
            Request::Say { room, text } => match self.joined_room(by, room.as_deref()) {
                Ok(room) => {
                    let event = RoomEvent::Said { who: self.who(by).clone(), text: text.into() };
                    self.say(by, room, event, time);
                }
                Err(why) => self.refuse(by, why),
            },
            Request::Tell { to, text, is_ongoing: true, is_notice } => {
                self.write_on_privately(by, &to, Letter { text, is_notice }, time);
            }
            Request::Tell { to, text, is_ongoing: false, is_notice } => {
                self.write_privately(by, &to, Letter { text, is_notice }, time);
            }
            Request::Command { room, name, rest } => {
                let room = room.as_deref();
                command::run(self, &name, &command::Call { by, room, rest: &rest, time });
            }
            Request::Program(request) => self.program_request(by, request, time),
            Request::SayTooLong => self.refuse(by, Refusal::TooLong),
            Request::SayTooManyLines => self.refuse(by, Refusal::TooManyLines),
            Request::Malformed(why) => self.refuse(by, Refusal::Malformed(Malformed::Message(why))),
            Request::Hello { .. } => self.refuse(by, Refusal::Malformed(Malformed::SecondHello)),
        }
    }

    /// Unregisters a member that leaves.
    pub fn leave(&mut self, id: MemberId, time: SystemTime) {
        self.begin_leaving(id, None, time);
    }

    /// Removes a member. It and its rooms are told why.
    pub fn remove(&mut self, id: MemberId, why: &Removal, time: SystemTime) {
        self.tell(id, Event::Removed(why.clone()));
        self.begin_leaving(id, Some(why), time);
    }

    /// Unregisters a member; one that other servers know is gone when all hear that.
    fn begin_leaving(&mut self, id: MemberId, why: Option<&Removal>, time: SystemTime) {
        if self.is_known(id) {
            self.effects.push_back(Effect::Share(Step::Leave(id, why.cloned())));
        } else {
            self.unregister(id, why, time);
        }
    }

    /// Takes a member out of a room, if it is there, and tells it why.
    pub fn part(&mut self, id: MemberId, room: RoomId, why: Parting, time: SystemTime) {
        if self.is_shared(room) {
            if self.rooms_of(id).contains(&room) {
                self.effects.push_back(Effect::Share(Step::Part(id, room, why)));
            }
            return;
        }
        if let Some(name) = self.room(room).map(Room::room_name)
            && self.exit(id, room, None, time)
        {
            self.tell(id, Event::Parted { room: name, why });
        }
    }

    /// From now on `listeners` receive only the messages of `speaker` in this room, and their own.
    pub fn set_speaker_filter(&mut self, room: RoomId, listeners: Vec<MemberId>, speaker: Option<MemberId>) {
        if let Some(room) = self.room_mut(room) {
            room.set_speaker_filter(listeners, speaker);
        }
    }

    /// Removes the messages of this author from all histories, and its private ones: all that was written under this name. So
    /// are the topics that it set.
    pub fn forget(&mut self, key: &NameKey) {
        self.conversations.erase(key);
        for (_, member) in self.members.iter_mut().filter(|(_, member)| member.who.name.key() == *key) {
            member.own = OwnMessages::default();
        }
        for room in self.rooms.iter_mut() {
            if room.forget(key) {
                self.effects.push_back(Effect::RoomChanged(room.id()));
            }
        }
    }

    /// Sends an event to one member.
    pub fn tell(&mut self, id: MemberId, event: Event) {
        self.effects.push_back(Effect::Tell(id, event));
    }

    /// Sends a refusal to one member.
    pub fn refuse(&mut self, id: MemberId, why: Refusal) {
        self.tell(id, Event::refused(why));
    }

    /// Refuses a member's command.
    pub fn refuse_command(&mut self, id: MemberId, why: Misuse) {
        self.refuse(id, Refusal::Command(why));
    }

    /// The next effect, in order.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// A member as the others see it.
    pub fn who(&self, id: MemberId) -> &MemberInfo {
        &self.members[id.0].who
    }

    /// The member with this name, in any case.
    pub fn find(&self, text: &str) -> Option<MemberId> {
        self.names.find(text)
    }

    /// The member with this name. If there is none, members whose names are confusable with it,
    /// [`CONFUSABLES_FOUND`](crate::base::limits::CONFUSABLES_FOUND) at most.
    pub fn find_confusable(&self, text: &str) -> Vec<MemberId> {
        self.names.find_confusable(&Confusable::of(text))
    }

    /// Whether this is one of the room's own commands and others notice its effect. A muted member may not use such
    /// commands.
    pub fn affects_others(&self, room: RoomId, command: &str) -> bool {
        let commands = self.room(room).map_or(&[][..], |room| room.traits().commands);
        let is_it =
            |usage: &str| usage.strip_prefix('/').is_some_and(|name| name.eq_ignore_ascii_case(command));
        commands.iter().any(|(usage, _)| is_it(usage.split(' ').next().unwrap_or_default()))
            && !self.room(room).is_some_and(|room| room.traits().quiet.iter().any(|quiet| is_it(quiet)))
    }

    /// The refusal for a muted member. `None`: it is not muted. `consequence` continues the sentence: `, and that was not
    /// said`.
    pub fn muted(&self, by: MemberId, consequence: &str, time: SystemTime) -> Option<Refusal> {
        let Member { who, confusable, .. } = &self.members[by.0];
        let mute = self.mutes.verdict(confusable, time)?;
        Some(Refusal::Muted(mute.describe_to(&who.name, "muted", consequence, time)))
    }

    /// The number of members, in all rooms and in none.
    pub fn count(&self) -> usize {
        self.members.len()
    }

    /// The rooms of a member, the one joined last at the end.
    pub fn rooms_of(&self, id: MemberId) -> &[RoomId] {
        &self.members[id.0].rooms
    }

    /// All open rooms.
    pub fn rooms(&self) -> impl Iterator<Item = (RoomId, &Room)> {
        self.rooms.iter().map(|room| (room.id(), room))
    }

    /// A room, if it is open.
    pub fn room(&self, id: RoomId) -> Option<&Room> {
        self.rooms.get(id)
    }

    /// The room with this name, in any case.
    pub fn find_room(&self, text: &str) -> Option<RoomId> {
        self.rooms.find(text)
    }

    /// Resolves the room of a request: the named one, or the one that the member joined last. Refused if the member
    /// is not in it.
    pub fn joined_room(&self, by: MemberId, name: Option<&str>) -> Result<RoomId, Refusal> {
        let Some(name) = name else {
            return self.rooms_of(by).last().copied().ok_or(Refusal::NotJoined(None));
        };
        let id = self.room_named(by, Some(name))?;
        if self.rooms_of(by).contains(&id) {
            return Ok(id);
        }
        Err(Refusal::NotJoined(self.room(id).map(Room::room_name)))
    }

    /// The first room, to which everybody comes: one of the server's.
    pub fn first_room(&self) -> Option<RoomId> {
        self.rooms.iter().find(|room| room.roles().is_none()).map(Room::id)
    }

    /// The room with this name, or the first room if there is no name. Rooms that a member may not see are unknown to it.
    fn room_named(&self, by: MemberId, name: Option<&str>) -> Result<RoomId, Refusal> {
        let Some(name) = name else {
            return self.first_room().ok_or(Refusal::UnknownRoom(UnknownRoom::NoneOpen));
        };
        let is_short = !is_too_long(name);
        let found = is_short.then(|| self.find_room(name)).flatten().and_then(|id| self.room(id));
        match found {
            Some(room) if self.may_see(by, room) => Ok(room.id()),
            _ => Err(Refusal::UnknownRoom(self.unknown_room(by, name, is_short))),
        }
    }

    fn unknown_room(&self, by: MemberId, name: &str, is_short: bool) -> UnknownRoom {
        let mut rooms: Vec<Rc<str>> =
            self.rooms.iter().filter(|room| self.may_see(by, room)).map(Room::room_name).collect();
        let are_all = rooms.len() <= ROOMS_NAMED;
        if !are_all {
            rooms = nearest(name, rooms.iter().map(|room| &**room)).into_iter().map(Rc::from).collect();
        }
        UnknownRoom::Named { name: is_short.then(|| name.to_owned()), rooms, are_all, may_open: false }
    }

    /// Refuses a member that asked to enter a room. If there is none of that name, it may open one.
    fn refuse_entry(&mut self, by: MemberId, mut why: Refusal) {
        if let Refusal::UnknownRoom(UnknownRoom::Named { name: Some(name), may_open, .. }) = &mut why {
            *may_open = self.people_open_rooms && Name::parse(name).is_ok();
        }
        self.refuse(by, why);
    }

    fn room_mut(&mut self, id: RoomId) -> Option<&mut Room> {
        self.rooms.get_mut(id)
    }

    /// Adds a member to a room, announces it and starts the replay.
    fn join(&mut self, id: MemberId, to: RoomId, replay: ReplayRequest, time: SystemTime) {
        let Some(room) = self.room(to) else { return };
        if room.holds(id) {
            let name = room.room_name();
            return self.refuse_command(id, Misuse::AlreadyIn(name));
        }
        if self.is_in_too_many(id, self.rooms_of(id).len()) {
            return self.refuse(id, Refusal::TooManyRooms);
        }
        if self.members[id.0].room_limit == RoomLimit::One {
            for from in self.rooms_of(id).to_vec() {
                self.leave_room(id, from, time);
            }
        }
        if self.is_shared(to) {
            return self.effects.push_back(Effect::Share(Step::Join(id, to, replay)));
        }
        self.enter(id, to, replay, time);
    }

    fn enter(&mut self, id: MemberId, to: RoomId, replay: ReplayRequest, time: SystemTime) {
        let who = self.who(id).clone();
        self.members[id.0].rooms.push(to);
        let members = &self.members;
        let Some(room) = self.rooms.get_mut(to) else { return };
        let joined = room.enter(id, &who, time);
        let (excerpt, extent) = room.excerpt(replay, members[id.0].replay, joined.entry.id, time);
        let name = room.room_name();
        let read = self.read.get(&who.name.key(), to);
        let welcome = room.welcome(id, read, extent, time, &|id| members[id.0].who.clone());
        self.effects.push_back(Effect::Publish(joined));
        if let Some(text) = self.away_text(id, time) {
            self.announce_away(id, vec![to], Some(text));
        }
        self.effects.push_back(Effect::Subscribe(id, to));
        self.tell(id, welcome);
        self.tell_roster(id, to, time);
        let is_first = std::mem::take(&mut self.members[id.0].is_new);
        self.tell(id, Event::ReplayStart { is_first, extent });
        self.effects.push_back(Effect::Replay(id, to, excerpt));
        self.tell(id, Event::ReplayEnd { room: name, is_empty: extent.replayed == 0 });
    }

    /// Sets what a member's client is used to.
    pub fn set_habits(&mut self, id: MemberId, habits: Habits) {
        self.members[id.0].habits = habits;
    }

    /// Whether a member that is in so many rooms may join no further one.
    fn is_in_too_many(&self, id: MemberId, rooms: usize) -> bool {
        let Member { room_limit, habits, .. } = &self.members[id.0];
        let most = if habits.has_many_rooms { ROOMS_PER_IRC_CLIENT } else { ROOMS_PER_PROGRAM };
        *room_limit == RoomLimit::Several && rooms >= most
    }

    fn leave_room(&mut self, id: MemberId, from: RoomId, time: SystemTime) {
        self.part(id, from, Parting::Left, time);
    }

    /// Takes a member out of a room. Returns whether it was there.
    fn exit(&mut self, id: MemberId, from: RoomId, removed_for: Option<Removal>, time: SystemTime) -> bool {
        self.step_out(id, from, removed_for, None, time)
    }

    /// The same. `of`: it leaves the chat, and with it so many rooms.
    fn step_out(
        &mut self,
        id: MemberId,
        from: RoomId,
        removed_for: Option<Removal>,
        of: Option<usize>,
        time: SystemTime,
    ) -> bool {
        let member = &mut self.members[id.0];
        let Some(at) = member.rooms.iter().position(|room| *room == from) else { return false };
        member.rooms.remove(at);
        self.effects.push_back(Effect::Unsubscribe(id, from));
        if let Some(room) = self.rooms.get_mut(from) {
            let mut left = room.exit(id, &self.members[id.0].who, removed_for, of.is_some(), time);
            left.is_in_several = of.is_some_and(|rooms| rooms > 1);
            self.effects.push_back(Effect::Publish(left));
        }
        true
    }

    fn unregister(&mut self, id: MemberId, removed_for: Option<&Removal>, time: SystemTime) {
        self.tell_partners_of_leaving(id);
        let rooms = self.rooms_of(id).to_vec();
        for room in &rooms {
            self.step_out(id, *room, removed_for.cloned(), Some(rooms.len()), time);
        }
        let Member { who, confusable, .. } = self.members.remove(id.0);
        self.names.remove(&confusable, id);
        self.conversations.drop_member(id);
        self.ignores.drop_member(id);
        self.monitors.clear(id);
        self.tell_of_going(&who.name);
        self.effects.push_back(Effect::Unregistered(id, who.name));
    }
}
