//! What rooms say, gathered into what is handed over to be kept at once.

use std::mem;
use std::time::Instant;

use crate::base::limits::{GATHER_WITHIN, TAPE_BYTES_HELD, TAPE_BYTES_PER_TURN, THREAD_IDS};
use crate::hub::rooms::HubRoom;
use crate::hub::{Due, Hub};
use crate::journal::{Author, Batch, Message, Record, ThreadId};
use crate::proto::{Entry, News, RoomId, Who};

/// What is to be kept and not handed over yet.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    records: Vec<Record>,
    /// What its messages cost.
    cost: usize,
    /// Since when it is gathered, though it might have been handed over.
    since: Option<Instant>,
    /// There is a deadline for that.
    is_timed: bool,
}

impl Gathering {
    /// Wants something kept.
    pub(super) fn record(&mut self, record: Record) {
        self.records.push(record);
    }
}

impl Hub {
    /// Whether enough was said, so that nobody more is to be read: in this turn, or until some of it is kept.
    pub fn is_full(&self) -> bool {
        // All rooms together, as one may be in all of them.
        let (mut fresh, mut all) = (0, 0);
        for room in &self.rooms {
            fresh += room.tapes.fresh_bytes();
            all += room.tapes.bytes();
        }
        fresh >= TAPE_BYTES_PER_TURN || all >= TAPE_BYTES_HELD
    }

    /// Whether something may be written, or handed over, at once.
    pub(super) fn has_to_keep(&self) -> bool {
        self.rooms.iter().any(|room| room.is_writing() || room.tapes.may_let_out(self.keeping.out))
            || self.lookups.is_busy()
            || self.has_decided()
            || (self.has_gathered() && !self.can_gather())
    }

    /// News of a room are to be kept, if they were said.
    pub(super) fn keep_news(&mut self, room: RoomId, entry: &Entry) {
        let HubRoom { thread, next_ids, .. } = &mut self.rooms[room.0];
        if entry.id >= *next_ids {
            *next_ids = entry.id + THREAD_IDS;
            self.gathering.record(Record::Ids { thread: *thread, below: *next_ids });
        }
        let author = |who: &Who| Some(Author { name: who.name.to_string(), kind: who.kind });
        let (by, text, is_act) = match &entry.news {
            News::Said { who, text } => (author(who), text, false),
            News::Acted { who, text } => (author(who), text, true),
            News::HostSaid { text } => (None, text, false),
            News::Joined { .. } | News::Left { .. } => return,
        };
        let (thread, id, time, text) = (*thread, entry.id, entry.time, text.to_string());
        let message = Message { thread, id, time, by, is_act, text };
        let cost = message.cost();
        if self.keeping.takes(self.gathering.cost + cost) {
            self.gathering.cost += cost;
            self.gathering.record(Record::Said(message));
        }
    }

    /// Ends what was said in this turn, and what is to be kept of it, unless more may be gathered: it may be heard when all
    /// that is handed over by now is kept.
    pub(super) fn end_turn(&mut self, now: Instant) -> Option<Batch> {
        self.keep_decisions(now);
        if !self.has_gathered() {
            return None;
        }
        if self.can_gather() && !self.is_overdue(now) {
            return None;
        }
        let Gathering { records, cost, since, .. } = &mut self.gathering;
        *since = None;
        let (records, cost) = (mem::take(records), mem::take(cost));
        let batch = (!records.is_empty()).then(|| self.keeping.batch(records, cost, now));
        if self.rooms.iter().any(|room| room.tapes.is_fresh()) {
            let turn = self.keeping.turn();
            for room in &mut self.rooms {
                room.tapes.end_turn(turn);
            }
        }
        batch
    }

    /// How many messages of a thread are gathered: for who compares what is kept with what is said.
    pub fn gathered(&self, thread: ThreadId) -> usize {
        let is_said = |record: &&Record| matches!(record, Record::Said(message) if message.thread == thread);
        self.gathering.records.iter().filter(is_said).count()
    }

    /// What was gathered has to be handed over, if it was not yet.
    pub(super) fn gathering_due(&mut self) {
        self.gathering.is_timed = false;
    }

    fn has_gathered(&self) -> bool {
        !self.gathering.records.is_empty() || self.rooms.iter().any(|room| room.tapes.is_fresh())
    }

    /// Whether what was said may as well be handed over with what will be said: in its room, something that was said before
    /// is not let out yet, or is still being written. It is handed over a little before the last member is written to, so
    /// that it is kept by then. So a room costs one batch for each time that its members are written to.
    fn can_gather(&self) -> bool {
        let can_wait = |room: &HubRoom| {
            !room.tapes.is_fresh()
                || room.tapes.has_turns()
                || (room.is_writing() && !room.is_nearly_written())
        };
        !(self.is_full() || self.stopping)
            && self.rooms.iter().any(|room| room.tapes.is_fresh())
            && self.rooms.iter().all(can_wait)
            && self.gathering.records.iter().all(|it| matches!(it, Record::Said(_) | Record::Ids { .. }))
    }

    /// Whether what was gathered waits too long for what was said before to be kept: then several batches are under way.
    fn is_overdue(&mut self, now: Instant) -> bool {
        if self.rooms.iter().all(|room| !room.tapes.is_fresh() || room.is_writing()) {
            return false;
        }
        let end = *self.gathering.since.get_or_insert(now) + GATHER_WITHIN;
        if end > now && !mem::replace(&mut self.gathering.is_timed, true) {
            self.timers.set(end, Due::Gathering);
        }
        end <= now
    }
}
