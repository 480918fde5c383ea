//! What one connection hears, taken apart: its stays in rooms, and what it heard there, old and new.
//!
//! Where a dialect does not say which room it speaks of, it is the one that was asked for last.

use std::collections::VecDeque;

use salon::wire::json::Tell;

use crate::hour::record::{News, Record, news};

/// How a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    Line,
    Eom,
    Json,
    Chaty,
}

/// A line of a room's as it was heard.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// By a program.
    Id(u64),
    /// By anybody else.
    Text(String),
}

#[derive(Clone, Debug)]
pub enum Item {
    News(Line),
    /// Something to this one alone, in any room, and when it was read.
    Notice(String, u64),
}

/// From coming into a room to leaving it.
#[derive(Debug)]
pub struct Stay {
    pub room: String,
    pub old: Vec<Line>,
    /// All that is old was heard.
    pub is_live: bool,
    pub items: Vec<Item>,
    pub is_over: bool,
}

/// What may concern whoever sits at the connection.
#[derive(Debug)]
pub enum Heard {
    /// Something new in a room.
    News(String, News),
    /// To this one alone.
    Notice(String),
    /// It is out of a room.
    Parted(String),
    /// It is out of all of them, for good.
    Removed,
}

/// The near end of a connection.
#[derive(Debug)]
pub struct Ears {
    pub name: String,
    pub tongue: Tongue,
    /// The name is its own.
    pub is_known: bool,
    pub is_removed: bool,
    /// Rooms that it asked for, and was not let in yet.
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

    /// Takes in bytes. An error is what must not be heard.
    pub fn hear(&mut self, bytes: &[u8], now: u64, record: &mut Record) -> Result<Vec<Heard>, String> {
        self.now = now;
        self.unread.extend_from_slice(bytes);
        let end: &[u8] = match self.tongue {
            Tongue::Line | Tongue::Json => b"\n",
            Tongue::Eom => b"::EOMsg::",
            Tongue::Chaty => b"\0",
        };
        let (mut heard, mut from) = (Vec::new(), 0);
        while let Some(at) = memchr::memmem::find(&self.unread[from..], end) {
            let message =
                String::from_utf8(self.unread[from..from + at].to_vec()).map_err(|e| e.to_string())?;
            from += at + end.len();
            if self.is_removed {
                return Err(format!("{message:?} after the removal"));
            }
            match self.tongue {
                Tongue::Json => self.take_object(&message, record, &mut heard)?,
                _ => self.take_text(&message, &mut heard)?,
            }
        }
        self.unread.drain(..from);
        Ok(heard)
    }

    fn take_object(&mut self, line: &str, record: &mut Record, heard: &mut Vec<Heard>) -> Result<(), String> {
        match serde_json::from_str(line).map_err(|why| format!("{why}: {line}"))? {
            Tell::Hello { name, .. } => self.greeted(&name)?,
            Tell::Welcome { room, present, count, .. } => {
                if present.iter().any(|other| other.who == self.name) || count != present.len() + 1 {
                    return Err(format!("{count} are in {room}, and {} others", present.len()));
                }
                self.enter(room, false)?;
            }
            Tell::Live { room } => self.stay(&room)?.is_live = true,
            Tell::Parted { room, .. } => {
                self.stay(&room)?.is_over = true;
                heard.push(Heard::Parted(room));
            }
            Tell::Notice { text } | Tell::Refused { text, .. } => self.notice(text, heard),
            Tell::Removed { .. } => self.removed(heard),
            tell => {
                let (room, id, what, is_old) = news(tell).unwrap();
                record.add(&room, id, &what)?;
                let stay = self.stay(&room)?;
                if is_old == stay.is_live {
                    return Err(format!("old or new at the wrong time: {line}"));
                }
                if is_old {
                    stay.old.push(Line::Id(id));
                } else {
                    stay.items.push(Item::News(Line::Id(id)));
                    heard.push(Heard::News(room, what));
                }
            }
        }
        Ok(())
    }

    fn take_text(&mut self, message: &str, heard: &mut Vec<Heard>) -> Result<(), String> {
        let message = message.strip_prefix('\n').filter(|_| self.tongue == Tongue::Eom).unwrap_or(message);
        let room = || message.split_once(" first in ").map(|(_, rest)| rest);
        match message {
            "NICK" | "------------[Start old messages]------------" => {}
            "NICK_OK" => self.greeted(&self.name.clone())?,
            "KICK" => self.removed(heard),
            "Connection successful, welcome to ChatyChaty !" => {
                let room = self.wanted.pop_front().ok_or("in a room unasked")?;
                self.enter(room, true)?;
            }
            "------------[Start new messages]------------" => {
                if self.tongue == Tongue::Eom && self.rooms().next().is_none() {
                    self.begin_stay_in_wanted()?;
                }
                self.last_stay()?.is_live = true;
            }
            _ if message.starts_with("You have been removed from the chat by the host.")
                || message.starts_with("Kicked by the host for ") =>
            {
                self.removed(heard);
            }
            _ if self.tongue == Tongue::Line && message.starts_with(&format!("Welcome, {}!", self.name)) => {
                self.greeted(&self.name.clone())?;
                let with =
                    || message.split_once("You are in ").and_then(|(_, rest)| rest.split_once(" with "));
                let place = room().and_then(|rest| rest.split_once(". Type")).or_else(with);
                let place = place.ok_or_else(|| format!("no room in {message}"))?.0;
                let place = place.strip_prefix("the ").unwrap_or(place);
                if self.wanted.pop_front().as_deref() != Some(place) {
                    return Err(format!("in {place} unasked"));
                }
                self.enter(place.to_owned(), false)?;
            }
            _ if self.tongue == Tongue::Line && message.starts_with("Welcome, ") => {
                return Err(format!("greeted as somebody else: {message}"));
            }
            _ if is_news(message) => self.take_news(message)?,
            _ => {
                let is_end = ["You have left ", "The round is over. Thank you", "The room "];
                if is_end.iter().any(|begin| message.starts_with(begin)) {
                    let stay = self.last_stay()?;
                    stay.is_over = true;
                    heard.push(Heard::Parted(stay.room.clone()));
                }
                if message.starts_with("There is no room ")
                    || message.ends_with(" already.") && message.starts_with("You are in ")
                {
                    self.wanted.pop_back();
                }
                self.notice(message.to_owned(), heard);
            }
        }
        Ok(())
    }

    /// A line of a room's.
    fn take_news(&mut self, message: &str) -> Result<(), String> {
        if self.tongue == Tongue::Eom && self.rooms().next().is_none() {
            // What is old comes without a mark before it.
            self.begin_stay_in_wanted()?;
        }
        let stay = self.last_stay().map_err(|_| format!("in no room: {message}"))?;
        let line = Line::Text(message.to_owned());
        if stay.is_live {
            stay.items.push(Item::News(line));
        } else {
            stay.old.push(line);
        }
        Ok(())
    }

    fn begin_stay_in_wanted(&mut self) -> Result<(), String> {
        let room = self.wanted.pop_front().ok_or("in a room unasked")?;
        self.is_known = true;
        self.enter(room, false)
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
        self.stays.push(Stay { room, old: Vec::new(), is_live, items: Vec::new(), is_over: false });
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

/// Whether a line of plain text is a room's: all that is said to one alone looks otherwise.
fn is_news(message: &str) -> bool {
    let is_name =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    let is_rooms_row = |rest: &str| rest.contains(" in it  ");
    let speaks = message.split_once(": ").is_some_and(|(name, _)| is_name(name));
    let acts = message.strip_prefix("* ").is_some_and(|rest| !is_rooms_row(rest));
    let old_style = message.starts_with("User ") && message.ends_with(" has joined the chat!");
    let chaty = [" just connected", " left the chat "];
    let chaty = chaty.iter().any(|end| message.split_once(end).is_some_and(|(name, _)| is_name(name)));
    speaks || acts || old_style || chaty
}
