//! Fan-out: who is subscribed to which room, what rooms broadcast, and what each connection still has to be sent.
//!
//! What a room says passes three steps. [`Fanout::broadcast`] appends it to the room's broadcast log, once for each
//! encoding that is read there.
//! [`Fanout::seal`] ends a batch, which is to be committed as one. [`Fanout::release`] tells up to which batch everything may
//! be heard. [`Fanout::flush`] then writes released bytes: on the fast path straight from the shared segment, otherwise
//! through the connection's send queue. Everything that one connection is sent stays in order.
//!
//! It knows bytes and encodings, and neither the rules of the chat nor where messages are kept.

mod broadcast_log;
mod flush;
mod history;
mod memory;
mod outbox;
mod pacer;
mod room;
mod run_queue;
mod segment;
mod send_queue;
mod sink;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Instant;

use bytes::BytesMut;

use crate::base::limits::{BROADCAST_BYTES_PER_TURN, UNCOMMITTED_BYTES_MAX};
use crate::proto::{Event, RoomId};
use crate::wire::Encoding;
use broadcast_log::{BroadcastLog, Released};
use memory::OutputMemory;
use outbox::{Outbox, SubscriptionRef};
use room::{Room, Subscription};
use run_queue::RunQueue;

pub use flush::{Flushed, Verdict};
pub use history::HistorySource;
pub use memory::{Charge, Total};
pub use sink::{AckState, PeerReadState, SessionId, Sink};

/// All rooms and connections, as far as output is concerned.
#[derive(Debug)]
pub struct Fanout {
    /// By room id.
    rooms: Vec<Room>,
    /// By session id.
    outboxes: Vec<Option<Outbox>>,
    /// Connections with something to write beside what their rooms broadcast.
    pending_write: RunQueue,
    /// Connections whose queues hold what may not be heard yet.
    awaiting_commit: RunQueue,
    /// Connections that have to be sent more of a history.
    replaying: RunQueue,
    /// Rooms whose logs hold something that is not sealed, that is sealed and not released, and whose segment is being
    /// written.
    unsealed: BTreeSet<usize>,
    sealed: BTreeSet<usize>,
    writing: BTreeSet<usize>,
    /// The bytes of all logs that are not sealed, and that are not released.
    unsealed_bytes: usize,
    unreleased_bytes: usize,
    /// The last batch that may be heard.
    released: u64,
    /// The room that is written to first.
    first_room: usize,
    memory: OutputMemory,
    /// What one connection's queue may cost, in bytes.
    send_queue_limit: usize,
}

impl Fanout {
    /// Without rooms and connections. A connection whose queue costs more than the limit, in bytes, is too slow.
    pub fn new(send_queue_limit: usize) -> Fanout {
        Fanout {
            rooms: Vec::new(),
            outboxes: Vec::new(),
            pending_write: RunQueue::default(),
            awaiting_commit: RunQueue::default(),
            replaying: RunQueue::default(),
            unsealed: BTreeSet::new(),
            sealed: BTreeSet::new(),
            writing: BTreeSet::new(),
            unsealed_bytes: 0,
            unreleased_bytes: 0,
            released: 0,
            first_room: 0,
            memory: OutputMemory::default(),
            send_queue_limit,
        }
    }

    /// A connection begins.
    pub fn open(&mut self, id: SessionId, encoding: Encoding) {
        if self.outboxes.len() <= id.0 {
            self.outboxes.resize_with(id.0 + 1, || None);
        }
        self.outboxes[id.0] = Some(Outbox::new(encoding, &self.memory));
    }

    /// A connection ends. Its id may be used again.
    pub fn close(&mut self, id: SessionId) {
        for SubscriptionRef { room, .. } in
            self.outbox(id).map(|it| it.subscriptions.clone()).unwrap_or_default()
        {
            self.unsubscribe(id, room);
        }
        self.outboxes[id.0] = None;
    }

    /// What a connection speaks is known. It is not subscribed to anything yet.
    pub fn set_encoding(&mut self, id: SessionId, encoding: Encoding) {
        if let Some(outbox) = self.outbox(id) {
            outbox.encoding = encoding;
        }
    }

    /// A room begins whose next entry has this id.
    pub fn open_room(&mut self, room: RoomId, next_id: u64) {
        if self.rooms.len() <= room.0 {
            self.rooms.resize_with(room.0 + 1, Room::default);
        }
        self.rooms[room.0].log = BroadcastLog::new(next_id);
    }

    /// A room ends. What it said is still sent; what is still to be replayed of its history is not, as its id may soon be
    /// another's.
    pub fn close_room(&mut self, room: RoomId) {
        for outbox in self.outboxes.iter_mut().flatten() {
            outbox.queue.drop_replay_of(room);
        }
    }

    /// Whether nobody is subscribed to a room, and all that it said is written.
    pub fn is_idle(&self, room: RoomId) -> bool {
        self.rooms
            .get(room.0)
            .is_none_or(|room| room.subscriptions.is_empty() && room.log.is_empty() && !room.is_writing())
    }

    /// A connection hears a room from now on.
    pub fn subscribe(&mut self, id: SessionId, room: RoomId) {
        let Some(Some(outbox)) = self.outboxes.get_mut(id.0) else { return };
        let encoding = outbox.encoding;
        let Room { subscriptions, log, .. } = &mut self.rooms[room.0];
        log.add_reader(encoding);
        outbox.subscriptions.reserve_exact(1);
        outbox.subscriptions.push(SubscriptionRef { room, place: subscriptions.len() });
        subscriptions.push(Subscription {
            session: id,
            encoding,
            cursor: log.end(encoding),
            fast_path: false,
        });
        self.mark_pending_write(id);
    }

    /// A connection hears a room no longer. What the room said until now is still sent to it.
    pub fn unsubscribe(&mut self, id: SessionId, room: RoomId) {
        self.catch_up(id);
        self.mark_pending_write(id);
        let Some(outbox) = self.outbox(id) else { return };
        let encoding = outbox.encoding;
        let Some(at) = outbox.subscriptions.iter().position(|at| at.room == room) else { return };
        let SubscriptionRef { place, .. } = outbox.subscriptions.swap_remove(at);
        self.rooms[room.0].log.remove_reader(encoding);
        for (moved, place) in self.rooms[room.0].remove(place).into_iter().flatten() {
            if let Some(subscription) = self.outbox(moved).and_then(|outbox| outbox.subscription(room)) {
                subscription.place = place;
            }
        }
    }

    /// The rooms that a connection is subscribed to.
    pub fn subscriptions(&self, id: SessionId) -> impl Iterator<Item = RoomId> {
        self.outboxes.get(id.0).into_iter().flatten().flat_map(|it| it.subscriptions.iter().map(|at| at.room))
    }

    /// A room says `event` to all its subscribers except these.
    pub fn broadcast(&mut self, room: RoomId, event: &Event, except: &[SessionId]) {
        for id in except {
            self.catch_up(*id);
        }
        let Room { subscriptions, log, .. } = &mut self.rooms[room.0];
        let before = (log.unsealed_bytes(), log.bytes());
        log.append(event);
        self.unsealed_bytes += log.unsealed_bytes() - before.0;
        self.unreleased_bytes += log.bytes() - before.1;
        if log.is_unsealed() {
            self.unsealed.insert(room.0);
        }
        for id in except {
            let Some(Some(outbox)) = self.outboxes.get_mut(id.0) else { continue };
            if let Some(SubscriptionRef { place, .. }) = outbox.subscription(room) {
                let subscription = &mut subscriptions[*place];
                subscription.cursor = log.end(subscription.encoding);
            }
        }
    }

    /// Queues `event` for one connection, after all that it heard before.
    pub fn unicast(&mut self, id: SessionId, event: &Event) {
        let Some(encoding) = self.outbox(id).map(|outbox| outbox.encoding) else { return };
        self.enqueue(id, |out| encoding.encode(event, out));
    }

    /// Queues what `write` appends for one connection, after all that it heard before.
    pub fn enqueue(&mut self, id: SessionId, write: impl FnOnce(&mut BytesMut)) {
        self.catch_up(id);
        if let Some(outbox) = self.outbox(id) {
            outbox.queue.push_private(write);
            self.mark_pending_write(id);
        }
    }

    /// Queues entries of a room's history for one connection, of about so many bytes, after all that it heard before.
    pub fn replay(&mut self, id: SessionId, room: RoomId, ids: Range<u64>, bytes: usize) {
        self.catch_up(id);
        let charge = self.memory.replays.charge(bytes);
        if let Some(outbox) = self.outbox(id) {
            outbox.queue.push_replay(room, ids, charge);
            self.mark_pending_write(id);
        }
    }

    /// Ends a batch: what was broadcast since the last may be heard when this number is released.
    pub fn seal(&mut self, batch: u64) {
        for room in std::mem::take(&mut self.unsealed) {
            self.rooms[room].log.seal(batch);
            self.sealed.insert(room);
        }
        self.unsealed_bytes = 0;
    }

    /// Everything up to this batch may be heard.
    pub fn release(&mut self, upto: u64) {
        self.released = upto;
    }

    /// The id of the last entry of a room that is released, and so may have been sent to somebody.
    pub fn released_id(&self, room: RoomId) -> u64 {
        self.rooms[room.0].log.released_id()
    }

    /// Whether this turn's share of broadcast bytes is used up, or too many bytes await their commit. Then the caller stops
    /// reading sockets (backpressure).
    pub fn must_pause_reads(&self) -> bool {
        self.unsealed_bytes >= BROADCAST_BYTES_PER_TURN || self.unreleased_bytes >= UNCOMMITTED_BYTES_MAX
    }

    /// Whether something was broadcast that is not sealed.
    pub fn is_unsealed(&self) -> bool {
        !self.unsealed.is_empty()
    }

    /// Whether something was broadcast that is not released.
    pub fn has_unreleased(&self) -> bool {
        !self.unsealed.is_empty() || !self.sealed.is_empty()
    }

    /// Whether a batch that is sealed later costs no time: in each room with something unsealed, an earlier batch is not
    /// released, or is still being written, and not nearly done.
    pub fn can_batch_more(&self) -> bool {
        self.unsealed.iter().all(|room| {
            let room = &self.rooms[*room];
            room.log.is_sealed() || (room.is_writing() && !room.is_nearly_written())
        })
    }

    /// Whether each room with something unsealed is still writing an earlier segment.
    pub fn is_writing_before_unsealed(&self) -> bool {
        self.unsealed.iter().all(|room| self.rooms[*room].is_writing())
    }

    /// Whether a flush has something to do.
    pub fn has_work(&self) -> bool {
        let can_release = |room: &usize| self.rooms[*room].log.can_release(self.released);
        !self.pending_write.is_empty()
            || !self.replaying.is_empty()
            || !self.writing.is_empty()
            || self.sealed.iter().any(can_release)
    }

    /// The socket takes bytes again.
    pub fn writable(&mut self, id: SessionId) {
        if let Some(outbox) = self.outbox(id)
            && std::mem::take(&mut outbox.blocked)
        {
            self.mark_pending_write(id);
        }
    }

    /// Has the next flush look at this connection.
    pub fn mark_pending_write(&mut self, id: SessionId) {
        self.leave_fast_path(id);
        self.pending_write.push(id);
    }

    /// Connections whose queues hold what may not be heard yet.
    pub fn awaiting_commit(&self) -> impl Iterator<Item = SessionId> {
        self.awaiting_commit.iter().filter(|id| self.outboxes[id.0].is_some())
    }

    /// What a connection's queue costs, in bytes.
    pub fn backlog(&self, id: SessionId) -> usize {
        self.outboxes.get(id.0).into_iter().flatten().map(|outbox| outbox.queue.cost()).sum()
    }

    /// The memory that dropping a connection's queue would free, in bytes: its own, and its share of what is shared.
    pub fn debt(&self, id: SessionId) -> usize {
        self.outboxes.get(id.0).into_iter().flatten().map(|outbox| outbox.queue.debt()).sum()
    }

    /// The memory of all send queues, in bytes.
    pub fn queued_bytes(&self) -> usize {
        self.memory.queued.bytes()
    }

    /// The total that counts the memory of all send queues: what will be queued can be charged to it before.
    pub fn memory(&self) -> &Total {
        &self.memory.queued
    }

    /// What is still to be replayed to all connections, in bytes, about.
    pub fn replay_backlog(&self) -> usize {
        self.memory.replays.bytes()
    }

    /// Drops what is still to be replayed to a connection.
    pub fn drop_replays(&mut self, id: SessionId) {
        if let Some(outbox) = self.outbox(id) {
            outbox.queue.drop_replays();
        }
    }

    /// Drops a connection's queue, but for the rest of what was sent in part.
    pub fn cut(&mut self, id: SessionId) {
        if let Some(outbox) = self.outbox(id) {
            outbox.queue.cut();
        }
    }

    /// Drops a connection's queue. Nothing is sent to it any more.
    pub fn clear(&mut self, id: SessionId) {
        if let Some(outbox) = self.outbox(id) {
            outbox.queue.clear();
        }
    }

    /// A connection is closed as soon as its queue is empty: [`Verdict::Drained`] tells of that.
    pub fn close_when_drained(&mut self, id: SessionId) {
        if let Some(outbox) = self.outbox(id) {
            outbox.is_closing = true;
            self.mark_pending_write(id);
        }
    }

    /// Whether the hub wants to know when something was sent to a connection: [`Verdict::Progress`] tells of that.
    pub fn report_progress(&mut self, id: SessionId, is_wanted: bool) {
        if let Some(outbox) = self.outbox(id) {
            outbox.reports_progress = is_wanted;
        }
    }

    /// Since when a connection's socket takes nothing, as [`Fanout::note_write_stall`] was told.
    pub fn write_stalled_since(&self, id: SessionId) -> Option<Instant> {
        self.outboxes.get(id.0)?.as_ref()?.write_stalled_since
    }

    /// A connection's socket takes nothing from now on, until it takes something.
    pub fn note_write_stall(&mut self, id: SessionId, now: Instant) {
        if let Some(outbox) = self.outbox(id) {
            outbox.write_stalled_since.get_or_insert(now);
        }
    }

    /// Whether a connection is sent one message at a time.
    pub fn is_paced(&self, id: SessionId) -> bool {
        self.outboxes.get(id.0).into_iter().flatten().any(|outbox| outbox.pacer.is_some())
    }

    /// When to look again whether a paced connection may be sent its next message.
    pub fn next_paced_write(&self, id: SessionId) -> Option<Instant> {
        let outbox = self.outboxes.get(id.0)?.as_ref()?;
        outbox.pacer.as_ref()?.next().filter(|_| !outbox.queue.is_empty() && !outbox.blocked)
    }

    /// Since when a paced connection may not have read its last message.
    pub fn unread_since(&self, id: SessionId) -> Option<Instant> {
        self.outboxes.get(id.0)?.as_ref()?.pacer.as_ref()?.unread_since()
    }

    fn outbox(&mut self, id: SessionId) -> Option<&mut Outbox> {
        self.outboxes.get_mut(id.0)?.as_mut()
    }

    /// Moves what the rooms of a connection said, and it was not sent, into its queue, so that what is queued next comes
    /// after that.
    fn catch_up(&mut self, id: SessionId) {
        let Some(Some(outbox)) = self.outboxes.get_mut(id.0) else { return };
        let mut is_any = false;
        for SubscriptionRef { room, place } in &outbox.subscriptions {
            let Room { subscriptions, log, released, .. } = &mut self.rooms[room.0];
            let subscription = &mut subscriptions[*place];
            let encoding = subscription.encoding;
            let end = log.end(encoding);
            if subscription.cursor < end {
                if let Some(part) = released.part(encoding) {
                    outbox.queue.push_shared(part.slice(part.range(&(subscription.cursor..end))));
                }
                outbox.queue.push_unreleased(*room, subscription.cursor.max(log.begin(encoding))..end);
                subscription.cursor = end;
                is_any = true;
            }
        }
        if outbox.queue.awaits_release() {
            self.awaiting_commit.push(id);
        }
        if is_any {
            self.leave_fast_path(id);
        }
    }

    /// Something stands in a connection's queue, or its socket takes no more: what its rooms say comes after that.
    fn leave_fast_path(&mut self, id: SessionId) {
        let Some(Some(outbox)) = self.outboxes.get(id.0) else { return };
        for SubscriptionRef { room, place } in &outbox.subscriptions {
            self.rooms[room.0].subscriptions[*place].fast_path = false;
        }
    }

    /// A connection's queue is empty, and its socket took all of it.
    fn enter_fast_path(&mut self, id: SessionId) {
        let Some(Some(outbox)) = self.outboxes.get(id.0) else { return };
        if outbox.pacer.is_none() {
            for SubscriptionRef { room, place } in &outbox.subscriptions {
                self.rooms[room.0].subscriptions[*place].fast_path = true;
            }
        }
    }
}
