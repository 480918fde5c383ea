//! Private messages between members of two nodes. They go from node to node beside the log, and nothing keeps them: the log lies
//! on the disks of the engine for days, and a private message is in the memory of two servers only.
//!
//! To each node one packet is under way at a time. It has a number, and is sent again until the other node answers what became of
//! its messages; a number that was answered before is answered again, and not carried out. So each message arrives once, and in
//! order. A packet waits at its reader until that has heard as much of the log as its sender had: who writes is known there.

mod inbox;
mod outbox;

use std::time::Instant;

use crate::cluster::log::Packet;
use crate::cluster::private_packet::Envelope;
use crate::proto::Receipt;
use inbox::Inbox;
use outbox::Outbox;

/// Why nobody has said what became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// It was not sent.
    Unsent,
    /// It was sent, and the reader's node did not answer.
    Unknown,
}

/// What became of a message; with it, what its proposer wanted to know again.
pub(super) type Answered<L> = (Envelope, L, Result<Receipt, Unanswered>);

/// The messages of a node.
#[derive(Debug)]
pub(super) struct PrivateMessages<L> {
    pub(super) outbox: Outbox<L>,
    pub(super) inbox: Inbox,
}

impl<L> Default for PrivateMessages<L> {
    fn default() -> PrivateMessages<L> {
        PrivateMessages { outbox: Outbox::default(), inbox: Inbox::default() }
    }
}

impl<L> PrivateMessages<L> {
    /// What is to be sent now. `epoch`: the own one; `heard`: up to which entry the node has heard the log.
    pub(super) fn due(&mut self, epoch: u64, heard: u64, now: Instant) -> Vec<Packet> {
        let mut due = self.inbox.take_answers();
        due.extend(self.outbox.due(epoch, heard, now));
        due
    }

    /// The node with this epoch is down. Returns what became of the messages to it.
    pub(super) fn end(&mut self, epoch: u64) -> Vec<Answered<L>> {
        self.inbox.end(epoch);
        self.outbox.end(epoch)
    }

    /// The own epoch is over. Returns what became of all messages.
    pub(super) fn clear(&mut self) -> Vec<Answered<L>> {
        self.inbox = Inbox::default();
        self.outbox.clear()
    }
}
