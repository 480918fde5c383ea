//! Requests of members.

use crate::base::secret::Secret;
use crate::proto::ids::{Kind, Token};
use crate::proto::private::PrivateText;
use crate::proto::program::ProgramRequest;
use crate::proto::replay::ReplayLimit;

/// A parsed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Register under a name.
    Hello {
        /// The name as given, possibly empty or invalid.
        name: String,
        /// What the client says it is, or is taken for.
        kind: Kind,
        /// The token of an earlier session under this name.
        token: Option<Token>,
        /// The password of the server.
        password: Option<Secret>,
        /// The client shows texts of several lines.
        lines: bool,
    },
    /// Join a room in addition to the current ones.
    Join {
        /// The room. `None`: the first room.
        room: Option<String>,
        /// How much of its history to replay. `None`: as much as the member hears in every room.
        replay: Option<ReplayLimit>,
    },
    /// Leave a room.
    Leave {
        /// The room. `None`: the one joined last.
        room: Option<String>,
    },
    /// Send a message.
    Say {
        /// The room. `None`: the one joined last.
        room: Option<String>,
        /// The text: 1 to 4,096 bytes, sanitized; programs may send several lines.
        text: String,
    },
    /// Send a private message.
    Tell {
        /// The name of the member that reads it.
        to: String,
        /// The text, as that of [`Request::Say`].
        text: PrivateText,
        /// Only if the two have written to each other already: nobody else who has the name may read it.
        is_ongoing: bool,
        /// It is a notice, which no program answers by itself.
        is_notice: bool,
    },
    /// Run a slash command.
    Command {
        /// The room. `None`: the one joined last.
        room: Option<String>,
        /// The name without the slash: `who` of `/who`.
        name: String,
        /// The rest of the line, trimmed: `waves` of `/me waves`.
        rest: String,
    },
    /// Operate the server, with a name and a password of an operator. Either may be empty.
    Oper {
        /// The name as given. It may be a password, typed too early.
        name: Secret,
        /// The password.
        password: Secret,
    },
    /// A request that only programs send.
    Program(ProgramRequest),
    /// Send a message that is too long. The text was discarded.
    SayTooLong,
    /// Send a message of too many lines. The text was discarded.
    SayTooManyLines,
    /// A message that cannot be parsed. Holds a sentence that says why.
    Malformed(String),
}

impl Request {
    /// A slash command. The password of an operator is kept apart from all others, so that nothing shows it. IRC's word for `/exit`
    /// may have a reason behind it, which is not shown.
    pub fn command(room: Option<String>, name: String, rest: &str) -> Request {
        if name.eq_ignore_ascii_case("quit") {
            return Request::Command { room, name: "exit".to_owned(), rest: String::new() };
        }
        let rest = rest.trim();
        if name.eq_ignore_ascii_case("oper") {
            let (name, password) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            return Request::Oper { name: name.into(), password: password.trim().into() };
        }
        Request::Command { room, name, rest: rest.to_owned() }
    }

    /// Whether it erases or edits a message.
    pub fn is_amendment(&self) -> bool {
        match self {
            Request::Program(ProgramRequest::Amend { .. }) => true,
            Request::Command { name, .. } => {
                ["undo", "edit"].iter().any(|command| name.eq_ignore_ascii_case(command))
            }
            _ => false,
        }
    }
}
