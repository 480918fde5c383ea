//! Finds the sanctions that cover a name or an address by hash lookups instead of a scan, so that a message costs the
//! same with no mute and with a thousand.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use crate::base::confusables::Confusable;
use crate::base::name::NameKey;
use crate::chat::moderation::Network;

/// Positions in the list of sanctions, by name and by network.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    by_key: HashMap<NameKey, Vec<usize>>,
    /// Names in ordinary Latin letters, by reading.
    by_reading: HashMap<Arc<str>, Vec<usize>>,
    /// The same names by skeleton.
    plain_by_skeleton: HashMap<Arc<str>, Vec<usize>>,
    /// All other names, by skeleton.
    others_by_skeleton: HashMap<Arc<str>, Vec<usize>>,
    by_network: HashMap<Network, Vec<usize>>,
    /// How many networks there are of each prefix length. Only these lengths are looked up.
    lengths: BTreeMap<u8, usize>,
}

impl Index {
    /// Adds the sanction at this position, which is on a name.
    pub(super) fn add_name(&mut self, confusable: &Confusable, at: usize) {
        self.by_key.entry(confusable.key().clone()).or_default().push(at);
        let by_skeleton = match confusable.reading() {
            Some(reading) => {
                self.by_reading.entry(reading.clone()).or_default().push(at);
                &mut self.plain_by_skeleton
            }
            None => &mut self.others_by_skeleton,
        };
        for skeleton in confusable.skeletons() {
            by_skeleton.entry(skeleton.clone()).or_default().push(at);
        }
    }

    /// Adds the sanction at this position, which is on a network.
    pub(super) fn add_network(&mut self, network: Network, at: usize) {
        self.by_network.entry(network).or_default().push(at);
        *self.lengths.entry(network.prefix()).or_default() += 1;
    }

    /// The positions of all sanctions on names that are confusable with this one
    /// ([`Confusable::is_confusable_with`]). Unordered, with duplicates.
    pub(super) fn of_name(&self, confusable: &Confusable) -> impl Iterator<Item = usize> {
        let reading = confusable.reading();
        let same = self.by_key.get(confusable.key());
        let read_alike = reading.and_then(|reading| self.by_reading.get(reading));
        let others = confusable.skeletons().filter_map(|skeleton| self.others_by_skeleton.get(skeleton));
        // Between two names with a reading, only the reading decides.
        let plain = confusable.skeletons().filter(move |_| reading.is_none());
        let plain = plain.filter_map(|skeleton| self.plain_by_skeleton.get(skeleton));
        same.into_iter().chain(read_alike).chain(others).chain(plain).flatten().copied()
    }

    /// The positions of all sanctions on networks that contain this address.
    pub(super) fn of_address(&self, address: IpAddr) -> impl Iterator<Item = usize> {
        let networks = self.lengths.keys().filter_map(move |prefix| Network::around(address, *prefix));
        networks.filter_map(|network| self.by_network.get(&network)).flatten().copied()
    }
}
