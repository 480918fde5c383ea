//! What the hub keeps for each room: who sits in it, its tapes, its host; and how rooms are opened and closed.

use std::time::Instant;

use log::info;

use crate::base::limits::ROOMS;
use crate::hosts::{Host, RoomKind};
use crate::hub::session::{Seat, SessionId, Stage};
use crate::hub::tapes::{Tapes, Turn};
use crate::hub::{Due, Hub};
use crate::proto::{Event, RoomId};

/// One room, or a place for one.
#[derive(Debug, Default)]
pub(super) struct HubRoom {
    /// The sessions in it, in no order.
    pub(super) present: Vec<SessionId>,
    pub(super) tapes: Tapes,
    /// What was said in the turn that is being written.
    pub(super) turn: Turn,
    /// Who drives it; none: nobody, or there is no such room.
    pub(super) host: Option<Box<dyn Host>>,
    /// Its host was told something, and may want something done.
    pub(super) stirred: bool,
}

impl Hub {
    /// Opens a room. An error is a sentence.
    pub(super) fn open_room(
        &mut self,
        name: &str,
        kind: &'static RoomKind,
        now: Instant,
    ) -> Result<(), String> {
        if self.chat.find_room(name).is_some() {
            return Err(format!("There is a room {name} already."));
        }
        if self.chat.rooms().count() >= ROOMS {
            return Err(format!("There are {ROOMS} rooms, and no more can be open. Close one first."));
        }
        // A room that was closed in this turn still has its last words to say.
        let is_free = |(id, room): &(usize, &HubRoom)| {
            self.chat.room(RoomId(*id)).is_none() && room.present.is_empty() && room.tapes.is_empty()
        };
        let free = self.rooms.iter().enumerate().find(is_free).map_or(self.rooms.len(), |(id, _)| id);
        let id = RoomId(free);
        if free == self.rooms.len() {
            self.rooms.push(HubRoom::default());
        }
        let mut setup = self.setup.clone();
        setup.seed = setup.seed.wrapping_add(free as u64);
        self.chat.open(id, name, &kind.style);
        self.rooms[free].host = Some((kind.host)(&setup, name));
        info!("the room {name} is open, of the kind {}", kind.style.kind);
        self.host_due(id, now);
        Ok(())
    }

    /// Closes a room. Whoever is in it is told.
    pub(super) fn close_room(&mut self, id: RoomId, now: Instant) {
        for session in self.rooms[id.0].present.clone() {
            self.sessions[session.0].queue.drop_replay_of(id);
        }
        self.set_timer_of(Due::Host(id), None);
        self.rooms[id.0].host = None;
        self.chat.close(id, self.wall(now));
        self.deliver(now);
        self.send_bots_home(now);
        self.deliver(now);
    }

    /// Lets a session hear a room from now on.
    pub(super) fn seat(&mut self, id: SessionId, room: RoomId) {
        let session = &mut self.sessions[id.0];
        let dialect = session.dialect();
        let HubRoom { present, tapes, .. } = &mut self.rooms[room.0];
        if let Stage::Member { seats, .. } = &mut session.stage {
            tapes.enter(dialect);
            seats.reserve_exact(1);
            seats.push(Seat { room, place: present.len(), heard: tapes.len(dialect) });
            present.push(id);
        }
    }

    /// Ends that. What the room said until now still reaches the session.
    pub(super) fn unseat(&mut self, id: SessionId, room: RoomId) {
        self.catch_up(id);
        let session = &mut self.sessions[id.0];
        let dialect = session.dialect();
        let Stage::Member { seats, .. } = &mut session.stage else { return };
        let Some(at) = seats.iter().position(|seat| seat.room == room) else { return };
        let Seat { place, .. } = seats.swap_remove(at);
        self.list(id);
        let HubRoom { present, tapes, .. } = &mut self.rooms[room.0];
        tapes.leave(dialect);
        present.swap_remove(place);
        if let Some(moved) = present.get(place)
            && let Some(seat) = self.sessions[moved.0].seat_in(room)
        {
            seat.place = place;
        }
    }

    /// Says `event` to a room, but to these sessions.
    pub(super) fn say(&mut self, room: RoomId, event: &Event, but: &[SessionId]) {
        for id in but {
            self.catch_up(*id);
        }
        let tapes = &mut self.rooms[room.0].tapes;
        tapes.say(event);
        for id in but {
            let session = &mut self.sessions[id.0];
            let end = self.rooms[room.0].tapes.len(session.dialect());
            if let Some(seat) = session.seat_in(room) {
                seat.heard = end;
            }
        }
    }

    pub(super) fn catch_up(&mut self, id: SessionId) {
        let session = &mut self.sessions[id.0];
        let (dialect, rooms) = (session.dialect(), &self.rooms);
        session.catch_up(|room| rooms[room.0].tapes.len(dialect));
    }
}
