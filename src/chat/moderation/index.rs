//! Where in a list the sanctions stand that a name or an address falls under: found by their looks, and by the bits that they
//! begin with, and not by looking through all of them. So a message costs the same whether nobody is muted or a thousand are.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use crate::base::confusables::Confusable;
use crate::base::name::NameKey;
use crate::chat::moderation::Network;

/// Positions by the names that they are for, and by the networks.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    by_key: HashMap<NameKey, Vec<usize>>,
    /// Names in ordinary Latin letters, by how they are read.
    by_reading: HashMap<Box<str>, Vec<usize>>,
    /// The same by each of the ways in which they may be seen.
    plain_by_skeleton: HashMap<Box<str>, Vec<usize>>,
    /// The others by these.
    others_by_skeleton: HashMap<Box<str>, Vec<usize>>,
    by_network: HashMap<Network, Vec<usize>>,
    /// How many networks there are of each length: only these need to be tried.
    lengths: BTreeMap<u8, usize>,
}

impl Index {
    /// A sanction at this position is for all names that look like this.
    pub(super) fn add_name(&mut self, confusable: &Confusable, at: usize) {
        self.by_key.entry(confusable.key().clone()).or_default().push(at);
        let by_skeleton = match confusable.reading() {
            Some(reading) => {
                self.by_reading.entry(reading.into()).or_default().push(at);
                &mut self.plain_by_skeleton
            }
            None => &mut self.others_by_skeleton,
        };
        for skeleton in confusable.skeletons() {
            by_skeleton.entry(skeleton.into()).or_default().push(at);
        }
    }

    /// A sanction at this position is for all addresses in this network.
    pub(super) fn add_network(&mut self, network: Network, at: usize) {
        self.by_network.entry(network).or_default().push(at);
        *self.lengths.entry(network.prefix()).or_default() += 1;
    }

    /// What is for a name that looks like this, in no order; some of it may come twice. It is what [`Confusable::is_confusable_with`] says.
    pub(super) fn of_name(&self, confusable: &Confusable) -> impl Iterator<Item = usize> {
        let reading = confusable.reading();
        let same = self.by_key.get(confusable.key());
        let read_alike = reading.and_then(|reading| self.by_reading.get(reading));
        let others = confusable.skeletons().filter_map(|skeleton| self.others_by_skeleton.get(skeleton));
        // Of two names that are read, the reading decides.
        let plain = confusable.skeletons().filter(move |_| reading.is_none());
        let plain = plain.filter_map(|skeleton| self.plain_by_skeleton.get(skeleton));
        same.into_iter().chain(read_alike).chain(others).chain(plain).flatten().copied()
    }

    /// What is for the networks that this address is in.
    pub(super) fn of_address(&self, address: IpAddr) -> impl Iterator<Item = usize> {
        let networks = self.lengths.keys().filter_map(move |prefix| Network::around(address, *prefix));
        networks.filter_map(|network| self.by_network.get(&network)).flatten().copied()
    }
}
