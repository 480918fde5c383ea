//! A cluster under faults: three machines with a server of the engine and a node each, and clients on all nodes that speak
//! and listen while servers die, freeze, and lose each other.

mod client;
mod figures;
mod leader;
mod machines;
mod namespaces;
mod plan;
mod talkers;
mod truth;
mod ways;
mod witnesses;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::support::engine::{program, quantile};
use client::Dialect;
use leader::leader;
use machines::{Machines, NAMES, Part};
use plan::{Counts, Fault, What, faults};
use talkers::{PATIENCE, Record, Scene, Talkers};
use truth::Truth;
use witnesses::Witnesses;

/// The seed of the long list.
const SEED: &str = "SALON_FAULTS_SEED";

/// How long a client waits between what it says.
const PAUSE: Duration = Duration::from_millis(100);

/// Clients may speak without end, and miss nothing while they are away for a while.
const OPTIONS: [&str; 16] = [
    "--host-interval",
    "off",
    "--rooms",
    "lobby,local=plain",
    "--spam-limit",
    "off",
    "--command-limit",
    "off",
    "--new-per-minute",
    "off",
    "--replay",
    "5000",
    "--history",
    "10000",
    "--history-bytes",
    "4194304",
];

#[test]
fn a_cluster_goes_on_after_faults_of_each_sort() {
    run(1, Counts { leader_kills: 1, node_kills: 1, freezes: 1, partitions: 1, seconds: (2, 4) });
}

/// Partitions alone: `cargo test --test suite faults::partitions -- --ignored --nocapture`.
#[test]
#[ignore = "takes about four minutes"]
fn partitions() {
    run(seed(), Counts { leader_kills: 0, node_kills: 0, freezes: 0, partitions: 10, seconds: (5, 20) });
}

/// Takes about twenty minutes: `cargo test --test suite faults::many -- --ignored --nocapture`.
#[test]
#[ignore = "takes about twenty minutes"]
fn many_faults() {
    run(seed(), Counts { leader_kills: 20, node_kills: 20, freezes: 10, partitions: 10, seconds: (5, 20) });
}

/// The seed of a long list.
fn seed() -> u64 {
    std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()).unwrap_or(16)
}

fn run(seed: u64, counts: Counts) {
    let Some(nats) = program() else { return };
    let begin = Instant::now();
    let mut machines = Machines::start(&nats, &OPTIONS);
    let addresses: Vec<_> = (0..NAMES.len()).map(|index| machines.start_node(index)).collect();
    let talkers = Talkers::start(&addresses, PAUSE);
    let mut truth = Truth::new(Witnesses::start(&addresses));
    let all_speak = talkers.scene.wait(PATIENCE, |_, record| record.has_spoken_since(begin));
    assert!(all_speak, "not all clients hear themselves: {:#?}", talkers.scene.records);
    eprintln!("all clients speak after {:?}", begin.elapsed());
    let mut pauses: BTreeMap<&str, Vec<[Duration; 2]>> = BTreeMap::new();
    for fault in faults(seed, counts) {
        let pause = happens(&mut machines, &talkers.scene, &mut truth, fault);
        pauses.entry(fault.sort()).or_default().push(pause);
    }
    eprintln!("{} messages; {:?} in all", truth.count(), begin.elapsed());
    for (sort, all) in pauses {
        for (whom, index) in [("others", 0), ("its own clients", 1)] {
            let times: Vec<Duration> = all.iter().map(|pause| pause[index]).collect();
            let [median, max] = [0.5, 1.0].map(|at| quantile(&times, at));
            eprintln!("{} {sort}: pause for {whom}: median {median:.1?}, longest {max:.1?}", all.len());
        }
    }
    let records = talkers.scene.records.iter().map(|record| record.lock().unwrap());
    for (index, record) in records.enumerate() {
        eprintln!(
            "client {index}: {} pieces, went on {} times, turned away: {:?}",
            record.tapes.len(),
            record.went_on,
            record.turned_away
        );
        truth.violations.extend(record.violations.iter().cloned());
    }
    talkers.stop();
    assert!(truth.violations.is_empty(), "with seed {seed}: {:#?}", truth.violations);
}

/// Has a fault happen, and waits until all is well again. Returns how long clients heard nothing: those of machines
/// that the fault does not concern, and those of the one that it does.
fn happens(machines: &mut Machines, scene: &Scene, truth: &mut Truth, fault: Fault) -> [Duration; 2] {
    let begin = Instant::now();
    let leading = || machines.engine_named(&leader(&machines.engines())).unwrap();
    let lasts = |time| scene.wait(time, |_, _| false);
    let own = match fault.what {
        What::KillLeader => {
            let index = leading();
            machines.kill(Part::Engine(index));
            lasts(fault.time);
            machines.restart_engine(index);
            index
        }
        What::KillNode(index) => {
            machines.kill(Part::Node(index));
            scene.moves(index, None);
            lasts(fault.time);
            let address = machines.start_node(index);
            scene.moves(index, Some(address));
            index
        }
        What::Freeze(part) => {
            let part = part.unwrap_or_else(|| Part::Engine(leading()));
            machines.freeze(part, true);
            lasts(fault.time);
            machines.freeze(part, false);
            let (Part::Engine(index) | Part::Node(index)) = part;
            index
        }
        What::Cut(index) => {
            machines.cut(index, true);
            lasts(fault.time);
            machines.cut(index, false);
            index
        }
        What::CutBetween(pair) => {
            machines.cut_between(pair, true);
            lasts(fault.time);
            machines.cut_between(pair, false);
            pair[0]
        }
    };
    let over = Instant::now();
    let goes_on = scene.wait(PATIENCE, |_, record| record.has_spoken_since(over));
    let span = [begin, Instant::now()];
    truth.check(machines, scene, &format!("{fault:?}"));
    let pauses = [false, true].map(|is_own| {
        let records = scene.records.iter().map(|record| record.lock().unwrap());
        // Programs may be on another node by now.
        let stay = |record: &Record| record.dialect != Dialect::Json && (record.home == own) == is_own;
        let pauses = records.filter(|record| stay(record)).map(|record| record.pause(span));
        pauses.max().unwrap_or_default()
    });
    eprintln!(
        "{fault:.1?}, machine {}: pause for others {:.1?}, for its own {:.1?}; well again {:.1?} after its end{}",
        NAMES[own],
        pauses[0],
        pauses[1],
        span[1] - over,
        if goes_on { "" } else { ": NOT ALL GO ON" }
    );
    if !goes_on {
        truth.violations.push(format!("after {fault:?} not all go on"));
    }
    pauses
}
