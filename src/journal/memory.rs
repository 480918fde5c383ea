//! A journal without a file, for a server that is to keep nothing: what was said is at hand until it is too much, or the
//! process ends.
//!
//! It has no thread, and what it has to tell is told by the next `poll`. What operators decided is not its affair: nobody
//! could ask for it.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime};

use super::gather::Gather;
use super::words;
use super::{Batch, Found, Journal, Message, Question, Record, ThreadId, Ticket, Told};
use crate::base::limits::{OLDER_IN_A_ROW, ROOMS};
use crate::base::name::NameKey;

/// What was said lately.
#[derive(Debug)]
pub struct Memory {
    threads: BTreeMap<ThreadId, Held>,
    told: VecDeque<Told>,
    messages: usize,
    bytes: usize,
}

/// A thread.
#[derive(Debug)]
struct Held {
    room: NameKey,
    is_closed: bool,
    messages: VecDeque<Message>,
    bytes: usize,
    /// The last id that was taken: what comes again is not taken again.
    last: u64,
}

impl Memory {
    /// A journal that holds, of each thread, the last `messages`, as far as they fit in `bytes`.
    pub fn new(messages: usize, bytes: usize) -> Memory {
        Memory { threads: BTreeMap::new(), told: VecDeque::new(), messages, bytes }
    }

    fn keep(&mut self, record: Record) {
        match record {
            Record::Opened { thread, room } => {
                let room = NameKey::of(&room);
                self.threads.entry(thread).or_insert_with(|| Held {
                    room,
                    is_closed: false,
                    messages: VecDeque::new(),
                    bytes: 0,
                    last: 0,
                });
            }
            Record::Closed(thread) => self.close(thread),
            Record::Said(message) => {
                if let Some(held) = self.threads.get_mut(&message.thread) {
                    held.add(message, self.messages, self.bytes);
                }
            }
            Record::Forget { key, ticket } => {
                let erased = self.threads.values_mut().map(|held| held.forget(&key)).sum();
                self.told.push_back(Told::Erased(ticket, erased));
            }
            Record::Ids { .. } | Record::State(_) => {}
        }
    }

    /// Of the threads that are over, as many are kept as there may be rooms.
    fn close(&mut self, thread: ThreadId) {
        if let Some(held) = self.threads.get_mut(&thread) {
            held.is_closed = true;
        }
        let mut closed = self.threads.iter().filter(|(_, held)| held.is_closed).map(|(thread, _)| *thread);
        if let Some(first) = closed.next()
            && closed.count() >= ROOMS
        {
            self.threads.remove(&first);
        }
    }

    fn answer(&self, question: &Question) -> Result<Found, String> {
        match question {
            Question::Last { thread, most, since } => Ok(self.last(*thread, *most, *since)),
            Question::Search { thread, words, most } => self.search(*thread, words, *most),
            Question::Page { room, after, most } => Ok(self.page(&NameKey::of(room), *after, *most)),
        }
    }

    fn last(&self, thread: ThreadId, most: usize, since: Option<SystemTime>) -> Found {
        let mut gather = Gather::new(most);
        let mut older = 0;
        for message in self.of(thread).rev() {
            if since.is_some_and(|since| message.time < since) {
                older += 1;
                if older == OLDER_IN_A_ROW {
                    break;
                }
                continue;
            }
            older = 0;
            if !gather.add(message.clone()) {
                break;
            }
        }
        gather.backwards()
    }

    fn search(&self, thread: ThreadId, typed: &str, most: usize) -> Result<Found, String> {
        let wanted = words::wanted(typed)?;
        let mut gather = Gather::new(most);
        let mut hits = self.of(thread).rev().filter(|message| words::has_all(&message.text, &wanted));
        while let Some(message) = hits.next()
            && gather.add(message.clone())
        {}
        Ok(gather.backwards())
    }

    fn page(&self, room: &NameKey, after: Option<(ThreadId, u64)>, most: usize) -> Found {
        let mut gather = Gather::new(most);
        let threads = self.threads.values().filter(|held| held.room == *room);
        let mut messages = threads
            .flat_map(|held| &held.messages)
            .filter(|message| after.is_none_or(|after| (message.thread, message.id) > after));
        while let Some(message) = messages.next()
            && gather.add(message.clone())
        {}
        gather.forwards()
    }

    fn of(&self, thread: ThreadId) -> impl DoubleEndedIterator<Item = &Message> {
        self.threads.get(&thread).into_iter().flat_map(|held| &held.messages)
    }
}

impl Held {
    fn add(&mut self, message: Message, most: usize, most_bytes: usize) {
        if message.id <= self.last {
            return;
        }
        self.last = message.id;
        self.bytes += message.cost();
        self.messages.push_back(message);
        while self.messages.len() > most || self.bytes > most_bytes {
            let Some(first) = self.messages.pop_front() else { return };
            self.bytes -= first.cost();
        }
    }

    fn forget(&mut self, key: &NameKey) -> u64 {
        let before = self.messages.len();
        self.messages.retain(|message| message.by.as_ref().is_none_or(|by| NameKey::of(&by.name) != *key));
        self.bytes = self.messages.iter().map(Message::cost).sum();
        (before - self.messages.len()) as u64
    }
}

impl Journal for Memory {
    fn append(&mut self, batch: Batch) {
        let place = self.told.len();
        for record in batch.records {
            self.keep(record);
        }
        // Before what is told of its records.
        self.told.insert(place, Told::Kept(batch.number));
    }

    fn ask(&mut self, ticket: Ticket, question: Question) {
        let answer = self.answer(&question);
        self.told.push_back(Told::Found(ticket, answer));
    }

    fn poll(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    fn finish(self: Box<Self>, _within: Duration) -> Result<(), String> {
        Ok(())
    }
}
