//! Which nodes live, as all nodes see it at the same place in the log. No clock decides that a node is down, but the heartbeats of
//! others: if the log stands still, nobody is declared down.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::base::limits::HEARTBEATS_UNTIL_DOWN;
use crate::cluster::digest::preference;
use crate::cluster::version::Reads;

/// The live nodes, by name.
#[derive(Debug, Default)]
pub struct Nodes(BTreeMap<Rc<str>, Node>);

/// A live node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The place of its first record.
    pub epoch: u64,
    /// Tells it from another server with the same name; greater in each later attempt of one run.
    pub nonce: u64,
    /// Which version it reads.
    pub reads: Reads,
    /// The rooms that it shares, by key.
    pub rooms: Vec<Rc<str>>,
    /// The last entry that it said to have applied.
    pub applied: u64,
    /// The number of its last batch.
    pub(super) last_batch: u64,
    /// How many heartbeats of each other node were heard since it was heard.
    pub(super) heartbeats: BTreeMap<Rc<str>, u32>,
    /// The last place of a snapshot of which it said what it knows there.
    pub(super) vouched: u64,
}

/// How many attempts to get an epoch a run of a server may make, in bits of its nonce.
pub(super) const ATTEMPT_BITS: u32 = 16;

/// Whether two nonces are of the same run of a server. The greater one is that of its later attempt to get an epoch.
pub(super) fn same_run(one: u64, other: u64) -> bool {
    one >> ATTEMPT_BITS == other >> ATTEMPT_BITS
}

impl Nodes {
    /// A node has a new epoch.
    pub(super) fn begin(&mut self, name: &Rc<str>, epoch: u64, nonce: u64, rooms: Vec<Rc<str>>) {
        let (reads, heartbeats, vouched) = (Reads::default(), BTreeMap::new(), 0);
        let node = Node { epoch, nonce, reads, rooms, applied: 0, last_batch: 0, heartbeats, vouched };
        self.0.insert(name.clone(), node);
    }

    /// The nodes of a snapshot.
    pub(super) fn of(nodes: impl IntoIterator<Item = (Rc<str>, Node)>) -> Nodes {
        Nodes(nodes.into_iter().collect())
    }

    /// A node is down. Returns it.
    pub(super) fn end(&mut self, name: &str) -> Option<Node> {
        for other in self.0.values_mut() {
            other.heartbeats.remove(name);
        }
        self.0.remove(name)
    }

    /// A batch of a node is heard. Returns whether it counts: its epoch is the node's, and it was not heard before.
    pub(super) fn hears(&mut self, name: &str, epoch: u64, batch: u64) -> bool {
        let Some(node) = self.0.get_mut(name).filter(|node| node.epoch == epoch && batch > node.last_batch)
        else {
            return false;
        };
        node.last_batch = batch;
        node.heartbeats.clear();
        true
    }

    /// A heartbeat of a node is heard. Returns the nodes that are down by that.
    pub(super) fn heartbeat(&mut self, name: &Rc<str>, applied: u64) -> Vec<Rc<str>> {
        let mut down = Vec::new();
        for (other, node) in &mut self.0 {
            if other == name {
                node.applied = applied;
                continue;
            }
            let heartbeats = node.heartbeats.entry(name.clone()).or_default();
            *heartbeats += 1;
            if *heartbeats >= HEARTBEATS_UNTIL_DOWN {
                down.push(other.clone());
            }
        }
        down
    }

    /// A node says what it knows at the place of a snapshot. Returns whether it says so for the first time.
    pub(super) fn vouches(&mut self, name: &str, seq: u64) -> bool {
        let node = self.0.get_mut(name).filter(|node| node.vouched < seq);
        node.map(|node| node.vouched = seq).is_some()
    }

    /// A node says which version it reads.
    pub(super) fn says(&mut self, name: &str, reads: Reads) {
        if let Some(node) = self.0.get_mut(name) {
            node.reads = reads;
        }
    }

    /// The latest version that all of them read. `None`: there are none.
    pub(super) fn common_version(&self) -> Option<u8> {
        self.0.values().map(|node| node.reads.version).min()
    }

    /// A live node.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.0.get(name)
    }

    /// The live node with this epoch, and its name.
    pub fn of_epoch(&self, epoch: u64) -> Option<&Rc<str>> {
        self.0.iter().find(|(_, node)| node.epoch == epoch).map(|(name, _)| name)
    }

    /// All live nodes, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Node)> {
        self.0.iter()
    }

    /// The live node that a room without an owner goes to: of those that share it, the one that the room prefers.
    pub(super) fn preferred(&self, room: &str) -> Option<Rc<str>> {
        let sharing = self.0.iter().filter(|(_, node)| node.rooms.iter().any(|shared| **shared == *room));
        sharing.max_by_key(|(name, _)| preference(name, room)).map(|(name, _)| name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> (Nodes, [Rc<str>; 3]) {
        let names: [Rc<str>; 3] = ["a", "b", "c"].map(Rc::from);
        let mut nodes = Nodes::default();
        for (epoch, name) in (1..).zip(&names) {
            nodes.begin(name, epoch, 0, vec!["lobby".into()]);
        }
        (nodes, names)
    }

    #[test]
    fn a_node_is_down_when_one_other_was_heard_often_enough_since() {
        let (mut nodes, [a, b, c]) = three();
        for _ in 1..HEARTBEATS_UNTIL_DOWN {
            assert!(nodes.heartbeat(&a, 0).is_empty());
            assert!(nodes.hears("b", 2, nodes.get("b").unwrap().last_batch + 1));
            assert!(nodes.heartbeat(&c, 0).is_empty(), "no sum of several nodes counts");
        }
        assert_eq!(nodes.heartbeat(&a, 0), [c], "the other one was heard, if only by what it said");
        let _ = (nodes.end("c"), b);
        assert!(!nodes.hears("c", 3, 9), "what it says then is void");
        assert!(nodes.heartbeat(&a, 0).is_empty());
    }

    #[test]
    fn a_batch_counts_once_and_in_its_epoch_only() {
        let (mut nodes, [a, ..]) = three();
        assert!(nodes.hears("a", 1, 1) && !nodes.hears("a", 1, 1) && !nodes.hears("a", 7, 2));
        nodes.begin(&a, 9, 5, Vec::new());
        assert!(!nodes.hears("a", 1, 2) && nodes.hears("a", 9, 1));
        assert_eq!((nodes.of_epoch(9), nodes.of_epoch(1)), (Some(&a), None));
        assert!(nodes.preferred("lobby").is_some_and(|owner| owner != a), "it shares that room no more");
        assert_eq!(nodes.preferred("hall"), None);
    }
}
