//! Private messages to other nodes.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Instant;

use crate::base::limits::{
    PACKET_OVERHEAD_BYTES, PRIVATE_ANSWER_TIMEOUT, PRIVATE_MESSAGES_PER_PACKET, PRIVATE_QUEUE_BYTES,
    PRIVATE_RESEND_INTERVAL, SHARED_BATCH_BYTES,
};
use crate::cluster::codec::encode_packet;
use crate::cluster::log::Packet;
use crate::cluster::private::{Answered, Unanswered};
use crate::cluster::private_packet::{Content, Envelope, PrivatePacket};
use crate::proto::Receipt;

/// Private messages that wait, and packets that are under way.
#[derive(Debug)]
pub(in crate::cluster) struct Outbox<L> {
    /// By the epoch of the node that they go to.
    routes: BTreeMap<u64, Route<L>>,
    last_number: u64,
}

/// Private messages to a node.
#[derive(Debug)]
struct Route<L> {
    node: Rc<str>,
    queue: VecDeque<(Envelope, L)>,
    queued_bytes: usize,
    under_way: Option<UnderWay<L>>,
}

/// A packet that is sent and not answered.
#[derive(Debug)]
struct UnderWay<L> {
    number: u64,
    bytes: Vec<u8>,
    messages: Vec<(Envelope, L)>,
    since: Instant,
    sent: Instant,
}

impl<L> Default for Outbox<L> {
    fn default() -> Outbox<L> {
        Outbox { routes: BTreeMap::new(), last_number: 0 }
    }
}

impl<L> Outbox<L> {
    /// Adds a message to a node. Gives `local` back if too much waits.
    pub(in crate::cluster) fn add(&mut self, node: &Rc<str>, message: Envelope, local: L) -> Result<(), L> {
        let route = self.routes.entry(message.to.epoch).or_insert_with(|| Route {
            node: node.clone(),
            queue: VecDeque::new(),
            queued_bytes: 0,
            under_way: None,
        });
        if route.queued_bytes + cost(&message) > PRIVATE_QUEUE_BYTES {
            return Err(local);
        }
        route.queued_bytes += cost(&message);
        route.queue.push_back((message, local));
        Ok(())
    }

    /// What is to be sent now, anew or again.
    pub(super) fn due(&mut self, epoch: u64, heard: u64, now: Instant) -> Vec<Packet> {
        let mut due = Vec::new();
        for (to, route) in &mut self.routes {
            if route.under_way.is_none() && !route.queue.is_empty() {
                self.last_number += 1;
                let (number, messages) = (self.last_number, route.next_messages());
                let of_all = messages.iter().map(|(message, _)| message.clone()).collect();
                let content = Content::Messages { heard, messages: of_all };
                let bytes = encode_packet(&PrivatePacket { from: epoch, to: *to, number, content });
                route.under_way = Some(UnderWay { number, bytes, messages, since: now, sent: now });
            } else if let Some(under_way) = &mut route.under_way
                && now >= under_way.sent + PRIVATE_RESEND_INTERVAL
            {
                under_way.sent = now;
            } else {
                continue;
            }
            let packet = |it: &UnderWay<L>| Packet { node: route.node.to_string(), bytes: it.bytes.clone() };
            due.extend(route.under_way.as_ref().map(packet));
        }
        due
    }

    /// The node with this epoch has said what became of the messages of a packet.
    pub(in crate::cluster) fn answered(
        &mut self,
        epoch: u64,
        number: u64,
        receipts: Vec<Receipt>,
    ) -> Vec<Answered<L>> {
        let Some(route) = self.routes.get_mut(&epoch) else { return Vec::new() };
        let is_it = |it: &mut UnderWay<L>| it.number == number && it.messages.len() == receipts.len();
        let Some(answered) = route.under_way.take_if(is_it) else { return Vec::new() };
        if route.queue.is_empty() {
            self.routes.remove(&epoch);
        }
        let answers = answered.messages.into_iter().zip(receipts);
        answers.map(|((message, local), receipt)| (message, local, Ok(receipt))).collect()
    }

    /// What became of messages to nodes that do not answer.
    pub(in crate::cluster) fn expired(&mut self, now: Instant) -> Vec<Answered<L>> {
        let is_over = |it: &UnderWay<L>| now >= it.since + PRIVATE_ANSWER_TIMEOUT;
        let over = self.routes.iter().filter(|(_, route)| route.under_way.as_ref().is_some_and(is_over));
        let over: Vec<u64> = over.map(|(epoch, _)| *epoch).collect();
        over.into_iter().flat_map(|epoch| self.end(epoch)).collect()
    }

    /// Nothing goes to the node with this epoch any more.
    pub(super) fn end(&mut self, epoch: u64) -> Vec<Answered<L>> {
        self.routes.remove(&epoch).into_iter().flat_map(Route::unanswered).collect()
    }

    /// Nothing goes anywhere any more.
    pub(super) fn clear(&mut self) -> Vec<Answered<L>> {
        self.last_number = 0;
        std::mem::take(&mut self.routes).into_values().flat_map(Route::unanswered).collect()
    }

    /// When something is due, at the latest. `is_sending`: packets are sent again meanwhile; otherwise they only expire.
    pub(in crate::cluster) fn deadline(&self, is_sending: bool) -> Option<Instant> {
        let under_way = self.routes.values().filter_map(|route| route.under_way.as_ref());
        let resend = |it: &UnderWay<L>| is_sending.then(|| it.sent + PRIVATE_RESEND_INTERVAL);
        under_way.flat_map(|it| resend(it).into_iter().chain([it.since + PRIVATE_ANSWER_TIMEOUT])).min()
    }

    /// How many messages wait or are under way.
    pub(in crate::cluster) fn count(&self) -> usize {
        let under_way = |route: &Route<L>| route.under_way.as_ref().map_or(0, |it| it.messages.len());
        self.routes.values().map(|route| route.queue.len() + under_way(route)).sum()
    }
}

impl<L> Route<L> {
    /// Takes the messages of the next packet out of the queue.
    fn next_messages(&mut self) -> Vec<(Envelope, L)> {
        let (mut messages, mut bytes) = (Vec::new(), 0);
        while let Some((message, _)) = self.queue.front()
            && messages.len() < PRIVATE_MESSAGES_PER_PACKET
            && (messages.is_empty() || bytes + cost(message) <= SHARED_BATCH_BYTES)
            && let Some(next) = self.queue.pop_front()
        {
            bytes += cost(&next.0);
            messages.push(next);
        }
        self.queued_bytes -= bytes;
        messages
    }

    fn unanswered(self) -> impl Iterator<Item = Answered<L>> {
        let sent = self.under_way.into_iter().flat_map(|it| it.messages);
        let sent = sent.map(|(message, local)| (message, local, Err(Unanswered::Unknown)));
        sent.chain(self.queue.into_iter().map(|(message, local)| (message, local, Err(Unanswered::Unsent))))
    }
}

fn cost(message: &Envelope) -> usize {
    message.text.as_str().len() + PACKET_OVERHEAD_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::MESSAGE_BYTES;
    use crate::cluster::codec::decode_packet;
    use crate::cluster::record::MemberKey;

    fn message(to: u64, text: &str) -> Envelope {
        let (from, to) = (MemberKey { epoch: 1, number: 1 }, MemberKey { epoch: to, number: 1 });
        Envelope { from, to, text: text.into(), is_notice: false }
    }

    fn texts(packet: &Packet) -> Vec<String> {
        match decode_packet(&packet.bytes).unwrap().content {
            Content::Messages { messages, .. } => {
                messages.iter().map(|it| it.text.as_str().to_owned()).collect()
            }
            Content::Receipts(_) => panic!("no messages"),
        }
    }

    #[test]
    fn one_packet_is_under_way_to_each_node_and_is_sent_again_until_it_is_answered() {
        let (mut outbox, now, node) = (Outbox::default(), Instant::now(), Rc::from("b"));
        outbox.add(&node, message(2, "one"), 'a').unwrap();
        let first = outbox.due(1, 7, now);
        assert_eq!((first.len(), texts(&first[0])), (1, vec!["one".to_owned()]));
        outbox.add(&node, message(2, "two"), 'b').unwrap();
        outbox.add(&Rc::from("c"), message(3, "three"), 'c').unwrap();
        let other = outbox.due(1, 7, now);
        assert_eq!((other.len(), texts(&other[0])), (1, vec!["three".to_owned()]));
        let again = outbox.due(1, 8, now + PRIVATE_RESEND_INTERVAL);
        assert_eq!(again[0], first[0], "the same bytes");
        assert!(outbox.answered(2, 9, vec![Receipt::Gone]).is_empty(), "that is another number");
        let answered = outbox.answered(2, 1, vec![Receipt::Gone]);
        assert_eq!(answered, [(message(2, "one"), 'a', Ok(Receipt::Gone))]);
        assert_eq!(texts(&outbox.due(1, 8, now)[0]), ["two"]);
        assert_eq!(outbox.count(), 2);
    }

    #[test]
    fn what_a_node_does_not_answer_is_given_up_and_the_rest_is_not_sent() {
        let (mut outbox, now, node) = (Outbox::default(), Instant::now(), Rc::from("b"));
        outbox.add(&node, message(2, "one"), 'a').unwrap();
        outbox.due(1, 7, now);
        outbox.add(&node, message(2, "two"), 'b').unwrap();
        assert!(outbox.expired(now + PRIVATE_ANSWER_TIMEOUT / 2).is_empty());
        assert!(outbox.deadline(true).is_some_and(|due| due <= now + PRIVATE_ANSWER_TIMEOUT));
        let given_up: Vec<_> = outbox
            .expired(now + PRIVATE_ANSWER_TIMEOUT)
            .into_iter()
            .map(|(_, local, why)| (local, why))
            .collect();
        assert_eq!(given_up, [('a', Err(Unanswered::Unknown)), ('b', Err(Unanswered::Unsent))]);
        assert_eq!((outbox.count(), outbox.deadline(true)), (0, None));
    }

    #[test]
    fn what_waits_and_a_packet_are_bounded() {
        let (mut outbox, now, node) = (Outbox::default(), Instant::now(), Rc::from("b"));
        let (long, mut added, mut sent) = ("x".repeat(MESSAGE_BYTES), 0, 0);
        while outbox.add(&node, message(2, &long), ()).is_ok() {
            added += 1;
        }
        for number in 1.. {
            let Some(packet) = outbox.due(1, 7, now).pop() else { break };
            let messages = texts(&packet).len();
            assert!(packet.bytes.len() <= SHARED_BATCH_BYTES && messages <= PRIVATE_MESSAGES_PER_PACKET);
            sent += messages;
            assert_eq!(outbox.answered(2, number, vec![Receipt::Gone; messages]).len(), messages);
        }
        assert_eq!((sent, outbox.count()), (added, 0));
        assert!(added * MESSAGE_BYTES > PRIVATE_QUEUE_BYTES / 2);
    }
}
