//! Reasons for refusing a request.

use std::rc::Rc;
use std::time::Duration;

use crate::base::name::{Mixture, Name, NameError};
use crate::proto::room::RoomRefusal;

/// Why a request is refused. Each variant has an error code for programs; its fields add the details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The server asks for a password.
    Password(PasswordRefusal),
    /// The name is not valid.
    InvalidName(InvalidName),
    /// The name is taken.
    NameTaken(NameTaken),
    /// The message is longer than `MESSAGE_BYTES`.
    TooLong,
    /// The message has more than `MESSAGE_LINES` lines.
    TooManyLines,
    /// The member is not in this room. `None`: it is in no room.
    NotJoined(Option<Rc<str>>),
    /// There is no such room.
    UnknownRoom(UnknownRoom),
    /// There is no such member.
    UnknownMember(UnknownMember),
    /// This member's program cannot tell private messages from others, so it gets none.
    NotPrivate(Name),
    /// Nothing can be shared with the other servers of the cluster now. Holds sentences that say why.
    NotShared(String),
    /// The member wrote privately to as many others as it may, `PRIVATE_RECIPIENTS_PER_MINUTE`; or all members at its address
    /// did, `PRIVATE_RECIPIENTS_PER_ADDRESS`.
    TooManyRecipients {
        /// Whether it is the limit of its address.
        of_address: bool,
        /// How long to wait.
        wait: Duration,
    },
    /// The member is muted. Holds a sentence with the operator's reason.
    Muted(String),
    /// The client is banned. Holds a sentence with the operator's reason.
    Banned(String),
    /// The command is unknown or used wrongly.
    Command(Misuse),
    /// The rate limit is exceeded. The request may be repeated later.
    TooFast {
        /// The command without its slash. `None`: the name is too long to be repeated.
        command: Option<String>,
        /// How long to wait.
        wait: Duration,
    },
    /// The member is in as many rooms as its limit allows.
    TooManyRooms,
    /// It concerns a room that people opened, or would open one.
    Room(RoomRefusal),
    /// Only operators of the server may ask for it; or the member does not become one.
    Operator(OperatorRefusal),
    /// There is no message that the member may erase or edit.
    NotAmended(Amendless),
    /// The message cannot be parsed.
    Malformed(Malformed),
}

/// Why a password does not let a client in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordRefusal {
    /// None was given.
    Missing,
    /// It is another one.
    Wrong,
    /// Too many wrong ones came from the client's address. The next may come after this time.
    TooMany(Duration),
    /// The client's program cannot give one.
    Impossible,
}

/// Why a member may not operate the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorRefusal {
    /// It is no operator.
    NotOperator,
    /// The server knows no passwords of operators.
    NobodyCanBe,
    /// It gave no name, or no password.
    NeedsNameAndPassword,
    /// There is no operator of that name, or the password is another one.
    Wrong,
    /// Too many wrong ones came from the client's address. The next may come after this time.
    TooMany(Duration),
    /// Too many others are being checked now, or none can be.
    Busy,
    /// It has nothing to say to all operators.
    NeedsText,
}

/// Why a member cannot erase or edit a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amendless {
    /// It said nothing in this room within `AMEND_WITHIN`.
    Nothing(Rc<str>),
    /// The message with this id is not its own, or too old.
    NotOwn(u64),
    /// What it wrote last is a private message.
    Private,
    /// Too much awaits its commit.
    DiskFails,
}

/// Why a name is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidName {
    /// It breaks the rules for names.
    Error(NameError),
    /// It mixes scripts.
    Mixed(Mixture),
    /// It is a command of another protocol.
    Command(String),
    /// It begins a message of another protocol.
    Unsupported,
    /// It is the password of the server.
    Password,
    /// It says that a bot has it, and the member that wants it is a person.
    OfABot(Name),
}

/// Why a name is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameTaken {
    /// Another member has it.
    Same {
        /// The name.
        name: Name,
        /// The server is checking whether the owner's connection is dead.
        is_probed: bool,
    },
    /// The first name looks like the second, which another member has.
    Confusable(Name, Name),
    /// A member had it, or one that looks like it, until a moment ago, and may still take it back.
    Held {
        /// The name.
        name: Name,
        /// The new name of that member.
        owner: Name,
        /// When the name is free.
        wait: Duration,
    },
}

/// Why no room was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnknownRoom {
    /// No open room has this name.
    Named {
        /// The name as typed. `None`: it is too long to be a name.
        name: Option<String>,
        /// The open rooms; if there are more than `ROOMS_NAMED`, those with similar names.
        rooms: Vec<Rc<str>>,
        /// These are all.
        are_all: bool,
        /// The member asked to enter it, and may open it.
        may_open: bool,
    },
    /// No room is open.
    NoneOpen,
}

/// Why no member was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnknownMember {
    /// No member has this name.
    Named {
        /// The name as typed. `None`: it is too long to be a name.
        name: Option<String>,
        /// The members with the most similar names, the nearest first.
        nearest: Vec<Name>,
    },
    /// The name is the host's, who is no member.
    Host,
}

/// What is wrong with a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// No command has this name. `None`: the name is too long to be one.
    Unknown {
        /// The name.
        name: Option<String>,
        /// Commands with names like it, without their slashes.
        nearest: Vec<String>,
        /// Rooms in which it is a command, some of them.
        rooms: Vec<Rc<str>>,
    },
    /// This command, given with its slash, takes no argument.
    TakesNothing(String),
    /// `/join` without a room.
    JoinNeedsRoom,
    /// `/me` without a text.
    MeNeedsText,
    /// `/edit` without a text.
    EditNeedsText,
    /// `/history 0`.
    HistoryZero,
    /// `/history` since a future time.
    HistoryInFuture,
    /// `/history` with an argument that cannot be parsed.
    HistoryUnclear,
    /// `/replay` with an argument that cannot be parsed.
    ReplayUnclear,
    /// `/search` without words.
    SearchNeedsWords,
    /// `/search` with words that cannot be searched for. Holds a sentence or two.
    Unsearchable(String),
    /// This room has no history.
    HistoryDisabled(Rc<str>),
    /// The member's messages in this room are filtered, so it may not read the room's history.
    SpeakerFiltered(Rc<str>),
    /// The member has not read earlier replies yet.
    RepliesPending,
    /// The member is in this room already.
    AlreadyIn(Rc<str>),
    /// `/msg` without a name or a text.
    MsgNeedsNameAndText,
    /// `/reply` without a text.
    ReplyNeedsText,
    /// `/reply` of a member that has neither got nor written a private message.
    NobodyToReplyTo,
    /// `/reply`, and the member to reply to has left since.
    ReplyPartnerLeft(Name),
    /// A private message for a conversation with the member of this name, and there is none.
    NotOngoing(Name),
    /// A private message to oneself.
    ToOneself,
    /// `/whois` without a name.
    WhoisNeedsName,
    /// `/away` with a text that is longer than `AWAY_BYTES`.
    AwayTooLong,
    /// `/ignore` with one's own name.
    IgnoresItself,
    /// The member ignores as many names as it may, `IGNORED_NAMES`.
    IgnoresTooMany,
    /// `/unignore` without a name.
    UnignoreNeedsName,
    /// `/unignore` with a name that is not ignored.
    NotIgnored(String),
    /// `/nick` without a name.
    NickNeedsName,
    /// `/nick` with the member's own name, this one.
    HasName(Name),
    /// Others know already whether it is a person or a bot.
    KindIsKnown,
}

/// Why a message cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The codec's explanation, a sentence.
    Message(String),
    /// The first message must be a hello.
    HelloMissing,
    /// A second hello: the member has a name already.
    SecondHello,
}

/// What a client can do after its name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Nothing beyond what the refusal says.
    Nothing,
    /// Choose another name.
    ChooseAnother,
    /// Give a name.
    GiveName,
    /// Give the password of the server.
    GivePassword,
    /// Connect again.
    ConnectAgain,
    /// Nothing changes: the member has a name, and keeps it.
    KeepName,
}
