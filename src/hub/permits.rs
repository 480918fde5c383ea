//! Connections that were admitted and are no sessions: they speak something that the chat knows nothing of. They count among all
//! connections, and among those of their address, until they are given back or become sessions again.

use std::time::{Duration, Instant};

use bytes::Bytes;
use log::debug;

use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::ids::{ListenerKind, Permit};
use crate::hub::session::{Session, Stage};
use crate::wire::Codec;

impl Hub {
    /// Whether nothing that a session sent was looked at yet, and it was told nothing.
    pub fn is_untouched(&self, id: SessionId) -> bool {
        let session = self.sessions.get(id);
        session.is_some_and(|session| {
            matches!(session.stage, Stage::Greeting { .. }) && session.codec.is_silent()
        })
    }

    /// The first bytes of an untouched session show that it is not for the chat: it is none any more, without a trace. None: it
    /// was told something, or something came of it.
    pub fn release(&mut self, id: SessionId) -> Option<Permit> {
        if !self.is_untouched(id) {
            return None;
        }
        self.cancel_timer(id);
        self.fanout.close(id);
        let Session { peer, came, .. } = self.sessions.release(id);
        Some(Permit { peer, kind: ListenerKind::Any, since: came })
    }

    /// A connection that is no session is closed.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used once")]
    pub fn give_back(&mut self, permit: Permit) {
        self.sessions.released -= 1;
        self.admission.closed(permit.peer.ip());
        debug!("{} closed", permit.peer);
    }

    /// Whether a request from the holder of this permit is answered; if not, when the next may come.
    pub fn admit_request(&mut self, permit: &Permit, now: Instant) -> Result<(), Duration> {
        self.admission.admit_request(permit.peer.ip(), now)
    }

    /// Why not all is well, if it is not: a sentence.
    pub fn illness(&self) -> Option<String> {
        self.gate.degraded().map(|why| format!("Nothing that is said is kept: {why}."))
    }

    /// A released connection is a WebSocket from now on, and a session. It begins with these bytes.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used once")]
    pub fn open_websocket(&mut self, permit: Permit, begin: Bytes, now: Instant) -> SessionId {
        self.sessions.released -= 1;
        self.open_with(Permit { since: now, ..permit }, Codec::websocket(begin), now)
    }
}
