//! Why something is not done.

use std::rc::Rc;
use std::time::Duration;

use crate::base::name::{Mixture, Name, NameError};

/// Why something is not done. Each case has a code of its own for programs; what it holds says more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What was given is no name.
    InvalidName(InvalidName),
    /// Somebody else has the name.
    NameTaken(NameTaken),
    /// A message is longer than it may be.
    TooLong,
    /// One is not in this room; none: in no room.
    NotJoined(Option<Rc<str>>),
    /// There is no such room.
    UnknownRoom(UnknownRoom),
    /// One is not to say anything for now: a sentence, as an operator's reason stands in it.
    Muted(String),
    /// One is not to come in: a sentence, as an operator's reason stands in it.
    Banned(String),
    /// There is no such command, or it cannot be used so.
    Command(Misuse),
    /// Too much was asked for at once. Later it may be done.
    TooFast {
        /// The command that was not done, without its slash; none: its name is too long to be repeated.
        command: Option<String>,
        /// When it may be done.
        wait: Duration,
    },
    /// One is in as many rooms already as one may be in.
    TooManyRooms,
    /// It cannot be understood.
    Malformed(Malformed),
}

/// Why something is no name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidName {
    /// It is not made as names are.
    Error(NameError),
    /// It mixes scripts.
    Mixed(Mixture),
    /// It is a whole command of another protocol.
    Command(String),
    /// It begins another protocol's first message.
    Unsupported,
}

/// Whose a name is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameTaken {
    /// Somebody has it.
    Same {
        /// It.
        name: Name,
        /// Its owner may be gone: that is being found out.
        is_probed: bool,
    },
    /// It looks like that of somebody else: the second.
    Confusable(Name, Name),
}

/// Why there is no room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnknownRoom {
    /// No room is called so.
    Named {
        /// As it was typed; none: it is longer than any name.
        name: Option<String>,
        /// The rooms that there are.
        rooms: Vec<Rc<str>>,
    },
    /// No room is open.
    NoneOpen,
}

/// What is wrong with a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// No command is called so; none: the name is longer than any.
    Unknown(Option<String>),
    /// This command, with its slash, takes nothing after it.
    TakesNothing(String),
    /// `/join` without a room.
    JoinNeedsRoom,
    /// `/me` without a text.
    MeNeedsText,
    /// `/history` of no messages.
    HistoryZero,
    /// `/history` since a time that is yet to come.
    HistoryInFuture,
    /// `/history`, and it is not clear how much.
    HistoryUnclear,
    /// `/search` without words.
    SearchNeedsWords,
    /// `/search` with words that cannot be looked for: a sentence or two.
    Unsearchable(String),
    /// What is said in this room is not told again.
    HistoryDisabled(Rc<str>),
    /// One does not hear all that is said in this room.
    SpeakerFiltered(Rc<str>),
    /// One has not read the answers to what one asked before.
    RepliesPending,
    /// One is in this room already.
    AlreadyIn(Rc<str>),
}

/// Why something cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// A dialect says why: a sentence.
    Message(String),
    /// Something else comes before a name.
    HelloMissing,
    /// A name comes when there is one already.
    SecondHello,
}

/// What whoever is refused a name may do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// The refusal says it all.
    Nothing,
    /// To choose another name.
    ChooseAnother,
    /// To give a name.
    GiveName,
    /// To connect again.
    ConnectAgain,
}
