//! Messages to programs.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::limits::{
    JSON_FRAME_BYTES, LABEL_CHARS, MESSAGE_BYTES, MESSAGE_LINES, NAME_CHARS, PROGRAM_HISTORY_MAX,
    ROOMS_PER_PROGRAM,
};
use crate::base::time::utc;
use crate::proto::{Kind, OperatorRefusal, PasswordRefusal, Refusal, Removal, RoomRefusal, Topic};

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
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limits: Option<Limits>,
    },
    Welcome {
        room: String,
        #[serde(default = "yes")]
        echoes: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read: Option<u64>,
        count: usize,
        present: Vec<Present>,
        #[serde(default, skip_serializing_if = "is_zero")]
        replayed: usize,
        #[serde(default, skip_serializing_if = "is_zero")]
        earlier: usize,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        older: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<TopicFields>,
    },
    Nick {
        name: String,
        was: String,
    },
    Live {
        room: String,
    },
    /// What is older than this id is not replayed, although the program asked for it.
    Gap {
        room: String,
        before: u64,
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
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    Topic {
        #[serde(flatten)]
        what: EventFields,
    },
    Changed {
        #[serde(flatten)]
        what: EventFields,
        change: Cow<'static, str>,
        #[serde(default)]
        on: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        member: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slow_ms: Option<u64>,
    },
    Renamed {
        #[serde(flatten)]
        what: EventFields,
        was: String,
    },
    Said {
        #[serde(flatten)]
        what: EventFields,
    },
    Acted {
        #[serde(flatten)]
        what: EventFields,
    },
    /// The message with this id is erased.
    Erased {
        #[serde(flatten)]
        what: EventFields,
        message: u64,
    },
    /// The message with this id has another text.
    Edited {
        #[serde(flatten)]
        what: EventFields,
        message: u64,
    },
    Found {
        #[serde(flatten)]
        what: EventFields,
        #[serde(default)]
        acted: bool,
        more: usize,
    },
    Private {
        id: u64,
        time: String,
        from: String,
        is: SenderKind,
        to: String,
        text: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        notice: bool,
        replayed: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<usize>,
    },
    Gone {
        name: String,
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

/// What a room is about.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct TopicFields {
    /// The text.
    pub text: String,
    /// Who set it, or `Host`.
    pub who: String,
    /// When it was set, in UTC and in the format of RFC 3339.
    pub time: String,
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

/// What the server allows a program.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Limits {
    /// How many messages it may send in `window_ms`; as many as it likes, if this is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<usize>,
    /// The window, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_ms: Option<u64>,
    /// The longest object on a line or in a frame, in bytes.
    pub object_bytes: usize,
    /// The longest text of a message, in bytes of UTF-8.
    pub text_bytes: usize,
    /// The greatest number of its lines.
    pub text_lines: usize,
    /// The longest name, in characters.
    pub name_chars: usize,
    /// The longest label, in characters.
    pub label_chars: usize,
    /// The number of rooms that a program may be in at once.
    pub rooms: usize,
    /// The greatest number of messages in an answer to `history` or `search`.
    pub history: usize,
}

impl Limits {
    /// The limits of this server. `pace`: how many messages a program may send in how much time.
    pub(super) fn of_server(pace: Option<(usize, Duration)>) -> Limits {
        Limits {
            messages: pace.map(|(messages, _)| messages),
            window_ms: pace.map(|(_, within)| u64::try_from(within.as_millis()).unwrap_or(u64::MAX)),
            object_bytes: JSON_FRAME_BYTES,
            text_bytes: MESSAGE_BYTES,
            text_lines: MESSAGE_LINES,
            name_chars: NAME_CHARS,
            label_chars: LABEL_CHARS,
            rooms: ROOMS_PER_PROGRAM,
            history: PROGRAM_HISTORY_MAX,
        }
    }
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
    /// Whether the message has another text than it had first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
    /// Whether the message is a notice, which no program answers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub notice: bool,
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
    Password,
    NoName,
    NameTaken,
    TooLong,
    NotJoined,
    NoRoom,
    NoMember,
    NotPrivate,
    NotShared,
    Muted,
    Banned,
    Command,
    TooFast,
    TooMany,
    Unclear,
}

/// Whether a number is left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The default of `echoes`.
fn yes() -> bool {
    true
}

impl From<Kind> for SenderKind {
    fn from(kind: Kind) -> SenderKind {
        match kind {
            Kind::Person => SenderKind::Person,
            Kind::Bot => SenderKind::Bot,
        }
    }
}

impl From<&Topic> for TopicFields {
    fn from(Topic { text, by, time }: &Topic) -> TopicFields {
        let who = by.as_ref().map_or("Host".into(), ToString::to_string);
        TopicFields { text: text.to_string(), who, time: utc(*time) }
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
            Refusal::UnknownMember(_) => ErrorCode::NoMember,
            Refusal::NotPrivate(_) => ErrorCode::NotPrivate,
            Refusal::NotShared(_) => ErrorCode::NotShared,
            Refusal::Muted(_) | Refusal::Room(RoomRefusal::Muted(_)) => ErrorCode::Muted,
            Refusal::Banned(_) => ErrorCode::Banned,
            Refusal::TooFast { .. }
            | Refusal::Password(PasswordRefusal::TooMany(_))
            | Refusal::Operator(OperatorRefusal::TooMany(_) | OperatorRefusal::Busy)
            | Refusal::TooManyRecipients { .. }
            | Refusal::Room(RoomRefusal::Slow { .. }) => ErrorCode::TooFast,
            Refusal::TooManyRooms
            | Refusal::Room(RoomRefusal::TooManyOfOne | RoomRefusal::TooManyOfOrigin | RoomRefusal::Full) => {
                ErrorCode::TooMany
            }
            Refusal::Password(_) | Refusal::Operator(OperatorRefusal::Wrong) => ErrorCode::Password,
            Refusal::Operator(_) | Refusal::Command(_) | Refusal::Room(_) | Refusal::NotAmended(_) => {
                ErrorCode::Command
            }
            Refusal::Malformed(_) => ErrorCode::Unclear,
        }
    }
}

/// The code of a removal.
pub(super) fn why_removed(why: &Removal) -> &'static str {
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
        Removal::Kicked { .. } => "kicked",
    }
}
