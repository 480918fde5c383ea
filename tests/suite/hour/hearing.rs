//! What one message to a client means, in each dialect. Who is where is not known here.

use salon::wire::json::ServerMessage;

use crate::hour::record::{News, news};

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

/// What a message means. Where a dialect does not say which room it speaks of, there is none.
#[derive(Debug)]
pub enum Word {
    /// A mark without meaning.
    Nothing,
    /// One's name is one's own.
    Known(String),
    /// One is in a room from now on.
    Welcome(Option<String>),
    /// All that follows is new.
    Live(Option<String>),
    /// Something that happened in a room, in plain text.
    Line(String),
    /// The same for a program: in which room, with which id, what, and whether it is old.
    Object(String, u64, News, bool),
    /// The same, told again because one asked: nothing but what was heard before.
    Found(String, u64, News),
    /// One is in a room no longer.
    Parted(Option<String>, String),
    /// To this one alone.
    Notice(String),
    /// One is out of all rooms, for good, for this reason.
    Removed(String),
}

impl Tongue {
    /// What ends a message. Where nothing does, whoever reads notes a zero after each.
    fn end(self) -> &'static [u8] {
        match self {
            Tongue::Line | Tongue::Json => b"\n",
            Tongue::Eom => b"::EOMsg::",
            Tongue::Chaty => b"\0",
        }
    }

    /// Takes the messages that are whole out of what was read.
    pub fn messages(self, unread: &mut Vec<u8>) -> Result<Vec<String>, String> {
        let (mut messages, mut from) = (Vec::new(), 0);
        while let Some(at) = memchr::memmem::find(&unread[from..], self.end()) {
            messages.push(String::from_utf8(unread[from..from + at].to_vec()).map_err(|e| e.to_string())?);
            from += at + self.end().len();
        }
        unread.drain(..from);
        Ok(messages)
    }

    /// What a message means to whoever is called `own`. An error is what must not be heard.
    pub fn understand(self, message: &str, own: &str) -> Result<Word, String> {
        match self {
            Tongue::Json => object(message, own),
            _ => self.text(message, own),
        }
    }

    fn text(self, message: &str, own: &str) -> Result<Word, String> {
        let message = message.strip_prefix('\n').filter(|_| self == Tongue::Eom).unwrap_or(message);
        Ok(match message {
            "NICK" | "------------[Start old messages]------------" => Word::Nothing,
            "NICK_OK" => Word::Known(own.to_owned()),
            "KICK" => Word::Removed(String::new()),
            "Connection successful, welcome to ChatyChaty !" => Word::Welcome(None),
            "------------[Start new messages]------------" => Word::Live(None),
            _ if message.starts_with("You have been removed from the chat by the host.")
                || message.starts_with("Kicked by the host for ") =>
            {
                Word::Removed(message.to_owned())
            }
            _ if self == Tongue::Line && message.starts_with("Welcome, ") => welcome(message, own)?,
            _ if is_news(message) => Word::Line(message.to_owned()),
            _ if is_parting(message) => Word::Parted(None, message.to_owned()),
            _ => Word::Notice(message.to_owned()),
        })
    }
}

fn object(line: &str, own: &str) -> Result<Word, String> {
    Ok(match serde_json::from_str(line).map_err(|why| format!("{why}: {line}"))? {
        ServerMessage::Hello { name, .. } => Word::Known(name),
        ServerMessage::Welcome { room, present, count, .. } => {
            if present.iter().any(|other| other.who == own) || count != present.len() + 1 {
                return Err(format!("{count} are in {room}, and {} others", present.len()));
            }
            Word::Welcome(Some(room))
        }
        ServerMessage::Live { room } => Word::Live(Some(room)),
        ServerMessage::Parted { room, text } => Word::Parted(Some(room), text),
        ServerMessage::Notice { text } | ServerMessage::Refused { text, .. } => Word::Notice(text),
        ServerMessage::Removed { reason, .. } => Word::Removed(reason),
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
    Ok(Word::Welcome(Some(place.strip_prefix("the ").unwrap_or(place).to_owned())))
}

fn is_parting(message: &str) -> bool {
    let is_end = ["You have left ", "The round is over. Thank you", "The room "];
    is_end.iter().any(|begin| message.starts_with(begin))
}

/// Whether a line of plain text is a room's: all that is said to one alone looks otherwise.
fn is_news(message: &str) -> bool {
    let is_name =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    let is_rooms_row = |rest: &str| rest.contains(" in it  ");
    // The head of the answer to a request of HTTP's; nobody here is called so.
    let is_header =
        ["Content-Type: ", "Content-Length: ", "Connection: "].iter().any(|it| message.starts_with(it));
    let speaks = !is_header && message.split_once(": ").is_some_and(|(name, _)| is_name(name));
    let acts = message.strip_prefix("* ").is_some_and(|rest| !is_rooms_row(rest));
    let old_style = message.starts_with("User ") && message.ends_with(" has joined the chat!");
    let chaty = [" just connected", " left the chat "];
    let chaty = chaty.iter().any(|end| message.split_once(end).is_some_and(|(name, _)| is_name(name)));
    speaks || acts || old_style || chaty
}
