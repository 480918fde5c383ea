//! A journal that keeps when the test says so.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use salon::journal::memory::Memory;
use salon::journal::{
    Batch, Effort, HistoryStore, Journal, JournalEvent, QueryResult, Question, Record, RoomLog, Ticket,
};

#[derive(Debug)]
struct Inner {
    /// What is under way.
    batches: VecDeque<Batch>,
    questions: VecDeque<(Ticket, Question)>,
    /// What is kept, by one that keeps at once.
    memory: Memory,
    /// Everything that was ever handed over and kept, as texts of messages.
    texts: Vec<String>,
    told: VecDeque<JournalEvent>,
    is_at_once: bool,
}

/// It, as the test and the hub share it.
#[derive(Clone, Debug)]
pub struct Shelf(Rc<RefCell<Inner>>);

impl Shelf {
    /// One that keeps at once, until [`Shelf::waits`].
    pub fn new() -> Shelf {
        Shelf(Rc::new(RefCell::new(Inner {
            batches: VecDeque::new(),
            questions: VecDeque::new(),
            memory: Memory::new(1_000, 4 << 20),
            texts: Vec::new(),
            told: VecDeque::new(),
            is_at_once: true,
        })))
    }

    /// From now on nothing is kept or answered until it is said.
    pub fn waits(&self) {
        self.0.borrow_mut().is_at_once = false;
    }

    /// Keeps so many batches, and answers what was asked meanwhile.
    pub fn keeps(&self, batches: usize) {
        let mut inner = self.0.borrow_mut();
        for _ in 0..batches {
            let Some(batch) = inner.batches.pop_front() else { break };
            inner.keep(batch);
        }
        if inner.batches.is_empty() {
            inner.answer();
        }
    }

    /// Keeps all that is under way, and from now on at once.
    pub fn goes_on(&self) {
        self.keeps(usize::MAX);
        self.0.borrow_mut().is_at_once = true;
    }

    /// Says that it cannot keep what is under way.
    pub fn fails(&self, why: &str) {
        self.0.borrow_mut().told.push_back(JournalEvent::Failing(why.into()));
    }

    /// How many batches are under way.
    pub fn under_way(&self) -> usize {
        self.0.borrow().batches.len()
    }

    /// How many questions are being looked up.
    pub fn asked(&self) -> usize {
        self.0.borrow().questions.len()
    }

    /// The texts of all messages that are kept.
    pub fn texts(&self) -> Vec<String> {
        self.0.borrow().texts.clone()
    }
}

impl Inner {
    fn keep(&mut self, batch: Batch) {
        for record in &batch.records {
            if let Record::Message(message) = record {
                self.texts.push(message.text.clone());
            }
        }
        self.memory.append(batch);
        self.told.extend(std::iter::from_fn(|| self.memory.poll()));
    }

    fn answer(&mut self) {
        for (ticket, question) in self.questions.drain(..) {
            self.memory.ask(ticket, question, Effort::Quick);
        }
        while self.memory.is_busy() {
            self.told.extend(self.memory.poll());
        }
    }
}

impl RoomLog for Shelf {
    fn append(&mut self, batch: Batch) {
        let mut inner = self.0.borrow_mut();
        if inner.is_at_once {
            inner.keep(batch);
        } else {
            inner.batches.push_back(batch);
        }
    }
}

impl HistoryStore for Shelf {
    fn ask(&mut self, ticket: Ticket, question: Question, _effort: Effort) {
        let mut inner = self.0.borrow_mut();
        inner.questions.push_back((ticket, question));
        if inner.is_at_once {
            inner.answer();
        }
    }

    fn cancel(&mut self, ticket: Ticket) {
        let mut inner = self.0.borrow_mut();
        let before = inner.questions.len();
        inner.questions.retain(|(asked, _)| *asked != ticket);
        if inner.questions.len() < before {
            inner.told.push_back(JournalEvent::Answered(
                ticket,
                Ok(QueryResult { is_partial: true, ..QueryResult::default() }),
            ));
        }
    }
}

impl Journal for Shelf {
    fn poll(&mut self) -> Option<JournalEvent> {
        self.0.borrow_mut().told.pop_front()
    }

    fn finish(self: Box<Self>, _within: Duration) -> Result<(), String> {
        Ok(())
    }
}
