//! What one connection receives, by its stays in rooms: replayed and live messages.
//!
//! If a dialect does not name the room, it is the one that was joined last.

use std::collections::{BTreeMap, VecDeque};

use crate::hour::hearing::{Line, Tongue, Word};
use crate::hour::record::{News, Record};
use crate::hour::words::{INVITED, PRIVATE};

/// How many messages of people newcomers hear, as no option says otherwise.
const REPLAYED: usize = 50;

#[derive(Clone, Debug)]
pub enum Item {
    News(Line),
    /// A private notice, and when it was read.
    Notice(String, u64),
}

/// The time from joining a room to leaving it.
#[derive(Debug)]
pub struct Stay {
    pub room: String,
    pub old: Vec<Line>,
    /// The replay is complete.
    pub is_live: bool,
    /// It was told that a replay begins.
    pub is_replaying: bool,
    /// How many messages of people it hears of the past; `None`: all.
    pub limit: Option<usize>,
    /// How many messages it was told that it does not hear.
    pub earlier: usize,
    /// How many it was told that it hears. Only programs are told.
    pub promised: Option<usize>,
    /// The times of replayed lines, in hours and minutes, where lines have them.
    pub clocks: Vec<String>,
    pub items: Vec<Item>,
    pub is_over: bool,
}

impl Stay {
    fn go_live(&mut self) {
        (self.is_live, self.is_replaying) = (true, false);
    }
}

/// An event that the client may react to.
#[derive(Debug)]
pub enum Heard {
    /// A live event of a room.
    News(String, News),
    /// A private notice.
    Notice(String),
    /// It has left a room.
    Parted(String),
    /// It is removed from the chat.
    Removed,
}

/// The client's end of a connection.
#[derive(Debug)]
pub struct Ears {
    pub name: String,
    pub tongue: Tongue,
    /// It has its name.
    pub is_known: bool,
    pub is_removed: bool,
    /// How many messages of people it hears of the past of a room that it joins; `None`: all.
    pub replay: Option<usize>,
    /// What it asked for in a room that it joins, if it asked.
    pub asked: BTreeMap<String, usize>,
    /// Rooms that it has asked to join.
    pub wanted: VecDeque<String>,
    pub stays: Vec<Stay>,
    unread: Vec<u8>,
    /// The time, in milliseconds of the day.
    now: u64,
}

impl Ears {
    pub fn new(name: &str, tongue: Tongue) -> Ears {
        Ears {
            name: name.to_owned(),
            tongue,
            is_known: false,
            is_removed: false,
            // Old programs always hear all.
            replay: Some(REPLAYED).filter(|_| tongue != Tongue::Eom),
            asked: BTreeMap::new(),
            wanted: VecDeque::new(),
            stays: Vec::new(),
            unread: Vec::new(),
            now: 0,
        }
    }

    /// The rooms that it is in.
    pub fn rooms(&self) -> impl Iterator<Item = &str> {
        self.stays.iter().filter(|stay| !stay.is_over).map(|stay| stay.room.as_str())
    }

    /// Parses received bytes. An error is a violation.
    pub fn hear(&mut self, bytes: &[u8], now: u64, record: &mut Record) -> Result<Vec<Heard>, String> {
        self.now = now;
        self.unread.extend_from_slice(bytes);
        let mut heard = Vec::new();
        for message in self.tongue.messages(&mut self.unread)? {
            if self.is_removed {
                return Err(format!("{message:?} after the removal"));
            }
            self.check_private(&message)?;
            let word = self.tongue.understand(&message, &self.name)?;
            self.take(word, record, &mut heard)?;
        }
        Ok(heard)
    }

    /// Nothing of the private room is told to anybody who is not invited, but that there is no such room.
    fn check_private(&self, message: &str) -> Result<(), String> {
        let may_know = INVITED.contains(&self.name.as_str()) || self.name.ends_with(PRIVATE);
        if may_know
            || !message.contains(PRIVATE)
            || message.contains(&format!("There is no room {PRIVATE}."))
            || message.contains(&format!("No room can be called {PRIVATE} now."))
        {
            return Ok(());
        }
        Err(format!("{message:?} of the private room"))
    }

    fn take(&mut self, word: Word, record: &mut Record, heard: &mut Vec<Heard>) -> Result<(), String> {
        match word {
            Word::Nothing | Word::Found(..) | Word::Private(_) => {}
            Word::Replay(limit) => self.replay = limit,
            Word::Old => self.last_stay()?.is_replaying = true,
            Word::Earlier(count) => self.last_stay()?.earlier = count,
            Word::NewDay(day) => return Err(format!("all is of one day, and not of {day}")),
            Word::OldLine(clock, text) => {
                let stay = self.last_stay()?;
                if !stay.is_replaying {
                    return Err(format!("the old {text:?} at the wrong time"));
                }
                stay.old.push(Line::Text(text));
                stay.clocks.push(clock);
            }
            Word::Renamed(name) => return Err(format!("is called {name}, and did not ask for that")),
            Word::Known(name) => self.greeted(&name)?,
            Word::Welcome(room, told) if self.tongue == Tongue::Json => {
                self.enter(room.ok_or("in no room")?, false)?;
                let stay = self.last_stay()?;
                if let Some((replayed, earlier)) = told {
                    (stay.promised, stay.earlier) = (Some(replayed), earlier);
                }
            }
            Word::Welcome(room, _) => {
                self.greeted_again();
                let wanted = self.wanted.pop_front().ok_or("in a room unasked")?;
                if room.is_some_and(|room| room != wanted) {
                    return Err(format!("elsewhere than in {wanted}"));
                }
                self.enter(wanted, self.tongue == Tongue::Chaty)?;
            }
            Word::Live(Some(room)) => self.stay(&room)?.go_live(),
            Word::Live(None) => {
                self.begin_silently()?;
                self.last_stay()?.go_live();
            }
            Word::Line(text) => self.take_line(text)?,
            Word::Object(room, id, news, is_old) => {
                self.take_object(room, id, news, is_old, record, heard)?;
            }
            Word::Parted(Some(room), _) => {
                self.stay(&room)?.is_over = true;
                heard.push(Heard::Parted(room));
            }
            Word::Parted(None, text) => {
                let stay = self.last_stay()?;
                stay.is_over = true;
                heard.push(Heard::Parted(stay.room.clone()));
                self.notice(text, heard);
            }
            Word::Notice(text) => {
                let is_refused = text.starts_with("There is no room ")
                    || text.ends_with(" already.") && text.starts_with("You are in ");
                if is_refused && self.tongue != Tongue::Json {
                    self.wanted.pop_back();
                }
                self.notice(text, heard);
            }
            Word::Removed(_) => self.removed(heard),
            Word::Begun(_) | Word::IsAway(_) => return Err("a line of IRC".into()),
            Word::Operator(_) | Word::Call(..) => return Err("what is for operators".into()),
        }
        Ok(())
    }

    fn take_object(
        &mut self,
        room: String,
        id: u64,
        news: News,
        is_old: bool,
        record: &mut Record,
        heard: &mut Vec<Heard>,
    ) -> Result<(), String> {
        record.add(&room, id, &news)?;
        let stay = self.stay(&room)?;
        if is_old == stay.is_live {
            return Err(format!("old or new at the wrong time: {news:?}"));
        }
        if is_old {
            stay.old.push(Line::Id(id));
        } else {
            stay.items.push(Item::News(Line::Id(id)));
            heard.push(Heard::News(room, news));
        }
        Ok(())
    }

    /// Handles a line of a room, in plain text.
    fn take_line(&mut self, text: String) -> Result<(), String> {
        self.begin_silently()?;
        let is_line = self.tongue == Tongue::Line;
        let stay = self.last_stay().map_err(|_| format!("in no room: {text}"))?;
        if is_line && stay.is_replaying {
            return Err(format!("the new {text:?} among what is old"));
        }
        // Nothing is told of an empty replay.
        stay.is_live |= is_line;
        let line = Line::Text(text);
        if stay.is_live {
            stay.items.push(Item::News(line));
        } else {
            stay.old.push(line);
        }
        Ok(())
    }

    /// In the chaty dialect only the room's messages tell that one has joined.
    fn begin_silently(&mut self) -> Result<(), String> {
        if self.tongue != Tongue::Eom || self.rooms().next().is_some() {
            return Ok(());
        }
        let room = self.wanted.pop_front().ok_or("in a room unasked")?;
        self.is_known = true;
        self.enter(room, false)
    }

    /// So does a welcome.
    fn greeted_again(&mut self) {
        self.is_known |= self.tongue == Tongue::Line;
    }

    fn greeted(&mut self, name: &str) -> Result<(), String> {
        if name != self.name || (self.is_known && self.tongue != Tongue::Line) {
            return Err(format!("greeted as {name}, being {}", self.name));
        }
        self.is_known = true;
        Ok(())
    }

    fn enter(&mut self, room: String, is_live: bool) -> Result<(), String> {
        if self.rooms().any(|other| other == room || self.tongue != Tongue::Json) {
            return Err(format!("in {room}, and in {:?} already", self.rooms().collect::<Vec<_>>()));
        }
        let limit = self.asked.remove(&room).map_or(self.replay, Some);
        self.stays.push(Stay {
            room,
            old: Vec::new(),
            is_live,
            is_replaying: false,
            limit,
            earlier: 0,
            promised: None,
            clocks: Vec::new(),
            items: Vec::new(),
            is_over: false,
        });
        Ok(())
    }

    fn notice(&mut self, text: String, heard: &mut Vec<Heard>) {
        for stay in self.stays.iter_mut().filter(|stay| !stay.is_over) {
            stay.items.push(Item::Notice(text.clone(), self.now));
        }
        heard.push(Heard::Notice(text));
    }

    fn removed(&mut self, heard: &mut Vec<Heard>) {
        self.is_removed = true;
        for stay in &mut self.stays {
            stay.is_over = true;
        }
        heard.push(Heard::Removed);
    }

    fn stay(&mut self, room: &str) -> Result<&mut Stay, String> {
        let found = self.stays.iter_mut().find(|stay| !stay.is_over && stay.room == room);
        found.ok_or_else(|| format!("something of {room}, without being there"))
    }

    fn last_stay(&mut self) -> Result<&mut Stay, String> {
        self.stays.last_mut().filter(|stay| !stay.is_over).ok_or_else(|| "something of no room".to_owned())
    }
}
