//! A journal without a file, for a server that is to keep nothing: what was said is at hand until it is too much, or the
//! process ends.
//!
//! It has no thread, and what it has to tell is told by the next `poll`; each looks at a few messages for a search. What operators decided is not its affair: nobody
//! could ask for it.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime};

use super::gather::Gather;
use super::hits::{Hits, Since};
use super::search::Match;
use super::{
    Batch, Effort, Erasure, Found, HistoryStore, Journal, JournalEvent, Message, Question, Record, Retention,
    RoomLog, Search, ThreadId, Ticket,
};
use crate::base::limits::{QUERY_BYTES_PER_TURN, ROOMS};
use crate::base::name::NameKey;

/// What was said lately.
#[derive(Debug)]
pub struct Memory {
    threads: BTreeMap<ThreadId, Held>,
    told: VecDeque<JournalEvent>,
    /// What is asked, and how far the search has come if the first is one.
    asked: VecDeque<(Ticket, Question)>,
    looking: Option<Box<Looking>>,
    messages: usize,
    bytes: usize,
}

/// A thread.
#[derive(Debug)]
struct Held {
    /// The room's name.
    room: String,
    is_closed: bool,
    messages: VecDeque<Message>,
    bytes: usize,
    /// The last id that was taken: what comes again is not taken again.
    last: u64,
}

impl Memory {
    /// A journal that holds, of each thread, the last `messages`, as far as they fit in `bytes`.
    pub fn new(messages: usize, bytes: usize) -> Memory {
        Memory {
            threads: BTreeMap::new(),
            told: VecDeque::new(),
            asked: VecDeque::new(),
            looking: None,
            messages,
            bytes,
        }
    }

    fn keep(&mut self, record: Record) {
        match record {
            Record::Opened { thread, room } => {
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
                let messages = self.threads.values_mut().map(|held| held.forget(&key)).sum();
                self.told.push_back(JournalEvent::Erased(ticket, Erasure { messages, copies: Vec::new() }));
                // What is erased may have been found.
                self.looking = None;
            }
            Record::Retention { ticket, .. } => {
                self.told.push_back(JournalEvent::Retention(ticket, Retention::default()));
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

    fn last(&self, thread: ThreadId, most: usize, since: Option<SystemTime>) -> Found {
        let mut last = Since::new(most, since);
        for message in self.before(thread, None) {
            if last.is_wanted(message.time) && !last.add(message.clone()) || last.is_over() {
                break;
            }
        }
        last.found(false)
    }

    /// Gets on with the question that is under way, or begins another.
    fn look_up(&mut self) {
        let Some((ticket, question)) = self.asked.front() else { return };
        let ticket = *ticket;
        let answer = match question {
            Question::Last { thread, most, since } => Ok(self.last(*thread, *most, *since)),
            Question::Between { thread, before, after, most } => {
                Ok(self.between(*thread, *before, *after, *most))
            }
            Question::Page { room, after, most } => Ok(self.page(&NameKey::of(room), *after, *most)),
            Question::Search { thread, words, most } => {
                let looking = match self.looking.take().map_or_else(|| Looking::begin(words, *most), Ok) {
                    Ok(looking) => looking,
                    Err(why) => return self.answer(ticket, Err(why)),
                };
                let thread = *thread;
                match self.search(thread, looking) {
                    Ok(found) => Ok(found),
                    Err(looking) => {
                        self.looking = Some(looking);
                        return;
                    }
                }
            }
        };
        self.answer(ticket, answer);
    }

    fn answer(&mut self, ticket: Ticket, answer: Result<Found, String>) {
        self.asked.pop_front();
        self.told.push_back(JournalEvent::Found(ticket, answer));
    }

    /// Looks at some messages: what was found, or how far it has come.
    fn search(&self, thread: ThreadId, mut looking: Box<Looking>) -> Result<Found, Box<Looking>> {
        let mut left = QUERY_BYTES_PER_TURN;
        for message in self.before(thread, looking.before) {
            let how = looking.search.matches(&message.text);
            if how != Match::None && !looking.hits.add(message.clone(), how) {
                break;
            }
            looking.before = Some(message.id);
            left = left.saturating_sub(message.text.len() + 64);
            if left == 0 {
                return Err(looking);
            }
        }
        Ok(looking.hits.found(false))
    }

    fn between(&self, thread: ThreadId, before: Option<u64>, after: Option<u64>, most: usize) -> Found {
        let is_behind = |message: &&Message| after.is_none_or(|after| message.id > after);
        if before.is_none() && after.is_some() {
            let mut gather = Gather::new(most);
            let held = self.threads.get(&thread);
            let behind = held.into_iter().flat_map(|held| &held.messages).filter(is_behind);
            behind.cloned().all(|message| gather.add(message));
            return gather.found();
        }
        let mut last = Since::new(most, None);
        for message in self.before(thread, before).take_while(is_behind) {
            if !last.add(message.clone()) {
                break;
            }
        }
        last.found(false)
    }

    fn page(&self, room: &NameKey, after: Option<(ThreadId, u64)>, most: usize) -> Found {
        let mut gather = Gather::new(most);
        let of_room = || self.threads.iter().filter(|(_, held)| NameKey::of(&held.room) == *room);
        if let Some((_, held)) = of_room().next_back() {
            gather.set_room(held.room.clone());
        }
        for (thread, held) in of_room() {
            let first = match after {
                Some(after) if after.0 > *thread => continue,
                Some(after) if after.0 == *thread => held.messages.partition_point(|it| it.id <= after.1),
                _ => 0,
            };
            if !held.messages.range(first..).all(|message| gather.add(message.clone())) {
                break;
            }
        }
        gather.found()
    }

    /// The messages of a thread, the last first, from before an id on.
    fn before(&self, thread: ThreadId, id: Option<u64>) -> impl Iterator<Item = &Message> {
        let held = self.threads.get(&thread);
        held.into_iter().flat_map(move |held| {
            let end = id.map_or(held.messages.len(), |id| held.messages.partition_point(|it| it.id < id));
            held.messages.range(..end).rev()
        })
    }
}

/// A search that is under way.
#[derive(Debug)]
struct Looking {
    search: Search,
    /// What comes before this was not looked at yet.
    before: Option<u64>,
    hits: Hits,
}

impl Looking {
    fn begin(words: &str, most: usize) -> Result<Box<Looking>, String> {
        let search = Search::parse(words).map_err(|why| why.to_string())?;
        Ok(Box::new(Looking { search, before: None, hits: Hits::new(most) }))
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

impl RoomLog for Memory {
    fn append(&mut self, batch: Batch) {
        let place = self.told.len();
        for record in batch.records {
            self.keep(record);
        }
        // Before what is told of its records.
        self.told.insert(place, JournalEvent::Committed(batch.number));
    }
}

impl HistoryStore for Memory {
    fn ask(&mut self, ticket: Ticket, question: Question, _effort: Effort) {
        self.asked.push_back((ticket, question));
    }

    fn cancel(&mut self, ticket: Ticket) {
        let Some(place) = self.asked.iter().position(|(asked, _)| *asked == ticket) else { return };
        if place == 0 {
            self.looking = None;
        }
        self.asked.remove(place);
        self.told.push_back(JournalEvent::Found(ticket, Ok(Found { is_partial: true, ..Found::default() })));
    }

    fn is_busy(&self) -> bool {
        !(self.told.is_empty() && self.asked.is_empty())
    }
}

impl Journal for Memory {
    fn poll(&mut self) -> Option<JournalEvent> {
        if self.told.is_empty() {
            self.look_up();
        }
        self.told.pop_front()
    }

    fn finish(self: Box<Self>, _within: Duration) -> Result<(), String> {
        Ok(())
    }
}
