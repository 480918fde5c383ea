//! What one connection is owed beyond what its room just said, in order.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::ops::Range;

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;

use crate::base::limits::{OWN_BYTES, PIECE_BYTES, REPLAY_BYTES, SLICES_PER_WRITE};
use crate::hub::past::Past;
use crate::hub::tapes::Turn;
use crate::hub::{SessionId, Sink};
use crate::proto::{Event, RoomId};
use crate::wire::Dialect;
use crate::wire::chaty::BORDER;

/// A part of what is owed.
#[derive(Debug)]
enum Piece {
    /// Bytes of this connection alone.
    Own(BytesMut),
    /// Bytes that are shared with all who are owed them.
    Bytes(Bytes),
    /// A part of a room's tape, by its places there, until it is let out.
    Tape(RoomId, Range<u64>),
    /// Messages of a room's history, by id, not encoded yet.
    Replay(RoomId, Range<u64>),
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
#[derive(Debug, Default)]
pub(super) struct SendQueue {
    pieces: VecDeque<Piece>,
    /// What the pieces cost: `PIECE_BYTES` each, and the bytes of those that may be sent. What may not is not its reader's
    /// fault.
    cost: usize,
    /// How many of the pieces are on tapes.
    on_tape: usize,
    /// The first piece was sent in part.
    begun: bool,
}

impl SendQueue {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// What it costs to keep, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    pub(super) fn push_bytes(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.push(Piece::Bytes(bytes));
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
            self.cost += bytes.len() - before;
            if bytes.is_empty() {
                self.cost -= PIECE_BYTES;
                self.pieces.pop_back();
            }
        }
    }

    /// Owes the rest of something of which a part was sent. The queue is empty.
    pub(super) fn push_begun(&mut self, rest: Bytes) {
        self.begun = true;
        self.push_bytes(rest);
    }

    /// Appends a part of a room's tape that is not let out yet.
    pub(super) fn push_tape(&mut self, room: RoomId, range: Range<u64>) {
        if !range.is_empty() {
            self.on_tape += 1;
            self.push(Piece::Tape(room, range));
        }
    }

    /// Appends messages of a room's history, to be encoded as they are sent.
    pub(super) fn push_replay(&mut self, room: RoomId, ids: Range<u64>) {
        if !ids.is_empty() {
            self.push(Piece::Replay(room, ids));
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
                if !heard.is_empty() {
                    let piece = Piece::Bytes(out.tape(dialect).slice(heard));
                    self.cost += cost(&piece);
                    self.pieces.insert(at, piece);
                    at += 1;
                }
                if is_done {
                    self.pieces.remove(at);
                    self.cost -= PIECE_BYTES;
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
        self.cost = self.pieces.iter().map(cost).sum();
    }

    /// Forgets what is still to be sent of histories.
    pub(super) fn drop_replays(&mut self) {
        self.pieces.retain(|piece| !matches!(piece, Piece::Replay(..)));
        self.cost = self.pieces.iter().map(cost).sum();
    }

    /// Forgets what is still to be sent of a room's history.
    pub(super) fn drop_replay_of(&mut self, room: RoomId) {
        self.pieces.retain(|piece| !matches!(piece, Piece::Replay(of, _) if *of == room));
        self.cost = self.pieces.iter().map(cost).sum();
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
        self.cost += cost(&piece);
        self.pieces.push_back(piece);
    }

    /// Whether what comes first may not be heard yet.
    pub(super) fn is_held(&self, past: &Past<'_>) -> bool {
        match self.pieces.front() {
            Some(Piece::Tape(..)) => true,
            Some(Piece::Replay(room, ids)) => past.is_held(*room, ids),
            Some(Piece::Own(_) | Piece::Bytes(_)) | None => false,
        }
    }

    /// Puts the next part of a replay before it, or drops it if there is none. Returns the part's bytes.
    fn expand(&mut self, at: usize, past: &Past<'_>, dialect: Dialect) -> usize {
        let Some(Piece::Replay(room, ids)) = self.pieces.get_mut(at) else {
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
        if ids.is_empty() {
            self.pieces.remove(at);
            self.cost -= PIECE_BYTES;
        }
        if bytes > 0 {
            let piece = Piece::Bytes(encoded.freeze());
            self.cost += cost(&piece);
            self.pieces.insert(at, piece);
        }
        bytes
    }

    fn advance(&mut self, mut sent: usize) {
        while let Some(first) = self.pieces.front_mut() {
            let Some(length) = first.bytes().map(<[u8]>::len) else { break };
            if sent < length {
                self.begun |= sent > 0;
                self.cost -= sent;
                first.advance(sent);
                return;
            }
            sent -= length;
            self.cost -= length + PIECE_BYTES;
            self.begun = false;
            self.pieces.pop_front();
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
            Piece::Bytes(bytes) => Some(bytes),
            Piece::Tape(..) | Piece::Replay(..) => None,
        }
    }

    fn advance(&mut self, count: usize) {
        match self {
            Piece::Own(bytes) => bytes.advance(count),
            Piece::Bytes(bytes) => bytes.advance(count),
            Piece::Tape(..) | Piece::Replay(..) => {}
        }
    }
}

fn cost(piece: &Piece) -> usize {
    PIECE_BYTES
        + match piece {
            Piece::Own(bytes) => bytes.len(),
            Piece::Bytes(bytes) => bytes.len(),
            Piece::Tape(..) | Piece::Replay(..) => 0,
        }
}
