//! The wire on which nothing ends a message: when a client on it may be sent the next, and when what it sent is whole.

use std::time::Instant;

use crate::fanout::SessionId;
use crate::hub::{Due, Hub};

impl Hub {
    /// Sees to it that a client is looked at again when that may lead to something. What is due by now is left to this turn,
    /// which comes to all who are listed, or to the next, which comes to all who are behind.
    pub(super) fn watch_wire(&mut self, id: SessionId, now: Instant) {
        if !self.fanout.is_paced(id) {
            return;
        }
        let next = self.fanout.next_paced_write(id);
        if next.is_some_and(|at| at <= now) {
            // It sent something just when its next message was due: there will be no other deadline.
            self.fanout.mark_pending_write(id);
        }
        let session = &self.sessions[id];
        let wanted = [next, session.codec.deadline()].into_iter().flatten().filter(|at| *at > now).min();
        self.timers.change(Due::Wire(id), wanted);
    }

    /// It is time to look.
    pub(super) fn wire_due(&mut self, id: SessionId, now: Instant) {
        self.fanout.mark_pending_write(id);
        if !self.sessions[id].is_runnable {
            self.work(id, now);
        }
        self.watch_wire(id, now);
    }
}
