//! From what connections are owed to what their sockets take: one write for each in a turn, and so many for all together.
//!
//! There are three kinds of it, each with a share of the turn of its own: what single connections are owed, what rooms said,
//! and the past that newcomers hear. What a turn does not come to is first in the next, so that no turn takes long however
//! much there is, and none of it waits for ever.

use std::io::{ErrorKind, IoSlice};
use std::mem;
use std::time::Instant;

use crate::base::limits::{LINGER, REPLAY_BYTES_PER_TURN, TAPE_BYTES_PER_TURN, WRITTEN_PER_TURN};
use crate::hub::Hub;
use crate::hub::ids::{Seat, SessionId};
use crate::hub::past::Past;
use crate::hub::room::HubRoom;
use crate::hub::send_queue::Sent;
use crate::hub::session::{Session, Stage};
use crate::hub::sink::{Close, Sink};
use crate::hub::stats::Counting;
use crate::hub::tapes::Turn;
use crate::hub::wire;
use crate::proto::RoomId;

/// Why who does not read is removed.
const SLOW_REASON: &str = "Reading too slowly: too much was waiting to be read.";

impl Hub {
    /// Writes connections what they are owed and may hear, each once, as many as a turn writes to; the others are first in
    /// the next. Those who owe too much, or whose connection is broken, are dealt with in the turn after.
    pub fn flush(&mut self, sink: &mut impl Sink, now: Instant) {
        let sink_of_turn = Counting { sink, bytes: 0, writes: 0 };
        let mut to = Flush { sink: sink_of_turn, history: 0, failed: Vec::new(), waiting: Vec::new(), now };
        self.newcomers = 0;
        self.hearing.end_turn();
        self.let_out();
        self.write_listed(&mut to);
        self.write_rooms(&mut to);
        self.write_history(&mut to);
        self.stats.sent += to.sink.bytes;
        let (failed, waiting) = (to.failed, to.waiting);
        self.look_for_ghosts(sink, now);
        for id in waiting {
            self.wait_no_longer(id, now);
        }
        for (id, failure) in failed {
            match failure {
                Failure::Broken(why) => self.lost(id, &why, now),
                // It may have been noticed twice.
                Failure::Slow if self.sessions[id.0].is_leaving() => {}
                Failure::Slow => self.let_go(id, SLOW_REASON, now),
            }
        }
        self.shed(now);
    }

    /// Lets out what may be heard by now in rooms where all that was let out before is written.
    fn let_out(&mut self) {
        let last = self.keeping.out;
        let (mut left, mut is_any) = (TAPE_BYTES_PER_TURN, false);
        let first = self.first_room;
        for n in 0..self.rooms.len() {
            let at = (first + n) % self.rooms.len();
            let room = &mut self.rooms[at];
            if room.is_writing() || !room.tapes.may_let_out(last) {
                continue;
            }
            if left == 0 {
                self.first_room = at;
                break;
            }
            (room.turn, room.next) = (room.tapes.let_out(last, left, &self.output.held), 0);
            left = left.saturating_sub(room.turn.bytes());
            is_any = true;
        }
        if !is_any {
            return;
        }
        for id in mem::take(&mut self.held) {
            let session = &mut self.sessions[id.0];
            session.held = false;
            let (dialect, rooms) = (session.dialect(), &self.rooms);
            session.queue.take_from_tapes(dialect, |room| &rooms[room.0].turn);
            if session.queue.is_on_tape() {
                self.hold(id);
            }
            self.list(id);
        }
    }

    /// Writes those who are owed something of their own, in the order in which they came to be.
    fn write_listed(&mut self, to: &mut Flush<'_, impl Sink>) {
        let mut listed = mem::take(&mut self.listed);
        let mut done = 0;
        while done < listed.len() && to.sink.cost() < WRITTEN_PER_TURN {
            let id = listed[done];
            done += 1;
            self.sessions[id.0].listed = false;
            self.flush_one(id, to);
        }
        listed.drain(..done);
        listed.append(&mut self.listed);
        self.listed = listed;
    }

    /// Writes what rooms said, place by place. The room at which the turn's share ends is the last in the next.
    fn write_rooms(&mut self, to: &mut Flush<'_, impl Sink>) {
        let end = to.sink.cost() + WRITTEN_PER_TURN;
        let first = self.first_room;
        for n in 0..self.rooms.len() {
            let at = (first + n) % self.rooms.len();
            while self.rooms[at].is_writing() && self.rooms[at].next < self.rooms[at].present.len() {
                if to.sink.cost() >= end {
                    self.first_room = at + 1;
                    return;
                }
                let place = self.rooms[at].next;
                self.rooms[at].next += 1;
                self.flush_place(RoomId(at), place, to);
            }
            // Whoever did not take all of it shares what is left.
            self.rooms[at].turn = Turn::default();
            self.rooms[at].next = 0;
        }
    }

    /// Sends those who came what was said before, one after the other, as much of it as a turn sends. Who has more to come
    /// is last in the next.
    fn write_history(&mut self, to: &mut Flush<'_, impl Sink>) {
        to.history = REPLAY_BYTES_PER_TURN;
        for _ in 0..self.replaying.len() {
            if to.history == 0 {
                break;
            }
            if let Some(id) = self.replaying.pop_front() {
                self.sessions[id.0].replaying = false;
                self.flush_one(id, to);
            }
        }
    }

    /// Writes what a room said to whoever sits at a place in it.
    fn flush_place(&mut self, id: RoomId, at: usize, to: &mut Flush<'_, impl Sink>) {
        let HubRoom { present, turn, .. } = &mut self.rooms[id.0];
        let place = &mut present[at];
        let session = place.session;
        if !place.is_free {
            return self.flush_one(session, to);
        }
        // Nearly always: nothing is owed but what this room just said, and the socket takes it. No more of the session than
        // its place is looked at.
        let dialect = place.dialect;
        let part = turn.part(dialect, &(place.heard..u64::MAX));
        let unheard = &turn.tape(dialect)[part.clone()];
        place.heard = place.heard.max(turn.end(dialect));
        if unheard.is_empty() {
            return;
        }
        let sent = to.sink.write(session, &[IoSlice::new(unheard)]);
        if matches!(sent, Ok(sent) if sent == unheard.len()) {
            return;
        }
        let Session { queue, blocked, .. } = &mut self.sessions[session.0];
        match sent {
            Ok(sent) => queue.push_begun(turn.slice(dialect, part.start + sent..part.end)),
            Err(e) => {
                // Whatever else there is to it than that shows when it is tried again.
                *blocked = e.kind() == ErrorKind::WouldBlock;
                queue.push_shared(turn.slice(dialect, part));
            }
        }
        place.is_free = false;
        self.send_owed(session, to);
    }

    /// Writes a session what it is owed, of whatever kind.
    fn flush_one(&mut self, id: SessionId, to: &mut Flush<'_, impl Sink>) {
        let session = &mut self.sessions[id.0];
        let dialect = session.dialect();
        if let Stage::Member { seats, .. } = &session.stage {
            for Seat { room, place } in seats {
                let HubRoom { present, turn, .. } = &mut self.rooms[room.0];
                let heard = &mut present[*place].heard;
                let part = turn.part(dialect, &(*heard..u64::MAX));
                session.queue.push_shared(turn.slice(dialect, part));
                *heard = (*heard).max(turn.end(dialect));
            }
        }
        self.send_owed(id, to);
    }

    /// Sends what is in a session's queue, as far as its socket takes it.
    fn send_owed(&mut self, id: SessionId, to: &mut Flush<'_, impl Sink>) {
        if self.sessions[id.0].queue.is_on_tape() {
            self.hold(id);
        }
        let session = &mut self.sessions[id.0];
        if !session.blocked {
            let dialect = session.dialect();
            let before = to.sink.bytes;
            let past = Past { chat: &self.chat, rooms: &self.rooms };
            let sent = match &mut session.pace {
                None => session.queue.send(id, &past, dialect, &mut to.sink, &mut to.history),
                Some(pace) => wire::send(&mut session.queue, pace, id, &past, &mut to.sink, to.now),
            };
            if to.sink.bytes > before || !matches!(sent, Sent::Blocked) {
                session.stuck = None;
            }
            if session.waiting.is_some() {
                to.waiting.push(id);
            }
            match sent {
                Sent::All => return self.sent_all(id, to.now),
                // It takes what it is given, and is given more in the next turn.
                Sent::Enough => return self.list(id),
                Sent::Replaying => self.replay_later(id),
                Sent::Blocked => session.blocked = true,
                Sent::Held => self.hold(id),
                Sent::Paced => self.watch_wire(id, to.now),
                Sent::Lost(why) => return to.failed.push((id, Failure::Broken(why))),
            }
        }
        if self.sessions[id.0].blocked {
            self.note_stuck(id, to.now);
        }
        let session = &self.sessions[id.0];
        if session.queue.cost() > self.limits.send_queue + session.waited && !session.is_leaving() {
            to.failed.push((id, Failure::Slow));
        }
    }

    /// Remembers that a session is owed a part of the history.
    fn replay_later(&mut self, id: SessionId) {
        let session = &mut self.sessions[id.0];
        session.waited = session.queue.cost();
        if !mem::replace(&mut session.replaying, true) {
            self.replaying.push_back(id);
        }
    }

    /// A session has all that it is owed. If it is leaving, that was the last thing.
    fn sent_all(&mut self, id: SessionId, now: Instant) {
        let session = &mut self.sessions[id.0];
        session.waited = 0;
        if let (None, [seat]) = (&session.pace, session.seats()) {
            self.rooms[seat.room.0].present[seat.place].is_free = true;
        }
        if !session.is_leaving() || session.forgotten {
            return;
        }
        if session.ended.is_some() || self.stopping {
            self.forget(id);
        } else if !session.half_closed {
            session.half_closed = true;
            self.closes.push_back(Close::Half(id));
            self.set_timer(id, now + LINGER);
        }
    }
}

/// What a flush has at hand: where bytes go, and who could not be written to.
struct Flush<'a, S> {
    sink: Counting<'a, S>,
    /// How much of the history may be sent now, in bytes.
    history: usize,
    failed: Vec<(SessionId, Failure)>,
    /// Who was sent something, and may have waited for that.
    waiting: Vec<SessionId>,
    now: Instant,
}

/// Why a session could not be written to.
#[derive(Debug)]
enum Failure {
    Broken(std::io::Error),
    Slow,
}
