//! Runs the requests that only programs send.

use std::time::SystemTime;

use crate::base::limits::PROGRAM_MEMBERS;
use crate::chat::command::{self, query_history};
use crate::chat::{Chat, Effect, Room};
use crate::proto::{Event, HistoryQuery, MemberId, Misuse, ProgramEvent, ProgramRequest, RoomId, RoomInfo};

impl Chat {
    /// Runs a program's request, or refuses it.
    pub(super) fn program_request(&mut self, by: MemberId, request: ProgramRequest, time: SystemTime) {
        match request {
            ProgramRequest::Ping => self.tell(by, Event::Program(ProgramEvent::Pong)),
            ProgramRequest::Typing { room } => match self.joined_room(by, room.as_deref()) {
                // Whoever may not speak is not waited for.
                Ok(room) if self.muted(by, "", time).is_none() => {
                    self.effects.push_back(Effect::Typing(by, room));
                }
                Ok(_) => {}
                Err(why) => self.refuse(by, why),
            },
            ProgramRequest::WatchTyping => {}
            ProgramRequest::Read { room, id } => match self.joined_room(by, room.as_deref()) {
                Ok(at) => {
                    let last = self.room(at).map_or(0, Room::last_id);
                    let name = self.who(by).name.key();
                    self.read.set(name, at, id.min(last));
                }
                Err(why) => self.refuse(by, why),
            },
            ProgramRequest::Rooms { .. } => {
                let rooms = self.room_list(Some(by));
                let commands = command::all().collect();
                self.tell(by, Event::Program(ProgramEvent::Rooms { rooms, commands }));
            }
            ProgramRequest::Members { room } => match self.joined_room(by, room.as_deref()) {
                Ok(room) => self.tell_members(by, room),
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
            ProgramRequest::Resume { room, after } => match self.room_named(room.as_deref()) {
                Ok(room) => self.join(by, room, Some(after), time),
                Err(why) => self.refuse(by, why),
            },
        }
    }

    /// All rooms, as this member sees them, or as anybody does.
    pub fn room_list(&self, by: Option<MemberId>) -> Vec<RoomInfo> {
        let own = by.map_or(&[][..], |by| self.rooms_of(by));
        let info = |(id, room): (RoomId, &Room)| RoomInfo {
            name: room.room_name(),
            kind: room.traits().kind,
            purpose: room.traits().purpose,
            commands: room.traits().commands,
            count: room.count(),
            is_own: own.contains(&id),
        };
        self.rooms().map(info).collect()
    }

    fn tell_members(&mut self, by: MemberId, id: RoomId) {
        let Some(room) = self.room(id) else { return };
        let members = room.present().take(PROGRAM_MEMBERS).map(|id| self.presence(id)).collect();
        let (room, count) = (room.room_name(), room.count());
        self.tell(by, Event::Program(ProgramEvent::Members { room, members, count }));
    }
}
