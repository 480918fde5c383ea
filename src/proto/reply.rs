//! Answers to what members ask.

use std::rc::Rc;
use std::time::SystemTime;

use crate::proto::ids::Who;

/// An answer to one member alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Which commands there are.
    Help {
        /// Those of every room.
        commands: Vec<CommandHelp>,
        /// Those of the room that it was asked in: usage, and what it does. None: it was asked in no room.
        of_room: Option<&'static [(&'static str, &'static str)]>,
    },
    /// Who is in a room.
    Members {
        /// The room's name.
        room: Rc<str>,
        /// The first of them.
        members: Vec<Who>,
        /// How many there are.
        count: usize,
    },
    /// Which rooms there are.
    Rooms(Vec<RoomInfo>),
    /// One is in no room any more.
    InNoRoom,
    /// What was found follows, or nothing was.
    HistoryHeading {
        /// The room's name.
        room: Rc<str>,
        /// What was wanted.
        query: HistoryQuery,
        /// An error is a part of a sentence.
        outcome: Result<HistoryOutcome, String>,
    },
    /// One leaves the chat, as one asked to.
    Goodbye,
}

/// A slash command, as help shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandHelp {
    /// Without the slash.
    pub name: &'static str,
    /// What follows it.
    pub arguments: &'static str,
    /// What it does, in a few words.
    pub help: &'static str,
}

/// A room, as a list of rooms shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomInfo {
    /// Its name.
    pub name: Rc<str>,
    /// Its kind's name.
    pub kind: &'static str,
    /// What rooms of this kind are for, as the end of a line.
    pub purpose: &'static str,
    /// The commands of its host's: usage, and what it does.
    pub commands: &'static [(&'static str, &'static str)],
    /// How many are in it.
    pub count: usize,
    /// Whether who asked is in it.
    pub is_own: bool,
}

/// What somebody wants to be told again, of one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryQuery {
    /// The last messages.
    Last {
        /// How many at most.
        most: usize,
        /// None that are older.
        since: Option<SystemTime>,
    },
    /// A program's question: the last messages between two ids; or, if only the first is named, the first behind it.
    Between {
        /// None with this id, or a greater one.
        before: Option<u64>,
        /// None with this id, or a smaller one.
        after: Option<u64>,
        /// How many at most.
        most: usize,
    },
    /// A program's question: the last messages with all of these words.
    Words {
        /// As they were typed.
        words: String,
        /// How many at most.
        most: usize,
    },
    /// The last messages with all of these words.
    Search {
        /// As they were typed.
        words: String,
        /// How many at most.
        most: usize,
    },
}

/// What came of looking it up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryOutcome {
    /// So many messages were found.
    pub messages: usize,
    /// There are others, older ones.
    pub is_cut: bool,
    /// There was no time to look at everything.
    pub is_partial: bool,
    /// That is so because older messages are still being indexed.
    pub is_indexing: bool,
}
