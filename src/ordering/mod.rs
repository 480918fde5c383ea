//! Total order before delivery: a message is *proposed* to a sequencer, which returns it *ordered*; then it is
//! *applied*.
//!
//! A sequencer may answer at once or later, and may serve several servers over a network. So it may repeat answers and
//! return them out of order. [`Proposals`] stands in front of it and returns each proposal once, in sequence, without
//! gaps. All who apply them in this order give the same ids and have the same histories.
//!
//! While a proposal is in flight, its author may leave and its room may be closed. A proposal whose author has left is
//! applied; one whose room is closed is dropped, and its author is told.

mod local;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;

use crate::base::name::Name;
use crate::chat::Proposal;
use crate::proto::{MemberId, RoomId};

pub use local::LocalSequencer;

/// Identifies a proposal until it is applied. Unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProposalId(pub u64);

/// A proposal with its position in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// Its position. The first is 1, and there are no gaps.
    pub seq: u64,
    /// The id that it was proposed with.
    pub origin: ProposalId,
    /// The proposal, unchanged.
    pub proposal: Proposal,
}

/// Puts proposals in order. No call blocks.
pub trait Sequencer: Debug {
    /// Takes a proposal, to return it by [`Sequencer::poll`] sooner or later.
    fn propose(&mut self, origin: ProposalId, proposal: Proposal);

    /// The next ordered proposal. It may come late, more than once, and out of order.
    fn poll(&mut self) -> Option<Ordered>;
}

/// A proposal in flight.
#[derive(Debug)]
struct Pending {
    id: ProposalId,
    room: RoomId,
    speaker: Option<MemberId>,
    bytes: usize,
    /// The name of the author, if it has left.
    left_as: Option<Name>,
}

/// The proposals in flight, and their sequencer.
#[derive(Debug)]
pub struct Proposals {
    sequencer: Box<dyn Sequencer>,
    last_id: u64,
    /// Oldest first.
    pending: VecDeque<Pending>,
    /// The position of the last proposal that was returned or dropped.
    last_seq: u64,
    /// Proposals that arrived before their predecessors, by position.
    early: BTreeMap<u64, Ordered>,
}

impl Proposals {
    /// Starts with nothing in flight.
    pub fn new(sequencer: Box<dyn Sequencer>) -> Proposals {
        Proposals { sequencer, last_id: 0, pending: VecDeque::new(), last_seq: 0, early: BTreeMap::new() }
    }

    /// Proposes a message.
    pub fn propose(&mut self, proposal: Proposal) {
        self.last_id += 1;
        let (id, bytes) = (ProposalId(self.last_id), proposal.bytes());
        let Proposal { room, speaker, .. } = proposal;
        self.pending.push_back(Pending { id, room, speaker, bytes, left_as: None });
        self.sequencer.propose(id, proposal);
    }

    /// The next proposal to apply: in order, each once.
    pub fn poll(&mut self) -> Option<Proposal> {
        loop {
            let next = self.last_seq + 1;
            let Ordered { seq, origin, proposal } = match self.early.remove(&next) {
                Some(ordered) => ordered,
                None => self.sequencer.poll()?,
            };
            if seq > next {
                // A gap: keep it until its predecessors arrive.
                self.early.insert(seq, Ordered { seq, origin, proposal });
            } else if seq == next {
                self.last_seq = seq;
                // A proposal that is no longer pending was returned before, or its room is closed.
                let at = self.pending.iter().position(|pending| pending.id == origin);
                if let Some(pending) = at.and_then(|at| self.pending.remove(at)) {
                    let mut proposal = Proposal { speaker: pending.speaker, ..proposal };
                    pending.left_as.inspect(|name| proposal.event.set_author(name));
                    return Some(proposal);
                }
            }
        }
    }

    /// Whether nothing is in flight.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// A member has left, called `name`, and its id may be given to another.
    pub fn member_left(&mut self, member: MemberId, name: &Name) {
        for pending in self.pending.iter_mut().filter(|pending| pending.speaker == Some(member)) {
            pending.speaker = None;
            pending.left_as = Some(name.clone());
        }
    }

    /// A room is closed, and its id may be given to another. Drops what was proposed in it; returns the authors, and
    /// the length of each text in bytes.
    pub fn room_closed(&mut self, room: RoomId) -> Vec<(MemberId, usize)> {
        let (dropped, pending): (VecDeque<Pending>, _) =
            std::mem::take(&mut self.pending).into_iter().partition(|pending| pending.room == room);
        self.pending = pending;
        dropped.iter().filter_map(|pending| Some((pending.speaker?, pending.bytes))).collect()
    }
}
