//! Private messages from other nodes.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::base::limits::NODES;
use crate::cluster::codec::encode_packet;
use crate::cluster::log::Packet;
use crate::cluster::private_packet::{Content, Envelope, PrivatePacket};
use crate::proto::Receipt;

/// What came from each node last, and what is to be answered.
#[derive(Debug, Default)]
pub(in crate::cluster) struct Inbox {
    /// By the epoch of the node.
    senders: BTreeMap<u64, Sender>,
    /// Packets that came before what they rely on was heard of the log; the last one of each node.
    early: BTreeMap<Rc<str>, PrivatePacket>,
    answers: VecDeque<Packet>,
}

/// A node that has sent messages.
#[derive(Debug)]
struct Sender {
    node: Rc<str>,
    /// The own epoch, which the messages are for.
    own: u64,
    /// The number of its last packet.
    number: u64,
    /// How many messages are in that.
    messages: usize,
    receipts: Vec<Receipt>,
}

impl Sender {
    /// The answer to its last packet, if that is carried out.
    fn answer(&self, epoch: u64) -> Option<Packet> {
        (self.receipts.len() == self.messages).then(|| {
            let content = Content::Receipts(self.receipts.clone());
            let packet = PrivatePacket { from: self.own, to: epoch, number: self.number, content };
            Packet { node: self.node.to_string(), bytes: encode_packet(&packet) }
        })
    }
}

impl Inbox {
    /// Takes a packet with messages. Take them with [`Inbox::ready`].
    pub(in crate::cluster) fn add(&mut self, node: &Rc<str>, packet: PrivatePacket) {
        // More nodes than there can be are none.
        if self.early.len() < NODES || self.early.contains_key(node) {
            self.early.insert(node.clone(), packet);
        }
    }

    /// The messages of a packet that is to be carried out now. `heard`: up to which entry the node has heard the log; `own`: its
    /// epoch; `epoch_of`: that of another node, if it lives.
    pub(in crate::cluster) fn ready(
        &mut self,
        heard: u64,
        own: u64,
        epoch_of: impl Fn(&str) -> Option<u64>,
    ) -> Option<Vec<Envelope>> {
        loop {
            let is_ready = |packet: &PrivatePacket| match packet.content {
                Content::Messages { heard: relies_on, .. } => relies_on <= heard,
                Content::Receipts(_) => true,
            };
            let node =
                self.early.iter().find(|(_, packet)| is_ready(packet)).map(|(node, _)| node.clone())?;
            let PrivatePacket { from, to, number, content } = self.early.remove(&node)?;
            let Content::Messages { messages, .. } = content else { continue };
            // What an epoch said that is over is void, and so is what was said to one.
            if epoch_of(&node) != Some(from) || to != own {
                continue;
            }
            if let Some(known) = self.senders.get(&from).filter(|known| known.number >= number) {
                let again = (known.number == number).then(|| known.answer(from)).flatten();
                self.answers.extend(again);
                continue;
            }
            let sender = Sender { node, own, number, messages: messages.len(), receipts: Vec::new() };
            self.senders.insert(from, sender);
            return Some(messages);
        }
    }

    /// What became of the next message of the node with this epoch.
    pub(in crate::cluster) fn answer(&mut self, epoch: u64, receipt: Receipt) {
        let Some(sender) = self.senders.get_mut(&epoch).filter(|it| it.receipts.len() < it.messages) else {
            return;
        };
        sender.receipts.push(receipt);
        self.answers.extend(sender.answer(epoch));
    }

    /// The answers that are to be sent.
    pub(super) fn take_answers(&mut self) -> Vec<Packet> {
        self.answers.drain(..).collect()
    }

    /// The node with this epoch is down.
    pub(super) fn end(&mut self, epoch: u64) {
        self.senders.remove(&epoch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::record::MemberKey;

    const OWN: u64 = 1;
    const OTHER: u64 = 2;

    fn packet(number: u64, heard: u64, texts: &[&str]) -> PrivatePacket {
        let (from, to) = (MemberKey { epoch: OTHER, number: 5 }, MemberKey { epoch: OWN, number: 6 });
        let message = |text: &&str| Envelope { from, to, text: (*text).into(), is_notice: false };
        let content = Content::Messages { heard, messages: texts.iter().map(message).collect() };
        PrivatePacket { from: OTHER, to: OWN, number, content }
    }

    fn take(inbox: &mut Inbox, packet: PrivatePacket, heard: u64) -> usize {
        inbox.add(&"b".into(), packet);
        inbox.ready(heard, OWN, |_| Some(OTHER)).map_or(0, |messages| messages.len())
    }

    #[test]
    fn a_packet_is_carried_out_once_and_answered_as_often_as_it_comes() {
        let mut inbox = Inbox::default();
        let first = || packet(4, 0, &["one", "two"]);
        assert_eq!(take(&mut inbox, first(), 0), 2);
        inbox.answer(OTHER, Receipt::Gone);
        assert_eq!(take(&mut inbox, first(), 0), 0);
        assert!(inbox.take_answers().is_empty(), "it is not carried out yet");
        inbox.answer(OTHER, Receipt::NotPrivate);
        inbox.answer(OTHER, Receipt::Gone);
        let answer = inbox.take_answers();
        assert_eq!(answer.len(), 1);
        assert_eq!(take(&mut inbox, first(), 0), 0);
        assert_eq!(inbox.take_answers(), answer, "the answer was lost");
        assert_eq!(take(&mut inbox, packet(3, 0, &["late"]), 0), 0);
        assert!(inbox.take_answers().is_empty());
        assert_eq!(take(&mut inbox, packet(5, 0, &["three"]), 0), 1);
    }

    #[test]
    fn a_packet_waits_for_the_log_and_counts_between_living_epochs_only() {
        let mut inbox = Inbox::default();
        assert_eq!(take(&mut inbox, packet(1, 9, &["one"]), 8), 0);
        assert_eq!(inbox.ready(9, OWN, |_| Some(OTHER)).map(|messages| messages.len()), Some(1));
        inbox.add(&"b".into(), packet(2, 9, &["two"]));
        assert_eq!(inbox.ready(9, OWN, |_| None), None, "the author's node is down");
        inbox.add(&"b".into(), packet(2, 9, &["two"]));
        assert_eq!(inbox.ready(9, OWN + 7, |_| Some(OTHER)), None, "it was for an earlier epoch");
    }
}
