//! What members ask, and what they hear: the words between the dialects and the rules.
//!
//! No bytes here, and no decisions.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::name::Name;

/// Why everybody is removed at the end of the service, in the words that old clients show.
pub const STOPPING: &str = "The service is stopping!";

/// The room that everybody is in.
pub const ROOM: &str = "lobby";

/// A member of the chat, for as long as it is one. Reused afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(pub usize);

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Somebody, as far as one can tell.
    Person,
    /// A program that says so, or whose name does.
    Bot,
}

/// A member as the others know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub kind: Kind,
}

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// To be known by this name, which may be none.
    Hello {
        /// As it was given.
        name: String,
        /// What it says that it is, or is taken for.
        kind: Kind,
    },
    /// To be in the room.
    Join,
    /// To be in it no longer.
    Leave,
    /// To be heard by the room: text of 1 to 4,096 bytes, harmless already.
    Say(String),
    /// A slash command: its name without the slash, and whatever follows, trimmed.
    Command {
        /// `who` of `/who`.
        name: String,
        /// `waves` of `/me waves`.
        rest: String,
    },
    /// To say something longer than a message may be. What it was is not kept.
    SayTooLong,
    /// Something that cannot be understood, for this reason: a sentence.
    Unclear(String),
}

/// What happens in a room. All who are in it hear of it, in one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Somebody came.
    Joined {
        /// Who.
        who: Who,
    },
    /// Somebody left.
    Left {
        /// Who.
        who: Who,
        /// Why the host removed them, if it did.
        removed_for: Option<Rc<str>>,
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

/// News, with its place in the order of the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Greater than that of all news before it.
    pub id: u64,
    /// When it happened.
    pub time: SystemTime,
    /// What.
    pub news: News,
}

/// What a member hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// What just happened in the room.
    New(Entry),
    /// What happened there before one came.
    Old(Entry),
    /// One's name is one's own.
    Known {
        /// It.
        name: Name,
    },
    /// One is in the room now.
    Welcome {
        /// Plain sentences, for a person.
        text: Rc<str>,
        /// Others who are there, the first of them.
        present: Vec<Who>,
        /// How many there are, oneself among them.
        count: usize,
    },
    /// Before the messages said before one came.
    OldMessages,
    /// After them.
    NewMessages,
    /// To one alone: an answer, a warning.
    Notice {
        /// Plain sentences, each on a line of its own.
        text: Rc<str>,
    },
    /// To one alone: what was asked for is not done.
    Refused {
        /// Why, for programs.
        why: Refusal,
        /// Why, for people.
        text: Rc<str>,
    },
    /// To one alone: the host removes you. Nothing follows.
    Removed {
        /// Why, as the end of "removed for".
        reason: Rc<str>,
    },
}

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What was given is no name.
    NoName,
    /// Somebody else has the name.
    NameTaken,
    /// A message is longer than it may be.
    TooLong,
    /// One is not in the room.
    NotJoined,
    /// There is no such command, or it cannot be used so.
    Command,
    /// It cannot be understood.
    Unclear,
}

impl News {
    /// What was said, if something was.
    pub fn text(&self) -> Option<&str> {
        match self {
            News::Said { text, .. } | News::Acted { text, .. } | News::HostSaid { text } => Some(text),
            News::Joined { .. } | News::Left { .. } => None,
        }
    }
}

impl Event {
    /// An [`Event::Notice`] of `text`.
    pub fn notice(text: impl Into<Rc<str>>) -> Event {
        Event::Notice { text: text.into() }
    }

    /// An [`Event::Refused`] for `why`, explained by `text`.
    pub fn refused(why: Refusal, text: impl Into<Rc<str>>) -> Event {
        Event::Refused { why, text: text.into() }
    }
}

/// Who is to hear an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// This member alone.
    One(MemberId),
    /// The whole room. The speaker hears it from the server unless its own client printed it already.
    Room {
        /// Who said it, if it was a member.
        speaker: Option<MemberId>,
    },
    /// The whole room but this member.
    Others(MemberId),
}
