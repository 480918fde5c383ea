//! What the hub knows of one connection.

use std::net::SocketAddr;
use std::time::Instant;

use crate::base::limits::MESSAGES_PER_TURN;
use crate::chat::leaves_the_chat;
use crate::fanout::{Charge, Total};
use crate::hub::ids::ListenerKind;
use crate::limits::sender_quota::SenderQuota;
use crate::proto::{MemberId, Request};
use crate::wire::{Codec, Profile};

/// How far a connection has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has no name yet.
    Handshake { since: Instant, greeted: bool, tries: u8 },
    /// It has one.
    Member { id: MemberId },
    /// It is out. What it is owed still goes to it, until then at the latest; what it sends is dropped.
    Leaving { until: Instant },
}

/// What waits for an answer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) since: Instant,
    /// What its asker gets then; none: its input has ended, and it leaves.
    pub(super) then: Option<Request>,
}

impl Waiting {
    /// Whether its asker leaves the chat then.
    pub(super) fn leaves(&self) -> bool {
        self.then.as_ref().is_none_or(leaves_the_chat)
    }
}

/// One connection.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
pub(super) struct Session {
    pub(super) peer: SocketAddr,
    /// When it came, or earlier by as much as the hub's time stood still since.
    pub(super) came: Instant,
    pub(super) last_received: Instant,
    pub(super) codec: Codec,
    /// What its codec keeps.
    pub(super) unfinished: Charge,
    pub(super) stage: Stage,
    /// What it may still send.
    pub(super) quota: SenderQuota,
    /// It was told that it is silent for long, and was so since.
    pub(super) is_warned: bool,
    /// It is on the list of those that sent more than a turn takes.
    pub(super) behind: bool,
    /// What it asked for, and gets when its question is answered.
    pub(super) waiting: Option<Box<Waiting>>,
    /// It gave a name, perhaps, and others who came have to be let in before that is looked at.
    pub(super) queues: bool,
    /// It may have sent something that was not read yet.
    pub(super) unread: bool,
    /// Since when the peer sends no more.
    pub(super) ended: Option<Instant>,
    /// The peer was told that we send no more.
    pub(super) half_closed: bool,
    /// The hub is done with it.
    pub(super) forgotten: bool,
}

impl Session {
    /// One that just came. What is kept of its input is charged to `unfinished`.
    pub(super) fn new(peer: SocketAddr, door: ListenerKind, now: Instant, unfinished: &Total) -> Session {
        let codec = match door {
            ListenerKind::Any => Codec::detecting(),
            ListenerKind::Chaty => Codec::chaty(),
        };
        Session {
            peer,
            came: now,
            last_received: now,
            codec,
            stage: Stage::Handshake { since: now, greeted: false, tries: 0 },
            unfinished: unfinished.charge(0),
            quota: SenderQuota::default(),
            is_warned: false,
            behind: false,
            waiting: None,
            queues: false,
            unread: false,
            ended: None,
            half_closed: false,
            forgotten: false,
        }
    }

    /// How its client is dealt with.
    pub(super) fn profile(&self) -> &'static Profile {
        self.codec.profile()
    }

    pub(super) fn member(&self) -> Option<MemberId> {
        match self.stage {
            Stage::Member { id } => Some(id),
            Stage::Handshake { .. } | Stage::Leaving { .. } => None,
        }
    }

    pub(super) fn is_leaving(&self) -> bool {
        matches!(self.stage, Stage::Leaving { .. })
    }
}

/// How many more messages a session may send in this turn.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn of_a_turn() -> Budget {
        Budget(MESSAGES_PER_TURN)
    }

    /// Takes one, if there is one left.
    pub(super) fn take(&mut self) -> bool {
        let left = self.0 > 0;
        self.0 -= usize::from(left);
        left
    }
}
