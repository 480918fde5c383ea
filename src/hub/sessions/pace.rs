//! Clients that send in bursts are not refused what they ask for too fast, nor removed: they are not read for a while (what IRC
//! servers call fakelag). What they sent stays in their sockets, and in what was read in one turn.

use std::time::Instant;

use crate::base::limits::{IRC_ANSWER_BYTES, IRC_ANSWER_PAUSE};
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

    /// A session is not read until then.
    pub(in crate::hub) fn pause(&mut self, id: SessionId, until: Instant) {
        self[id].paused_until = Some(until);
        self.watch_member(id);
    }

    /// Whether a session pauses; its timer ends that. It also pauses while much of what it was answered waits to be sent: a short
    /// question may have a long answer, and others have their turn.
    pub(in crate::hub) fn pauses(&mut self, id: SessionId, now: Instant) -> bool {
        let session = &self[id];
        if session.paused_until.is_none_or(|until| until <= now) {
            let is_asking = session.profile().is_paced && session.member().is_some();
            let is_full = is_asking && self.fanout.backlog(id) > IRC_ANSWER_BYTES;
            // Whoever has read nothing for long is looked at less often.
            let stalled =
                self.fanout.write_stalled_since(id).map(|since| now.saturating_duration_since(since));
            let pause = IRC_ANSWER_PAUSE.max(stalled.unwrap_or_default() / 8);
            self[id].paused_until = is_full.then(|| now + pause);
        }
        if self[id].paused_until.is_none() {
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
