//! Sessions of a cluster's node that wait for the log: for a name, for the answer to a request, or to have a message heard.

use std::time::Instant;

use crate::fanout::SessionId;
use crate::hub::sessions::Sessions;
use crate::proto::{Event, MemberId};

impl Sessions {
    /// A session claims a name, under this number: its input waits.
    pub(in crate::hub) fn begin_claim(&mut self, id: SessionId, serial: u64) {
        self[id].claim = Some(serial);
    }

    /// Whether a session still waits for the answer to this claim.
    pub(in crate::hub) fn is_claiming(&self, id: SessionId, serial: u64) -> bool {
        self.get(id).is_some_and(|session| session.claim == Some(serial) && session.is_nameless())
    }

    /// A claim is being answered. Returns whether the session still waits for that: end it with [`Sessions::end_claim`] then.
    pub(in crate::hub) fn begin_claim_answer(&mut self, id: SessionId, serial: u64) -> bool {
        let is_claiming = self.is_claiming(id, serial);
        if is_claiming {
            self[id].claim = None;
        }
        is_claiming
    }

    /// A session's claim is answered: its input goes on.
    pub(in crate::hub) fn end_claim(&mut self, id: SessionId) {
        self.end_request(id);
        if !self[id].is_closing() {
            self.mark_runnable(id);
        }
    }

    /// A request of a member is proposed: its input waits until it is answered.
    pub(in crate::hub) fn await_step(&mut self, id: SessionId) {
        self.spend_label(id);
        let session = &mut self[id];
        session.steps = session.steps.saturating_add(1);
    }

    /// A request of a member is answered: its input goes on.
    pub(in crate::hub) fn end_step(&mut self, id: SessionId) {
        let session = &mut self[id];
        // The log answers in the order of what was proposed.
        if session.late_steps > 0 {
            session.late_steps -= 1;
            return;
        }
        session.steps = session.steps.saturating_sub(1);
        if session.steps == 0 {
            session.codec.is_answered();
            self.resume_input(id);
        }
    }

    /// What a session's input waited for was heard: its input goes on.
    fn resume_input(&mut self, id: SessionId) {
        if self[id].label.as_ref().is_some_and(|label| label.is_of_many()) {
            self.end_request(id);
        }
        if !self[id].is_closing() {
            self.mark_runnable(id);
        }
    }

    /// A message of a member, with this many bytes, is proposed: it does not leave before that is heard.
    pub(in crate::hub) fn await_message(&mut self, id: SessionId, bytes: usize) {
        self[id].unheard += 1;
        self.propose(id, bytes);
    }

    /// A message of a member is heard. `lost`: it never will be, and has this many bytes.
    pub(in crate::hub) fn end_message(
        &mut self,
        id: SessionId,
        lost: Option<usize>,
        owes: impl Fn(MemberId) -> bool,
        now: Instant,
    ) {
        let session = &mut self[id];
        if let Some(bytes) = lost {
            session.quota.inflight().withdraw(bytes);
        }
        let awaited = session.awaits_rest();
        session.unheard = session.unheard.saturating_sub(1);
        if awaited && !session.awaits_rest() {
            self.resume_input(id);
        }
        self.recheck_waiting(id, owes, now);
    }

    /// The log answers nothing for now. Sessions whose input waits for it are told; who has a name goes on: its requests are answered
    /// some day, and it may use the other rooms meanwhile.
    pub(in crate::hub) fn stop_awaiting(&mut self, text: &str) {
        for id in self.awaiting_log() {
            self.tell(id, &Event::notice(text));
            let session = &mut self[id];
            if session.claim.is_none() {
                session.late_steps = session.late_steps.saturating_add(std::mem::take(&mut session.steps));
                self.stop_awaiting_rest(id);
                self.end_request(id);
                self.resume_input(id);
            }
        }
    }

    fn awaiting_log(&self) -> Vec<SessionId> {
        let waiting = self.iter().filter(|(_, session)| session.awaits_log() && !session.is_closing());
        waiting.map(|(id, _)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::sessions::tests::{name, table};

    #[test]
    fn input_waits_for_all_answers_of_the_log_and_then_goes_on() {
        let (mut table, ids) = table(2);
        let (ann, bob) = (ids[0], ids[1]);
        table.become_member(ann, MemberId(3), &name());
        table.await_step(ann);
        table.await_step(ann);
        assert_eq!((table.accepts_input(ann), table.awaiting_log()), (false, vec![ann]));
        table.end_step(ann);
        assert!(!table[ann].is_runnable, "another request is not answered yet");
        table.end_step(ann);
        assert!(table[ann].is_runnable && table.awaiting_log().is_empty());
        table.begin_claim(bob, 7);
        assert!(table.is_claiming(bob, 7) && !table.is_claiming(bob, 8) && !table.accepts_input(bob));
        assert!(table.begin_claim_answer(bob, 7) && !table.begin_claim_answer(bob, 7));
        table.begin_closing(bob, Instant::now());
        table.end_claim(bob);
        assert!(!table[bob].is_runnable, "it is closing");
    }

    #[test]
    fn input_goes_on_if_the_log_answers_nothing_and_late_answers_end_no_later_waiting() {
        let (mut table, ids) = table(2);
        let (ann, bob) = (ids[0], ids[1]);
        table.become_member(ann, MemberId(3), &name());
        table.await_step(ann);
        table.await_step(ann);
        table.begin_claim(bob, 7);
        table.stop_awaiting("The others do not answer.");
        assert!(table[ann].is_runnable && table.is_claiming(bob, 7), "who has no name has nowhere to go");
        table.await_step(ann);
        table.end_step(ann);
        table.end_step(ann);
        assert_eq!(table.awaiting_log(), [ann, bob]);
        table.end_step(ann);
        assert_eq!(table.awaiting_log(), [bob]);
    }

    #[test]
    fn who_leaves_waits_until_what_it_said_is_heard() {
        let (mut table, ids) = table(1);
        let (ann, now) = (ids[0], Instant::now());
        table.become_member(ann, MemberId(3), &name());
        table[ann].ended = Some(now);
        let window = |table: &mut Sessions| format!("{:?}", table[ann].quota.inflight());
        let free = window(&mut table);
        table.await_message(ann, 5);
        let used = window(&mut table);
        assert!(table.must_wait_to_leave(ann, |_| false, now) && free != used);
        table.begin_waiting(ann, None, now);
        table.end_message(ann, None, |_| false, now);
        assert!(table[ann].is_runnable && window(&mut table) == used, "it is in flight until it is released");
        table.await_message(ann, 5);
        table.end_message(ann, Some(5), |_| false, now);
        assert_eq!(window(&mut table), used);
    }
}
