//! Parses one message to a client, in each dialect.

use salon::wire::json::ServerMessage;

use crate::hour::audible::{FURTHER_LINE, OPERATOR};
use crate::hour::irc;
use crate::hour::record::{NOTICE, News, news};

/// Begins a replay.
const OLD: &str = "------------[Start old messages]------------";

/// The dialect of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    Line,
    Eom,
    Json,
    Chaty,
    /// With times, ids, batches and an echo.
    Irc,
}

/// An event of a room, as it was received.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// The id, from a program.
    Id(u64),
    /// The text, from any other client.
    Text(String),
}

/// A parsed message. The room is `None` if the dialect does not name it.
#[derive(Debug)]
pub enum Word {
    /// Nothing of interest.
    Nothing,
    /// The name is accepted.
    Known(String),
    /// The client has joined a room. A program is told how many messages are replayed, and how many are not.
    Welcome(Option<String>, Option<(usize, usize)>),
    /// The replay begins.
    Old,
    /// How many messages are not replayed.
    Earlier(usize),
    /// A replayed event, in plain text, and the time before it, in hours and minutes.
    OldLine(String, String),
    /// The next replayed event is of this day.
    NewDay(String),
    /// How much is replayed from now on; `None`: everything.
    Replay(Option<usize>),
    /// The replay is complete.
    Live(Option<String>),
    /// An event of a room, in plain text.
    Line(String),
    /// An event for a program: the room, its id, the event, and whether it is replayed.
    Object(String, u64, News, bool),
    /// A message in a room, to an IRC client: perhaps only its beginning.
    Begun(Begun),
    /// An event in a reply to a question.
    Found(String, u64, News),
    /// The client has left a room.
    Parted(Option<String>, String),
    /// The client has this name now.
    Renamed(String),
    /// A private message.
    Private(Private),
    /// It operates the server from now on, or no longer.
    Operator(bool),
    /// What an operator says to all operators: who, and what.
    Call(String, String),
    /// Somebody is away, as its program is told of whoever it wrote to.
    IsAway(String),
    /// A private notice.
    Notice(String),
    /// The client is removed, for this reason.
    Removed(String),
}

/// A message in a room as an IRC client hears it.
#[derive(Debug)]
pub struct Begun {
    pub room: String,
    pub id: u64,
    pub who: String,
    pub text: String,
    /// This is all of its text.
    pub is_whole: bool,
    /// It is replayed.
    pub is_old: bool,
}

/// A private message by this client or to it.
#[derive(Debug)]
pub struct Private {
    /// The name of the other member.
    pub other: String,
    /// The client wrote it.
    pub is_own: bool,
    pub text: String,
    pub is_notice: bool,
    /// It is in a reply to a question.
    pub is_old: bool,
}

impl Tongue {
    /// The end mark of a message. In the chaty dialect, a zero that stands for the end of a read.
    fn end(self) -> &'static [u8] {
        match self {
            Tongue::Line | Tongue::Json => b"\n",
            Tongue::Eom => b"::EOMsg::",
            Tongue::Chaty => b"\0",
            Tongue::Irc => b"\r\n",
        }
    }

    /// Removes complete messages from `unread`. The lines of a message of several lines are one, where there are such.
    pub fn messages(self, unread: &mut Vec<u8>) -> Result<Vec<String>, String> {
        let (mut messages, mut from, mut line) = (Vec::new(), 0, 0);
        while let Some(at) = memchr::memmem::find(&unread[line..], self.end()) {
            let end = line + at;
            line = end + self.end().len();
            if self == Tongue::Irc && irc::goes_on(&unread[from..end]) {
                continue;
            }
            messages.push(String::from_utf8(unread[from..end].to_vec()).map_err(|e| e.to_string())?);
            from = line;
        }
        unread.drain(..from);
        Ok(messages)
    }

    /// Parses a message to the client called `own`. An error is a violation.
    pub fn understand(self, message: &str, own: &str) -> Result<Word, String> {
        match self {
            Tongue::Json => object(message, own),
            Tongue::Irc => irc::line(message, own),
            _ => self.text(message, own),
        }
    }

    fn text(self, message: &str, own: &str) -> Result<Word, String> {
        let message = message.strip_prefix('\n').filter(|_| self == Tongue::Eom).unwrap_or(message);
        if let Some(private) = private(message) {
            return Ok(Word::Private(private));
        }
        Ok(match message {
            OLD if self == Tongue::Line => Word::Old,
            "NICK" | OLD => Word::Nothing,
            "NICK_OK" => Word::Known(own.to_owned()),
            "KICK" => Word::Removed(String::new()),
            "Connection successful, welcome to ChatyChaty !" => Word::Welcome(None, None),
            "------------[Start new messages]------------" => Word::Live(None),
            _ if message.starts_with("You have been removed from the chat by the host.")
                || message == "The server is stopping."
                || message.starts_with("Kicked by the host for ") =>
            {
                Word::Removed(message.to_owned())
            }
            _ if self == Tongue::Line && message.starts_with("Welcome, ") => welcome(message, own)?,
            _ if message.starts_with("You are now ") => Word::Renamed(own_name(message)),
            _ if self == Tongue::Line
                && let Some(word) = old(message) =>
            {
                word
            }
            _ if is_news(message) => Word::Line(message.to_owned()),
            _ if is_parting(message) => Word::Parted(None, message.to_owned()),
            _ => notice(message.to_owned()),
        })
    }
}

/// The name in `You are now Anna. The name …`.
fn own_name(message: &str) -> String {
    let name = message.trim_start_matches("You are now ");
    name.split_once(". The name ").map_or(name.trim_end_matches('.'), |(name, _)| name).to_owned()
}

/// A private message as text: `[Ann to you] hi`, perhaps behind a time.
fn private(message: &str) -> Option<Private> {
    let (message, is_old) = match message.split_once("  [") {
        Some((time, _)) if time.len() == 16 && time.starts_with("20") => (&message[18..], true),
        _ => (message, false),
    };
    let (head, text) = message.strip_prefix('[')?.split_once("] ")?;
    let (from, to) = head.split_once(" to ")?;
    let is_own = from == "you";
    let other = if is_own { to } else { from };
    let (text, is_notice) = text.strip_suffix(NOTICE).map_or((text, false), |text| (text, true));
    let private = Private { other: other.into(), is_own, text: text.into(), is_notice, is_old };
    (is_own || to == "you").then_some(private)
}

fn object(line: &str, own: &str) -> Result<Word, String> {
    Ok(match serde_json::from_str(line).map_err(|why| format!("{why}: {line}"))? {
        ServerMessage::Hello { name, .. } => Word::Known(name),
        ServerMessage::Nick { name, was } if was == own => Word::Renamed(name),
        ServerMessage::Nick { .. } | ServerMessage::Gone { .. } => Word::Nothing,
        ServerMessage::Welcome { room, present, count, replayed, earlier, .. } => {
            if present.iter().any(|other| other.who == own) || count != present.len() + 1 {
                return Err(format!("{count} are in {room}, and {} others", present.len()));
            }
            Word::Welcome(Some(room), Some((replayed, earlier)))
        }
        ServerMessage::Live { room } => Word::Live(Some(room)),
        ServerMessage::Parted { room, text } => Word::Parted(Some(room), text),
        ServerMessage::Notice { text, .. } | ServerMessage::Refused { text, .. } => notice(text),
        ServerMessage::Removed { reason, .. } => Word::Removed(reason),
        ServerMessage::Private { from, to, text, notice: is_notice, replayed: is_old, .. } => {
            let is_own = from == own;
            // What it was told earlier, it may have been told under another name.
            if !is_own && to != own && !is_old {
                return Err(format!("a private message of others: {line}"));
            }
            let other = if is_own { to } else { from };
            Word::Private(Private { other, is_own, text, is_notice, is_old })
        }
        ServerMessage::Found { what, acted, .. } => {
            let tell = if acted { ServerMessage::Acted { what } } else { ServerMessage::Said { what } };
            let (room, id, what, _) = news(tell).ok_or_else(|| format!("no news: {line}"))?;
            Word::Found(room, id, what)
        }
        tell => {
            let (room, id, what, is_old) = news(tell).ok_or_else(|| format!("no news: {line}"))?;
            Word::Object(room, id, what, is_old)
        }
    })
}

/// The first line in a room.
fn welcome(message: &str, own: &str) -> Result<Word, String> {
    if !message.starts_with(&format!("Welcome, {own}!")) {
        return Err(format!("greeted as somebody else: {message}"));
    }
    let first = || message.split_once(" first in ").and_then(|(_, rest)| rest.split_once(". Type"));
    let with = || message.split_once("You are in ").and_then(|(_, rest)| rest.split_once(" with "));
    let place = first().or_else(with).ok_or_else(|| format!("no room in {message}"))?.0;
    Ok(Word::Welcome(Some(place.strip_prefix("the ").unwrap_or(place).to_owned()), None))
}

/// A line of a replay, or about one.
fn old(message: &str) -> Option<Word> {
    if let Some(rest) = message.strip_prefix('(') {
        let count = rest.split_once(" or more earlier; ").or_else(|| rest.split_once(" earlier"))?.0;
        return count.parse().ok().map(Word::Earlier);
    }
    if let Some(day) = message.strip_prefix("--- ").and_then(|rest| rest.strip_suffix(" ---")) {
        return Some(Word::NewDay(day.to_owned()));
    }
    let (clock, text) = message.strip_prefix('[')?.split_once("] ")?;
    Some(Word::OldLine(clock.to_owned(), text.to_owned()))
}

/// A private notice. One of them tells how much is replayed; some are about operators.
pub(super) fn notice(text: String) -> Word {
    if text.starts_with("You are an operator of the server until ") {
        return Word::Operator(true);
    }
    if text == "You are no operator of the server any more." {
        return Word::Operator(false);
    }
    if let Some((by, said)) = text.split_once(" to all operators: ").filter(|(by, _)| is_name(by)) {
        return Word::Call(by.to_owned(), said.to_owned());
    }
    let heard = text.strip_prefix("When you join a room, you hear ");
    match heard.map(|heard| heard.split(' ').find_map(|word| word.parse().ok())) {
        None => Word::Notice(text),
        Some(count @ Some(_)) => Word::Replay(count),
        Some(None) if text.contains(" no earlier messages") => Word::Replay(Some(0)),
        Some(None) if text.contains(" the last message ") => Word::Replay(Some(1)),
        Some(None) => Word::Replay(None),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
}

fn is_parting(message: &str) -> bool {
    let is_end = ["You have left ", "The round is over. Thank you"];
    is_end.iter().any(|begin| message.starts_with(begin))
        || message.starts_with("The room ") && message.contains(" is closed. Type /rooms ")
        || message.contains(" has removed you from ")
}

/// Whether a line of plain text is an event of a room. Private lines look different.
fn is_news(message: &str) -> bool {
    let is_rooms_row = |rest: &str| rest.contains(" in it  ");
    // The head of the answer to a request of HTTP's; nobody here is called so.
    let is_header =
        ["Content-Type: ", "Content-Length: ", "Connection: "].iter().any(|it| message.starts_with(it));
    let speaks = !is_header && message.split_once(": ").is_some_and(|(name, _)| is_name(name));
    let acts = message.strip_prefix("* ").is_some_and(|rest| !is_rooms_row(rest));
    let old_style = message.starts_with("User ") && message.ends_with(" has joined the chat!");
    let chaty = [" just connected", " left the chat "];
    let chaty = chaty.iter().any(|end| message.split_once(end).is_some_and(|(name, _)| is_name(name)));
    let renamed = message.split_once(" is now ").is_some_and(|(name, to)| is_name(name) && is_name(to));
    let topic = message.starts_with(OPERATOR);
    let amends = message.strip_suffix(" erased a message.").is_some_and(is_name)
        || message.split_once(" corrects: ").is_some_and(|(name, _)| is_name(name));
    let changes = message.split_once(' ').is_some_and(|(name, rest)| is_name(name) && is_change(rest));
    changes
        || renamed
        || amends
        || speaks
        || acts
        || old_style
        || chaty
        || topic
        || message.starts_with(FURTHER_LINE)
}

/// Whether this is what somebody did to a room that people opened, behind the name.
fn is_change(rest: &str) -> bool {
    let begins = [
        "made ",
        "muted ",
        "lets ",
        "ended slow mode.",
        "turned slow mode on: ",
        "removed the topic.",
        "set the topic: ",
    ];
    let ends = [
        "of this room.",
        "of this room again.",
        "in this room.",
        "in this room again.",
        "enter it.",
        "slow mode.",
        " at most.",
        "the topic.",
    ];
    begins.iter().any(|begin| rest.starts_with(begin))
        && (rest.starts_with("set the topic: ") || ends.iter().any(|end| rest.ends_with(end)))
}
