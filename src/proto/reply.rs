//! Replies to commands.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::name::Name;
use crate::proto::ids::Presence;
use crate::proto::replay::ReplayLimit;
use crate::proto::room::{RoomReply, Topic};
use crate::proto::span::Span;
use crate::proto::whois::Whois;

/// A reply to one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `/help`.
    Help {
        /// Commands that work in every room.
        commands: Vec<CommandHelp>,
        /// Commands of the current room: usage and help. `None`: the member is in no room.
        of_room: Option<&'static [(&'static str, &'static str)]>,
    },
    /// `/who`: the members of a room.
    Members {
        /// The room's name.
        room: Rc<str>,
        /// Some of them, `WHO_NAMES` at most.
        members: Vec<Presence>,
        /// The number of all members.
        count: usize,
    },
    /// `/rooms`: the open rooms.
    Rooms {
        /// The rooms.
        rooms: Vec<RoomInfo>,
        /// How many more there are.
        more: usize,
        /// The present time.
        now: SystemTime,
    },
    /// A reply about a room that people opened, or about a topic.
    Room(RoomReply),
    /// The member has left its last room.
    InNoRoom,
    /// Heads the results of a history query, or says that there are none.
    HistoryHeading {
        /// The room's name.
        room: Rc<str>,
        /// The query.
        query: HistoryQuery,
        /// The outcome. An error is a part of a sentence.
        outcome: Result<HistoryOutcome, String>,
    },
    /// `/replay`: how much the member hears when it joins a room.
    ReplayLimit(ReplayLimit),
    /// Heads the results of a query for private messages, or says that there are none.
    PrivateHeading {
        /// The other member.
        with: Name,
        /// The query.
        query: HistoryQuery,
        /// The outcome.
        outcome: HistoryOutcome,
    },
    /// `/whois`.
    Whois(Whois),
    /// The member is away from now on. Holds what it said: empty if it said nothing.
    Away(Rc<str>),
    /// The member is back. `was_away`: it was away before.
    Back {
        /// Whether it was away before.
        was_away: bool,
    },
    /// A member that a private message was sent to is away.
    IsAway {
        /// The member.
        who: Name,
        /// What it said: empty if it said nothing.
        text: Rc<str>,
    },
    /// The member ignores another one from now on.
    Ignoring(Name),
    /// The member no longer ignores this name.
    NotIgnoring(Name),
    /// The names that the member ignores.
    Ignored(Vec<Name>),
    /// A hosted bot does not answer private messages.
    BotIsMute(Name),
    /// The member operates the server from now on.
    IsOperator,
    /// Answers an operator's command.
    Operated {
        /// It was done.
        is_done: bool,
        /// Sentences, one on a line; may be empty.
        text: Rc<str>,
    },
    /// Answers `/exit`.
    Goodbye,
}

/// A slash command as `/help` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandHelp {
    /// The name without the slash.
    pub name: &'static str,
    /// The arguments.
    pub arguments: &'static str,
    /// What it does, in a few words.
    pub help: &'static str,
}

/// A room as `/rooms` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomInfo {
    /// The name.
    pub name: Rc<str>,
    /// The name of its kind.
    pub kind: &'static str,
    /// The purpose of rooms of this kind, as the end of a line.
    pub purpose: &'static str,
    /// The commands of its host: usage and effect.
    pub commands: &'static [(&'static str, &'static str)],
    /// The number of members.
    pub count: usize,
    /// Whether the member who asked is in the room.
    pub is_own: bool,
    /// What it is about.
    pub topic: Option<Topic>,
    /// Who opened it. `None`: it is the server's.
    pub owner: Option<Name>,
    /// Only those who are invited may see and enter it.
    pub is_private: bool,
}

/// A query for older messages of one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryQuery {
    /// The newest messages.
    Last {
        /// The largest number of results.
        limit: usize,
        /// Messages before this time are left out.
        since: Option<SystemTime>,
    },
    /// A program's query: the newest messages between two ids. With only `after`: the oldest ones after it.
    Between {
        /// Only ids below this one.
        before: Option<u64>,
        /// Only ids above this one.
        after: Option<u64>,
        /// The largest number of results.
        limit: usize,
    },
    /// A query of an IRC client: messages by marks.
    Span {
        /// Which ones.
        span: Span,
        /// The largest number of results.
        limit: usize,
    },
    /// A program's query: the newest messages that contain all of these words.
    Words {
        /// The words as typed.
        words: String,
        /// The largest number of results.
        limit: usize,
    },
    /// The newest messages that contain all of these words.
    Search {
        /// The words as typed.
        words: String,
        /// The largest number of results.
        limit: usize,
    },
}

/// The outcome of a history query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryOutcome {
    /// How many messages were found.
    pub messages: usize,
    /// More results exist: older ones, or newer ones if the query goes forward.
    pub has_more: bool,
    /// The search stopped at its time limit.
    pub is_partial: bool,
    /// The search is partial because older messages are not indexed yet.
    pub is_indexing: bool,
}
