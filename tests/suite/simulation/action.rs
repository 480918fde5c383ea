//! What may happen in a step, as data: it is chosen from the seed, shown when something goes wrong, and carried out by the
//! world.

use crate::hour::hearing::Tongue;
use crate::simulation::network::Knowledge;

/// How bytes travel: in so many pieces, the first after so many milliseconds, the others after as many more each.
#[derive(Clone, Copy, Debug)]
pub struct Travel {
    pub pieces: usize,
    pub delay: u64,
    pub gap: u64,
}

/// What somebody says.
#[derive(Clone, Debug)]
pub enum Speech {
    /// These words, with a number of its own, and so many bytes behind that.
    Talk(&'static str, usize),
    /// The same, with `/me`.
    Act(&'static str),
    /// So many messages at once, each so long.
    Flood(usize, usize),
    /// As it stands.
    Command(String),
    /// The name.
    Hello(&'static str),
}

#[derive(Clone, Debug)]
pub enum Action {
    /// Somebody connects, from one of some machines.
    Come {
        name: &'static str,
        tongue: Tongue,
        machine: u8,
        knows: Knowledge,
        late: u64,
    },
    /// Somebody says something, in this room where the dialect can tell.
    Say {
        who: usize,
        room: &'static str,
        speech: Speech,
        travel: Travel,
    },
    /// Somebody sends something that makes no sense.
    Babble {
        who: usize,
        bytes: &'static [u8],
        travel: Travel,
    },
    /// Somebody ends its side, or breaks off.
    End {
        who: usize,
    },
    Reset {
        who: usize,
    },
    /// Somebody is cut off, and nobody is told.
    Vanish {
        who: usize,
    },
    /// Somebody takes so many bytes more and no others; or all; or so many at a time.
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
    /// An operator types something.
    Order(String),
    /// The clock on the wall jumps by so many seconds.
    Jump(i64),
    /// So many milliseconds pass.
    Wait(u64),
    /// The process dies, and another begins.
    Die,
    /// Nothing can be kept for so many milliseconds.
    Fail(u64),
}
