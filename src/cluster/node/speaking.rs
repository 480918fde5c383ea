//! What a node publishes: batches of what was proposed, and what it says by itself.

use std::time::Instant;

use crate::base::limits::{HEARTBEAT_INTERVAL, ROSTER_INTERVAL};
use crate::cluster::codec;
use crate::cluster::log::{Published, ReplicatedLog};
use crate::cluster::node::{Node, Phase};
use crate::cluster::record::{Batch, Newcomer, Record};
use crate::proto::MemberInfo;

/// How many heartbeats a node waits for the hash of another one, before it takes that for nothing which is gone from its log.
const HEARTBEATS_UNTIL_SETTLED: u32 = 4;

impl<L> Node<L> {
    /// Publishes what was gathered, unless a batch is under way. Call it at the end of each turn.
    pub fn publish(&mut self, log: &mut dyn ReplicatedLog, now: Instant) {
        self.keep(log);
        if let Phase::Live(epoch) = self.phase {
            self.send_packets(epoch, log, now);
        }
        match self.phase {
            Phase::Asking { is_sent: false } if self.outgoing.since().is_none() => self.ask(log, now),
            Phase::Live(epoch) if self.outgoing.since().is_none() => {
                self.add_due(now);
                let version = self.registry.version().min(self.reads.version);
                if let Some(batch) = self.outgoing.next_batch(version, epoch, now) {
                    log.publish(batch);
                }
            }
            _ => {}
        }
    }

    /// Asks for an epoch.
    fn ask(&mut self, log: &mut dyn ReplicatedLog, now: Instant) {
        self.nonce = self.nonce.wrapping_add(1);
        let (epoch, number) = (self.nonce, 1);
        let node = Record::Node { nonce: self.nonce, rooms: self.rooms.clone() };
        let records = vec![node, Record::Reads(self.reads.clone())];
        let bytes = codec::encode(&Batch { epoch, number, records });
        self.outgoing.begins(epoch, number, now);
        self.phase = Phase::Asking { is_sent: true };
        log.publish(Published { epoch, number, bytes });
    }

    /// Gathers the records that are due by time.
    fn add_due(&mut self, now: Instant) {
        if now >= self.heartbeat_due {
            self.heartbeat_due = now + HEARTBEAT_INTERVAL;
            self.heartbeats += 1;
            if self.heartbeats == HEARTBEATS_UNTIL_SETTLED {
                self.registry.settle_hash();
            }
            // No entry has the number 0: that compares with nothing.
            let (applied, hash) = self.registry.hash().unwrap_or_default();
            self.outgoing.add(&Record::Heartbeat { applied, hash }, None);
            self.outgoing.add(&Record::Reads(self.reads.clone()), None);
        }
        if now >= self.roster_due {
            self.roster_due = now + ROSTER_INTERVAL;
            self.repeat_roster();
        }
    }

    fn repeat_roster(&mut self) {
        let Some(epoch) = self.epoch() else { return };
        let here: Vec<Record> = self
            .registry
            .members_of(epoch)
            .map(|(key, member)| {
                let MemberInfo { name, kind } = member.who.clone();
                let (number, is_hosted, token) = (key.number, member.is_hosted, member.token);
                let newcomer = Newcomer { number, name, kind, is_hosted, token };
                Record::Here(newcomer, member.rooms.clone())
            })
            .collect();
        let owned = self.rooms.iter().filter(|room| self.registry.owner(room) == Some(&self.name));
        let owned: Vec<Record> = owned.cloned().map(Record::Owns).collect();
        let alive = Record::Alive { nonce: self.nonce, rooms: self.rooms.clone() };
        for record in [&alive].into_iter().chain(&owned).chain(&here) {
            self.outgoing.add(record, None);
        }
    }
}
