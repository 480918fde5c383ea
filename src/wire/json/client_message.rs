//! Messages by programs.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use crate::base::secret::Secret;

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
        /// The password of the server, if it asks for one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password: Option<Secret>,
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
        /// How many of the last messages of people are replayed. `None`: as many as the server thinks fit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replay: Option<usize>,
    },
    /// Open a room, and join it.
    Open {
        /// Its name.
        room: String,
        /// Its topic.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        topic: String,
    },
    /// Leave a room.
    Leave {
        /// The room. `None`: the one joined last.
        #[serde(default)]
        room: Option<String>,
    },
    /// Send a message. A field that is unknown could say who may read it, so there must be none.
    #[serde(deserialize_with = "only_say")]
    Say {
        /// The room. `None`: the one joined last.
        #[serde(default)]
        room: Option<String>,
        /// The only member that reads it, instead of a room.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// Only if it and the sender have written to each other already.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        ongoing: bool,
        /// The text. A leading slash has no meaning.
        text: String,
    },
    /// Erase a message of one's own.
    Erase {
        /// The room. `None`: the one joined last.
        #[serde(default)]
        room: Option<String>,
        /// The id of the message. `None`: the last one.
        #[serde(default)]
        id: Option<u64>,
    },
    /// Give a message of one's own another text.
    Edit {
        /// The room. `None`: the one joined last.
        #[serde(default)]
        room: Option<String>,
        /// The id of the message. `None`: the last one.
        #[serde(default)]
        id: Option<u64>,
        /// The text.
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
    /// Take another name.
    Nick {
        /// The name.
        name: String,
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
        /// The other member of a private conversation, instead of a room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<String>,
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
        /// The other member of a private conversation, instead of a room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<String>,
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

    /// Whether it is a private message.
    pub fn is_private(&self) -> bool {
        matches!(self, ClientMessage::Say { to: Some(_), .. })
    }

    /// A message or a command in the room with this name, unless it names one.
    #[must_use]
    pub fn in_room(mut self, name: Option<&str>) -> ClientMessage {
        if let ClientMessage::Say { room, to: None, .. } | ClientMessage::Command { room, .. } = &mut self
            && room.is_none()
        {
            *room = name.map(str::to_owned);
        }
        self
    }
}

/// The fields of a message: the room, the reader, whether it is ongoing, and the text.
type SayFields = (Option<String>, Option<String>, bool, String);

/// The fields of a message, if there is no unknown one.
fn only_say<'de, D: Deserializer<'de>>(object: D) -> Result<SayFields, D::Error> {
    /// All fields.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Say {
        #[serde(default)]
        room: Option<String>,
        #[serde(default, deserialize_with = "reader")]
        to: Option<String>,
        #[serde(default)]
        ongoing: bool,
        text: String,
        /// Read apart.
        #[serde(default, rename = "label")]
        _label: IgnoredAny,
    }
    Say::deserialize(object).map(|say| (say.room, say.to, say.ongoing, say.text))
}

/// The only reader of a message. `null` is none: a program that lost a name must not say it to a room.
fn reader<'de, D: Deserializer<'de>>(field: D) -> Result<Option<String>, D::Error> {
    String::deserialize(field).map(Some)
}
