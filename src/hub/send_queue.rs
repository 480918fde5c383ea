//! What one connection is owed beyond what its room just said, in order.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::ops::Range;

use bytes::{Buf, BytesMut};
use memchr::memchr;

use crate::base::limits::{OWN_BYTES, PIECE_BYTES, REPLAY_BYTES, SLICES_PER_WRITE};
use crate::hub::budget::{Charge, Total};
use crate::hub::ids::SessionId;
use crate::hub::past::Past;
use crate::hub::segment::Slice;
use crate::hub::sink::Sink;
use crate::hub::tapes::Turn;
use crate::proto::{Event, RoomId};
use crate::wire::Dialect;
use crate::wire::chaty::BORDER;

/// What all connections are owed together, in bytes.
#[derive(Debug, Default)]
pub(super) struct Owed {
    /// What is kept for that.
    pub(super) held: Total,
    /// What is still to come of histories, about. It is kept once, by the rooms.
    pub(super) replays: Total,
}

/// A part of what is owed.
#[derive(Debug)]
enum Piece {
    /// Bytes of this connection alone.
    Own(BytesMut),
    /// Bytes that are shared with all who are owed them.
    Shared(Slice),
    /// A part of a room's tape, by its places there, until it is let out.
    Tape(RoomId, Range<u64>),
    /// Messages of a room's history, by id, not encoded yet.
    Replay(RoomId, Range<u64>, Charge),
}

/// How far sending came.
#[derive(Debug)]
pub(super) enum Sent {
    /// All of it.
    All,
    /// As far as the socket took it.
    Blocked,
    /// As far as a turn goes. The socket may take more.
    Enough,
    /// As far as the turn's share of the history goes. The socket may take more.
    Replaying,
    /// One message, to a client that is to read it before it gets the next.
    Paced,
    /// As far as it may be heard yet.
    Held,
    /// The connection is broken.
    Lost(io::Error),
}

/// Pieces that are owed. An idle connection's is empty, and without memory.
#[derive(Debug)]
pub(super) struct SendQueue {
    pieces: VecDeque<Piece>,
    /// What the pieces cost: `PIECE_BYTES` each, and the bytes of those that may be sent. What may not is not its reader's
    /// fault.
    cost: usize,
    /// What is kept for this connection alone: the same without what is shared.
    own: Charge,
    /// How many of the pieces are on tapes.
    on_tape: usize,
    /// The first piece was sent in part.
    begun: bool,
}

impl SendQueue {
    /// An empty one, whose memory is a charge on `owed`.
    pub(super) fn new(owed: &Owed) -> SendQueue {
        let own = owed.held.charge(0);
        SendQueue { pieces: VecDeque::new(), cost: 0, own, on_tape: 0, begun: false }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// What it costs to keep, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    /// What would be free if this were, in bytes: what is its own, and its share of the rest.
    pub(super) fn debt(&self) -> usize {
        let shared =
            self.pieces.iter().map(|piece| if let Piece::Shared(slice) = piece { slice.share() } else { 0 });
        self.own.bytes() + shared.sum::<usize>()
    }

    pub(super) fn push_shared(&mut self, slice: Option<Slice>) {
        if let Some(slice) = slice {
            self.push(Piece::Shared(slice));
        }
    }

    /// Appends whole messages for this connection alone.
    pub(super) fn push_own(&mut self, write: impl FnOnce(&mut BytesMut)) {
        // What was begun is finished, whatever becomes of the rest.
        let is_begun = self.begun && self.pieces.len() == 1;
        let is_open = |piece: &Piece| matches!(piece, Piece::Own(bytes) if bytes.len() < OWN_BYTES);
        if is_begun || !self.pieces.back().is_some_and(is_open) {
            self.push(Piece::Own(BytesMut::new()));
        }
        if let Some(Piece::Own(bytes)) = self.pieces.back_mut() {
            let before = bytes.len();
            write(bytes);
            let (more, is_empty) = (bytes.len() - before, bytes.is_empty());
            self.add(more, more);
            if is_empty {
                self.pop_back();
            }
        }
    }

    /// Owes the rest of something of which a part was sent. The queue is empty.
    pub(super) fn push_begun(&mut self, rest: Option<Slice>) {
        self.begun = true;
        self.push_shared(rest);
    }

    /// Appends a part of a room's tape that is not let out yet.
    pub(super) fn push_tape(&mut self, room: RoomId, range: Range<u64>) {
        if !range.is_empty() {
            self.on_tape += 1;
            self.push(Piece::Tape(room, range));
        }
    }

    /// Appends messages of a room's history, to be encoded as they are sent. They are a charge on what is to be replayed.
    pub(super) fn push_replay(&mut self, room: RoomId, ids: Range<u64>, charge: Charge) {
        if !ids.is_empty() {
            self.push(Piece::Replay(room, ids, charge));
        }
    }

    /// Whether some of it is still on tapes.
    pub(super) fn is_on_tape(&self) -> bool {
        self.on_tape > 0
    }

    /// Turns what is on tapes into shared bytes, as far as it is `out` now.
    pub(super) fn take_from_tapes<'a>(&mut self, dialect: Dialect, out: impl Fn(RoomId) -> &'a Turn) {
        let mut at = 0;
        while self.on_tape > 0 && at < self.pieces.len() {
            if let Piece::Tape(room, range) = &mut self.pieces[at] {
                let out = out(*room);
                let heard = out.part(dialect, range);
                range.start += heard.len() as u64;
                let is_done = range.is_empty();
                if let Some(slice) = out.slice(dialect, heard) {
                    self.insert(at, Piece::Shared(slice));
                    at += 1;
                }
                if is_done {
                    self.remove(at);
                    self.on_tape -= 1;
                    continue;
                }
            }
            at += 1;
        }
    }

    /// Forgets what is owed, but for the rest of what was begun, so that whatever comes next begins afresh.
    pub(super) fn cut(&mut self) {
        self.pieces.truncate(usize::from(self.begun));
        // What was begun is not on a tape any more.
        self.on_tape = 0;
        self.count();
    }

    /// Forgets all that is owed.
    pub(super) fn clear(&mut self) {
        self.begun = false;
        self.cut();
        self.pieces = VecDeque::new();
    }

    /// Forgets what is still to be sent of histories.
    pub(super) fn drop_replays(&mut self) {
        self.pieces.retain(|piece| !matches!(piece, Piece::Replay(..)));
        self.count();
    }

    /// Forgets what is still to be sent of a room's history.
    pub(super) fn drop_replay_of(&mut self, room: RoomId) {
        self.pieces.retain(|piece| !matches!(piece, Piece::Replay(of, ..) if *of == room));
        self.count();
    }

    /// Sends until all is sent, the socket takes no more, or so many bytes of the history are, which are taken off.
    pub(super) fn send(
        &mut self,
        to: SessionId,
        past: &Past<'_>,
        dialect: Dialect,
        sink: &mut impl Sink,
        history: &mut usize,
    ) -> Sent {
        loop {
            // History is expanded only when nothing much stands before it: it must not pile up here.
            if let Some(at) = self.pieces.iter().take(3).position(|p| matches!(p, Piece::Replay(..))) {
                if *history > 0 {
                    *history = history.saturating_sub(self.expand(at, past, dialect));
                } else if at == 0 {
                    return if self.is_held(past) { Sent::Held } else { Sent::Replaying };
                }
            }
            if self.pieces.is_empty() {
                return Sent::All;
            }
            let mut slices = [IoSlice::new(&[]); SLICES_PER_WRITE];
            let mut filled = 0;
            for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
                let Some(bytes) = piece.bytes() else { break };
                *slice = IoSlice::new(bytes);
                filled += 1;
            }
            if filled == 0 {
                // A replay of which nothing was left is gone; anything else may not be heard yet.
                if self.is_held(past) {
                    return Sent::Held;
                }
                continue;
            }
            match sink.write(to, &slices[..filled]) {
                Ok(0) => return Sent::Lost(ErrorKind::WriteZero.into()),
                Ok(sent) => self.advance(sent),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Sent::Blocked,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Sent::Lost(e),
            }
        }
    }

    /// Whether the first piece was sent in part.
    pub(super) fn is_begun(&self) -> bool {
        self.begun
    }

    /// Sends the next message, or the rest of one, up to its border, which is not sent. Returns how many bytes were, and
    /// whether these were its last.
    pub(super) fn send_message(
        &mut self,
        to: SessionId,
        past: &Past<'_>,
        sink: &mut impl Sink,
    ) -> io::Result<(usize, bool)> {
        while let Some(Piece::Replay(..)) = self.pieces.front()
            && !self.is_held(past)
        {
            self.expand(0, past, Dialect::Chaty);
        }
        let Some(bytes) = self.pieces.front().and_then(Piece::bytes) else { return Ok((0, true)) };
        let end = memchr(BORDER, bytes).unwrap_or(bytes.len());
        let sent = if end == 0 { 0 } else { sink.write(to, &[IoSlice::new(&bytes[..end])])? };
        let is_whole = sent == end;
        let border = usize::from(is_whole && end < bytes.len());
        self.advance(sent + border);
        self.begun = !is_whole;
        Ok((sent, is_whole))
    }

    fn push(&mut self, piece: Piece) {
        self.insert(self.pieces.len(), piece);
    }

    fn insert(&mut self, at: usize, piece: Piece) {
        self.add(piece.cost(), piece.own());
        self.pieces.insert(at, piece);
    }

    fn remove(&mut self, at: usize) {
        if let Some(piece) = self.pieces.remove(at) {
            self.take_off(piece.cost(), piece.own());
        }
    }

    fn pop_back(&mut self) {
        self.remove(self.pieces.len() - 1);
    }

    /// It costs so much more, of which this is its own.
    fn add(&mut self, cost: usize, own: usize) {
        self.cost += cost;
        self.own.set(self.own.bytes() + own);
    }

    fn take_off(&mut self, cost: usize, own: usize) {
        self.cost -= cost;
        self.own.set(self.own.bytes() - own);
    }

    /// Counts anew what all of it costs.
    fn count(&mut self) {
        self.cost = self.pieces.iter().map(Piece::cost).sum();
        self.own.set(self.pieces.iter().map(Piece::own).sum());
    }

    /// Whether what comes first may not be heard yet.
    pub(super) fn is_held(&self, past: &Past<'_>) -> bool {
        match self.pieces.front() {
            Some(Piece::Tape(..)) => true,
            Some(Piece::Replay(room, ids, _)) => past.is_held(*room, ids),
            Some(Piece::Own(_) | Piece::Shared(_)) | None => false,
        }
    }

    /// Puts the next part of a replay before it, or drops it if there is none. Returns the part's bytes.
    fn expand(&mut self, at: usize, past: &Past<'_>, dialect: Dialect) -> usize {
        let Some(Piece::Replay(room, ids, charge)) = self.pieces.get_mut(at) else {
            return 0;
        };
        let mut encoded = BytesMut::new();
        let mut entries = past.entries(*room, ids);
        ids.start = loop {
            let Some(entry) = entries.next() else { break past.end(*room, ids) };
            dialect.encode(&Event::Old(entry.clone()), &mut encoded);
            if encoded.len() >= REPLAY_BYTES {
                break entry.id + 1;
            }
        };
        let bytes = encoded.len();
        charge.set(charge.bytes().saturating_sub(bytes));
        if ids.is_empty() {
            self.remove(at);
        }
        if bytes > 0 {
            self.insert(at, Piece::Own(encoded));
        }
        bytes
    }

    fn advance(&mut self, mut sent: usize) {
        while let Some(first) = self.pieces.front_mut() {
            let Some(length) = first.bytes().map(<[u8]>::len) else { break };
            if sent < length {
                self.begun |= sent > 0;
                let own = first.own();
                first.advance(sent);
                let own = own - first.own();
                self.take_off(sent, own);
                return;
            }
            sent -= length;
            self.begun = false;
            self.remove(0);
        }
        if self.pieces.is_empty() {
            // An idle connection keeps no memory.
            self.pieces = VecDeque::new();
        }
    }
}

impl Piece {
    /// What can be sent of it as it is.
    fn bytes(&self) -> Option<&[u8]> {
        match self {
            Piece::Own(bytes) => Some(bytes),
            Piece::Shared(slice) => Some(slice),
            Piece::Tape(..) | Piece::Replay(..) => None,
        }
    }

    fn advance(&mut self, count: usize) {
        match self {
            Piece::Own(bytes) => bytes.advance(count),
            Piece::Shared(slice) => slice.advance(count),
            Piece::Tape(..) | Piece::Replay(..) => {}
        }
    }

    /// What it costs who is owed it.
    fn cost(&self) -> usize {
        PIECE_BYTES + self.bytes().map_or(0, <[u8]>::len)
    }

    /// How much of that is kept for nobody else.
    fn own(&self) -> usize {
        PIECE_BYTES + if let Piece::Own(bytes) = self { bytes.len() } else { 0 }
    }
}
