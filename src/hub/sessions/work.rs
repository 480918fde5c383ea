//! What a session's input asks for next, within a turn's budget.

use std::time::Instant;

use crate::fanout::SessionId;
use crate::hub::sessions::{Budget, Sessions};
use crate::proto::{MemberId, Request};
use crate::wire::{Inbound, UnsupportedProtocol};

/// The next thing to do for a session.
#[derive(Debug)]
pub(in crate::hub) enum Work {
    /// Its member asks for this.
    Request(MemberId, Request),
    /// It has no name, and has sent something.
    Nameless(Inbound),
    /// Its member speaks an unsupported protocol: remove it.
    Unsupported(UnsupportedProtocol),
    /// It waits for an answer from now on.
    Waits,
    /// It leaves.
    Leave,
}

impl Sessions {
    /// The next thing to do for a session. `None`: it waits, or has sent nothing more. `owes`: whether a bot owes a member an
    /// answer.
    pub(in crate::hub) fn next_work(
        &mut self,
        id: SessionId,
        budget: &mut Budget,
        owes: impl Fn(MemberId) -> bool,
        now: Instant,
    ) -> Option<Work> {
        while !self[id].is_closing() && !budget.is_over {
            // The answer of the log has it go on.
            if self[id].awaits_log() || self.pauses(id, now) {
                return None;
            }
            let queues = self.must_wait_for_name(id);
            self[id].queues = queues;
            if queues || self.fanout.must_pause_reads() || !budget.take() {
                self.mark_runnable(id);
                return None;
            }
            if self[id].waiting.is_some() {
                if self.must_wait_on(id, owes, now) {
                    return None;
                }
                return self.go_on(id, now);
            }
            let Some(inbound) = self.next_inbound(id, now) else { break };
            let work = match self[id].member() {
                Some(member) => self.work_of(id, member, inbound, &owes, now),
                None => Some(Work::Nameless(inbound)),
            };
            if work.is_some() {
                return work;
            }
            self.end_request(id);
        }
        if std::mem::replace(&mut budget.is_over, true) {
            return None;
        }
        if self[id].codec.is_over() {
            self[id].ended.get_or_insert(now);
        }
        self[id].ended?;
        // A member whose input has ended leaves, now or after an answer.
        if self.must_wait_to_leave(id, owes, now) {
            self.begin_waiting(id, None, now);
            return Some(Work::Waits);
        }
        Some(Work::Leave)
    }

    /// What a member has sent. `None`: nothing that is to be done.
    fn work_of(
        &mut self,
        id: SessionId,
        member: MemberId,
        inbound: Inbound,
        owes: impl Fn(MemberId) -> bool,
        now: Instant,
    ) -> Option<Work> {
        let request = match inbound {
            Inbound::Request(request) => request,
            Inbound::TooLong => Request::SayTooLong,
            Inbound::Unsupported(foreign) => return Some(Work::Unsupported(foreign)),
            Inbound::Blank => {
                self.pace(id, None, now);
                return None;
            }
        };
        if self.must_wait(id, &request, owes) {
            self.begin_waiting(id, Some(request), now);
            return Some(Work::Waits);
        }
        Some(Work::Request(member, request))
    }

    /// The waiting of a session ends: its request is carried out.
    fn go_on(&mut self, id: SessionId, now: Instant) -> Option<Work> {
        let waiting = self.end_waiting(id, now)?;
        Some(match (waiting.then, self[id].member()) {
            (Some(request), Some(member)) => {
                self[id].label = waiting.label;
                Work::Request(member, request)
            }
            _ => Work::Leave,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::MESSAGES_PER_TURN;
    use crate::hub::sessions::tests::{name, table};
    use crate::proto::Request;

    /// What a session does in a turn.
    fn turn(table: &mut Sessions, id: SessionId, owes: bool, now: Instant) -> Vec<Work> {
        let mut budget = Budget::of_a_turn();
        std::iter::from_fn(|| table.next_work(id, &mut budget, |_| owes, now)).collect()
    }

    #[test]
    fn input_is_handled_in_order_and_the_rest_in_the_next_turn() {
        let (mut table, ids) = table(1);
        let (id, now) = (ids[0], Instant::now());
        table.feed(id, b"Ann\nhi\n", now);
        let mut budget = Budget::of_a_turn();
        let first = table.next_work(id, &mut budget, |_| false, now);
        assert!(matches!(first, Some(Work::Nameless(Inbound::Request(Request::Hello { .. })))), "{first:?}");
        table.become_member(id, MemberId(3), &name());
        let said = turn(&mut table, id, false, now);
        assert!(matches!(said[..], [Work::Request(MemberId(3), Request::Say { .. })]), "{said:?}");
        table.feed(id, &b"hi\n".repeat(MESSAGES_PER_TURN + 1), now);
        assert_eq!(turn(&mut table, id, false, now).len(), MESSAGES_PER_TURN);
        assert!(table[id].is_runnable);
        assert_eq!(turn(&mut table, id, false, now).len(), 1);
    }

    #[test]
    fn nothing_is_handled_while_something_is_awaited_and_the_end_comes_last() {
        let (mut table, ids) = table(1);
        let (id, now) = (ids[0], Instant::now());
        table.become_member(id, MemberId(3), &name());
        table.feed(id, b"hi\n/exit\nha", now);
        table[id].ended = Some(now);
        table.await_step(id);
        assert!(turn(&mut table, id, false, now).is_empty());
        table.end_step(id);
        let work = turn(&mut table, id, true, now);
        assert!(matches!(work[..], [Work::Request(..), Work::Waits]), "a bot owes it an answer: {work:?}");
        assert!(turn(&mut table, id, true, now).is_empty());
        let work = turn(&mut table, id, false, now);
        let [Work::Request(_, exit), Work::Request(..), Work::Leave] = &work[..] else { panic!("{work:?}") };
        assert!(crate::chat::is_exit(exit));
        table.begin_closing(id, now);
        assert!(matches!(turn(&mut table, id, false, now)[..], [Work::Leave]));
    }

    #[test]
    fn whoever_is_owed_an_answer_leaves_after_it() {
        let (mut table, ids) = table(1);
        let (id, now) = (ids[0], Instant::now());
        table.become_member(id, MemberId(3), &name());
        table[id].ended = Some(now);
        assert!(matches!(turn(&mut table, id, true, now)[..], [Work::Waits]));
        assert!(turn(&mut table, id, true, now).is_empty());
        assert!(matches!(turn(&mut table, id, false, now)[..], [Work::Leave, Work::Leave]));
    }
}
