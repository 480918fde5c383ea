//! The rules of the chat: who is in, what each may do, and who hears of it.
//!
//! Requests go in, and what follows comes out of [`Chat::poll_effect`]. What is said is only proposed there: a log puts
//! proposals in order, and [`Chat::apply`] takes them in that order. There are no dialects, bytes, sockets or clocks here, and
//! no hosts.

mod command;
mod history;
mod moderation;
mod names;
mod program;
mod room;
mod say;
mod since;

use std::collections::VecDeque;
use std::ops::Range;
use std::time::SystemTime;

use slab::Slab;

use crate::base::likeness::Likeness;
use crate::base::limits::ROOMS_PER_PROGRAM;
use crate::base::name::{Name, NameKey, is_too_long};
use crate::chat::names::Names;
use crate::proto::{
    Event, HistoryQuery, LogEntry, Malformed, MemberId, Misuse, NameTaken, Parting, Refusal, Removal,
    Request, RoomEvent, RoomId, UnknownRoom, Who,
};

pub use command::{is_exit, waits_for_replies};
pub use history::{History, HistoryLimits};
pub use moderation::{
    Ban, Bans, Full, Mute, Mutes, Network, Sanction, SanctionRequest, Target, parse_address, parse_ban,
    parse_mute, parse_muted, parse_reason, parse_target,
};
pub use room::{Publication, Room, RoomTraits};
pub use say::Proposal;

/// What the rules come to. Take it after every call that may change something, until there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// This member alone is to hear this.
    Tell(MemberId, Event),
    /// This is to be put in order, and then applied ([`Chat::apply`]).
    Propose(Proposal),
    /// A room is to hear this.
    Publish(Publication),
    /// This member hears the room from now on.
    Subscribe(MemberId, RoomId),
    /// This member does not hear the room any more. Whatever it was told before still reaches it.
    Unsubscribe(MemberId, RoomId),
    /// This member is to hear what the room's history keeps of these ids, as fast as it takes it.
    Replay(MemberId, RoomId, Range<u64>),
    /// This member wants to be told again of what was said in the room, after a heading.
    QueryHistory(MemberId, RoomId, HistoryQuery),
    /// This one, who had this name, is no member any more. Whatever it was told before still reaches it.
    Unregistered(MemberId, Name),
}

/// In how many rooms a member may be at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomLimit {
    /// In one: joining another means leaving the one before.
    One,
    /// In several: [`ROOMS_PER_PROGRAM`].
    Several,
    /// In all.
    All,
}

#[derive(Debug)]
struct Member {
    who: Who,
    likeness: Likeness,
    room_limit: RoomLimit,
    /// Where it is; the room that it joined last is the last.
    rooms: Vec<RoomId>,
    /// It has been in no room yet.
    is_new: bool,
}

/// Who is known by name, and the rooms.
#[derive(Debug)]
pub struct Chat {
    members: Slab<Member>,
    names: Names,
    rooms: Vec<Option<Room>>,
    limits: HistoryLimits,
    /// Who may not come in.
    pub bans: Bans,
    /// Who may not speak.
    pub mutes: Mutes,
    effects: VecDeque<Effect>,
}

impl Chat {
    /// No rooms and nobody. Of each room so much will be kept.
    pub fn new(limits: HistoryLimits) -> Chat {
        Chat {
            members: Slab::new(),
            names: Names::default(),
            rooms: Vec::new(),
            limits,
            bans: Bans::default(),
            mutes: Mutes::default(),
            effects: VecDeque::new(),
        }
    }

    /// Opens a room, as the one with this id, which no other room has. Its first news has the id `next_id`.
    pub fn open(&mut self, id: RoomId, name: &str, traits: &'static RoomTraits, next_id: u64) {
        if self.rooms.len() <= id.0 {
            self.rooms.resize_with(id.0 + 1, || None);
        }
        self.rooms[id.0] = Some(Room::new(id, name, traits, self.limits, next_id));
    }

    /// A room's history knows of something that was said before the room was opened.
    pub fn remember(&mut self, id: RoomId, entry: &LogEntry) {
        if let Some(room) = self.room_mut(id) {
            room.remember(entry);
        }
    }

    /// Closes a room. Whoever is in it is told, and is in it no longer. That all the others leave too is no news to anybody.
    pub fn close(&mut self, id: RoomId) {
        let Some(room) = self.rooms.get_mut(id.0).and_then(Option::take) else { return };
        for member in room.present() {
            self.members[member.0].rooms.retain(|other| *other != id);
            self.effects.push_back(Effect::Unsubscribe(member, id));
            self.tell(member, Event::Parted { room: room.room_name(), why: Parting::Closed });
        }
    }

    /// Makes somebody known by a name, which nobody else has then, and which looks like nobody else's.
    pub fn register(&mut self, who: Who, room_limit: RoomLimit) -> Result<MemberId, NameTaken> {
        let likeness = Likeness::of(who.name.as_str());
        if let Some(other) = self.names.find_alike(&likeness).first() {
            let other = self.who(*other).name.clone();
            let is_same = other.key() == who.name.key();
            return Err(if is_same {
                NameTaken::Same { name: who.name, is_probed: false }
            } else {
                NameTaken::Alike(who.name, other)
            });
        }
        let id = MemberId(self.members.insert(Member {
            who,
            likeness,
            room_limit,
            rooms: Vec::with_capacity(1),
            is_new: true,
        }));
        self.names.add(&self.members[id.0].likeness, id);
        Ok(id)
    }

    /// Does what a member asks at this time, or tells it why not.
    pub fn request(&mut self, by: MemberId, request: Request, time: SystemTime) {
        match request {
            Request::Join { room } => match self.room_named(room.as_deref()) {
                Ok(room) => self.join(by, room, None, time),
                Err(why) => self.refuse(by, why),
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
            Request::Command { room, name, rest } => {
                let room = room.as_deref();
                command::run(self, &name, &command::Call { by, room, rest: &rest, time });
            }
            Request::Program(request) => self.program_request(by, request, time),
            Request::SayTooLong => self.refuse(by, Refusal::TooLong),
            Request::Malformed(why) => self.refuse(by, Refusal::Malformed(Malformed::Message(why))),
            Request::Hello { .. } => self.refuse(by, Refusal::Malformed(Malformed::SecondHello)),
        }
    }

    /// A member goes for good.
    pub fn leave(&mut self, id: MemberId, time: SystemTime) {
        self.unregister(id, None, time);
    }

    /// The host removes a member. It is told why, and so are its rooms.
    pub fn remove(&mut self, id: MemberId, why: &Removal, time: SystemTime) {
        self.tell(id, Event::Removed(why.clone()));
        self.unregister(id, Some(why), time);
    }

    /// A member is in a room no longer, if it was. It is told so, and why.
    pub fn part(&mut self, id: MemberId, room: RoomId, why: Parting, time: SystemTime) {
        if let Some(name) = self.room(room).map(Room::room_name)
            && self.exit(id, room, None, time)
        {
            self.tell(id, Event::Parted { room: name, why });
        }
    }

    /// From now on `listeners` hear of what is said in a room only what `speaker` says, and what they say themselves.
    pub fn set_speaker_filter(&mut self, room: RoomId, listeners: Vec<MemberId>, speaker: Option<MemberId>) {
        if let Some(room) = self.room_mut(room) {
            room.set_speaker_filter(listeners, speaker);
        }
    }

    /// No room knows any longer what somebody of this name said.
    pub fn forget(&mut self, key: &NameKey) {
        for room in self.rooms.iter_mut().flatten() {
            room.forget(key);
        }
    }

    /// Tells one member something.
    pub fn tell(&mut self, id: MemberId, event: Event) {
        self.effects.push_back(Effect::Tell(id, event));
    }

    /// Tells one member why something is not done.
    pub fn refuse(&mut self, id: MemberId, why: Refusal) {
        self.tell(id, Event::refused(why));
    }

    /// Tells one member what is wrong with its command.
    pub fn refuse_command(&mut self, id: MemberId, why: Misuse) {
        self.refuse(id, Refusal::Command(why));
    }

    /// What is to be done next, in order.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// How the others know a member.
    pub fn who(&self, id: MemberId) -> &Who {
        &self.members[id.0].who
    }

    /// The member whom `text` names, without regard to case.
    pub fn find(&self, text: &str) -> Option<MemberId> {
        self.names.find(text)
    }

    /// The member whom `text` names; if there is none, those whose names look like it, as far as anybody wants to know.
    pub fn find_alike(&self, text: &str) -> Vec<MemberId> {
        self.names.find_alike(&Likeness::of(text))
    }

    /// Whether a slash command is one of the room's own by which others hear something, or a game changes.
    pub fn affects_others(&self, room: RoomId, command: &str) -> bool {
        let commands = self.room(room).map_or(&[][..], |room| room.traits().commands);
        let is_it =
            |usage: &str| usage.strip_prefix('/').is_some_and(|name| name.eq_ignore_ascii_case(command));
        commands.iter().any(|(usage, _)| is_it(usage.split(' ').next().unwrap_or_default()))
            && !self.room(room).is_some_and(|room| room.traits().quiet.iter().any(|quiet| is_it(quiet)))
    }

    /// What a muted member is told that wanted something of which others would hear. `so` says what comes of it, as in `, and
    /// that was not said`.
    pub fn muted(&self, by: MemberId, so: &str, time: SystemTime) -> Option<Refusal> {
        let Member { who, likeness, .. } = &self.members[by.0];
        let mute = self.mutes.verdict(likeness, time)?;
        Some(Refusal::Muted(mute.told(&who.name, "muted", so, time)))
    }

    /// How many are known by name, wherever they are.
    pub fn count(&self) -> usize {
        self.members.len()
    }

    /// Where a member is, the room that it joined last at the end.
    pub fn rooms_of(&self, id: MemberId) -> &[RoomId] {
        &self.members[id.0].rooms
    }

    /// All rooms.
    pub fn rooms(&self) -> impl Iterator<Item = (RoomId, &Room)> {
        self.rooms.iter().enumerate().filter_map(|(id, room)| Some((RoomId(id), room.as_ref()?)))
    }

    /// A room, if it is open.
    pub fn room(&self, id: RoomId) -> Option<&Room> {
        self.rooms.get(id.0)?.as_ref()
    }

    /// The room that `text` names, without regard to case.
    pub fn find_room(&self, text: &str) -> Option<RoomId> {
        let most = self.rooms().map(|(_, room)| room.key().as_str().chars().count()).max()?;
        let key = NameKey::of_at_most(text, most)?;
        self.rooms().find(|(_, room)| *room.key() == key).map(|(id, _)| id)
    }

    /// The room that a member means by this name, or by none: the one that it joined last. An error is for it to hear.
    pub fn joined_room(&self, by: MemberId, name: Option<&str>) -> Result<RoomId, Refusal> {
        let Some(name) = name else {
            return self.rooms_of(by).last().copied().ok_or(Refusal::NotJoined(None));
        };
        let id = self.room_named(Some(name))?;
        if self.rooms_of(by).contains(&id) {
            return Ok(id);
        }
        Err(Refusal::NotJoined(self.room(id).map(Room::room_name)))
    }

    /// The room of this name, or the one that everybody comes to first.
    fn room_named(&self, name: Option<&str>) -> Result<RoomId, Refusal> {
        let Some(name) = name else {
            return self.rooms().next().map(|(id, _)| id).ok_or(Refusal::UnknownRoom(UnknownRoom::NoneOpen));
        };
        let is_short = !is_too_long(name);
        is_short.then(|| self.find_room(name)).flatten().ok_or_else(|| {
            let rooms = self.rooms().map(|(_, room)| room.room_name()).collect();
            Refusal::UnknownRoom(UnknownRoom::Named { name: is_short.then(|| name.to_owned()), rooms })
        })
    }

    fn room_mut(&mut self, id: RoomId) -> Option<&mut Room> {
        self.rooms.get_mut(id.0)?.as_mut()
    }

    /// Lets a member into a room, announces it to the others, and has the thread so far replayed to it: what comes `after` an id,
    /// if that was given yet.
    fn join(&mut self, id: MemberId, to: RoomId, after: Option<u64>, time: SystemTime) {
        let Some(room) = self.room(to) else { return };
        if room.holds(id) {
            let name = room.room_name();
            return self.refuse_command(id, Misuse::AlreadyIn(name));
        }
        let Member { room_limit, rooms, .. } = &self.members[id.0];
        if *room_limit == RoomLimit::Several && rooms.len() >= ROOMS_PER_PROGRAM {
            return self.refuse(id, Refusal::TooManyRooms);
        }
        if *room_limit == RoomLimit::One {
            for from in self.rooms_of(id).to_vec() {
                self.leave_room(id, from, time);
            }
        }
        let who = self.who(id).clone();
        self.members[id.0].rooms.push(to);
        let members = &self.members;
        let Some(room) = self.rooms[to.0].as_mut() else { return };
        let joined = room.enter(id, &who, time);
        let kept = room.history().ids();
        // An id of another life of the server says nothing.
        let first = after.filter(|after| *after < joined.entry.id).map_or(kept.start, |after| after + 1);
        let replayed = if room.traits().replays { first.min(kept.end)..kept.end } else { 0..0 };
        let name = room.room_name();
        let welcome = room.welcome(id, &|id| members[id.0].who.clone());
        self.effects.extend([Effect::Publish(joined), Effect::Subscribe(id, to)]);
        self.tell(id, welcome);
        let is_first = std::mem::take(&mut self.members[id.0].is_new);
        self.tell(id, Event::ReplayStart { is_first });
        self.effects.push_back(Effect::Replay(id, to, replayed));
        self.tell(id, Event::ReplayEnd { room: name });
    }

    fn leave_room(&mut self, id: MemberId, from: RoomId, time: SystemTime) {
        self.part(id, from, Parting::Left, time);
    }

    /// Takes a member out of a room, if it is there. Returns whether it was.
    fn exit(&mut self, id: MemberId, from: RoomId, removed_for: Option<Removal>, time: SystemTime) -> bool {
        let member = &mut self.members[id.0];
        let Some(at) = member.rooms.iter().position(|room| *room == from) else { return false };
        member.rooms.remove(at);
        self.effects.push_back(Effect::Unsubscribe(id, from));
        if let Some(room) = self.rooms[from.0].as_mut() {
            let left = room.exit(id, &self.members[id.0].who, removed_for, time);
            self.effects.push_back(Effect::Publish(left));
        }
        true
    }

    fn unregister(&mut self, id: MemberId, removed_for: Option<&Removal>, time: SystemTime) {
        for room in self.rooms_of(id).to_vec() {
            self.exit(id, room, removed_for.cloned(), time);
        }
        let Member { who, likeness, .. } = self.members.remove(id.0);
        self.names.remove(&likeness, id);
        self.effects.push_back(Effect::Unregistered(id, who.name));
    }
}
