//! What all nodes know of nodes, names, members and rooms, from the log alone: whoever has carried out the same entries has the
//! same registry, and the same [`Outcome`]s came of them.
//!
//! A record that has no right to be carried out is *void*: its node is down, its member has left or is not in the room, or
//! another node owns the host.

mod decisions;
mod liveness;
mod members;
mod outcome;
mod snapshots;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::SystemTime;

use crate::base::confusables::Confusable;
use crate::base::limits::{NODES, SHARED_IDS_FROM, SHARED_INDEX_BITS, SNAPSHOT_INTERVAL};
use crate::base::name_index::NameIndex;
use crate::cluster::codec::{self, Unreadable};
use crate::cluster::digest::Digest;
use crate::cluster::nodes::{Node as LiveNode, Nodes, same_run};
use crate::cluster::record::{Batch, MemberKey, Record};
use crate::cluster::snapshot::Decisions;
use crate::cluster::version::{FIRST_VERSION, VERSION};
use crate::proto::Removal;
use snapshots::Snapshots;

pub use crate::cluster::member::Member;
pub use crate::cluster::record::Place;
pub use outcome::{Origin, Outcome, What};
pub use snapshots::Taken;

/// See the module.
#[derive(Debug)]
pub struct Registry {
    nodes: Nodes,
    members: BTreeMap<MemberKey, Member>,
    names: NameIndex<MemberKey>,
    /// The owner of the host of each room that a live node shares.
    owners: BTreeMap<Rc<str>, Option<Rc<str>>>,
    digest: Digest,
    outcomes: VecDeque<Outcome>,
    /// A number that says what came of the present entry.
    judged: u64,
    /// Hashes of other nodes are compared.
    compares: bool,
    /// The first entry that was carried out, by this node or by those whose snapshots are between; and the last one.
    began: u64,
    last: u64,
    /// The log's time at the last one.
    time: SystemTime,
    /// It began in the middle of the log, without a snapshot: it learns of nodes and members when they are repeated.
    is_partial: bool,
    decisions: Decisions,
    snapshots: Snapshots,
    /// The latest version that this node reads.
    known: u8,
    /// The version in which nodes write.
    version: u8,
}

impl Default for Registry {
    fn default() -> Registry {
        Registry::with_snapshots(SNAPSHOT_INTERVAL)
    }
}

/// The batch that is being carried out.
struct Current {
    node: Rc<str>,
    place: Place,
    origin: Origin,
}

impl Current {
    fn key(&self, number: u32) -> MemberKey {
        MemberKey { epoch: self.origin.epoch, number }
    }
}

impl Registry {
    /// Nothing is heard yet. A snapshot is taken after each entry whose place is a multiple of `interval`.
    pub fn with_snapshots(interval: u64) -> Registry {
        Registry {
            nodes: Nodes::default(),
            members: BTreeMap::new(),
            names: NameIndex::default(),
            owners: BTreeMap::new(),
            digest: Digest::default(),
            outcomes: VecDeque::new(),
            judged: 0,
            compares: false,
            began: 0,
            last: 0,
            time: SystemTime::UNIX_EPOCH,
            is_partial: false,
            decisions: Decisions::default(),
            snapshots: Snapshots::new(interval),
            known: VERSION,
            version: FIRST_VERSION,
        }
    }

    /// The same for a node that reads no later version than this one.
    pub(in crate::cluster) fn knowing(mut self, version: u8) -> Registry {
        self.known = version;
        self
    }

    /// Carries out an entry of the log. Take the outcomes with [`Registry::poll`], and then [`Registry::take_snapshot`].
    pub fn apply(&mut self, seq: u64, time: SystemTime, node: &str, bytes: &[u8]) {
        if self.last == 0 {
            (self.began, self.is_partial) = (seq, seq > 1);
        }
        (self.judged, self.last, self.time) = (0, seq, time);
        let place = Place { id: first_id(seq), time };
        let node = self
            .nodes
            .iter()
            .find(|(name, _)| ***name == *node)
            .map_or(node.into(), |(name, _)| name.clone());
        match codec::decode(bytes, self.known) {
            Ok(batch) => self.carry_out(seq, place, node, batch),
            Err(Unreadable::TooNew) => self.add(place, None, What::TooNew(node)),
            Err(Unreadable::Malformed) => self.add(place, None, What::Void),
        }
        self.digest.add(seq, bytes, self.judged);
        // Those that come later have to read what was written in it, so it never goes back.
        self.version = self.version.max(self.nodes.common_version().unwrap_or(FIRST_VERSION));
        self.take_at(seq);
    }

    /// The next outcome, in order.
    pub fn poll(&mut self) -> Option<Outcome> {
        self.outcomes.pop_front()
    }

    /// The live nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// A member.
    pub fn member(&self, key: MemberKey) -> Option<&Member> {
        self.members.get(&key)
    }

    /// All members, those of one node together.
    pub fn members(&self) -> impl Iterator<Item = (MemberKey, &Member)> {
        self.members.iter().map(|(key, member)| (*key, member))
    }

    /// The members of a node's epoch.
    pub fn members_of(&self, epoch: u64) -> impl Iterator<Item = (MemberKey, &Member)> {
        let (first, last) = (MemberKey { epoch, number: 0 }, MemberKey { epoch, number: u32::MAX });
        self.members.range(first..=last).map(|(key, member)| (*key, member))
    }

    /// The node that runs the host of a room.
    pub fn owner(&self, room: &str) -> Option<&Rc<str>> {
        self.owners.get(room)?.as_ref()
    }

    /// The first entry that was carried out, by this node or by those whose snapshots it began from.
    pub fn began(&self) -> u64 {
        self.began
    }

    /// The last entry that was carried out; 0 if there is none.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The version in which nodes write: all live nodes have read it at one time.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// From now on hashes of other nodes are compared: all that was in the log at the start is carried out.
    pub fn start_comparing(&mut self) {
        self.compares = true;
    }

    /// No other node knows the hash of what is gone from the log: it counts as nothing.
    pub fn settle_hash(&mut self) {
        self.digest.settle();
    }

    /// The last entry, and the hash there. `None`: the beginning of the log is gone, and no other node has told its hash yet.
    pub fn hash(&self) -> Option<(u64, u64)> {
        self.digest.last()
    }

    fn add(&mut self, place: Place, origin: Option<Origin>, what: What) {
        self.judged = self.judged.wrapping_mul(31).wrapping_add(1 + u64::from(what == What::Void));
        self.outcomes.push_back(Outcome { place, origin, what });
    }

    /// The same for what differs between a node that has the whole log and one that does not.
    fn add_known(&mut self, place: Place, origin: Option<Origin>, what: What) {
        self.outcomes.push_back(Outcome { place, origin, what });
    }

    fn carry_out(&mut self, seq: u64, place: Place, node: Rc<str>, batch: Batch) {
        let Batch { mut epoch, number, records } = batch;
        let counts;
        if let Some(Record::Node { nonce, rooms }) = records.first() {
            // A record may be in the log twice, and an attempt that was given up may arrive after a later one.
            let is_repeated = |known: &LiveNode| same_run(known.nonce, *nonce) && *nonce <= known.nonce;
            let is_repeated = self.nodes.get(&node).is_some_and(is_repeated);
            counts = !is_repeated && (self.nodes.get(&node).is_some() || self.nodes.iter().count() < NODES);
            if counts {
                self.take_down(&node, place);
                epoch = seq;
                self.nodes.begin(&node, epoch, *nonce, rooms.clone());
                let what = What::NodeUp { node: node.clone(), epoch, nonce: *nonce };
                self.add(place, Some(Origin { epoch, number, index: 0 }), what);
                self.give_rooms(place);
            }
        } else {
            self.meet(place, &node, epoch, &records);
            counts = self.nodes.hears(&node, epoch, number);
        }
        let mut current = Current { node, place, origin: Origin { epoch, number, index: 0 } };
        for (index, record) in records.into_iter().enumerate() {
            current.place.id = place.id.wrapping_add(index as u64);
            current.origin.index = index;
            match record {
                Record::Node { .. } if counts && index == 0 => {}
                // It may have stopped in this very batch.
                _ if !counts || self.nodes.get(&current.node).is_none_or(|node| node.epoch != epoch) => {
                    self.add(current.place, Some(current.origin), What::Void);
                }
                record => self.record(&current, record),
            }
        }
    }

    fn record(&mut self, at: &Current, record: Record) {
        let decision = Decisions::has_kind_of(&record).then(|| record.clone());
        let what = match record {
            Record::Heartbeat { applied, hash } => return self.heartbeat(at, applied, hash),
            Record::Came(newcomer, resumes, shown) => return self.come(at, newcomer, resumes, shown),
            Record::Left(number, why) => self.leave(at.key(number), why, false),
            Record::Joined(number, room) => self.join(at.key(number), room),
            Record::Parted(number, room) => self.part(at.key(number), &room),
            Record::Renamed(number, name) => return self.rename(at, at.key(number), name),
            Record::Said { number, room, manner, text } => {
                let key = at.key(number);
                self.says(key, &room, at.place).then_some(What::Said { key, room, manner, text })
            }
            Record::Amended { number, room, message, text } => {
                self.amend(at.key(number), room, message, text, at.place)
            }
            Record::Erased(room, message) => {
                self.owners.contains_key(&room).then_some(What::Erased(room, message))
            }
            Record::Forget(name) => Some(self.forget(name)),
            Record::HostSaid { room, by_operator, text } => {
                let may =
                    self.owners.contains_key(&room) && (by_operator || self.owner(&room) == Some(&at.node));
                may.then_some(What::HostSaid(room, text))
            }
            Record::Topic(room, text) => self.owners.contains_key(&room).then_some(What::Topic(room, text)),
            Record::Kick(name, reason) => {
                let found = self.names.find_confusable(&Confusable::of(name.as_str()));
                let key = found.first().copied();
                key.and_then(|key| self.leave(key, Some(Removal::Operator(reason)), false))
            }
            Record::Sanction(kind, text) => Some(What::Sanction(kind, text)),
            Record::Here(newcomer, rooms) => return self.know(at, newcomer, rooms),
            Record::Owns(room) => return self.own(at, room),
            Record::Stop => {
                self.add(at.place, Some(at.origin), What::Heartbeat);
                self.take_down(&at.node, at.place);
                return self.give_rooms(at.place);
            }
            Record::Alive { .. } => {
                return self.add_known(at.place, Some(at.origin), What::Heartbeat);
            }
            // For earlier versions these are nothing.
            Record::Snapshot { began, seq, hash, is_stored } => {
                self.vouch(at, began, (seq, hash), is_stored);
                None
            }
            Record::Trimmed(first) => {
                self.snapshots.trimmed(first);
                None
            }
            Record::Reads(reads) => {
                self.nodes.says(&at.node, reads);
                None
            }
            Record::Node { .. } | Record::Edited { .. } | Record::Nothing => None,
        };
        self.remember(at.place, decision, what.as_ref());
        self.add(at.place, Some(at.origin), what.unwrap_or(What::Void));
    }
}

/// The first id of what comes of an entry.
pub(in crate::cluster) fn first_id(seq: u64) -> u64 {
    SHARED_IDS_FROM.wrapping_add(seq.wrapping_shl(SHARED_INDEX_BITS))
}
