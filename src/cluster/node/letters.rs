//! A node's private messages to members of other nodes, and theirs.

use std::rc::Rc;
use std::time::Instant;

use crate::cluster::codec::decode_post;
use crate::cluster::letters::{Answered, Unanswered};
use crate::cluster::log::{Packet, ReplicatedLog};
use crate::cluster::node::{Node, NodeEvent, Phase};
use crate::cluster::post::{Content, Envelope};
use crate::proto::Receipt;

impl<L> Node<L> {
    /// Sends a private message to a member of another node. Gives `local` back if that is refused: see [`Node::refusal`].
    pub fn send_letter(&mut self, letter: Envelope, local: L) -> Result<(), L> {
        if self.epoch().is_none() || self.refusal().is_some() {
            return Err(local);
        }
        let Some(node) = self.registry.nodes().of_epoch(letter.to.epoch) else {
            // It is heard to be down in this very turn.
            self.events.push_back(NodeEvent::LetterAnswered(letter, local, Err(Unanswered::Unsent)));
            return Ok(());
        };
        self.letters.outbox.add(node, letter, local)
    }

    /// Answers the last letter that was heard ([`NodeEvent::Letter`]) of the node with this epoch.
    pub fn answer_letter(&mut self, epoch: u64, receipt: Receipt) {
        self.letters.inbox.answer(epoch, receipt);
    }

    /// A packet of another node has come.
    pub(super) fn receive(&mut self, Packet { node, bytes }: &Packet) {
        let Some(post) = decode_post(bytes) else { return };
        match post.content {
            Content::Receipts(receipts) if self.epoch() == Some(post.to) => {
                let is_its = self.registry.nodes().of_epoch(post.from).is_some_and(|name| **name == **node);
                if is_its {
                    let answered = self.letters.outbox.answered(post.from, post.number, receipts);
                    self.answered(answered);
                }
            }
            Content::Receipts(_) => {}
            Content::Letters { .. } => self.letters.inbox.add(&Rc::from(&**node), post),
        }
    }

    /// Takes letters that may be carried out by now, and those that nobody answers. Returns whether there are any.
    pub(super) fn check_letters(&mut self, now: Instant) -> bool {
        let expired = self.letters.outbox.expired(now);
        self.answered(expired);
        if let Phase::Live(own) = self.phase {
            let nodes = self.registry.nodes();
            let epoch_of = |name: &str| nodes.get(name).map(|node| node.epoch);
            let ready = self.letters.inbox.ready(self.registry.last(), own, epoch_of);
            self.events.extend(ready.into_iter().flatten().map(NodeEvent::Letter));
        }
        !self.events.is_empty()
    }

    pub(super) fn answered(&mut self, answered: Vec<Answered<L>>) {
        let event = |(letter, local, receipt)| NodeEvent::LetterAnswered(letter, local, receipt);
        self.events.extend(answered.into_iter().map(event));
    }

    /// Sends what is due.
    pub(super) fn send_letters(&mut self, epoch: u64, log: &mut dyn ReplicatedLog, now: Instant) {
        for packet in self.letters.due(epoch, self.registry.last(), now) {
            log.send(packet);
        }
    }
}
