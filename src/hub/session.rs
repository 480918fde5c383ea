//! What the hub knows of one connection.

use std::time::Instant;

use crate::base::limits::MESSAGES_PER_TURN;
use crate::chat::is_exit;
use crate::fanout::{Charge, Total};
use crate::hub::ids::Permit;
use crate::hub::labels::Label;
use crate::limits::sender_quota::SenderQuota;
use crate::proto::{MemberId, Request};
use crate::wire::{Codec, Profile};

/// How far a connection has come. It was admitted before, and only goes forward from here.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// No message of it is whole, and it was told nothing: what it speaks is not known.
    Greeting { since: Instant },
    /// It was greeted, or said something, and has no name yet.
    Handshake { since: Instant, tries: u8 },
    /// It has one.
    Member { id: MemberId },
    /// It is out. What it is owed still goes to it, until then at the latest; what it sends is dropped.
    Closing { until: Instant },
}

/// What waits for an answer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) since: Instant,
    /// What its asker gets then; none: its input has ended, and it leaves.
    pub(super) then: Option<Request>,
    pub(super) label: Option<Label>,
}

impl Waiting {
    /// Whether its asker leaves the chat then.
    pub(super) fn leaves(&self) -> bool {
        self.then.as_ref().is_none_or(is_exit)
    }
}

/// One connection.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
pub(super) struct Session {
    pub(super) peer: std::net::SocketAddr,
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
    /// What it calls the request that is being done.
    pub(super) label: Option<Label>,
    /// It was told that it is removed.
    pub(super) is_removed: bool,
    /// It stands on the list of those that have input left over.
    pub(super) is_runnable: bool,
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
    /// The hub is done with it, and its connection is to be closed.
    pub(super) is_closed: bool,
}

impl Session {
    /// One that just came. What is kept of its input is charged to `unfinished`.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used once")]
    pub(super) fn new(permit: Permit, codec: Codec, unfinished: &Total) -> Session {
        let Permit { peer, since, .. } = permit;
        Session {
            peer,
            came: since,
            last_received: since,
            codec,
            stage: Stage::Greeting { since },
            unfinished: unfinished.charge(0),
            quota: SenderQuota::default(),
            is_warned: false,
            label: None,
            is_removed: false,
            is_runnable: false,
            waiting: None,
            queues: false,
            unread: false,
            ended: None,
            half_closed: false,
            is_closed: false,
        }
    }

    /// How its client is dealt with.
    pub(super) fn profile(&self) -> &'static Profile {
        self.codec.profile()
    }

    pub(super) fn member(&self) -> Option<MemberId> {
        match self.stage {
            Stage::Member { id } => Some(id),
            Stage::Greeting { .. } | Stage::Handshake { .. } | Stage::Closing { .. } => None,
        }
    }

    /// It was waited for long enough, or a message came. Returns whether that is news.
    pub(super) fn begin_handshake(&mut self) -> bool {
        let Stage::Greeting { since } = self.stage else { return false };
        self.stage = Stage::Handshake { since, tries: 0 };
        true
    }

    /// Whether it has no name yet, and may give one.
    pub(super) fn is_nameless(&self) -> bool {
        matches!(self.stage, Stage::Greeting { .. } | Stage::Handshake { .. })
    }

    pub(super) fn is_closing(&self) -> bool {
        matches!(self.stage, Stage::Closing { .. })
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
