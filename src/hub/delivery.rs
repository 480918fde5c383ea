//! From what the chat decides to what each socket takes: tapes, queues, and one write for each connection and turn.

use std::io::{ErrorKind, IoSlice};
use std::mem;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use log::{debug, info};

use crate::base::limits::SEND_QUEUE_BYTES;
use crate::chat::Output;
use crate::hub::send_queue::Sent;
use crate::hub::session::{Seat, SessionId, Stage};
use crate::hub::tapes::Turn;
use crate::hub::{Close, Hub, Sink};
use crate::proto::{Audience, Event, MemberId};

/// Why who does not read is removed.
const SLOW_REASON: &str = "Reading too slowly: too much was waiting to be read.";

impl Hub {
    /// Carries out all that the chat has decided.
    pub(super) fn deliver(&mut self, now: Instant) {
        while let Some(output) = self.chat.poll_output() {
            if let Output::Tell(_, Event::New(entry)) = &output {
                debug!("{:?}", entry.news);
            }
            match output {
                Output::Tell(Audience::One(to), event) => self.tell(self.session_of[to.0], &event),
                Output::Tell(Audience::Others(but), event) => self.say(&event, Some(but)),
                Output::Tell(Audience::Room { speaker }, event) => {
                    let prints = |by: &MemberId| {
                        let session = &self.sessions[self.session_of[by.0].0];
                        session.dialect().prints_own_lines()
                    };
                    let but = speaker.filter(prints);
                    self.say(&event, but);
                }
                Output::Seat(member) => self.seat(self.session_of[member.0]),
                Output::Unseat(member) => self.unseat(self.session_of[member.0]),
                Output::Replay(to, ids) => {
                    let id = self.session_of[to.0];
                    self.catch_up(id);
                    self.sessions[id.0].queue.push_replay(ids);
                    self.list(id);
                }
                Output::Dismiss(member, name) => {
                    let id = self.session_of[member.0];
                    info!("{name} ({}) leaves", self.sessions[id.0].peer);
                    self.begin_leaving(id, now);
                }
            }
        }
        self.host.attend(self.chat.count(), now);
        self.set_host_timer();
    }

    /// Lets a session hear the room from now on.
    fn seat(&mut self, id: SessionId) {
        let session = &mut self.sessions[id.0];
        let dialect = session.dialect();
        if let Stage::Member { seat: seat @ None, .. } = &mut session.stage {
            self.tapes.enter(dialect);
            *seat = Some(Seat { place: self.present.len(), heard: self.tapes.len(dialect) });
            self.present.push(id);
        }
    }

    /// Ends that. What the room said until now still reaches the session.
    pub(super) fn unseat(&mut self, id: SessionId) {
        self.catch_up(id);
        let session = &mut self.sessions[id.0];
        let dialect = session.dialect();
        let Stage::Member { seat, .. } = &mut session.stage else { return };
        let Some(Seat { place, .. }) = seat.take() else { return };
        self.list(id);
        self.tapes.leave(dialect);
        self.present.swap_remove(place);
        if let Some(moved) = self.present.get(place)
            && let Some(seat) = self.sessions[moved.0].seat()
        {
            seat.place = place;
        }
    }

    /// Says `event` to the room, but to one member.
    fn say(&mut self, event: &Event, but: Option<MemberId>) {
        let Some(but) = but else { return self.tapes.say(event) };
        let id = self.session_of[but.0];
        self.catch_up(id);
        self.tapes.say(event);
        let session = &mut self.sessions[id.0];
        let end = self.tapes.len(session.dialect());
        if let Some(seat) = session.seat() {
            seat.heard = end;
        }
    }

    /// Tells one session something, after all that it heard before.
    pub(super) fn tell(&mut self, id: SessionId, event: &Event) {
        if matches!(event, Event::Removed { .. }) {
            // There is no time left for that, and there is for the reason.
            self.sessions[id.0].queue.drop_replay();
        }
        let mut bytes = BytesMut::new();
        self.sessions[id.0].dialect().encode(event, &mut bytes);
        self.owe(id, bytes.freeze());
    }

    /// Owes one session these bytes, after all that it heard before.
    pub(super) fn owe(&mut self, id: SessionId, bytes: Bytes) {
        self.catch_up(id);
        self.sessions[id.0].queue.push_bytes(bytes);
        self.list(id);
    }

    fn catch_up(&mut self, id: SessionId) {
        let session = &mut self.sessions[id.0];
        session.catch_up(self.tapes.len(session.dialect()));
    }

    /// Writes each connection what it is owed, once. Those who owe too much, or whose connection is broken, are dealt
    /// with in the turn after.
    pub fn flush(&mut self, sink: &mut impl Sink, now: Instant) {
        let turn = self.tapes.finish();
        let listed = mem::take(&mut self.listed);
        for id in &listed {
            self.sessions[id.0].listed = false;
        }
        let mut failed = Vec::new();
        if !turn.is_empty() {
            for seat in 0..self.present.len() {
                self.flush_one(self.present[seat], &turn, sink, &mut failed);
            }
        }
        for id in listed {
            let heard_already = !turn.is_empty() && self.sessions[id.0].seat().is_some();
            if !heard_already {
                self.flush_one(id, &turn, sink, &mut failed);
            }
        }
        for (id, failure) in failed {
            match failure {
                Failure::Broken(why) => self.lost(id, &why, now),
                Failure::Slow => {
                    self.sessions[id.0].queue.cut();
                    self.remove(id, SLOW_REASON, now);
                }
            }
        }
    }

    fn flush_one(
        &mut self,
        id: SessionId,
        turn: &Turn,
        sink: &mut impl Sink,
        failed: &mut Vec<(SessionId, Failure)>,
    ) {
        let session = &mut self.sessions[id.0];
        let dialect = session.dialect();
        let tape = turn.tape(dialect);
        let mut from = session.seat().map_or(tape.len(), |seat| mem::take(&mut seat.heard));
        if session.queue.is_empty() && !session.blocked && from < tape.len() {
            // Nearly always: nothing is owed but what the room just said, and the socket takes it.
            match sink.write(id, &[IoSlice::new(&tape[from..])]) {
                Ok(sent) if sent == tape.len() - from => return,
                Ok(sent) => {
                    session.queue.push_begun(tape.slice(from + sent..));
                    from = tape.len();
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => session.blocked = true,
                // Whatever else there is to it shows when it is tried again.
                Err(_) => {}
            }
        }
        session.queue.push_tape(from..tape.len());
        session.queue.finish_turn(tape);
        if !session.blocked {
            match session.queue.send(id, self.chat.history(), dialect, sink) {
                Sent::All => return self.sent_all(id),
                // It takes what it is given, and is given more in the next turn.
                Sent::Enough => return self.list(id),
                Sent::Blocked => session.blocked = true,
                Sent::Lost(why) => return failed.push((id, Failure::Broken(why))),
            }
        }
        if session.queue.cost() > SEND_QUEUE_BYTES && session.stage != Stage::Leaving {
            failed.push((id, Failure::Slow));
        }
    }

    /// A session has all that it is owed. If it is leaving, that was the last thing.
    fn sent_all(&mut self, id: SessionId) {
        let session = &mut self.sessions[id.0];
        if session.stage != Stage::Leaving || session.forgotten {
            return;
        }
        if session.ended || self.stopping {
            self.forget(id);
        } else if !session.half_closed {
            session.half_closed = true;
            self.closes.push_back(Close::Half(id));
        }
    }
}

/// Why a session could not be written to.
#[derive(Debug)]
enum Failure {
    Broken(std::io::Error),
    Slow,
}
