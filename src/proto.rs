//! What members ask, and what they hear: the words between the dialects and the rules.
//!
//! No bytes here, and no decisions.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::name::Name;

/// Why everybody is removed at the end of the service, in the words that old clients show.
pub const STOPPING: &str = "The service is stopping!";

/// A member of the chat, for as long as it is one. Reused afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(pub usize);

/// A room, for as long as it is open. Reused afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomId(pub usize);

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

/// What shows that one had a name before: a number that nobody guesses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token(pub u128);

/// How a token is written: so many hexadecimal digits.
const TOKEN_DIGITS: usize = 32;

impl Token {
    /// The token that is written so; none if that is none.
    pub fn parse(text: &str) -> Option<Token> {
        // Nobody is given one of another length.
        let is_whole = text.len() == TOKEN_DIGITS;
        is_whole.then(|| u128::from_str_radix(text, 16).ok().map(Token)).flatten()
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:0TOKEN_DIGITS$x}", self.0)
    }
}

/// It is a secret, and stands in no log.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
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
        /// How the room says it.
        sentence: Rc<str>,
    },
    /// Somebody left.
    Left {
        /// Who.
        who: Who,
        /// Why the host removed them, if it did.
        removed_for: Option<Rc<str>>,
        /// How the room says it.
        sentence: Rc<str>,
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
    /// The room's name.
    pub room: Rc<str>,
    /// Greater than that of all news of the room before it.
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
        /// What shows that later; for programs.
        token: Option<Token>,
    },
    /// One is in a room now.
    Welcome {
        /// Which.
        room: Rc<str>,
        /// Whether one hears there what one says oneself.
        echoes: bool,
        /// Plain sentences, for a person.
        text: Rc<str>,
        /// Others who are there, the first of them.
        present: Vec<Who>,
        /// How many there are, oneself among them.
        count: usize,
    },
    /// Before the messages said before one came.
    OldMessages {
        /// This is the first room that one came to.
        is_first: bool,
    },
    /// After them.
    NewMessages {
        /// The room's name.
        room: Rc<str>,
    },
    /// Something that was said, as an answer to who asked for it.
    Found {
        /// It.
        entry: Entry,
        /// How many more the answer has.
        more: usize,
    },
    /// One is in a room no longer.
    Parted {
        /// Which.
        room: Rc<str>,
        /// That, and what to do next: a sentence or two.
        text: Rc<str>,
    },
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
    /// One is not in the room, or in none.
    NotJoined,
    /// There is no such room.
    NoRoom,
    /// One is not to say anything for now.
    Muted,
    /// One is not to come in.
    Banned,
    /// There is no such command, or it cannot be used so.
    Command,
    /// Too much was asked for at once. Later it may be done.
    TooFast,
    /// One has as much of it already as one may have.
    TooMany,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// This member alone.
    One(MemberId),
    /// A whole room, but for some. The speaker hears it from the server unless its own client printed it already.
    Room {
        /// Which.
        room: RoomId,
        /// Who said it, if it was a member.
        speaker: Option<MemberId>,
        /// Who is not to hear it.
        but: Vec<MemberId>,
    },
}
