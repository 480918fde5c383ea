//! What happened in a room, and what newcomers hear of it.

use std::collections::{BTreeMap, VecDeque};

use salon::journal::StreamId;

use crate::hour::record::News;

/// What happened in a room, from when it was opened until it was closed.
#[derive(Debug)]
pub struct Stream {
    /// By which the journal knows it.
    pub id: Option<StreamId>,
    pub room: String,
    pub kind: String,
    pub news: BTreeMap<u64, News>,
    /// What newcomers hear, and of how much at most.
    said: VecDeque<Said>,
    pub kept: usize,
    /// What was erased, and in which turn.
    erased: BTreeMap<u64, u64>,
    /// Messages that nobody may hear yet, and that newcomers will hear.
    pub held: usize,
    /// The ids after which its listener had to leave: what came next, nobody may have heard who knows ids.
    pub gaps: Vec<u64>,
    /// It was closed, and then nobody speaks of it any more: its listener has heard so, or the process has died.
    pub is_closed: bool,
    pub is_over: bool,
}

/// A message that newcomers hear, by its id.
#[derive(Debug)]
struct Said {
    id: u64,
    /// The turn in which it was erased. What was said until then took its place beside it, even if that is heard later.
    erased_at: Option<u64>,
}

impl Stream {
    pub fn new(id: Option<StreamId>, room: String, kind: String, kept: usize) -> Stream {
        Stream {
            id,
            room,
            kind,
            news: BTreeMap::new(),
            said: VecDeque::new(),
            kept,
            erased: BTreeMap::new(),
            held: 0,
            gaps: Vec::new(),
            is_closed: false,
            is_over: false,
        }
    }

    /// Adds what somebody heard who knows ids; others may have heard it before, and the same. Returns whether it is news.
    pub fn add(&mut self, id: u64, news: News) -> Result<bool, String> {
        if let Some(before) = self.news.get(&id) {
            let is_same = before.who == news.who && before.is == news.is && before.deed == news.deed;
            return if is_same {
                Ok(false)
            } else {
                Err(format!("{} {id} is {before:?} and {news:?}", self.room))
            };
        }
        if news.text().is_some() {
            self.said.retain(|said| said.erased_at.is_none_or(|turn| turn >= news.at));
            self.said.push_back(Said { id, erased_at: None });
            if self.said.len() > self.kept {
                self.said.pop_front();
            }
        }
        self.news.insert(id, news);
        Ok(true)
    }

    /// Its listener is out of the room: it is closed, or goes on without it.
    pub fn leave_unheard(&mut self, is_closed: bool) {
        self.is_over = is_closed;
        if !is_closed {
            self.gaps.extend(self.news.last_key_value().map(|(last, _)| *last));
        }
    }

    /// Whether nobody listened for a while after this.
    pub fn has_gap_since(&self, id: u64) -> bool {
        self.gaps.iter().any(|gap| *gap >= id)
    }

    /// What somebody said is erased in this turn.
    pub fn forget(&mut self, turn: u64, is_meant: impl Fn(&str) -> bool) {
        let is_erased = |news: &News| news.by_host().is_none() && is_meant(&news.who);
        for said in self.said.iter_mut().filter(|said| said.erased_at.is_none()) {
            said.erased_at = is_erased(&self.news[&said.id]).then_some(turn);
        }
        for (id, _) in self.news.iter().filter(|(_, news)| news.text().is_some() && is_erased(news)) {
            self.erased.entry(*id).or_insert(turn);
        }
    }

    /// Whether something was erased before this one came.
    pub fn is_erased_for(&self, id: u64, join: Option<u64>) -> bool {
        let came = join.and_then(|join| self.news.get(&join)).map(|news| news.at);
        came.is_some_and(|came| self.erased.get(&id).is_some_and(|turn| *turn < came))
    }

    /// What was heard only now was erased in that turn.
    pub fn erase(&mut self, id: u64, turn: u64) {
        for said in self.said.iter_mut().filter(|said| said.id == id) {
            said.erased_at = Some(turn);
        }
    }

    /// Another process goes on with what was kept of it: all that was said, and what of it newcomers are to hear.
    pub fn go_on(&mut self, kept: BTreeMap<u64, News>, said: impl IntoIterator<Item = u64>) {
        self.news = kept;
        self.said = said.into_iter().map(|id| Said { id, erased_at: None }).collect();
        // What was to be erased and is kept was not erased in time.
        self.erased.clear();
        self.held = 0;
        (self.is_closed, self.is_over) = (false, false);
    }

    /// What was said that newcomers may still hear, or some may have heard: those of them that this one is to hear.
    pub fn is_forgotten(&self, id: u64) -> bool {
        let place = self.said.iter().rev().position(|said| said.id == id && said.erased_at.is_none());
        place.is_none_or(|place| place + self.held >= self.kept)
    }

    /// What was said after `old` and before `join`.
    pub fn before(&self, old: u64, join: Option<u64>) -> impl Iterator<Item = (u64, &News)> {
        let said = self.news.range(old + 1..join.unwrap_or(u64::MAX)).map(|(id, news)| (*id, news));
        said.filter(|(_, news)| news.text().is_some())
    }
}
