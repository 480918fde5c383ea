//! Connections that were admitted and are no sessions: they speak something that the chat knows nothing of. They count among all
//! connections, and among those of their address, until they are given back or become sessions again.

use std::time::{Duration, Instant};

use bytes::Bytes;
use log::debug;

use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::ids::Permit;
use crate::wire::Codec;

impl Hub {
    /// Whether no input of a session was parsed yet, and it was told nothing.
    pub fn is_untouched(&self, id: SessionId) -> bool {
        self.sessions.is_untouched(id)
    }

    /// The first bytes of an untouched session show that it is not for the chat: it is none any more, without a trace. `None`: it
    /// was told something, or something came of it.
    pub fn release(&mut self, id: SessionId) -> Option<Permit> {
        self.sessions.release(id)
    }

    /// A connection that is no session is closed.
    pub fn give_back(&mut self, permit: Permit) {
        let Permit { peer, .. } = self.sessions.readmit(permit);
        self.admission.closed(peer.ip());
        debug!("{peer} closed");
    }

    /// Admits a request of the holder of this permit. An error: when the next may come.
    pub fn admit_request(&mut self, permit: &Permit, now: Instant) -> Result<(), Duration> {
        self.admission.admit_request(permit.peer.ip(), now)
    }

    /// What is wrong with the service, for its health check: a sentence. `None`: nothing.
    pub fn health_problem(&self) -> Option<String> {
        self.gate.degraded().map(|why| format!("Nothing that is said is kept: {why}."))
    }

    /// A released connection is a WebSocket from now on, and a session. It begins with these bytes.
    pub fn open_websocket(&mut self, permit: Permit, begin: Bytes, now: Instant) -> SessionId {
        let permit = Permit { since: now, ..self.sessions.readmit(permit) };
        self.open_with(permit, Codec::websocket(begin), now)
    }
}
