//! What comes of records.

use std::rc::Rc;

use crate::base::name::Name;
use crate::cluster::record::{MemberKey, Place, SanctionKind};
use crate::proto::{Manner, MemberInfo, NameTaken, Removal};

/// Which record of which batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The epoch of the batch.
    pub epoch: u64,
    /// Its number.
    pub number: u64,
    /// The record in it.
    pub index: usize,
}

/// What came of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Where it stands.
    pub place: Place,
    /// The record that it answers. `None`: it is a consequence only.
    pub origin: Option<Origin>,
    /// What it is.
    pub what: What,
}

/// See [`Outcome`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A node has a new epoch.
    NodeUp {
        /// Its name.
        node: Rc<str>,
        /// The epoch.
        epoch: u64,
        /// Its nonce.
        nonce: u64,
    },
    /// A node is down. Its members go next.
    NodeDown {
        /// Its name.
        node: Rc<str>,
        /// Its epoch.
        epoch: u64,
    },
    /// A member is gone with its node.
    Gone(MemberKey),
    /// A node said that it lives, or that it stops.
    Heartbeat,
    /// A member has a name.
    Came(MemberKey, MemberInfo, bool),
    /// A name is taken by another member.
    NameRefused(NameTaken),
    /// A member has left. It resumes as another one, if so said.
    Left {
        /// The member.
        key: MemberKey,
        /// Why it was removed. `None`: it left by itself.
        why: Option<Removal>,
        /// Its successor comes next.
        resumes: bool,
    },
    /// A member has joined a room.
    Joined(MemberKey, Rc<str>),
    /// A member has left a room.
    Parted(MemberKey, Rc<str>),
    /// A member has another name.
    Renamed(MemberKey, Name),
    /// A member said or did something.
    Said {
        /// The member.
        key: MemberKey,
        /// The room.
        room: Rc<str>,
        /// Whether it is speech, an action or a notice.
        manner: Manner,
        /// The text.
        text: Rc<str>,
    },
    /// A member erased a message of its own, or gave it another text.
    Amended {
        /// The member.
        key: MemberKey,
        /// The room.
        room: Rc<str>,
        /// The id of the message.
        message: u64,
        /// The new text. `None`: it is erased.
        text: Option<Rc<str>>,
    },
    /// A message was edited, as a snapshot says: by whom does not matter any more.
    Edited {
        /// The room.
        room: Rc<str>,
        /// The id of the message.
        message: u64,
        /// The text.
        text: Rc<str>,
    },
    /// An operator erased a message of a room.
    Erased(Rc<str>, u64),
    /// An operator erased all that was said under the name with this key.
    Forgotten(Rc<str>),
    /// The host of a room said something.
    HostSaid(Rc<str>, Rc<str>),
    /// A room has another topic.
    Topic(Rc<str>, Rc<str>),
    /// An operator's decision.
    Sanction(SanctionKind, Rc<str>),
    /// This node owns the host of a room from now on. `None`: nobody does.
    Owner(Rc<str>, Option<Rc<str>>),
    /// A member that had not been known. It came long ago.
    Known(MemberKey, MemberInfo, bool),
    /// A record without an effect.
    Void,
    /// Another node has heard the same as this one, or something else.
    Compared {
        /// The other node.
        node: Rc<str>,
        /// It has heard the same.
        is_same: bool,
    },
    /// At the place of this snapshot, at least half of the nodes knew something else than this one.
    Apart(u64),
    /// A node speaks a later version.
    TooNew(Rc<str>),
}
