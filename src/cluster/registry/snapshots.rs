//! Snapshots: which there are, what other nodes know at their places, and how a node begins from one.
//!
//! Every node takes one at the same places of the log, and says by its hash what it knows there (`Record::Snapshot`). So each
//! learns whether it knows the same as others, and whether a snapshot that it began from is right; and all learn which snapshots
//! may be relied on when the log before them is trimmed.

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use crate::base::limits::{NODES, SNAPSHOT_BYTES, SNAPSHOTS_KNOWN};
use crate::cluster::codec::{Unreadable, decode_snapshot, encode_snapshot};
use crate::cluster::digest::{Digest, hash_of};
use crate::cluster::nodes::Nodes;
use crate::cluster::record::Place;
use crate::cluster::registry::{Current, Registry, What, first_id};
use crate::cluster::snapshot::{Keeping, Known, Snapshot};

/// A snapshot that was taken.
#[derive(Debug)]
pub struct Taken {
    /// The entry after which it was taken.
    pub seq: u64,
    /// Its hash.
    pub hash: u64,
    /// The snapshot, encoded.
    pub bytes: Vec<u8>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Snapshots {
    interval: u64,
    /// Those of which nodes have said what they know there, oldest first. The same on all nodes.
    known: VecDeque<Known>,
    /// The last ones that this node took itself, or began from.
    own: VecDeque<Own>,
    taken: Option<Taken>,
    /// The place of the one that this node began from.
    begun: Option<u64>,
    /// The first entry that the log has, as nodes have said.
    first: u64,
}

/// A snapshot of this node, and what others said that they know there.
#[derive(Debug)]
struct Own {
    seq: u64,
    hash: u64,
    /// How many know the same.
    same: usize,
    /// How many know something else.
    other: usize,
    /// How many began elsewhere in the log than this node.
    foreign: usize,
}

impl Snapshots {
    pub(super) fn new(interval: u64) -> Snapshots {
        let (known, own) = (VecDeque::new(), VecDeque::new());
        Snapshots { interval, known, own, taken: None, begun: None, first: 0 }
    }

    pub(super) fn trimmed(&mut self, first: u64) {
        self.first = self.first.max(first);
    }

    fn own(&self, seq: u64) -> Option<&Own> {
        self.own.iter().find(|own| own.seq == seq)
    }

    fn add_own(&mut self, seq: u64, hash: u64) {
        if self.own.len() >= SNAPSHOTS_KNOWN {
            self.own.pop_front();
        }
        self.own.push_back(Own { seq, hash, same: 0, other: 0, foreign: 0 });
    }

    /// What is known of the snapshot at a place, which a node speaks of now. `None`: it is too old.
    fn known_at(&mut self, seq: u64, hash: u64, at: Place) -> Option<&mut Known> {
        if self.known.back().is_none_or(|last| last.seq < seq) {
            if self.known.len() >= SNAPSHOTS_KNOWN {
                self.known.pop_front();
            }
            let (is_sure, is_disputed, is_stored) = (false, false, false);
            self.known.push_back(Known {
                seq,
                time: at.time,
                hash,
                votes: 0,
                is_sure,
                is_disputed,
                is_stored,
            });
        }
        self.known.iter_mut().find(|known| known.seq == seq)
    }
}

impl Registry {
    /// Takes a snapshot, if this is the place of one.
    pub(super) fn take_at(&mut self, seq: u64) {
        if seq == 0 || !seq.is_multiple_of(self.snapshots.interval) {
            return;
        }
        self.decisions.drop_old_edits(self.time);
        // Without the hash of what is gone from the log nobody could go on from it.
        let bytes = self.snapshot().filter(|_| self.version <= self.known);
        let Some(bytes) = bytes.filter(|bytes| bytes.len() <= SNAPSHOT_BYTES) else { return };
        let hash = hash_of(&bytes);
        self.snapshots.add_own(seq, hash);
        self.snapshots.taken = Some(Taken { seq, hash, bytes });
    }

    /// The snapshot that was taken after the last entry, if one was.
    pub fn take_snapshot(&mut self) -> Option<Taken> {
        self.snapshots.taken.take()
    }

    /// A snapshot of what is known now, encoded. `None`: the hash is not known.
    pub fn snapshot(&self) -> Option<Vec<u8>> {
        let (seq, hash) = self.digest.last()?;
        let nodes = self.nodes.iter().map(|(name, node)| (name.clone(), node.clone())).collect();
        let members = self.members.iter().map(|(key, member)| (*key, member.clone())).collect();
        let owners = self.owners.iter().map(|(room, owner)| (room.clone(), owner.clone())).collect();
        let known = self.snapshots.known.iter().copied().collect();
        let (version, time, began) = (self.version, self.time, self.began);
        let decisions = self.decisions.clone();
        Some(encode_snapshot(&Snapshot {
            version,
            seq,
            time,
            began,
            hash,
            nodes,
            members,
            owners,
            decisions,
            known,
        }))
    }

    /// A node says what it knows at the place of a snapshot.
    pub(super) fn vouch(&mut self, at: &Current, began: u64, (seq, hash): (u64, u64), is_stored: bool) {
        if seq >= self.last {
            return;
        }
        let (is_first, nodes) = (self.nodes.vouches(&at.node, seq), self.nodes.iter().count());
        // Whoever began elsewhere in the log, and not from a snapshot, need not know the same.
        let is_foreign = began != self.began;
        if is_first && let Some(own) = self.snapshots.own.iter_mut().find(|own| own.seq == seq) {
            match own.hash == hash {
                _ if is_foreign => own.foreign += 1,
                true => own.same += 1,
                false => own.other += 1,
            }
            if self.compares && own.other > 0 && 2 * own.other >= nodes {
                self.add_known(at.place, None, What::Apart(seq));
            }
        }
        if !is_foreign && let Some(known) = self.snapshots.known_at(seq, hash, at.place) {
            known.is_disputed |= known.hash != hash;
            known.is_stored |= is_stored && known.hash == hash;
            known.votes = known.votes.saturating_add(u8::from(is_first && known.hash == hash));
            known.is_sure |= 2 * usize::from(known.votes) > nodes;
        }
    }

    /// The snapshot that this node began from, if more nodes have said that it is wrong than that it is right; or if none has said
    /// that it is right, as it lies about where it began itself.
    pub(in crate::cluster) fn refuted(&self) -> Option<u64> {
        let begun = self.snapshots.own(self.snapshots.begun?)?;
        let is_refuted = begun.other > begun.same || begun.foreign > 0 && begun.same == 0;
        is_refuted.then_some(begun.seq)
    }

    /// The snapshot that this node began from, unless another node has said that it is right.
    pub fn unconfirmed(&self) -> Option<u64> {
        let begun = self.snapshots.own(self.snapshots.begun?)?;
        (begun.same == 0).then_some(begun.seq)
    }

    /// The hash of the snapshot that this node took at a place.
    pub(in crate::cluster) fn hash_of_snapshot(&self, seq: u64) -> Option<u64> {
        self.snapshots.own(seq).map(|own| own.hash)
    }

    /// The snapshot up to which the log may be trimmed: all live nodes have carried out what is before it, most had the same
    /// there, the engine has it, and what comes after it is enough for nodes that are away.
    pub(in crate::cluster) fn trimmable(&self, keeping: &Keeping) -> Option<u64> {
        let applied = self.nodes.iter().map(|(_, node)| node.applied).min()?;
        let is_old = |known: &Known| {
            let age = self.time.duration_since(known.time).unwrap_or_default();
            age >= keeping.time || self.last.saturating_sub(known.seq) >= keeping.entries
        };
        let may_be =
            |known: &&Known| known.is_sure && known.is_stored && !known.is_disputed && known.seq <= applied;
        let up_to = self.snapshots.known.iter().filter(may_be).rfind(|known| is_old(known))?.seq;
        (up_to >= self.snapshots.first).then_some(up_to)
    }

    /// The last snapshot that the engine has, as far as the log says. 0: none.
    pub fn last_snapshot(&self) -> u64 {
        let stored = self.snapshots.known.iter().rfind(|known| known.is_stored);
        stored.map_or(0, |known| known.seq)
    }

    /// The snapshot that this node began from.
    pub fn begun(&self) -> Option<u64> {
        self.snapshots.begun
    }

    /// The first entry that the log has, as far as nodes have said. 0: none has said so.
    pub fn first(&self) -> u64 {
        self.snapshots.first
    }

    /// Goes on from a snapshot of this entry, whatever was known. Outcomes are: all nodes are down that were known; then members,
    /// rooms and decisions as they are in it. `own` is the name of this node, whose members of an earlier run nobody needs.
    ///
    /// Returns the first entry that was not carried out.
    pub(in crate::cluster) fn go_on_from(
        &mut self,
        seq: u64,
        bytes: &[u8],
        own: &str,
    ) -> Result<u64, Unreadable> {
        let snapshot = decode_snapshot(bytes, self.known)?;
        if snapshot.seq != seq {
            return Err(Unreadable::Malformed);
        }
        let missed = self.last + 1;
        let (place, since) = (Place { id: first_id(seq), time: snapshot.time }, first_id(missed));
        let mut new = Registry::of(snapshot, self.snapshots.interval).ok_or(Unreadable::Malformed)?;
        new.snapshots.begun = Some(seq);
        new.snapshots.add_own(seq, hash_of(bytes));
        new.snapshots.first = self.snapshots.first;
        (new.compares, new.known) = (self.compares, self.known);
        let before: Vec<Rc<str>> = self.nodes.iter().map(|(name, _)| name.clone()).collect();
        for name in &before {
            self.take_down(name, place);
        }
        new.outcomes = std::mem::take(&mut self.outcomes);
        *self = new;
        self.introduce(place, since, own);
        Ok(missed)
    }

    /// What a snapshot says. `None`: that cannot be.
    fn of(snapshot: Snapshot, interval: u64) -> Option<Registry> {
        let Snapshot { version, seq, time, began, hash, nodes, members, owners, decisions, known } = snapshot;
        let epochs: BTreeSet<u64> = nodes.iter().map(|(_, node)| node.epoch).collect();
        let is_sound = nodes.len() <= NODES
            && epochs.len() == nodes.len()
            && epochs.last().is_none_or(|last| *last <= seq)
            && nodes.is_sorted_by(|one, other| one.0 < other.0)
            && members.is_sorted_by(|one, other| one.0 < other.0)
            && owners.is_sorted_by(|one, other| one.0 < other.0)
            && known.is_sorted_by(|one, other| one.seq < other.seq);
        if !is_sound {
            return None;
        }
        let mut registry = Registry::with_snapshots(interval);
        registry.nodes = Nodes::of(nodes);
        registry.owners = owners.into_iter().collect();
        for (key, member) in members {
            let is_free = registry.names.find_confusable(&member.confusable).is_empty();
            if !is_free || !epochs.contains(&key.epoch) {
                return None;
            }
            registry.insert(key, member);
        }
        registry.digest = Digest::at(seq, hash);
        (registry.began, registry.last, registry.time) = (began, seq, time);
        (registry.version, registry.decisions) = (version, decisions);
        registry.snapshots.known = known.into();
        Some(registry)
    }
}
