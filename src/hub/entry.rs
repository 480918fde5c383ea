//! Who may enter: admits connections, counts those that speak HTTP and so are no sessions, and logs who is refused.

use std::fmt::Display;
use std::net::SocketAddr;
use std::time::Instant;

use log::debug;

use crate::hub::ids::{ListenerKind, Permit};
use crate::limits::admission::{Admission, Refused};
use crate::limits::peer_limits::PeerLimits;

/// The limits on connections, and what is counted against them.
#[derive(Debug)]
pub struct Entry {
    admission: Admission,
    /// The number of connections that speak HTTP. They may become sessions again.
    http: usize,
    refused: u64,
}

impl Entry {
    /// Starts without connections.
    pub(super) fn new(limits: &PeerLimits) -> Entry {
        let PeerLimits { connections, per_address, new_per_minute, .. } = *limits;
        Entry { admission: Admission::new(connections, per_address, new_per_minute), http: 0, refused: 0 }
    }

    /// Admits a new connection beside this many sessions.
    pub(super) fn admit(
        &mut self,
        peer: SocketAddr,
        kind: ListenerKind,
        sessions: usize,
        now: Instant,
    ) -> Result<Permit, Refused> {
        let admitted = self.admission.admit(peer.ip(), sessions + self.http, now);
        admitted.inspect_err(|why| self.refuse(peer, "entry", why, now))?;
        Ok(Permit { peer, kind, since: now })
    }

    /// A connection that was admitted speaks HTTP.
    pub(super) fn speaks_http(&mut self, permit: &Permit, now: Instant) {
        self.http += 1;
        self.admission.speaks_http(permit.peer.ip(), now);
    }

    /// Admits a request of a connection that speaks HTTP.
    pub fn admit_request(&mut self, permit: &Permit, now: Instant) -> Result<(), Refused> {
        self.admission.admit_request(permit.peer.ip(), now)
    }

    /// Admits a connection that speaks HTTP to the chat, for a WebSocket.
    pub fn admit_websocket(&mut self, permit: &Permit, now: Instant) -> Result<(), Refused> {
        let admitted = self.admission.admit_websocket(permit.peer.ip(), now);
        admitted.inspect_err(|why| self.refuse(permit.peer, "entry", why, now))
    }

    /// A connection that speaks HTTP becomes a session, for a WebSocket.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used once")]
    pub(super) fn upgrade(&mut self, permit: Permit, now: Instant) -> Permit {
        self.http -= 1;
        Permit { since: now, ..permit }
    }

    /// A connection that speaks HTTP is closed.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used once")]
    pub fn http_closed(&mut self, permit: Permit) {
        self.http -= 1;
        self.admission.http_closed(permit.peer.ip());
        debug!("{} closed", permit.peer);
    }

    /// A connection of the chat is closed.
    pub(super) fn closed(&mut self, peer: SocketAddr) {
        self.admission.closed(peer.ip());
    }

    /// Logs the refusal of a connection or a name, rate-limited.
    pub fn refuse(&mut self, peer: SocketAddr, what: &str, why: &dyn Display, now: Instant) {
        self.refused += 1;
        self.admission.log_refusal(peer, what, why, now);
    }

    /// The number of refused connections and names.
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    /// The number of connections that speak HTTP.
    pub fn http_connections(&self) -> usize {
        self.http
    }

    /// The service ends: nobody is let in any more.
    pub(super) fn stop(&mut self) {
        self.admission.stop();
    }

    /// Whether the service is ending.
    pub fn is_stopping(&self) -> bool {
        self.admission.is_stopping()
    }

    /// When the log is told of refusals next.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.admission.deadline()
    }

    /// Tells the log of refusals, if that is due.
    pub(super) fn on_timer(&mut self, now: Instant) {
        self.admission.on_timer(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_speak_http_count_until_they_are_closed_or_become_sessions() {
        let now = Instant::now();
        let limits = PeerLimits { connections: 2, ..PeerLimits::default() };
        let mut entry = Entry::new(&limits);
        let admit = |entry: &mut Entry, sessions| {
            entry.admit(([192, 0, 2, 1], 1).into(), ListenerKind::Any, sessions, now)
        };
        let (one, two) = (admit(&mut entry, 0).unwrap(), admit(&mut entry, 1).unwrap());
        assert!(admit(&mut entry, 2).is_err());
        entry.speaks_http(&one, now);
        entry.speaks_http(&two, now);
        assert!(admit(&mut entry, 0).is_err());
        assert_eq!((entry.http_connections(), entry.refused()), (2, 2));
        entry.http_closed(one);
        entry.admit_websocket(&two, now).unwrap();
        let permit = entry.upgrade(two, now + std::time::Duration::from_secs(9));
        assert_eq!((entry.http_connections(), permit.since.duration_since(now).as_secs()), (0, 9));
        entry.stop();
        assert!(entry.is_stopping() && admit(&mut entry, 0).is_err());
    }
}
