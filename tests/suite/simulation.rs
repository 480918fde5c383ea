//! Deterministic simulation: the whole hub, with virtual clients, sockets, disk and clock, all chosen from a seed. Invariants:
//! every client receives what is for it, once, in the order of the room, and nothing else; and what any client received survives
//! a crash.
//!
//! `SALON_SIM_SEED=17 cargo test --test suite simulation` runs one seed; `SALON_SIM_SEEDS=100000` is the number of seeds, from
//! that one on; `SALON_SIM_STEPS=5000` is the number of steps of each. A failure shows the last steps, or as many as
//! `SALON_SIM_SHOWN=1000` says.

mod action;
mod asks;
mod batches;
mod callers;
mod climate;
mod disk;
mod ears;
mod ending;
mod held;
mod lives;
mod network;
mod opened;
mod operators;
mod orders;
mod part;
mod past;
mod pending;
mod people;
mod private;
mod report;
mod rights;
mod ruling;
mod secrets;
mod sequencer;
mod server;
mod shadow;
mod speech;
mod stay;
mod truth;
mod vocabulary;
mod watch;
mod world;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use report::Trace;
use shadow::Tally;
use world::World;

/// The default numbers of seeds, and of steps of each.
const SEEDS: u64 = 500;
const STEPS: u64 = 100;

/// Runs a seed. An error says which invariant was violated.
fn run(seed: u64, steps: usize, trace: &mut Trace) -> Result<(Tally, u64), String> {
    let attempt = AssertUnwindSafe(|| {
        let mut world = World::new(seed);
        let tally = world.run(steps, trace)?;
        Ok((tally, world.digest))
    });
    catch_unwind(attempt).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(format!("a panic: {}", text.unwrap_or_default()))
    })
}

/// Runs seeds on all cores. Returns totals, and the first seeds that failed.
fn run_all(seeds: Range<u64>, steps: usize) -> (Tally, Vec<u64>) {
    let (next, is_over) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let work = || {
        let (mut sum, mut faults) = (Tally::default(), Vec::new());
        while !is_over.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            match run(seed, steps, &mut Trace::default()) {
                Ok((tally, _)) => sum.add(&tally),
                Err(why) => {
                    println!("seed {seed}: {why}");
                    faults.push(seed);
                    is_over.store(true, Ordering::Relaxed);
                }
            }
        }
        (sum, faults)
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let mut all = (Tally::default(), Vec::new());
        for worker in workers {
            let (tally, faults) = worker.join().unwrap();
            all.0.add(&tally);
            all.1.extend(faults);
        }
        all
    })
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn whatever_happens_everybody_hears_what_is_for_them() {
    let steps = usize::try_from(number("SALON_SIM_STEPS").unwrap_or(STEPS)).unwrap();
    let (first, count) = (number("SALON_SIM_SEED"), number("SALON_SIM_SEEDS"));
    let count = count.unwrap_or(if first.is_some() { 1 } else { SEEDS });
    let first = first.unwrap_or(0);
    let (tally, mut faults) = run_all(first..first + count, steps);
    println!("{tally:?}");
    faults.sort_unstable();
    if let Some(seed) = faults.first() {
        let mut trace = Trace::wanted();
        let why = run(*seed, steps, &mut trace).map(|_| "and not the second time".to_owned());
        panic!("seed {seed}: {}\n{}", why.unwrap_or_else(|why| why), trace.show());
    }
}

#[test]
fn a_seed_is_the_same_each_time() {
    for seed in 0..20 {
        let digest = || run(seed, 100, &mut Trace::default()).map(|(_, digest)| digest);
        assert_eq!(digest(), digest(), "seed {seed}");
    }
}
