//! A journal on a virtual disk: slow, failing for a while, and with what it has stored when the process crashes.
//!
//! Questions are answered by the in-memory journal, filled with what is stored.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use salon::journal::memory::Memory;
use salon::journal::{
    Amended, Author, Batch, Effort, HistoryStore, Journal, JournalEvent, Message, QueryResult, Question,
    Record, RestoredState, RestoredStream, RoomLog, StoredDecisions, StoredOpenedRoom, StreamId, Ticket,
};

use crate::hour::record::{EDITED, NOTICE};
use crate::simulation::vocabulary::OPENED;

/// The pause between two attempts at a failed commit.
const RETRY: Duration = Duration::from_secs(1);

/// More messages than any seed has.
const MOST: usize = 1 << 20;

/// The journal, and what it has stored.
#[derive(Debug)]
pub struct Disk {
    pub now: Instant,
    /// How long commits and their reports take, in milliseconds; used in turn.
    pauses: Vec<u64>,
    turns: usize,
    /// Commits fail until this time, and whether that was reported.
    fails_until: Option<Instant>,
    has_told: bool,
    /// Batches in flight, and when they are committed.
    under_way: VecDeque<(Instant, Batch)>,
    told: VecDeque<(Instant, JournalEvent)>,
    last: u64,
    /// Open questions, and when they are answered.
    asked: VecDeque<(Instant, Ticket, Question, Effort)>,
    answers: Memory,
    /// The stored records.
    records: Vec<Record>,
    /// Stored messages by room, id and text; and the first id of each stream that is not reserved.
    said: BTreeSet<(String, u64, String)>,
    below: BTreeMap<StreamId, u64>,
    /// Erased messages by room and id; and those that have another text.
    erased: BTreeSet<(String, u64)>,
    edited: BTreeSet<(String, u64)>,
    rooms: BTreeMap<StreamId, String>,
    /// A violation: a batch that must not have been appended.
    pub fault: Option<String>,
    /// Appended messages of each stream, and the stream of each room.
    handed: BTreeMap<StreamId, Vec<u64>>,
    opened: BTreeMap<String, StreamId>,
}

impl Disk {
    /// An empty disk, with these latencies in turn.
    pub fn new(pauses: Vec<u64>, now: Instant) -> Disk {
        Disk {
            now,
            pauses,
            turns: 0,
            fails_until: None,
            has_told: false,
            under_way: VecDeque::new(),
            told: VecDeque::new(),
            last: 0,
            asked: VecDeque::new(),
            answers: Memory::new(MOST, usize::MAX),
            records: Vec::new(),
            said: BTreeSet::new(),
            below: BTreeMap::new(),
            erased: BTreeSet::new(),
            edited: BTreeSet::new(),
            rooms: BTreeMap::new(),
            fault: None,
            handed: BTreeMap::new(),
            opened: BTreeMap::new(),
        }
    }

    /// The disk as the next process finds it after a crash: the first `survive` batches in flight are stored, the rest is lost.
    pub fn die(self, survive: usize) -> Disk {
        let mut next = Disk::new(self.pauses, self.now);
        next.turns = self.turns;
        let batches = self.under_way.into_iter().map(|(_, batch)| batch).take(survive);
        let records: Vec<Record> = self.records.into_iter().chain(batches.flat_map(|b| b.records)).collect();
        next.answers.append(Batch { number: 1, records: records.clone() });
        while next.answers.poll().is_some() {}
        for record in records {
            next.hand(&record);
            next.keep(record);
        }
        next.opened.clear();
        next
    }

    /// How many batches are in flight.
    pub fn is_behind(&self) -> usize {
        self.under_way.len()
    }

    /// Commits fail for this long.
    pub fn fail(&mut self, time: Duration) {
        self.fails_until = Some(self.now + time);
        self.has_told = false;
    }

    /// Commits work again.
    pub fn recover(&mut self) {
        self.fails_until = None;
        self.pauses = vec![0];
        for (at, _) in &mut self.under_way {
            *at = self.now;
        }
    }

    /// Whether this message is stored.
    pub fn has(&self, room: &str, id: u64, text: &str) -> bool {
        let has = |text: &str| self.said.contains(&(room.to_owned(), id, text.to_owned()));
        let text = text.strip_suffix(EDITED).unwrap_or(text);
        has(text) || text.strip_suffix(NOTICE).is_some_and(has)
    }

    /// Whether it is stored that this message is erased.
    pub fn has_erased(&self, room: &str, id: u64) -> bool {
        self.erased.contains(&(room.to_owned(), id))
    }

    /// Whether it is stored that this message is erased, or has another text.
    pub fn has_amended(&self, room: &str, id: u64) -> bool {
        self.edited.contains(&(room.to_owned(), id)) || self.has_erased(room, id)
    }

    /// The first id that is not reserved in a stream, or in the last stream of a room.
    pub fn below(&self, stream: Option<StreamId>, room: &str) -> u64 {
        let last = || self.rooms.iter().rfind(|(_, name)| *name == room).map(|(stream, _)| *stream);
        stream.or_else(last).and_then(|stream| self.below.get(&stream)).copied().unwrap_or(1)
    }

    /// The last stream that this process opened for a room.
    pub fn opened(&self, room: &str) -> Option<StreamId> {
        self.opened.get(room).copied()
    }

    /// How many messages of a stream were appended after this one.
    pub fn handed_after(&self, stream: StreamId, id: u64) -> usize {
        let handed = self.handed.get(&stream).map_or(&[][..], Vec::as_slice);
        handed.iter().rev().take_while(|handed| **handed > id).count()
    }

    /// A room that people opened, as it was stored each time, the last one first. `None`: it is gone.
    pub fn versions(&self, room: &str) -> impl Iterator<Item = Option<&StoredOpenedRoom>> {
        self.records.iter().rev().filter_map(move |record| match record {
            Record::OpenedRoom { key, room: stored } if key.as_str() == room => Some(stored.as_deref()),
            _ => None,
        })
    }

    /// All stored messages of a stream.
    pub fn messages(&self, stream: StreamId) -> impl Iterator<Item = &Message> {
        self.records.iter().filter_map(move |record| match record {
            Record::Message(message) if message.stream == stream => Some(message),
            _ => None,
        })
    }

    /// Whether commits take any time.
    pub fn is_slow(&self) -> bool {
        self.pauses.iter().any(|pause| *pause > 0)
    }

    /// When its next event is due.
    pub fn next(&self) -> Option<Instant> {
        let fails = self.fails_until.filter(|until| *until > self.now);
        let batch = self.under_way.front().map(|(at, _)| match fails {
            Some(_) if !self.has_told => self.now,
            Some(until) => (until + RETRY).max(*at),
            None => *at,
        });
        let asked = self.asked.front().map(|(at, ..)| *at);
        [batch, asked, self.told.front().map(|(at, _)| *at)].into_iter().flatten().min()
    }

    /// Operators' stored decisions.
    pub fn state(&self) -> StoredDecisions {
        let last = self.records.iter().rev().find_map(|record| match record {
            Record::Decisions(state) => Some((**state).clone()),
            _ => None,
        });
        last.unwrap_or_default()
    }

    /// What a start restores: the stored state, with the last `tail` messages of each stream.
    pub fn restored(&self, tail: usize) -> RestoredState {
        let mut streams: BTreeMap<StreamId, RestoredStream> = BTreeMap::new();
        let mut next_stream = StreamId(1);
        for record in &self.records {
            match record {
                Record::StreamOpened { stream: id, room } => {
                    let stream = RestoredStream {
                        id: *id,
                        room: room.clone(),
                        next_id: 1,
                        messages: Vec::new(),
                        incomplete_below: 0,
                    };
                    streams.insert(*id, stream);
                    next_stream = StreamId(id.0 + 1);
                }
                Record::StreamClosed(id) => drop(streams.remove(id)),
                Record::ReserveIds { stream, below } => {
                    if let Some(stream) = streams.get_mut(stream) {
                        stream.next_id = stream.next_id.max(*below);
                    }
                }
                Record::Message(message) => {
                    if let Some(stream) = streams.get_mut(&message.stream) {
                        stream.next_id = stream.next_id.max(message.id + 1);
                        stream.messages.push(message.clone());
                    }
                }
                // Carried out when it was stored.
                Record::Amend(_)
                | Record::Erase { .. }
                | Record::Decisions(_)
                | Record::OpenedRoom { .. }
                | Record::ReportRetention { .. } => {}
            }
        }
        for stream in streams.values_mut() {
            let surplus = stream.messages.len().saturating_sub(tail);
            stream.messages.drain(..surplus);
        }
        let (decisions, streams) = (self.state(), streams.into_values().collect());
        let opened = OPENED.iter().filter_map(|room| self.versions(room).next().flatten().cloned());
        let opened_by_people = opened.collect();
        RestoredState { decisions, opened_by_people, streams, next_stream }
    }

    /// Checks that records are appended in order.
    fn hand(&mut self, record: &Record) {
        match record {
            Record::StreamOpened { stream, room } => drop(self.opened.insert(room.clone(), *stream)),
            Record::Message(Message { stream, id, .. }) => {
                let handed = self.handed.entry(*stream).or_default();
                if let Some(before) = handed.last().filter(|before| *before >= id) {
                    self.fault = Some(format!("{record:?} is handed over after {before}"));
                }
                handed.push(*id);
            }
            _ => {}
        }
    }

    fn keep(&mut self, record: Record) {
        match &record {
            Record::StreamOpened { stream, room } => drop(self.rooms.insert(*stream, room.clone())),
            Record::ReserveIds { stream, below } => drop(self.below.insert(*stream, *below)),
            Record::Message(Message { stream, id, text, .. }) => {
                let room = self.rooms.get(stream).cloned().unwrap_or_default();
                self.said.insert((room, *id, text.clone()));
            }
            Record::Amend(amended) => self.amend(amended),
            Record::Erase { key, .. } => {
                let key = key.clone();
                self.records.retain(|record| match record {
                    Record::Message(Message { by: Some(Author { name, .. }), .. }) => {
                        salon::base::name::NameKey::of(name) != key
                    }
                    _ => true,
                });
            }
            Record::StreamClosed(_)
            | Record::Decisions(_)
            | Record::OpenedRoom { .. }
            | Record::ReportRetention { .. } => {}
        }
        self.records.push(record);
    }

    fn amend(&mut self, Amended { stream, id, text, .. }: &Amended) {
        let is_it =
            |record: &Record| matches!(record, Record::Message(it) if it.stream == *stream && it.id == *id);
        let room = self.rooms.get(stream).cloned().unwrap_or_default();
        let at = self.records.iter().position(is_it);
        if let Some(text) = text {
            self.edited.insert((room.clone(), *id));
            self.said.insert((room, *id, text.clone()));
            if let Some(Record::Message(message)) = at.map(|at| &mut self.records[at]) {
                (message.text, message.is_edited) = (text.clone(), true);
            }
        } else {
            self.erased.insert((room, *id));
            at.map(|at| self.records.remove(at));
        }
    }

    fn pause(&mut self) -> Duration {
        self.turns += 1;
        Duration::from_millis(self.pauses[self.turns % self.pauses.len()])
    }

    /// Commits the batches that are due, and reports them.
    fn write(&mut self) {
        if self.fails_until.is_some_and(|until| self.now < until) {
            if !self.under_way.is_empty() && !std::mem::replace(&mut self.has_told, true) {
                self.told.push_back((self.now, JournalEvent::Failing("the disk is full".into())));
            }
            return;
        }
        self.fails_until = None;
        let mut last = None;
        while self.under_way.front().is_some_and(|(at, _)| *at <= self.now)
            && let Some((_, batch)) = self.under_way.pop_front()
        {
            last = Some(batch.number);
            self.answers.append(batch.clone());
            for record in batch.records {
                self.keep(record);
            }
            self.tell_answers();
        }
        if let Some(number) = last {
            let at = self.now + self.pause() / 4;
            self.tell(at, JournalEvent::Committed(number));
            if self.turns.is_multiple_of(3) {
                // A repeated report.
                self.tell(at, JournalEvent::Committed(number - 1));
            }
        }
    }

    /// Answers the questions that are due.
    fn look_up(&mut self) {
        while self.asked.front().is_some_and(|(at, ..)| *at <= self.now)
            && let Some((_, ticket, question, effort)) = self.asked.pop_front()
        {
            self.turns += 1;
            if effort == Effort::Quick
                && self.turns.is_multiple_of(3)
                && matches!(question, Question::Search { .. })
            {
                // As if the time limit was reached.
                let found = QueryResult { is_partial: true, ..QueryResult::default() };
                self.tell(self.now, JournalEvent::Answered(ticket, Ok(found)));
                continue;
            }
            self.answers.ask(ticket, question, effort);
            self.tell_answers();
        }
        self.tell_answers();
    }

    fn tell_answers(&mut self) {
        loop {
            match self.answers.poll() {
                Some(JournalEvent::Committed(_)) => {}
                Some(told) => self.tell(self.now, told),
                None if self.answers.is_busy() => {}
                None => return,
            }
        }
    }

    fn tell(&mut self, at: Instant, told: JournalEvent) {
        let at = self.told.back().map_or(at, |(before, _)| at.max(*before));
        self.told.push_back((at, told));
    }
}

impl RoomLog for Disk {
    fn append(&mut self, batch: Batch) {
        if batch.number != self.last + 1 {
            self.fault = Some(format!("batch {} follows {}", batch.number, self.last));
        }
        self.last = batch.number;
        batch.records.iter().for_each(|record| self.hand(record));
        let at = self.now + self.pause();
        let at = self.under_way.back().map_or(at, |(before, _)| at.max(*before));
        self.under_way.push_back((at, batch));
    }
}

impl HistoryStore for Disk {
    fn ask(&mut self, ticket: Ticket, question: Question, effort: Effort) {
        let at = self.now + self.pause();
        let at = self.asked.back().map_or(at, |(before, ..)| at.max(*before));
        self.asked.push_back((at, ticket, question, effort));
    }

    fn cancel(&mut self, ticket: Ticket) {
        let before = self.asked.len();
        self.asked.retain(|(_, asked, ..)| *asked != ticket);
        if self.asked.len() < before {
            let found = QueryResult { is_partial: true, ..QueryResult::default() };
            self.tell(self.now, JournalEvent::Answered(ticket, Ok(found)));
        }
    }
}

impl Journal for Disk {
    fn poll(&mut self) -> Option<JournalEvent> {
        self.write();
        self.look_up();
        let is_time = self.told.front().is_some_and(|(at, _)| *at <= self.now);
        if is_time { self.told.pop_front().map(|(_, told)| told) } else { None }
    }

    fn finish(self: Box<Self>, _within: Duration) -> Result<(), String> {
        Ok(())
    }
}
