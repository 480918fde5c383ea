//! The events of a room, and which of them newcomers receive.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use salon::journal::StreamId;
use salon::wire::json::SenderKind;

use crate::hour::record::{Deed, EDITED, NOTICE, News};
use crate::simulation::shadow::key;

/// The events of a room, from its opening to its closing.
#[derive(Debug)]
pub struct Stream {
    /// Its id in the journal.
    pub id: Option<StreamId>,
    pub room: String,
    pub kind: String,
    pub news: BTreeMap<u64, News>,
    /// The messages that newcomers receive, and the maximum number of those of people, and of all others.
    said: VecDeque<Said>,
    pub kept: usize,
    /// Erased messages, and the turn of the erasure.
    erased: BTreeMap<u64, u64>,
    /// What messages were amended to, each with the event that did it, in their order; `None`: erased.
    amended: BTreeMap<u64, Vec<(u64, Option<Deed>)>>,
    /// Whose messages may be erased by what nobody heard yet, and which of them.
    pub undoers: BTreeSet<String>,
    pub unsure: BTreeSet<u64>,
    /// How many messages await their commit, and are then part of the history.
    pub held: usize,
    /// The ids after which its listener had to leave: the next events may be unknown.
    pub gaps: Vec<u64>,
    /// It is closed for good: its listener was told so, or the process has crashed.
    pub is_closed: bool,
    pub is_over: bool,
    /// The turns in which somebody opened it again. Then nobody is known to have heard what was said before.
    pub reopened: Vec<u64>,
}

/// A message of the history.
#[derive(Debug)]
struct Said {
    id: u64,
    by_person: bool,
    /// The turn in which it was erased. Until then it counted towards the history's limit.
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
            amended: BTreeMap::new(),
            undoers: BTreeSet::new(),
            unsure: BTreeSet::new(),
            held: 0,
            gaps: Vec::new(),
            is_closed: false,
            is_over: false,
            reopened: Vec::new(),
        }
    }

    /// Adds an event that a client with ids received; it must equal what others received. Returns whether it is new.
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
            self.said.push_back(Said { id, by_person: is_by_person(&news), erased_at: None });
            self.evict();
        }
        self.news.insert(id, news);
        Ok(true)
    }

    /// The oldest go first; all that stands before a person's goes with it.
    fn evict(&mut self) {
        while self.said.iter().filter(|said| said.by_person).count() > self.kept {
            self.said.pop_front();
        }
        while self.said.iter().filter(|said| !said.by_person).count() > self.kept {
            let first = self.said.iter().position(|said| !said.by_person);
            first.and_then(|first| self.said.remove(first));
        }
    }

    /// Its listener has left: the room is closed, or goes on without it.
    pub fn leave_unheard(&mut self, is_closed: bool) {
        self.is_over = is_closed;
        if !is_closed {
            self.gaps.extend(self.news.last_key_value().map(|(last, _)| *last));
        }
    }

    /// Whether there was no listener for a while after this event.
    pub fn has_gap_since(&self, id: u64) -> bool {
        self.gaps.iter().any(|gap| *gap >= id)
    }

    /// Erases the messages of a name in this turn.
    pub fn forget(&mut self, turn: u64, is_meant: impl Fn(&str) -> bool) {
        let is_erased = |news: &News| news.by_host().is_none() && is_meant(&news.who);
        for said in self.said.iter_mut().filter(|said| said.erased_at.is_none()) {
            said.erased_at = is_erased(&self.news[&said.id]).then_some(turn);
        }
        for (id, _) in self.news.iter().filter(|(_, news)| news.text().is_some() && is_erased(news)) {
            self.erased.entry(*id).or_insert(turn);
        }
    }

    /// A message is erased, or has another text, by the event with the id `by`, in this turn.
    pub fn amend(&mut self, message: u64, by: u64, text: Option<&str>, turn: u64) -> Result<(), String> {
        let Some(before) = self.news.get(&message).filter(|news| news.text().is_some()) else {
            // It may have been said when nobody listened.
            return if self.gaps.is_empty() { Err(format!("{message} was never said")) } else { Ok(()) };
        };
        let is_notice = before.text().is_some_and(|text| text.ends_with(NOTICE));
        let text = text.map(|text| [text, if is_notice { NOTICE } else { "" }, EDITED].concat());
        let deed = text.map(|text| match before.deed {
            Deed::Acted(_) => Deed::Acted(text),
            _ => Deed::Said(text),
        });
        if deed.is_none() {
            self.erase(message, turn);
            self.erased.entry(message).or_insert(turn);
        }
        let versions = self.amended.entry(message).or_default();
        if versions.last().is_some_and(|(_, last)| last.is_none()) {
            return Err(format!("{message} was erased before {by} amends it"));
        }
        versions.push((by, deed));
        Ok(())
    }

    /// What a message may be heard as in a replay or an answer, by somebody who has heard of all events up to `since`.
    pub fn versions(&self, id: u64, since: u64) -> Vec<News> {
        let Some(first) = self.news.get(&id) else { return Vec::new() };
        let amended = self.amended.get(&id).map_or(&[][..], Vec::as_slice);
        let known = amended.iter().filter(|(by, _)| *by <= since).count();
        let first_version = (known == 0).then(|| first.clone());
        let later = amended[known.saturating_sub(1)..].iter().filter_map(|(_, deed)| deed.clone());
        first_version.into_iter().chain(later.map(|deed| News { deed, ..first.clone() })).collect()
    }

    /// The last that was heard of each message that was amended: the event, and what it is since; `None`: erased.
    pub fn last_versions(&self) -> impl Iterator<Item = (u64, u64, Option<&Deed>)> {
        self.amended.iter().filter_map(|(id, versions)| {
            let (by, deed) = versions.last()?;
            Some((*id, *by, deed.as_ref()))
        })
    }

    /// Whether a message may be erased already without anybody having heard that.
    fn is_unsure(&self, id: u64) -> bool {
        let is_by_undoer = |news: &News| self.undoers.contains(&key(&news.who));
        self.unsure.contains(&id) || self.news.get(&id).is_some_and(is_by_undoer)
    }

    /// Whether a message was erased before the client that joined at `join` came.
    pub fn is_erased_for(&self, id: u64, join: Option<u64>) -> bool {
        let erased = self.amended.get(&id).and_then(|versions| versions.last());
        if let (Some((by, None)), Some(join)) = (erased, join)
            && *by < join
        {
            return true;
        }
        let came = join.and_then(|join| self.news.get(&join)).map(|news| news.at);
        came.is_some_and(|came| self.erased.get(&id).is_some_and(|turn| *turn < came))
    }

    /// Marks a message that arrived late as erased in that turn.
    pub fn erase(&mut self, id: u64, turn: u64) {
        for said in self.said.iter_mut().filter(|said| said.id == id) {
            said.erased_at = Some(turn);
        }
    }

    /// A new process continues it with what was stored: `kept` is everything, `said` the history.
    pub fn go_on(&mut self, kept: BTreeMap<u64, News>, said: impl IntoIterator<Item = u64>) {
        self.news = kept;
        let said_of = |id| {
            let by_person = self.news.get(&id).is_some_and(is_by_person);
            Said { id, by_person, erased_at: None }
        };
        self.said = said.into_iter().map(said_of).collect();
        // Messages that are still stored were not erased in time.
        self.erased.clear();
        self.amended.clear();
        self.unsure.clear();
        self.held = 0;
        (self.is_closed, self.is_over) = (false, false);
    }

    /// Whether a message is no longer part of the history, or may be evicted by messages that await their commit.
    pub fn is_forgotten(&self, id: u64) -> bool {
        if self.is_unsure(id) {
            return true;
        }
        let Some(at) = self.said.iter().position(|said| said.id == id && said.erased_at.is_none()) else {
            return true;
        };
        let after = |by_person| self.said.range(at + 1..).filter(|said| said.by_person == by_person).count();
        let (people, others) = (after(true) + self.held, after(false) + self.held);
        if self.said[at].by_person {
            people >= self.kept
        } else {
            // It also goes with a person's message behind it.
            others >= self.kept || people > self.kept
        }
    }

    /// Whether a message is among those that a member hears when it joins at `join`, and its limit is `limit`: whether it may be,
    /// and whether it must be.
    pub fn is_replayed(&self, id: u64, join: Option<u64>, limit: Option<usize>) -> (bool, bool) {
        let Some(limit) = limit else { return (true, true) };
        let came = join.and_then(|join| self.news.get(&join)).map(|news| news.at);
        // Where nobody knows yet when it joined, more may have been said before.
        let held = if join.is_none() { self.held } else { 0 };
        let (mut fewest, mut most) = ([0, 0], [held, held]);
        for (after, news) in self.before(id, join) {
            let place = usize::from(!is_by_person(news));
            let erased = self.erased_at(after);
            let was_erased = came.zip(erased).is_some_and(|(came, erased)| erased < came);
            most[place] += usize::from(!was_erased);
            fewest[place] += usize::from(
                !self.is_unsure(after) && erased.is_none_or(|erased| came.is_some_and(|came| erased > came)),
            );
        }
        let by_person = self.news.get(&id).is_some_and(is_by_person);
        // What belongs to a person's message that is left out is left out with it.
        let is_within = |[people, others]: [usize; 2]| {
            if by_person { people < limit } else { people <= limit && others < limit }
        };
        (is_within(fewest), is_within(most))
    }

    /// When a message was erased, if it was.
    fn erased_at(&self, id: u64) -> Option<u64> {
        let late = || self.said.iter().find(|said| said.id == id)?.erased_at;
        self.erased.get(&id).copied().or_else(late)
    }

    /// The messages after `old` and before `join`.
    pub fn before(&self, old: u64, join: Option<u64>) -> impl Iterator<Item = (u64, &News)> {
        let said = self.news.range(old + 1..join.unwrap_or(u64::MAX)).map(|(id, news)| (*id, news));
        said.filter(|(_, news)| news.text().is_some())
    }
}

pub fn is_by_person(news: &News) -> bool {
    news.is == SenderKind::Person
}
