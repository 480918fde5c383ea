//! The send queue of one connection: output that was not written from a segment at once, in order.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::ops::Range;
use std::time::SystemTime;

use bytes::{Buf, BytesMut};
use memchr::memchr;

use crate::base::limits::{CHUNK_OVERHEAD_BYTES, PRIVATE_CHUNK_BYTES, REPLAY_CHUNK_BYTES, SLICES_PER_WRITE};
use crate::fanout::broadcast_log::Released;
use crate::fanout::memory::{Charge, OutputMemory};
use crate::fanout::segment::Slice;
use crate::fanout::sink::{SessionId, Sink};
use crate::fanout::visible_history::{HistorySource, VisibleHistory};
use crate::proto::{Event, Excerpt, RoomId};
use crate::wire::Encoding;

/// A part of the queue.
#[derive(Debug)]
enum Chunk {
    /// Bytes for this connection only.
    Private(BytesMut),
    /// Bytes shared with other connections.
    Shared(Slice),
    /// A range of a room's broadcast log, in an encoding, that is not released.
    Unreleased(RoomId, Encoding, Range<u64>),
    /// The same, and not for this connection: what follows waits for its release.
    Silent(RoomId, Encoding, Range<u64>),
    /// An excerpt of a room's history, not encoded yet.
    Replay(Replay),
}

/// An excerpt of a room's history, of which the beginning may be encoded already.
#[derive(Debug)]
struct Replay {
    room: RoomId,
    /// What is not encoded yet.
    rest: Excerpt,
    /// When the last encoded entry happened; before the first one, when the member joined.
    previous: SystemTime,
    /// The charge on the replay backlog.
    charge: Charge,
}

/// How sending ended.
#[derive(Debug)]
pub(super) enum Sent {
    /// The queue is empty.
    Drained,
    /// The socket is full.
    Blocked,
    /// The socket may take more, in the next turn.
    Yielded,
    /// The replay budget of this turn is spent. The socket may take more.
    Replaying,
    /// One message was sent, and the client has to read it before it gets the next.
    Paced,
    /// The next output is not released.
    AwaitsCommit,
    /// The connection is broken.
    Broken(io::Error),
}

/// The queue. An idle connection's is empty and takes no memory.
#[derive(Debug)]
pub(super) struct SendQueue {
    chunks: VecDeque<Chunk>,
    /// [`CHUNK_OVERHEAD_BYTES`] for each chunk, and the bytes of those that can be sent. Unreleased bytes are not the
    /// client's fault.
    cost: usize,
    /// The same without shared bytes.
    private: Charge,
    /// The number of unreleased chunks.
    unreleased: u32,
    /// The first chunk was sent in part.
    partially_written: bool,
}

impl SendQueue {
    /// An empty queue, charged to `memory`.
    pub(super) fn new(memory: &OutputMemory) -> SendQueue {
        let private = memory.queued.charge(0);
        SendQueue { chunks: VecDeque::new(), cost: 0, private, unreleased: 0, partially_written: false }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The cost of the queue, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    /// The memory that dropping the queue would free, in bytes: its private bytes and its share of the shared ones.
    pub(super) fn reclaimable_bytes(&self) -> usize {
        let shared =
            self.chunks.iter().map(|chunk| if let Chunk::Shared(slice) = chunk { slice.share() } else { 0 });
        self.private.bytes() + shared.sum::<usize>()
    }

    pub(super) fn push_shared(&mut self, slice: Option<Slice>) {
        if let Some(slice) = slice {
            self.push(Chunk::Shared(slice));
        }
    }

    /// Appends whole messages for this connection only.
    pub(super) fn push_private(&mut self, write: impl FnOnce(&mut BytesMut)) {
        // Nothing is appended to a partially written chunk, so that it can be finished even if the rest is dropped.
        let is_begun = self.partially_written && self.chunks.len() == 1;
        let is_open =
            |chunk: &Chunk| matches!(chunk, Chunk::Private(bytes) if bytes.len() < PRIVATE_CHUNK_BYTES);
        if is_begun || !self.chunks.back().is_some_and(is_open) {
            self.push(Chunk::Private(BytesMut::new()));
        }
        if let Some(Chunk::Private(bytes)) = self.chunks.back_mut() {
            let before = bytes.len();
            write(bytes);
            let (more, is_empty) = (bytes.len() - before, bytes.is_empty());
            self.add(more, more);
            if is_empty {
                self.remove(self.chunks.len() - 1);
            }
        }
    }

    /// Appends an unreleased range of a room's log.
    pub(super) fn push_unreleased(&mut self, room: RoomId, encoding: Encoding, range: Range<u64>) {
        if !range.is_empty() {
            self.unreleased += 1;
            self.push(Chunk::Unreleased(room, encoding, range));
        }
    }

    /// Appends an unreleased range of a room's log that is not for this connection.
    pub(super) fn push_silent(&mut self, room: RoomId, encoding: Encoding, range: Range<u64>) {
        if !range.is_empty() {
            self.unreleased += 1;
            self.push(Chunk::Silent(room, encoding, range));
        }
    }

    /// Appends an excerpt of a room's history, encoded when it is sent. The charge is on the replay backlog.
    pub(super) fn push_replay(&mut self, room: RoomId, rest: Excerpt, charge: Charge) {
        if !rest.ids.is_empty() {
            let previous = rest.joined;
            self.push(Chunk::Replay(Replay { room, rest, previous, charge }));
        }
    }

    /// Whether some of it is not released.
    pub(super) fn awaits_release(&self) -> bool {
        self.unreleased > 0
    }

    /// Converts what is `released` now into shared bytes.
    pub(super) fn take_released<'a>(&mut self, released: impl Fn(RoomId) -> &'a Released) {
        let mut at = 0;
        while self.unreleased > 0 && at < self.chunks.len() {
            let is_heard = matches!(self.chunks[at], Chunk::Unreleased(..));
            if let Chunk::Unreleased(room, encoding, range) | Chunk::Silent(room, encoding, range) =
                &mut self.chunks[at]
            {
                let part = released(*room).part(*encoding);
                let slice = part.and_then(|part| part.slice(part.range(range)));
                range.start += slice.as_ref().map_or(0, |slice| slice.len() as u64);
                let is_done = range.is_empty();
                if let Some(slice) = slice.filter(|_| is_heard) {
                    self.insert(at, Chunk::Shared(slice));
                    at += 1;
                }
                if is_done {
                    self.remove(at);
                    self.unreleased -= 1;
                    continue;
                }
            }
            at += 1;
        }
    }

    /// Drops everything except the rest of a partially written message, so that the next output starts cleanly.
    pub(super) fn cut(&mut self) {
        self.chunks.truncate(usize::from(self.partially_written));
        // A partially written chunk is released.
        self.unreleased = 0;
        self.count();
    }

    /// Drops everything.
    pub(super) fn clear(&mut self) {
        self.partially_written = false;
        self.cut();
        self.chunks = VecDeque::new();
    }

    /// Drops all history that waits to be replayed.
    pub(super) fn drop_replays(&mut self) {
        self.chunks.retain(|chunk| !matches!(chunk, Chunk::Replay(..)));
        self.count();
    }

    /// Sends until the queue is empty, the socket is full, or the replay budget (in bytes, reduced here) is spent.
    pub(super) fn send<H: HistorySource>(
        &mut self,
        to: SessionId,
        history: &VisibleHistory<'_, H>,
        encoding: Encoding,
        sink: &mut impl Sink,
        replay_budget: &mut usize,
    ) -> Sent {
        loop {
            // History is encoded only when it is near the front, so that it does not pile up here.
            if let Some(at) = self.chunks.iter().take(3).position(|c| matches!(c, Chunk::Replay(..))) {
                if *replay_budget > 0 {
                    *replay_budget = replay_budget.saturating_sub(self.expand(at, history, encoding));
                } else if at == 0 {
                    return if self.is_unreleased(history) { Sent::AwaitsCommit } else { Sent::Replaying };
                }
            }
            if self.chunks.is_empty() {
                return Sent::Drained;
            }
            let mut slices = [IoSlice::new(&[]); SLICES_PER_WRITE];
            let mut filled = 0;
            for (slice, chunk) in slices.iter_mut().zip(&self.chunks) {
                let Some(bytes) = chunk.bytes() else { break };
                *slice = IoSlice::new(bytes);
                filled += 1;
            }
            if filled == 0 {
                // An empty replay is gone now; anything else is unreleased.
                if self.is_unreleased(history) {
                    return Sent::AwaitsCommit;
                }
                continue;
            }
            match sink.write(to, &slices[..filled]) {
                Ok(0) => return Sent::Broken(ErrorKind::WriteZero.into()),
                Ok(sent) => self.advance(sent),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Sent::Blocked,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Sent::Broken(e),
            }
        }
    }

    /// Whether the first chunk was sent in part.
    pub(super) fn is_partially_written(&self) -> bool {
        self.partially_written
    }

    /// Sends the next message or the rest of one, up to its delimiter, which is not sent. Returns how many bytes were
    /// sent, and whether the message is complete.
    pub(super) fn send_message<H: HistorySource>(
        &mut self,
        to: SessionId,
        history: &VisibleHistory<'_, H>,
        encoding: Encoding,
        delimiter: u8,
        sink: &mut impl Sink,
    ) -> io::Result<(usize, bool)> {
        while let Some(Chunk::Replay(..)) = self.chunks.front()
            && !self.is_unreleased(history)
        {
            self.expand(0, history, encoding);
        }
        let Some(bytes) = self.chunks.front().and_then(Chunk::bytes) else { return Ok((0, true)) };
        let end = memchr(delimiter, bytes).unwrap_or(bytes.len());
        let sent = if end == 0 { 0 } else { sink.write(to, &[IoSlice::new(&bytes[..end])])? };
        let is_whole = sent == end;
        let delimiter = usize::from(is_whole && end < bytes.len());
        self.advance(sent + delimiter);
        self.partially_written = !is_whole;
        Ok((sent, is_whole))
    }

    /// Whether the first chunk is not released.
    pub(super) fn is_unreleased<H: HistorySource>(&self, history: &VisibleHistory<'_, H>) -> bool {
        match self.chunks.front() {
            Some(Chunk::Unreleased(..) | Chunk::Silent(..)) => true,
            Some(Chunk::Replay(replay)) => history.is_unreleased(replay.room, &replay.rest.ids),
            Some(Chunk::Private(_) | Chunk::Shared(_)) | None => false,
        }
    }

    fn push(&mut self, chunk: Chunk) {
        self.insert(self.chunks.len(), chunk);
    }

    fn insert(&mut self, at: usize, chunk: Chunk) {
        self.add(chunk.cost(), chunk.private());
        self.chunks.insert(at, chunk);
    }

    fn remove(&mut self, at: usize) {
        if let Some(chunk) = self.chunks.remove(at) {
            self.subtract(chunk.cost(), chunk.private());
        }
    }

    fn add(&mut self, cost: usize, private: usize) {
        self.cost += cost;
        self.private.set(self.private.bytes() + private);
    }

    fn subtract(&mut self, cost: usize, private: usize) {
        self.cost -= cost;
        self.private.set(self.private.bytes() - private);
    }

    /// Computes the cost anew.
    fn count(&mut self) {
        self.cost = self.chunks.iter().map(Chunk::cost).sum();
        self.private.set(self.chunks.iter().map(Chunk::private).sum());
    }

    /// Encodes the next part of a replay in front of it; drops the replay if nothing is left. Returns the bytes
    /// encoded.
    fn expand<H: HistorySource>(
        &mut self,
        at: usize,
        history: &VisibleHistory<'_, H>,
        encoding: Encoding,
    ) -> usize {
        let Some(Chunk::Replay(Replay { room, rest, previous, charge })) = self.chunks.get_mut(at) else {
            return 0;
        };
        let mut encoded = BytesMut::new();
        if let Some(below) = history.evicted(*room, &rest.ids) {
            rest.ids.start = below;
            encoding.encode(&Event::ReplayGap, &mut encoded);
        }
        let mut entries = history.entries(*room, rest);
        let next = loop {
            let Some(entry) = entries.next() else { break history.end(*room, &rest.ids) };
            let previous = std::mem::replace(previous, entry.time);
            encoding.encode(&Event::Replayed { entry: entry.clone(), previous }, &mut encoded);
            if encoded.len() >= REPLAY_CHUNK_BYTES {
                break entry.id + 1;
            }
        };
        drop(entries);
        rest.ids.start = next;
        let bytes = encoded.len();
        charge.set(charge.bytes().saturating_sub(bytes));
        if rest.ids.is_empty() {
            self.remove(at);
        }
        if bytes > 0 {
            self.insert(at, Chunk::Private(encoded));
        }
        bytes
    }

    /// Removes this many bytes from the front, which were sent.
    pub(super) fn advance(&mut self, mut sent: usize) {
        while let Some(first) = self.chunks.front_mut() {
            let Some(length) = first.bytes().map(<[u8]>::len) else { break };
            if sent < length {
                self.partially_written |= sent > 0;
                let private = first.private();
                first.advance(sent);
                let private = private - first.private();
                self.subtract(sent, private);
                return;
            }
            sent -= length;
            self.partially_written = false;
            self.remove(0);
        }
        if self.chunks.is_empty() {
            // An idle connection takes no memory.
            self.chunks = VecDeque::new();
        }
    }
}

impl Chunk {
    /// The bytes that can be sent as they are.
    fn bytes(&self) -> Option<&[u8]> {
        match self {
            Chunk::Private(bytes) => Some(bytes),
            Chunk::Shared(slice) => Some(slice),
            Chunk::Unreleased(..) | Chunk::Silent(..) | Chunk::Replay(..) => None,
        }
    }

    fn advance(&mut self, count: usize) {
        match self {
            Chunk::Private(bytes) => bytes.advance(count),
            Chunk::Shared(slice) => slice.advance(count),
            Chunk::Unreleased(..) | Chunk::Silent(..) | Chunk::Replay(..) => {}
        }
    }

    /// The cost of the chunk.
    fn cost(&self) -> usize {
        CHUNK_OVERHEAD_BYTES + self.bytes().map_or(0, <[u8]>::len)
    }

    /// The part of the cost that is not shared.
    fn private(&self) -> usize {
        CHUNK_OVERHEAD_BYTES + if let Chunk::Private(bytes) = self { bytes.len() } else { 0 }
    }
}
