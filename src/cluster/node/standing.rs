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

impl<L> Node<L> {
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
            Phase::Live(_) => Some(self.outgoing.since().unwrap_or(self.beat_due)),
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
        let beat = (self.epoch().is_some() && self.outgoing.since().is_none()).then_some(self.beat_due);
        next.into_iter().chain(beat).chain(self.letters.outbox.deadline()).min()
    }
}
