//! Rooms that people open: how they begin and end, and what was so in them at which time.
//!
//! An operator sees when one opens, by whom, and when it is closed. All else the model decides from what the listener of the
//! room hears.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant, SystemTime};

use salon::journal::RestoredState;
use salon::wire::json::SenderKind;

use crate::hour::record::{Deed, News};
use crate::simulation::disk::Disk;
use crate::simulation::lives::{Life, Opener};
use crate::simulation::past::Stream;
use crate::simulation::people::Arrival;
use crate::simulation::rights::Rights;
use crate::simulation::shadow::{Shadow, key};
use crate::simulation::truth::listener;
use crate::simulation::vocabulary::OPENED;

/// How much later than it should a room may close.
const LATE: Duration = Duration::from_millis(1_500);

/// A room that people opened, open or not.
#[derive(Debug)]
pub struct OpenedRoom {
    pub rights: Rights,
    pub is_open: bool,
    /// It can go on, if it is not open.
    pub rests: bool,
    pub stream: usize,
    /// The id of what happens there next.
    pub next_id: u64,
    /// What was so from which turn on. `None`: it was not open.
    pub past: Vec<(u64, Option<Rights>)>,
    /// Who is there, and whether it is a person.
    pub present: BTreeMap<String, bool>,
    /// Since when no person is there.
    pub empty_since: Option<Instant>,
    closed_at: Option<Instant>,
    /// How it began, until its listener hears that it is there.
    births: VecDeque<(u64, Opener)>,
    /// When names spoke last, by the clock on the wall.
    pub spoke: BTreeMap<String, SystemTime>,
    /// Something changed that must have been kept.
    pub is_changed: bool,
}

impl OpenedRoom {
    fn new(rights: Rights, stream: usize) -> OpenedRoom {
        OpenedRoom {
            rights,
            is_open: false,
            rests: true,
            stream,
            next_id: 1,
            past: vec![(0, None)],
            present: BTreeMap::new(),
            empty_since: None,
            closed_at: None,
            births: VecDeque::new(),
            spoke: BTreeMap::new(),
            is_changed: false,
        }
    }

    /// It is so from this turn on, of which its listener may hear late.
    pub fn is_so(&mut self, at: u64, turn: u64) {
        let place = self.past.partition_point(|(other, _)| *other <= at);
        self.past.insert(place, (at, Some(self.rights.clone())));
        if place + 1 < self.past.len() || !self.is_open {
            self.past.push((turn, self.is_open.then(|| self.rights.clone())));
        }
    }

    /// What was so at some time since this turn.
    pub fn since(&self, turn: u64) -> impl Iterator<Item = Option<&Rights>> {
        let first = self.past.partition_point(|(other, _)| *other <= turn).saturating_sub(1);
        self.past[first..].iter().map(|(_, rights)| rights.as_ref())
    }

    fn has_people(&self) -> bool {
        self.present.values().any(|is_person| *is_person)
    }

    pub fn left(&mut self, who: &str, at: Instant) {
        let had_people = self.has_people();
        self.present.remove(who);
        if had_people && !self.has_people() {
            self.empty_since = Some(at);
        }
    }
}

impl Shadow {
    /// A room was opened, or is closed as nobody was there.
    pub fn live(&mut self, life: &Life) -> Result<(), String> {
        match life {
            Life::Opened(room, opener) => self.opens(room, opener),
            Life::Closed(room) => {
                self.shut(room);
                Ok(())
            }
        }
    }

    /// A room is closed. Returns whether it was open.
    pub fn shut(&mut self, room: &str) -> bool {
        let (turn, now) = (self.turn, self.now);
        let Some(opened) = self.opened.get_mut(room).filter(|opened| opened.is_open) else { return false };
        (opened.is_open, opened.closed_at) = (false, Some(now));
        opened.past.push((turn, None));
        self.streams[opened.stream].is_closed = true;
        self.kinds.remove(room);
        true
    }

    fn opens(&mut self, room: &'static str, by: &Opener) -> Result<(), String> {
        let owner = (key(&by.name), self.parts[by.part].machine());
        let before = self.opened.remove(room);
        let resting = before.as_ref().filter(|before| before.rests && !before.is_open);
        let goes_on = resting.is_some_and(|it| self.streams[it.stream].id == Some(by.stream));
        let may_go_on = resting.is_some_and(|it| self.are_same(&it.rights.owner, &owner));
        let must_go_on = resting.is_some_and(|it| it.rights.owner == owner) && !self.is_renamed(&owner);
        if goes_on && !may_go_on || must_go_on && !goes_on {
            return Err(format!("{owner:?} opens {room}, which goes on: {goes_on}. It was {before:?}"));
        }
        let mut opened = match before {
            Some(before) if goes_on => before,
            before => {
                let mut stream = Stream::new(Some(by.stream), room.to_owned(), "plain".to_owned(), self.kept);
                stream.undoers.clone_from(&self.undoers);
                self.streams.push(stream);
                let mut opened = OpenedRoom::new(Rights::of(owner.clone()), self.streams.len() - 1);
                opened.past = before.map_or(opened.past, |before| before.past);
                opened
            }
        };
        opened.rights.owner = owner;
        // It may have been given with the name.
        opened.rights.topic = None;
        (opened.is_open, opened.rests) = (true, true);
        opened.present = BTreeMap::from([(by.name.clone(), !by.is_bot)]);
        opened.empty_since = by.is_bot.then_some(self.now);
        opened.spoke.clear();
        opened.births.push_back((self.turn, by.clone()));
        opened.past.push((self.turn, Some(opened.rights.clone())));
        let stream = &mut self.streams[opened.stream];
        (stream.is_over, stream.is_closed) = (false, false);
        stream.reopened.push(self.turn);
        self.kinds.insert(room.to_owned(), "plain".to_owned());
        if self.listening.contains_key(room) {
            self.doubtful.insert(room.to_owned());
        }
        self.current.insert(room.to_owned(), opened.stream);
        self.expected.entry(room.to_owned()).or_default().push_back(opened.stream);
        self.opened.insert(room.to_owned(), opened);
        self.tally.opened += 1;
        self.tally.went_on += usize::from(goes_on);
        Ok(())
    }

    /// The listener of a room is there, with these, of whom each is a person or not. Nobody else hears who came before it.
    pub fn lodges(&mut self, room: &str, others: &[(String, bool)]) {
        let Some(mut opened) = self.opened.remove(room) else { return };
        let stream = &mut self.streams[opened.stream];
        (stream.is_over, stream.is_closed) = (false, false);
        opened.present = others.iter().cloned().collect();
        match opened.births.pop_front() {
            Some((turn, by)) if others.len() == 1 && others[0].0 == by.name => {
                let is = if by.is_bot { SenderKind::Bot } else { SenderKind::Person };
                let joined = |who: &str, is| News { at: turn, who: who.to_owned(), is, deed: Deed::Joined };
                let (id, own) = (opened.next_id, opened.next_id + 1);
                stream.news.insert(id, joined(&by.name, is));
                stream.news.insert(own, joined(&listener(room), SenderKind::Bot));
                self.unbroken.insert(room.to_owned(), own);
                opened.next_id += 2;
                // Whoever was there when the room closed is there no longer: bots may have been.
                let stays = self.parts.iter_mut().flat_map(|part| &mut part.stays);
                for stay in stays.filter(|stay| stay.stream == opened.stream && stay.join.is_some()) {
                    stay.end.get_or_insert(id);
                }
                let (who, now, stream) = (by.name.clone(), by.name, opened.stream);
                self.arrivals.push(Arrival { who, now, is, stream, id, end: None, turn });
            }
            _ if others.is_empty() => opened.next_id += 1,
            _ => stream.gaps.push(stream.news.last_key_value().map_or(0, |(last, _)| *last)),
        }
        self.opened.insert(room.to_owned(), opened);
    }

    /// The listener of a room is told that it is closed: nobody was there, and for long enough.
    pub fn is_shut(&self, room: &str) -> Result<(), String> {
        // If it was opened again and its listener was not told yet, an earlier end is meant.
        let is_last = |it: &&OpenedRoom| !it.is_open && it.rests && it.births.is_empty();
        let Some(opened) = self.opened.get(room).filter(is_last) else { return Ok(()) };
        let was_empty =
            opened.empty_since.zip(opened.closed_at).is_some_and(|(since, at)| at >= since + self.linger);
        if was_empty && !opened.has_people() {
            return Ok(());
        }
        Err(format!("{room} is closed, and {:?} are there", opened.present))
    }

    /// No room stays open for longer than it should while nobody is there.
    pub fn check_linger(&self, grain: Duration) -> Result<(), String> {
        for (room, opened) in self.opened.iter().filter(|(_, it)| it.is_open && it.births.is_empty()) {
            let is_late =
                opened.empty_since.is_some_and(|since| self.now > since + self.linger + grain + LATE);
            if is_late && !opened.has_people() && self.listening.contains_key(room) {
                return Err(format!("nobody is in {room} any more, and it is still open"));
            }
        }
        Ok(())
    }

    /// All that changed in a room and was heard is kept.
    pub fn check_kept(&mut self, is_excused: bool, disk: &Disk) -> Result<(), String> {
        for (room, opened) in &mut self.opened {
            if !std::mem::take(&mut opened.is_changed) || is_excused || !opened.is_open {
                continue;
            }
            let is_it = |stored: Option<&_>| stored.is_some_and(|stored| opened.rights.are_kept_as(stored));
            if !disk.versions(room).any(is_it) {
                return Err(format!("{room} is {:?}, and that is not kept", opened.rights));
            }
        }
        Ok(())
    }

    /// Another server goes on with what was kept. `open`: those of these rooms that it has open.
    pub fn go_on_with_opened(
        &mut self,
        restored: &RestoredState,
        open: &[&'static str],
    ) -> Result<(), String> {
        self.opened.clear();
        self.asks.clear();
        for stored in &restored.opened_by_people {
            let room = stored.name.as_str();
            if stored.is_asleep == open.contains(&room) {
                return Err(format!("{room} was kept as {stored:?}, and open are {open:?}"));
            }
            let id = restored.streams.iter().find(|stream| stream.room == room).map(|stream| stream.id);
            let known = self.streams.iter().rposition(|stream| stream.id.is_some() && stream.id == id);
            let stream = known.unwrap_or_else(|| {
                self.streams.push(Stream::new(id, room.to_owned(), "plain".to_owned(), self.kept));
                self.streams.len() - 1
            });
            let mut opened = OpenedRoom::new(Rights::kept(stored), stream);
            let restored = restored.streams.iter().find(|stream| stream.room == room);
            opened.next_id = restored.map_or(1, |stream| stream.next_id);
            opened.is_open = !stored.is_asleep;
            opened.empty_since = Some(self.now);
            opened.past.push((self.turn, opened.is_open.then(|| opened.rights.clone())));
            self.opened.insert(room.to_owned(), opened);
        }
        let is_kept = |room: &&str| restored.opened_by_people.iter().any(|stored| stored.name == **room);
        open.iter()
            .find(|room| !is_kept(room))
            .map_or(Ok(()), |room| Err(format!("{room} is open, and was not kept")))
    }

    /// Those of these rooms that were ever open.
    pub fn rooms_of_people(&self) -> impl Iterator<Item = (&'static str, &OpenedRoom)> {
        OPENED.into_iter().filter_map(|room| Some((room, self.opened.get(room)?)))
    }
}
