//! Sessions that wait for an answer. A member with an open question may ask for something that comes after the answer, such as
//! another question, another room, or to leave; or its input may end. That request waits, and so does all input after it.
//!
//! So a member that asks and leaves is answered first. A member that leaves the chat also waits for bots, which take their time
//! or ask for a forecast; one that goes to another room does not. `REPLY_TIMEOUT` and `HALF_CLOSED_TIMEOUT` bound the waiting.
//!
//! The caller tells whether a bot owes a member an answer.

use std::time::Instant;

use crate::base::limits::{MAX_CLOCK_STEP, RESULT_BYTES_MAX};
use crate::chat::{is_exit, waits_for_replies};
use crate::fanout::SessionId;
use crate::hub::sessions::{Label, Sessions};
use crate::proto::{MemberId, Request};

/// A request that waits until the question before it is answered.
#[derive(Debug)]
pub(in crate::hub) struct Waiting {
    pub(in crate::hub) since: Instant,
    /// The request; `None`: the input has ended, and the session leaves.
    pub(in crate::hub) then: Option<Request>,
    pub(in crate::hub) label: Option<Box<Label>>,
}

impl Waiting {
    /// Whether the session then leaves the chat.
    fn leaves(&self) -> bool {
        self.then.as_ref().is_none_or(is_exit)
    }
}

impl Sessions {
    /// Whether a request has to wait for an answer.
    pub(in crate::hub) fn must_wait(
        &self,
        id: SessionId,
        request: &Request,
        owes: impl Fn(MemberId) -> bool,
    ) -> bool {
        let is_late = || self[id].is_asking || self.has_much_to_read(id);
        (is_exit(request) && self.is_owed(id, owes)) || (waits_for_replies(request) && is_late())
    }

    /// Whether a session whose input has ended has to wait for an answer before it leaves.
    pub(in crate::hub) fn must_wait_to_leave(
        &self,
        id: SessionId,
        owes: impl Fn(MemberId) -> bool,
        now: Instant,
    ) -> bool {
        (self[id].is_asking || self.is_owed(id, owes)) && !self[id].is_half_closed_for_long(now)
    }

    /// Whether a session's request has to wait longer.
    pub(in crate::hub) fn must_wait_on(
        &self,
        id: SessionId,
        owes: impl Fn(MemberId) -> bool,
        now: Instant,
    ) -> bool {
        let Some(waiting) = &self[id].waiting else { return false };
        (self[id].is_asking
            || (waiting.then.is_some() && self.has_much_to_read(id))
            || (waiting.leaves() && self.is_owed(id, owes)))
            && self[id].reply_deadline().is_some_and(|end| now < end)
    }

    /// Has a session wait, and carry out `then` when it is answered. `None`: it leaves.
    pub(in crate::hub) fn begin_waiting(&mut self, id: SessionId, then: Option<Request>, now: Instant) {
        let label = self[id].label.take();
        self[id].waiting = Some(Box::new(Waiting { since: now, then, label }));
        self.fanout.report_progress(id, true);
        self.watch_member(id);
    }

    /// Ends the waiting of a session. Returns the request that waited.
    pub(in crate::hub) fn end_waiting(&mut self, id: SessionId, now: Instant) -> Option<Box<Waiting>> {
        let waiting = self[id].waiting.take()?;
        self.fanout.report_progress(id, false);
        if !waiting.leaves() && now.saturating_duration_since(waiting.since) >= MAX_CLOCK_STEP {
            // Its input was not read meanwhile: the backlog is not a flood. Input of a session that leaves is dropped.
            self.stall.record(waiting.since, now);
        }
        Some(waiting)
    }

    /// A session was answered, or has read something. If it waited for that, the next turn resumes it.
    pub(in crate::hub) fn recheck_waiting(
        &mut self,
        id: SessionId,
        owes: impl Fn(MemberId) -> bool,
        now: Instant,
    ) {
        let session = &self[id];
        if session.waiting.is_some() && !session.is_runnable && !self.must_wait_on(id, owes, now) {
            self.mark_runnable(id);
        }
    }

    /// The member of a session that waits to leave the chat.
    pub(in crate::hub) fn leaver(&self, id: SessionId) -> Option<MemberId> {
        let session = &self[id];
        session.member().filter(|_| session.waiting.as_ref().is_some_and(|waiting| waiting.leaves()))
    }

    /// Whether a bot owes the session's member an answer, or what it said is not heard yet.
    fn is_owed(&self, id: SessionId, owes: impl Fn(MemberId) -> bool) -> bool {
        self[id].unheard > 0 || self[id].member().is_some_and(owes)
    }

    /// Whether a session has not read the answers to its earlier questions.
    pub(super) fn has_much_to_read(&self, id: SessionId) -> bool {
        self.fanout.backlog(id) > RESULT_BYTES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::{HALF_CLOSED_TIMEOUT, REPLY_TIMEOUT};
    use crate::hub::sessions::tests::{name, table};

    fn command(name: &str) -> Request {
        Request::Command { room: None, name: name.into(), rest: String::new() }
    }

    #[test]
    fn who_asked_waits_with_what_comes_after_the_answer_and_who_leaves_also_for_bots() {
        let (mut table, ids) = table(1);
        let (id, now) = (ids[0], Instant::now());
        table.become_member(id, MemberId(3), &name());
        let (search, exit) = (command("search"), command("exit"));
        let must_wait = |table: &Sessions, request| table.must_wait(id, request, |_| false);
        assert!(!must_wait(&table, &search) && !must_wait(&table, &exit));
        assert!(table.must_wait(id, &exit, |member| member == MemberId(3)));
        assert!(!table.must_wait(id, &search, |_| true), "no bot has to answer first");
        table[id].is_asking = true;
        assert!(must_wait(&table, &search) && must_wait(&table, &exit));
        assert!(!must_wait(&table, &Request::Say { room: None, text: "hi".into() }));
        table.begin_waiting(id, Some(search), now);
        assert_eq!(table.leaver(id), None);
        table.recheck_waiting(id, |_| false, now);
        assert!(!table[id].is_runnable);
        assert!(!table.must_wait_on(id, |_| true, now + REPLY_TIMEOUT), "nobody waits for ever");
        table[id].is_asking = false;
        table.recheck_waiting(id, |_| true, now);
        assert!(table[id].is_runnable);
        assert!(table.end_waiting(id, now).is_some_and(|waiting| waiting.then.is_some()));
        assert!(table.end_waiting(id, now).is_none());
    }

    #[test]
    fn who_ended_its_input_leaves_when_it_is_answered_or_that_is_long_ago() {
        let (mut table, ids) = table(1);
        let (id, now) = (ids[0], Instant::now());
        table.become_member(id, MemberId(3), &name());
        table[id].ended = Some(now);
        assert!(!table.must_wait_to_leave(id, |_| false, now));
        assert!(table.must_wait_to_leave(id, |_| true, now));
        assert!(!table.must_wait_to_leave(id, |_| true, now + HALF_CLOSED_TIMEOUT));
        table.begin_waiting(id, None, now);
        assert_eq!(table.leaver(id), Some(MemberId(3)));
        assert!(table.must_wait_on(id, |_| true, now) && !table.must_wait_on(id, |_| false, now));
        assert_eq!(table[id].reply_deadline(), Some(now + HALF_CLOSED_TIMEOUT));
    }
}
