//! Rooms that are shared with other servers, and names that are known to all of them. What members of this server want there is
//! only proposed, as a [`Step`]; what anybody did there is carried out by the functions below, in the order in which all servers
//! hear it. They do not ask whether it may be done: that is decided already, and on all servers alike.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::confusables::Confusable;
use crate::base::name::Name;
use crate::chat::handover::Belongings;
use crate::chat::replay::ReplayRequest;
use crate::chat::{Chat, Effect, Member, PrivateBody, Publication, RoomLimit};
use crate::proto::{
    Amendment, Event, InvalidName, Kind, MemberId, MemberInfo, Misuse, NameTaken, Parting, Refusal, Removal,
    ReplayLimit, RoomEvent, RoomId,
};

/// What is proposed to all servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A member of this server joins a shared room, and hears this much of its history.
    Join(MemberId, RoomId, ReplayRequest),
    /// A member leaves a shared room, for this reason.
    Part(MemberId, RoomId, Parting),
    /// A member takes another name.
    Rename(MemberId, Name),
    /// A member writes privately to a member of another server.
    Write(MemberId, MemberId, PrivateBody),
    /// A member leaves the chat. If it was removed, it was told why.
    Leave(MemberId, Option<Removal>),
    /// An operator of this server sets the topic of a shared room.
    Topic(RoomId, Rc<str>),
    /// An operator of this server has the host of a shared room say this.
    HostSays(RoomId, Rc<str>),
    /// An operator of this server erases a message of a shared room.
    Erase(RoomId, u64),
}

impl Chat {
    /// A room is shared from now on.
    pub fn share(&mut self, room: RoomId) {
        if let Some(room) = self.room_mut(room) {
            room.set_shared();
        }
    }

    /// Whether a room is shared.
    pub fn is_shared(&self, room: RoomId) -> bool {
        self.room(room).is_some_and(super::Room::is_shared)
    }

    /// Whether shared rooms take nothing now, so that nobody leaves another room for them.
    pub fn set_cut_off(&mut self, is_cut_off: bool) {
        self.is_cut_off = is_cut_off;
    }

    /// Whether whoever joins this room will be refused, as it takes nothing now.
    pub(super) fn is_refused(&self, room: RoomId) -> bool {
        self.is_cut_off && self.is_shared(room)
    }

    /// Whether a member can join a room without leaving another one.
    pub fn can_join_more(&self, id: MemberId) -> bool {
        let Member { room_limit, rooms, .. } = &self.members[id.0];
        *room_limit != RoomLimit::One || rooms.is_empty()
    }

    /// A member's name is known to all servers from now on.
    pub fn set_known(&mut self, id: MemberId) {
        self.members[id.0].is_known = true;
    }

    /// Whether a member's name is known to all servers.
    pub fn is_known(&self, id: MemberId) -> bool {
        self.members[id.0].is_known
    }

    /// The server that a member is connected to. `None`: this one.
    pub fn node_of(&self, id: MemberId) -> Option<&Rc<str>> {
        self.members[id.0].node()
    }

    /// Whether a member has joined no room yet.
    pub fn is_new(&self, id: MemberId) -> bool {
        self.members[id.0].is_new
    }

    /// Registers a member of another server.
    pub fn register_of_node(&mut self, who: MemberInfo, node: &Rc<str>) -> Result<MemberId, NameTaken> {
        let id = self.register(who, RoomLimit::All, ReplayLimit::OFF, false)?;
        self.members[id.0].is_known = true;
        self.members[id.0].uncommon().node = Some(node.clone());
        Ok(id)
    }

    /// Why nobody can have this name now.
    pub fn check_free(&self, name: &Name) -> Result<(), NameTaken> {
        match self.find_confusable(name.as_str()).first() {
            Some(other) => Err(self.taken_by(*other, name.clone())),
            None => Ok(()),
        }
    }

    /// Why a member cannot take this name, as far as this server knows.
    pub fn check_rename(&self, id: MemberId, name: &Name, time: SystemTime) -> Result<(), Refusal> {
        let who = self.who(id);
        if who.name == *name {
            return Err(Refusal::Command(Misuse::HasName(name.clone())));
        }
        if who.kind == Kind::Person && name.is_of_a_bot() {
            return Err(Refusal::InvalidName(InvalidName::OfABot(name.clone())));
        }
        if let Some(muted) = self.muted(id, ", and you cannot take another name", time) {
            return Err(muted);
        }
        let others = self.find_confusable(name.as_str()).into_iter();
        match others.filter(|other| *other != id).map(|other| self.taken_by(other, name.clone())).next() {
            Some(taken) => Err(Refusal::NameTaken(taken)),
            None => Ok(()),
        }
    }

    /// The next event of a shared room has this id.
    pub fn place(&mut self, room: RoomId, id: u64) {
        if let Some(room) = self.room_mut(room).filter(|room| room.is_shared()) {
            room.place(id);
        }
    }

    /// The next events of all shared rooms of a member have this id.
    pub fn place_member(&mut self, member: MemberId, id: u64) {
        for room in self.rooms_of(member).to_vec() {
            self.place(room, id);
        }
    }

    /// A member has joined a shared room.
    pub fn enter_shared(&mut self, id: MemberId, room: RoomId, replay: ReplayRequest, time: SystemTime) {
        if self.members[id.0].node().is_none() {
            return self.enter(id, room, replay, time);
        }
        let (who, real_name) = (self.who(id).clone(), self.real_name(id, time));
        self.members[id.0].rooms.push(room);
        self.members[id.0].is_new = false;
        if let Some(room) = self.room_mut(room) {
            let joined = room.enter(id, &who, real_name, time);
            self.effects.push_back(Effect::Publish(joined));
        }
    }

    /// A member has left a shared room. `why`: it is told so, if it is a member of this server.
    pub fn part_shared(&mut self, id: MemberId, room: RoomId, why: Option<Parting>, time: SystemTime) {
        if let Some(name) = self.room(room).map(super::Room::room_name)
            && self.exit(id, room, None, time)
            && let Some(why) = why
        {
            self.tell(id, Event::Parted { room: name, why });
        }
    }

    /// A member has another name. Bots of this server that have it are gone already.
    pub fn rename_shared(&mut self, id: MemberId, name: Name, time: SystemTime) {
        let before = self.members[id.0].confusable.clone();
        let after = Confusable::of(name.as_str());
        let followed = self.mutes.follow(&before, &after, &name, time).ok().flatten().cloned();
        self.effects.extend(followed.map(Effect::MuteFollowed));
        self.names.remove(&before, id);
        self.take_name(id, name, after, time);
    }

    /// A member has left the chat, or was removed.
    pub fn leave_shared(&mut self, id: MemberId, why: Option<&Removal>, time: SystemTime) {
        self.unregister(id, why, time);
    }

    /// A member has resumed its session as another one, which gets what is returned.
    pub fn resume_shared(&mut self, id: MemberId, time: SystemTime) -> Belongings {
        let belongings = self.take_belongings(id);
        self.unregister(id, None, time);
        belongings
    }

    /// A message was said in a shared room, or amended: gives it its place, and adds it to the history.
    pub fn say_shared(
        &mut self,
        room: RoomId,
        speaker: Option<MemberId>,
        label: Option<Rc<str>>,
        event: RoomEvent,
        time: SystemTime,
    ) -> Option<Publication> {
        self.publish_message(room, speaker, label, event, time).ok()
    }

    /// A member edited a message while this server did not hear it. If the message is in the history, the room hears of that now.
    pub fn edited_meanwhile(
        &mut self,
        room: RoomId,
        id: u64,
        text: Rc<str>,
        time: SystemTime,
    ) -> Option<Publication> {
        let by = Some(self.room(room)?.history().author(id)?.clone());
        let amendment = Amendment { by, message: Some(id), said_at: None, author: None, text: Some(text) };
        self.say_shared(room, None, None, RoomEvent::Amended(amendment), time)
    }
}
