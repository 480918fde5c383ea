//! Self-clocked fair queueing (Golestani, 1994) of questions: addresses share the journal equally, and among the questions of one
//! address cheap ones come first.
//!
//! An address with many questions takes turns with one that has a single question. An expensive question puts its address further
//! back. Within an address, only a bounded number of later questions can overtake one, so none starves.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::base::source::Source;
use crate::journal::{Question, Ticket};

/// The account that a question counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Asker {
    /// All operators together.
    Operators,
    /// All members at this address.
    Address(Source),
}

/// The queue. Its questions are to the journal, if not said otherwise.
#[derive(Debug)]
pub(super) struct FairQueue<Q = Question> {
    /// The virtual time: the finish tag of the last served question.
    clock: u64,
    /// How many questions were pushed so far.
    count: u64,
    askers: BTreeMap<Asker, Waiting<Q>>,
    /// The accounts with questions, by the finish tags of their first ones.
    order: BTreeSet<(u64, Asker)>,
    places: HashMap<Ticket, (Asker, u64)>,
}

/// The questions of one account.
#[derive(Debug)]
struct Waiting<Q> {
    /// Its virtual time.
    spent: u64,
    /// Questions with their costs, by the order in which they are served.
    questions: BTreeMap<u64, (Ticket, Q, u64)>,
}

/// How many later questions of the same account may overtake a question, for each point of its cost.
const OVERTAKEN_PER_POINT: u64 = 8;

impl<Q> Waiting<Q> {
    fn end(&self) -> Option<u64> {
        self.questions.first_key_value().map(|(_, (.., cost))| self.spent + cost)
    }
}

impl<Q> Default for FairQueue<Q> {
    fn default() -> FairQueue<Q> {
        FairQueue {
            clock: 0,
            count: 0,
            askers: BTreeMap::new(),
            order: BTreeSet::new(),
            places: HashMap::new(),
        }
    }
}

impl<Q> FairQueue<Q> {
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Adds a question with this cost, in points.
    pub(super) fn push(&mut self, asker: Asker, ticket: Ticket, question: Q, cost: u64) {
        self.count += 1;
        let mut place = self.count + cost * OVERTAKEN_PER_POINT;
        let clock = self.clock;
        let waiting =
            self.askers.entry(asker).or_insert_with(|| Waiting { spent: clock, questions: BTreeMap::new() });
        self.order.remove(&(waiting.end().unwrap_or(0), asker));
        while waiting.questions.contains_key(&place) {
            place += 1;
        }
        waiting.questions.insert(place, (ticket, question, cost));
        self.places.insert(ticket, (asker, place));
        self.order.extend(waiting.end().map(|end| (end, asker)));
    }

    /// Removes and returns the next question.
    pub(super) fn pop(&mut self) -> Option<(Ticket, Q)> {
        let (end, asker) = self.order.pop_first()?;
        self.clock = end;
        let waiting = self.askers.get_mut(&asker)?;
        waiting.spent = end;
        let (_, (ticket, question, _)) = waiting.questions.pop_first()?;
        self.places.remove(&ticket);
        self.list(asker);
        Some((ticket, question))
    }

    /// Removes a question that is given up. Returns whether it was queued.
    pub(super) fn remove(&mut self, ticket: Ticket) -> bool {
        let Some((asker, place)) = self.places.remove(&ticket) else { return false };
        if let Some(waiting) = self.askers.get_mut(&asker) {
            self.order.remove(&(waiting.end().unwrap_or(0), asker));
            waiting.questions.remove(&place);
        }
        self.list(asker);
        true
    }

    /// Puts an account into the order by its first question, or drops it if it has none.
    fn list(&mut self, asker: Asker) {
        match self.askers.get(&asker).map(Waiting::end) {
            Some(Some(end)) => _ = self.order.insert((end, asker)),
            _ => _ = self.askers.remove(&asker),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::StreamId;

    fn asker(last: u8) -> Asker {
        Asker::Address(Source::of([127, 0, 0, last].into()))
    }

    fn question() -> Question {
        Question::Last { stream: StreamId(1), limit: 1, since: None }
    }

    fn push(queue: &mut FairQueue, asker: Asker, ticket: u64, cost: u64) {
        queue.push(asker, Ticket(ticket), question(), cost);
    }

    fn order(queue: &mut FairQueue) -> Vec<u64> {
        std::iter::from_fn(|| queue.pop()).map(|(ticket, _)| ticket.0).collect()
    }

    #[test]
    fn addresses_take_turns_whatever_each_asks() {
        let mut queue = FairQueue::default();
        (0..64).for_each(|ticket| push(&mut queue, asker(1), ticket, 5));
        queue.pop();
        push(&mut queue, asker(2), 100, 5);
        push(&mut queue, asker(3), 200, 1);
        push(&mut queue, Asker::Operators, 300, 5);
        assert_eq!(order(&mut queue)[..4], [200, 300, 1, 100]);
        assert!(queue.is_empty() && queue.askers.is_empty() && queue.order.is_empty());
    }

    #[test]
    fn of_one_address_what_costs_less_is_first_and_nothing_waits_for_ever() {
        let mut queue = FairQueue::default();
        (0..64).for_each(|ticket| push(&mut queue, asker(1), ticket, 20));
        push(&mut queue, asker(1), 100, 1);
        assert_eq!(queue.pop().unwrap().0, Ticket(100));
        let mut after = 0;
        loop {
            push(&mut queue, asker(1), 1_000 + after, 1);
            if queue.pop().unwrap().0 == Ticket(0) {
                break;
            }
            after += 1;
            assert!(after < 1_000, "it waits for ever");
        }
        assert!(after > 10, "{after}");
    }

    #[test]
    fn a_removed_question_is_skipped() {
        let mut queue = FairQueue::default();
        (0..3).for_each(|ticket| push(&mut queue, asker(1), ticket, 1));
        push(&mut queue, asker(2), 3, 2);
        assert!(queue.remove(Ticket(0)) && queue.remove(Ticket(3)));
        assert!(!queue.remove(Ticket(0)) && !queue.remove(Ticket(9)));
        assert_eq!(order(&mut queue), [1, 2]);
        assert!(queue.is_empty() && queue.askers.is_empty() && queue.order.is_empty());
    }
}
