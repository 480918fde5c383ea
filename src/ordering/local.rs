//! The sequencer of a single server: the order is that of proposing.

use std::collections::VecDeque;

use super::{Ordered, ProposalId, Sequencer};
use crate::chat::Proposal;

/// Counts proposals.
#[derive(Debug, Default)]
pub struct LocalSequencer {
    last_seq: u64,
    ordered: VecDeque<Ordered>,
}

impl Sequencer for LocalSequencer {
    fn propose(&mut self, origin: ProposalId, proposal: Proposal) {
        self.last_seq += 1;
        self.ordered.push_back(Ordered { seq: self.last_seq, origin, proposal });
    }

    fn poll(&mut self) -> Option<Ordered> {
        self.ordered.pop_front()
    }
}
