use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::*;
use crate::cluster::codec::encode;
use crate::cluster::log::{LogEvent, LogFigures, Packet, Published, ReplicatedLog};
use crate::cluster::record::Batch;
use crate::cluster::version::Reads;

/// A log that reports what the test says.
#[derive(Debug, Default)]
struct Log {
    events: VecDeque<LogEvent>,
    published: Vec<Published>,
    sent: Vec<Packet>,
    entries: u64,
}

impl Log {
    fn entry(&mut self, node: &str, bytes: Vec<u8>) {
        self.entries += 1;
        let (seq, bytes): (_, Arc<[u8]>) = (self.entries, bytes.into());
        self.events.push_back(LogEvent::Entry { seq, time: UNIX_EPOCH, node: node.to_owned(), bytes });
    }
}

impl ReplicatedLog for Log {
    fn publish(&mut self, batch: Published) {
        self.published.push(batch);
    }

    fn send(&mut self, packet: Packet) {
        self.sent.push(packet);
    }

    fn store(&mut self, _: u64, _: Vec<u8>) {}

    fn trim(&mut self, _: u64) {}

    fn poll(&mut self) -> Option<LogEvent> {
        self.events.pop_front()
    }

    fn figures(&self) -> LogFigures {
        LogFigures::default()
    }
}

/// A node `a` with an epoch, beside a node `b`, and a batch that is under way.
fn live() -> (Node<char>, Log, Instant) {
    let (now, mut log) = (Instant::now(), Log::default());
    let keeping = Keeping::default();
    let (name, rooms, reads) = ("a".into(), vec!["lobby".into()], Reads::own());
    let settings = NodeSettings { name, rooms, nonce: 1 << 20, keeping, reads };
    let mut node = Node::new(settings, now);
    log.events.push_back(LogEvent::CaughtUp { seq: 0 });
    heard(&mut node, &mut log, now);
    node.publish(&mut log, now);
    let own = log.published.pop().unwrap().bytes;
    log.entry("a", own);
    let records = vec![Record::Node { nonce: 7 << 20, rooms: vec!["lobby".into()] }];
    log.entry("b", encode(&Batch { epoch: 7 << 20, number: 1, records }));
    heard(&mut node, &mut log, now);
    node.publish(&mut log, now);
    assert_eq!((node.epoch(), log.published.len()), (Some(1), 1), "it says that it lives");
    (node, log, now)
}

fn heard(node: &mut Node<char>, log: &mut Log, now: Instant) -> Vec<NodeEvent<char>> {
    std::iter::from_fn(|| node.poll(log, now)).collect()
}

fn message() -> Envelope {
    let (from, to) = (MemberKey { epoch: 1, number: 1 }, MemberKey { epoch: 2, number: 1 });
    Envelope { from, to, text: "psst".into(), is_notice: false }
}

#[test]
fn who_wrote_privately_learns_what_became_of_it_when_the_epoch_is_given_up() {
    let (mut node, mut log, now) = live();
    node.send_private(message(), 's').unwrap();
    node.publish(&mut log, now);
    assert_eq!(log.sent.len(), 1);
    node.send_private(message(), 'w').unwrap();
    let Published { epoch, number, .. } = log.published[0];
    log.events.push_back(LogEvent::GaveUp { epoch, number });
    let answered: Vec<_> = heard(&mut node, &mut log, now)
        .into_iter()
        .map(|event| match event {
            NodeEvent::PrivateAnswered(_, local, answer) => (local, answer),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(answered, [('s', Err(Unanswered::Unknown)), ('w', Err(Unanswered::Unsent))]);
    assert_eq!((node.epoch(), node.state().private_messages), (None, 0));
}
