//! Nodes of a cluster, their log and one clock.

use std::cell::RefCell;
use std::ops::{Index, IndexMut};
use std::rc::Rc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use salon::cluster::codec::encode;
use salon::cluster::record::Batch;
use salon::cluster::version::Reads;
use salon::cluster::{Keeping, NodeSettings};
use salon::hub::{AdminApi, SessionId, followed_up_to};
use salon::journal::RestoredState;

use crate::support::scene::Scene;
use crate::support::virtual_log::{Entry, LogState, new_log, open};

/// The evening of 20 November 2026.
const EVENING: u64 = 1_795_201_200;

/// How far the clock moves at once: all nodes have their turns at each step.
const STEP: Duration = Duration::from_millis(50);

/// See the module.
pub struct Stage {
    pub log: Rc<RefCell<LogState>>,
    options: String,
    keeping: Keeping,
    nodes: Vec<Option<Scene>>,
    /// Nodes that do not get their turns.
    frozen: Vec<bool>,
    /// Which version of the log each node reads when it is started the next time.
    pub reads: Vec<Reads>,
    start: Instant,
    now: Instant,
    nonces: u64,
}

/// The names of the nodes.
pub const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

impl Stage {
    /// Starts this many nodes, with these options. They share the lobby, and each has a room of its own.
    pub fn new(nodes: usize, options: &str) -> Stage {
        Stage::keeping(nodes, options, Keeping::default())
    }

    /// The same, where the log keeps less.
    pub fn keeping(nodes: usize, options: &str, keeping: Keeping) -> Stage {
        Stage::reading(nodes, options, keeping, &Reads::own())
    }

    /// The same, with nodes of another version.
    pub fn reading(nodes: usize, options: &str, keeping: Keeping, reads: &Reads) -> Stage {
        let start = Instant::now();
        let log = new_log(start, UNIX_EPOCH + Duration::from_secs(EVENING));
        let mut stage = Stage {
            log,
            options: format!("--rooms lobby,garden=plain {options}"),
            keeping,
            nodes: Vec::new(),
            frozen: vec![false; nodes],
            reads: vec![reads.clone(); NAMES.len()],
            start,
            now: start,
            nonces: 0,
        };
        for at in 0..nodes {
            stage.nodes.push(None);
            stage.start(at);
        }
        stage.settle();
        stage
    }

    /// Two nodes with these options; Ann is on the first one, and Bob on the second.
    pub fn of_two(options: &str) -> (Stage, SessionId, SessionId) {
        let mut stage = Stage::new(2, options);
        let (ann, bob) = (stage.join(0, "Ann"), stage.join(1, "Bob"));
        (stage, ann, bob)
    }

    /// Adds one more node.
    pub fn add(&mut self, at: usize) {
        self.add_with(at, RestoredState::default());
    }

    /// The same, with what an earlier run has stored.
    pub fn add_with(&mut self, at: usize, restored: RestoredState) {
        self.nodes.push(None);
        self.frozen.push(false);
        self.start_with(at, restored);
    }

    /// Starts a node, anew if it ran before.
    pub fn start(&mut self, at: usize) {
        self.start_with(at, RestoredState::default());
    }

    /// The same, with what an earlier run has stored.
    pub fn start_with(&mut self, at: usize, restored: RestoredState) {
        self.nonces += 1 << 20;
        let (name, rooms) = (NAMES[at].into(), vec!["lobby".into()]);
        let (keeping, reads) = (self.keeping, self.reads[at].clone());
        let settings = NodeSettings { name, rooms, nonce: self.nonces, keeping, reads };
        let (passed, mut stored) = (self.now - self.start, 0);
        let mut scene = Scene::configured(&self.options, 1, |config| {
            config.cluster = Some(settings);
            config.restored = restored;
            stored = followed_up_to(config);
            config.start = (self.now, UNIX_EPOCH + Duration::from_secs(EVENING) + passed);
        });
        scene.log = Some(open(&self.log, NAMES[at], stored));
        self.nodes[at] = Some(scene);
        self.frozen[at] = false;
    }

    /// A node is gone, and says nothing any more.
    pub fn kill(&mut self, at: usize) {
        self.nodes[at] = None;
        self.log.borrow_mut().cut(NAMES[at], true);
    }

    /// A node gets no turns, or gets them again.
    pub fn freeze(&mut self, at: usize, is_frozen: bool) {
        self.frozen[at] = is_frozen;
    }

    /// Runs turns of all nodes until there is nothing to do.
    pub fn settle(&mut self) {
        for _ in 0..10_000 {
            self.turn();
            let is_frozen = self.frozen.iter().any(|frozen| *frozen);
            if self.log.borrow().is_quiet() || is_frozen {
                self.turn();
                if self.log.borrow().is_quiet() || is_frozen {
                    return;
                }
            }
        }
        panic!("the nodes have more to say, for ever");
    }

    fn turn(&mut self) {
        self.log.borrow_mut().commit();
        for (node, frozen) in self.nodes.iter_mut().zip(&self.frozen) {
            if let Some(node) = node.as_mut().filter(|_| !frozen) {
                node.settle();
            }
        }
        self.log.borrow_mut().commit();
    }

    /// Time passes for all.
    pub fn wait(&mut self, time: Duration) {
        self.wait_in_steps(time, STEP);
    }

    /// The same in steps of this length.
    pub fn wait_in_steps(&mut self, time: Duration, step: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now = (self.now + step).min(end);
            self.log.borrow_mut().set_time(self.now);
            for (node, frozen) in self.nodes.iter_mut().zip(&self.frozen) {
                if let Some(node) = node.as_mut().filter(|_| !frozen) {
                    let passes = self.now.saturating_duration_since(node.now);
                    node.wait(passes);
                }
            }
            self.settle();
        }
    }

    /// Writes a batch into the log in the name of a node.
    pub fn write(&mut self, node: &str, batch: &Batch) {
        let bytes = encode(batch).into();
        let time = self.log.borrow().entries.last().unwrap().time;
        self.log.borrow_mut().entries.push(Entry { time, node: node.into(), bytes });
        self.settle();
    }

    /// Joins a node with a name.
    pub fn join(&mut self, at: usize, name: &str) -> SessionId {
        let id = self[at].join(name);
        self.settle();
        id
    }

    /// Types lines on a node.
    pub fn send(&mut self, at: usize, id: SessionId, lines: &str) {
        self[at].send(id, lines.as_bytes());
        self.settle();
    }

    /// What a peer heard since the last call.
    pub fn heard(&mut self, at: usize, id: SessionId) -> String {
        self[at].heard(id)
    }

    /// Whether all nodes that run know the same of all members.
    pub fn assert_same(&self) {
        let mut first: Option<String> = None;
        for node in self.nodes.iter().flatten() {
            let view = node.hub.view();
            let registry = view.node.unwrap();
            let registry = registry.registry();
            let known = format!(
                "{:?} {:?} {:?}",
                registry.members().collect::<Vec<_>>(),
                registry.nodes(),
                (registry.owner("lobby"), registry.hash())
            );
            assert_eq!(*first.get_or_insert(known.clone()), known);
        }
    }
}

impl Index<usize> for Stage {
    type Output = Scene;

    fn index(&self, at: usize) -> &Scene {
        self.nodes[at].as_ref().expect("the node runs")
    }
}

impl IndexMut<usize> for Stage {
    fn index_mut(&mut self, at: usize) -> &mut Scene {
        self.nodes[at].as_mut().expect("the node runs")
    }
}
