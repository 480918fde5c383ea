//! What people do with rooms that they open: topics, roles, invitations, and why some of it is refused.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use crate::base::name::{Mixture, Name, NameError};
use crate::proto::ids::{MemberInfo, RoomId};

/// A person as a room recognizes it later: the name, and where it comes from. A name alone proves nothing, as anybody may take
/// it when it is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The name.
    pub name: Name,
    /// An address of IPv4, or a network of IPv6.
    pub origin: Rc<str>,
}

impl Identity {
    /// Whether both are the same person, as far as that can be known.
    pub fn is(&self, other: &Identity) -> bool {
        self.origin == other.origin && self.name.key() == other.name.key()
    }
}

/// What a room is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The text.
    pub text: Rc<str>,
    /// Who set it. `None`: an operator of the server.
    pub by: Option<Name>,
    /// When it was set.
    pub time: SystemTime,
}

/// A change of a room, of which all of its members hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomChange {
    /// Who made it. `None`: an operator of the server.
    pub by: Option<MemberInfo>,
    /// What changed.
    pub what: Changed,
}

/// What changed in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// The topic; empty: there is none any more.
    Topic(Rc<str>),
    /// Whether only those who are invited may see and enter it.
    Private(bool),
    /// How long each member waits between two messages. `None`: not at all.
    Slow(Option<Duration>),
    /// This member is an operator of the room, or no longer.
    Operator(Name, bool),
    /// This member may not speak in the room, or may again.
    Muted(Name, bool),
}

/// A request to open a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// Its name.
    pub name: Name,
    /// Its topic; may be empty.
    pub topic: Rc<str>,
    /// Whoever opens it leaves this room for it.
    pub leaves: Option<RoomId>,
}

/// A reply about a room to one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomReply {
    /// The room is open, and the member's own.
    Opened {
        /// The room.
        room: Rc<str>,
        /// It had been open before, and goes on.
        goes_on: bool,
        /// Only those who are invited may enter it.
        is_private: bool,
    },
    /// `/topic` without a text.
    Topic {
        /// The room.
        room: Rc<str>,
        /// Its topic.
        topic: Option<Topic>,
        /// The present time.
        now: SystemTime,
    },
    /// A member is invited.
    Invited {
        /// The member.
        who: Name,
        /// The room.
        room: Rc<str>,
    },
}

/// A command for rooms that people opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum RoomCommand {
    Topic,
    Kick,
    Mute,
    Unmute,
    Op,
    Deop,
    Invite,
    Private,
    Slow,
}

/// Why a request that concerns a room is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomRefusal {
    /// `/open` without a name.
    OpenNeedsName,
    /// Only operators of the server open rooms.
    OpeningIsOff,
    /// Whoever asks comes from nowhere, as it lives in the server.
    NoOrigin,
    /// The name is not valid for a room.
    InvalidName(NameError),
    /// The name mixes scripts.
    Mixed(Mixture),
    /// A room with this name is open.
    IsOpen(Rc<str>),
    /// The first name looks like that of the second, an open room.
    LooksLike(Name, Rc<str>),
    /// No room can have this name now. What has it is nobody's business.
    NotFree(Name),
    /// The member has as many open rooms as it may.
    TooManyOfOne,
    /// Those from one address have as many open rooms as they may.
    TooManyOfOrigin,
    /// As many rooms are open as there may be.
    Full,
    /// The topic is too long.
    TopicTooLong,
    /// The topic of this room is set by the operators of the server.
    TopicIsOperators(Rc<str>),
    /// The command works in rooms that people opened, and this one is not.
    NotOpenedByPeople(RoomCommand, Rc<str>),
    /// Only the owner may do that.
    OnlyOwner(RoomCommand, Rc<str>, Name),
    /// Only the owner and the operators of the room may do that.
    OnlyOperators(RoomCommand, Rc<str>, Name),
    /// The command needs a name.
    WhomFor(RoomCommand),
    /// The member is not in the room.
    NotHere(Name, Rc<str>),
    /// The command would hit the owner of the room.
    IsOwner(Name, Rc<str>),
    /// The command would hit another operator of the room.
    IsOperator(Name, Rc<str>),
    /// The command would hit whoever gives it.
    Oneself,
    /// The member lives in the server, so that no room recognizes it.
    IsOfServer(Name),
    /// The member is connected to another server, which the room is not on.
    IsElsewhere(Name),
    /// It is an operator of the room already.
    IsOperatorAlready(Name),
    /// No operator of the room has this name.
    NoOperator(String),
    /// Nobody of this name is muted in the room.
    NotMuted(String),
    /// It is muted already.
    IsMutedAlready(Name),
    /// It may enter already.
    IsInvitedAlready(Name),
    /// The room cannot remember more names.
    TooManyNames,
    /// `/private` with something else than on or off.
    PrivateUnclear,
    /// `/slow` without a time that can be understood.
    SlowUnclear,
    /// The member is muted in this room.
    Muted(Rc<str>),
    /// The member spoke in this room too short a time ago.
    Slow {
        /// The room.
        room: Rc<str>,
        /// How long each waits between two messages.
        every: Duration,
        /// How long is left.
        wait: Duration,
    },
}

impl RoomCommand {
    /// Those that work only in rooms that people opened.
    pub const ALL: [RoomCommand; 8] = [
        RoomCommand::Kick,
        RoomCommand::Mute,
        RoomCommand::Unmute,
        RoomCommand::Op,
        RoomCommand::Deop,
        RoomCommand::Invite,
        RoomCommand::Private,
        RoomCommand::Slow,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            RoomCommand::Topic => "topic",
            RoomCommand::Kick => "kick",
            RoomCommand::Mute => "mute",
            RoomCommand::Unmute => "unmute",
            RoomCommand::Op => "op",
            RoomCommand::Deop => "deop",
            RoomCommand::Invite => "invite",
            RoomCommand::Private => "private",
            RoomCommand::Slow => "slow",
        }
    }
}
