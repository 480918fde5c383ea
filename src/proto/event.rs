//! What members hear: news of rooms, and what is told to one alone. Data: sentences are made in `wire`.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::name::Name;
use crate::proto::ids::{Token, Who};
use crate::proto::notice::{Notice, Removal};
use crate::proto::program::ProgramEvent;
use crate::proto::refusal::{NextStep, Refusal};
use crate::proto::reply::Reply;

/// What happens in a room. All who are in it hear of it, in one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomEvent {
    /// Somebody came.
    Joined {
        /// Who.
        who: Who,
        /// How the room says it.
        said: Announcement,
    },
    /// Somebody left.
    Left {
        /// Who.
        who: Who,
        /// Why the host removed them, if it did.
        removed_for: Option<Removal>,
        /// How the room says it.
        said: Announcement,
    },
    /// Somebody said something.
    Said {
        /// Who.
        who: Who,
        /// What.
        text: Rc<str>,
    },
    /// Somebody did something, told by themselves (`/me`).
    Acted {
        /// Who.
        who: Who,
        /// What, as the rest of a sentence that the name begins.
        text: Rc<str>,
    },
    /// The host said something.
    HostSaid {
        /// What.
        text: Rc<str>,
    },
}

/// How a kind of room says that somebody came or left: what stands before the name, and what behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement(pub &'static str, pub &'static str);

/// News, with its place in the order of the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The room's name.
    pub room: Rc<str>,
    /// Greater than that of all news of the room before it.
    pub id: u64,
    /// When it happened.
    pub time: SystemTime,
    /// What.
    pub event: RoomEvent,
}

/// What a member hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// What just happened in the room.
    Live(LogEntry),
    /// What happened there before one came.
    Replayed(LogEntry),
    /// One's name is one's own.
    NameAccepted {
        /// It.
        name: Name,
        /// What shows that later; for programs.
        token: Option<Token>,
    },
    /// One is in a room now.
    Welcome {
        /// One's own name.
        own: Name,
        /// Which.
        room: Rc<str>,
        /// Whether one hears there what one says oneself.
        echoes: bool,
        /// Others who are there, the first of them.
        present: Vec<Who>,
        /// How many there are, oneself among them.
        count: usize,
    },
    /// Before the messages said before one came.
    ReplayStart {
        /// This is the first room that one came to.
        is_first: bool,
    },
    /// Among them: some are not kept any more, and are left out.
    ReplayGap,
    /// After them.
    ReplayEnd {
        /// The room's name.
        room: Rc<str>,
    },
    /// Something that was said, as an answer to who asked for it.
    HistoryResult {
        /// It.
        entry: LogEntry,
        /// How many more the answer has.
        more: usize,
    },
    /// One is in a room no longer.
    Parted {
        /// Which.
        room: Rc<str>,
        /// Why.
        why: Parting,
    },
    /// To a program: what only programs hear.
    Program(ProgramEvent),
    /// To one alone: an answer.
    Reply(Reply),
    /// What the server, a host or an operator has to say.
    Notice(Notice),
    /// To one alone: what was asked for is not done.
    Refused {
        /// Why.
        why: Refusal,
        /// What to do next.
        next: NextStep,
    },
    /// To one alone: the host removes you. Nothing follows.
    Removed(Removal),
}

/// Why one is in a room no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parting {
    /// One left it.
    Left,
    /// It was closed.
    Closed,
    /// Its host had one leave, and says why: a sentence or two.
    ByHost(Rc<str>),
}

impl RoomEvent {
    /// What was said, if something was.
    pub fn text(&self) -> Option<&str> {
        match self {
            RoomEvent::Said { text, .. } | RoomEvent::Acted { text, .. } | RoomEvent::HostSaid { text } => {
                Some(text)
            }
            RoomEvent::Joined { .. } | RoomEvent::Left { .. } => None,
        }
    }
}

impl Event {
    /// An [`Event::Notice`] of `text`.
    pub fn notice(text: impl Into<Rc<str>>) -> Event {
        Event::Notice(Notice::Text(text.into()))
    }

    /// An [`Event::Refused`] for `why`.
    pub fn refused(why: Refusal) -> Event {
        Event::Refused { why, next: NextStep::Nothing }
    }
}
