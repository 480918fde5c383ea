//! How connections begin: who is let in, who is turned away, and what the log is told of those who are not.

use std::fmt::Display;
use std::net::SocketAddr;
use std::time::Instant;

use log::{debug, info};

use crate::base::limits::{GREETING_AFTER, REFUSALS_TOLD_EVERY};
use crate::fanout::SessionId;
use crate::hub::ids::ListenerKind;
use crate::hub::session::Session;
use crate::hub::{Due, Hub};
use crate::limits::admission::{Refused, Source};
use crate::proto::{Event, Removal};
use crate::wire::chaty;

impl Hub {
    /// Somebody connected. An error: the newcomer is to be told that, and closed.
    pub fn connected(
        &mut self,
        peer: SocketAddr,
        door: ListenerKind,
        now: Instant,
    ) -> Result<SessionId, Refused> {
        let others = self.sessions.len();
        let admitted =
            if self.stopping { Err(Refused::Stopping) } else { self.admission.admit(peer.ip(), others, now) };
        if let Err(why) = admitted {
            self.refused(peer, "entry", &why, now);
            return Err(why);
        }
        let session = Session::new(peer, door, now, &self.unfinished);
        let encoding = session.codec.encoding();
        let id = SessionId(self.sessions.insert(session));
        self.fanout.open(id, encoding);
        self.set_timer(id, now + GREETING_AFTER);
        debug!("{peer} connected");
        if let Some(why) = self.chat.bans.why_not_from(peer.ip(), self.wall(now)) {
            self.refused(peer, "entry", &why, now);
            self.turn_away(id, &why, now);
        } else {
            self.send_reply(id);
        }
        Ok(id)
    }

    /// Somebody was refused entry, or a name. The log is told of it, but not each time.
    pub fn refused(&mut self, peer: SocketAddr, what: &str, why: &dyn Display, now: Instant) {
        self.metrics.refused += 1;
        if self.refusals.is_empty() {
            self.timers.set(Due::Refusals, now + REFUSALS_TOLD_EVERY);
        }
        if self.refusals.count(Source::of(peer.ip())) {
            info!("{peer} is refused {what}: {}", why.to_string().escape_debug());
        }
    }

    /// A minute since the first refusal, or since the log was last told of them, is over.
    pub(super) fn refusals_due(&mut self, now: Instant) {
        for line in self.refusals.end_minute() {
            info!("{line}");
        }
        if !self.refusals.is_empty() {
            self.timers.set(Due::Refusals, now + REFUSALS_TOLD_EVERY);
        }
    }
}

impl Refused {
    /// What the newcomer is sent, in the words of the port that it came to.
    pub fn words(self, door: ListenerKind) -> Vec<u8> {
        match door {
            ListenerKind::Any => format!("{self}\n").into_bytes(),
            ListenerKind::Chaty => chaty::messages(&Event::Removed(Removal::Operator("".into()))).concat(),
        }
    }
}
