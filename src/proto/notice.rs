//! Notices that the server sends on its own, and reasons for removing a member.

use std::rc::Rc;
use std::time::Duration;

use crate::base::name::Name;

/// A notice to one member or to a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Sentences by a host, a bot or an operator, one on a line.
    Text(Rc<str>),
    /// Sentences by the host of a room for one member, one on a line.
    FromHost {
        /// The room.
        room: Rc<str>,
        /// The sentences.
        text: Rc<str>,
    },
    /// What to say in a room. ChatyChaty's clients, which know their room, do not receive it.
    Hint {
        /// The room.
        room: Rc<str>,
        /// The sentence.
        text: Rc<str>,
    },
    /// The greeting, which asks for a name.
    Greeting,
    /// The greeting, which asks for the password of the server.
    PasswordGreeting,
    /// The client gave no name and is asked again.
    NameMissing,
    /// The client sent a command before a name.
    NameFirst,
    /// The client has used up its attempts to choose a name.
    LastTry,
    /// It sent too much before it had a name.
    TooMuchBeforeName,
    /// No name arrived within this time.
    HandshakeTimeout(Duration),
    /// The client sends fast, and is removed when it reaches `limit` messages within the window.
    SlowDown {
        /// Messages in the window.
        messages: usize,
        /// Length of the window.
        within: Duration,
        /// The limit.
        limit: usize,
    },
    /// The client is idle and will be removed.
    IdleWarning {
        /// How long it has sent nothing.
        since: Duration,
        /// How long until it is removed.
        remaining: Duration,
    },
    /// Only the newest older messages are replayed, as many clients joined at once.
    HistoryCut,
    /// A query is dropped because its room was closed.
    RoomClosed,
    /// A query is dropped because it took too long.
    QueryTimeout,
    /// A pending command is dropped because the client's input ended long ago.
    InputEnded,
    /// A query is dropped because the server stops.
    QueryAborted,
    /// The member has resumed its session on another connection.
    Resumed,
    /// A client at the same address asked for the member's name, this one.
    NameClaimed(Name),
    /// Messages are not stored for now. Holds the reason, a part of a sentence.
    Degraded(String),
    /// Messages are stored again.
    Recovered {
        /// How many messages were not stored.
        lost: usize,
    },
    /// The member is no longer muted.
    Unmuted,
    /// The member does not operate the server any more.
    NoOperator,
    /// An operator says something to all operators.
    Wallops {
        /// Who says it.
        by: Name,
        /// What it says.
        text: Rc<str>,
    },
    /// Another member invites it to a room.
    Invited {
        /// The other member.
        by: Name,
        /// The room.
        room: Rc<str>,
    },
}

/// Why the server removes a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// An operator's reason, as the end of "removed for".
    Operator(Rc<str>),
    /// It gave no valid or free name.
    InvalidName,
    /// It exceeded the message rate.
    Spam,
    /// It speaks an unsupported protocol.
    Unsupported,
    /// It sent nothing for this long.
    Idle(Duration),
    /// It read nothing for this long.
    WriteStalled(Duration),
    /// Its send queue is full.
    BacklogFull,
    /// All send queues together are full, and its queue is the largest.
    LargestBacklog,
    /// All partial messages together are too large, and its own is the largest.
    LargestPartialInput,
    /// It has resumed on another connection.
    Resumed,
    /// The server stops.
    Stopping,
    /// The owner or an operator of a room removed it, from that room only.
    Kicked {
        /// Who removed it.
        by: Name,
        /// The reason; may be empty.
        reason: Rc<str>,
    },
}
