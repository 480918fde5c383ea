//! How long the log has stood still, as one node sees it.

use std::time::Instant;

use crate::base::limits::{UNHEARD_NOTICE, UNHEARD_REFUSAL};
use crate::cluster::node::{Node, NodeEvent, Phase};

/// How long the node has not heard itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Not long.
    #[default]
    Well,
    /// Long enough to tell the members.
    Waiting,
    /// So long that shared rooms take nothing.
    Refusing,
}

/// What a node does at the moment, for operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeState {
    /// A word or two.
    pub name: &'static str,
    /// Its epoch, while it has one.
    pub epoch: Option<u64>,
    /// The last entry of the log that it has carried out.
    pub applied: u64,
    /// Since when a batch of it has been under way.
    pub under_way: Option<Instant>,
    /// How many records wait for the next batch, and their size in bytes.
    pub queued: (usize, usize),
    /// Private messages to members of other nodes that are not answered.
    pub private_messages: usize,
    /// The entry after which the last snapshot was taken that the engine has, as far as the log says. 0: none.
    pub snapshot: u64,
    /// The first entry that the log has, as far as it says. 0: it was not trimmed.
    pub first: u64,
}

impl<L> Node<L> {
    /// What it does at the moment.
    pub fn state(&self) -> NodeState {
        let name = match (&self.phase, self.standing) {
            (Phase::Stopped(_), _) => "stopped",
            (_, Standing::Refusing) => "away",
            (_, Standing::Waiting) => "waiting",
            (Phase::Folding, _) => "catching up",
            (Phase::Asking { .. }, _) => "joining",
            (Phase::Live(_), _) => "live",
        };
        NodeState {
            name,
            epoch: self.epoch(),
            applied: self.registry.last(),
            under_way: self.outgoing.since(),
            queued: (self.outgoing.queued(), self.outgoing.queued_bytes()),
            private_messages: self.private.outbox.count(),
            snapshot: self.registry.last_snapshot(),
            first: self.registry.first(),
        }
    }

    /// Notices how long the log has stood still. Call it in each turn, when all that the log has was polled.
    pub fn check(&mut self, now: Instant) -> Option<NodeEvent<L>> {
        let age = now.saturating_duration_since(self.unheard_since()?);
        let standing = match age {
            age if age >= UNHEARD_REFUSAL => Standing::Refusing,
            age if age >= UNHEARD_NOTICE => Standing::Waiting,
            _ => Standing::Well,
        };
        let changed = std::mem::replace(&mut self.standing, standing) != standing;
        changed.then_some(NodeEvent::Standing(standing))
    }

    /// Since when the node has not heard itself.
    fn unheard_since(&self) -> Option<Instant> {
        match self.phase {
            Phase::Stopped(_) => None,
            Phase::Folding | Phase::Asking { .. } => Some(self.waits_since),
            Phase::Live(_) => Some(self.outgoing.since().unwrap_or(self.heartbeat_due)),
        }
    }

    /// When to call it again, at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        let unheard = self.unheard_since()?;
        let next = match self.standing {
            Standing::Well => Some(unheard + UNHEARD_NOTICE),
            Standing::Waiting => Some(unheard + UNHEARD_REFUSAL),
            Standing::Refusing => None,
        };
        let heartbeat =
            (self.epoch().is_some() && self.outgoing.since().is_none()).then_some(self.heartbeat_due);
        let is_live = matches!(self.phase, Phase::Live(_));
        next.into_iter().chain(heartbeat).chain(self.private.outbox.deadline(is_live)).min()
    }
}
