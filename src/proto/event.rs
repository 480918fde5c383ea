//! Events that a member receives: events of its rooms, and replies to it alone. Only data; `wire` renders the
//! sentences.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use crate::base::name::Name;
use crate::proto::ids::{MemberInfo, Token};
use crate::proto::notice::{Notice, Removal};
use crate::proto::private::SeenMessage;
use crate::proto::program::ProgramEvent;
use crate::proto::refusal::{NextStep, Refusal};
use crate::proto::replay::ReplayExtent;
use crate::proto::reply::Reply;
use crate::proto::room::{RoomChange, Topic};

/// An event of a room. All members of the room receive it in the same order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomEvent {
    /// A member joined.
    Joined {
        /// The member.
        who: MemberInfo,
        /// What it calls itself beside its name. `None`: nothing.
        real_name: Option<Rc<str>>,
        /// The announcement in the words of this kind of room.
        said: Announcement,
    },
    /// A member left or was removed.
    Left {
        /// The member.
        who: MemberInfo,
        /// Why the server removed it. `None`: it left.
        removed_for: Option<Removal>,
        /// It left the chat, and not only this room.
        is_gone: bool,
        /// The announcement in the words of this kind of room.
        said: Announcement,
    },
    /// A member has another name from now on.
    Renamed {
        /// The name before.
        from: Name,
        /// The member under its new name.
        to: MemberInfo,
    },
    /// A message by a member.
    Said {
        /// The author.
        who: MemberInfo,
        /// The text.
        text: Rc<str>,
    },
    /// An action (`/me`).
    Acted {
        /// The author.
        who: MemberInfo,
        /// The action, as the rest of a sentence that begins with the name.
        text: Rc<str>,
    },
    /// A notice: a message that no program answers by itself, so that two programs never keep each other talking.
    Noticed {
        /// The author.
        who: MemberInfo,
        /// The text.
        text: Rc<str>,
    },
    /// An earlier message is erased, or has another text from now on.
    Amended(Amendment),
    /// The room itself changed.
    Changed(RoomChange),
    /// A message by the room's host.
    HostSaid {
        /// The text.
        text: Rc<str>,
    },
}

/// How a member says something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// As a message.
    #[default]
    Speech,
    /// As an action (`/me`).
    Act,
    /// As a notice.
    Notice,
}

/// An author or an operator erases a message, or its author gives it another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// The author of the message. `None`: an operator of the server did it.
    pub by: Option<MemberInfo>,
    /// The id of the message. `None` until the amendment is ordered: the last message of whoever amends it.
    pub message: Option<u64>,
    /// When that message was said, as far as that is known.
    pub said_at: Option<SystemTime>,
    /// Whose message an operator erased, as far as that is known.
    pub author: Option<Name>,
    /// The new text. `None`: the message is erased.
    pub text: Option<Rc<str>>,
}

/// How a kind of room announces a join or a leave: the text before the name, and the text after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement(pub &'static str, pub &'static str);

/// A room event at its place in the room's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The room's name.
    pub room: Rc<str>,
    /// Greater than the id of each earlier event of the room.
    pub id: u64,
    /// When the event happened, in whole milliseconds, as clients are told it.
    pub time: SystemTime,
    /// The event.
    pub event: RoomEvent,
    /// The id of the event that gave the message its present text; 0 if that was in an earlier run of the server. `None`: it has its
    /// first one.
    pub edited: Option<u64>,
}

/// Anything that a member receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A room event that has just happened.
    Live(LogEntry),
    /// A room event from before the member joined.
    Replayed {
        /// The event.
        entry: LogEntry,
        /// When the one before it happened; for the first one, when the member joined.
        previous: SystemTime,
    },
    /// The member's name is accepted.
    NameAccepted {
        /// The name.
        name: Name,
        /// The resume token. `None` for dialects without tokens.
        token: Option<Token>,
        /// Differs from that of an earlier run if ids begin anew.
        started: Rc<str>,
        /// How many messages it may send in how much time. `None`: as many as it likes.
        pace: Option<(usize, Duration)>,
    },
    /// The member has another name from now on; or somebody that it wrote to privately, and that is in none of its rooms.
    Renamed {
        /// The name before.
        from: Name,
        /// The new name.
        to: Name,
        /// It is the member itself.
        is_own: bool,
    },
    /// Somebody with whom the member exchanged private messages has left the chat.
    PartnerLeft {
        /// Its name.
        name: Name,
        /// The member is in a room with it, and sees there that it left.
        is_seen: bool,
    },
    /// The member has joined a room.
    Welcome {
        /// The member's own name.
        own: Name,
        /// The room's name.
        room: Rc<str>,
        /// Whether the server repeats the member's own messages to it.
        echoes: bool,
        /// The last message that a member of this name has read, if it said so.
        read: Option<u64>,
        /// Some of the other members, `WHO_NAMES` at most.
        present: Vec<MemberInfo>,
        /// The number of all members, this one included.
        count: usize,
        /// How much of the history is replayed.
        extent: ReplayExtent,
        /// What the room is about, and the present time.
        topic: Option<(Topic, SystemTime)>,
    },
    /// Begins the replay of older messages.
    ReplayStart {
        /// The member has joined no room before.
        is_first: bool,
        /// How much of the history is replayed.
        extent: ReplayExtent,
    },
    /// Within a replay: messages are missing here, as they are no longer in memory.
    ReplayGap,
    /// Ends the replay. Live events follow.
    ReplayEnd {
        /// The room's name.
        room: Rc<str>,
        /// Nothing was replayed.
        is_empty: bool,
    },
    /// A message found by `/history` or `/search`.
    HistoryResult {
        /// The message.
        entry: LogEntry,
        /// How many results follow.
        more: usize,
    },
    /// A private message by this member or to it, which has just been written.
    Private(SeenMessage),
    /// A private message found by `/history @NAME` or `/search @NAME`.
    PrivateResult {
        /// The message.
        seen: SeenMessage,
        /// How many results follow.
        more: usize,
    },
    /// The member is no longer in a room.
    Parted {
        /// The room's name.
        room: Rc<str>,
        /// The reason.
        why: Parting,
    },
    /// An event for programs only.
    Program(ProgramEvent),
    /// A reply to this member's command.
    Reply(Reply),
    /// A notice by the server, a host or an operator.
    Notice(Notice),
    /// This member's request is refused.
    Refused {
        /// The reason.
        why: Refusal,
        /// What the member can do next.
        next: NextStep,
    },
    /// The member is removed from the server. Nothing follows.
    Removed(Removal),
}

/// Why a member is no longer in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parting {
    /// It left.
    Left,
    /// The room was closed.
    Closed,
    /// The host removed it, for this reason: a sentence or two.
    ByHost(Rc<str>),
    /// The owner or an operator of the room removed it.
    Kicked {
        /// Who removed it.
        by: Name,
        /// The reason; may be empty.
        reason: Rc<str>,
    },
}

impl RoomEvent {
    /// What a member says in this manner.
    pub fn by_member(manner: Manner, who: MemberInfo, text: Rc<str>) -> RoomEvent {
        match manner {
            Manner::Speech => RoomEvent::Said { who, text },
            Manner::Act => RoomEvent::Acted { who, text },
            Manner::Notice => RoomEvent::Noticed { who, text },
        }
    }

    /// The author of a message of a member, and its manner. `None` for all else.
    pub fn author(&self) -> Option<(&MemberInfo, Manner)> {
        match self {
            RoomEvent::Said { who, .. } => Some((who, Manner::Speech)),
            RoomEvent::Acted { who, .. } => Some((who, Manner::Act)),
            RoomEvent::Noticed { who, .. } => Some((who, Manner::Notice)),
            RoomEvent::HostSaid { .. }
            | RoomEvent::Joined { .. }
            | RoomEvent::Left { .. }
            | RoomEvent::Renamed { .. }
            | RoomEvent::Amended(_)
            | RoomEvent::Changed(_) => None,
        }
    }

    /// The member that changed the room, or removed another one from it. `None` for all else.
    pub fn changer(&self) -> Option<&Name> {
        match self {
            RoomEvent::Changed(RoomChange { by, .. }) => by.as_ref().map(|by| &by.name),
            RoomEvent::Left { removed_for: Some(Removal::Kicked { by, .. }), .. } => Some(by),
            _ => None,
        }
    }

    /// The text of a message, an action or a notice. `None` for all else.
    pub fn text(&self) -> Option<&str> {
        match self {
            RoomEvent::Said { text, .. }
            | RoomEvent::Acted { text, .. }
            | RoomEvent::Noticed { text, .. }
            | RoomEvent::HostSaid { text } => Some(text),
            RoomEvent::Joined { .. }
            | RoomEvent::Left { .. }
            | RoomEvent::Renamed { .. }
            | RoomEvent::Amended(_)
            | RoomEvent::Changed(_) => None,
        }
    }

    /// How many bytes of text it carries: that of a message, or the new one of an edited message.
    pub fn text_bytes(&self) -> usize {
        match self {
            RoomEvent::Amended(Amendment { text, .. }) => text.as_ref().map_or(0, |text| text.len()),
            event => event.text().map_or(0, str::len),
        }
    }
}

impl RoomEvent {
    /// Names the author of a message or an amendment, who has another name since it was proposed.
    pub fn set_author(&mut self, name: &Name) {
        if let RoomEvent::Said { who, .. }
        | RoomEvent::Acted { who, .. }
        | RoomEvent::Noticed { who, .. }
        | RoomEvent::Amended(Amendment { by: Some(who), .. }) = self
        {
            who.name = name.clone();
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
