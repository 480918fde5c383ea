//! Requests and events of programs (JSON clients and the web page) in addition to everybody's: history by ids, lists as
//! data, and acknowledgements.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::name::Name;
use crate::proto::ids::{Kind, Presence};
use crate::proto::lookup::{Found, Lookup};
use crate::proto::replay::ReplayLimit;
use crate::proto::reply::{CommandHelp, HistoryQuery, RoomInfo};

/// A request that only programs send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramRequest {
    /// Answer with a pong.
    Ping,
    /// Send a notice to a room: a message that no program answers by itself.
    Notice {
        /// The room's name.
        room: String,
        /// The text, as that of [`Request::Say`](crate::proto::Request::Say).
        text: String,
    },
    /// Take another name.
    Nick {
        /// The name as given, possibly invalid.
        name: String,
    },
    /// The member is typing a message.
    Typing {
        /// The room. `None`: the one joined last.
        room: Option<String>,
        /// Whether it still is.
        state: TypingState,
    },
    /// The member is typing a private message.
    TypingTo {
        /// The name of the other member.
        to: String,
        /// Whether it still is.
        state: TypingState,
    },
    /// Report who is typing from now on.
    WatchTyping,
    /// The member has read all messages up to an id.
    Read {
        /// The room. `None`: the one joined last.
        room: Option<String>,
        /// The id of the last message.
        id: u64,
    },
    /// The member has read all messages up to a time; or it asks how far it has read.
    ReadAt {
        /// The room's name.
        room: String,
        /// When the last message was said. `None`: it asks.
        time: Option<SystemTime>,
    },
    /// Erase a message of one's own, or give it another text.
    Amend {
        /// The room. `None`: the one joined last.
        room: Option<String>,
        /// The id of the message. `None`: the last one.
        id: Option<u64>,
        /// When it was said, if the client knows that: a message with the id that was said at another time is not meant.
        said_at: Option<SystemTime>,
        /// The new text, as that of [`Request::Say`](crate::proto::Request::Say). `None`: erase it.
        text: Option<String>,
    },
    /// List the rooms.
    Rooms {
        /// Also report changes from now on.
        watch: bool,
    },
    /// List the members of a room.
    Members {
        /// The room. `None`: the one joined last.
        room: Option<String>,
    },
    /// Send older messages of a room, selected by id.
    History {
        /// The room. `None`: the one joined last.
        room: Option<String>,
        /// Only ids below this one.
        before: Option<u64>,
        /// Only ids above this one.
        after: Option<u64>,
        /// The maximum number of messages.
        limit: usize,
    },
    /// Find the newest messages of a room that contain all of these words.
    Search {
        /// The room. `None`: the one joined last.
        room: Option<String>,
        /// The words as typed.
        words: String,
        /// The maximum number of messages.
        limit: usize,
    },
    /// Send or search the private messages between the member and another one.
    Private {
        /// The other member's name.
        with: String,
        /// The query.
        query: HistoryQuery,
    },
    /// Open a room, and join it in addition to the current ones.
    Open {
        /// Its name.
        room: String,
        /// Its topic; may be empty.
        topic: String,
    },
    /// Join a room in addition to the current ones; open it if none has this name.
    Enter {
        /// Its name as typed.
        room: String,
        /// How much of its history to replay. `None`: as much as the member hears in every room.
        replay: Option<ReplayLimit>,
    },
    /// Tell who of some is here, now and from now on.
    Monitor(Monitor),
    /// The member is of this kind. Only before it joins a room.
    Become(Kind),
    /// The member calls itself this beside its name, where clients show that: 1 to [`IRC_REAL_NAME_BYTES`] bytes.
    ///
    /// [`IRC_REAL_NAME_BYTES`]: crate::base::limits::IRC_REAL_NAME_BYTES
    RealName(String),
    /// Answer a question.
    Look(Lookup),
    /// Send older messages of a room, selected by marks.
    Span {
        /// The room's name.
        room: String,
        /// The query.
        query: HistoryQuery,
    },
    /// Join a room, and replay only the messages that the client has not received yet.
    Resume {
        /// The room. `None`: the first room.
        room: Option<String>,
        /// The greatest id that the client has received.
        after: u64,
    },
}

/// What a member does with the list of names of which it hears whether somebody has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Monitor {
    /// Adds these, as typed.
    Add(Vec<String>),
    /// Removes these.
    Remove(Vec<String>),
    /// Removes all.
    Clear,
    /// Asks for the list.
    List,
    /// Asks who of them is here.
    Status,
}

/// What a member hears of that list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Monitored {
    /// These are here.
    Here(Vec<Name>),
    /// These are not, or no longer.
    Gone(Vec<String>),
    /// All in the list, as typed.
    List(Vec<String>),
    /// There is no room for these in the list.
    Full(Vec<String>),
}

/// An event that only programs receive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramEvent {
    /// Answers a ping.
    Pong,
    /// Acknowledges a request: it is done.
    Done {
        /// If the request was a message: its room and id.
        said: Option<(Rc<str>, u64)>,
    },
    /// A member is typing a message.
    Typing {
        /// The room's name, or that of the member to which it writes.
        to: TypingTo,
        /// The member's name.
        who: Name,
        /// Whether it still is.
        state: TypingState,
        /// When that was told.
        time: SystemTime,
        /// It is the member itself.
        is_own: bool,
    },
    /// A member is away from now on, with this text; `None`: it is back.
    Away {
        /// The member's name.
        who: Name,
        /// The text; may be empty.
        text: Option<Rc<str>>,
    },
    /// A member calls itself this from now on, beside its name.
    RealName {
        /// The member's name.
        who: Name,
        /// What it calls itself.
        text: Rc<str>,
    },
    /// How far somebody of the member's name has read in a room.
    ReadUpTo {
        /// The room's name.
        room: Rc<str>,
        /// When the last message was said that it has read. `None`: it is not known.
        time: Option<SystemTime>,
    },
    /// Somebody was invited into a room.
    Invited {
        /// Who invited it.
        by: Name,
        /// Who was invited.
        who: Name,
        /// The room's name.
        room: Rc<str>,
    },
    /// The list of names of which the member hears whether somebody has them.
    Monitored(Monitored),
    /// The member itself is of this kind from now on.
    Became(Kind),
    /// All rooms, and the commands that work in all of them.
    Rooms {
        /// The rooms, `PROGRAM_ROOMS` at most; in the order in which they were opened, if these are all.
        rooms: Vec<RoomInfo>,
        /// How many more there are.
        more: usize,
        /// The commands, in the order of `/help`.
        commands: Vec<CommandHelp>,
    },
    /// A room was opened, or its number of members has changed.
    Room(RoomInfo),
    /// The room with this name was closed.
    RoomClosed(Rc<str>),
    /// The members of a room.
    Members {
        /// The room's name.
        room: Rc<str>,
        /// Some of the members, `PROGRAM_MEMBERS` at most.
        members: Vec<Presence>,
        /// The number of all members.
        count: usize,
    },
    /// The answer to a question; or, right after a welcome, who is in the room, if the member wants to know.
    Found(Found),
    /// The replay that follows is incomplete: messages below this id are left out, if there are any.
    Gap {
        /// The room's name.
        room: Rc<str>,
        /// The id.
        before: u64,
    },
}

/// Whether somebody is typing, in the order in which that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TypingState {
    /// It is.
    Active,
    /// It pauses.
    Paused,
    /// It has given up its message.
    Done,
}

/// Who hears that somebody is typing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypingTo {
    /// The room with this name.
    Room(Rc<str>),
    /// The member with this name.
    Member(Name),
}
