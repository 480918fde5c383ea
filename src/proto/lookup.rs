//! Questions of clients that ask about the chat in parts, as IRC clients do, and the answers as data.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use crate::base::name::Name;
use crate::proto::ids::MemberInfo;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// What a room is, and who is there.
    Room {
        /// Its name as typed.
        room: String,
    },
    /// Who of these is here.
    Members {
        /// The names as typed.
        names: Vec<String>,
    },
    /// Who is muted in a room.
    Muted {
        /// Its name as typed.
        room: String,
    },
    /// Who had a name a while ago.
    Gone {
        /// The name as typed.
        name: String,
    },
    /// How many are here.
    Census,
    /// Under which names the server may be operated.
    Operators,
    /// When something was said last in each room of the member, and in each of its private conversations.
    Latest,
    /// What time it is.
    Clock,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A room.
    Room(Roster),
    /// No room of this name that the member may see is open.
    NoRoom(String),
    /// Each name as typed, and the member that has it.
    Members(Vec<(String, Option<Occupant>)>),
    /// The names that are muted in a room.
    Muted {
        /// The room's name.
        room: Rc<str>,
        /// The names.
        names: Vec<Name>,
    },
    /// Who had a name, and until when; the latest first.
    Gone {
        /// The name as typed.
        name: String,
        /// Who had it.
        who: Vec<(MemberInfo, SystemTime)>,
    },
    /// How many are here.
    Census {
        /// People.
        people: usize,
        /// Bots, those of the server included.
        bots: usize,
        /// Rooms that the member may see.
        rooms: usize,
        /// How many members there were at most since the start.
        most: usize,
        /// How many are connected to this server, or live in it.
        here: usize,
        /// The servers with members.
        servers: usize,
    },
    /// The names under which the server may be operated.
    Operators(Vec<Rc<str>>),
    /// When something was said last, as far as that is in memory.
    Latest {
        /// In each room of the member.
        rooms: Vec<(Rc<str>, SystemTime)>,
        /// Between it and each other member.
        members: Vec<(Name, SystemTime)>,
    },
    /// The present time.
    Clock(SystemTime),
}

/// A room, and who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The room's name.
    pub room: Rc<str>,
    /// Some of the members, `PROGRAM_MEMBERS` at most.
    pub occupants: Vec<Occupant>,
    /// The number of all members.
    pub count: usize,
    /// A host drives the room.
    pub has_host: bool,
    /// Only those who are invited may see and enter it.
    pub is_private: bool,
    /// How long each member waits between two messages. `None`: not at all.
    pub slow: Option<Duration>,
}

/// A member, as it is in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupant {
    /// The member.
    pub who: MemberInfo,
    /// What it calls itself beside its name. `None`: nothing.
    pub real_name: Option<Rc<str>>,
    /// It said that it is away.
    pub is_away: bool,
    /// It owns the room, or is an operator of it. Outside of a room: false.
    pub is_operator: bool,
    /// It operates the server.
    pub operates_server: bool,
}
