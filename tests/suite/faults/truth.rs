//! What was said, in the one order, as each node keeps it; and whether that is what everybody heard.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Instant;

use salon::journal::StreamId;
use serde_json::Value;

use super::client::{Mark, mark};
use super::machines::{Machines, NAMES};
use super::talkers::{Fate, PATIENCE, Record, Scene};
use super::witnesses::Witnesses;

/// How much that is wrong with one client is told.
const FOUND: usize = 5;

/// The one order.
#[derive(Default)]
pub struct Truth {
    order: Vec<Mark>,
    places: HashMap<Mark, usize>,
    last_id: u64,
    witnesses: Witnesses,
    pub violations: Vec<String>,
}

impl Truth {
    /// Nothing is said yet. These listen, too.
    pub fn new(witnesses: Witnesses) -> Truth {
        Truth { witnesses, ..Truth::default() }
    }

    /// Nobody says anything until all is heard, and all is compared.
    pub fn check(&mut self, machines: &Machines, scene: &Scene, when: &str) {
        scene.be_quiet(true);
        if !scene.wait(PATIENCE, |_, record| record.is_settled()) {
            self.violation(when, "not everybody is there and knows what became of its messages");
        }
        self.read(machines, when);
        let last = self.order.last().copied();
        let is_complete = |record: &Record| record.tapes.last().and_then(|tape| tape.last().copied()) == last;
        // Who has come since and hears only what is new has heard nothing.
        scene.wait(PATIENCE / 9, |_, record| is_complete(record));
        for (index, record) in scene.records.iter().enumerate() {
            let record = record.lock().unwrap();
            for found in self.compare(&record) {
                self.violation(
                    when,
                    &format!("client {index} ({:?} on {}): {found}", record.dialect, NAMES[record.home]),
                );
            }
            if !is_complete(&record) {
                let heard = record.tapes.last().and_then(|tape| tape.last());
                self.violation(when, &format!("client {index} heard up to {heard:?}, not {last:?}"));
            }
        }
        let tapes = last.map(|last| self.witnesses.tapes(last)).unwrap_or_default();
        for (who, tapes) in tapes {
            let found = tapes.iter().flat_map(|tape| self.compare_tape(tape)).take(FOUND);
            for found in found.collect::<Vec<_>>() {
                self.violation(when, &format!("{who}: {found}"));
            }
            let heard = tapes.last().and_then(|tape| tape.last()).copied();
            if heard != last {
                self.violation(when, &format!("{who} shows {heard:?} as the last, not {last:?}"));
            }
        }
        scene.be_quiet(false);
    }

    fn violation(&mut self, when: &str, what: &str) {
        eprintln!("VIOLATION after {when}: {what}");
        self.violations.push(format!("{when}: {what}"));
    }

    /// Reads what each node keeps since the last time, which must be the same.
    fn read(&mut self, machines: &Machines, when: &str) {
        // The lobby is the first stream of what each node keeps, and a shared one.
        let after = format!("{}.{}", StreamId::shared(1).0, self.last_id);
        let export = |index| machines.operate(index, &["export", "lobby", "after", &after]);
        let end = Instant::now() + PATIENCE / 9;
        let exports: Vec<String> = loop {
            let exports: Vec<String> = (0..NAMES.len()).map(export).collect();
            // A node may write the last of it at this moment.
            if exports.iter().all(|export| *export == exports[0]) || Instant::now() > end {
                break exports;
            }
        };
        for (index, export) in exports.iter().enumerate().skip(1) {
            if *export != exports[0] {
                let different = export.lines().zip(exports[0].lines()).find(|(one, other)| one != other);
                self.violation(
                    when,
                    &format!(
                        "{} keeps {} lines, {} keeps {}; the first that differ: {different:?}",
                        NAMES[index],
                        export.lines().count(),
                        NAMES[0],
                        exports[0].lines().count()
                    ),
                );
            }
        }
        for line in exports[0].lines() {
            let Ok(object) = serde_json::from_str::<Value>(line) else { continue };
            self.last_id = self.last_id.max(object["id"].as_u64().unwrap_or_default());
            let Some(mark) = object["text"].as_str().and_then(mark) else { continue };
            match self.places.entry(mark) {
                Entry::Vacant(place) => drop(place.insert(self.order.len())),
                Entry::Occupied(_) => self.violation(when, &format!("{mark:?} is kept twice")),
            }
            self.order.push(mark);
        }
    }

    /// What is wrong with what a client heard.
    fn compare(&self, record: &Record) -> Vec<String> {
        let mut found: Vec<String> = record.tapes.iter().flat_map(|tape| self.compare_tape(tape)).collect();
        let mut last = 0;
        for (mark, fate) in &record.fates {
            let place = self.places.get(mark);
            match (fate, place) {
                (Fate::Heard, None) => found.push(format!("{mark:?} was heard, and is lost")),
                (Fate::Refused, Some(_)) => found.push(format!("{mark:?} was refused, and is kept")),
                _ => {}
            }
            if let Some(place) = place {
                if *place < last {
                    found.push(format!("{mark:?} comes before what its speaker said earlier"));
                }
                last = *place;
            }
        }
        found.truncate(FOUND);
        found
    }

    /// Where what was heard is not what was said next.
    fn compare_tape(&self, tape: &[Mark]) -> Vec<String> {
        let compare = |pair: &[Mark]| {
            let places = [pair[0], pair[1]].map(|mark| self.places.get(&mark));
            let is_next = matches!(places, [Some(one), Some(two)] if *one + 1 == *two);
            (!is_next).then(|| format!("heard {:?} after {:?}, at {places:?}", pair[1], pair[0]))
        };
        tape.windows(2).filter_map(compare).collect()
    }

    pub fn count(&self) -> usize {
        self.order.len()
    }
}
