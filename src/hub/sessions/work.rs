//! What a session's input asks for next, within a turn's budget.

use std::time::Instant;

use crate::fanout::SessionId;
use crate::hub::sessions::{Budget, Sessions};
use crate::proto::MemberId;
use crate::wire::Inbound;

/// The next thing to do for a session.
#[derive(Debug)]
pub(in crate::hub) enum Work {
    /// Its member has sent something.
    Member(MemberId, Inbound),
    /// It has no name, and has sent something.
    Nameless(Inbound),
    /// The request that waited goes on.
    GoOn,
    /// Its input has ended: it leaves, and nothing is left to do.
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
        if !self[id].is_closing() {
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
                return (!self.must_wait_on(id, owes, now)).then_some(Work::GoOn);
            }
            if let Some(inbound) = self.next_inbound(id, now) {
                return Some(match self[id].member() {
                    Some(member) => Work::Member(member, inbound),
                    None => Work::Nameless(inbound),
                });
            }
        }
        if self[id].codec.is_over() {
            self[id].ended.get_or_insert(now);
        }
        self[id].ended.is_some().then_some(Work::Leave)
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
        let mut work = Vec::new();
        while let Some(next) = table.next_work(id, &mut budget, |_| owes, now) {
            let is_last = matches!(next, Work::Leave | Work::GoOn);
            work.push(next);
            if is_last {
                break;
            }
        }
        work
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
        assert!(matches!(said[..], [Work::Member(MemberId(3), Inbound::Request(_))]), "{said:?}");
        table.feed(id, &b"hi\n".repeat(MESSAGES_PER_TURN + 1), now);
        assert_eq!(turn(&mut table, id, false, now).len(), MESSAGES_PER_TURN);
        assert!(table[id].is_runnable);
        assert_eq!(turn(&mut table, id, false, now).len(), 1);
    }

    #[test]
    fn nothing_is_handled_while_something_is_awaited_and_then_the_end_comes_last() {
        let (mut table, ids) = table(1);
        let (id, now) = (ids[0], Instant::now());
        table.become_member(id, MemberId(3), &name());
        table.feed(id, b"hi\nha", now);
        table[id].ended = Some(now);
        table.await_step(id);
        assert!(turn(&mut table, id, false, now).is_empty());
        table.end_step(id);
        let exit = Request::Command { room: None, name: "exit".into(), rest: String::new() };
        table.begin_waiting(id, Some(exit), now);
        assert!(turn(&mut table, id, true, now).is_empty());
        assert!(matches!(turn(&mut table, id, false, now)[..], [Work::GoOn]));
        table.end_waiting(id, now);
        let work = turn(&mut table, id, false, now);
        assert!(matches!(work[..], [Work::Member(..), Work::Member(..), Work::Leave]), "{work:?}");
        table.begin_closing(id, now);
        assert!(matches!(turn(&mut table, id, false, now)[..], [Work::Leave]));
    }
}
