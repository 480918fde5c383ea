//! A node's own part in its cluster: it hears the log, takes an epoch, says that it lives, proposes what its members do, and
//! learns what became of that.

mod hearing;
mod keeping;
mod private;
mod speaking;
mod standing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Instant;

use crate::base::limits::{ROSTER_INTERVAL, UNHEARD_HOSTS};
use crate::base::name::NameKey;
use crate::cluster::nodes::ATTEMPT_BITS;
use crate::cluster::outgoing::Outgoing;
use crate::cluster::private::{PrivateMessages, Unanswered};
use crate::cluster::private_packet::Envelope;
use crate::cluster::record::{MemberKey, Record};
use crate::cluster::registry::{Outcome, Registry};
use crate::cluster::snapshot::Keeping;
use crate::cluster::version::Reads;
use crate::proto::Receipt;

pub use standing::{NodeState, Standing};

/// The configuration of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSettings {
    /// Its name.
    pub name: String,
    /// The rooms that it shares, by their names.
    pub rooms: Vec<String>,
    /// A random number, which no other run has. Its lowest 16 bits do not count.
    pub nonce: u64,
    /// How often snapshots are taken, and what the log keeps: the same on all nodes.
    pub keeping: Keeping,
    /// Which versions of the log it reads.
    pub reads: Reads,
}

/// Something that the hub learns. `L` is what a proposer wants to know again.
#[derive(Debug)]
pub enum NodeEvent<L> {
    /// This came of a record; and what its proposer wanted to know, if that was this node.
    Heard(Outcome, Option<L>),
    /// A record of this node was never heard, and never will be.
    Void(L),
    /// A record of this node may have been heard by the others, and this one will never know.
    Lost(L),
    /// All up to the event with this id is carried out.
    Reached(u64),
    /// Events with ids from the first one to before the second one are not heard: the log does not have them any more.
    Skipped(u64, u64),
    /// A member of another node has written privately to one of this node. [`Node::answer_private`] says what becomes of it.
    Private(Envelope),
    /// What became of a private message to a member of another node, and what its proposer wanted to know.
    PrivateAnswered(Envelope, L, Result<Receipt, Unanswered>),
    /// The node has an epoch: its members may come.
    Live,
    /// The node's epoch is over: its members are gone for the others. It tries to get another one.
    Down,
    /// The log stands still for this long, or no longer.
    Standing(Standing),
    /// The node stops sharing until it is started again. A sentence says why.
    Stopped(String),
}

/// The phase of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    /// It carries out what was in the log before it came.
    Folding,
    /// It asks for an epoch, or will, when nothing else is under way.
    Asking { is_sent: bool },
    /// It has this epoch.
    Live(u64),
    /// It shares nothing any more, for this reason: a sentence.
    Stopped(String),
}

/// A node. See the module.
#[derive(Debug)]
pub struct Node<L> {
    name: Rc<str>,
    rooms: Vec<Rc<str>>,
    registry: Registry,
    outgoing: Outgoing<L>,
    private: PrivateMessages<L>,
    phase: Phase,
    nonce: u64,
    reads: Reads,
    next_number: u32,
    /// Since when it waits for the log, if nothing is under way.
    waits_since: Instant,
    standing: Standing,
    /// Why the engine does not answer, as a part of a sentence.
    disconnected: Option<String>,
    heartbeat_due: Instant,
    heartbeats: u32,
    roster_due: Instant,
    /// It stops when what it said is heard.
    is_ending: bool,
    keeping: Keeping,
    /// A snapshot to store, with its place, and up to where to trim the log.
    to_store: Option<(u64, Vec<u8>)>,
    to_trim: Option<u64>,
    /// Whether each other node has heard the same, as far as it was compared.
    agrees: BTreeMap<Rc<str>, bool>,
    /// The own batch whose outcomes are being taken.
    heard: Option<(u64, u64)>,
    events: VecDeque<NodeEvent<L>>,
}

impl<L> Node<L> {
    /// A node that has heard nothing yet.
    pub fn new(settings: NodeSettings, now: Instant) -> Node<L> {
        Node {
            name: settings.name.into(),
            rooms: settings.rooms.iter().map(|room| NameKey::of(room).as_str().into()).collect(),
            registry: Registry::with_snapshots(settings.keeping.interval).knowing(settings.reads.version),
            outgoing: Outgoing::default(),
            private: PrivateMessages::default(),
            phase: Phase::Folding,
            nonce: settings.nonce >> ATTEMPT_BITS << ATTEMPT_BITS,
            reads: settings.reads,
            next_number: 0,
            waits_since: now,
            standing: Standing::Well,
            disconnected: None,
            heartbeat_due: now,
            heartbeats: 0,
            roster_due: now + ROSTER_INTERVAL,
            is_ending: false,
            keeping: settings.keeping,
            to_store: None,
            to_trim: None,
            agrees: BTreeMap::new(),
            heard: None,
            events: VecDeque::new(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &Rc<str> {
        &self.name
    }

    /// The rooms that it shares, by key.
    pub fn rooms(&self) -> &[Rc<str>] {
        &self.rooms
    }

    /// What all nodes know.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Its epoch, while it has one.
    pub fn epoch(&self) -> Option<u64> {
        if let Phase::Live(epoch) = self.phase { Some(epoch) } else { None }
    }

    /// Why it shares nothing any more: a sentence.
    pub fn stopped(&self) -> Option<&str> {
        if let Phase::Stopped(why) = &self.phase { Some(why) } else { None }
    }

    /// Why nothing can be proposed now, as a sentence. `None`: it can.
    pub fn refusal(&self) -> Option<String> {
        if let Phase::Stopped(why) = &self.phase {
            return Some(format!("This server shares no rooms any more: {why}"));
        }
        if self.standing == Standing::Refusing {
            let why = self.disconnected.as_deref().unwrap_or("the other servers do not answer");
            return Some(format!(
                "Nothing can be shared with the other servers now: {why}. Try again later."
            ));
        }
        if self.outgoing.is_full() {
            return Some("Too much waits to be shared with the other servers. Try again later.".to_owned());
        }
        None
    }

    /// Whether the log has stood still for so long that shared rooms take nothing.
    pub fn is_away(&self) -> bool {
        self.standing == Standing::Refusing && self.stopped().is_none()
    }

    /// Whether the node runs the host of a room, and may go on with it.
    pub fn may_host(&self, room: &str, now: Instant) -> bool {
        let is_heard = self.outgoing.since().is_none_or(|since| now < since + UNHEARD_HOSTS);
        self.epoch().is_some() && is_heard && self.registry.owner(room) == Some(&self.name)
    }

    /// The key of a newcomer, to be proposed with [`Record::Came`]. `None`: the node has no epoch.
    pub fn next_key(&mut self) -> Option<MemberKey> {
        let epoch = self.epoch()?;
        self.next_number += 1;
        Some(MemberKey { epoch, number: self.next_number })
    }

    /// Proposes a record. Gives `local` back if that is refused: see [`Node::refusal`].
    pub fn propose(&mut self, record: &Record, local: L) -> Result<(), L> {
        if self.epoch().is_none() || self.refusal().is_some() {
            return Err(local);
        }
        self.outgoing.add(record, Some(local));
        Ok(())
    }

    /// Proposes that a member leaves, which is never refused: without an epoch, it is gone for the others anyway.
    pub fn propose_leave(&mut self, record: &Record) {
        if self.epoch().is_some() {
            self.outgoing.add(record, None);
        }
    }

    /// The server stops: the others are told, behind what was proposed before.
    pub fn end(&mut self) {
        if self.epoch().is_some() && !std::mem::replace(&mut self.is_ending, true) {
            self.outgoing.add(&Record::Stop, None);
        }
    }

    /// Whether something of this node is not heard yet that the others should hear before it ends.
    pub fn has_unheard(&self) -> bool {
        self.epoch().is_some()
            && self.standing == Standing::Well
            && (self.outgoing.since().is_some()
                || self.outgoing.queued_bytes() > 0
                || self.private.outbox.count() > 0)
    }
}
