//! A sequencer as on a remote machine: it delays, repeats and reorders its answers, and sometimes orders a proposal twice.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use salon::chat::Proposal;
use salon::ordering::{self, Ordered, ProposalId};

#[derive(Debug)]
struct Inner {
    rng: StdRng,
    /// Possible delays of an answer, in milliseconds.
    delays: &'static [u64],
    now: Instant,
    last_seq: u64,
    /// Answers, and when to return them.
    told: Vec<(Instant, Ordered)>,
}

/// The sequencer, shared by the simulation and the hub.
#[derive(Clone, Debug)]
pub struct Sequencer(Rc<RefCell<Inner>>);

impl Sequencer {
    /// A sequencer with faults by this seed; half of the seeds have none.
    pub fn new(seed: u64, now: Instant) -> Sequencer {
        let mut rng = StdRng::seed_from_u64(seed ^ 0x5e9);
        let delays = *[&[0][..], &[0], &[0, 3, 40], &[0, 300, 2_500]].choose(&mut rng).unwrap();
        Sequencer::slow(delays, seed, now)
    }

    /// A sequencer with these delays, in milliseconds.
    pub fn slow(delays: &'static [u64], seed: u64, now: Instant) -> Sequencer {
        let rng = StdRng::seed_from_u64(seed);
        Sequencer(Rc::new(RefCell::new(Inner { rng, delays, now, last_seq: 0, told: Vec::new() })))
    }

    /// The sequencer of the next process, as slow as this one.
    pub fn after_death(&self, seed: u64, now: Instant) -> Sequencer {
        Sequencer::slow(self.0.borrow().delays, seed, now)
    }

    /// Whether it has delays.
    pub fn is_slow(&self) -> bool {
        self.0.borrow().is_slow()
    }

    pub fn set_time(&self, now: Instant) {
        self.0.borrow_mut().now = now;
    }

    /// When its next answer is due.
    pub fn next(&self) -> Option<Instant> {
        self.0.borrow().told.iter().map(|(at, _)| *at).min()
    }

    /// From now on it returns everything at once.
    pub fn recover(&self) {
        let mut inner = self.0.borrow_mut();
        let now = inner.now;
        inner.delays = &[0];
        inner.told.iter_mut().for_each(|(at, _)| *at = now);
    }
}

impl Inner {
    fn is_slow(&self) -> bool {
        self.delays.iter().any(|delay| *delay > 0)
    }

    fn order(&mut self, origin: ProposalId, proposal: Proposal) {
        self.last_seq += 1;
        let ordered = Ordered { seq: self.last_seq, origin, proposal };
        let times = if self.is_slow() { self.rng.random_range(1..3) } else { 1 };
        for _ in 0..times {
            let delay = *self.delays.choose(&mut self.rng).unwrap();
            self.told.push((self.now + Duration::from_millis(delay), ordered.clone()));
        }
    }
}

impl ordering::Sequencer for Sequencer {
    fn propose(&mut self, origin: ProposalId, proposal: Proposal) {
        let mut inner = self.0.borrow_mut();
        if inner.is_slow() && inner.rng.random_bool(0.1) {
            // As if the first answer was lost and the proposal repeated.
            inner.order(origin, proposal.clone());
        }
        inner.order(origin, proposal);
    }

    fn poll(&mut self) -> Option<Ordered> {
        let mut inner = self.0.borrow_mut();
        let now = inner.now;
        let due: Vec<usize> = (0..inner.told.len()).filter(|at| inner.told[*at].0 <= now).collect();
        let at = if inner.is_slow() { due.choose(&mut inner.rng).copied() } else { due.first().copied() };
        at.map(|at| inner.told.remove(at).1)
    }
}
