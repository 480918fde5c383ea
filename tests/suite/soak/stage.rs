//! The state that all clients of a soak share: the server, the phase, and the counts.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use super::voice::{Token, Tongue};

/// The phase of the soak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Busy,
    /// Clients that join and leave now end.
    Leaving,
    /// Nobody speaks any more.
    Silent,
}

/// What a client received in one stay.
pub struct Record {
    pub name: String,
    pub tongue: Tongue,
    pub heard: Vec<Token>,
}

pub struct Stage {
    pub port: u16,
    pub chaty_port: u16,
    phase: Mutex<Phase>,
    changed: Condvar,
    pub records: Mutex<Vec<Record>>,
    counts: Mutex<BTreeMap<&'static str, u64>>,
    times: Mutex<BTreeMap<&'static str, Vec<Duration>>>,
}

impl Stage {
    pub fn new(port: u16, chaty_port: u16) -> Stage {
        Stage {
            port,
            chaty_port,
            phase: Mutex::new(Phase::Busy),
            changed: Condvar::new(),
            records: Mutex::default(),
            counts: Mutex::default(),
            times: Mutex::default(),
        }
    }

    pub fn port_for(&self, tongue: Tongue) -> u16 {
        if tongue == Tongue::Chaty { self.chaty_port } else { self.port }
    }

    pub fn phase(&self) -> Phase {
        *self.phase.lock().unwrap()
    }

    pub fn enter(&self, phase: Phase) {
        *self.phase.lock().unwrap() = phase;
        self.changed.notify_all();
    }

    /// Waits for this long, or until the busy phase ends. Returns whether it goes on.
    pub fn pause(&self, time: Duration) -> bool {
        let phase = self.phase.lock().unwrap();
        let (phase, _) = self.changed.wait_timeout_while(phase, time, |it| *it == Phase::Busy).unwrap();
        *phase == Phase::Busy
    }

    /// Counts an occurrence of `what`.
    pub fn count(&self, what: &'static str) {
        *self.counts.lock().unwrap().entry(what).or_default() += 1;
    }

    /// Records how long `what` took.
    pub fn took(&self, what: &'static str, since: Instant) {
        self.took_time(what, since.elapsed());
    }

    pub fn took_time(&self, what: &'static str, time: Duration) {
        self.times.lock().unwrap().entry(what).or_default().push(time);
    }

    /// The recorded times, sorted.
    pub fn times(&self, what: &str) -> Vec<Duration> {
        let mut times = self.times.lock().unwrap().get(what).cloned().unwrap_or_default();
        times.sort_unstable();
        times
    }

    /// Prints counts and times.
    pub fn print(&self) {
        for (what, count) in &*self.counts.lock().unwrap() {
            eprintln!("{count:>8} {what}");
        }
        let names: Vec<&str> = self.times.lock().unwrap().keys().copied().collect();
        for what in names {
            let times = self.times(what);
            let (least, middle, most) = (times[0], times[times.len() / 2], times[times.len() - 1]);
            let mean = times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap();
            eprintln!(
                "{:>8} {what}: {least:.4?} at least, median {middle:.4?}, mean {mean:.4?}, at most {most:.4?}",
                times.len()
            );
        }
    }
}
