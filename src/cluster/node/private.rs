//! A node's private messages to members of other nodes, and theirs.

use std::rc::Rc;
use std::time::Instant;

use crate::cluster::codec::decode_packet;
use crate::cluster::log::{Packet, ReplicatedLog};
use crate::cluster::node::{Node, NodeEvent, Phase};
use crate::cluster::private::{Answered, Unanswered};
use crate::cluster::private_packet::{Content, Envelope};
use crate::proto::Receipt;

impl<L> Node<L> {
    /// Sends a private message to a member of another node. Gives `local` back if that is refused: see [`Node::refusal`].
    pub fn send_private(&mut self, message: Envelope, local: L) -> Result<(), L> {
        if self.epoch().is_none() || self.refusal().is_some() {
            return Err(local);
        }
        let Some(node) = self.registry.nodes().of_epoch(message.to.epoch) else {
            // It is heard to be down in this very turn.
            self.events.push_back(NodeEvent::PrivateAnswered(message, local, Err(Unanswered::Unsent)));
            return Ok(());
        };
        self.private.outbox.add(node, message, local)
    }

    /// Answers the last message that was heard ([`NodeEvent::Private`]) of the node with this epoch.
    pub fn answer_private(&mut self, epoch: u64, receipt: Receipt) {
        self.private.inbox.answer(epoch, receipt);
    }

    /// A packet of another node has come.
    pub(super) fn receive(&mut self, Packet { node, bytes }: &Packet) {
        let Some(packet) = decode_packet(bytes) else { return };
        match packet.content {
            Content::Receipts(receipts) if self.epoch() == Some(packet.to) => {
                let is_its = self.registry.nodes().of_epoch(packet.from).is_some_and(|name| **name == **node);
                if is_its {
                    let answered = self.private.outbox.answered(packet.from, packet.number, receipts);
                    self.answered(answered);
                }
            }
            Content::Receipts(_) => {}
            Content::Messages { .. } => self.private.inbox.add(&Rc::from(&**node), packet),
        }
    }

    /// Takes messages that may be carried out by now, and those that nobody answers. Returns whether there are any.
    pub(super) fn check_private(&mut self, now: Instant) -> bool {
        let expired = self.private.outbox.expired(now);
        self.answered(expired);
        if let Phase::Live(own) = self.phase {
            let nodes = self.registry.nodes();
            let epoch_of = |name: &str| nodes.get(name).map(|node| node.epoch);
            let ready = self.private.inbox.ready(self.registry.last(), own, epoch_of);
            self.events.extend(ready.into_iter().flatten().map(NodeEvent::Private));
        }
        !self.events.is_empty()
    }

    pub(super) fn answered(&mut self, answered: Vec<Answered<L>>) {
        let event = |(message, local, receipt)| NodeEvent::PrivateAnswered(message, local, receipt);
        self.events.extend(answered.into_iter().map(event));
    }

    /// Sends what is due.
    pub(super) fn send_packets(&mut self, epoch: u64, log: &mut dyn ReplicatedLog, now: Instant) {
        for packet in self.private.due(epoch, self.registry.last(), now) {
            log.send(packet);
        }
    }
}
