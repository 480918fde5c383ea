//! Runs the requests that only programs send.

use std::cmp::Reverse;
use std::time::SystemTime;

use crate::base::limits::{PROGRAM_MEMBERS, PROGRAM_ROOMS};
use crate::chat::command::{self, query_history};
use crate::chat::replay::ReplayRequest;
use crate::chat::{Chat, Effect, Room, RoomRoles, TypingPlace};
use crate::proto::{
    Amendless, Event, HistoryQuery, MemberId, Misuse, ProgramEvent, ProgramRequest, Refusal, RoomEvent,
    RoomId, RoomInfo,
};

impl Chat {
    /// Runs a program's request, or refuses it.
    pub(super) fn program_request(&mut self, by: MemberId, request: ProgramRequest, time: SystemTime) {
        match request {
            ProgramRequest::Ping => self.tell(by, Event::Program(ProgramEvent::Pong)),
            ProgramRequest::Notice { room, text } => match self.joined_room(by, Some(&room)) {
                Ok(room) => {
                    let event = RoomEvent::Noticed { who: self.who(by).clone(), text: text.into() };
                    self.say(by, room, event, time);
                }
                Err(why) => self.refuse(by, why),
            },
            ProgramRequest::Nick { name } => self.ask_for_name(by, &name),
            ProgramRequest::Typing { room, state } => match self.joined_room(by, room.as_deref()) {
                // Whoever may not speak is not waited for.
                Ok(room) if self.muted(by, "", time).is_none() => {
                    self.effects.push_back(Effect::Typing(by, TypingPlace::Room(room), state));
                }
                Ok(_) => {}
                Err(why) => self.refuse(by, why),
            },
            ProgramRequest::TypingTo { to, state } => {
                // Strangers do not learn of it before they are written to.
                let partner = self.names.find_quickly(&to).filter(|to| self.conversations.has(by, *to));
                if let Some(to) = partner.filter(|_| self.muted(by, "", time).is_none()) {
                    self.effects.push_back(Effect::Typing(by, TypingPlace::With(to), state));
                }
            }
            ProgramRequest::WatchTyping => {}
            ProgramRequest::Read { room, id } => match self.joined_room(by, room.as_deref()) {
                Ok(at) => {
                    let last = self.room(at).map_or(0, Room::last_id);
                    let name = self.who(by).name.key();
                    self.read.set(name, at, id.min(last));
                }
                Err(why) => self.refuse(by, why),
            },
            ProgramRequest::ReadAt { room, time } => match self.joined_room(by, Some(&room)) {
                Ok(at) => {
                    let last = time.and_then(|time| self.room(at)?.history().last_at(time));
                    if let Some(last) = last {
                        self.read.set(self.who(by).name.key(), at, last);
                    }
                    self.tell_read(by, at);
                }
                Err(why) => self.refuse(by, why),
            },
            ProgramRequest::Amend { room, id, said_at, text } => {
                match self.joined_room(by, room.as_deref()) {
                    Ok(room) => match id.filter(|id| self.is_said_otherwise(by, room, *id, said_at)) {
                        Some(id) => self.refuse(by, Refusal::NotAmended(Amendless::NotOwn(id))),
                        None => self.amend(by, room, id, text.as_deref(), time),
                    },
                    Err(why) => self.refuse(by, why),
                }
            }
            ProgramRequest::Rooms { .. } => {
                let (rooms, more) = self.first_rooms(by, PROGRAM_ROOMS);
                let commands = command::all().collect();
                self.tell(by, Event::Program(ProgramEvent::Rooms { rooms, more, commands }));
            }
            ProgramRequest::Members { room } => match self.joined_room(by, room.as_deref()) {
                Ok(room) => self.tell_members(by, room, time),
                Err(why) => self.refuse(by, why),
            },
            ProgramRequest::History { room, before, after, limit } => {
                query_history(self, by, room.as_deref(), Ok(HistoryQuery::Between { before, after, limit }));
            }
            ProgramRequest::Search { room, words, limit } => {
                let is_blank = words.trim().is_empty();
                let query = HistoryQuery::Words { words, limit };
                let query = if is_blank { Err(Misuse::SearchNeedsWords) } else { Ok(query) };
                query_history(self, by, room.as_deref(), query);
            }
            ProgramRequest::Private { with, query } => {
                let is_blank = matches!(&query, HistoryQuery::Words { words, .. } if words.trim().is_empty());
                let query = if is_blank { Err(Misuse::SearchNeedsWords) } else { Ok(query) };
                self.query_private(by, &with, query);
            }
            ProgramRequest::Enter { room, replay } => self.enter_or_open(by, &room, replay, time),
            ProgramRequest::Span { room, query } => query_history(self, by, Some(&room), Ok(query)),
            ProgramRequest::Monitor(what) => self.monitor(by, what),
            ProgramRequest::Become(kind) => self.become_kind(by, kind),
            ProgramRequest::RealName(text) => self.take_real_name(by, &text, time),
            ProgramRequest::Look(lookup) => self.look(by, lookup, time),
            ProgramRequest::Open { room, topic } => self.ask_to_open(by, (&room, &topic), None, time),
            ProgramRequest::Resume { room, after } => match self.room_named(by, room.as_deref()) {
                Ok(room) => self.join(by, room, ReplayRequest::After(after), time),
                Err(why) => self.refuse_entry(by, why),
            },
        }
    }

    /// Tells a member how far somebody of its name has read in a room.
    pub(super) fn tell_read(&mut self, id: MemberId, room: RoomId) {
        let read = self.read.get(&self.who(id).name.key(), room);
        let Some(at) = self.room(room) else { return };
        let time = read.and_then(|read| at.history().time_up_to(read));
        let event = ProgramEvent::ReadUpTo { room: at.room_name(), time };
        self.tell(id, Event::Program(event));
    }

    /// All rooms that this member may see, or that anybody may see.
    pub fn room_list(&self, by: Option<MemberId>) -> Vec<RoomInfo> {
        let own = by.map_or(&[][..], |by| self.rooms_of(by));
        let info = |(id, room): (RoomId, &Room)| RoomInfo {
            name: room.room_name(),
            kind: room.traits().kind,
            purpose: room.traits().purpose,
            commands: room.traits().commands,
            count: room.count(),
            is_own: own.contains(&id),
            topic: room.topic().cloned(),
            owner: room.roles().map(|roles| roles.owner().name.clone()),
            is_private: room.roles().is_some_and(RoomRoles::is_private),
        };
        let is_seen = |room: &Room| match by {
            Some(by) => self.may_see(by, room),
            None => !room.roles().is_some_and(RoomRoles::is_private),
        };
        self.rooms().filter(|(_, room)| is_seen(room)).map(info).collect()
    }

    /// The rooms that a member may see, `most` at most, and how many more there are. Of too many, those of the server, the
    /// member's own and the fullest come first.
    pub(super) fn first_rooms(&self, by: MemberId, most: usize) -> (Vec<RoomInfo>, usize) {
        let mut rooms = self.room_list(Some(by));
        let more = rooms.len().saturating_sub(most);
        if more > 0 {
            rooms.sort_by_key(|room| (room.owner.is_some() && !room.is_own, Reverse(room.count)));
            rooms.truncate(most);
        }
        (rooms, more)
    }

    fn tell_members(&mut self, by: MemberId, id: RoomId, time: SystemTime) {
        let Some(room) = self.room(id) else { return };
        let members = room.present().take(PROGRAM_MEMBERS).map(|id| self.presence(id, time)).collect();
        let (room, count) = (room.room_name(), room.count());
        self.tell(by, Event::Program(ProgramEvent::Members { room, members, count }));
    }
}
