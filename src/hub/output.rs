//! From what the hub wants said to the fan-out, and from what a flush finds to what becomes of connections.

use std::ops::Range;
use std::time::Instant;

use log::info;

use crate::base::limits::{REPLAY_BACKLOG_BYTES, REPLAY_CHUNK_BYTES};
use crate::chat::{Chat, Room};
use crate::fanout::{Flushed, HistorySource, SessionId, Sink, Verdict};
use crate::hub::Hub;
use crate::hub::sessions::Held;
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
        self.rooms.hosts_mut().end_turn();
        let Flushed { bytes, verdicts } = self.sessions.fanout.flush(sink, self.rooms.chat(), now);
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
            Verdict::Drained => self.sessions.drained(id, self.admission.is_stopping(), now),
            Verdict::Stalled => self.sessions.note_write_stall(id, now),
            Verdict::Paced => self.sessions.watch_wire(id, now),
            Verdict::TooSlow if self.sessions[id].is_closing() => {}
            Verdict::TooSlow => self.let_go(id, Removal::BacklogFull, now),
            Verdict::Broken(why) => self.lost(id, &why, now),
        }
    }

    /// Lets those go who hold most, if all together hold too much: one after the other, until it is less.
    fn shed(&mut self, now: Instant) {
        for what in [Held::Owed, Held::Unfinished] {
            for id in self.sessions.largest_holders(what) {
                if self.sessions.is_relieved(what) {
                    break;
                }
                if self.sessions[id].is_closing() {
                    self.sessions.close(id);
                } else {
                    self.let_go(id, what.removal(), now);
                }
            }
        }
    }

    /// Removes who does not read. There is no time left for what it is owed.
    pub(super) fn let_go(&mut self, id: SessionId, why: Removal, now: Instant) {
        self.metrics.slow += 1;
        self.sessions.fanout.cut(id);
        self.remove(id, why, now);
    }

    /// Has a connection hear what a room keeps of these ids, or only the newest of it: thousands of newcomers times megabytes
    /// would take minutes. One that hears less is told so, and can ask for the rest.
    pub(super) fn replay(&mut self, id: SessionId, room: RoomId, ids: Range<u64>) {
        let Some(history) = self.rooms.chat().room(room).map(Room::history) else { return };
        let (first, bytes) = history.newest(share(history.bytes(), self.sessions.fanout.replay_backlog()));
        let (wanted, ids) = (ids.start, ids.start.max(first)..ids.end);
        if wanted < ids.start && !ids.is_empty() {
            if self.rooms.chat().room(room).is_some_and(|room| room.history().ids().start < ids.start) {
                self.sessions.tell(id, &Event::Notice(Notice::HistoryCut));
            }
            if let Some(room) = self.rooms.chat().room(room).map(Room::room_name) {
                self.sessions.tell(id, &Event::Program(ProgramEvent::Gap { room, before: ids.start }));
            }
        }
        self.sessions.fanout.replay(id, room, ids, bytes);
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
