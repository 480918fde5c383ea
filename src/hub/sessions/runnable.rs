//! Sessions with leftover input, in the order in which turns serve them.

use std::mem;
use std::vec::IntoIter;

use crate::base::limits::RESUMED_PER_TURN;
use crate::fanout::SessionId;
use crate::hub::sessions::{Session, Sessions};

/// A turn's walk over sessions with leftover input.
#[derive(Debug)]
pub(in crate::hub) struct Round {
    waiting: IntoIter<SessionId>,
    /// Sessions that got no share, in order.
    kept: Vec<SessionId>,
    /// How many more may be served in this turn.
    left: usize,
}

impl Sessions {
    /// Whether this session's socket may be read in this turn.
    pub fn accepts_input(&self, id: SessionId) -> bool {
        self.get(id).is_some_and(Session::takes_input) && !self.is_ahead(id)
    }

    /// Whether to stop reading sockets: this turn's broadcast budget is spent, or too much awaits its commit.
    pub fn must_pause_reads(&self) -> bool {
        self.fanout.must_pause_reads()
    }

    /// Records whether a session's socket may have unread input.
    pub(in crate::hub) fn set_unread(&mut self, id: SessionId, is_unread: bool) {
        if let Some(session) = self.get_mut(id) {
            session.unread = is_unread;
        }
    }

    /// A session has leftover input, or may be resumed: the next turn serves it.
    pub(in crate::hub) fn mark_runnable(&mut self, id: SessionId) {
        if !mem::replace(&mut self[id].is_runnable, true) {
            self.runnable.push(id);
        }
    }

    /// Whether there is leftover input that a turn may handle now.
    pub(in crate::hub) fn has_to_resume(&self) -> bool {
        !self.fanout.must_pause_reads() && self.runnable.iter().any(|id| !self.is_ahead(*id))
    }

    /// Begins a walk over leftover input.
    pub(in crate::hub) fn begin_round(&mut self) -> Round {
        let waiting = mem::take(&mut self.runnable).into_iter();
        Round { waiting, kept: Vec::new(), left: RESUMED_PER_TURN }
    }

    /// The next session to serve; `None` if input must pause.
    pub(in crate::hub) fn next_of_round(&mut self, round: &mut Round) -> Option<SessionId> {
        while round.left > 0 && !self.fanout.must_pause_reads() {
            let id = round.waiting.next()?;
            if self.is_ahead(id) || self.must_wait_for_name(id) {
                round.kept.push(id);
            } else if mem::take(&mut self[id].is_runnable) {
                round.left -= 1;
                return Some(id);
            }
        }
        None
    }

    /// Sessions that got no share keep their places; sessions with still more input go behind the others.
    pub(in crate::hub) fn end_round(&mut self, Round { waiting, mut kept, .. }: Round) {
        kept.extend(waiting);
        kept.append(&mut self.runnable);
        self.runnable = kept;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use crate::base::limits::{NAME_CLAIMS_PER_TURN, RESUMED_PER_TURN};
    use crate::hub::sessions::Sessions;
    use crate::hub::sessions::tests::{name, table};
    use crate::proto::MemberId;

    fn one_round(table: &mut Sessions) -> usize {
        let mut round = table.begin_round();
        let resumed = std::iter::from_fn(|| table.next_of_round(&mut round)).count();
        table.end_round(round);
        resumed
    }

    #[test]
    fn each_with_input_left_over_stands_in_the_queue_once_and_not_if_it_is_closing() {
        let (mut table, ids) = table(4);
        for at in [2, 0, 2, 1] {
            table.mark_runnable(ids[at]);
        }
        table.begin_closing(ids[0], Instant::now());
        assert_eq!(table.runnable, [ids[2], ids[1]]);
        let mut round = table.begin_round();
        assert_eq!(table.next_of_round(&mut round), Some(ids[2]));
        table.mark_runnable(ids[3]);
        table.mark_runnable(ids[2]);
        table.end_round(round);
        assert_eq!(table.runnable, [ids[1], ids[3], ids[2]], "who has more goes behind the others");
        assert!(table.has_to_resume());
    }

    #[test]
    fn a_round_comes_to_so_many_and_to_nobody_who_waits_for_names() {
        let (mut table, ids) = table(RESUMED_PER_TURN + 1);
        for id in &ids {
            table.mark_runnable(*id);
        }
        assert_eq!(one_round(&mut table), RESUMED_PER_TURN);
        assert_eq!(table.runnable, ids[RESUMED_PER_TURN..]);
        for (number, id) in ids[..NAME_CLAIMS_PER_TURN].iter().enumerate() {
            table.become_member(*id, MemberId(number), &name());
        }
        assert_eq!(one_round(&mut table), 0, "its name is for the next turn");
        assert_eq!(table.runnable, ids[RESUMED_PER_TURN..]);
        table.end_turn();
        assert_eq!(one_round(&mut table), 1);
    }
}
