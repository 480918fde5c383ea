//! Servers that share a room while everything goes wrong, chosen from a seed: they die, freeze, are cut off, the engine stands
//! still, batches are late or in the log twice. Then: all servers know the same; everybody hears one order, nothing twice and, if
//! its server was well, nothing is missing; and whoever said something learns what became of it. Private messages come once if
//! their authors are told that they came, and never if they are told that they were not sent.
//!
//! `SALON_CLUSTER_SEED`, `SALON_CLUSTER_SEEDS` and `SALON_CLUSTER_STEPS` are as those of the simulation of one server.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use salon::cluster::Keeping;
use salon::cluster::registry::{Registry, What};
use salon::hub::SessionId;
use serde_json::{Value, json};

use crate::cluster::snapshots::stored_below;
use crate::cluster::stage::{NAMES, Stage};

const NODES: usize = 3;
const SEEDS: u64 = 12;
const STEPS: u64 = 120;

/// So little that servers are often away for longer.
const KEEPING: Keeping = Keeping { interval: 32, entries: 64, time: Duration::from_secs(3600) };

/// Somebody on a server, with a program that labels what it says.
struct Person {
    at: usize,
    id: SessionId,
    /// The texts that were said and not answered, by label.
    open: BTreeMap<String, String>,
    /// What was answered: text, and the id that it got. `None`: it was refused.
    answered: Vec<(String, Option<u64>)>,
    /// Messages as they came: id and text.
    live: Vec<(u64, String)>,
    all: BTreeMap<u64, String>,
    name: String,
    /// What it was told of its private messages, and those that came to it.
    written: Vec<(String, Fate)>,
    received: Vec<String>,
    /// Its server was not always well.
    is_interrupted: bool,
    is_gone: bool,
    /// What it heard, for whoever looks into a failure.
    raw: Vec<String>,
}

/// What became of a private message, as its author was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Came,
    NotSent,
    Unknown,
}

struct World {
    stage: Stage,
    random: StdRng,
    people: Vec<Person>,
    dead: BTreeSet<usize>,
    frozen: BTreeSet<usize>,
    cut: BTreeSet<usize>,
    /// The id below which a server that died has stored everything.
    stored: [u64; NODES],
    said: u64,
}

impl World {
    fn new(seed: u64) -> World {
        let options = "--bots simple --host-interval 30s --host-lull 0s --spam-limit off";
        let (dead, frozen, cut) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let stage = Stage::keeping(NODES, options, KEEPING);
        let mut world = World {
            stage,
            random: StdRng::seed_from_u64(seed),
            people: Vec::new(),
            dead,
            frozen,
            cut,
            stored: [0; NODES],
            said: 0,
        };
        for at in 0..NODES {
            world.comes(at);
        }
        world
    }

    fn below(&mut self, limit: usize) -> usize {
        self.random.random_range(0..limit)
    }

    fn is_well(&self, at: usize) -> bool {
        !self.dead.contains(&at) && !self.frozen.contains(&at)
    }

    fn comes(&mut self, at: usize) {
        let name = format!("{}{}", ["Ann", "Bob", "Cid", "Dee", "Eve", "Fay"][self.below(6)], self.below(40));
        let id = self.stage[at].connect();
        let hello = json!({ "type": "hello", "version": 1, "name": &name });
        let lines = format!("{hello}\n{}\n", json!({ "type": "join", "room": "lobby" }));
        self.stage[at].send(id, lines.as_bytes());
        self.people.push(Person {
            at,
            id,
            open: BTreeMap::new(),
            answered: Vec::new(),
            live: Vec::new(),
            all: BTreeMap::new(),
            name,
            written: Vec::new(),
            received: Vec::new(),
            is_interrupted: self.cut.contains(&at),
            is_gone: false,
            raw: Vec::new(),
        });
    }

    /// Somebody whose server takes input.
    fn somebody(&mut self) -> Option<usize> {
        let here: Vec<usize> = (0..self.people.len())
            .filter(|who| !self.people[*who].is_gone && self.is_well(self.people[*who].at))
            .collect();
        (!here.is_empty()).then(|| here[self.below(here.len())])
    }

    fn says(&mut self, who: usize) {
        self.said += 1;
        let (text, label) = (format!("message {}", self.said), format!("l{}", self.said));
        let line = json!({ "type": "say", "room": "lobby", "text": text, "label": label }).to_string();
        let Person { at, id, .. } = self.people[who];
        self.people[who].open.insert(label, text);
        self.stage[at].send(id, format!("{line}\n").as_bytes());
    }

    /// Somebody writes privately to somebody else, on whichever server.
    fn writes(&mut self, who: usize) {
        self.said += 1;
        let (text, label) = (format!("private {}", self.said), format!("l{}", self.said));
        let to = self.below(self.people.len());
        let to = self.people[to].name.clone();
        let line = json!({ "type": "say", "to": to, "text": text, "label": label }).to_string();
        let Person { at, id, .. } = self.people[who];
        self.people[who].open.insert(label, text);
        self.stage[at].send(id, format!("{line}\n").as_bytes());
    }

    fn interrupt(&mut self, at: usize) {
        self.people
            .iter_mut()
            .filter(|person| person.at == at)
            .for_each(|person| person.is_interrupted = true);
    }

    fn step(&mut self) {
        let at = self.below(NODES);
        match self.below(100) {
            0..45 => {
                for _ in 0..=self.below(4) {
                    if let Some(who) = self.somebody() {
                        if self.below(4) == 0 { self.writes(who) } else { self.says(who) }
                    }
                }
            }
            45..55 if self.is_well(at) && self.people.len() < 40 => self.comes(at),
            55..60 => {
                if let Some(who) = self.somebody() {
                    let Person { at, id, .. } = self.people[who];
                    let name = format!("Nick{}", self.below(20));
                    let line = json!({ "type": "nick", "name": name }).to_string();
                    self.stage[at].send(id, format!("{line}\n").as_bytes());
                }
            }
            60..64 => {
                if let Some(who) = self.somebody().filter(|_| self.people.len() > NODES) {
                    let Person { at, id, .. } = self.people[who];
                    self.listen();
                    self.stage[at].vanish(id);
                    self.people[who].is_gone = true;
                    self.people[who].open.clear();
                }
            }
            64..70 if !self.dead.contains(&at) => {
                self.interrupt(at);
                let is_cut = !self.cut.remove(&at) && self.cut.insert(at);
                self.stage.log.borrow_mut().cut(NAMES[at], is_cut);
            }
            70..75 if !self.dead.contains(&at) => {
                self.interrupt(at);
                let is_frozen = !self.frozen.remove(&at) && self.frozen.insert(at);
                self.stage.freeze(at, is_frozen);
            }
            75..79 if self.dead.len() + 1 < NODES && self.is_well(at) => {
                self.listen();
                self.stored[at] = self.stage[at].scripted_journal.reserved();
                self.stage.kill(at);
                self.cut.remove(&at);
                self.dead.insert(at);
                for person in self.people.iter_mut().filter(|person| person.at == at) {
                    person.is_gone = true;
                    // Nobody is left to be told.
                    person.open.clear();
                }
            }
            79..84 if self.dead.contains(&at) => self.revive(at),
            84..87 => {
                let is_down = !self.stage.log.borrow().is_down;
                (0..NODES).for_each(|at| self.interrupt(at));
                self.stage.log.borrow_mut().is_down = is_down;
            }
            87 => self.stage.log.borrow_mut().lost_packets = 2,
            88 => match self.below(3) {
                0 => {
                    let mut log = self.stage.log.borrow_mut();
                    log.doubles_packets = !log.doubles_packets;
                }
                1 => {
                    let mut log = self.stage.log.borrow_mut();
                    log.is_full = !log.is_full;
                }
                _ => {
                    let mut log = self.stage.log.borrow_mut();
                    let places: Vec<u64> = log.snapshots.keys().rev().skip(1).copied().collect();
                    let last = places.first().and_then(|seq| log.snapshots.get_mut(seq));
                    last.and_then(|pieces| pieces[0].pop());
                }
            },
            89 if !self.dead.contains(&at) => self.stage.log.borrow_mut().double(NAMES[at]),
            90..95 if !self.dead.contains(&at) => {
                let delay = Duration::from_millis(self.random.random_range(0..400));
                self.stage.log.borrow_mut().delay(NAMES[at], delay);
            }
            95..100 if self.is_well(at) => {
                let name = format!("{}{}", ["Ann", "Bob", "Cid"][self.below(3)], self.below(40));
                let order =
                    ["mute NAME for 20s", "kick NAME for fun", "topic lobby NAME", "say lobby NAME is here"];
                let order = order[self.below(4)].replace("NAME", &name);
                if order.starts_with("kick") {
                    // Whoever is kicked is told nothing more.
                    (0..NODES).for_each(|at| self.interrupt(at));
                }
                self.stage[at].order(&order);
            }
            _ => {}
        }
        let wait = match self.below(10) {
            0..5 => 0,
            5..8 => self.random.random_range(10..500),
            8 => self.random.random_range(500..4_000),
            _ => self.random.random_range(4_000..14_000),
        };
        self.stage.wait(Duration::from_millis(wait));
        self.listen();
    }

    fn revive(&mut self, at: usize) {
        self.dead.remove(&at);
        self.frozen.remove(&at);
        self.cut.remove(&at);
        let stored = self.stored[at];
        if stored == 0 || self.below(4) == 0 {
            self.stage.start(at);
        } else {
            self.stage.start_with(at, stored_below(stored));
        }
    }

    /// Everybody reads.
    fn listen(&mut self) {
        for person in &mut self.people {
            if person.is_gone || self.dead.contains(&person.at) || self.frozen.contains(&person.at) {
                continue;
            }
            for line in self.stage[person.at].heard(person.id).lines() {
                person.raw.push(line.to_owned());
                let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
                person.hears(&event);
            }
            if self.stage[person.at].peer(person.id).closed {
                // It was kicked, or its name was another's.
                person.is_gone = true;
                person.open.clear();
            }
        }
    }

    /// Everything is well again.
    fn heal(&mut self) {
        for at in self.dead.clone() {
            self.revive(at);
        }
        for at in std::mem::take(&mut self.frozen) {
            self.stage.freeze(at, false);
        }
        for at in std::mem::take(&mut self.cut) {
            self.stage.log.borrow_mut().cut(NAMES[at], false);
        }
        self.stage.log.borrow_mut().is_down = false;
        self.stage.log.borrow_mut().lost_packets = 0;
        (0..NODES).for_each(|at| self.stage.log.borrow_mut().delay(NAMES[at], Duration::ZERO));
        for _ in 0..30 {
            self.stage.wait(Duration::from_secs(3));
            self.listen();
        }
    }

    /// What was said in the lobby, as somebody knows who reads the log alone.
    fn truth(&self) -> BTreeMap<u64, String> {
        let (mut registry, mut truth) = (Registry::default(), BTreeMap::new());
        for (seq, entry) in (1..).zip(&self.stage.log.borrow().entries) {
            registry.apply(seq, entry.time, &entry.node, &entry.bytes);
            while let Some(outcome) = registry.poll() {
                if let What::Said { text, .. } | What::HostSaid(_, text) = outcome.what {
                    truth.insert(outcome.place.id, text.to_string());
                }
            }
        }
        truth
    }

    fn judge(&self) -> Result<(), String> {
        let truth = self.truth();
        let of_people: Vec<&String> = truth.values().filter(|text| text.starts_with("message ")).collect();
        if of_people.iter().collect::<BTreeSet<_>>().len() != of_people.len() {
            return Err("something was said twice".into());
        }
        for person in &self.people {
            person.judge(&truth)?;
        }
        let received: Vec<&String> = self.people.iter().flat_map(|person| &person.received).collect();
        for (text, fate) in self.people.iter().flat_map(|person| &person.written) {
            let times = received.iter().filter(|came| **came == text).count();
            match fate {
                Fate::Came if times == 1 => {}
                Fate::NotSent if times == 0 => {}
                Fate::Unknown if times <= 1 => {}
                _ => return Err(format!("{text:?} came {times} times, and its author was told {fate:?}")),
            }
        }
        Ok(())
    }
}

impl Person {
    fn hears(&mut self, event: &Value) {
        let label = event["label"].as_str();
        match event["type"].as_str().unwrap_or_default() {
            "said" if event["room"] == "lobby" => {
                let (id, text) = (event["id"].as_u64().unwrap(), event["text"].as_str().unwrap().to_owned());
                if event["replayed"] != true {
                    self.live.push((id, text.clone()));
                }
                self.all.insert(id, text);
            }
            // Its own have labels.
            "private" if label.is_none() => {
                self.received.push(event["text"].as_str().unwrap().to_owned());
            }
            kind @ ("done" | "refused" | "private")
                if label
                    .and_then(|label| self.open.get(label))
                    .is_some_and(|text| text.starts_with("private")) =>
            {
                let text = label.and_then(|label| self.open.remove(label)).unwrap();
                let why = event["text"].as_str().unwrap_or_default();
                let fate = match kind {
                    "refused" if why.contains("nobody knows") => Fate::Unknown,
                    "refused" => Fate::NotSent,
                    _ => Fate::Came,
                };
                self.written.push((text, fate));
            }
            "refused" if event["text"].as_str().is_some_and(|why| why.contains("nobody knows whether")) => {
                label.and_then(|label| self.open.remove(label));
            }
            kind @ ("done" | "refused") => {
                if let Some(text) = label.and_then(|label| self.open.remove(label)) {
                    self.answered.push((text, (kind == "done").then(|| event["id"].as_u64()).flatten()));
                }
            }
            _ => {}
        }
    }

    fn judge(&self, truth: &BTreeMap<u64, String>) -> Result<(), String> {
        if !self.live.is_sorted_by(|one, other| one.0 < other.0) {
            return Err(format!("heard out of order, or twice: {:?}", self.live));
        }
        if let Some((id, text)) = self.all.iter().find(|(id, text)| truth.get(id) != Some(text)) {
            return Err(format!("heard {text:?} as {id}, and the log has {:?}", truth.get(id)));
        }
        for (text, id) in &self.answered {
            let said = truth.iter().find(|(_, said)| *said == text).map(|(id, _)| *id);
            if said != *id {
                return Err(format!("{text:?} was answered with {id:?}, and the log has it as {said:?}"));
            }
        }
        if self.is_gone {
            return Ok(());
        }
        if let Some(text) = self.open.values().next() {
            let last = self.raw.len().saturating_sub(30);
            let last = self.raw[last..].join("\n");
            return Err(format!("nobody was told what became of {text:?}, on node {}:\n{last}", self.at));
        }
        let first = self.live.first().map_or(u64::MAX, |(id, _)| *id);
        let missing = truth.range(first..).find(|(id, _)| !self.all.contains_key(id));
        match missing.filter(|_| !self.is_interrupted) {
            Some(missing) => Err(format!("{missing:?} was not heard, on node {}", self.at)),
            None => Ok(()),
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn whatever_happens_to_servers_all_hear_the_same() {
    let (first, steps) = (number("SALON_CLUSTER_SEED"), number("SALON_CLUSTER_STEPS").unwrap_or(STEPS));
    let seeds = number("SALON_CLUSTER_SEEDS").unwrap_or(if first.is_some() { 1 } else { SEEDS });
    let (mut said, mut heard, mut came, mut begun, mut gone_on) = (0, 0, 0, 0, 0);
    for seed in first.unwrap_or(0)..first.unwrap_or(0) + seeds {
        let mut world = World::new(seed);
        for _ in 0..steps {
            world.step();
        }
        world.heal();
        let at_the_end: Vec<usize> =
            (0..world.people.len()).filter(|who| !world.people[*who].is_gone).collect();
        for who in at_the_end {
            world.says(who);
        }
        world.stage.wait(Duration::from_secs(5));
        world.listen();
        if let Err(why) = world.judge() {
            panic!("seed {seed}: {why}");
        }
        world.stage.assert_same();
        said += world.said;
        heard += world.truth().len();
        begun += world.stage.log.borrow().begun;
        gone_on += world.stage.log.borrow().gone_on;
        came += world.people.iter().map(|person| person.received.len()).sum::<usize>();
    }
    println!("{said} were said and {heard} heard, and {came} private ones came");
    println!("{begun} servers began from snapshots, and {gone_on} went on from one");
    assert!(heard > 0);
    // One seed alone need not have everything.
    assert!(seeds < SEEDS || (came > 0 && begun > 0 && gone_on > 0));
}
