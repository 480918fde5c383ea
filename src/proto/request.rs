//! What members ask for.

use crate::proto::ids::{Kind, Token};
use crate::proto::program::ProgramRequest;

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// To be known by this name, which may be none.
    Hello {
        /// As it was given.
        name: String,
        /// What it says that it is, or is taken for.
        kind: Kind,
        /// What it was given with the name, if it had it before.
        token: Option<Token>,
    },
    /// To be in a room, and stay in those that one is in.
    Join {
        /// Which; none: the one that everybody comes to first.
        room: Option<String>,
    },
    /// To be in a room no longer.
    Leave {
        /// Which; none: the one that was joined last.
        room: Option<String>,
    },
    /// To be heard by a room.
    Say {
        /// Which; none: the one that was joined last.
        room: Option<String>,
        /// What: 1 to 4,096 bytes, harmless already.
        text: String,
    },
    /// A slash command, given in a room.
    Command {
        /// In which; none: the one that was joined last.
        room: Option<String>,
        /// `who` of `/who`: its name without the slash.
        name: String,
        /// `waves` of `/me waves`: whatever follows, trimmed.
        rest: String,
    },
    /// Something that only programs ask.
    Program(ProgramRequest),
    /// To say something longer than a message may be. What it was is not kept.
    SayTooLong,
    /// Something that cannot be understood, for this reason: a sentence.
    Malformed(String),
}
