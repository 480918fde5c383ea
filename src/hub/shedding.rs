//! When all connections together hold too much memory: whoever holds most is let go, until it is less.
//!
//! Nothing is added up or compared as long as it is not too much.

use std::time::Instant;

use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::session::Stage;
use crate::proto::Removal;

impl Hub {
    /// Lets those go who hold most, if all together hold too much.
    pub(super) fn shed(&mut self, now: Instant) {
        // What an operator lets one be owed may be more than all are owed otherwise.
        let most = self.limits.owed.max(self.limits.send_queue);
        if self.fanout.queued_bytes() > most {
            let is_enough = |hub: &Hub| hub.fanout.queued_bytes() <= less(most);
            self.let_go_largest(|hub, id| hub.fanout.debt(id), is_enough, &Removal::OwedMost, now);
        }
        let most = self.limits.unfinished;
        if self.sessions.unfinished_bytes() > most {
            let is_enough = |hub: &Hub| hub.sessions.unfinished_bytes() <= less(most);
            self.let_go_largest(
                |hub, id| hub.sessions[id].unfinished.bytes(),
                is_enough,
                &Removal::UnfinishedMost,
                now,
            );
        }
    }

    fn let_go_largest(
        &mut self,
        held: impl Fn(&Hub, SessionId) -> usize,
        is_enough: impl Fn(&Hub) -> bool,
        why: &Removal,
        now: Instant,
    ) {
        let held = self.sessions.iter().map(|(id, _)| (held(self, id), id));
        let mut holders: Vec<(usize, SessionId)> = held.filter(|(bytes, _)| *bytes > 0).collect();
        holders.sort_unstable_by(|one, other| other.cmp(one));
        for (_, id) in holders {
            if is_enough(self) {
                return;
            }
            match self.sessions[id].stage {
                Stage::Closing { .. } => self.forget(id),
                _ => self.let_go(id, why.clone(), now),
            }
        }
    }
}

/// A little less than too much, so that it is not too much again at once.
fn less(most: usize) -> usize {
    most - most / 16
}
