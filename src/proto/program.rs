//! What programs and pages ask and hear beside what everybody does: parts of a history by id, lists that are not for reading
//! aloud, and what tells them how a request ended.

use std::rc::Rc;

use crate::proto::ids::Who;
use crate::proto::reply::{CommandHelp, RoomInfo};

/// What only a program asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramRequest {
    /// To hear whether the server is there.
    Ping,
    /// Which rooms there are.
    Rooms {
        /// And what changes there, from then on.
        watch: bool,
    },
    /// Who is in a room.
    Members {
        /// Which; none: the one that was joined last.
        room: Option<String>,
    },
    /// What was said in a room, by its ids.
    History {
        /// Which; none: the one that was joined last.
        room: Option<String>,
        /// Only what has smaller ids.
        before: Option<u64>,
        /// Only what has greater ids.
        after: Option<u64>,
        /// So many messages at most.
        limit: usize,
    },
    /// The last messages of a room with these words.
    Search {
        /// Which; none: the one that was joined last.
        room: Option<String>,
        /// As they were typed.
        words: String,
        /// So many messages at most.
        limit: usize,
    },
    /// To be in a room, and hear only what is newer than what one has heard there already.
    Resume {
        /// Which; none: the one that everybody comes to first.
        room: Option<String>,
        /// The greatest id that one has heard.
        after: u64,
    },
}

/// What only a program hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramEvent {
    /// The server is there.
    Pong,
    /// What was asked for is done.
    Done {
        /// What one said there has this id.
        said: Option<(Rc<str>, u64)>,
    },
    /// All rooms, and the commands of everywhere.
    Rooms {
        /// In the order of their opening.
        rooms: Vec<RoomInfo>,
        /// In the order of help.
        commands: Vec<CommandHelp>,
    },
    /// A room is open, or another number is in it.
    Room(RoomInfo),
    /// A room of this name is open no longer.
    RoomClosed(Rc<str>),
    /// Who is in a room.
    Members {
        /// The room's name.
        room: Rc<str>,
        /// The first of them.
        members: Vec<Who>,
        /// How many there are.
        count: usize,
    },
    /// The replay that follows has nothing older than this, though something may be.
    Gap {
        /// The room's name.
        room: Rc<str>,
        /// The id.
        before: u64,
    },
}
