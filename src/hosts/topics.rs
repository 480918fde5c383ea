//! The schedule of the lobby's conversation initiators, which are said while people are in the room.

use std::rc::Rc;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

/// Says all lines in random order before it repeats one.
#[derive(Debug)]
pub(super) struct Topics {
    lines: Vec<Rc<str>>,
    /// Lines not said in this pass; the next is the last.
    unsaid: Vec<Rc<str>>,
    last_said: Option<Rc<str>>,
    /// `None`: it never speaks.
    interval: Option<Duration>,
    next: Option<Instant>,
    rng: StdRng,
}

impl Topics {
    /// A schedule of these lines, in an order that follows from `seed`.
    pub(super) fn new(lines: Vec<Rc<str>>, interval: Option<Duration>, seed: u64) -> Topics {
        let rng = StdRng::seed_from_u64(seed);
        Topics { lines, unsaid: Vec::new(), last_said: None, interval, next: None, rng }
    }

    /// Replaces the lines.
    pub(super) fn replace(&mut self, lines: &[Rc<str>]) {
        if self.lines != lines {
            self.lines = lines.to_vec();
            self.unsaid.clear();
        }
    }

    /// The number of people changes to `count`. The first one starts the interval; when the last one leaves, it
    /// stops.
    pub(super) fn set_audience(&mut self, count: usize, now: Instant) {
        match (count, self.next) {
            (0, _) => self.next = None,
            (_, None) => self.next = self.interval.map(|interval| now + interval),
            (_, Some(_)) => {}
        }
    }

    /// When the next line is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.next
    }

    /// The next line, if it is due. Starts another interval.
    pub(super) fn speak(&mut self, now: Instant) -> Option<Rc<str>> {
        self.next.filter(|due| *due <= now)?;
        self.next(now)
    }

    /// The next line at once. Starts another interval, if one was running.
    pub(super) fn next(&mut self, now: Instant) -> Option<Rc<str>> {
        self.next = self.next.and(self.interval).map(|interval| now + interval);
        let line = self.draw()?;
        self.last_said = Some(line.clone());
        Some(line)
    }

    fn draw(&mut self) -> Option<Rc<str>> {
        if self.unsaid.is_empty() {
            self.unsaid.clone_from(&self.lines);
            self.unsaid.shuffle(&mut self.rng);
            // The last line of one pass must not be the first of the next.
            if self.unsaid.last() == self.last_said.as_ref() {
                self.unsaid.reverse();
            }
        }
        self.unsaid.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(30);

    fn host(lines: &[&str], seed: u64) -> Topics {
        Topics::new(lines.iter().map(|l| Rc::from(*l)).collect(), Some(EVERY), seed)
    }

    #[test]
    fn no_line_twice_until_all_were_said() {
        for seed in 0..50 {
            let lines = ["a", "b", "c", "d", "e"];
            let mut host = host(&lines, seed);
            let mut now = Instant::now();
            host.set_audience(1, now);
            let mut said = Vec::new();
            for _ in 0..3 * lines.len() {
                now += EVERY;
                said.push(host.speak(now).unwrap());
            }
            for round in said.chunks(lines.len()) {
                let mut round: Vec<&str> = round.iter().map(|l| &**l).collect();
                round.sort_unstable();
                assert_eq!(round, lines, "seed {seed}");
            }
            assert!(said.windows(2).all(|w| w[0] != w[1]), "seed {seed}: {said:?}");
        }
    }

    #[test]
    fn other_lines_are_said_from_then_on() {
        let mut now = Instant::now();
        let mut host = host(&["a", "b", "c"], 1);
        host.set_audience(1, now);
        let mut say = |host: &mut Topics| {
            now += EVERY;
            host.speak(now).unwrap()
        };
        let first = say(&mut host);
        let same = host.lines.clone();
        host.replace(&same);
        assert_ne!(say(&mut host), first, "the same lines change nothing");
        host.replace(&["d".into()]);
        assert_eq!(&*say(&mut host), "d");
    }

    #[test]
    fn silent_while_nobody_listens() {
        let mut host = host(&["a"], 0);
        let start = Instant::now();
        assert_eq!(host.deadline(), None);
        host.set_audience(1, start);
        host.set_audience(2, start + EVERY / 2);
        assert_eq!(host.deadline(), Some(start + EVERY), "the second one's coming changes nothing");
        assert_eq!(host.speak(start + EVERY / 2), None, "not yet");
        assert!(host.speak(start + EVERY).is_some());
        host.set_audience(0, start + EVERY);
        assert_eq!((host.deadline(), host.speak(start + 9 * EVERY)), (None, None));
    }

    #[test]
    fn different_seeds_differ_and_one_seed_repeats_itself() {
        let order = |seed| {
            let mut host = host(&["a", "b", "c", "d", "e", "f", "g", "h"], seed);
            std::iter::from_fn(move || host.draw()).take(8).collect::<Vec<_>>()
        };
        assert_eq!(order(1), order(1));
        assert!((2..10).any(|seed| order(seed) != order(1)));
    }
}
