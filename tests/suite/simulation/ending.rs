//! The end of a seed: all output is delivered, all clients leave, and nothing remains to be done.

use std::time::Duration;

use salon::base::limits::{CLOSE_LINGER, REFUSAL_LOG_INTERVAL};
use salon::hub::SessionId;

use crate::simulation::network::Piece;
use crate::simulation::vocabulary::ROOMS;
use crate::simulation::world::World;

/// How long clients may take to read everything, one message at a time.
const READ_WITHIN: Duration = Duration::from_secs(30);

/// How many attempts are made to find a time when all queues are empty.
const TRIES: usize = 2_000;

impl World {
    /// Checks that all messages are released, and that the input of every client is read.
    fn check_flow(&self, ids: &[SessionId]) -> Result<(), String> {
        let hub = &self.server.hub;
        if hub.holds_back() {
            return Err("what was said is held back for ever".into());
        }
        let is_deaf = |id: &&SessionId| {
            hub.sessions().is_in(**id)
                && hub.sessions().may_send_more(**id)
                && !hub.sessions().accepts_input(**id)
        };
        ids.iter().find(is_deaf).map_or(Ok(()), |id| Err(format!("{id:?} is not listened to any more")))
    }

    /// All clients read everything and then leave; the service ends, and nothing remains to be done.
    pub fn rest(&mut self) -> Result<(), String> {
        for socket in self.server.network.sockets.values_mut() {
            socket.open(None);
            if socket.is_dead {
                // Keep-alive finds the cut connection at last.
                socket.send(Piece::Reset, self.server.now);
            }
            socket.bite = usize::MAX;
            socket.reads = socket.reads.map(|(knows, _)| (knows, Duration::ZERO));
        }
        self.server.disk.recover();
        self.server.sequencer.recover();
        self.advance(READ_WITHIN)?;
        let ids: Vec<SessionId> = self.server.network.sockets.keys().copied().collect();
        let mut tries = 0;
        while self.server.hub.sessions().unsent(&ids).0 > 0 || self.server.is_behind() {
            self.advance(Duration::from_millis(7))?;
            tries += 1;
            if tries > TRIES {
                return Err(format!("{:?} is owed for ever", self.server.hub.sessions().unsent(&ids)));
            }
        }
        self.shadow.check_all()?;
        self.check_flow(&ids)?;
        if !self.shadow.pending.is_empty() {
            return Err(format!("{:?} are not answered", self.shadow.pending));
        }
        let ids: Vec<SessionId> = self.server.network.sockets.keys().copied().collect();
        for (nth, id) in ids.into_iter().enumerate().skip(ROOMS.len()) {
            let Some(socket) = self.server.network.sockets.get_mut(&id) else { continue };
            socket.send(if nth % 2 == 0 { Piece::End } else { Piece::Reset }, self.server.now);
            let part = socket.part;
            self.shadow.parts[part].is_gone = true;
            self.shadow.parts[part].end();
        }
        self.advance(CLOSE_LINGER + Duration::from_secs(2))?;
        if self.server.hub.sessions().count() != ROOMS.len() {
            return Err(format!("{} sessions are left", self.server.hub.sessions().count() - ROOMS.len()));
        }
        self.server.hub.stop(self.server.now);
        for _ in 0..4 {
            self.server.turn(self.shadow.turn);
            // All timers have expired by then.
            self.server.now += 2 * REFUSAL_LOG_INTERVAL;
        }
        match (self.server.hub.sessions().count(), self.server.hub.next_deadline()) {
            (0, None) => Ok(()),
            (left, due) => {
                let is_due = due.is_some();
                Err(format!("after the end {left} sessions are left, and a deadline: {is_due}"))
            }
        }
    }
}
