//! Snapshots and a log that is trimmed, with real servers of the engine.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use salon::base::limits::{ENGINE_EVENTS_BYTES, ENGINE_UNREAD_MESSAGES, SNAPSHOT_PIECE_BYTES};
use salon::base::name::Name;
use salon::cluster::log::{LogEvent, ReplicatedLog};
use salon::cluster::record::{MemberKey, Newcomer, Record};
use salon::cluster::version::Reads;
use salon::cluster::{self, Keeping, NodeEvent, NodeSettings};
use salon::engine::Engine;
use salon::proto::{Kind, Manner};

use crate::support::engine::{ENGINE_TIMEOUT, Node, Servers, is_entry};
use crate::support::process::TEST_TIMEOUT;

/// Stores a snapshot of many pieces.
fn store(node: &mut Node, seq: u64) -> Vec<u8> {
    let snapshot = vec![u8::try_from(seq).unwrap(); SNAPSHOT_PIECE_BYTES * 3];
    node.engine.store(seq, snapshot.clone());
    node.until(TEST_TIMEOUT, |event| *event == LogEvent::Stored { seq });
    snapshot
}

fn snapshots(node: &Node) -> Vec<(u64, &[u8])> {
    let mut found = Vec::new();
    for event in &node.events {
        if let LogEvent::Snapshot { seq, bytes } = event {
            found.push((*seq, &**bytes));
        }
    }
    found
}

#[test]
fn the_engine_keeps_snapshots_and_trims_its_log_behind_them() {
    let Some(servers) = Servers::one() else { return };
    let [mut ann] = servers.nodes(["a"]);
    for number in 1..=30 {
        ann.say(&format!("ann {number}"));
    }
    let [first, second] = [10, 20].map(|seq| store(&mut ann, seq));
    // All is there: whoever has stored nothing hears all of it.
    let mut new = Node::start(servers.settings("b", "LOG"), 0);
    assert_eq!((new.until_caught_up(), new.heard(), snapshots(&new)), (30, ann.heard(), Vec::new()));
    let mut known = Node::start(servers.settings("b", "LOG"), 25);
    assert_eq!(known.until_caught_up(), 30);
    assert_eq!((known.heard(), snapshots(&known)), (ann.heard()[20..].to_vec(), vec![(20, &second[..])]));

    ann.engine.trim(10);
    ann.until(TEST_TIMEOUT, |event| *event == LogEvent::Trimmed { first: 11 });
    assert_eq!(ann.engine.figures().first, 11);
    // Without a snapshot nothing is trimmed.
    ann.engine.trim(15);
    ann.engine.trim(20);
    ann.until(TEST_TIMEOUT, |event| *event == LogEvent::Trimmed { first: 21 });
    ann.say("later");
    let mut late = Node::start(servers.settings("c", "LOG"), 0);
    assert_eq!(late.until_caught_up(), 31);
    assert_eq!((late.heard(), snapshots(&late)), (ann.heard()[20..].to_vec(), vec![(20, &second[..])]));
    assert_ne!(first, second);
    // A snapshot is replaced by one of the same place.
    store(&mut ann, 20);
    let [late] = servers.nodes(["c"]);
    assert_eq!(snapshots(&late), [(20, &second[..])]);
}

fn place(event: &LogEvent) -> Option<u64> {
    match event {
        LogEvent::Entry { seq, .. } => Some(*seq),
        _ => None,
    }
}

#[test]
fn who_does_not_read_while_the_log_is_trimmed_goes_on_from_a_snapshot() {
    let Some(servers) = Servers::one() else { return };
    let [mut slow, mut ann] = servers.nodes(["b", "a"]);
    // What the slow one does not take is not read, and what waits beyond that is dropped.
    let long = "x".repeat(ENGINE_EVENTS_BYTES / ENGINE_UNREAD_MESSAGES);
    let count = 3 * ENGINE_UNREAD_MESSAGES;
    for _ in 0..count {
        ann.say(&long);
    }
    let seq = count as u64 - 2;
    ann.engine.store(seq, b"all of that".to_vec());
    ann.until(TEST_TIMEOUT, |event| *event == LogEvent::Stored { seq });
    ann.engine.trim(seq);
    ann.until(TEST_TIMEOUT, |event| *event == LogEvent::Trimmed { first: seq + 1 });
    ann.say("the end");
    slow.until(TEST_TIMEOUT, |event| is_entry(event, "the end"));
    assert_eq!(snapshots(&slow), [(seq, b"all of that".as_slice())]);
    let heard: Vec<u64> = slow.events.iter().filter_map(place).collect();
    let (before, after) = heard.split_at(heard.len() - 3);
    assert_eq!(after, [seq + 1, seq + 2, seq + 3]);
    assert!(before.len() < count - 2 && before.iter().copied().eq(1..=before.len() as u64), "{before:?}");
}

/// Nodes with all their rules, and no chat.
struct Cluster {
    nodes: Vec<(cluster::Node<()>, Engine)>,
    wake: Sender<()>,
    woken: Receiver<()>,
}

const KEEPING: Keeping = Keeping { interval: 16, entries: 48, time: Duration::from_secs(3600) };

impl Cluster {
    fn new() -> Cluster {
        let (wake, woken) = mpsc::channel();
        Cluster { nodes: Vec::new(), wake, woken }
    }

    fn add(&mut self, servers: &Servers, name: &str) {
        let (settings, wake) = (servers.settings(name, "LOG"), self.wake.clone());
        let (nonce, rooms) = (settings.nonce << 32, vec!["lobby".to_owned()]);
        let (name, reads) = (name.to_owned(), Reads::own());
        let node = NodeSettings { name, rooms, nonce, keeping: KEEPING, reads };
        let engine = Engine::start(settings, 0, move || {
            // Fails when the test is over.
            let _ = wake.send(());
        });
        self.nodes.push((cluster::Node::new(node, Instant::now()), engine.unwrap()));
    }

    /// Lets all nodes go on until something is so.
    fn until(&mut self, mut is_so: impl FnMut(&mut [(cluster::Node<()>, Engine)]) -> bool) {
        let end = Instant::now() + ENGINE_TIMEOUT;
        while !is_so(&mut self.nodes) {
            let mut next = end;
            for (node, engine) in &mut self.nodes {
                let now = Instant::now();
                while let Some(event) = node.poll(engine, now) {
                    assert!(!matches!(event, NodeEvent::Stopped(_)), "{event:?}");
                }
                node.check(now);
                node.publish(engine, now);
                next = next.min(node.deadline().unwrap_or(end));
            }
            assert!(Instant::now() < end, "not in time");
            let wait = next.saturating_duration_since(Instant::now());
            if let Err(RecvTimeoutError::Disconnected) = self.woken.recv_timeout(wait) {
                panic!("nothing wakes it");
            }
        }
    }

    fn propose(&mut self, at: usize, record: impl FnOnce(MemberKey) -> Record) -> MemberKey {
        let key = self.nodes[at].0.next_key().unwrap();
        self.nodes[at].0.propose(&record(key), ()).unwrap();
        key
    }
}

fn is_live((node, _): &(cluster::Node<()>, Engine)) -> bool {
    node.epoch().is_some()
}

#[test]
fn a_node_that_comes_after_the_log_was_trimmed_knows_the_same_as_the_others() {
    let Some(servers) = Servers::one() else { return };
    let mut cluster = Cluster::new();
    for name in ["a", "b"] {
        cluster.add(&servers, name);
    }
    cluster.until(|nodes| nodes.iter().all(is_live));
    for (at, name) in ["Ann", "Bob"].into_iter().enumerate() {
        let name = Name::parse(name).unwrap();
        let (kind, is_hosted, token) = (Kind::Person, false, None);
        let key = cluster.propose(at, |key| {
            let newcomer = Newcomer { number: key.number, name, kind, is_hosted, token };
            Record::Came(newcomer, None, None)
        });
        cluster.nodes[at].0.propose(&Record::Joined(key.number, "lobby".into()), ()).unwrap();
        cluster.until(|nodes| nodes.iter().all(|(node, _)| node.registry().member(key).is_some()));
    }
    cluster.nodes[0].0.propose(&Record::Topic("lobby".into(), "tea".into()), ()).unwrap();
    // One entry each, until there was enough to trim.
    let mut said = 0;
    cluster.until(|nodes| {
        let (node, _) = &mut nodes[0];
        if node.state().under_way.is_none() {
            said += 1;
            let (number, room, manner) = (1, "lobby".into(), Manner::Speech);
            let text = format!("message {said}").into();
            node.propose(&Record::Said { number, room, manner, text }, ()).unwrap();
        }
        nodes.iter().all(|(node, _)| node.state().first > 16)
    });
    cluster.add(&servers, "c");
    let begun = |nodes: &mut [(cluster::Node<()>, Engine)]| {
        let (new, _) = &nodes[2];
        is_live(&nodes[2]) && new.registry().unconfirmed().is_none() && new.registry().begun().is_some()
    };
    cluster.until(begun);
    // And so they stay.
    let is_same = |nodes: &mut [(cluster::Node<()>, Engine)]| {
        let all: Vec<_> = nodes.iter().map(|(node, _)| node.registry().snapshot()).collect();
        all[0].is_some() && all.iter().all(|other| *other == all[0])
    };
    cluster.until(is_same);
    let mut members: Vec<_> =
        cluster.nodes[2].0.registry().members().map(|(_, it)| it.who.name.to_string()).collect();
    members.sort();
    assert_eq!(members, ["Ann", "Bob"]);
    assert!(cluster.nodes[2].1.figures().first > 16);
}
