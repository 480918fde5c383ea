//! What all nodes know of nodes, names, members and rooms, from the log alone: whoever has carried out the same entries has the
//! same registry, and the same [`Outcome`]s came of them.
//!
//! A record that has no right to be carried out is *void*: its node is down, its member has left or is not in the room, or
//! another node owns the host.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::SystemTime;

use crate::base::confusables::Confusable;
use crate::base::limits::{NODES, ROOMS, SHARED_IDS_FROM, SHARED_INDEX_BITS};
use crate::base::name::Name;
use crate::base::name_index::NameIndex;
use crate::cluster::codec::{self, Unreadable};
use crate::cluster::digest::{Comparison, Digest};
use crate::cluster::nodes::{Node as LiveNode, Nodes, same_run};
use crate::cluster::record::{Batch, MemberKey, Newcomer, Record, SanctionKind};
use crate::proto::{MemberInfo, NameTaken, Removal};

/// A member, as all nodes know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name and kind.
    pub who: MemberInfo,
    /// It is a bot that its node hosts.
    pub is_hosted: bool,
    /// The shared rooms that it is in, in the order in which it joined.
    pub rooms: Vec<Rc<str>>,
    confusable: Confusable,
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The id of what comes of it: the place of the batch, and that of the record in it.
    pub id: u64,
    /// The log's time.
    pub time: SystemTime,
}

/// Which record of which batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The epoch of the batch.
    pub epoch: u64,
    /// Its number.
    pub number: u64,
    /// The record in it.
    pub index: usize,
}

/// What came of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Where it stands.
    pub place: Place,
    /// The record that it answers. `None`: it is a consequence only.
    pub origin: Option<Origin>,
    /// What it is.
    pub what: What,
}

/// See [`Outcome`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A node has a new epoch.
    NodeUp {
        /// Its name.
        node: Rc<str>,
        /// The epoch.
        epoch: u64,
        /// Its nonce.
        nonce: u64,
    },
    /// A node is down. Its members go next.
    NodeDown {
        /// Its name.
        node: Rc<str>,
        /// Its epoch.
        epoch: u64,
    },
    /// A member is gone with its node.
    Gone(MemberKey),
    /// A node said that it lives, or that it stops.
    Beat,
    /// A member has a name.
    Came(MemberKey, MemberInfo, bool),
    /// A name is taken by another member.
    NameRefused(NameTaken),
    /// A member has left. It resumes as another one, if so said.
    Left {
        /// The member.
        key: MemberKey,
        /// Why it was removed. `None`: it left by itself.
        why: Option<Removal>,
        /// Its successor comes next.
        resumes: bool,
    },
    /// A member has joined a room.
    Joined(MemberKey, Rc<str>),
    /// A member has left a room.
    Parted(MemberKey, Rc<str>),
    /// A member has another name.
    Renamed(MemberKey, Name),
    /// A member said or did something.
    Said {
        /// The member.
        key: MemberKey,
        /// The room.
        room: Rc<str>,
        /// It is an action.
        is_act: bool,
        /// The text.
        text: Rc<str>,
    },
    /// The host of a room said something.
    HostSaid(Rc<str>, Rc<str>),
    /// A room has another topic.
    Topic(Rc<str>, Rc<str>),
    /// An operator's decision.
    Sanction(SanctionKind, Rc<str>),
    /// This node owns the host of a room from now on. `None`: nobody does.
    Owner(Rc<str>, Option<Rc<str>>),
    /// A member that had not been known. It came long ago.
    Known(MemberKey, MemberInfo, bool),
    /// A record without an effect.
    Void,
    /// Another node has heard the same as this one, or something else.
    Compared {
        /// The other node.
        node: Rc<str>,
        /// It has heard the same.
        is_same: bool,
    },
    /// A node speaks a later version.
    TooNew(Rc<str>),
}

/// See the module.
#[derive(Debug, Default)]
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
    /// The first entry that was heard, and the last one.
    began: u64,
    last: u64,
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
    /// Carries out an entry of the log. Take the outcomes with [`Registry::poll`].
    pub fn apply(&mut self, seq: u64, time: SystemTime, node: &str, bytes: &[u8]) {
        if self.last == 0 {
            self.began = seq;
        }
        (self.judged, self.last) = (0, seq);
        let id = SHARED_IDS_FROM + (seq << SHARED_INDEX_BITS);
        let place = Place { id, time };
        let node = self
            .nodes
            .iter()
            .find(|(name, _)| ***name == *node)
            .map_or(node.into(), |(name, _)| name.clone());
        match codec::decode(bytes) {
            Ok(batch) => self.carry_out(seq, place, node, batch),
            Err(Unreadable::TooNew) => self.add(place, None, What::TooNew(node)),
            Err(Unreadable::Malformed) => self.add(place, None, What::Void),
        }
        self.digest.add(seq, bytes, self.judged);
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

    /// The last entry that was carried out; 0 if there is none.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// From now on hashes of other nodes are compared: all that was in the log at the start is carried out.
    pub fn start_comparing(&mut self) {
        self.compares = true;
    }

    /// No other node knows the hash of what is gone from the log: it counts as nothing.
    pub fn settle_hash(&mut self) {
        self.digest.settle();
    }

    /// The last entry, and the hash there; see [`Digest::last`].
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
            current.place.id = place.id + index as u64;
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

    /// A node whose first record is gone from the log says that it lives. Only who began in the middle of the log, and has not
    /// carried out all of it, can need that.
    fn meet(&mut self, place: Place, node: &Rc<str>, epoch: u64, records: &[Record]) {
        if self.began <= 1 || self.compares || self.nodes.get(node).is_some() {
            return;
        }
        for record in records {
            if let Record::Alive { nonce, rooms } = record {
                self.nodes.begin(node, epoch, *nonce, rooms.clone());
                let what = What::NodeUp { node: node.clone(), epoch, nonce: *nonce };
                self.add_known(place, None, what);
                return self.give_rooms(place);
            }
        }
    }

    fn record(&mut self, at: &Current, record: Record) {
        let what = match record {
            Record::Beat { applied, hash } => return self.beat(at, applied, hash),
            Record::Came(newcomer, resumes) => return self.come(at, newcomer, resumes),
            Record::Left(number, why) => self.leave(at.key(number), why, false),
            Record::Joined(number, room) => self.join(at.key(number), room),
            Record::Parted(number, room) => self.part(at.key(number), &room),
            Record::Renamed(number, name) => return self.rename(at, at.key(number), name),
            Record::Said { number, room, is_act, text } => {
                let key = at.key(number);
                let is_there = self.members.get(&key).is_some_and(|member| member.rooms.contains(&room));
                is_there.then_some(What::Said { key, room, is_act, text })
            }
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
                self.add(at.place, Some(at.origin), What::Beat);
                self.take_down(&at.node, at.place);
                return self.give_rooms(at.place);
            }
            Record::Alive { .. } => {
                return self.add_known(at.place, Some(at.origin), What::Beat);
            }
            Record::Node { .. } | Record::Nothing => None,
        };
        self.add(at.place, Some(at.origin), what.unwrap_or(What::Void));
    }

    fn beat(&mut self, at: &Current, applied: u64, hash: u64) {
        self.add(at.place, Some(at.origin), What::Beat);
        for down in self.nodes.beat(&at.node, applied) {
            self.take_down(&down, at.place);
        }
        self.give_rooms(at.place);
        if !self.compares {
            return;
        }
        // Not part of what came of the entry: it depends on which hashes this node keeps.
        let is_same = match self.digest.compare(applied, hash) {
            Comparison::Same => true,
            Comparison::Different => false,
            Comparison::Unknown => return,
        };
        let what = What::Compared { node: at.node.clone(), is_same };
        self.outcomes.push_back(Outcome { place: at.place, origin: None, what });
    }

    /// A node is down, or begins anew: its members are gone.
    fn take_down(&mut self, node: &Rc<str>, place: Place) {
        let Some(ended) = self.nodes.end(node) else { return };
        self.add(place, None, What::NodeDown { node: node.clone(), epoch: ended.epoch });
        let gone: Vec<MemberKey> = self.members_of(ended.epoch).map(|(key, _)| key).collect();
        for key in gone {
            self.remove(key);
            self.add(place, None, What::Gone(key));
        }
        for owner in self.owners.values_mut() {
            owner.take_if(|owner| owner == node);
        }
    }

    /// Each room that a live node shares gets an owner; others are forgotten.
    fn give_rooms(&mut self, place: Place) {
        let mut shared: Vec<Rc<str>> =
            self.nodes.iter().flat_map(|(_, node)| node.rooms.iter().cloned()).collect();
        shared.sort_unstable();
        shared.dedup();
        shared.truncate(ROOMS);
        self.owners.retain(|room, _| shared.binary_search(room).is_ok());
        for room in shared {
            let nodes = &self.nodes;
            let owner = self.owners.entry(room.clone()).or_default();
            let is_owned = owner.as_ref().is_some_and(|owner| nodes.get(owner).is_some());
            if !is_owned {
                *owner = nodes.preferred(&room);
                let owner = owner.clone();
                self.add(place, None, What::Owner(room, owner));
            }
        }
    }

    /// An owner says that it owns a room, for nodes that do not know it.
    fn own(&mut self, at: &Current, room: Rc<str>) {
        let knows = self.owner(&room) == Some(&at.node);
        let what = if knows || !self.owners.contains_key(&room) {
            What::Void
        } else {
            self.owners.insert(room.clone(), Some(at.node.clone()));
            What::Owner(room, Some(at.node.clone()))
        };
        self.add_known(at.place, Some(at.origin), what);
    }

    fn come(&mut self, at: &Current, newcomer: Newcomer, resumes: Option<u32>) {
        let key = at.key(newcomer.number);
        if self.members.contains_key(&key) {
            return self.add(at.place, Some(at.origin), What::Void);
        }
        let Newcomer { name, kind, is_hosted, .. } = newcomer;
        let ghost = resumes.map(|number| at.key(number)).filter(|ghost| {
            let same = |member: &Member| member.who.name.key() == name.key();
            self.members.get(ghost).is_some_and(same)
        });
        if let Some(left) = ghost.and_then(|ghost| self.leave(ghost, None, true)) {
            self.add(at.place, None, left);
        }
        let confusable = Confusable::of(name.as_str());
        match self.make_way(&name, &confusable, at.place) {
            Ok(()) => {
                let who = MemberInfo { name, kind };
                self.insert(key, who.clone(), is_hosted, confusable, Vec::new());
                self.add(at.place, Some(at.origin), What::Came(key, who, is_hosted));
            }
            Err(taken) => self.add(at.place, Some(at.origin), What::NameRefused(taken)),
        }
    }

    /// Whether a name is free, once hosted bots with everyday names have given way.
    fn make_way(&mut self, name: &Name, confusable: &Confusable, place: Place) -> Result<(), NameTaken> {
        loop {
            let others = self.names.find_confusable(confusable);
            if others.is_empty() {
                return Ok(());
            }
            let stays = |key: &&MemberKey| {
                self.members.get(key).is_some_and(|it| !it.is_hosted || it.who.name.is_of_a_bot())
            };
            if let Some(other) = others.iter().find(stays).and_then(|key| self.members.get(key)) {
                let other = other.who.name.clone();
                return Err(if other.key() == name.key() {
                    NameTaken::Same { name: name.clone(), is_probed: false }
                } else {
                    NameTaken::Confusable(name.clone(), other)
                });
            }
            for bot in others {
                if let Some(left) = self.leave(bot, None, false) {
                    self.add(place, None, left);
                }
            }
        }
    }

    fn rename(&mut self, at: &Current, key: MemberKey, name: Name) {
        let Some(before) = self.members.get(&key).map(|member| member.confusable.clone()) else {
            return self.add(at.place, Some(at.origin), What::Void);
        };
        // Its own name is in nobody's way.
        self.names.remove(&before, key);
        let after = Confusable::of(name.as_str());
        let made = self.make_way(&name, &after, at.place);
        let confusable = if made.is_ok() { after } else { before };
        self.names.add(&confusable, key);
        let what = match (made, self.members.get_mut(&key)) {
            (Ok(()), Some(member)) => {
                member.confusable = confusable;
                member.who.name = name.clone();
                What::Renamed(key, name)
            }
            (Err(taken), _) => What::NameRefused(taken),
            (Ok(()), None) => What::Void,
        };
        self.add(at.place, Some(at.origin), what);
    }

    fn leave(&mut self, key: MemberKey, why: Option<Removal>, resumes: bool) -> Option<What> {
        self.remove(key).then_some(What::Left { key, why, resumes })
    }

    fn join(&mut self, key: MemberKey, room: Rc<str>) -> Option<What> {
        let member = self.members.get_mut(&key)?;
        if member.rooms.contains(&room) || !self.owners.contains_key(&room) {
            return None;
        }
        member.rooms.push(room.clone());
        Some(What::Joined(key, room))
    }

    fn part(&mut self, key: MemberKey, room: &Rc<str>) -> Option<What> {
        let member = self.members.get_mut(&key)?;
        let at = member.rooms.iter().position(|other| other == room)?;
        member.rooms.remove(at);
        Some(What::Parted(key, room.clone()))
    }

    /// A node repeats that it has a member. Only a node whose log began later learns something.
    fn know(&mut self, at: &Current, newcomer: Newcomer, rooms: Vec<Rc<str>>) {
        let key = at.key(newcomer.number);
        let confusable = Confusable::of(newcomer.name.as_str());
        let is_free = self.names.find_confusable(&confusable).is_empty();
        if self.members.contains_key(&key) || !is_free {
            return self.add_known(at.place, Some(at.origin), What::Void);
        }
        let Newcomer { name, kind, is_hosted, .. } = newcomer;
        let who = MemberInfo { name, kind };
        self.insert(key, who.clone(), is_hosted, confusable, Vec::new());
        self.add_known(at.place, Some(at.origin), What::Known(key, who, is_hosted));
        for room in rooms {
            if let Some(joined) = self.join(key, room) {
                self.add_known(at.place, None, joined);
            }
        }
    }

    fn insert(
        &mut self,
        key: MemberKey,
        who: MemberInfo,
        is_hosted: bool,
        confusable: Confusable,
        rooms: Vec<Rc<str>>,
    ) {
        self.names.add(&confusable, key);
        self.members.insert(key, Member { who, is_hosted, rooms, confusable });
    }

    fn remove(&mut self, key: MemberKey) -> bool {
        let Some(member) = self.members.remove(&key) else { return false };
        self.names.remove(&member.confusable, key);
        true
    }
}
