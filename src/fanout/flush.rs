//! Writes from queues and logs to sockets: few for each connection, and a limited number for all, in one turn.
//!
//! There are three kinds of output, each with its own budget: send queues, broadcasts, and replays of history. What
//! does not fit into a turn comes first in the next. So no turn takes long, and no kind starves.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind, IoSlice};
use std::time::Instant;

use smallvec::SmallVec;

use crate::base::limits::{
    BROADCAST_BYTES_PER_TURN, GATHERED_COPY_BYTES, REPLAY_BYTES_PER_TURN, WRITE_COST_PER_TURN,
    WRITE_SYSCALL_COST,
};
use crate::fanout::outbox::SubscriptionRef;
use crate::fanout::room::{Path, Room, Subscription};
use crate::fanout::send_queue::Sent;
use crate::fanout::sink::{AckState, PeerReadState, SessionId, Sink};
use crate::fanout::visible_history::{HistorySource, VisibleHistory};
use crate::fanout::{Fanout, Released};
use crate::proto::RoomId;
use crate::wire::Encoding;

/// What the hub has to do about a connection after a flush.
#[derive(Debug)]
pub enum FlushOutcome {
    /// The connection was flushed, and the hub asked to be told.
    Progress,
    /// A closing connection has an empty queue.
    Drained,
    /// The socket became full.
    Blocked,
    /// Flow control: the next message waits until the client has read the last one.
    Paced,
    /// Its send queue is too long.
    QueueFull,
    /// The connection is broken.
    Broken(io::Error),
}

/// The result of a flush.
#[derive(Debug, Default)]
pub struct Flushed {
    /// Bytes that sockets accepted.
    pub bytes: u64,
    /// In order of occurrence. A connection may have several.
    pub outcomes: Vec<(SessionId, FlushOutcome)>,
}

/// A sink that counts.
struct Counting<'a, S> {
    sink: &'a mut S,
    bytes: u64,
    writes: usize,
}

impl<S> Counting<'_, S> {
    /// The cost of the writes, in bytes, with [`WRITE_SYSCALL_COST`] for each.
    fn cost(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX).saturating_add(self.writes * WRITE_SYSCALL_COST)
    }
}

impl<S: Sink> Sink for Counting<'_, S> {
    fn write(&mut self, to: SessionId, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.writes += 1;
        let taken = self.sink.write(to, slices)?;
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn reading(&mut self, peer: SessionId, written: u64) -> PeerReadState {
        self.sink.reading(peer, written)
    }

    fn acknowledged(&mut self, peer: SessionId) -> Option<AckState> {
        self.sink.acknowledged(peer)
    }
}

/// What a gathered write is made of: rooms, each with an encoding and the offset from which on it is unsent.
type GatheredParts = SmallVec<[(RoomId, Encoding, u64); 8]>;

/// The last gathered write of a flush, in one piece: a system call for several pieces costs more than a copy of a few kilobytes, and
/// most who are in the same rooms need the same bytes.
#[derive(Default)]
struct Gathered {
    parts: GatheredParts,
    bytes: Vec<u8>,
}

impl Gathered {
    /// The bytes of `slices`, which are these parts.
    fn copy_of(&mut self, parts: GatheredParts, slices: &[IoSlice<'_>]) -> &[u8] {
        if self.parts != parts {
            self.parts = parts;
            self.bytes.clear();
            for slice in slices {
                self.bytes.extend_from_slice(slice);
            }
        }
        &self.bytes
    }
}

/// A running flush.
struct Flush<'a, S, H> {
    sink: Counting<'a, S>,
    gathered: Gathered,
    history: &'a H,
    /// How many bytes may still be replayed.
    replay_budget: usize,
    outcomes: Vec<(SessionId, FlushOutcome)>,
    now: Instant,
}

impl Fanout {
    /// Writes released output to connections, as much as fits into a turn.
    pub fn flush(&mut self, sink: &mut impl Sink, history: &impl HistorySource, now: Instant) -> Flushed {
        let sink = Counting { sink, bytes: 0, writes: 0 };
        let gathered = Gathered::default();
        let mut flush = Flush { sink, gathered, history, replay_budget: 0, outcomes: Vec::new(), now };
        self.release_segments();
        self.flush_pending(&mut flush);
        self.flush_rooms(&mut flush);
        self.flush_replays(&mut flush);
        Flushed { bytes: flush.sink.bytes, outcomes: flush.outcomes }
    }

    /// Within the broadcast budget, releases the next segment of each room that is not still writing one.
    fn release_segments(&mut self) {
        let mut remaining = BROADCAST_BYTES_PER_TURN;
        let mut is_any = false;
        for at in rotated(self.first_room, &self.sealed) {
            let room = &mut self.rooms[at];
            if room.is_writing() || !room.log.can_release(self.released) {
                continue;
            }
            if remaining == 0 {
                self.first_room = at;
                break;
            }
            let before = room.log.bytes();
            room.released = room.log.release(self.released, remaining, &self.memory.queued);
            room.next = 0;
            self.unreleased_bytes -= before - room.log.bytes();
            remaining = remaining.saturating_sub(room.released.bytes());
            is_any = true;
            if !room.log.is_sealed() {
                self.sealed.remove(&at);
            }
            if room.is_writing() {
                self.writing.insert(at);
            }
        }
        if is_any {
            self.queue_released();
        }
    }

    /// Converts what was just released into bytes in the queues that wait for it.
    fn queue_released(&mut self) {
        for _ in 0..self.awaiting_commit.len() {
            let Some(id) = self.awaiting_commit.pop() else { return };
            let Some(Some(outbox)) = self.outboxes.get_mut(id.0) else { continue };
            let rooms = &self.rooms;
            outbox.queue.take_released(|room| &rooms[room.index()].released);
            if outbox.queue.awaits_release() {
                self.awaiting_commit.push(id);
            }
            self.mark_pending_write(id);
        }
    }

    /// Writes from send queues, first come, first served.
    fn flush_pending(&mut self, flush: &mut Flush<'_, impl Sink, impl HistorySource>) {
        for _ in 0..self.pending_write.len() {
            if flush.sink.cost() >= WRITE_COST_PER_TURN {
                return;
            }
            if let Some(id) = self.pending_write.pop() {
                self.flush_connection(id, flush);
            }
        }
    }

    /// Writes broadcasts, subscription by subscription. The room at which the budget ends is continued in the next
    /// turn.
    fn flush_rooms(&mut self, flush: &mut Flush<'_, impl Sink, impl HistorySource>) {
        let end = flush.sink.cost() + WRITE_COST_PER_TURN;
        for at in rotated(self.first_room, &self.writing) {
            while self.rooms[at].next < self.rooms[at].subscriptions.len() {
                if flush.sink.cost() >= end {
                    self.first_room = at + 1;
                    return;
                }
                let index = self.rooms[at].next;
                self.rooms[at].next += 1;
                self.flush_subscription(at, index, flush);
            }
            // Slow connections hold slices of it in their queues.
            self.rooms[at].released = Released::default();
            self.rooms[at].next = 0;
            self.writing.remove(&at);
        }
    }

    /// Replays history, one connection after the other. One that needs more goes to the end of the queue.
    fn flush_replays(&mut self, flush: &mut Flush<'_, impl Sink, impl HistorySource>) {
        flush.replay_budget = REPLAY_BYTES_PER_TURN;
        for _ in 0..self.replaying.len() {
            if flush.replay_budget == 0 {
                return;
            }
            if let Some(id) = self.replaying.pop() {
                self.flush_connection(id, flush);
            }
        }
    }

    /// Writes a broadcast to one subscription.
    fn flush_subscription(
        &mut self,
        room: usize,
        index: usize,
        flush: &mut Flush<'_, impl Sink, impl HistorySource>,
    ) {
        let Room { subscriptions, released, .. } = &mut self.rooms[room];
        let subscription = &mut subscriptions[index];
        let id = subscription.session;
        let path = subscription.path;
        if path == Path::Queue {
            return self.flush_connection(id, flush);
        }
        // The fast path, which is nearly always taken: the queue is empty and the socket takes everything. It touches
        // only the subscription, not the connection.
        let Some((part, unsent)) = subscription.unsent(released) else { return };
        if path == Path::Gather && self.writing.len() > 1 {
            return self.flush_gathered(id, flush);
        }
        let sent = flush.sink.write(id, &[IoSlice::new(unsent)]);
        if matches!(sent, Ok(sent) if sent == unsent.len()) {
            subscription.cursor = part.end();
        } else {
            self.flush_rest(id, sent, flush);
        }
    }

    /// Writes the broadcasts of all rooms of a connection at once, so that a member of several rooms costs one system call, too.
    fn flush_gathered(&mut self, id: SessionId, flush: &mut Flush<'_, impl Sink, impl HistorySource>) {
        let Some(Some(outbox)) = self.outboxes.get(id.0) else { return };
        let mut slices: SmallVec<[IoSlice<'_>; 8]> = SmallVec::new();
        let mut parts = GatheredParts::new();
        for SubscriptionRef { room, index } in &outbox.subscriptions {
            let Room { subscriptions, released, .. } = &self.rooms[room.index()];
            let subscription = &subscriptions[*index];
            if let Some((_, unsent)) = subscription.unsent(released) {
                slices.push(IoSlice::new(unsent));
                parts.push((*room, subscription.encoding, subscription.cursor));
            }
        }
        let unsent: usize = slices.iter().map(|slice| slice.len()).sum();
        let sent = if unsent <= GATHERED_COPY_BYTES {
            flush.sink.write(id, &[IoSlice::new(flush.gathered.copy_of(parts, &slices))])
        } else {
            flush.sink.write(id, &slices)
        };
        drop(slices);
        if !matches!(sent, Ok(sent) if sent == unsent) {
            return self.flush_rest(id, sent, flush);
        }
        for SubscriptionRef { room, index } in &outbox.subscriptions {
            let Room { subscriptions, released, .. } = &mut self.rooms[room.index()];
            let subscription = &mut subscriptions[*index];
            if let Some(part) = released.part(subscription.encoding) {
                subscription.cursor = subscription.cursor.max(part.end());
            }
        }
    }

    /// A write straight from segments took only a part, or failed: the rest goes through the queue.
    fn flush_rest(
        &mut self,
        id: SessionId,
        sent: io::Result<usize>,
        flush: &mut Flush<'_, impl Sink, impl HistorySource>,
    ) {
        self.queue_segments(id);
        let Some(Some(outbox)) = self.outboxes.get_mut(id.0) else { return };
        match sent {
            Ok(sent) => outbox.queue.advance(sent),
            // Any other error shows again at the next write.
            Err(e) => outbox.blocked = e.kind() == ErrorKind::WouldBlock,
        }
        self.leave_fast_path(id);
        self.drain(id, flush);
    }

    /// Queues the connection's unread segments, then sends its queue.
    fn flush_connection(&mut self, id: SessionId, flush: &mut Flush<'_, impl Sink, impl HistorySource>) {
        self.queue_segments(id);
        self.drain(id, flush);
    }

    /// Queues the connection's unread segments.
    fn queue_segments(&mut self, id: SessionId) {
        let Some(Some(outbox)) = self.outboxes.get_mut(id.0) else { return };
        for SubscriptionRef { room, index } in &outbox.subscriptions {
            let Room { subscriptions, released, .. } = &mut self.rooms[room.index()];
            let Subscription { encoding, cursor, .. } = &mut subscriptions[*index];
            let Some(part) = released.part(*encoding) else { continue };
            outbox.queue.push_shared(part.slice(part.range(&(*cursor..u64::MAX))));
            *cursor = (*cursor).max(part.end());
        }
    }

    /// Sends a connection's queue, as far as its socket takes it.
    fn drain(&mut self, id: SessionId, flush: &mut Flush<'_, impl Sink, impl HistorySource>) {
        let Some(Some(outbox)) = self.outboxes.get_mut(id.0) else { return };
        if outbox.queue.awaits_release() {
            self.awaiting_commit.push(id);
        }
        if !outbox.blocked {
            let before = flush.sink.bytes;
            let history = VisibleHistory { source: flush.history, rooms: &self.rooms };
            let sent = outbox.send(id, &history, &mut flush.sink, &mut flush.replay_budget, flush.now);
            if flush.sink.bytes > before || !matches!(sent, Sent::Blocked) {
                outbox.write_stalled_since = None;
            }
            if outbox.reports_progress {
                flush.outcomes.push((id, FlushOutcome::Progress));
            }
            match sent {
                Sent::Drained => {
                    outbox.replay_backlog = 0;
                    if outbox.is_closing {
                        flush.outcomes.push((id, FlushOutcome::Drained));
                    }
                    return self.enter_fast_path(id);
                }
                Sent::Yielded => return self.mark_pending_write(id),
                Sent::Replaying => {
                    outbox.replay_backlog = outbox.queue.cost();
                    self.replaying.push(id);
                }
                Sent::Blocked => outbox.blocked = true,
                Sent::AwaitsCommit => self.awaiting_commit.push(id),
                Sent::Paced => flush.outcomes.push((id, FlushOutcome::Paced)),
                Sent::Broken(why) => return flush.outcomes.push((id, FlushOutcome::Broken(why))),
            }
        }
        if outbox.blocked && outbox.write_stalled_since.is_none() {
            flush.outcomes.push((id, FlushOutcome::Blocked));
        }
        if outbox.queue.cost() > self.send_queue_limit + outbox.replay_backlog && !outbox.is_closing {
            flush.outcomes.push((id, FlushOutcome::QueueFull));
        }
    }
}

/// The rooms of a set, starting from `first` and wrapping around.
fn rotated(first: usize, rooms: &BTreeSet<usize>) -> Vec<usize> {
    rooms.range(first..).chain(rooms.range(..first)).copied().collect()
}
