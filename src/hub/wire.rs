//! The wire on which nothing ends a message: when a client on it may be sent the next, and when what it sent is whole.

use std::io::ErrorKind;
use std::time::Instant;

use crate::hub::ids::SessionId;
use crate::hub::pace::Pace;
use crate::hub::past::Past;
use crate::hub::send_queue::{SendQueue, Sent};
use crate::hub::sink::{Reading, Sink};
use crate::hub::{Due, Hub};
use crate::wire::chaty;

/// The kind of room that its clients come to.
const KIND: &str = "chaty";

/// Sends one message, if the one before was read.
pub(super) fn send(
    queue: &mut SendQueue,
    pace: &mut Pace,
    to: SessionId,
    past: &Past<'_>,
    sink: &mut impl Sink,
    now: Instant,
) -> Sent {
    if !queue.is_begun() {
        let reading = if pace.waits() { sink.reading(to, pace.written) } else { Reading::Unknown };
        pace.judge(reading, now);
        if pace.waits() {
            return if queue.is_empty() { Sent::All } else { Sent::Paced };
        }
    }
    if queue.is_held(past) {
        return Sent::Held;
    }
    match queue.send_message(to, past, sink) {
        Ok((sent, is_whole)) => {
            pace.written += sent as u64;
            if !is_whole {
                return Sent::Blocked;
            }
            if sent > 0 {
                pace.sent(now);
            }
            match sent {
                _ if queue.is_empty() => Sent::All,
                // What may be heard of the past is none of this dialect's, and the rest may not be heard yet.
                0 if queue.is_held(past) => Sent::Held,
                _ => Sent::Paced,
            }
        }
        Err(e) if e.kind() == ErrorKind::WouldBlock => Sent::Blocked,
        Err(e) if e.kind() == ErrorKind::Interrupted => Sent::Enough,
        Err(e) => Sent::Lost(e),
    }
}

impl Hub {
    /// Asks a client for its name.
    pub(super) fn ask_nick(&mut self, id: SessionId) {
        self.owe(id, |out| {
            out.extend_from_slice(chaty::ASK.as_bytes());
            out.extend_from_slice(&[chaty::BORDER]);
        });
    }

    /// The room that these clients come to, if it is open.
    pub(super) fn chaty_room(&self) -> Option<String> {
        let found = self.chat.rooms().find(|(_, room)| room.style().kind == KIND);
        found.map(|(_, room)| room.name().to_owned())
    }

    /// Sees to it that a client is looked at again when that may lead to something. What is due by now is left to this turn,
    /// which comes to all who are listed, or to the next, which comes to all who are behind.
    pub(super) fn watch_wire(&mut self, id: SessionId, now: Instant) {
        let session = &self.sessions[id.0];
        let Some(pace) = &session.pace else { return };
        let next = pace.next().filter(|_| !session.queue.is_empty() && !session.blocked);
        if next.is_some_and(|at| at <= now) {
            // It sent something just when its next message was due: there will be no other deadline.
            self.list(id);
        }
        let session = &self.sessions[id.0];
        let wanted = [next, session.reader.deadline()].into_iter().flatten().filter(|at| *at > now).min();
        self.cancel_wire_timer(id);
        if let (Some(at), Some(pace)) = (wanted, &mut self.sessions[id.0].pace) {
            pace.timer = Some(self.timers.set(at, Due::Wire(id)));
        }
    }

    /// It is time to look.
    pub(super) fn wire_due(&mut self, id: SessionId, now: Instant) {
        if let Some(pace) = &mut self.sessions[id.0].pace {
            pace.timer = None;
        }
        self.list(id);
        if !self.sessions[id.0].behind {
            self.work(id, now);
        }
        self.watch_wire(id, now);
    }

    pub(super) fn cancel_wire_timer(&mut self, id: SessionId) {
        if let Some(key) = self.sessions[id.0].pace.as_mut().and_then(|pace| pace.timer.take()) {
            self.timers.cancel(key);
        }
    }
}
