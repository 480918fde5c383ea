//! A node's part in what the log keeps: it takes snapshots, begins from one, and has the log trimmed.
//!
//! All nodes take snapshots at the same places, and say what they know there; the one with the lowest epoch has its own stored, and
//! trims the log. If two do that, no harm is done: both have the same.

use log::{info, warn};

use crate::base::limits::SHARED_INDEX_BITS;
use crate::cluster::codec::Unreadable;
use crate::cluster::log::ReplicatedLog;
use crate::cluster::node::{Node, NodeEvent, Phase};
use crate::cluster::record::Record;
use crate::cluster::registry::{Taken, first_id};

impl<L> Node<L> {
    /// All that was heard is carried out. Whether this is the place of a snapshot.
    pub(super) fn has_reached(&mut self) -> bool {
        let Some(Taken { seq, hash, bytes }) = self.registry.take_snapshot() else { return false };
        self.events.push_back(NodeEvent::Reached(first_id(seq) | ((1 << SHARED_INDEX_BITS) - 1)));
        let Phase::Live(epoch) = self.phase else { return true };
        let began = self.registry.began();
        self.outgoing.add(&Record::Snapshot { began, seq, hash, is_stored: false }, None);
        if self.registry.nodes().iter().all(|(_, node)| node.epoch >= epoch) {
            self.to_store = Some((seq, bytes));
            self.to_trim = self.registry.trimmable(&self.keeping);
        }
        true
    }

    /// Hands the log what is to be stored, and up to where it is to be trimmed.
    pub(super) fn keep(&mut self, log: &mut dyn ReplicatedLog) {
        if let Some((seq, bytes)) = self.to_store.take() {
            log.store(seq, bytes);
        }
        if let Some(up_to) = self.to_trim.take() {
            info!("node {}: the log is trimmed up to entry {up_to}", self.name);
            log.trim(up_to);
        }
    }

    /// The engine has a snapshot of this node.
    pub(super) fn is_stored(&mut self, seq: u64) {
        let (began, hash) = (self.registry.began(), self.registry.hash_of_snapshot(seq));
        if let Some(hash) = hash.filter(|_| self.epoch().is_some()) {
            self.outgoing.add(&Record::Snapshot { began, seq, hash, is_stored: true }, None);
        }
    }

    /// The log was trimmed, as this node wanted.
    pub(super) fn is_trimmed(&mut self, first: u64) {
        if self.epoch().is_some() {
            self.outgoing.add(&Record::Trimmed(first), None);
        }
    }

    /// The node goes on from a snapshot.
    pub(super) fn go_on_from(&mut self, seq: u64, bytes: &[u8]) {
        if self.phase != Phase::Folding {
            warn!("node {}: it was away for so long that it goes on from a snapshot", self.name);
            // Its batch may be among the entries that it does not hear.
            let lost = self.outgoing.lose();
            self.events.extend(lost.into_iter().map(NodeEvent::Lost));
            self.agrees.clear();
        }
        match self.registry.go_on_from(seq, bytes, &self.name) {
            Ok(missed) => {
                info!("node {}: it begins from the snapshot of entry {seq}", self.name);
                self.events.push_back(NodeEvent::Skipped(first_id(missed), first_id(seq + 1)));
            }
            Err(Unreadable::TooNew) => self.stop(format!(
                "the snapshot of entry {seq} is of a later version of Salon. Install the version here that the other nodes run, and start \
                 this server again."
            )),
            Err(Unreadable::Malformed) => self.stop(wrong_snapshot(seq)),
        }
    }
}

/// Why a node does not go on from a snapshot, and what to do.
pub(super) fn wrong_snapshot(seq: u64) -> String {
    format!(
        "the snapshot of entry {seq}, from which it began, is wrong. Delete the snapshots (nats stream rm SALON-SNAPSHOTS), so \
         that new ones are made, and start this server again."
    )
}
