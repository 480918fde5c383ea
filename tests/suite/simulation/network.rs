//! Virtual sockets: bytes are delayed and split, peers read slowly or not at all, and connections break. It does not parse the
//! bytes.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind, IoSlice};
use std::time::{Duration, Instant};

use salon::hub::{AckState, PeerReadState, SessionId, Sink};

/// Something in flight to the server.
#[derive(Debug)]
pub enum Piece {
    Bytes(Vec<u8>),
    /// The peer closes its side.
    End,
    /// The peer resets the connection.
    Reset,
}

/// How the server has closed a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It has not.
    Open,
    /// Nothing more comes.
    Half,
    /// It is gone.
    Full,
}

/// What the system tells about a peer that takes each read for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// What its program has read.
    Read,
    /// What its machine has acknowledged; its program reads at once.
    AckState,
    /// Nothing; its program reads at once.
    Nothing,
}

/// Both ends of one connection.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
pub struct Socket {
    /// The index of its owner.
    pub part: usize,
    /// Pieces in flight to the server, and when they arrive, in order.
    under_way: VecDeque<(Instant, Piece)>,
    /// Bytes that arrived there, and are not read yet.
    inbox: Vec<u8>,
    /// Ends a message, if the server is to read one at a time.
    pub end: Option<&'static [u8]>,
    has_ended: bool,
    is_reset: bool,
    /// How many more bytes the peer takes; `None`: any number.
    window: Option<usize>,
    /// It has become writable, and the server is not told yet.
    has_opened: bool,
    /// How many bytes it takes in one write at most.
    pub bite: usize,
    /// The network to it is cut: output stays in flight for ever.
    pub is_dead: bool,
    /// Set if it takes each read for a message: what the system tells, and how long the peer takes to read.
    pub reads: Option<(Knowledge, Duration)>,
    arrived: Vec<u8>,
    reads_at: Option<Instant>,
    /// Bytes sent to it, and bytes that it has read, in all.
    sent: u64,
    read: u64,
    /// Bytes that it has read, not checked yet. If reads are messages, a zero follows each read.
    pub heard: Vec<u8>,
    pub closed: Closed,
}

/// All connections, and the clock.
#[derive(Debug)]
pub struct Network {
    pub sockets: BTreeMap<SessionId, Socket>,
    pub now: Instant,
    /// Every how many writes one is interrupted; 0: none.
    pub hiccup: u64,
    writes: u64,
}

impl Socket {
    pub fn new(part: usize) -> Socket {
        Socket {
            part,
            under_way: VecDeque::new(),
            inbox: Vec::new(),
            end: None,
            has_ended: false,
            is_reset: false,
            window: None,
            has_opened: false,
            bite: usize::MAX,
            is_dead: false,
            reads: None,
            arrived: Vec::new(),
            reads_at: None,
            sent: 0,
            read: 0,
            heard: Vec::new(),
            closed: Closed::Open,
        }
    }

    /// The peer sends something. It arrives at `at`, or after what was sent before.
    pub fn send(&mut self, piece: Piece, at: Instant) {
        let at = self.under_way.back().map_or(at, |(before, _)| at.max(*before));
        self.under_way.push_back((at, piece));
    }

    /// The peer takes this many more bytes; `None`: any number.
    pub fn open(&mut self, window: Option<usize>) {
        self.window = window;
        self.has_opened |= window != Some(0);
    }

    /// Whether the server can read something, or the end.
    pub fn is_readable(&self) -> bool {
        !self.inbox.is_empty() || self.has_ended || self.is_reset
    }

    /// Whether all that the peer sent has arrived, and was read.
    pub fn is_all_read(&self) -> bool {
        self.under_way.is_empty() && self.inbox.is_empty()
    }

    /// Whether the socket has become writable. Reported once.
    pub fn take_opened(&mut self) -> bool {
        std::mem::take(&mut self.has_opened)
    }

    /// Reads as the server does. Empty is the end.
    pub fn receive(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        if self.is_reset {
            return Err(ErrorKind::ConnectionReset.into());
        }
        if self.inbox.is_empty() && !self.has_ended {
            return Err(ErrorKind::WouldBlock.into());
        }
        if self.inbox.is_empty() {
            // Reported once.
            self.has_ended = false;
        }
        let end = self.end.and_then(|end| Some(memchr::memmem::find(&self.inbox, end)? + end.len()));
        let rest = self.inbox.split_off(end.unwrap_or(self.inbox.len()).min(limit));
        Ok(std::mem::replace(&mut self.inbox, rest))
    }

    fn arrive(&mut self, now: Instant) {
        while self.under_way.front().is_some_and(|(at, _)| *at <= now)
            && let Some((_, piece)) = self.under_way.pop_front()
        {
            match piece {
                Piece::Bytes(bytes) => self.inbox.extend_from_slice(&bytes),
                Piece::End => self.has_ended = true,
                Piece::Reset => {
                    self.is_reset = true;
                    self.inbox.clear();
                }
            }
        }
        if self.reads_at.is_some_and(|at| at <= now) {
            self.read_on();
        }
    }

    /// The peer's program reads everything that its machine has received.
    pub fn read_on(&mut self) {
        self.reads_at = None;
        self.read = self.sent;
        if !self.arrived.is_empty() {
            self.heard.append(&mut self.arrived);
            if self.reads.is_some() {
                self.heard.push(0);
            }
        }
    }

    fn next(&self) -> Option<Instant> {
        self.under_way.front().map(|(at, _)| *at).into_iter().chain(self.reads_at).min()
    }

    fn take(&mut self, slices: &[IoSlice<'_>], now: Instant) -> io::Result<usize> {
        if self.is_dead {
            let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
            self.sent += bytes as u64;
            return Ok(bytes);
        }
        let mut left = self.window.unwrap_or(usize::MAX).min(self.bite);
        let mut taken = 0;
        for slice in slices {
            let part = &slice[..slice.len().min(left)];
            self.arrived.extend_from_slice(part);
            left -= part.len();
            taken += part.len();
        }
        self.window = self.window.map(|window| window - taken);
        self.sent += taken as u64;
        match self.reads {
            Some((_, pause)) if !pause.is_zero() => {
                self.reads_at.get_or_insert(now + pause);
            }
            _ => self.read_on(),
        }
        if taken > 0 { Ok(taken) } else { Err(ErrorKind::WouldBlock.into()) }
    }
}

impl Network {
    pub fn new(now: Instant) -> Network {
        Network { sockets: BTreeMap::new(), now, hiccup: 0, writes: 0 }
    }

    /// Delivers what is due.
    pub fn arrive(&mut self) {
        for socket in self.sockets.values_mut() {
            socket.arrive(self.now);
        }
    }

    /// When the next piece arrives.
    pub fn next(&self) -> Option<Instant> {
        self.sockets.values().filter_map(Socket::next).min()
    }
}

impl Sink for Network {
    fn write(&mut self, to: SessionId, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.writes += 1;
        if self.hiccup > 0 && self.writes.is_multiple_of(self.hiccup) {
            return Err(ErrorKind::Interrupted.into());
        }
        match self.sockets.get_mut(&to) {
            Some(socket) if !socket.is_reset => socket.take(slices, self.now),
            _ => Err(ErrorKind::BrokenPipe.into()),
        }
    }

    fn reading(&mut self, peer: SessionId, written: u64) -> PeerReadState {
        let Some(socket) = self.sockets.get(&peer) else { return PeerReadState::Unknown };
        match socket.reads {
            Some((Knowledge::Read, _)) => PeerReadState::AllRead(socket.read >= written),
            Some((Knowledge::AckState, _)) => PeerReadState::AllAcknowledged(socket.sent >= written),
            _ => PeerReadState::Unknown,
        }
    }

    fn acknowledged(&mut self, peer: SessionId) -> Option<AckState> {
        let socket = self.sockets.get(&peer)?;
        let bytes = if socket.is_dead { socket.read } else { socket.sent };
        Some(AckState { bytes, has_more_in_flight: bytes < socket.sent })
    }
}
