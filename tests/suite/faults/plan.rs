//! Faults, chosen from a seed.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use super::machines::{NAMES, Part};

/// What happens.
#[derive(Clone, Copy, Debug)]
pub enum What {
    KillLeader,
    KillNode(usize),
    /// The leader, if no part is named.
    Freeze(Option<Part>),
    /// A machine loses the others.
    Cut(usize),
    CutBetween([usize; 2]),
}

/// A fault, and how long it lasts.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub what: What,
    pub time: Duration,
}

/// How many faults of each sort.
#[derive(Clone, Copy)]
pub struct Counts {
    pub leader_kills: usize,
    pub node_kills: usize,
    pub freezes: usize,
    pub partitions: usize,
    /// How long they last, in seconds.
    pub seconds: (u64, u64),
}

impl Fault {
    /// Its sort, under which it is counted.
    pub fn sort(&self) -> &'static str {
        match self.what {
            What::KillLeader => "leader kills",
            What::KillNode(_) => "node kills",
            What::Freeze(None) => "freezes of the leader",
            What::Freeze(Some(Part::Engine(_))) => "freezes of a server of the engine",
            What::Freeze(Some(Part::Node(_))) => "freezes of a node",
            What::Cut(_) => "partitions: a machine",
            What::CutBetween(_) => "partitions: between two machines",
        }
    }
}

pub fn faults(seed: u64, counts: Counts) -> Vec<Fault> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut faults = Vec::new();
    let (least, most) = counts.seconds;
    let mut add = |what, rng: &mut StdRng| {
        let time = Duration::from_millis(rng.random_range(1_000 * least..=1_000 * most));
        faults.push(Fault { what, time });
    };
    for _ in 0..counts.leader_kills {
        add(What::KillLeader, &mut rng);
    }
    for number in 0..counts.node_kills {
        add(What::KillNode(number % NAMES.len()), &mut rng);
    }
    for number in 0..counts.freezes {
        let index = rng.random_range(0..NAMES.len());
        let parts = [None, Some(Part::Node(index)), Some(Part::Engine(index))];
        add(What::Freeze(parts[number % parts.len()]), &mut rng);
    }
    for number in 0..counts.partitions {
        let index = rng.random_range(0..NAMES.len());
        let pair = [index, (index + 1) % NAMES.len()];
        add(if number % 3 == 2 { What::CutBetween(pair) } else { What::Cut(index) }, &mut rng);
    }
    faults.shuffle(&mut rng);
    faults
}
