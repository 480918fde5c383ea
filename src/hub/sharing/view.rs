//! What operators and tests see of a cluster.

use std::rc::Rc;

use crate::base::name::NameKey;
use crate::cluster::registry::Registry;
use crate::cluster::version::Reads;
use crate::cluster::{LiveNode, Node, NodeState};
use crate::hub::sharing::{Gap, Local};

/// What operators may see of the node.
#[derive(Clone, Copy, Debug)]
pub struct NodeView<'a>(&'a Node<Local>, &'a [Gap]);

/// A live node, as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeInfo {
    /// Its name.
    pub name: Rc<str>,
    /// Its epoch.
    pub epoch: u64,
    /// It is this one.
    pub is_own: bool,
    /// How many entries of the log it is behind this one, as far as it has said.
    pub behind: u64,
    /// How many members it has, hosted bots included.
    pub members: usize,
    /// The rooms whose hosts it runs.
    pub hosts: Vec<Rc<str>>,
    /// Which version of the log it reads, and its version of Salon.
    pub reads: Reads,
}

impl<'a> NodeView<'a> {
    pub(super) fn new(node: &'a Node<Local>, gaps: &'a [Gap]) -> NodeView<'a> {
        NodeView(node, gaps)
    }

    /// What the histories of shared rooms lack, as this server was away for too long.
    pub fn gaps(&self) -> &'a [Gap] {
        self.1
    }
}

impl NodeView<'_> {
    /// The name of this node.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// What this node does at the moment.
    pub fn state(&self) -> NodeState {
        self.0.state()
    }

    /// All live nodes, by name.
    pub fn nodes(&self) -> Vec<NodeInfo> {
        let registry = self.0.registry();
        let last = registry.last();
        let info = |(name, node): (&Rc<str>, &LiveNode)| NodeInfo {
            name: name.clone(),
            epoch: node.epoch,
            is_own: Some(node.epoch) == self.0.epoch(),
            behind: last.saturating_sub(node.applied),
            members: registry.members_of(node.epoch).count(),
            hosts: node.rooms.iter().filter(|room| registry.owner(room) == Some(name)).cloned().collect(),
            reads: node.reads.clone(),
        };
        registry.nodes().iter().map(info).collect()
    }

    /// Whether a room is shared.
    pub fn shares(&self, room: &str) -> bool {
        self.0.rooms().iter().any(|shared| **shared == *NameKey::of(room).as_str())
    }

    /// Why nothing is shared now: a sentence. `None`: all is well.
    pub fn trouble(&self) -> Option<String> {
        self.0.refusal().or_else(|| {
            let is_live = self.0.epoch().is_some();
            (!is_live).then(|| "This node waits for the log of its cluster.".to_owned())
        })
    }

    /// Whether the other servers should still hear something before this one ends.
    pub fn has_unheard(&self) -> bool {
        self.0.has_unheard()
    }

    /// The node that runs the host of a room.
    pub fn owner(&self, room: &str) -> Option<&Rc<str>> {
        self.0.registry().owner(NameKey::of(room).as_str())
    }

    /// What all nodes know, for tests that compare them.
    pub fn registry(&self) -> &Registry {
        self.0.registry()
    }
}
