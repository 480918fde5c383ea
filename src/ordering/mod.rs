//! One order for what is said, before anybody hears it: it is *proposed* to a sequencer, which returns it *ordered*, and then
//! it is *applied*.
//!
//! A sequencer may return what is proposed at once, or later, and it may be one for several servers, reached over a network: so
//! it may repeat itself, and tell something before what comes first. [`Proposals`] stands before it, and hands on each
//! proposal once, in the order of the sequence, without a gap. Whoever applies them in this order comes to the same ids and the
//! same histories.
//!
//! While a proposal is on its way, its author may leave, and its room may be closed. What somebody said who has left since is
//! applied as it was said; what was said in a room that is closed is dropped, and its author told so.

mod local;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;

use crate::chat::Proposal;
use crate::proto::{MemberId, RoomId};

pub use local::LocalSequencer;

/// By which a proposal is known, from being proposed until it is applied. No two have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProposalId(pub u64);

/// A proposal at its place in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// Its place: the first is 1, and there are no gaps.
    pub seq: u64,
    /// By which it was proposed.
    pub origin: ProposalId,
    /// As it was proposed.
    pub proposal: Proposal,
}

/// Puts proposals in order. No call waits.
pub trait Sequencer: Debug {
    /// Takes a proposal, and returns it by [`Sequencer::poll`] at some time.
    fn propose(&mut self, origin: ProposalId, proposal: Proposal);

    /// What is in order. It may be told late, more than once, and before what comes first.
    fn poll(&mut self) -> Option<Ordered>;
}

/// A proposal that is on its way.
#[derive(Debug)]
struct Pending {
    id: ProposalId,
    room: RoomId,
    speaker: Option<MemberId>,
    bytes: usize,
}

/// Proposals that are on their way, and the sequencer that orders them.
#[derive(Debug)]
pub struct Proposals {
    sequencer: Box<dyn Sequencer>,
    last_id: u64,
    /// Oldest first.
    pending: VecDeque<Pending>,
    /// The place of the last that was handed on, or dropped.
    last_seq: u64,
    /// What the sequencer told before what comes first, by its place.
    early: BTreeMap<u64, Ordered>,
}

impl Proposals {
    /// None yet.
    pub fn new(sequencer: Box<dyn Sequencer>) -> Proposals {
        Proposals { sequencer, last_id: 0, pending: VecDeque::new(), last_seq: 0, early: BTreeMap::new() }
    }

    /// Proposes something.
    pub fn propose(&mut self, proposal: Proposal) {
        self.last_id += 1;
        let (id, bytes) = (ProposalId(self.last_id), proposal.bytes());
        self.pending.push_back(Pending { id, room: proposal.room, speaker: proposal.speaker, bytes });
        self.sequencer.propose(id, proposal);
    }

    /// The next proposal in the order: each once, none before those in front of it.
    pub fn poll(&mut self) -> Option<Proposal> {
        loop {
            let next = self.last_seq + 1;
            let Ordered { seq, origin, proposal } = match self.early.remove(&next) {
                Some(ordered) => ordered,
                None => self.sequencer.poll()?,
            };
            if seq > next {
                // A gap: it waits for what comes first.
                self.early.insert(seq, Ordered { seq, origin, proposal });
            } else if seq == next {
                self.last_seq = seq;
                // What is pending no more has a place already, or its room is closed.
                let at = self.pending.iter().position(|pending| pending.id == origin);
                if let Some(pending) = at.and_then(|at| self.pending.remove(at)) {
                    return Some(Proposal { speaker: pending.speaker, ..proposal });
                }
            }
        }
    }

    /// Whether nothing is on its way.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// A member has left, and somebody else may have its id soon.
    pub fn member_left(&mut self, member: MemberId) {
        for pending in self.pending.iter_mut().filter(|pending| pending.speaker == Some(member)) {
            pending.speaker = None;
        }
    }

    /// A room is closed, and another may have its id soon. What was proposed in it is dropped: returns by whom, and the bytes
    /// of the text.
    pub fn room_closed(&mut self, room: RoomId) -> Vec<(MemberId, usize)> {
        let (dropped, pending): (VecDeque<Pending>, _) =
            std::mem::take(&mut self.pending).into_iter().partition(|pending| pending.room == room);
        self.pending = pending;
        dropped.iter().filter_map(|pending| Some((pending.speaker?, pending.bytes))).collect()
    }
}
