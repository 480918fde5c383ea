//! Clients that send in bursts are not refused what they ask for too fast, nor removed: they are not read for a while (what IRC
//! servers call fakelag). What they sent stays in their sockets, and in what was read in one turn.

use std::time::Instant;

use crate::fanout::SessionId;
use crate::hub::sessions::Sessions;
use crate::limits::command_budget::Cost;
use crate::proto::Request;

impl Sessions {
    /// Charges a request, which is carried out in any case. If it was one too many, the session pauses. `None`: a line that the
    /// protocol itself answered.
    pub(in crate::hub) fn pace(&mut self, id: SessionId, request: Option<&Request>, now: Instant) {
        let (spam, commands) = (self.spam_limit, self.limits.commands.is_some());
        let session = &mut self[id];
        if !session.profile().is_paced {
            return;
        }
        if request.is_some_and(|request| Cost::of(request) != Cost::Nothing) {
            session.last_active = now;
        }
        if let Some(wait) = session.quota.pace(request, spam, commands, now) {
            session.paused_until = Some(now + wait);
        }
    }

    /// Whether a session pauses; its timer ends that.
    pub(in crate::hub) fn pauses(&mut self, id: SessionId, now: Instant) -> bool {
        let Some(until) = self[id].paused_until else { return false };
        if until <= now {
            self[id].paused_until = None;
            return false;
        }
        self.watch_member(id);
        true
    }

    /// If the pause of a session is over, the next turn goes on with its input.
    pub(in crate::hub) fn check_pause(&mut self, id: SessionId, now: Instant) {
        if self[id].paused_until.is_some_and(|until| until <= now) {
            self[id].paused_until = None;
            self.mark_runnable(id);
        }
    }
}
