//! What a node writes into the log: records are gathered, and go out in one batch at a time. With each record goes what its
//! proposer wants to know again when it is heard.

use std::collections::VecDeque;
use std::time::Instant;

use crate::base::limits::{SHARED_BATCH_BYTES, SHARED_QUEUE_BYTES, SHARED_RECORDS_PER_BATCH};
use crate::cluster::codec::{HEAD_BYTES, encode_record, head};
use crate::cluster::log::Published;
use crate::cluster::record::Record;

/// Records that wait, and the batch that is under way.
#[derive(Debug)]
pub(super) struct Outgoing<L> {
    queue: VecDeque<(Vec<u8>, Option<L>)>,
    queued_bytes: usize,
    under_way: Option<UnderWay<L>>,
    /// A batch that was given up: it may be heard yet, as long as the epoch lasts.
    given_up: Option<UnderWay<L>>,
    /// The number of the last batch of this epoch.
    last_number: u64,
}

/// A batch that is published and not heard.
#[derive(Debug)]
struct UnderWay<L> {
    epoch: u64,
    number: u64,
    since: Instant,
    locals: Vec<Option<L>>,
}

impl<L> Default for Outgoing<L> {
    fn default() -> Outgoing<L> {
        Outgoing { queue: VecDeque::new(), queued_bytes: 0, under_way: None, given_up: None, last_number: 0 }
    }
}

impl<L> Outgoing<L> {
    /// Gathers a record. Whoever can wait asks first whether too much waits already.
    pub(super) fn add(&mut self, record: &Record, local: Option<L>) {
        let mut bytes = Vec::new();
        encode_record(record, &mut bytes);
        self.queued_bytes += bytes.len();
        self.queue.push_back((bytes, local));
    }

    /// Whether too much waits.
    pub(super) fn is_full(&self) -> bool {
        self.queued_bytes > SHARED_QUEUE_BYTES
    }

    /// How many bytes of records wait.
    pub(super) fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// How many records wait.
    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// The next batch of the epoch, of this version, if none is under way and there is something to say.
    pub(super) fn next_batch(&mut self, version: u8, epoch: u64, now: Instant) -> Option<Published> {
        if self.under_way.is_some() || self.queue.is_empty() {
            return None;
        }
        let (mut records, mut locals) = (Vec::new(), Vec::new());
        while let Some((bytes, _)) = self.queue.front()
            && locals.len() < SHARED_RECORDS_PER_BATCH
            && (locals.is_empty() || HEAD_BYTES + records.len() + bytes.len() <= SHARED_BATCH_BYTES)
            && let Some((bytes, local)) = self.queue.pop_front()
        {
            self.queued_bytes -= bytes.len();
            records.extend(bytes);
            locals.push(local);
        }
        self.last_number += 1;
        let number = self.last_number;
        let mut bytes = head(version, epoch, number, locals.len());
        bytes.extend(records);
        self.under_way = Some(UnderWay { epoch, number, since: now, locals });
        Some(Published { epoch, number, bytes })
    }

    /// The first record of an epoch is under way, in a batch of its own.
    pub(super) fn begins(&mut self, epoch: u64, number: u64, now: Instant) {
        self.under_way = Some(UnderWay { epoch, number, since: now, locals: Vec::new() });
    }

    /// What the proposer of a record wanted to know again.
    pub(super) fn take(&mut self, epoch: u64, number: u64, index: usize) -> Option<L> {
        let mut sent = self.given_up.iter_mut().chain(&mut self.under_way);
        sent.find(|it| (it.epoch, it.number) == (epoch, number))?.locals.get_mut(index)?.take()
    }

    /// A batch is given up. Returns whether it was under way.
    pub(super) fn give_up(&mut self, epoch: u64, number: u64) -> bool {
        let given_up = self.under_way.take_if(|it| (it.epoch, it.number) == (epoch, number));
        let was_under_way = given_up.is_some();
        // After it, the node only asks for another epoch, which nobody waits for.
        if let Some(given_up) = given_up.filter(|it| !it.locals.is_empty()) {
            self.given_up = Some(given_up);
        }
        was_under_way
    }

    /// A batch is heard. Returns whether it was under way.
    pub(super) fn is_over(&mut self, epoch: u64, number: u64) -> bool {
        self.under_way.take_if(|it| (it.epoch, it.number) == (epoch, number)).is_some()
    }

    /// Whether this batch is under way.
    pub(super) fn is_under_way(&self, epoch: u64, number: u64) -> bool {
        self.under_way.as_ref().is_some_and(|it| (it.epoch, it.number) == (epoch, number))
    }

    /// Since when a batch has been under way.
    pub(super) fn since(&self) -> Option<Instant> {
        self.under_way.as_ref().map(|it| it.since)
    }

    /// Nobody here will know whether what was sent is heard. Returns what the proposers wanted to know.
    pub(super) fn lose(&mut self) -> Vec<L> {
        let sent = self.given_up.iter_mut().chain(&mut self.under_way);
        sent.flat_map(|it| std::mem::take(&mut it.locals)).flatten().collect()
    }

    /// The epoch is over: nothing of it that was not heard will ever be. Returns what the proposers wanted to know.
    pub(super) fn void(&mut self) -> Vec<L> {
        let mut all = self.lose();
        all.extend(self.queue.drain(..).filter_map(|(_, local)| local));
        (self.queued_bytes, self.last_number) = (0, 0);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::codec::decode;
    use crate::cluster::version::VERSION;
    use crate::proto::Manner;

    fn said(text: &str) -> Record {
        let manner = match text {
            "b" => Manner::Act,
            "c" => Manner::Notice,
            _ => Manner::Speech,
        };
        Record::Said { number: 1, room: "lobby".into(), manner, text: text.into() }
    }

    #[test]
    fn one_batch_is_under_way_and_the_next_takes_what_was_gathered_meanwhile() {
        let (mut outgoing, now) = (Outgoing::default(), Instant::now());
        assert_eq!(outgoing.next_batch(VERSION, 7, now), None);
        outgoing.add(&said("a"), Some('a'));
        let first = outgoing.next_batch(VERSION, 7, now).unwrap();
        outgoing.add(&said("b"), Some('b'));
        outgoing.add(&said("c"), None);
        assert_eq!((first.number, outgoing.next_batch(VERSION, 7, now)), (1, None));
        assert_eq!(outgoing.take(7, 2, 0), None);
        assert_eq!((outgoing.take(7, 1, 0), outgoing.take(7, 1, 0)), (Some('a'), None));
        assert!(!outgoing.is_over(6, 1) && outgoing.is_over(7, 1));
        let batch = decode(&outgoing.next_batch(VERSION, 7, now).unwrap().bytes, VERSION).unwrap();
        assert_eq!((batch.epoch, batch.number, batch.records), (7, 2, vec![said("b"), said("c")]));
        outgoing.add(&said("d"), Some('d'));
        assert!(outgoing.give_up(7, 2) && !outgoing.give_up(7, 2));
        let third = outgoing.next_batch(VERSION, 7, now).unwrap();
        assert_eq!((third.number, outgoing.take(7, 2, 1)), (3, None));
        assert_eq!(outgoing.void(), ['b', 'd'], "what was given up is told as well");
        assert!(outgoing.is_under_way(7, 3), "the log still tries it");
    }

    #[test]
    fn a_batch_has_a_size_and_so_has_what_waits() {
        let (mut outgoing, now) = (Outgoing::<()>::default(), Instant::now());
        let long = said(&"x".repeat(4_096));
        let mut records = 0;
        while !outgoing.is_full() {
            outgoing.add(&long, None);
            records += 1;
        }
        assert!(outgoing.queued_bytes() < SHARED_QUEUE_BYTES + 5_000);
        while let Some(batch) = outgoing.next_batch(VERSION, 1, now) {
            assert!(batch.bytes.len() <= SHARED_BATCH_BYTES);
            records -= decode(&batch.bytes, VERSION).unwrap().records.len();
            assert!(outgoing.is_over(1, batch.number));
        }
        assert_eq!((records, outgoing.queued_bytes()), (0, 0));
    }
}
