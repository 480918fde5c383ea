//! What the hub knows of one connection.

use std::net::SocketAddr;
use std::time::Instant;

use crate::base::limits::MESSAGES_PER_TURN;
use crate::hub::ahead::Ahead;
use crate::hub::budget::{Charge, Total};
use crate::hub::ids::{Door, Seat};
use crate::hub::pace::Pace;
use crate::hub::penalty::Penalty;
use crate::hub::reader::Reader;
use crate::hub::send_queue::{Owed, SendQueue};
use crate::hub::throttle::Throttle;
use crate::hub::timers::TimerKey;
use crate::proto::{MemberId, Request, RoomId};
use crate::wire::{Decoder, Dialect};

/// How far a connection has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has no name yet.
    Arriving { since: Instant, greeted: bool, tries: u8 },
    /// It has one, and a seat in each room that it is in.
    Member { id: MemberId, seats: Vec<Seat> },
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

/// One connection.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
pub(super) struct Session {
    pub(super) peer: SocketAddr,
    /// When it came, or earlier by as much as the hub's time stood still since.
    pub(super) came: Instant,
    pub(super) last_received: Instant,
    pub(super) reader: Reader,
    /// What its reader keeps.
    pub(super) unfinished: Charge,
    pub(super) stage: Stage,
    pub(super) queue: SendQueue,
    /// It is sent one message at a time.
    pub(super) pace: Option<Box<Pace>>,
    pub(super) throttle: Option<Box<Throttle>>,
    /// What it spent on commands.
    pub(super) penalty: Penalty,
    /// What it said, and nobody hears yet.
    pub(super) ahead: Ahead,
    /// It was told that it is silent for long, and was so since.
    pub(super) is_warned: bool,
    /// What it was owed when it last had to wait for its share of the history, in bytes: that is no fault of its own.
    pub(super) waited: usize,
    /// Since when its socket takes nothing of what it is owed.
    pub(super) stuck: Option<Instant>,
    /// Its one deadline: greeting, then name, then what is due of a member (see `overdue`), then the end of leaving.
    pub(super) timer: Option<TimerKey>,
    /// The socket takes no more for now.
    pub(super) blocked: bool,
    /// It is on the list of those that may have something to send.
    pub(super) listed: bool,
    /// It is on the list of those that are owed what may not be heard yet.
    pub(super) held: bool,
    /// It is on the list of those that are owed a part of the history.
    pub(super) replaying: bool,
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
    /// One that just came. What is kept for it is a charge on `owed` and `unfinished`.
    pub(super) fn new(
        peer: SocketAddr,
        door: Door,
        now: Instant,
        owed: &Owed,
        unfinished: &Total,
    ) -> Session {
        let (reader, pace) = match door {
            Door::Any => (Reader::Marked(Decoder::default()), None),
            Door::Chaty => (Reader::Chaty(Box::default()), Some(Box::default())),
        };
        Session {
            peer,
            came: now,
            last_received: now,
            reader,
            stage: Stage::Arriving { since: now, greeted: false, tries: 0 },
            unfinished: unfinished.charge(0),
            queue: SendQueue::new(owed),
            pace,
            throttle: None,
            penalty: Penalty::default(),
            ahead: Ahead::default(),
            is_warned: false,
            waited: 0,
            stuck: None,
            timer: None,
            blocked: false,
            listed: false,
            held: false,
            replaying: false,
            behind: false,
            waiting: None,
            queues: false,
            unread: false,
            ended: None,
            half_closed: false,
            forgotten: false,
        }
    }

    /// What it is spoken to in: who has not said anything yet is taken for a person.
    pub(super) fn dialect(&self) -> Dialect {
        self.reader.dialect().unwrap_or(Dialect::Line)
    }

    pub(super) fn member(&self) -> Option<MemberId> {
        match self.stage {
            Stage::Member { id, .. } => Some(id),
            Stage::Arriving { .. } | Stage::Leaving { .. } => None,
        }
    }

    pub(super) fn is_leaving(&self) -> bool {
        matches!(self.stage, Stage::Leaving { .. })
    }

    /// Where it sits.
    pub(super) fn seats(&self) -> &[Seat] {
        match &self.stage {
            Stage::Member { seats, .. } => seats,
            Stage::Arriving { .. } | Stage::Leaving { .. } => &[],
        }
    }

    pub(super) fn seat_in(&mut self, room: RoomId) -> Option<&mut Seat> {
        match &mut self.stage {
            Stage::Member { seats, .. } => seats.iter_mut().find(|seat| seat.room == room),
            Stage::Arriving { .. } | Stage::Leaving { .. } => None,
        }
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
