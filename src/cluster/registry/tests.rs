use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::base::name::Name;
use crate::cluster::codec::encode;
use crate::cluster::record::Newcomer;
use crate::cluster::snapshot::Keeping;
use crate::cluster::version::Reads;
use crate::proto::Kind;

const KEEPING: Keeping = Keeping { interval: 8, entries: 30, time: Duration::from_secs(100) };

/// Nodes that hear one log.
struct Scene {
    registry: Registry,
    seq: u64,
    /// The batches of each node so far.
    numbers: BTreeMap<&'static str, u64>,
}

impl Scene {
    /// Three nodes with their epochs: 1, 2 and 3.
    fn new() -> Scene {
        let mut scene = Scene { registry: Registry::with_snapshots(8), seq: 0, numbers: BTreeMap::new() };
        for node in ["a", "b", "c"] {
            scene.says(node, Record::Node { nonce: 1 << 20, rooms: vec!["lobby".into()] });
        }
        scene
    }

    fn says(&mut self, node: &'static str, record: Record) -> Vec<What> {
        self.seq += 1;
        let number = self.numbers.entry(node).or_default();
        *number += 1;
        let epoch = self.registry.nodes().get(node).map_or(77, |node| node.epoch);
        let bytes = encode(&Batch { epoch, number: *number, records: vec![record] });
        let time = UNIX_EPOCH + Duration::from_secs(1_000 + self.seq);
        self.registry.apply(self.seq, time, node, &bytes);
        std::iter::from_fn(|| self.registry.poll()).map(|outcome| outcome.what).collect()
    }

    /// All say up to where they have applied the log, until this entry.
    fn until(&mut self, seq: u64) {
        while self.seq < seq {
            let node = ["a", "b", "c"][usize::try_from(self.seq % 3).unwrap()];
            self.says(node, Record::Heartbeat { applied: self.seq, hash: 0 });
        }
    }

    fn vouches(&mut self, node: &'static str, seq: u64, hash: u64, is_stored: bool) -> Vec<What> {
        self.says(node, Record::Snapshot { began: 1, seq, hash, is_stored })
    }

    /// The first snapshot is stored, and two of three nodes agree.
    fn agrees_on_the_first(&mut self) {
        let hash = self.registry.hash_of_snapshot(8).unwrap();
        self.vouches("a", 8, hash, true);
        self.vouches("b", 8, hash, false);
    }

    fn trimmable(&self) -> Option<u64> {
        self.registry.trimmable(&KEEPING)
    }
}

#[test]
fn the_log_is_trimmed_up_to_an_old_snapshot_that_is_stored_and_that_most_agree_on() {
    let mut scene = Scene::new();
    scene.until(8);
    let hash = scene.registry.hash_of_snapshot(8).unwrap();
    scene.vouches("a", 8, hash, false);
    scene.vouches("a", 8, hash, true);
    scene.vouches("a", 8, hash, false);
    scene.until(48);
    assert_eq!(scene.trimmable(), None, "one node alone");
    scene.vouches("b", 8, hash, false);
    assert_eq!(scene.trimmable(), Some(8));

    // The next one is not old enough, until it is.
    let hash = scene.registry.hash_of_snapshot(24).unwrap();
    scene.vouches("a", 24, hash, true);
    scene.vouches("b", 24, hash, false);
    assert_eq!((scene.seq, scene.trimmable()), (51, Some(8)));
    scene.until(54);
    assert_eq!(scene.trimmable(), Some(24));
    scene.says("a", Record::Trimmed(25));
    assert_eq!((scene.trimmable(), scene.registry.first()), (None, 25), "it is trimmed");
    assert_eq!(scene.registry.last_snapshot(), 24);

    // Not stored; and then disputed.
    for seq in [32, 40] {
        let hash = scene.registry.hash_of_snapshot(seq).unwrap();
        for node in ["a", "b"] {
            scene.vouches(node, seq, hash, seq == 40);
        }
    }
    scene.vouches("c", 40, 7, false);
    scene.until(90);
    assert_eq!(scene.trimmable(), None);
}

#[test]
fn nothing_goes_that_a_live_node_has_not_carried_out() {
    let mut scene = Scene::new();
    scene.until(8);
    scene.agrees_on_the_first();
    scene.until(40);
    assert_eq!(scene.trimmable(), Some(8));
    scene.says("c", Record::Heartbeat { applied: 7, hash: 0 });
    assert_eq!(scene.trimmable(), None);
    scene.says("c", Record::Heartbeat { applied: 8, hash: 0 });
    assert_eq!(scene.trimmable(), Some(8));
}

#[test]
fn an_old_snapshot_is_enough_however_little_is_said_since() {
    let mut scene = Scene::new();
    scene.until(8);
    scene.agrees_on_the_first();
    scene.until(20);
    let few = |time| Keeping { entries: 1_000, time: Duration::from_secs(time), ..KEEPING };
    assert_eq!(scene.registry.trimmable(&few(12)), None);
    assert_eq!(scene.registry.trimmable(&few(11)), Some(8));
}

#[test]
fn whoever_knows_something_else_than_half_of_the_nodes_learns_it() {
    let mut scene = Scene::new();
    scene.until(8);
    assert!(!scene.vouches("b", 8, 7, false).contains(&What::Apart(8)), "it does not compare yet");
    scene.registry.start_comparing();
    assert!(scene.vouches("c", 8, 7, false).contains(&What::Apart(8)));
    assert!(!scene.vouches("c", 8, 7, false).contains(&What::Apart(8)), "each counts once");
    scene.until(16);
    assert!(!scene.vouches("b", 16, 7, false).contains(&What::Apart(16)), "one of three");
    let foreign = Record::Snapshot { began: 5, seq: 16, hash: 9, is_stored: false };
    assert!(!scene.says("c", foreign).contains(&What::Apart(16)), "it began elsewhere");
    // What nobody can know yet is nothing.
    let ahead = scene.seq + 1;
    scene.vouches("a", ahead, 7, true);
    assert_eq!(scene.registry.last_snapshot(), 0);
}

/// A scene with a member and a topic, and its snapshot.
fn with_member() -> (Scene, Vec<u8>) {
    let mut scene = Scene::new();
    let (name, kind) = (Name::parse("Ann").unwrap(), Kind::Person);
    let newcomer = Newcomer { number: 1, name, kind, is_hosted: false, token: None };
    scene.says("a", Record::Came(newcomer, None, None));
    scene.says("a", Record::Joined(1, "lobby".into()));
    scene.says("a", Record::Topic("lobby".into(), "tea".into()));
    scene.until(8);
    let taken = scene.registry.take_snapshot().unwrap();
    assert_eq!(taken.seq, 8);
    (scene, taken.bytes)
}

#[test]
fn who_begins_from_a_snapshot_carries_out_the_rest_as_all_do() {
    let (mut scene, bytes) = with_member();
    let mut new = Registry::with_snapshots(8);
    assert_eq!(new.go_on_from(8, &bytes, "c"), Ok(1));
    let made_known: Vec<What> = std::iter::from_fn(|| new.poll()).map(|outcome| outcome.what).collect();
    let key = MemberKey { epoch: 1, number: 1 };
    let who = scene.registry.member(key).unwrap().who.clone();
    let owner = scene.registry.owner("lobby").cloned();
    assert_eq!(
        made_known,
        [
            What::Topic("lobby".into(), "tea".into()),
            What::Owner("lobby".into(), owner),
            What::Known(key, who, false),
            What::Joined(key, "lobby".into()),
        ]
    );
    assert_eq!(new.hash(), scene.registry.hash());
    scene.registry = std::mem::replace(&mut new, scene.registry);
    // Both hear the same from now on.
    let other = Scene { registry: new, seq: scene.seq, numbers: scene.numbers.clone() };
    let mut both = [scene, other];
    for scene in &mut both {
        scene.until(16);
        scene.says("a", Record::Left(1, None));
    }
    assert_eq!(both[0].registry.hash(), both[1].registry.hash());
    assert_eq!(both[0].registry.snapshot(), both[1].registry.snapshot());
}

#[test]
fn what_others_say_of_a_snapshot_confirms_or_refutes_it() {
    let (scene, bytes) = with_member();
    let hash = scene.registry.hash_of_snapshot(8).unwrap();
    let vouched = |votes: &[(&'static str, u64, u64)]| {
        let mut registry = Registry::with_snapshots(8);
        registry.go_on_from(8, &bytes, "c").unwrap();
        while registry.poll().is_some() {}
        let mut scene = Scene { registry, seq: 8, numbers: scene.numbers.clone() };
        for (node, began, hash) in votes {
            scene.says(node, Record::Snapshot { began: *began, seq: 8, hash: *hash, is_stored: false });
        }
        (scene.registry.refuted(), scene.registry.unconfirmed())
    };
    assert_eq!(vouched(&[]), (None, Some(8)));
    assert_eq!(vouched(&[("a", 1, hash)]), (None, None));
    assert_eq!(vouched(&[("a", 1, hash), ("b", 1, 7)]), (None, None));
    assert_eq!(vouched(&[("a", 1, 7)]), (Some(8), Some(8)));
    assert_eq!(vouched(&[("a", 1, hash), ("b", 1, 7), ("c", 1, 7)]), (Some(8), None));
    assert_eq!(vouched(&[("a", 5, hash)]), (Some(8), Some(8)), "it lies about where it began");
}

#[test]
fn who_goes_on_from_a_snapshot_takes_leave_of_all_it_knew() {
    let (_, bytes) = with_member();
    let mut late = Scene::new();
    let (name, kind) = (Name::parse("Bob").unwrap(), Kind::Person);
    let newcomer = Newcomer { number: 4, name, kind, is_hosted: false, token: None };
    late.says("b", Record::Came(newcomer, None, None));
    assert_eq!(late.registry.go_on_from(8, &bytes, "c"), Ok(5));
    let whats: Vec<What> = std::iter::from_fn(|| late.registry.poll()).map(|outcome| outcome.what).collect();
    assert!(whats.contains(&What::Gone(MemberKey { epoch: 2, number: 4 })), "{whats:?}");
    let down = |what: &&What| matches!(what, What::NodeDown { .. });
    assert_eq!(whats.iter().filter(down).count(), 3);
    assert!(matches!(whats.last(), Some(What::Joined(..))), "{whats:?}");
    assert_eq!(late.registry.last(), 8);
}

#[test]
fn a_snapshot_of_another_entry_or_with_members_of_no_node_is_none() {
    let (scene, bytes) = with_member();
    let mut new = Registry::with_snapshots(8);
    assert_eq!(new.go_on_from(9, &bytes, "c"), Err(Unreadable::Malformed));
    let mut other = scene;
    other.registry.nodes.end("a");
    let bytes = other.registry.snapshot().unwrap();
    assert_eq!(new.go_on_from(8, &bytes, "c"), Err(Unreadable::Malformed));
    assert_eq!((new.last(), new.poll()), (0, None));
}

#[test]
fn nodes_write_in_the_version_that_all_have_read_at_one_time() {
    let mut scene = Scene::new();
    let reads = |version| Record::Reads(Reads { version, release: "9.9.9".into() });
    assert_eq!(scene.registry.version(), FIRST_VERSION, "none has said which it reads");
    scene.says("a", reads(3));
    scene.says("b", reads(2));
    assert_eq!(scene.registry.version(), FIRST_VERSION, "the third one has not");
    assert_eq!(scene.says("c", reads(3)), [What::Void], "as for those that do not know the record");
    assert_eq!(scene.registry.version(), 2);
    scene.says("b", Record::Stop);
    assert_eq!(scene.registry.version(), 3);
    scene.says("b", Record::Node { nonce: 2 << 20, rooms: Vec::new() });
    assert_eq!(scene.registry.version(), 3, "what was written in it stays in the log");
    let bytes = scene.registry.snapshot().unwrap();
    let mut new = Registry::with_snapshots(8).knowing(3);
    new.go_on_from(scene.seq, &bytes, "d").unwrap();
    assert_eq!(new.version(), 3);
    assert_eq!(Registry::with_snapshots(8).go_on_from(scene.seq, &bytes, "d"), Err(Unreadable::TooNew));
}
