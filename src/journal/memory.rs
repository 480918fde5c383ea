//! A journal in memory, for a server without a data folder. It holds the latest messages of each stream until the
//! process ends.
//!
//! It has no thread: [`Journal::poll`] does its work, and searches a limited number of bytes in each call. It does not
//! store operators' decisions, as nothing could restore them.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime};

use super::page_builder::PageBuilder;
use super::search::Match;
use super::search_hits::{LatestSince, SearchHits};
use super::{
    Amended, Batch, Effort, ErasureReport, HistoryStore, Journal, JournalEvent, Message, QueryResult,
    Question, Record, RetentionReport, RoomLog, Search, StreamId, Ticket,
};
use crate::base::limits::{MEMORY_JOURNAL_BYTES, QUERY_BYTES_PER_TURN, ROOMS};
use crate::base::name::NameKey;
use crate::proto::{Part, Span};

/// The journal.
#[derive(Debug)]
pub struct Memory {
    streams: BTreeMap<StreamId, StreamMessages>,
    events: VecDeque<JournalEvent>,
    /// Questions in order, and the state of the search if the first is one.
    questions: VecDeque<(Ticket, Question)>,
    looking: Option<Box<RunningSearch>>,
    messages: usize,
    bytes: usize,
    /// The bytes of all messages.
    total: usize,
}

/// The messages of one stream.
#[derive(Debug)]
struct StreamMessages {
    room: String,
    is_closed: bool,
    messages: VecDeque<Message>,
    bytes: usize,
    /// The last id that was appended. Smaller ones are duplicates.
    last: u64,
}

impl Memory {
    /// A journal that holds the last `messages` of each stream, up to `bytes` bytes of them, and [`MEMORY_JOURNAL_BYTES`] of all.
    pub fn new(messages: usize, bytes: usize) -> Memory {
        Memory {
            streams: BTreeMap::new(),
            events: VecDeque::new(),
            questions: VecDeque::new(),
            looking: None,
            messages,
            bytes,
            total: 0,
        }
    }

    fn apply(&mut self, record: Record) {
        match record {
            Record::StreamOpened { stream, room } => {
                self.streams.entry(stream).or_insert_with(|| StreamMessages {
                    room,
                    is_closed: false,
                    messages: VecDeque::new(),
                    bytes: 0,
                    last: 0,
                });
            }
            Record::StreamClosed(stream) => self.close(stream),
            Record::Message(message) => {
                if let Some(held) = self.streams.get_mut(&message.stream) {
                    let before = held.bytes;
                    held.add(message, self.messages, self.bytes);
                    self.total = self.total + held.bytes - before;
                    self.shed();
                }
            }
            Record::Amend(amended) => self.amend(amended),
            Record::Erase { key, ticket } => {
                let messages = self.streams.values_mut().map(|held| held.erase(&key)).sum();
                self.total = self.streams.values().map(|held| held.bytes).sum();
                self.events
                    .push_back(JournalEvent::Erased(ticket, ErasureReport { messages, copies: Vec::new() }));
                // The search may have found messages that are erased now.
                self.looking = None;
            }
            Record::ReportRetention { ticket, .. } => {
                self.events.push_back(JournalEvent::Retention(ticket, RetentionReport::default()));
            }
            Record::ReserveIds { .. } | Record::Decisions(_) | Record::OpenedRoom { .. } => {}
        }
    }

    fn amend(&mut self, Amended { stream, id, text, ticket }: Amended) {
        let held = self.streams.get_mut(&stream);
        let (freed, added) = held.map_or((0, 0), |held| held.amend(id, text));
        self.total = self.total + added - freed;
        if let Some(looking) = &mut self.looking {
            // The search may have found what it said before.
            looking.hits.remove(id);
        }
        if let Some(ticket) = ticket {
            let report = ErasureReport { messages: u64::from(freed > 0), copies: Vec::new() };
            self.events.push_back(JournalEvent::Erased(ticket, report));
        }
    }

    /// Closes a stream. Closed streams are dropped, oldest first, when there are more than rooms may be open.
    fn close(&mut self, stream: StreamId) {
        if let Some(held) = self.streams.get_mut(&stream) {
            held.is_closed = true;
        }
        let mut closed = self.streams.iter().filter(|(_, held)| held.is_closed).map(|(stream, _)| *stream);
        if let Some(first) = closed.next()
            && closed.count() >= ROOMS
            && let Some(dropped) = self.streams.remove(&first)
        {
            self.total -= dropped.bytes;
        }
    }

    /// Drops the oldest messages of the largest streams while all together are too large.
    fn shed(&mut self) {
        while self.total > MEMORY_JOURNAL_BYTES
            && let Some(largest) = self.streams.values_mut().max_by_key(|held| held.bytes)
            && let Some(first) = largest.messages.pop_front()
        {
            largest.bytes -= first.cost();
            self.total -= first.cost();
        }
    }

    fn last(&self, stream: StreamId, limit: usize, since: Option<SystemTime>) -> QueryResult {
        let mut last = LatestSince::new(limit, since);
        for message in self.before(stream, None) {
            if last.is_recent(message.time) && !last.add(message.clone()) || last.is_over() {
                break;
            }
        }
        last.result(false)
    }

    /// Continues the current question, or starts the next.
    fn step(&mut self) {
        let Some((ticket, question)) = self.questions.front() else { return };
        let ticket = *ticket;
        let answer = match question {
            Question::Last { stream, limit, since } => Ok(self.last(*stream, *limit, *since)),
            Question::Between { stream, before, after, limit } => {
                Ok(self.between(*stream, *before, *after, *limit))
            }
            Question::Span { stream, span, limit } => Ok(self.span(*stream, *span, *limit)),
            Question::Page { room, after, limit } => Ok(self.page(&NameKey::of(room), *after, *limit)),
            Question::Search { stream, words, limit } => {
                let looking =
                    match self.looking.take().map_or_else(|| RunningSearch::begin(words, *limit), Ok) {
                        Ok(looking) => looking,
                        Err(why) => return self.answer(ticket, Err(why)),
                    };
                let stream = *stream;
                match self.search(stream, looking) {
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

    fn answer(&mut self, ticket: Ticket, answer: Result<QueryResult, String>) {
        self.questions.pop_front();
        self.events.push_back(JournalEvent::Answered(ticket, answer));
    }

    /// Searches some messages. Returns the result, or the state to continue from.
    fn search(
        &self,
        stream: StreamId,
        mut looking: Box<RunningSearch>,
    ) -> Result<QueryResult, Box<RunningSearch>> {
        let mut left = QUERY_BYTES_PER_TURN;
        for message in self.before(stream, looking.before) {
            let quality = looking.search.matches(&message.text);
            if quality != Match::None && !looking.hits.add(message.clone(), quality) {
                break;
            }
            looking.before = Some(message.id);
            left = left.saturating_sub(message.text.len() + 64);
            if left == 0 {
                return Err(looking);
            }
        }
        Ok(looking.hits.result(false))
    }

    fn span(&self, stream: StreamId, span: Span, limit: usize) -> QueryResult {
        let held = || self.streams.get(&stream).into_iter().flat_map(|held| &held.messages);
        let places: Vec<_> = held().map(|message| (message.id, message.time)).collect();
        let Ok(parts) = span.parts(limit, &places);
        let of_part = |part: Part| {
            let mut found = held().filter(|message| part.has(message.id)).cloned();
            if part.is_forward {
                let mut page = PageBuilder::new(part.limit);
                found.all(|message| page.add(message));
                return page.finish();
            }
            let mut last = LatestSince::new(part.limit, None);
            let found: Vec<Message> = found.collect();
            found.into_iter().rev().all(|message| last.add(message));
            last.result(false)
        };
        parts.into_iter().map(of_part).reduce(QueryResult::followed_by).unwrap_or_default()
    }

    fn between(
        &self,
        stream: StreamId,
        before: Option<u64>,
        after: Option<u64>,
        limit: usize,
    ) -> QueryResult {
        let is_behind = |message: &&Message| after.is_none_or(|after| message.id > after);
        if before.is_none() && after.is_some() {
            let mut page = PageBuilder::new(limit);
            let held = self.streams.get(&stream);
            let behind = held.into_iter().flat_map(|held| &held.messages).filter(is_behind);
            behind.cloned().all(|message| page.add(message));
            return page.finish();
        }
        let mut last = LatestSince::new(limit, None);
        for message in self.before(stream, before).take_while(is_behind) {
            if !last.add(message.clone()) {
                break;
            }
        }
        last.result(false)
    }

    fn page(&self, room: &NameKey, after: Option<(StreamId, u64)>, limit: usize) -> QueryResult {
        let mut page = PageBuilder::new(limit);
        let of_room = || self.streams.iter().filter(|(_, held)| NameKey::of(&held.room) == *room);
        if let Some((_, held)) = of_room().next_back() {
            page.set_room(held.room.clone());
        }
        for (stream, held) in of_room() {
            let first = match after {
                Some(after) if after.0 > *stream => continue,
                Some(after) if after.0 == *stream => held.messages.partition_point(|it| it.id <= after.1),
                _ => 0,
            };
            if !held.messages.range(first..).all(|message| page.add(message.clone())) {
                break;
            }
        }
        page.finish()
    }

    /// The messages of a stream before this id, latest first.
    fn before(&self, stream: StreamId, id: Option<u64>) -> impl Iterator<Item = &Message> {
        let held = self.streams.get(&stream);
        held.into_iter().flat_map(move |held| {
            let end = id.map_or(held.messages.len(), |id| held.messages.partition_point(|it| it.id < id));
            held.messages.range(..end).rev()
        })
    }
}

/// The state of a search.
#[derive(Debug)]
struct RunningSearch {
    search: Search,
    /// Messages from this id on were searched.
    before: Option<u64>,
    hits: SearchHits,
}

impl RunningSearch {
    fn begin(words: &str, limit: usize) -> Result<Box<RunningSearch>, String> {
        let search = Search::parse(words).map_err(|why| why.to_string())?;
        Ok(Box::new(RunningSearch { search, before: None, hits: SearchHits::new(limit) }))
    }
}

impl StreamMessages {
    fn add(&mut self, message: Message, limit: usize, max_bytes: usize) {
        if message.id <= self.last {
            return;
        }
        self.last = message.id;
        self.bytes += message.cost();
        self.messages.push_back(message);
        while self.messages.len() > limit || self.bytes > max_bytes {
            let Some(first) = self.messages.pop_front() else { return };
            self.bytes -= first.cost();
        }
    }

    /// Erases a message, or gives it another text. Returns what it cost before, and what it costs now, in bytes.
    fn amend(&mut self, id: u64, text: Option<String>) -> (usize, usize) {
        let at = self.messages.partition_point(|message| message.id < id);
        let Some(message) = self.messages.get_mut(at).filter(|message| message.id == id) else {
            return (0, 0);
        };
        let before = message.cost();
        let mut after = 0;
        if let Some(text) = text {
            (message.text, message.is_edited) = (text, true);
            after = message.cost();
        } else {
            self.messages.remove(at);
        }
        self.bytes = self.bytes + after - before;
        (before, after)
    }

    fn erase(&mut self, key: &NameKey) -> u64 {
        let before = self.messages.len();
        self.messages.retain(|message| message.by.as_ref().is_none_or(|by| NameKey::of(&by.name) != *key));
        self.bytes = self.messages.iter().map(Message::cost).sum();
        (before - self.messages.len()) as u64
    }
}

impl RoomLog for Memory {
    fn append(&mut self, batch: Batch) {
        let place = self.events.len();
        for record in batch.records {
            self.apply(record);
        }
        // `Committed` comes before the events of the batch's own records.
        self.events.insert(place, JournalEvent::Committed(batch.number));
    }
}

impl HistoryStore for Memory {
    fn ask(&mut self, ticket: Ticket, question: Question, _effort: Effort) {
        self.questions.push_back((ticket, question));
    }

    fn cancel(&mut self, ticket: Ticket) {
        let Some(place) = self.questions.iter().position(|(questions, _)| *questions == ticket) else {
            return;
        };
        if place == 0 {
            self.looking = None;
        }
        self.questions.remove(place);
        self.events.push_back(JournalEvent::Answered(
            ticket,
            Ok(QueryResult { is_partial: true, ..QueryResult::default() }),
        ));
    }

    fn is_busy(&self) -> bool {
        !(self.events.is_empty() && self.questions.is_empty())
    }
}

impl Journal for Memory {
    fn poll(&mut self) -> Option<JournalEvent> {
        if self.events.is_empty() {
            self.step();
        }
        self.events.pop_front()
    }

    fn finish(self: Box<Self>, _within: Duration) -> Result<(), String> {
        Ok(())
    }
}
