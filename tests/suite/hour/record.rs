//! The events of each room, in order, as programs received them: the reference for all other clients.

use std::collections::BTreeMap;

use salon::wire::json::{EventFields, SenderKind, ServerMessage};

/// An event of a room.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// When, in milliseconds of the day.
    pub at: u64,
    pub who: String,
    pub is: SenderKind,
    pub deed: Deed,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Joined,
    /// A leave; and the reason if the host removed the member.
    Left(Option<String>),
    /// This member removed it from the room, for this reason, which may be empty.
    Kicked(String, String),
    /// The room itself was changed; and the sentence about it.
    Changed(Change, String),
    /// A member that had this name has another one now.
    Renamed(String),
    Said(String),
    Acted(String),
    /// The topic was set; empty: removed.
    Topic(String),
    /// The message with this id is erased.
    Erased(u64),
    /// The message with this id has another text.
    Edited(u64, String),
}

/// What was changed of a room that people opened.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Private(bool),
    /// How many milliseconds everybody waits between two messages; `None`: not at all.
    Slow(Option<u64>),
    Operator(String, bool),
    Muted(String, bool),
}

/// Follows the text of a message that was edited, as programs for people show it.
pub const EDITED: &str = " (edited)";

/// Follows the text of a notice.
pub const NOTICE: &str = " (notice)";

/// The events of each room, by id.
#[derive(Debug, Default)]
pub struct Record(BTreeMap<String, BTreeMap<u64, News>>);

/// A room's news as a program hears it: the room, the id, the news, and whether it is old. None if `tell` is no such.
pub fn news(tell: ServerMessage) -> Option<(String, u64, News, bool)> {
    let (mut what, make): (EventFields, fn(Option<String>) -> Deed) = match tell {
        ServerMessage::Erased { what, message } => return Some(amended(what, |_| Deed::Erased(message))),
        ServerMessage::Edited { what, message } => {
            return Some(amended(what, |text| Deed::Edited(message, text.unwrap())));
        }
        ServerMessage::Renamed { mut what, was } => {
            what.text = Some(was);
            (what, |was| Deed::Renamed(was.unwrap()))
        }
        ServerMessage::Joined { what } => (what, |_| Deed::Joined),
        ServerMessage::Left { what, by: Some(by) } => {
            return Some(amended(what, |reason| Deed::Kicked(by, reason.unwrap_or_default())));
        }
        ServerMessage::Left { what, .. } => (what, Deed::Left),
        ServerMessage::Changed { what, change, on, member, slow_ms } => {
            let change = changed(&change, on, member.unwrap_or_default(), slow_ms)?;
            return Some(amended(what, |text| Deed::Changed(change, text.unwrap())));
        }
        ServerMessage::Said { what } => (what, |text| Deed::Said(text.unwrap())),
        ServerMessage::Acted { what } => (what, |text| Deed::Acted(text.unwrap())),
        ServerMessage::Topic { what } => (what, |text| Deed::Topic(text.unwrap())),
        _ => return None,
    };
    if what.notice {
        what.text = what.text.map(|text| text + NOTICE);
    }
    if what.edited {
        what.text = what.text.map(|text| text + EDITED);
    }
    Some(amended(what, make))
}

fn changed(what: &str, on: bool, member: String, slow: Option<u64>) -> Option<Change> {
    Some(match what {
        "private" => Change::Private(on),
        "slow" => Change::Slow(slow),
        "operator" => Change::Operator(member, on),
        "muted" => Change::Muted(member, on),
        _ => return None,
    })
}

fn amended(what: EventFields, make: impl FnOnce(Option<String>) -> Deed) -> (String, u64, News, bool) {
    let EventFields { id, time, room, who, is, text, replayed, .. } = what;
    (room, id, News { at: milliseconds(&time), who, is, deed: make(text) }, replayed)
}

/// The time of day in `2026-11-20T19:00:00.000Z`, in milliseconds.
fn milliseconds(time: &str) -> u64 {
    let part = |from: usize, to: usize| time[from..to].parse::<u64>().unwrap();
    ((part(11, 13) * 60 + part(14, 16)) * 60 + part(17, 19)) * 1000 + part(20, 23)
}

impl News {
    /// The text of a message or an action.
    pub fn text(&self) -> Option<&str> {
        match &self.deed {
            Deed::Said(text) | Deed::Acted(text) => Some(text),
            Deed::Joined
            | Deed::Left(_)
            | Deed::Kicked(..)
            | Deed::Changed(..)
            | Deed::Renamed(_)
            | Deed::Topic(_)
            | Deed::Erased(_)
            | Deed::Edited(..) => None,
        }
    }

    /// Whether somebody is there no longer.
    pub fn is_leave(&self) -> bool {
        matches!(self.deed, Deed::Left(_) | Deed::Kicked(..))
    }

    /// Whether it is a message, or about one.
    pub fn is_of_speaker(&self) -> bool {
        self.text().is_some() || matches!(self.deed, Deed::Erased(_) | Deed::Edited(..))
    }

    /// The text, if the host said it.
    pub fn by_host(&self) -> Option<&str> {
        self.text().filter(|_| self.is == SenderKind::Host)
    }
}

impl Record {
    /// Adds an event that a program received. It must equal what other programs received.
    pub fn add(&mut self, room: &str, id: u64, news: &News) -> Result<(), String> {
        let thread = self.0.entry(room.to_owned()).or_default();
        let before = thread.entry(id).or_insert_with(|| news.clone());
        if before == news { Ok(()) } else { Err(format!("{room} {id} is {before:?} and {news:?}")) }
    }

    pub fn rooms(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    pub fn thread(&self, room: &str) -> &BTreeMap<u64, News> {
        &self.0[room]
    }

    /// The number of events.
    pub fn count(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }
}
