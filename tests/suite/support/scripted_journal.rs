//! A journal that commits when the test says so.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use salon::journal::memory::Memory;
use salon::journal::{
    Batch, Effort, HistoryStore, Journal, JournalEvent, Message, QueryResult, Question, Record, RoomLog,
    Ticket,
};

#[derive(Debug)]
struct Inner {
    /// Batches in flight.
    batches: VecDeque<Batch>,
    questions: VecDeque<(Ticket, Question)>,
    /// The committed records.
    memory: Memory,
    /// All committed messages.
    messages: Vec<Message>,
    /// The names whose messages were erased.
    erased: Vec<String>,
    /// The messages that were erased or edited: ids, and texts.
    amended: Vec<(u64, Option<String>)>,
    /// The highest id up to which something was reserved.
    reserved: u64,
    events: VecDeque<JournalEvent>,
    is_at_once: bool,
}

/// The journal, shared by the test and the hub.
#[derive(Clone, Debug)]
pub struct ScriptedJournal(Rc<RefCell<Inner>>);

impl ScriptedJournal {
    /// A journal that commits at once, until [`ScriptedJournal::pause`].
    pub fn new() -> ScriptedJournal {
        ScriptedJournal(Rc::new(RefCell::new(Inner {
            batches: VecDeque::new(),
            questions: VecDeque::new(),
            memory: Memory::new(1_000, 4 << 20),
            messages: Vec::new(),
            amended: Vec::new(),
            erased: Vec::new(),
            reserved: 0,
            events: VecDeque::new(),
            is_at_once: true,
        })))
    }

    /// From now on nothing is committed or answered until the test says so.
    pub fn pause(&self) {
        self.0.borrow_mut().is_at_once = false;
    }

    /// Commits this many batches, and answers the questions so far.
    pub fn commit(&self, batches: usize) {
        let mut inner = self.0.borrow_mut();
        for _ in 0..batches {
            let Some(batch) = inner.batches.pop_front() else { break };
            inner.commit(batch);
        }
        if inner.batches.is_empty() {
            inner.answer();
        }
    }

    /// Answers the questions so far from what is committed.
    pub fn answer(&self) {
        self.0.borrow_mut().answer();
    }

    /// Commits everything in flight, and from now on at once.
    pub fn resume(&self) {
        self.commit(usize::MAX);
        self.0.borrow_mut().is_at_once = true;
    }

    /// Reports that commits fail.
    pub fn fail(&self, why: &str) {
        self.0.borrow_mut().events.push_back(JournalEvent::Failing(why.into()));
    }

    /// How many batches are in flight.
    pub fn in_flight(&self) -> usize {
        self.0.borrow().batches.len()
    }

    /// How many questions are open.
    pub fn open_questions(&self) -> usize {
        self.0.borrow().questions.len()
    }

    /// The texts of all committed messages.
    pub fn texts(&self) -> Vec<String> {
        self.0.borrow().messages.iter().map(|message| message.text.clone()).collect()
    }

    /// All committed messages.
    pub fn messages(&self) -> Vec<Message> {
        self.0.borrow().messages.clone()
    }

    /// The keys of the names whose messages were erased.
    pub fn erased(&self) -> Vec<String> {
        self.0.borrow().erased.clone()
    }

    /// The messages that were erased or edited: ids, and texts. `None`: it was erased.
    pub fn amended(&self) -> Vec<(u64, Option<String>)> {
        self.0.borrow().amended.clone()
    }

    /// The highest id below which ids were reserved.
    pub fn reserved(&self) -> u64 {
        self.0.borrow().reserved
    }
}

impl Inner {
    fn commit(&mut self, batch: Batch) {
        for record in &batch.records {
            match record {
                Record::Message(message) => self.messages.push(message.clone()),
                Record::Erase { key, .. } => self.erased.push(key.as_str().to_owned()),
                Record::Amend(amended) => self.amended.push((amended.id, amended.text.clone())),
                Record::ReserveIds { below, .. } => self.reserved = self.reserved.max(*below),
                _ => {}
            }
        }
        self.memory.append(batch);
        self.events.extend(std::iter::from_fn(|| self.memory.poll()));
    }

    fn answer(&mut self) {
        for (ticket, question) in self.questions.drain(..) {
            self.memory.ask(ticket, question, Effort::Quick);
        }
        while self.memory.is_busy() {
            self.events.extend(self.memory.poll());
        }
    }
}

impl RoomLog for ScriptedJournal {
    fn append(&mut self, batch: Batch) {
        let mut inner = self.0.borrow_mut();
        if inner.is_at_once {
            inner.commit(batch);
        } else {
            inner.batches.push_back(batch);
        }
    }
}

impl HistoryStore for ScriptedJournal {
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
            inner.events.push_back(JournalEvent::Answered(
                ticket,
                Ok(QueryResult { is_partial: true, ..QueryResult::default() }),
            ));
        }
    }
}

impl Journal for ScriptedJournal {
    fn poll(&mut self) -> Option<JournalEvent> {
        self.0.borrow_mut().events.pop_front()
    }

    fn finish(self: Box<Self>, _within: Duration) -> Result<(), String> {
        Ok(())
    }
}
