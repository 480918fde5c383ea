//! Members join rooms, and leave them.

use std::time::SystemTime;

use crate::base::limits::{ROOMS_PER_IRC_CLIENT, ROOMS_PER_PROGRAM};
use crate::chat::{Chat, Effect, Member, ReplayRequest, Room, RoomLimit, Step};
use crate::proto::{Event, MemberId, Misuse, Parting, Refusal, Removal, RoomId};

impl Chat {
    /// Adds a member to a room, announces it and starts the replay.
    pub(super) fn join(&mut self, id: MemberId, to: RoomId, replay: ReplayRequest, time: SystemTime) {
        let Some(room) = self.room(to) else { return };
        if room.holds(id) {
            let name = room.room_name();
            return self.refuse_command(id, Misuse::AlreadyIn(name));
        }
        if self.is_in_too_many(id, self.rooms_of(id).len()) {
            return self.refuse(id, Refusal::TooManyRooms);
        }
        if self.members[id.0].room_limit == RoomLimit::One && !self.is_refused(to) {
            for from in self.rooms_of(id).to_vec() {
                self.leave_room(id, from, time);
            }
        }
        if self.is_shared(to) {
            return self.effects.push_back(Effect::Share(Step::Join(id, to, replay)));
        }
        self.enter(id, to, replay, time);
    }

    pub(super) fn enter(&mut self, id: MemberId, to: RoomId, replay: ReplayRequest, time: SystemTime) {
        let (who, real_name) = (self.who(id).clone(), self.real_name(id, time));
        self.members[id.0].rooms.push(to);
        let members = &self.members;
        let Some(room) = self.rooms.get_mut(to) else { return };
        let joined = room.enter(id, &who, real_name, time);
        let (excerpt, extent) =
            room.excerpt(replay, members[id.0].replay, members[id.0].heard(to), joined.entry.id, time);
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

    /// Whether a member that is in so many rooms may join no further one.
    pub(super) fn is_in_too_many(&self, id: MemberId, rooms: usize) -> bool {
        let Member { room_limit, habits, .. } = &self.members[id.0];
        let most = if habits.has_many_rooms { ROOMS_PER_IRC_CLIENT } else { ROOMS_PER_PROGRAM };
        *room_limit == RoomLimit::Several && rooms >= most
    }

    pub(super) fn leave_room(&mut self, id: MemberId, from: RoomId, time: SystemTime) {
        self.part(id, from, Parting::Left, time);
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

    /// Takes a member out of a room. Returns whether it was there.
    pub(super) fn exit(
        &mut self,
        id: MemberId,
        from: RoomId,
        removed_for: Option<Removal>,
        time: SystemTime,
    ) -> bool {
        self.step_out(id, from, removed_for, None, time)
    }

    /// The same. `of`: it leaves the chat, and with it so many rooms.
    pub(super) fn step_out(
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
            let member = &mut self.members[id.0];
            let mut left = room.exit(id, &member.who, removed_for, of.is_some(), time);
            if member.room_limit == RoomLimit::One {
                member.uncommon().heard.leave(from, left.entry.id);
            }
            left.is_in_several = of.is_some_and(|rooms| rooms > 1);
            self.effects.push_back(Effect::Publish(left));
        }
        true
    }

    /// The rooms of a member, the one joined last at the end.
    pub fn rooms_of(&self, id: MemberId) -> &[RoomId] {
        &self.members[id.0].rooms
    }

    /// From now on `listeners` receive only the messages of `speaker` in this room, and their own.
    pub fn set_speaker_filter(&mut self, room: RoomId, listeners: Vec<MemberId>, speaker: Option<MemberId>) {
        if let Some(room) = self.room_mut(room) {
            room.set_speaker_filter(listeners, speaker);
        }
    }
}
