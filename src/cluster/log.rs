//! The replicated log, as the hub sees it: what is published is heard by every node, in one order, and what anybody has heard
//! is never lost. Beside it go packets from node to node, which may be lost, or come twice, and are kept by nothing; and beside it
//! are snapshots, from which nodes begin that do not hear the log from its first entry on.

use std::fmt::{self, Debug};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The replicated log. No call blocks.
pub trait ReplicatedLog: Debug {
    /// Publishes a batch; at most one is under way. The log itself sends the same number and bytes again until the batch is
    /// heard or given up.
    fn publish(&mut self, batch: Published);

    /// Sends a packet to another node. It may be lost, and overtakes entries.
    fn send(&mut self, packet: Packet);

    /// Stores a snapshot that was taken after this entry. [`LogEvent::Stored`] follows, or nothing.
    fn store(&mut self, seq: u64, snapshot: Vec<u8>);

    /// Deletes the entries up to this one, if there is a snapshot that was taken after it. [`LogEvent::Trimmed`] follows, or nothing.
    fn trim(&mut self, up_to: u64);

    /// The next thing that happened, in order.
    fn poll(&mut self) -> Option<LogEvent>;

    /// What it has done so far, for operators.
    fn figures(&self) -> LogFigures;
}

/// What this end of the log has done since its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFigures {
    /// The server of the engine that it is connected to. `None`: to none.
    pub server: Option<Arc<str>>,
    /// The first entry that the log had when it was asked last.
    pub first: u64,
    /// The last entry that the log is known to have.
    pub last: u64,
    /// Batches that were sent.
    pub sent: u64,
    /// How often a batch was sent again.
    pub sent_again: u64,
    /// How often the engine had such a batch already.
    pub duplicates: u64,
    /// Batches that were given up.
    pub given_up: u64,
    /// How often entries were fetched: after gaps, and after silence.
    pub fetches: u64,
    /// Connections to the engine, one after another.
    pub connections: u64,
    /// How long after it was published the last batch was acknowledged.
    pub acknowledged_after: Duration,
    /// How long after it was published the last own batch was heard.
    pub echoed_after: Duration,
}

/// A batch to publish. The epoch and the number identify it: published twice, it is in the log once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The epoch of the node that publishes.
    pub epoch: u64,
    /// The number of the batch within the epoch.
    pub number: u64,
    /// The batch, encoded.
    pub bytes: Vec<u8>,
}

/// Bytes from one node to another. Debug output does not show them, so that private messages reach no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Packet {
    /// The node at the other end: where it goes to, or comes from. The engine's permissions guard that.
    pub node: String,
    /// The content.
    pub bytes: Vec<u8>,
}

impl Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packet({}, {} bytes)", self.node, self.bytes.len())
    }
}

/// Where to begin to hear a log that has the entries from `first` on, of which everything up to `stored` is known to be stored: the
/// snapshots that may be used, the best one first. If none is to be had, it is heard from its first entry on.
///
/// The best one is that after which nothing is stored yet, or as little as possible; it leaves nothing out. If there is none, all
/// is heard that the log still has.
pub fn beginnings(stored: u64, first: u64, snapshots: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let mut usable: Vec<u64> = snapshots.into_iter().filter(|seq| *seq + 1 >= first).collect();
    usable.sort_unstable();
    let later = usable.split_off(usable.partition_point(|seq| *seq <= stored));
    usable.reverse();
    if first > 1 {
        usable.extend(later);
    }
    usable
}

/// Something that the log reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEvent {
    /// The entries up to this one are not heard, but this snapshot, which was taken after it. It comes before all entries; or
    /// later, if those that come next are deleted already, as the node was away for so long.
    Snapshot {
        /// The entry.
        seq: u64,
        /// The snapshot.
        bytes: Arc<[u8]>,
    },
    /// The snapshot is stored that was taken after this entry.
    Stored {
        /// The entry.
        seq: u64,
    },
    /// The log was trimmed.
    Trimmed {
        /// Its first entry.
        first: u64,
    },
    /// An entry of the log. Each comes once, in sequence, without gaps.
    Entry {
        /// Its position. The first is 1, or above, if the beginning of the log is gone.
        seq: u64,
        /// The log's own timestamp: the same on all nodes.
        time: SystemTime,
        /// The node that published it: from the subject, which the engine's permissions guard.
        node: String,
        /// The batch, as it was published.
        bytes: Arc<[u8]>,
    },
    /// All entries up to this one, which were in the log at the start, are delivered: the node is caught up.
    CaughtUp {
        /// The position of the last of them; 0 if there were none.
        seq: u64,
    },
    /// A packet of another node has come.
    Packet(Packet),
    /// The engine does not answer. Holds why, as a part of a sentence. No entries come until [`LogEvent::Connected`].
    Disconnected(String),
    /// The engine answers again.
    Connected,
    /// A batch is given up: nobody knows whether it will be in the log. The node takes a new epoch.
    GaveUp {
        /// The epoch of the batch.
        epoch: u64,
        /// Its number.
        number: u64,
    },
    /// The log does not hold entries that the node needs, or its settings are wrong: shared rooms stay closed. A sentence that
    /// says what to change.
    Unusable(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_begins_so_that_it_misses_nothing_or_as_little_as_possible() {
        let all = [300, 100, 200, 400];
        // All is there: from the last snapshot before which everything is stored, or from the first entry on.
        assert_eq!(beginnings(250, 1, all), [200, 100]);
        assert_eq!(beginnings(200, 1, all), [200, 100]);
        assert_eq!(beginnings(0, 1, all), [0; 0]);
        // The log begins after the first snapshot.
        assert_eq!(beginnings(250, 101, all), [200, 100, 300, 400]);
        assert_eq!(beginnings(0, 101, all), [100, 200, 300, 400]);
        assert_eq!(beginnings(250, 301, all), [300, 400], "what is between is lost for it");
        assert_eq!(beginnings(250, 302, all), [400], "the next entry is gone");
        assert_eq!(beginnings(250, 500, all), [0; 0]);
    }
}
