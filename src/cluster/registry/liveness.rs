//! The rules for nodes: which live, and which runs the host of a room.

use std::rc::Rc;

use crate::base::limits::ROOMS;
use crate::cluster::digest::Comparison;
use crate::cluster::record::{MemberKey, Record};
use crate::cluster::registry::{Current, Outcome, Place, Registry, What};

impl Registry {
    /// A node whose first record is gone from the log says that it lives. Only who began in the middle of the log, and has not
    /// carried out all of it, can need that.
    pub(super) fn meet(&mut self, place: Place, node: &Rc<str>, epoch: u64, records: &[Record]) {
        if !self.is_partial || self.compares || self.nodes.get(node).is_some() {
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

    pub(super) fn heartbeat(&mut self, at: &Current, applied: u64, hash: u64) {
        self.add(at.place, Some(at.origin), What::Heartbeat);
        for down in self.nodes.heartbeat(&at.node, applied) {
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
    pub(super) fn take_down(&mut self, node: &Rc<str>, place: Place) {
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
    pub(super) fn give_rooms(&mut self, place: Place) {
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
    pub(super) fn own(&mut self, at: &Current, room: Rc<str>) {
        let knows = self.owner(&room) == Some(&at.node);
        let what = if knows || !self.owners.contains_key(&room) {
            What::Void
        } else {
            self.owners.insert(room.clone(), Some(at.node.clone()));
            What::Owner(room, Some(at.node.clone()))
        };
        self.add_known(at.place, Some(at.origin), what);
    }
}
