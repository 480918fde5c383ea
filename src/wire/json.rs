//! `json`: a message is one JSON object on a line. For programs, including graphical clients.
//!
//! The manual documents the objects (`manual/programs.md`). Programs ignore unknown types and fields, so a version
//! may add some; it never changes the meaning of those that exist.

use std::borrow::Cow;
use std::rc::Rc;

use bytes::{BufMut, BytesMut};
use serde::{Deserialize, Serialize};

use crate::base::limits::{
    FRAME_BYTES, LABEL_CHARS, MESSAGE_BYTES, MESSAGE_LINES, NAME_INPUT_CHARS, PROGRAM_HISTORY,
    PROGRAM_HISTORY_MAX,
};
use crate::base::name::is_too_long;
use crate::base::text::{is_unsafe, sanitize, sanitize_lines};
use crate::base::time::utc;
use crate::proto::{
    Event, Kind, LogEntry, MemberInfo, Notice, ProgramRequest, Refusal, Removal, Reply, Request, RoomEvent,
    Token,
};
use crate::wire::malformed::describe;
use crate::wire::sentences::{LEFT_OUT, removal, text};
use crate::wire::{lines, program};

/// What becomes of a text of several lines.
pub(super) type Lines = fn(&str) -> Cow<'_, str>;

/// The version of the protocol.
pub const VERSION: u32 = 1;

/// A message by a program.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ClientMessage {
    /// The first message: the name, and whether it belongs to a bot.
    Hello {
        /// The program's version of the protocol.
        version: u32,
        /// The name.
        name: String,
        /// Whether the program acts without a person.
        #[serde(default)]
        bot: bool,
        /// The token of an earlier session under this name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
        /// Whether the program shows texts of several lines.
        #[serde(default)]
        lines: bool,
    },
    /// Join a room.
    Join {
        /// The room. `None`: the first room.
        #[serde(default)]
        room: Option<String>,
        /// The greatest id that the program has received. Only later messages are replayed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<u64>,
    },
    /// Leave a room.
    Leave {
        /// The room. `None`: the one joined last.
        #[serde(default)]
        room: Option<String>,
    },
    /// Send a message.
    Say {
        /// The room. `None`: the one joined last.
        #[serde(default)]
        room: Option<String>,
        /// The text. A leading slash has no meaning.
        text: String,
    },
    /// Run a slash command.
    Command {
        /// The room in which it runs. `None`: the one joined last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<String>,
        /// The name without the slash: `me` of `/me waves`.
        name: String,
        /// The rest: `waves`.
        #[serde(default)]
        rest: String,
    },
    /// Answer with a pong.
    Ping,
    /// The member is typing a message.
    Typing {
        /// The room. `None`: the one joined last.
        #[serde(default)]
        room: Option<String>,
        /// Report who is typing from now on. The sender is not typing.
        #[serde(default)]
        watch: bool,
    },
    /// The member has read all messages up to an id.
    Read {
        /// The room. `None`: the one joined last.
        #[serde(default)]
        room: Option<String>,
        /// The id of the last message.
        id: u64,
    },
    /// List the rooms.
    Rooms {
        /// Also report changes from now on.
        #[serde(default)]
        watch: bool,
    },
    /// List the members of a room.
    Members {
        /// The room. `None`: the one joined last.
        #[serde(default)]
        room: Option<String>,
    },
    /// Send older messages, selected by id.
    History {
        /// The room. `None`: the one joined last.
        #[serde(default)]
        room: Option<String>,
        /// Only ids below this one.
        #[serde(default)]
        before: Option<u64>,
        /// Only ids above this one.
        #[serde(default)]
        after: Option<u64>,
        /// The maximum number of messages.
        #[serde(default)]
        limit: Option<usize>,
    },
    /// Find the newest messages that contain all of these words.
    Search {
        /// The room. `None`: the one joined last.
        #[serde(default)]
        room: Option<String>,
        /// The words.
        words: String,
        /// The maximum number of messages.
        #[serde(default)]
        limit: Option<usize>,
    },
}

impl ClientMessage {
    /// The room that a message or a command names.
    pub fn room(&self) -> Option<&str> {
        match self {
            ClientMessage::Say { room, .. } | ClientMessage::Command { room, .. } => room.as_deref(),
            _ => None,
        }
    }

    /// A message or a command in the room with this name, unless it names one.
    #[must_use]
    pub fn in_room(mut self, name: Option<&str>) -> ClientMessage {
        if let ClientMessage::Say { room, .. } | ClientMessage::Command { room, .. } = &mut self
            && room.is_none()
        {
            *room = name.map(str::to_owned);
        }
        self
    }
}

/// A message to a program.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(tag = "type", rename_all = "lowercase")]
#[expect(missing_docs, reason = "the manual documents each field, and the events behind them are in `proto`")]
pub enum ServerMessage {
    Hello {
        version: u32,
        server: String,
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
        #[serde(default)]
        started: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        features: Vec<Cow<'static, str>>,
    },
    Welcome {
        room: String,
        #[serde(default = "yes")]
        echoes: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read: Option<u64>,
        count: usize,
        present: Vec<Present>,
    },
    Live {
        room: String,
    },
    Parted {
        room: String,
        text: String,
    },
    Rooms {
        rooms: Vec<ListedRoom>,
    },
    Room {
        #[serde(flatten)]
        room: ListedRoom,
    },
    Joined {
        #[serde(flatten)]
        what: EventFields,
    },
    Left {
        #[serde(flatten)]
        what: EventFields,
    },
    Said {
        #[serde(flatten)]
        what: EventFields,
    },
    Acted {
        #[serde(flatten)]
        what: EventFields,
    },
    Found {
        #[serde(flatten)]
        what: EventFields,
        #[serde(default)]
        acted: bool,
        more: usize,
    },
    Notice {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<String>,
        text: String,
    },
    Refused {
        why: ErrorCode,
        text: String,
    },
    Removed {
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Cow<'static, str>>,
    },
}

/// A room in a list.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct ListedRoom {
    /// The name.
    #[serde(rename = "room")]
    pub name: String,
    /// The commands that its host understands.
    #[serde(default)]
    pub commands: Vec<ListedCommand>,
    /// Whether it is gone.
    #[serde(default)]
    pub closed: bool,
}

/// A command in a list.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct ListedCommand {
    /// The name with its slash.
    pub name: String,
}

/// A member of a room.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Present {
    /// The name.
    pub who: String,
    /// Person or bot.
    pub is: SenderKind,
}

/// The fields of a room event.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct EventFields {
    /// Greater than the id of each earlier event of the room.
    pub id: u64,
    /// When the event happened, in UTC and in the format of RFC 3339.
    pub time: String,
    /// The room.
    pub room: String,
    /// The member's name, or `Host`.
    pub who: String,
    /// The kind of the sender.
    pub is: SenderKind,
    /// The text of a message or an action, or the reason of a removal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether the event happened before the program joined.
    pub replayed: bool,
}

/// The kind of a sender.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum SenderKind {
    Person,
    Bot,
    Host,
}

/// The error code of a refusal.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum ErrorCode {
    NoName,
    NameTaken,
    TooLong,
    NotJoined,
    NoRoom,
    Muted,
    Banned,
    Command,
    TooFast,
    TooMany,
    Unclear,
}

/// The default of `echoes`.
fn yes() -> bool {
    true
}

/// Parses a line. `None`: it is blank.
pub(super) fn request(line: &str) -> Option<Request> {
    if line.trim().is_empty() {
        return None;
    }
    Some(match serde_json::from_str(line) {
        Ok(ask) => request_of(ask),
        Err(_) => Request::Malformed(describe(line)),
    })
}

fn request_of(ask: ClientMessage) -> Request {
    match ask {
        ClientMessage::Hello { version, .. } if version != VERSION => {
            Request::Malformed(format!("This server speaks version {VERSION}, and not {version}."))
        }
        ClientMessage::Hello { name, bot, token, lines, .. } => Request::Hello {
            name: named(&name),
            kind: if bot { Kind::Bot } else { Kind::Person },
            token: token.and_then(|token| Token::parse(&token)),
            lines,
        },
        ClientMessage::Join { room, after: None } => Request::Join { room: room.as_deref().map(named) },
        ClientMessage::Join { room, after: Some(after) } => {
            Request::Program(ProgramRequest::Resume { room: room.as_deref().map(named), after })
        }
        ClientMessage::Leave { room } => Request::Leave { room: room.as_deref().map(named) },
        ClientMessage::Say { room, text } => say(room.as_deref().map(named), &text),
        ClientMessage::Command { room, name, rest } => match said(rest.trim()) {
            Some(rest) => Request::Command {
                room: room.as_deref().map(named),
                name: named(&name),
                rest: rest.into_owned(),
            },
            None => Request::SayTooLong,
        },
        ClientMessage::Ping => Request::Program(ProgramRequest::Ping),
        ClientMessage::Typing { watch: true, .. } => Request::Program(ProgramRequest::WatchTyping),
        ClientMessage::Typing { room, watch: false } => {
            Request::Program(ProgramRequest::Typing { room: room.as_deref().map(named) })
        }
        ClientMessage::Read { room, id } => {
            Request::Program(ProgramRequest::Read { room: room.as_deref().map(named), id })
        }
        ClientMessage::Rooms { watch } => Request::Program(ProgramRequest::Rooms { watch }),
        ClientMessage::Members { room } => {
            Request::Program(ProgramRequest::Members { room: room.as_deref().map(named) })
        }
        ClientMessage::History { room, before, after, limit } => Request::Program(ProgramRequest::History {
            room: room.as_deref().map(named),
            before,
            after,
            limit: page(limit),
        }),
        ClientMessage::Search { room, words, limit } => match said(words.trim()) {
            Some(words) => Request::Program(ProgramRequest::Search {
                room: room.as_deref().map(named),
                words: words.into_owned(),
                limit: page(limit),
            }),
            None => Request::SayTooLong,
        },
    }
}

/// The number of messages in a page for a program that asks for `limit`.
fn page(limit: Option<usize>) -> usize {
    limit.unwrap_or(PROGRAM_HISTORY).clamp(1, PROGRAM_HISTORY_MAX)
}

/// The label of the request in a line.
pub(super) fn label(line: &str) -> Option<Rc<str>> {
    /// The field, beside others.
    #[derive(Deserialize)]
    struct Labelled {
        label: String,
    }
    // Few requests have a label. The others need not be parsed twice.
    if !line.contains("\"label\"") {
        return None;
    }
    let Labelled { label } = serde_json::from_str(line).ok()?;
    let is_one = (1..=LABEL_CHARS).contains(&label.chars().count()) && !label.contains(is_unsafe);
    is_one.then(|| label.into())
}

/// Sanitizes a name. An oversized name is cut but stays invalid: through escapes an object can hold six times as much
/// text as any message, and nothing should fold, compare or repeat all of it.
fn named(text: &str) -> String {
    if is_too_long(text) {
        let replaced = |c| if is_unsafe(c) { char::REPLACEMENT_CHARACTER } else { c };
        return text.chars().take(NAME_INPUT_CHARS + 1).map(replaced).collect();
    }
    sanitize(text.as_bytes()).into_owned()
}

/// Sanitizes a text, as escapes can hide control characters. `None`: it is oversized, which is checked before any
/// other work.
fn said(text: &str) -> Option<Cow<'_, str>> {
    let is_short = text.len() <= FRAME_BYTES;
    is_short.then(|| sanitize(text.as_bytes())).filter(|text| text.len() <= MESSAGE_BYTES)
}

/// The same for a text that may have several lines. An error: the request that it is instead.
fn said_in_lines(text: &str) -> Result<Cow<'_, str>, Request> {
    if !text.contains('\n') {
        return said(text).ok_or(Request::SayTooLong);
    }
    if text.len() > FRAME_BYTES {
        return Err(Request::SayTooLong);
    }
    let lines = || text.lines().map(str::trim_end);
    if lines().count() > MESSAGE_LINES {
        return Err(Request::SayTooManyLines);
    }
    let text = sanitize_lines(lines().collect::<Vec<_>>().join("\n").as_bytes()).into_owned();
    if text.len() <= MESSAGE_BYTES { Ok(text.into()) } else { Err(Request::SayTooLong) }
}

fn say(room: Option<String>, text: &str) -> Request {
    match said_in_lines(text.trim_end().trim_start_matches(['\r', '\n'])) {
        Err(why) => why,
        Ok(text) if text.trim().is_empty() => Request::Malformed("There is no text to say.".into()),
        Ok(text) => Request::Say { room, text: text.into_owned() },
    }
}

/// Appends `event` to `out`, as the answer to what its reader calls `label`, if it is one.
pub(super) fn encode(event: &Event, label: Option<&str>, lines: Lines, out: &mut BytesMut) {
    let start = out.len();
    encode_plain(event, lines, out);
    if let Some(label) = label.filter(|_| out.len() > start) {
        let fields = out.split_off(start + 1);
        out.extend_from_slice(b"\"label\":");
        put(&label, out);
        out.extend_from_slice(b",");
        out.unsplit(fields);
    }
}

fn encode_plain(event: &Event, lines: Lines, out: &mut BytesMut) {
    match event {
        Event::Program(event) => return put_line(&program::message(event), out),
        Event::Reply(Reply::HistoryHeading { room, query, outcome: Ok(outcome) }) => {
            if let Some(heading) = program::heading(room, query, *outcome) {
                return put_line(&heading, out);
            }
        }
        _ => {}
    }
    let tell = match event {
        Event::Live(entry) => log_entry_with(entry, false, lines),
        Event::Replayed(entry) => log_entry_with(entry, true, lines),
        Event::HistoryResult { entry, more } => {
            let (ServerMessage::Acted { what }
            | ServerMessage::Said { what }
            | ServerMessage::Joined { what }
            | ServerMessage::Left { what }) = log_entry_with(entry, true, lines)
            else {
                return;
            };
            ServerMessage::Found { what, acted: matches!(entry.event, RoomEvent::Acted { .. }), more: *more }
        }
        Event::NameAccepted { name, token, started } => ServerMessage::Hello {
            version: VERSION,
            server: concat!("Salon ", env!("CARGO_PKG_VERSION")).into(),
            name: name.to_string(),
            token: token.map(|token| token.to_string()),
            started: started.to_string(),
            features: program::FEATURES.iter().map(|feature| Cow::Borrowed(*feature)).collect(),
        },
        Event::Welcome { room, echoes, read, present, count, .. } => ServerMessage::Welcome {
            room: room.to_string(),
            echoes: *echoes,
            read: *read,
            count: *count,
            present: present
                .iter()
                .map(|who| Present { who: who.name.to_string(), is: who.kind.into() })
                .collect(),
        },
        Event::ReplayStart { .. } | Event::Program(_) => return,
        Event::ReplayGap => ServerMessage::Notice { room: None, text: LEFT_OUT.into() },
        Event::ReplayEnd { room } => ServerMessage::Live { room: room.to_string() },
        Event::Parted { room, .. } => ServerMessage::Parted { room: room.to_string(), text: text(event) },
        Event::Notice(Notice::FromHost { room, text }) => {
            ServerMessage::Notice { room: Some(room.to_string()), text: text.to_string() }
        }
        Event::Notice(_) | Event::Reply(_) => ServerMessage::Notice { room: None, text: text(event) },
        Event::Refused { why, .. } => ServerMessage::Refused { why: why.into(), text: text(event) },
        Event::Removed(why) => {
            ServerMessage::Removed { reason: text(event), why: Some(removal_code(why).into()) }
        }
    };
    put_line(&tell, out);
}

fn put_line(object: &impl Serialize, out: &mut BytesMut) {
    let start = out.len();
    put(object, out);
    if out.len() > start {
        out.extend_from_slice(b"\n");
    }
}

fn put(object: &impl Serialize, out: &mut BytesMut) {
    let start = out.len();
    if serde_json::to_writer(out.writer(), object).is_err() {
        // Serializing strings and numbers into a buffer cannot fail. If it did, half an object would be worse than
        // none.
        out.truncate(start);
    }
}

/// The code of a removal.
fn removal_code(why: &Removal) -> &'static str {
    match why {
        Removal::Operator(_) => "operator",
        Removal::InvalidName => "no_name",
        Removal::Spam => "spam",
        Removal::Unsupported => "foreign",
        Removal::Idle(_) => "silent",
        Removal::WriteStalled(_)
        | Removal::BacklogFull
        | Removal::LargestBacklog
        | Removal::LargestPartialInput => "slow",
        Removal::Resumed => "came_back",
        Removal::Stopping => "stopping",
    }
}

/// A room event as a message. `replayed`: it happened before the program joined.
pub fn log_entry(entry: &LogEntry, replayed: bool) -> ServerMessage {
    log_entry_with(entry, replayed, lines::kept)
}

fn log_entry_with(entry: &LogEntry, replayed: bool, lines: Lines) -> ServerMessage {
    let what = |who: Option<&MemberInfo>, text: Option<&str>| EventFields {
        id: entry.id,
        time: utc(entry.time),
        room: entry.room.to_string(),
        who: who.map_or("Host".into(), |who| who.name.to_string()),
        is: who.map_or(SenderKind::Host, |who| who.kind.into()),
        text: text.map(|text| lines(text).into_owned()),
        replayed,
    };
    match &entry.event {
        RoomEvent::Joined { who, .. } => ServerMessage::Joined { what: what(Some(who), None) },
        RoomEvent::Left { who, removed_for, .. } => {
            ServerMessage::Left { what: what(Some(who), removed_for.as_ref().map(removal).as_deref()) }
        }
        RoomEvent::Said { who, text } => ServerMessage::Said { what: what(Some(who), Some(text)) },
        RoomEvent::Acted { who, text } => ServerMessage::Acted { what: what(Some(who), Some(text)) },
        RoomEvent::HostSaid { text } => ServerMessage::Said { what: what(None, Some(text)) },
    }
}

impl From<Kind> for SenderKind {
    fn from(kind: Kind) -> SenderKind {
        match kind {
            Kind::Person => SenderKind::Person,
            Kind::Bot => SenderKind::Bot,
        }
    }
}

impl From<&Refusal> for ErrorCode {
    fn from(why: &Refusal) -> ErrorCode {
        match why {
            Refusal::InvalidName(_) => ErrorCode::NoName,
            Refusal::NameTaken(_) => ErrorCode::NameTaken,
            Refusal::TooLong | Refusal::TooManyLines => ErrorCode::TooLong,
            Refusal::NotJoined(_) => ErrorCode::NotJoined,
            Refusal::UnknownRoom(_) => ErrorCode::NoRoom,
            Refusal::Muted(_) => ErrorCode::Muted,
            Refusal::Banned(_) => ErrorCode::Banned,
            Refusal::Command(_) => ErrorCode::Command,
            Refusal::TooFast { .. } => ErrorCode::TooFast,
            Refusal::TooManyRooms => ErrorCode::TooMany,
            Refusal::Malformed(_) => ErrorCode::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::JSON_FRAME_BYTES;

    #[test]
    fn requests_of_programs() {
        let asked = |line: &str| request(line).unwrap();
        let hello = |token| Request::Hello { name: "Ann".into(), kind: Kind::Bot, token, lines: false };
        assert_eq!(asked(r#"{"type":"hello","version":1,"name":"Ann","bot":true,"new":[]}"#), hello(None));
        let with_token = |token: &str| {
            format!(r#"{{"type":"hello","version":1,"name":"Ann","bot":true,"token":"{token}"}}"#)
        };
        assert_eq!(asked(&with_token(&Token(17).to_string())), hello(Some(Token(17))));
        assert_eq!(asked(&with_token("of no use")), hello(None));
        assert_eq!(asked(r#"{"type":"join"}"#), Request::Join { room: None });
        let room = Some("attic".to_owned());
        assert_eq!(asked(r#"{"type":"join","room":"attic"}"#), Request::Join { room: room.clone() });
        assert_eq!(asked(r#"{"type":"leave"}"#), Request::Leave { room: None });
        let say = |room, text: &str| Request::Say { room, text: text.into() };
        assert_eq!(asked(r#"{"type":"say","room":"attic","text":"/hi"}"#), say(room, "/hi"));
        assert_eq!(asked(r#"{"type":"say","text":"a\u001b[2J\nb"}"#), say(None, "a\u{fffd}[2J\nb"));
        let long = format!(r#"{{"type":"say","text":"{}"}}"#, "x".repeat(MESSAGE_BYTES + 1));
        assert_eq!(asked(&long), Request::SayTooLong);
        let long = format!(r#"{{"type":"command","name":"me","rest":"{}"}}"#, "x".repeat(MESSAGE_BYTES + 1));
        assert_eq!(asked(&long), Request::SayTooLong);
        assert_eq!(request("  "), None);
        for unclear in [
            "hello",
            "{}",
            r#"{"type":"dance"}"#,
            r#"{"type":"say","text":" "}"#,
            r#"{"type":"say"}"#,
            r#"{"type":"hello","version":2,"name":"Ann"}"#,
        ] {
            assert!(matches!(asked(unclear), Request::Malformed(_)), "{unclear}");
        }
        let Request::Malformed(why) = asked(r#"{"type":"\u001b[2J\n"}"#) else {
            panic!("there is no such type")
        };
        assert!(why.contains("\"\u{fffd}[2J\u{fffd}\""), "{why}");
        let hello =
            Request::Hello { name: "A\u{fffd}".into(), kind: Kind::Person, token: None, lines: false };
        assert_eq!(asked(r#"{"type":"hello","version":1,"name":"A\u001b"}"#), hello);
    }

    #[test]
    fn oversized_fields_are_cut() {
        let long = "\u{fdfa}".repeat(JSON_FRAME_BYTES / 3 - 64);
        let is_cut = |name: &str| is_too_long(name) && name.chars().count() == NAME_INPUT_CHARS + 1;
        let rooms = ["join", "leave"].map(|what| format!(r#"{{"type":"{what}","room":"{long}"}}"#));
        let named = [
            format!(r#"{{"type":"say","room":"{long}","text":"x"}}"#),
            format!(r#"{{"type":"command","room":"{long}","name":"who"}}"#),
            format!(r#"{{"type":"command","name":"{long}"}}"#),
            format!(r#"{{"type":"hello","version":1,"name":"{long}"}}"#),
        ];
        for line in rooms.iter().chain(&named) {
            let cut = match request(line).unwrap() {
                Request::Join { room: Some(room) }
                | Request::Leave { room: Some(room) }
                | Request::Say { room: Some(room), .. }
                | Request::Command { room: Some(room), .. } => room,
                Request::Command { name, .. } | Request::Hello { name, .. } => name,
                other => panic!("{other:?}"),
            };
            assert!(is_cut(&cut), "{} bytes of {line:.40}", cut.len());
        }
        // The length is checked before marks are dropped.
        let marks = format!(r#"{{"type":"join","room":"lobby{}"}}"#, "\u{301}".repeat(200));
        assert!(matches!(request(&marks), Some(Request::Join { room: Some(room) }) if is_cut(&room)));
        // A token is nothing but its digits.
        let hello = |token: &str| format!(r#"{{"type":"hello","version":1,"name":"A","token":"{token}"}}"#);
        let token = |line: &str| match request(line) {
            Some(Request::Hello { token, .. }) => token,
            other => panic!("{other:?}"),
        };
        assert_eq!(token(&hello(&format!("{:0>32}", "1f"))), Some(Token(31)));
        assert_eq!(token(&hello(&format!("{:0>20000}", "1f"))), None);
    }
}
