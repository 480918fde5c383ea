//! Records: what nodes write into the log. All nodes read them in the same order, and carry them out by the same rules.

use std::rc::Rc;
use std::time::SystemTime;

use sha1::{Digest as _, Sha1};

use crate::base::name::Name;
use crate::cluster::version::Reads;
use crate::proto::{Kind, Manner, Removal, Token};

/// What a node says at one time: a turn of its loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The epoch of the node. Before it has one, whatever identifies its attempt to get one.
    pub epoch: u64,
    /// The number of the batch within the epoch, from 1.
    pub number: u64,
    /// The records, in order.
    pub records: Vec<Record>,
}

/// A member of the cluster: the epoch of its node, and its number there. Never given twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberKey {
    /// The epoch of its node.
    pub epoch: u64,
    /// Its number within the epoch.
    pub number: u32,
}

/// A member as its node describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newcomer {
    /// Its number within the epoch.
    pub number: u32,
    /// Its name.
    pub name: Name,
    /// Person or bot.
    pub kind: Kind,
    /// It is a bot that the node itself hosts.
    pub is_hosted: bool,
    /// By which it may take its name back on another node.
    pub token: Option<TokenMark>,
}

/// What the log has of a token: a hash, by which it is recognized, and from which nobody can find it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenMark(pub [u8; 16]);

impl TokenMark {
    /// The mark of a token.
    pub fn of(token: Token) -> TokenMark {
        let mut hasher = Sha1::new();
        hasher.update(token.0.get().to_le_bytes());
        let mut mark = [0; 16];
        mark.iter_mut().zip(hasher.finalize()).for_each(|(byte, hashed)| *byte = hashed);
        TokenMark(mark)
    }
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The id of what comes of it: the place of the batch, and that of the record in it.
    pub id: u64,
    /// The log's time.
    pub time: SystemTime,
}

/// A decision about a name or an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SanctionKind {
    /// Keep it out.
    Ban,
    /// Lift the ban.
    Unban,
    /// Let it listen only.
    Mute,
    /// Lift the mute.
    Unmute,
}

/// One record. A number is that of a member of the node that writes the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The first record of a node: its place in the log is the node's epoch.
    Node {
        /// Tells the node its own record from one of another server with the same name.
        nonce: u64,
        /// The rooms that the node shares, by their keys.
        rooms: Vec<Rc<str>>,
    },
    /// The node lives. Once a second.
    Heartbeat {
        /// The last entry that it has applied.
        applied: u64,
        /// Its hash up to there.
        hash: u64,
    },
    /// A newcomer claims a name. The member of that name leaves, if it is the one of this node with the number, or has shown the
    /// token with this mark.
    Came(Newcomer, Option<u32>, Option<TokenMark>),
    /// A member has left the chat.
    Left(u32, Option<Removal>),
    /// A member joins a room.
    Joined(u32, Rc<str>),
    /// A member leaves a room.
    Parted(u32, Rc<str>),
    /// A member claims another name.
    Renamed(u32, Name),
    /// A member says something in a room; or does it, as with `/me`.
    Said {
        /// The member.
        number: u32,
        /// The room.
        room: Rc<str>,
        /// Whether it is speech, an action or a notice.
        manner: Manner,
        /// The text.
        text: Rc<str>,
    },
    /// A member erases a message of its own, or gives it another text.
    Amended {
        /// The member.
        number: u32,
        /// The room.
        room: Rc<str>,
        /// The id of the message. `None`: its last one in the room.
        message: Option<u64>,
        /// The new text. `None`: it is erased.
        text: Option<Rc<str>>,
    },
    /// An operator erases a message of a room.
    Erased(Rc<str>, u64),
    /// An operator erases all that was said under a name, of which this is the key.
    Forget(Rc<str>),
    /// The host of a room says something. If an operator has it say that, any node may write it.
    HostSaid {
        /// The room.
        room: Rc<str>,
        /// An operator said it.
        by_operator: bool,
        /// The text.
        text: Rc<str>,
    },
    /// An operator sets the topic of a room. An empty text removes it.
    Topic(Rc<str>, Rc<str>),
    /// An operator removes a member from the chat, for this reason.
    Kick(Name, Rc<str>),
    /// An operator's decision, with the arguments of the command.
    Sanction(SanctionKind, Rc<str>),
    /// The node has this member, in these rooms. It repeats that now and then, for nodes that do not have the whole log.
    Here(Newcomer, Vec<Rc<str>>),
    /// The node runs the host of this room. Repeated like [`Record::Here`].
    Owns(Rc<str>),
    /// The node has its epoch still. Repeated like [`Record::Here`], before those.
    Alive {
        /// See [`Record::Node`].
        nonce: u64,
        /// See [`Record::Node`].
        rooms: Vec<Rc<str>>,
    },
    /// The node stops: it is down with this.
    Stop,
    /// The node has carried out the entry at the place of a snapshot. Earlier versions skip it.
    Snapshot {
        /// The first entry of the log that was carried out to get there.
        began: u64,
        /// The place.
        seq: u64,
        /// The hash of all that the node knows there.
        hash: u64,
        /// The engine has the node's snapshot.
        is_stored: bool,
    },
    /// The node has had the log trimmed: this is its first entry. Earlier versions skip it.
    Trimmed(u64),
    /// Which version the node reads. It says so with its first record, and with each [`Record::Heartbeat`]. Earlier versions skip it.
    Reads(Reads),
    /// A message has another text than it had first. Only in snapshots.
    Edited {
        /// The room.
        room: Rc<str>,
        /// The id of the message.
        message: u64,
        /// The key of the name that its author had.
        author: Rc<str>,
        /// The text.
        text: Rc<str>,
    },
    /// A record of a later version, which may be skipped; or one whose content is not valid. It has no effect.
    Nothing,
}
