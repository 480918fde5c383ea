//! What the hub keeps for each room: who sits in it, its tapes, its host; and how rooms are opened and closed.

use std::time::Instant;

use log::info;

use crate::base::limits::{ROOMS, WRITE_BYTES, WRITTEN_PER_TURN};
use crate::hosts::{Host, RoomKind};
use crate::hub::ahead::Said;
use crate::hub::session::{Seat, SessionId, Stage};
use crate::hub::tapes::{Tapes, Turn};
use crate::hub::timers::TimerKey;
use crate::hub::{Due, Hub};
use crate::journal::{Record, ThreadId};
use crate::proto::{Event, RoomId};
use crate::wire::Dialect;

/// A session's place in a room: all that is needed to write to nearly everybody, side by side with that of the others.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) session: SessionId,
    pub(super) dialect: Dialect,
    /// How far it has come on the room's tape.
    pub(super) heard: u64,
    /// It is owed nothing but what this room says, and its socket took all that it was given.
    pub(super) is_free: bool,
}

/// One room, or a place for one.
#[derive(Debug)]
pub(super) struct HubRoom {
    /// The sessions in it, in no order.
    pub(super) present: Vec<Place>,
    pub(super) tapes: Tapes,
    /// What is being written, and whose place is to be written to next.
    pub(super) turn: Turn,
    pub(super) next: usize,
    /// Where what is said in it is kept, and the first id that is not set aside for it yet.
    pub(super) thread: ThreadId,
    pub(super) next_ids: u64,
    /// Who drives it; none: nobody, or there is no such room.
    pub(super) host: Option<Box<dyn Host>>,
    /// Its host's deadline, as it is set.
    pub(super) timer: Option<(Instant, TimerKey)>,
    /// Its host was told something, and may want something done.
    pub(super) stirred: bool,
    /// Those who wait to leave until it has answered them.
    pub(super) leavers: Vec<SessionId>,
}

impl HubRoom {
    /// Whether something that was let out is not written to everybody yet.
    pub(super) fn is_writing(&self) -> bool {
        !self.turn.is_empty()
    }

    /// Whether that will be written to everybody within a turn.
    pub(super) fn is_nearly_written(&self) -> bool {
        self.present.len().saturating_sub(self.next) * (WRITE_BYTES + self.turn.bytes()) <= WRITTEN_PER_TURN
    }

    /// Whether this message was let out, or what it was said in is no more.
    pub(super) fn has_let_out(&self, said: &Said) -> bool {
        said.thread != self.thread || said.id <= self.tapes.out_id()
    }

    /// Takes a place away. Returns who moved to others: the list has no gaps, and who was written to stands before who was
    /// not.
    fn remove(&mut self, place: usize) -> [Option<(SessionId, usize)>; 2] {
        let mut gap = place;
        if place < self.next {
            self.next -= 1;
            self.present.swap(place, self.next);
            gap = self.next;
        }
        self.present.swap_remove(gap);
        [place, gap].map(|at| self.present.get(at).map(|moved| (moved.session, at)))
    }

    /// A place for a room.
    fn new() -> HubRoom {
        HubRoom {
            present: Vec::new(),
            tapes: Tapes::default(),
            turn: Turn::default(),
            next: 0,
            thread: ThreadId(0),
            next_ids: 0,
            host: None,
            timer: None,
            stirred: false,
            leavers: Vec::new(),
        }
    }
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
            self.chat.room(RoomId(*id)).is_none()
                && room.present.is_empty()
                && room.tapes.is_empty()
                && !room.is_writing()
        };
        let free = self.rooms.iter().enumerate().find(is_free).map_or(self.rooms.len(), |(id, _)| id);
        let id = RoomId(free);
        if free == self.rooms.len() {
            self.rooms.push(HubRoom::new());
        }
        let mut setup = self.setup.clone();
        setup.seed = setup.seed.wrapping_add(free as u64);
        self.open_thread(id, name, &kind.style);
        self.rooms[free].host = Some((kind.host)(&setup, name));
        info!("the room {name} is open, of the kind {}", kind.style.kind);
        self.host_due(id, now);
        Ok(())
    }

    /// Closes a room. Whoever is in it is told.
    pub(super) fn close_room(&mut self, id: RoomId, now: Instant) {
        // Who has left the room may still be owed what was said in it; its id may soon be another's.
        for (_, session) in &mut self.sessions {
            session.queue.drop_replay_of(id);
        }
        self.set_host_timer(id, None);
        self.rooms[id.0].host = None;
        self.chat.close(id);
        self.send_bots_home(now);
        self.deliver(now);
        self.host_went_on(id, now);
        self.gathering.record(Record::Closed(self.rooms[id.0].thread));
    }

    /// Sets the deadline of a room's host to what it wants.
    pub(super) fn set_host_timer(&mut self, id: RoomId, wanted: Option<Instant>) {
        let room = &mut self.rooms[id.0];
        if room.timer.map(|(at, _)| at) == wanted {
            return;
        }
        if let Some((_, key)) = room.timer.take() {
            self.timers.cancel(key);
        }
        room.timer = wanted.map(|at| (at, self.timers.set(at, Due::Host(id))));
    }

    /// Lets a session hear a room from now on.
    pub(super) fn seat(&mut self, id: SessionId, room: RoomId) {
        let session = &mut self.sessions[id.0];
        let dialect = session.dialect();
        let HubRoom { present, tapes, .. } = &mut self.rooms[room.0];
        if let Stage::Member { seats, .. } = &mut session.stage {
            tapes.enter(dialect);
            seats.reserve_exact(1);
            seats.push(Seat { room, place: present.len() });
            present.push(Place { session: id, dialect, heard: tapes.end(dialect), is_free: false });
            self.list(id);
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
        self.rooms[room.0].tapes.leave(dialect);
        for (moved, place) in self.rooms[room.0].remove(place).into_iter().flatten() {
            if let Some(seat) = self.sessions[moved.0].seat_in(room) {
                seat.place = place;
            }
        }
    }

    /// Says `event` to a room, but to these sessions.
    pub(super) fn say(&mut self, room: RoomId, event: &Event, but: &[SessionId]) {
        for id in but {
            self.catch_up(*id);
        }
        let HubRoom { present, tapes, .. } = &mut self.rooms[room.0];
        tapes.say(event);
        for id in but {
            if let Some(Seat { place, .. }) = self.sessions[id.0].seat_in(room) {
                let place = &mut present[*place];
                place.heard = tapes.end(place.dialect);
            }
        }
    }

    /// Owes a session, of each room where it sits, what its tape holds, so that what it is owed next comes after that.
    pub(super) fn catch_up(&mut self, id: SessionId) {
        let session = &mut self.sessions[id.0];
        let Stage::Member { seats, .. } = &session.stage else { return };
        for Seat { room, place } in seats {
            let HubRoom { present, tapes, turn, .. } = &mut self.rooms[room.0];
            let place = &mut present[*place];
            let end = tapes.end(place.dialect);
            if place.heard < end {
                let part = turn.part(place.dialect, &(place.heard..end));
                session.queue.push_shared(turn.slice(place.dialect, part));
                session.queue.push_tape(*room, place.heard.max(tapes.begin(place.dialect))..end);
                place.heard = end;
                place.is_free = false;
            }
        }
        if session.queue.is_on_tape() {
            // Its place on the tapes moves with them.
            self.hold(id);
        }
    }
}
