//! The rules of the chat: members, rooms, permissions and routing.
//!
//! Requests go in, and [`Chat::poll_effect`] gives the effects. A message is only proposed at first: the sequencer
//! orders the proposals, and [`Chat::apply`] takes them in that order. There are no dialects, bytes, sockets, clocks
//! or hosts here.

mod amend;
mod command;
mod gone;
mod handover;
mod history;
mod ignores;
mod lookup;
mod members;
mod moderation;
mod monitors;
mod opened_rooms;
mod operators;
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
mod rooms_meant;
mod say;
mod shared;
mod since;
mod visits;

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::SystemTime;

use slab::Slab;
use smallvec::SmallVec;

use crate::base::confusables::Confusable;
use crate::base::limits::{MEMBER_BYTES, OPENED_HISTORY_BYTES, OPENED_HISTORY_MESSAGES};
use crate::base::name::{Name, NameKey};
use crate::base::name_index::NameIndex;
use crate::base::source::Source;
use crate::chat::gone::Gone;
use crate::chat::ignores::Ignores;
use crate::chat::monitors::Monitors;
use crate::chat::own_messages::OwnMessages;
use crate::chat::private::{Conversations, Correspondence, RecipientsOfSources};
use crate::chat::read_positions::ReadPositions;
use crate::proto::{
    Event, Excerpt, HistoryQuery, LogEntry, Malformed, MemberId, MemberInfo, Misuse, OpenRequest,
    OperatorRefusal, Parting, PrivateQuery, Refusal, ReplayLimit, Request, RoomEvent, RoomId, TypingState,
    Whois,
};

pub use command::{is_exit, waits_for_replies};
pub use handover::Belongings;
pub use history::{History, HistoryLimits};
pub use moderation::{
    Ban, Bans, Full, Mute, Mutes, Network, Sanction, SanctionRequest, Target, parse_address, parse_ban,
    parse_mute, parse_muted, parse_reason, parse_target,
};
pub use opened_rooms::ROOM_COMMANDS;
pub use private::PrivateBody;
use replay::HeardRooms;
pub use replay::ReplayRequest;
pub use room::{Publication, Room, RoomTraits};
pub use room_roles::{RoomRoles, RoomSettings};
use rooms::Rooms;
pub use say::Proposal;
pub use shared::Step;

/// Where a member is typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypingPlace {
    /// In a room.
    Room(RoomId),
    /// In its conversation with this member.
    With(MemberId),
}

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
    /// The member, an operator of the server, gives this command.
    Operate(MemberId, String),
    /// The member, an operator of the server, says something to all of them.
    Wallops(MemberId),
    /// A room's topic, privacy or roles changed.
    RoomChanged(RoomId),
    /// Tell the members of these rooms, but for some, an event that has no place in their order: each member once.
    Announce(Vec<RoomId>, Vec<MemberId>, Event),
    /// The member is typing.
    Typing(MemberId, TypingPlace, TypingState),
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
    /// [`ROOMS_PER_PROGRAM`](crate::base::limits::ROOMS_PER_PROGRAM).
    Several,
    /// No limit.
    All,
}

/// A member.
#[derive(Debug)]
struct Member {
    who: MemberInfo,
    confusable: Confusable,
    room_limit: RoomLimit,
    replay: ReplayLimit,
    /// In the order in which they were joined.
    rooms: SmallVec<[RoomId; 2]>,
    /// It has joined no room yet.
    is_new: bool,
    /// Where it is connected from. `None`: it lives in the server.
    source: Option<Source>,
    /// Where it first came from, if it has resumed its session since: rooms recognize it by that.
    origin: Option<Source>,
    /// Its program can tell private messages from those of a room.
    takes_private: bool,
    private: Correspondence,
    /// What it may still erase or edit.
    own: OwnMessages,
    /// Its name is known to all servers that share rooms.
    is_known: bool,
    /// How it takes part.
    habits: Habits,
    /// `None`: nothing of that, as most members.
    uncommon: Option<Box<Uncommon>>,
}

const _: () = assert!(size_of::<Member>() <= MEMBER_BYTES);

/// What few members have.
#[derive(Debug, Default)]
struct Uncommon {
    /// Only of a member that is in one room at a time: others know themselves what they have heard.
    heard: HeardRooms,
    /// What it said when it went away, possibly nothing. `None`: it is here.
    away: Option<Rc<str>>,
    /// What it calls itself beside its name. `None`: nothing.
    real_name: Option<Rc<str>>,
    /// The server that it is connected to. `None`: this one.
    node: Option<Rc<str>>,
    /// It has left, and is gone when all servers have heard that.
    is_leaving: bool,
    /// The name under which it operates the server. `None`: it does not.
    operator: Option<Rc<str>>,
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
    /// How many there were at most at a time.
    most: usize,
    gone: Gone,
    names: NameIndex<MemberId>,
    rooms: Rooms,
    people_open_rooms: bool,
    limits: HistoryLimits,
    read: ReadPositions,
    /// Shared rooms take nothing now.
    is_cut_off: bool,
    conversations: Conversations,
    recipients_of_sources: RecipientsOfSources,
    ignores: Ignores,
    monitors: Monitors,
    /// The names under which members may operate the server.
    operator_names: Vec<Rc<str>>,
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
            most: 0,
            gone: Gone::default(),
            names: NameIndex::default(),
            rooms: Rooms::default(),
            people_open_rooms: true,
            limits,
            read: ReadPositions::default(),
            is_cut_off: false,
            conversations: Conversations::default(),
            recipients_of_sources: RecipientsOfSources::default(),
            ignores: Ignores::default(),
            monitors: Monitors::default(),
            operator_names: Vec::new(),
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
        for (_, member) in &mut self.members {
            if let Some(uncommon) = &mut member.uncommon {
                uncommon.heard.close(id);
            }
        }
        for member in room.present() {
            self.members[member.0].rooms.retain(|other| *other != id);
            self.effects.push_back(Effect::Unsubscribe(member, id));
            self.tell(member, Event::Parted { room: room.room_name(), why: Parting::Closed });
        }
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
                self.write_on_privately(by, &to, PrivateBody { text, is_notice }, time);
            }
            Request::Tell { to, text, is_ongoing: false, is_notice } => {
                self.write_privately(by, &to, PrivateBody { text, is_notice }, time);
            }
            Request::Command { room, name, rest } => {
                let room = room.as_deref();
                command::run(self, &name, &command::Call { by, room, rest: &rest, time });
            }
            // Whoever knows the passwords handles it before.
            Request::Oper { .. } => self.refuse_operator(by, OperatorRefusal::NobodyCanBe),
            Request::Program(request) => self.program_request(by, request, time),
            Request::SayTooLong => self.refuse(by, Refusal::TooLong),
            Request::SayTooManyLines => self.refuse(by, Refusal::TooManyLines),
            Request::Malformed(why) => self.refuse(by, Refusal::Malformed(Malformed::Message(why))),
            Request::Hello { .. } => self.refuse(by, Refusal::Malformed(Malformed::SecondHello)),
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

    /// All open rooms.
    pub fn rooms(&self) -> impl Iterator<Item = (RoomId, &Room)> {
        self.rooms.iter().map(|room| (room.id(), room))
    }

    /// A room, if it is open.
    pub fn room(&self, id: RoomId) -> Option<&Room> {
        self.rooms.get(id)
    }

    fn room_mut(&mut self, id: RoomId) -> Option<&mut Room> {
        self.rooms.get_mut(id)
    }
}
