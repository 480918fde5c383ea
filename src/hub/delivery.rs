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
use crate::hub::{Close, Due, Hub, Sink};
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
                Output::Tell(audience, event) => self.tell_audience(audience, &event, now),
                Output::Seat(member) => self.for_session(member, Hub::seat),
                Output::Unseat(member) => self.for_session(member, Hub::unseat),
                Output::Replay(to, ids) => self.for_session(to, |hub, id| {
                    hub.catch_up(id);
                    hub.sessions[id.0].queue.push_replay(ids);
                    hub.list(id);
                }),
                Output::Dismiss(member, name) => {
                    let session = self.session_of[member.0];
                    let place = session.map_or("here".to_owned(), |id| self.sessions[id.0].peer.to_string());
                    info!("{name} ({place}) leaves");
                    match session {
                        Some(id) => self.begin_leaving(id, now),
                        None => self.hosted.dismissed(member),
                    }
                }
            }
        }
        self.host.attend(self.chat.people(), now);
        self.set_timer_of(Due::Host, self.host.deadline());
    }

    /// Does something with a member's session, if it has one.
    fn for_session(&mut self, member: MemberId, act: impl FnOnce(&mut Hub, SessionId)) {
        if let Some(id) = self.session_of[member.0] {
            act(self, id);
        }
    }

    fn tell_audience(&mut self, audience: Audience, event: &Event, now: Instant) {
        match audience {
            Audience::One(to) => return self.for_session(to, |hub, id| hub.tell(id, event)),
            Audience::Others(but) => self.say(event, self.session_of[but.0]),
            Audience::Room { speaker } => {
                let session = speaker.and_then(|by| self.session_of[by.0]);
                self.say(event, session.filter(|id| self.sessions[id.0].dialect().prints_own_lines()));
            }
        }
        if let Event::New(entry) = event {
            self.let_cast_hear(entry, now);
        }
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

    /// Says `event` to the room, but to one session.
    fn say(&mut self, event: &Event, but: Option<SessionId>) {
        let Some(id) = but else { return self.tapes.say(event) };
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
