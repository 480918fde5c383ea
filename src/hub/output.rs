//! From what the hub wants said to the fan-out, and from what a flush finds to what becomes of connections.

use std::ops::Range;
use std::time::Instant;

use bytes::BytesMut;
use log::info;

use crate::base::limits::{CLOSE_LINGER, REPLAY_BACKLOG_BYTES, REPLAY_CHUNK_BYTES};
use crate::chat::{Chat, Room};
use crate::fanout::{Flushed, HistorySource, SessionId, Sink, Verdict};
use crate::hub::{Hub, labels};
use crate::proto::{Event, LogEntry, Notice, ProgramEvent, Removal, RoomId};

impl HistorySource for Chat {
    fn entries(&self, room: RoomId, ids: Range<u64>) -> impl Iterator<Item = &LogEntry> {
        self.room(room).map(Room::history).into_iter().flat_map(move |history| history.entries(ids.clone()))
    }

    fn evicted_below(&self, room: RoomId) -> u64 {
        self.room(room).map_or(0, |room| room.history().evicted_below())
    }
}

impl Hub {
    /// Writes to connections what they have to be sent and may hear, each at most once, as much as a turn writes; the others
    /// are first in the next turn. Connections that are too slow or broken are closed.
    pub fn flush(&mut self, sink: &mut impl Sink, now: Instant) {
        self.sessions.end_turn();
        self.hosts.end_turn();
        let Flushed { bytes, verdicts } = self.fanout.flush(sink, &self.chat, now);
        self.metrics.sent += bytes;
        for gone in self.resume.check(sink, now) {
            info!("{} acknowledges nothing, and its name is free", self.describe(gone));
            self.lost(gone, &"somebody at its address came for its name, and it was silent", now);
        }
        for (id, verdict) in verdicts {
            self.on_verdict(id, verdict, now);
        }
        self.shed(now);
    }

    fn on_verdict(&mut self, id: SessionId, verdict: Verdict, now: Instant) {
        // An earlier verdict may have closed it.
        if self.sessions.get(id).is_none_or(|session| session.is_closed) {
            return;
        }
        match verdict {
            Verdict::Progress => self.wait_no_longer(id, now),
            Verdict::Drained => self.drained(id, now),
            Verdict::Stalled => self.note_stuck(id, now),
            Verdict::Paced => self.watch_wire(id, now),
            Verdict::TooSlow if self.sessions[id].is_closing() => {}
            Verdict::TooSlow => self.let_go(id, Removal::BacklogFull, now),
            Verdict::Broken(why) => self.lost(id, &why, now),
        }
    }

    /// Lets those go who hold most, if all together hold too much: one after the other, until it is less.
    fn shed(&mut self, now: Instant) {
        // What an operator lets one be owed may be more than all are owed otherwise.
        let most = self.limits.owed.max(self.limits.send_queue);
        let all = |hub: &Hub| hub.fanout.queued_bytes();
        self.shed_largest(most, all, |hub, id| hub.fanout.debt(id), &Removal::LargestBacklog, now);
        let all = |hub: &Hub| hub.sessions.unfinished_bytes();
        let one = |hub: &Hub, id: SessionId| hub.sessions[id].unfinished.bytes();
        self.shed_largest(self.limits.unfinished, all, one, &Removal::LargestPartialInput, now);
    }

    fn shed_largest(
        &mut self,
        most: usize,
        all: impl Fn(&Hub) -> usize,
        one: impl Fn(&Hub, SessionId) -> usize,
        why: &Removal,
        now: Instant,
    ) {
        // Nothing is added up or compared as long as it is not too much.
        if all(self) <= most {
            return;
        }
        let held = self.sessions.iter().map(|(id, _)| (one(self, id), id));
        let mut holders: Vec<(usize, SessionId)> = held.filter(|(bytes, _)| *bytes > 0).collect();
        holders.sort_unstable_by(|one, other| other.cmp(one));
        for (_, id) in holders {
            // A little less than too much, so that it is not too much again at once.
            if all(self) <= most - most / 16 {
                return;
            }
            if self.sessions[id].is_closing() {
                self.forget(id);
            } else {
                self.let_go(id, why.clone(), now);
            }
        }
    }

    /// A connection that is leaving was sent the last of what it was to be sent.
    fn drained(&mut self, id: SessionId, now: Instant) {
        if self.sessions[id].ended.is_some() || self.stopping {
            self.forget(id);
        } else if self.sessions.half_close(id) {
            self.set_timer(id, now + CLOSE_LINGER);
        }
    }

    /// Has a connection hear what a room keeps of these ids, or only the newest of it: thousands of newcomers times megabytes
    /// would take minutes. One that hears less is told so, and can ask for the rest.
    pub(super) fn replay(&mut self, id: SessionId, room: RoomId, ids: Range<u64>) {
        let Some(history) = self.chat.room(room).map(Room::history) else { return };
        let (first, bytes) = history.newest(share(history.bytes(), self.fanout.replay_backlog()));
        let (wanted, ids) = (ids.start, ids.start.max(first)..ids.end);
        if wanted < ids.start && !ids.is_empty() {
            if self.chat.room(room).is_some_and(|room| room.history().ids().start < ids.start) {
                self.tell(id, &Event::Notice(Notice::HistoryCut));
            }
            if let Some(room) = self.chat.room(room).map(Room::room_name) {
                self.tell(id, &Event::Program(ProgramEvent::Gap { room, before: ids.start }));
            }
        }
        self.fanout.replay(id, room, ids, bytes);
    }

    /// Tells one connection something, after all that it heard before.
    pub(super) fn tell(&mut self, id: SessionId, event: &Event) {
        if matches!(event, Event::Removed(_)) {
            // There is no time left for that, and there is for the reason.
            self.fanout.drop_replays(id);
            self.sessions[id].is_removed = !self.stopping;
        }
        let Some(label) = &self.sessions[id].label else { return self.fanout.unicast(id, event) };
        let label = label.text.clone();
        if labels::is_last(event) {
            self.spend_label(id);
        }
        self.tell_labelled(id, event, &label);
    }

    /// Queues what `write` appends for one connection, after all that it heard before.
    pub(super) fn owe(&mut self, id: SessionId, write: impl FnOnce(&mut BytesMut)) {
        self.fanout.enqueue(id, write);
    }
}

/// How much of a history of so many bytes a newcomer hears while so many are waiting to be replayed. All of it, if that is not
/// too much with the others', or there are none.
fn share(all: usize, waiting: usize) -> usize {
    let left = REPLAY_BACKLOG_BYTES.saturating_sub(waiting);
    if waiting == 0 || all <= left { all } else { (left / 4).max(REPLAY_CHUNK_BYTES) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_alone_hears_everything_and_a_rush_hears_the_end() {
        let much = 2 * REPLAY_BACKLOG_BYTES;
        assert_eq!(share(much, 0), much);
        assert_eq!(share(1_000, much), 1_000.max(REPLAY_CHUNK_BYTES), "a short one is no matter");
        assert_eq!(share(much, 1), (REPLAY_BACKLOG_BYTES - 1) / 4);
        let mut waiting = 0;
        for _ in 0..10_000 {
            waiting += share(4 << 20, waiting);
        }
        assert!(waiting <= REPLAY_BACKLOG_BYTES + 10_000 * REPLAY_CHUNK_BYTES, "{waiting}");
    }
}
