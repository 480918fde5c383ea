//! What the hub knows of one connection.

use std::time::Instant;

use crate::base::limits::{HALF_CLOSED_TIMEOUT, MESSAGES_PER_TURN, NAME_TRIES, REPLY_TIMEOUT};
use crate::chat::is_exit;
use crate::fanout::{Charge, Total};
use crate::hub::ids::Permit;
use crate::hub::sessions::Label;
use crate::limits::sender_quota::SenderQuota;
use crate::proto::{MemberId, Request};
use crate::wire::{CloseCode, Codec, Profile};

/// How far a connection has come. It was admitted before, and only goes forward from here.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::hub) enum Stage {
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
pub(in crate::hub) struct Waiting {
    pub(in crate::hub) since: Instant,
    /// What its asker gets then; none: its input has ended, and it leaves.
    pub(in crate::hub) then: Option<Request>,
    pub(in crate::hub) label: Option<Label>,
}

impl Waiting {
    /// Whether its asker leaves the chat then.
    pub(in crate::hub) fn leaves(&self) -> bool {
        self.then.as_ref().is_none_or(is_exit)
    }
}

/// One connection.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
pub(in crate::hub) struct Session {
    pub(in crate::hub) peer: std::net::SocketAddr,
    /// When it came, or earlier by as much as the hub's time stood still since.
    pub(in crate::hub) came: Instant,
    pub(in crate::hub) last_received: Instant,
    pub(in crate::hub) codec: Codec,
    /// What its codec keeps.
    pub(in crate::hub) unfinished: Charge,
    pub(in crate::hub) stage: Stage,
    /// What it may still send.
    pub(in crate::hub) quota: SenderQuota,
    /// It was told that it is silent for long, and was so since.
    pub(in crate::hub) is_warned: bool,
    /// The label of the request that is being carried out.
    pub(in crate::hub) label: Option<Label>,
    /// Why a WebSocket is closed, if it is closed now.
    pub(in crate::hub) close_code: CloseCode,
    /// It stands on the list of those that have input left over.
    pub(in crate::hub) is_runnable: bool,
    /// What it asked for, and gets when its question is answered.
    pub(in crate::hub) waiting: Option<Box<Waiting>>,
    /// It gave a name, perhaps, and others who came have to be let in before that is looked at.
    pub(in crate::hub) queues: bool,
    /// It may have sent something that was not read yet.
    pub(in crate::hub) unread: bool,
    /// Since when the peer sends no more.
    pub(in crate::hub) ended: Option<Instant>,
    /// The peer was told that we send no more.
    pub(in crate::hub) half_closed: bool,
    /// The hub is done with it, and its connection is to be closed.
    pub(in crate::hub) is_closed: bool,
}

impl Session {
    /// One that just came. What is kept of its input is charged to `unfinished`.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used once")]
    pub(in crate::hub) fn new(permit: Permit, codec: Codec, unfinished: &Total) -> Session {
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
            close_code: CloseCode::Normal,
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
    pub(in crate::hub) fn profile(&self) -> &'static Profile {
        self.codec.profile()
    }

    pub(in crate::hub) fn member(&self) -> Option<MemberId> {
        match self.stage {
            Stage::Member { id } => Some(id),
            Stage::Greeting { .. } | Stage::Handshake { .. } | Stage::Closing { .. } => None,
        }
    }

    /// It was waited for long enough, or a message came. Returns whether that is news.
    pub(in crate::hub) fn begin_handshake(&mut self) -> bool {
        let Stage::Greeting { since } = self.stage else { return false };
        self.stage = Stage::Handshake { since, tries: 0 };
        true
    }

    /// Whether it has no name yet, and may give one.
    pub(in crate::hub) fn is_nameless(&self) -> bool {
        matches!(self.stage, Stage::Greeting { .. } | Stage::Handshake { .. })
    }

    /// Counts a try at a name. Returns whether it was the last.
    pub(in crate::hub) fn count_try(&mut self) -> bool {
        let Stage::Handshake { tries, .. } = &mut self.stage else { return false };
        *tries += 1;
        *tries >= NAME_TRIES
    }

    /// Whether its socket is to be read, as far as it can know.
    pub(in crate::hub) fn takes_input(&self) -> bool {
        self.sends_more() && !self.is_runnable && self.waiting.is_none()
    }

    /// Whether its peer may send more, and that is read at some time.
    pub(in crate::hub) fn sends_more(&self) -> bool {
        self.ended.is_none() && !self.is_closed
    }

    /// Whether its input has ended so long ago that it waits for nothing.
    pub(in crate::hub) fn is_half_closed_for_long(&self, now: Instant) -> bool {
        self.ended.is_some_and(|ended| now >= ended + HALF_CLOSED_TIMEOUT)
    }

    /// Until when it waits at the latest, if it does. `is_asking`: whether a question of it is being looked up.
    pub(in crate::hub) fn waits_until(&self, is_asking: impl Fn(MemberId) -> bool) -> Option<Instant> {
        let waiting = self.waiting.as_ref()?;
        let ends = waiting.since + REPLY_TIMEOUT;
        match self.ended.map(|ended| ended + HALF_CLOSED_TIMEOUT) {
            // Nothing comes after a bot's answer, and nobody else waits for it.
            Some(last) if waiting.then.is_none() && !self.member().is_some_and(is_asking) => Some(last),
            Some(last) => Some(ends.min(last)),
            None => Some(ends),
        }
    }

    pub(in crate::hub) fn is_closing(&self) -> bool {
        matches!(self.stage, Stage::Closing { .. })
    }
}

/// How many more messages a session may send in this turn.
#[derive(Debug)]
pub(in crate::hub) struct Budget(usize);

impl Budget {
    pub(in crate::hub) fn of_a_turn() -> Budget {
        Budget(MESSAGES_PER_TURN)
    }

    /// Takes one, if there is one left.
    pub(in crate::hub) fn take(&mut self) -> bool {
        let left = self.0 > 0;
        self.0 -= usize::from(left);
        left
    }
}
