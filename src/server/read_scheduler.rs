//! Which socket is read next: by class, and within a class round robin by source address, so that an address with many
//! connections gets no more reads than one with few.
//!
//! Members are read before newcomers. A connection whose last bytes completed no message (a piece of one, a blank line,
//! telnet negotiation) sends *fragments*. A read costs the same whether it brings a byte or a message, so such connections
//! are read only every few milliseconds, a few at a time; one read then takes all that arrived meanwhile.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::Instant;

use crate::base::limits::{
    FRAGMENT_READ_INTERVAL, FRAGMENT_READS_AT_ONCE, NEWCOMERS_READ_PER_TURN, READS_PER_TURN,
};

/// The class in which a connection waits to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// It has a name.
    Member,
    /// It has no name yet, or is closing.
    Newcomer,
    /// The last bytes that were read completed no message.
    Fragments,
}

impl Class {
    pub(super) const ALL: [Class; 3] = [Class::Member, Class::Newcomer, Class::Fragments];
}

/// Connections (`T`) that may have input, by their source address (`S`).
#[derive(Debug)]
pub(super) struct ReadScheduler<S, T> {
    queues: [RoundRobin<S, T>; 3],
    /// When fragments may be read again.
    fragments_from: Option<Instant>,
}

impl<S: Copy + Eq + Hash, T: Copy + PartialEq> ReadScheduler<S, T> {
    pub(super) fn new() -> ReadScheduler<S, T> {
        ReadScheduler { queues: Class::ALL.map(|_| RoundRobin::default()), fragments_from: None }
    }

    /// Appends a connection, behind all others of its source.
    pub(super) fn push(&mut self, class: Class, source: S, who: T) {
        self.queues[class as usize].push(source, who);
    }

    /// The next connection of a class.
    pub(super) fn pop(&mut self, class: Class) -> Option<T> {
        self.queues[class as usize].pop()
    }

    /// Removes a connection.
    pub(super) fn remove(&mut self, class: Class, source: S, who: T) {
        self.queues[class as usize].remove(source, who);
    }

    /// How many connections of a class wait.
    pub(super) fn len(&self, class: Class) -> usize {
        self.queues[class as usize].len
    }

    /// Takes the budget of a class for the turn at `now`: how many connections may be read. Taking that of fragments starts
    /// their next interval.
    pub(super) fn take_budget(&mut self, class: Class, now: Instant) -> usize {
        match class {
            Class::Member => READS_PER_TURN,
            Class::Newcomer => NEWCOMERS_READ_PER_TURN,
            Class::Fragments if self.fragments_due(now).is_some_and(|at| at <= now) => {
                self.fragments_from = Some(now + FRAGMENT_READ_INTERVAL);
                FRAGMENT_READS_AT_ONCE
            }
            Class::Fragments => 0,
        }
    }

    /// When fragments may be read next; `None` if there are none.
    pub(super) fn fragments_due(&self, now: Instant) -> Option<Instant> {
        (self.len(Class::Fragments) > 0).then(|| self.fragments_from.unwrap_or(now))
    }

    /// Whether `predicate` holds for a member or newcomer that waits. These are read promptly; fragments wait for
    /// [`fragments_due`](Self::fragments_due).
    pub(super) fn any_prompt(&self, predicate: impl Fn(T) -> bool) -> bool {
        let prompt =
            [Class::Member, Class::Newcomer].map(|class| self.queues[class as usize].waiting.values());
        prompt.into_iter().flatten().flatten().any(|who| predicate(*who))
    }
}

/// A queue for each source, served round robin.
#[derive(Debug)]
struct RoundRobin<S, T> {
    /// No queue is empty.
    waiting: HashMap<S, VecDeque<T>>,
    /// The sources in `waiting`, the next one first.
    order: VecDeque<S>,
    /// The number of connections in all queues.
    len: usize,
}

impl<S, T> Default for RoundRobin<S, T> {
    fn default() -> RoundRobin<S, T> {
        RoundRobin { waiting: HashMap::new(), order: VecDeque::new(), len: 0 }
    }
}

impl<S: Copy + Eq + Hash, T: Copy + PartialEq> RoundRobin<S, T> {
    fn push(&mut self, source: S, who: T) {
        let queue = self.waiting.entry(source).or_default();
        if queue.is_empty() {
            self.order.push_back(source);
        }
        queue.push_back(who);
        self.len += 1;
    }

    fn pop(&mut self) -> Option<T> {
        let source = self.order.pop_front()?;
        let queue = self.waiting.get_mut(&source)?;
        let who = queue.pop_front()?;
        self.len -= 1;
        if queue.is_empty() {
            self.waiting.remove(&source);
        } else {
            self.order.push_back(source);
        }
        Some(who)
    }

    fn remove(&mut self, source: S, who: T) {
        let Some(queue) = self.waiting.get_mut(&source) else { return };
        let before = queue.len();
        queue.retain(|other| *other != who);
        self.len -= before - queue.len();
        if queue.is_empty() {
            self.waiting.remove(&source);
            self.order.retain(|other| *other != source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(scheduler: &mut ReadScheduler<char, u32>, class: Class) -> Vec<u32> {
        std::iter::from_fn(|| scheduler.pop(class)).collect()
    }

    #[test]
    fn addresses_take_turns_however_many_connections_they_have() {
        let mut scheduler = ReadScheduler::new();
        for n in 0..5 {
            scheduler.push(Class::Member, 'a', n);
        }
        scheduler.push(Class::Member, 'b', 10);
        scheduler.push(Class::Member, 'b', 11);
        scheduler.push(Class::Newcomer, 'c', 20);
        scheduler.remove(Class::Member, 'a', 2);
        scheduler.remove(Class::Member, 'z', 2);
        assert_eq!((scheduler.len(Class::Member), scheduler.len(Class::Newcomer)), (6, 1));
        assert!(scheduler.any_prompt(|who| who == 11) && !scheduler.any_prompt(|who| who == 2));
        assert_eq!(all(&mut scheduler, Class::Member), [0, 10, 1, 11, 3, 4]);
        scheduler.remove(Class::Newcomer, 'c', 20);
        assert_eq!(scheduler.pop(Class::Newcomer), None);
        assert!(!scheduler.any_prompt(|_| true));
    }

    #[test]
    fn fragments_are_read_a_few_at_a_time_and_then_not_before_the_next_interval() {
        let (mut scheduler, start) = (ReadScheduler::new(), Instant::now());
        assert_eq!(
            (scheduler.take_budget(Class::Fragments, start), scheduler.fragments_due(start)),
            (0, None)
        );
        scheduler.push(Class::Fragments, 'a', 1);
        assert!(!scheduler.any_prompt(|_| true), "fragments are not read promptly");
        let due = scheduler.fragments_due(start).unwrap();
        assert_eq!(scheduler.take_budget(Class::Fragments, due), FRAGMENT_READS_AT_ONCE);
        assert_eq!(scheduler.take_budget(Class::Fragments, due), 0);
        assert_eq!(scheduler.fragments_due(due), Some(due + FRAGMENT_READ_INTERVAL));
        assert_eq!(scheduler.take_budget(Class::Member, due), READS_PER_TURN);
    }
}
