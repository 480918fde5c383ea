//! What members ask, and what they hear: the words between the dialects and the rules.
//!
//! No bytes here, and no decisions.

use std::rc::Rc;

use crate::base::name::Name;

/// A member of the chat, for as long as it is one. Reused afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(pub usize);

/// What a member asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
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
}

/// What a member hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody came.
    Joined {
        /// Who.
        who: Name,
    },
    /// Somebody left.
    Left {
        /// Who.
        who: Name,
        /// Why the host removed them, if it did.
        removed_for: Option<Rc<str>>,
    },
    /// Somebody said something.
    Said {
        /// Who.
        who: Name,
        /// What.
        text: Rc<str>,
    },
    /// Somebody did something, told by themselves (`/me`).
    Acted {
        /// Who.
        who: Name,
        /// What, as the rest of a sentence that the name begins.
        text: Rc<str>,
    },
    /// The host said something.
    HostSaid {
        /// What.
        text: Rc<str>,
    },
    /// Hello to a person who just joined; programs do without.
    Welcome {
        /// Plain sentences.
        text: Rc<str>,
    },
    /// Before the messages said before one came.
    OldMessages,
    /// After them.
    NewMessages,
    /// To one alone: an answer, a warning, a refusal.
    Notice {
        /// Plain sentences, each on a line of its own.
        text: Rc<str>,
    },
    /// To one alone: the host removes you. Nothing follows.
    Removed {
        /// Why, as the end of "removed for".
        reason: Rc<str>,
    },
}

impl Event {
    /// A [`Event::Notice`] of `text`.
    pub fn notice(text: impl Into<Rc<str>>) -> Event {
        Event::Notice { text: text.into() }
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
