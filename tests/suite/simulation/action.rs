//! The actions of a step, as data: chosen from the seed, shown in a failure, and carried out by the world.

use crate::hour::hearing::Tongue;
use crate::simulation::batches::Flaw;
use crate::simulation::network::Knowledge;

/// How bytes travel: in this many pieces, with this delay before each, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Travel {
    pub pieces: usize,
    pub delay: u64,
    pub gap: u64,
}

/// What a client sends.
#[derive(Clone, Debug)]
pub enum Speech {
    /// A message: these words, a unique number, and this many bytes of filling.
    Talk(&'static str, usize),
    /// The same, with `/me`.
    Act(&'static str),
    /// A private message of these words and a unique number, to this name; without a name, `/reply`.
    Tell(Option<String>, &'static str),
    /// A message of several lines, perhaps with a flaw, to this name, or without one to the room.
    Lines(Option<String>, &'static str, Flaw),
    /// The name and the password of an operator.
    Oper(&'static str, &'static str),
    /// What only operators may: something for all operators, to remove somebody, and a command.
    Call(&'static str),
    Remove(String),
    Operate(&'static str),
    /// This many messages at once, each with this many bytes.
    Flood(usize, usize),
    /// What was said last is erased; or has these words from now on, and a unique number.
    Undo,
    Edit(&'static str),
    /// Another name.
    Nick(&'static str),
    /// A command, as it stands; and one that concerns rooms which people open, perhaps with a number for a topic.
    Command(String),
    Rule(String),
    /// The name.
    Hello(&'static str),
}

#[derive(Clone, Debug)]
pub enum Action {
    /// A client connects, from one of several addresses.
    Come {
        name: &'static str,
        tongue: Tongue,
        machine: u8,
        knows: Knowledge,
        late: u64,
    },
    /// A client says something, in this room if its dialect can name one.
    Say {
        who: usize,
        room: &'static str,
        speech: Speech,
        travel: Travel,
    },
    /// A client sends garbage.
    Babble {
        who: usize,
        bytes: &'static [u8],
        travel: Travel,
    },
    /// A client closes its side, or resets the connection.
    End {
        who: usize,
    },
    Reset {
        who: usize,
    },
    /// The network to a client is cut without notice.
    Vanish {
        who: usize,
    },
    /// A client takes this many more bytes; or all; or this many at a time.
    Stall {
        who: usize,
        bytes: usize,
    },
    Resume {
        who: usize,
    },
    Bite {
        who: usize,
        bytes: usize,
    },
    /// An operator types a command.
    Order(String),
    /// The wall clock jumps by this many seconds.
    Jump(i64),
    /// This many milliseconds pass.
    Wait(u64),
    /// The process crashes, and a new one starts.
    Die,
    /// Commits fail for this many milliseconds.
    Fail(u64),
}
