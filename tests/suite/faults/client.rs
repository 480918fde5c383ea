//! Clients of three dialects: netcat's lines, IRC, and a program's JSON.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use memchr::memchr;
use serde_json::{Value, json};

/// How long a node may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// How the refusals of a message begin.
const REFUSALS: [&str; 8] = [
    "Nothing can be shared with the other servers now",
    "This server had lost the others, and what you said last",
    "This server is not (yet) connected to the others",
    "Too much waits to be shared",
    "That was not done: something else had come first",
    // It is brought back at this moment.
    "You are in no room. Type /rooms",
    "You are not in the lobby. Join it first.",
    " 442 ",
];

/// What stands in a notice to the whole room that begins like a refusal.
const NOTICE: &str = "Until then, what is said in this room is refused";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Line,
    Irc,
    Json,
}

/// A message, told from all others: its speaker, and its number among the speaker's.
pub type Mark = (usize, u64);

/// What a client hears.
#[derive(Debug)]
pub enum Heard {
    Said(Mark),
    /// It is in the room, and has what it is told of the past, or will have it before all that follows.
    Joined,
    /// A message of its own is refused.
    Refused,
    /// The name, or that it joins.
    TurnedAway(String),
    /// The history that it asked for is incomplete.
    Gap,
    Nothing,
    Closed,
}

pub struct Client {
    stream: TcpStream,
    dialect: Dialect,
    unread: Vec<u8>,
    /// What a program needs to go on elsewhere.
    pub token: Option<String>,
    pub last_id: Option<u64>,
    has_joined: bool,
}

impl Client {
    /// Connects and introduces itself. A program shows the token of an earlier connection, and wants what it missed.
    pub fn join(
        to: SocketAddr,
        dialect: Dialect,
        name: &str,
        earlier: Option<&(String, u64)>,
    ) -> std::io::Result<Client> {
        let mut stream = TcpStream::connect_timeout(&to, PATIENCE)?;
        stream.set_nodelay(true)?;
        let words = match dialect {
            Dialect::Line => format!("{name}\n"),
            Dialect::Irc => {
                format!("CAP REQ :echo-message\r\nNICK {name}\r\nUSER u 0 * :u\r\nCAP END\r\nJOIN #lobby\r\n")
            }
            Dialect::Json => {
                let (token, after) = earlier.cloned().unzip();
                let hello = json!({ "type": "hello", "version": 1, "name": name, "token": token });
                let join = json!({ "type": "join", "room": "lobby", "after": after });
                format!("{}\n{}\n", without_nulls(hello), without_nulls(join))
            }
        };
        stream.write_all(words.as_bytes())?;
        let (token, last_id) = (None, earlier.map(|(_, id)| *id));
        Ok(Client { stream, dialect, unread: Vec::new(), token, last_id, has_joined: false })
    }

    /// Says these, in one write.
    pub fn say(&mut self, marks: &[Mark]) -> bool {
        let line = |(speaker, number): &Mark| {
            let text = format!("mark-{speaker}-{number}- and some more words, as people say them");
            match self.dialect {
                Dialect::Line => format!("{text}\n"),
                Dialect::Irc => format!("PRIVMSG #lobby :{text}\r\n"),
                Dialect::Json => format!("{}\n", json!({ "type": "say", "room": "lobby", "text": text })),
            }
        };
        let all: String = marks.iter().map(line).collect();
        self.stream.write_all(all.as_bytes()).is_ok()
    }

    /// What comes next that matters, or nothing until then.
    pub fn next(&mut self, until: Instant) -> Heard {
        let mut buffer = [0; 16 * 1024];
        loop {
            while let Some(line) = self.take() {
                if let Some(heard) = self.understand(&line) {
                    return heard;
                }
            }
            let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            if self.stream.set_read_timeout(Some(left)).is_err() {
                return Heard::Closed;
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return Heard::Closed,
                Ok(count) => self.unread.extend_from_slice(&buffer[..count]),
                Err(why) if why.kind() == ErrorKind::WouldBlock => return Heard::Nothing,
                Err(_) => return Heard::Closed,
            }
        }
    }

    fn take(&mut self) -> Option<String> {
        let end = memchr(b'\n', &self.unread)?;
        let line: Vec<u8> = self.unread.drain(..=end).collect();
        Some(String::from_utf8(line).unwrap())
    }

    fn understand(&mut self, line: &str) -> Option<Heard> {
        if self.dialect == Dialect::Json {
            return self.understand_json(&serde_json::from_str(line).unwrap());
        }
        if self.dialect == Dialect::Irc
            && let Some(rest) = line.strip_prefix("PING ")
        {
            let _ = self.stream.write_all(format!("PONG {rest}").as_bytes());
            return None;
        }
        if let Some(mark) = mark(line) {
            return Some(Heard::Said(mark));
        }
        let has_joined = match self.dialect {
            // The end of the names comes when the join is heard.
            Dialect::Irc => line.contains(" 366 "),
            _ => line.contains("Type /help to see what you can do."),
        };
        if has_joined {
            self.has_joined = true;
            return Some(Heard::Joined);
        }
        let is_refusal = REFUSALS.iter().any(|words| line.contains(words)) && !line.contains(NOTICE);
        match (is_refusal, self.has_joined) {
            (true, true) => Some(Heard::Refused),
            (true, false) => Some(Heard::TurnedAway(line.to_owned())),
            (false, false) if line.contains(" is taken") || line.contains(" 433 ") => {
                Some(Heard::TurnedAway(line.to_owned()))
            }
            _ => None,
        }
    }

    fn understand_json(&mut self, object: &Value) -> Option<Heard> {
        match object["type"].as_str()? {
            "hello" => self.token = object["token"].as_str().map(str::to_owned),
            "said" => {
                self.last_id = object["id"].as_u64();
                return mark(object["text"].as_str()?).map(Heard::Said);
            }
            "joined" | "left" => self.last_id = object["id"].as_u64(),
            "welcome" => {
                self.has_joined = true;
                return Some(Heard::Joined);
            }
            "gap" => return Some(Heard::Gap),
            "refused" if self.has_joined => return Some(Heard::Refused),
            "refused" => return Some(Heard::TurnedAway(object["text"].to_string())),
            _ => {}
        }
        None
    }
}

/// An object without the fields that are null.
fn without_nulls(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    object
}

/// The mark in a text.
pub fn mark(text: &str) -> Option<Mark> {
    let mut parts = text.split_once("mark-")?.1.split('-');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
