//! Fan-out: subscriptions, broadcasts, and the output of each connection.
//!
//! A broadcast passes four steps. [`Fanout::broadcast`] appends it to the room's broadcast log, once for each encoding
//! in use. [`Fanout::seal`] ends a batch, which is committed as a whole. [`Fanout::release`] names the last batch that
//! may be delivered. [`Fanout::flush`] writes released bytes: on the fast path straight from the shared segment,
//! otherwise through the connection's send queue. The output of one connection stays in order.
//!
//! It knows bytes and encodings, and neither the rules of the chat nor the journal.

mod broadcast_log;
mod flush;
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
mod visible_history;

use std::collections::BTreeSet;
use std::time::Instant;

use bytes::BytesMut;

use crate::base::limits::{BROADCAST_BYTES_PER_TURN, UNCOMMITTED_BYTES_MAX};
use crate::proto::{Event, Excerpt, RoomId};
use crate::wire::Encoding;
use broadcast_log::Released;
use memory::OutputMemory;
use outbox::{Outbox, SubscriptionRef};
use room::{Path, Room, Subscription};
use run_queue::RunQueue;

pub use flush::{FlushOutcome, Flushed};
pub use memory::{Charge, Total};
pub use sink::{AckState, PeerReadState, SessionId, Sink};
pub use visible_history::HistorySource;

/// The output of all rooms and connections.
#[derive(Debug)]
pub struct Fanout {
    /// By room id.
    rooms: Vec<Room>,
    /// By session id.
    outboxes: Vec<Option<Outbox>>,
    /// Connections with something in their send queues.
    pending_write: RunQueue,
    /// Connections whose queues hold unreleased output.
    awaiting_commit: RunQueue,
    /// Connections with history to replay.
    replaying: RunQueue,
    /// Rooms with unsealed output, rooms with sealed and unreleased output, and rooms whose segment is being written.
    unsealed: BTreeSet<usize>,
    sealed: BTreeSet<usize>,
    writing: BTreeSet<usize>,
    /// The unsealed and the unreleased bytes of all logs.
    unsealed_bytes: usize,
    unreleased_bytes: usize,
    /// The last released batch.
    released: u64,
    /// The room that is written first.
    first_room: usize,
    memory: OutputMemory,
    /// The longest send queue, in bytes.
    send_queue_limit: usize,
}

impl Fanout {
    /// Without rooms and connections. `send_queue_limit` is in bytes; a connection beyond it is too slow.
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

    /// Opens a connection.
    pub fn open(&mut self, id: SessionId, encoding: Encoding) {
        if self.outboxes.len() <= id.0 {
            self.outboxes.resize_with(id.0 + 1, || None);
        }
        self.outboxes[id.0] = Some(Outbox::new(encoding, &self.memory));
    }

    /// Closes a connection. Its id may be used again.
    pub fn close(&mut self, id: SessionId) {
        for SubscriptionRef { room, .. } in
            self.outbox(id).map(|it| it.subscriptions.clone()).unwrap_or_default()
        {
            self.unsubscribe(id, room);
        }
        self.outboxes[id.0] = None;
    }

    /// Sets a connection's encoding: that of its output from now on.
    pub fn set_encoding(&mut self, id: SessionId, encoding: Encoding) {
        if self.outbox(id).is_none_or(|outbox| outbox.encoding == encoding) {
            return;
        }
        // What was broadcast until now is queued as it is.
        self.catch_up(id);
        let Some(Some(outbox)) = self.outboxes.get_mut(id.0) else { return };
        outbox.encoding = encoding;
        for SubscriptionRef { room, index } in &outbox.subscriptions {
            let Room { subscriptions, log, .. } = &mut self.rooms[room.index()];
            let subscription = &mut subscriptions[*index];
            log.add_reader(encoding);
            log.remove_reader(std::mem::replace(&mut subscription.encoding, encoding));
            subscription.cursor = log.end(encoding);
        }
    }

    /// The id of the room that is opened next. The index of a closed room is used again once all that it said is written.
    pub fn next_room(&self) -> RoomId {
        let free = self.rooms.iter().find(|room| !room.is_open && room.is_idle());
        free.map_or_else(|| RoomId::first(self.rooms.len()), |room| room.id.next())
    }

    /// Opens a room whose next entry has this id.
    pub fn open_room(&mut self, id: RoomId, next_id: u64) {
        let room = Room::new(id, next_id);
        match self.rooms.get_mut(id.index()) {
            Some(closed) => *closed = room,
            None => self.rooms.push(room),
        }
    }

    /// Closes a room. What it said is still sent, but none of its history.
    pub fn close_room(&mut self, id: RoomId) {
        self.rooms[id.index()].is_open = false;
    }

    /// Whether a room is open.
    pub fn is_open(&self, id: RoomId) -> bool {
        self.rooms.get(id.index()).is_some_and(|room| room.is_open && room.id == id)
    }

    /// Subscribes a connection to a room.
    pub fn subscribe(&mut self, id: SessionId, room: RoomId) {
        let Some(Some(outbox)) = self.outboxes.get_mut(id.0) else { return };
        let encoding = outbox.encoding;
        let Room { subscriptions, log, .. } = &mut self.rooms[room.index()];
        log.add_reader(encoding);
        let at = outbox.subscriptions.partition_point(|other| other.room.index() < room.index());
        outbox.subscriptions.insert(at, SubscriptionRef { room, index: subscriptions.len() });
        subscriptions.push(Subscription {
            session: id,
            encoding,
            cursor: log.end(encoding),
            path: Path::Queue,
        });
        self.mark_pending_write(id);
    }

    /// Unsubscribes a connection. What the room said so far is still sent to it.
    pub fn unsubscribe(&mut self, id: SessionId, room: RoomId) {
        self.catch_up(id);
        self.mark_pending_write(id);
        let Some(outbox) = self.outbox(id) else { return };
        let encoding = outbox.encoding;
        let Some(at) = outbox.subscriptions.iter().position(|at| at.room == room) else { return };
        let SubscriptionRef { index, .. } = outbox.subscriptions.remove(at);
        self.rooms[room.index()].log.remove_reader(encoding);
        for (moved, index) in self.rooms[room.index()].remove(index).into_iter().flatten() {
            if let Some(subscription) = self.outbox(moved).and_then(|outbox| outbox.subscription(room)) {
                subscription.index = index;
            }
        }
    }

    /// The rooms that a connection is subscribed to.
    pub fn subscriptions(&self, id: SessionId) -> impl Iterator<Item = RoomId> {
        self.outboxes.get(id.0).into_iter().flatten().flat_map(|it| it.subscriptions.iter().map(|at| at.room))
    }

    /// The connections that are subscribed to a room.
    pub fn subscribers(&self, room: RoomId) -> impl Iterator<Item = SessionId> {
        self.rooms[room.index()].subscriptions.iter().map(|subscription| subscription.session)
    }

    /// Broadcasts `event` to all subscribers of a room except these.
    pub fn broadcast(&mut self, room: RoomId, event: &Event, except: &[SessionId]) {
        for id in except {
            self.catch_up(*id);
        }
        let Room { subscriptions, log, .. } = &mut self.rooms[room.index()];
        let before = (log.unsealed_bytes(), log.bytes());
        log.append(event);
        self.unsealed_bytes += log.unsealed_bytes() - before.0;
        self.unreleased_bytes += log.bytes() - before.1;
        if log.is_unsealed() {
            self.unsealed.insert(room.index());
        }
        for id in except {
            let Some(Some(outbox)) = self.outboxes.get_mut(id.0) else { continue };
            if let Some(SubscriptionRef { index, .. }) = outbox.subscription(room) {
                let subscription = &mut subscriptions[*index];
                subscription.cursor = log.end(subscription.encoding);
            }
        }
    }

    /// The same; in addition, what is queued for the connection `id` after this waits until `event` is released, although it does not
    /// receive it.
    pub fn broadcast_but_not_to(&mut self, id: SessionId, room: RoomId, event: &Event, except: &[SessionId]) {
        self.catch_up(id);
        self.broadcast(room, event, except);
        let Some(Some(outbox)) = self.outboxes.get_mut(id.0) else { return };
        let Some(SubscriptionRef { index, .. }) = outbox.subscription(room) else { return };
        let Room { subscriptions, log, .. } = &mut self.rooms[room.index()];
        let subscription = &mut subscriptions[*index];
        let end = log.end(subscription.encoding);
        outbox.queue.push_silent(room, subscription.encoding, subscription.cursor..end);
        subscription.cursor = end;
        self.awaiting_commit.push(id);
        self.leave_fast_path(id);
    }

    /// Broadcasts `event` to all open rooms.
    pub fn broadcast_to_all(&mut self, event: &Event) {
        let open: Vec<RoomId> = self.rooms.iter().filter(|room| room.is_open).map(|room| room.id).collect();
        for room in open {
            self.broadcast(room, event, &[]);
        }
    }

    /// Queues `event` for one connection, after what was queued before.
    pub fn unicast(&mut self, id: SessionId, event: &Event) {
        let Some(encoding) = self.outbox(id).map(|outbox| outbox.encoding) else { return };
        self.enqueue(id, |out| encoding.encode(event, out));
    }

    /// Queues the output of `write` for one connection, after what was queued before.
    pub fn enqueue(&mut self, id: SessionId, write: impl FnOnce(&mut BytesMut)) {
        self.catch_up(id);
        if let Some(outbox) = self.outbox(id) {
            outbox.queue.push_private(write);
            self.mark_pending_write(id);
        }
    }

    /// Queues an excerpt of a room's history for one connection, about `bytes` bytes, after what was queued before.
    pub fn replay(&mut self, id: SessionId, room: RoomId, excerpt: Excerpt, bytes: usize) {
        self.catch_up(id);
        let charge = self.memory.replays.charge(bytes);
        if let Some(outbox) = self.outbox(id) {
            outbox.queue.push_replay(room, excerpt, charge);
            self.mark_pending_write(id);
        }
    }

    /// Ends a batch: what was broadcast since the last one is released with this number.
    pub fn seal(&mut self, batch: u64) {
        for room in std::mem::take(&mut self.unsealed) {
            self.rooms[room].log.seal(batch);
            self.sealed.insert(room);
        }
        self.unsealed_bytes = 0;
    }

    /// Releases all batches up to this one.
    pub fn release(&mut self, upto: u64) {
        self.released = upto;
    }

    /// Whether an entry of a room is released. All are of a room whose index is used again.
    pub fn is_released(&self, id: RoomId, entry: u64) -> bool {
        let room = &self.rooms[id.index()];
        room.id != id || entry <= room.log.released_id()
    }

    /// True if this turn's broadcast budget is spent, or too many bytes await their commit. The caller must stop
    /// reading sockets (backpressure).
    pub fn must_pause_reads(&self) -> bool {
        self.unsealed_bytes >= BROADCAST_BYTES_PER_TURN || self.unreleased_bytes >= UNCOMMITTED_BYTES_MAX
    }

    /// Whether a broadcast is not sealed.
    pub fn is_unsealed(&self) -> bool {
        !self.unsealed.is_empty()
    }

    /// Whether a broadcast is not released.
    pub fn has_unreleased(&self) -> bool {
        !self.unsealed.is_empty() || !self.sealed.is_empty()
    }

    /// Whether sealing later costs no time: in each room with unsealed output, an earlier batch is unreleased or far
    /// from written.
    pub fn can_batch_more(&self) -> bool {
        self.unsealed.iter().all(|room| {
            let room = &self.rooms[*room];
            room.log.is_sealed() || (room.is_writing() && !room.is_nearly_written())
        })
    }

    /// Whether each room with unsealed output is still writing an earlier segment.
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

    /// A connection's socket accepts bytes again.
    pub fn writable(&mut self, id: SessionId) {
        if let Some(outbox) = self.outbox(id)
            && std::mem::take(&mut outbox.blocked)
        {
            self.mark_pending_write(id);
        }
    }

    /// Marks a connection for the next flush.
    pub fn mark_pending_write(&mut self, id: SessionId) {
        self.leave_fast_path(id);
        self.pending_write.push(id);
    }

    /// Connections that have left all rooms, and whose queues hold unreleased output of these.
    pub fn awaiting_in_no_room(&self) -> impl Iterator<Item = SessionId> {
        let is_in_none = |outbox: &Outbox| outbox.subscriptions.is_empty() && !outbox.is_closing;
        self.awaiting_commit.iter().filter(move |id| self.outboxes[id.0].as_ref().is_some_and(is_in_none))
    }

    /// The cost of a connection's queue, in bytes.
    pub fn backlog(&self, id: SessionId) -> usize {
        self.outboxes.get(id.0).into_iter().flatten().map(|outbox| outbox.queue.cost()).sum()
    }

    /// The memory that dropping a connection's queue would free, in bytes: its private bytes and its share of the
    /// shared ones.
    pub fn reclaimable_bytes(&self, id: SessionId) -> usize {
        self.outboxes.get(id.0).into_iter().flatten().map(|outbox| outbox.queue.reclaimable_bytes()).sum()
    }

    /// The memory of all send queues, in bytes.
    pub fn queued_bytes(&self) -> usize {
        self.memory.queued.bytes()
    }

    /// The total behind [`Fanout::queued_bytes`]. Output that will be queued later can be charged to it in advance.
    pub fn memory(&self) -> &Total {
        &self.memory.queued
    }

    /// About how many bytes of history wait to be replayed, for all connections.
    pub fn replay_backlog(&self) -> usize {
        self.memory.replays.bytes()
    }

    /// Drops the history that waits to be replayed to a connection.
    pub fn drop_replays(&mut self, id: SessionId) {
        if let Some(outbox) = self.outbox(id) {
            outbox.queue.drop_replays();
        }
    }

    /// Drops a connection's queue, except the rest of a partially written message, and what its rooms said so far: nothing of them
    /// follows behind a gap.
    pub fn cut(&mut self, id: SessionId) {
        self.catch_up(id);
        if let Some(outbox) = self.outbox(id) {
            outbox.queue.cut();
        }
    }

    /// Drops a connection's queue. Nothing more is sent to it.
    pub fn clear(&mut self, id: SessionId) {
        if let Some(outbox) = self.outbox(id) {
            outbox.queue.clear();
        }
    }

    /// Closes a connection once its queue is empty, which [`FlushOutcome::Drained`] reports.
    pub fn close_when_drained(&mut self, id: SessionId) {
        if let Some(outbox) = self.outbox(id) {
            outbox.is_closing = true;
            self.mark_pending_write(id);
        }
    }

    /// Turns [`FlushOutcome::Progress`] on or off for a connection.
    pub fn report_progress(&mut self, id: SessionId, is_wanted: bool) {
        if let Some(outbox) = self.outbox(id) {
            outbox.reports_progress = is_wanted;
        }
    }

    /// Since when a connection's socket takes nothing, as [`Fanout::note_write_stall`] recorded.
    pub fn write_stalled_since(&self, id: SessionId) -> Option<Instant> {
        self.outboxes.get(id.0)?.as_ref()?.write_stalled_since
    }

    /// Records that a connection's socket takes nothing. Reset when it takes something.
    pub fn note_write_stall(&mut self, id: SessionId, now: Instant) {
        if let Some(outbox) = self.outbox(id) {
            outbox.write_stalled_since.get_or_insert(now);
        }
    }

    /// Whether a connection gets one message at a time.
    pub fn is_paced(&self, id: SessionId) -> bool {
        self.outboxes.get(id.0).into_iter().flatten().any(|outbox| outbox.pacer.is_some())
    }

    /// When to check again whether a paced connection may get its next message.
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

    /// Moves what the rooms of a connection said into its queue, so that the next output comes after that.
    fn catch_up(&mut self, id: SessionId) {
        let Some(Some(outbox)) = self.outboxes.get_mut(id.0) else { return };
        let mut is_any = false;
        for SubscriptionRef { room, index } in &outbox.subscriptions {
            let Room { subscriptions, log, released, .. } = &mut self.rooms[room.index()];
            let subscription = &mut subscriptions[*index];
            let encoding = subscription.encoding;
            let end = log.end(encoding);
            if subscription.cursor < end {
                if let Some(part) = released.part(encoding) {
                    outbox.queue.push_shared(part.slice(part.range(&(subscription.cursor..end))));
                }
                outbox.queue.push_unreleased(
                    *room,
                    encoding,
                    subscription.cursor.max(log.begin(encoding))..end,
                );
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

    /// Takes a connection off the fast path: its queue is not empty, or its socket is full.
    fn leave_fast_path(&mut self, id: SessionId) {
        let Some(Some(outbox)) = self.outboxes.get(id.0) else { return };
        for SubscriptionRef { room, index } in &outbox.subscriptions {
            self.rooms[room.index()].subscriptions[*index].path = Path::Queue;
        }
    }

    /// Puts a connection on the fast path: its queue is empty.
    fn enter_fast_path(&mut self, id: SessionId) {
        let Some(Some(outbox)) = self.outboxes.get(id.0) else { return };
        if outbox.pacer.is_none() {
            let path = if outbox.subscriptions.len() > 1 { Path::Gather } else { Path::Direct };
            for SubscriptionRef { room, index } in &outbox.subscriptions {
                self.rooms[room.index()].subscriptions[*index].path = path;
            }
        }
    }
}
