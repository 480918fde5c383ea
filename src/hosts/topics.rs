//! The schedule of the lobby's conversation initiators. They are said while people are in the room and answer, and never
//! while people talk to one another.

use std::rc::Rc;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::bots::Conversation;

/// After this many lines that nobody answered, the host waits until a person speaks or joins.
const UNANSWERED_MAX: u32 = 3;

/// Says all lines in random order before it repeats one.
#[derive(Debug)]
pub(super) struct Topics {
    lines: Vec<Rc<str>>,
    /// Lines not said in this pass; the next is the last.
    unsaid: Vec<Rc<str>>,
    last_said: Option<Rc<str>>,
    /// `None`: it never speaks.
    interval: Option<Duration>,
    /// When the interval is over. `None`: nobody is there, or nobody answers.
    next: Option<Instant>,
    /// The lines since a person spoke or joined.
    unanswered: u32,
    conversation: Conversation,
    /// People asked for quiet, or talk about something grave.
    quiet_until: Option<Instant>,
    rng: StdRng,
}

impl Topics {
    /// A schedule of these lines, in an order that follows from `seed`. A conversation of people is over after `lull`.
    pub(super) fn new(lines: Vec<Rc<str>>, interval: Option<Duration>, lull: Duration, seed: u64) -> Topics {
        Topics {
            lines,
            unsaid: Vec::new(),
            last_said: None,
            interval,
            next: None,
            unanswered: 0,
            conversation: Conversation::new(lull),
            quiet_until: None,
            rng: StdRng::seed_from_u64(seed),
        }
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
        if count < 2 {
            self.conversation.end();
        }
        match count {
            0 => (self.next, self.unanswered) = (None, 0),
            _ => self.wake(now),
        }
    }

    /// A person joins. The audience changes next.
    pub(super) fn on_join(&mut self) {
        self.unanswered = 0;
    }

    /// A person of the audience speaks.
    pub(super) fn on_message(&mut self, by: &str, now: Instant) {
        self.conversation.said(by, now);
        self.unanswered = 0;
    }

    /// A person has another name from now on.
    pub(super) fn renamed(&mut self, from: &str, to: &str) {
        self.conversation.rename(from, to);
    }

    /// People talk to one another.
    pub(super) fn on_conversation(&mut self, now: Instant) {
        self.conversation.begin(now);
    }

    /// Says nothing until then.
    pub(super) fn hush(&mut self, until: Instant) {
        self.quiet_until = Some(until);
    }

    /// Whether any lines are ever said on their own.
    pub(super) fn is_active(&self) -> bool {
        self.interval.is_some()
    }

    /// Starts an interval, unless one is running or nobody answers.
    fn wake(&mut self, now: Instant) {
        if self.next.is_none() && self.unanswered < UNANSWERED_MAX {
            self.next = self.interval.map(|interval| now + interval);
        }
    }

    /// When the next line is due: after the interval, the people's conversation, and the quiet that they asked for.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let next = self.next?;
        [self.conversation.until(), self.quiet_until]
            .into_iter()
            .flatten()
            .max()
            .map(|until| until.max(next))
            .or(Some(next))
    }

    /// The next line, if it is due. Starts another interval, if it may still be answered.
    pub(super) fn speak(&mut self, now: Instant) -> Option<Rc<str>> {
        self.deadline().filter(|due| *due <= now)?;
        let line = self.next(now);
        self.unanswered += 1;
        if self.unanswered >= UNANSWERED_MAX {
            self.next = None;
        }
        line
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
    const LULL: Duration = Duration::from_secs(20);

    fn host(lines: &[&str], seed: u64) -> Topics {
        Topics::new(lines.iter().map(|l| Rc::from(*l)).collect(), Some(EVERY), LULL, seed)
    }

    /// A person among `people` speaks.
    fn say(host: &mut Topics, by: &str, people: usize, now: Instant) {
        host.on_message(by, now);
        host.set_audience(people, now);
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
                say(&mut host, "Ann", 1, now);
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
    fn after_three_lines_without_an_answer_it_waits_for_a_word_or_a_newcomer() {
        let mut host = host(&["a", "b"], 0);
        let mut now = Instant::now();
        host.set_audience(1, now);
        for wakes in 0..3 {
            for _ in 0..UNANSWERED_MAX {
                now += EVERY;
                assert!(host.speak(now).is_some(), "after {wakes}");
            }
            now += EVERY * 100;
            assert_eq!((host.deadline(), host.speak(now)), (None, None), "after {wakes}");
            host.set_audience(2, now);
            assert_eq!(host.deadline(), None, "one that leaves is no reason to speak");
            if wakes == 0 {
                say(&mut host, "Ann", 2, now);
            } else {
                host.on_join();
                host.set_audience(2, now);
            }
            assert_eq!(host.deadline(), Some(now + EVERY));
        }
    }

    #[test]
    fn it_waits_for_a_lull_in_a_conversation() {
        let mut host = host(&["a"], 0);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        host.set_audience(2, start);
        for (second, who) in [(10, "Ann"), (22, "Bob"), (35, "Ann")] {
            say(&mut host, who, 2, at(second));
        }
        assert_eq!((host.deadline(), host.speak(at(54))), (Some(at(55)), None));
        say(&mut host, "Ann", 2, at(54));
        assert_eq!(host.speak(at(73)), None);
        assert!(host.speak(at(74)).is_some());
        say(&mut host, "Bob", 2, at(75));
        say(&mut host, "Ann", 2, at(100));
        assert_eq!(
            host.deadline(),
            Some(at(104)),
            "with so long between them they do not talk to one another"
        );
    }

    #[test]
    fn one_person_alone_is_no_conversation() {
        let mut host = host(&["a"], 0);
        let start = Instant::now();
        host.set_audience(2, start);
        say(&mut host, "Ann", 2, start + EVERY / 2);
        say(&mut host, "Bob", 2, start + EVERY * 2 / 3);
        assert_eq!(host.deadline(), Some(start + EVERY * 2 / 3 + LULL));
        say(&mut host, "Ann", 1, start + EVERY * 5 / 6);
        assert_eq!(host.deadline(), Some(start + EVERY));
    }

    #[test]
    fn it_is_quiet_when_it_is_asked_to_be() {
        let mut host = host(&["a"], 0);
        let start = Instant::now();
        host.set_audience(1, start);
        host.hush(start + EVERY * 10);
        assert_eq!(host.speak(start + EVERY * 9), None);
        host.set_audience(0, start + EVERY * 9);
        host.set_audience(1, start + EVERY * 9);
        assert_eq!(host.deadline(), Some(start + EVERY * 10), "whoever comes back does not end it");
        assert!(host.next(start + EVERY).is_some(), "an operator does");
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
