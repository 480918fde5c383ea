//! What the server tells a member by itself, and why it removes one.

use std::rc::Rc;
use std::time::Duration;

use crate::base::name::Name;

/// What one alone, or a room, is told by the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// What a host, a bot or an operator has to say: sentences, each on a line of its own.
    Text(Rc<str>),
    /// One is welcome, and asked for a name.
    Greeting,
    /// One gave no name, and is asked again.
    NameMissing,
    /// One gave a command before a name.
    NameFirst,
    /// That was the last try at a name.
    LastTry,
    /// No name came within this time.
    HandshakeTimeout(Duration),
    /// So many messages within this time are many; at `most` one is removed.
    SlowDown {
        /// So many there were.
        messages: usize,
        /// Within this time.
        within: Duration,
        /// So many are too many.
        most: usize,
    },
    /// One sent nothing for some time, and is removed unless one does.
    IdleWarning {
        /// For so long.
        since: Duration,
        /// So much is left.
        left: Duration,
    },
    /// One hears only the newest of what was said before, as many came at once.
    HistoryCut,
    /// The room that a question was asked in is no more.
    RoomClosed,
    /// A question was not answered in time, and is given up.
    QueryTimeout,
    /// One's input ended long ago, and what else was asked for is not done.
    InputEnded,
    /// A question is not answered, as the service ends.
    QueryAborted,
    /// One has come back on another connection.
    Resumed,
    /// Somebody at one's address came for one's name: this.
    NameClaimed(Name),
    /// Nothing that is said is kept for now, for this reason: a part of a sentence.
    Degraded(String),
    /// What is said is kept again, but for so many messages.
    Recovered {
        /// How many are missing.
        lost: usize,
    },
    /// One is muted no longer.
    Unmuted,
}

/// Why the host removes somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// An operator's reason, as the end of "removed for".
    Operator(Rc<str>),
    /// It gave no name that can be had.
    InvalidName,
    /// It said too much.
    Spam,
    /// It speaks another protocol.
    Unsupported,
    /// It sent nothing for so long.
    Idle(Duration),
    /// It read nothing for so long.
    WriteStalled(Duration),
    /// Too much was waiting to be read by it.
    BacklogFull,
    /// The same of all together, and most of it by this one.
    LargestBacklog,
    /// Of all unfinished messages, most were its.
    LargestPartialInput,
    /// It has come back on another connection.
    Resumed,
    /// The service ends.
    Stopping,
}
