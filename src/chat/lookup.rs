//! Answers the questions of clients that ask about the chat in parts, and brings them into rooms that may be new.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::SystemTime;

use crate::base::limits::PROGRAM_MEMBERS;
use crate::base::name::Name;
use crate::chat::replay::ReplayRequest;
use crate::chat::{Chat, Room};
use crate::proto::{
    Event, Found, Kind, Lookup, MemberId, Occupant, ProgramEvent, Refusal, ReplayLimit, RoomId, Roster,
    UnknownRoom,
};

impl Chat {
    /// Answers a member's question.
    pub(super) fn look(&mut self, by: MemberId, lookup: Lookup, time: SystemTime) {
        let found = match lookup {
            Lookup::Room { room } => match self.room_to_see(by, &room) {
                Some(room) => Found::Room(self.roster(room, time)),
                None => Found::NoRoom(room),
            },
            Lookup::Members { names } => {
                let found = names.into_iter().map(|name| {
                    let member = self.names.find_quickly(&name).map(|id| self.occupant(id, None, time));
                    (name, member)
                });
                Found::Members(found.collect())
            }
            Lookup::Muted { room } => match self.room_to_see(by, &room) {
                Some(room) => {
                    let muted = room.roles().map(|roles| roles.settings().muted.clone());
                    Found::Muted { room: room.room_name(), names: muted.unwrap_or_default() }
                }
                None => Found::NoRoom(room),
            },
            Lookup::Gone { name } => Found::Gone { who: self.gone.named(&name), name },
            Lookup::Census => self.census(by),
            Lookup::Operators => return self.tell_operator_names(by),
            Lookup::Latest => {
                let members =
                    self.conversations.latest(by).map(|(with, time)| (self.who(with).name.clone(), time));
                Found::Latest { rooms: self.latest(by, time), members: members.collect() }
            }
            Lookup::Clock => Found::Clock(time),
        };
        self.tell(by, Event::Program(ProgramEvent::Found(found)));
    }

    /// Tells a member that has just joined how far it has read and who is in the room, if its client wants to know.
    pub(super) fn tell_roster(&mut self, id: MemberId, room: RoomId, time: SystemTime) {
        if self.members[id.0].habits.wants_roster {
            self.tell_read(id, room);
        }
        if self.members[id.0].habits.wants_roster
            && let Some(room) = self.room(room)
        {
            let found = Found::Room(self.roster(room, time));
            self.tell(id, Event::Program(ProgramEvent::Found(found)));
        }
    }

    /// Brings a member into a room; if there is none of that name, the member opens it.
    pub(super) fn enter_or_open(
        &mut self,
        by: MemberId,
        name: &str,
        replay: Option<ReplayLimit>,
        time: SystemTime,
    ) {
        match self.room_named(by, Some(name)) {
            Ok(room) => {
                let replay = replay.map_or(ReplayRequest::Usual, ReplayRequest::Limited);
                self.join(by, room, replay, time);
            }
            Err(Refusal::UnknownRoom(UnknownRoom::Named { name: Some(_), .. }))
                if self.people_open_rooms || Name::parse(name).is_err() =>
            {
                self.ask_to_open(by, (name, ""), None, time);
            }
            Err(why) => self.refuse(by, why),
        }
    }

    fn room_to_see(&self, by: MemberId, name: &str) -> Option<&Room> {
        self.room_named(by, Some(name)).ok().and_then(|id| self.room(id))
    }

    fn roster(&self, room: &Room, time: SystemTime) -> Roster {
        let occupants = room.present().take(PROGRAM_MEMBERS).map(|id| self.occupant(id, Some(room), time));
        Roster {
            room: room.room_name(),
            occupants: occupants.collect(),
            count: room.count(),
            has_host: room.traits().has_host,
            is_private: room.roles().is_some_and(super::RoomRoles::is_private),
            slow: room.roles().and_then(|roles| roles.settings().slow),
        }
    }

    fn occupant(&self, id: MemberId, room: Option<&Room>, time: SystemTime) -> Occupant {
        let roles = room.and_then(Room::roles);
        let role = roles.zip(self.identity(id)).and_then(|(roles, who)| roles.role(&who));
        Occupant {
            who: self.who(id).clone(),
            real_name: self.real_name(id, time),
            is_away: self.away_text(id, time).is_some(),
            is_operator: role.is_some(),
            operates_server: self.operator(id).is_some(),
        }
    }

    fn latest(&self, by: MemberId, time: SystemTime) -> Vec<(Rc<str>, SystemTime)> {
        let rooms = self.rooms_of(by).iter().filter_map(|room| self.room(*room));
        let rooms = rooms.filter(|room| room.traits().replays && room.is_unfiltered(by));
        let last = |room: &Room| {
            let (excerpt, _) = room.history().excerpt(ReplayLimit::All, time);
            room.history().entries(&excerpt).last().map(|entry| (room.room_name(), entry.time))
        };
        rooms.filter_map(last).collect()
    }

    fn census(&self, by: MemberId) -> Found {
        let people = self.members.iter().filter(|(_, member)| member.who.kind == Kind::Person).count();
        let rooms = self.rooms().filter(|(_, room)| self.may_see(by, room)).count();
        let nodes: Vec<_> = self.members.iter().filter_map(|(id, _)| self.node_of(MemberId(id))).collect();
        let here = self.members.len() - nodes.len();
        let servers = 1 + nodes.into_iter().collect::<BTreeSet<_>>().len();
        let bots = self.members.len() - people;
        Found::Census { people, bots, rooms, most: self.most, here, servers }
    }
}
