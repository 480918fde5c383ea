//! The disturbers: one poll for all of them, in a process with low priority.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use memchr::memmem;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::pair::LIVE;

/// What a disturber does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Only reads.
    Listen,
    /// Sends as much as the server takes.
    Flood,
    /// Joins, and leaves as soon as it has received everything.
    Churn,
    /// Reads a byte a second.
    Slow,
    /// Asks for the whole history, again and again.
    Ask,
}

const KINDS: [Kind; 5] = [Kind::Listen, Kind::Flood, Kind::Churn, Kind::Slow, Kind::Ask];

/// The shortest time between two questions of one disturber.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// How long all disturbers may take to join.
const IN_WITHIN: Duration = Duration::from_secs(10);

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Listen => "listen",
            Kind::Flood => "flood",
            Kind::Churn => "churn",
            Kind::Slow => "slow",
            Kind::Ask => "ask",
        }
    }
}

/// One disturber.
struct Peer {
    stream: TcpStream,
    /// How often it has connected.
    times: usize,
    has_name: bool,
    is_in: bool,
    /// The end of its last read, which may contain the start of a mark.
    tail: Vec<u8>,
    last: Instant,
}

struct Swarm {
    kind: Kind,
    address: SocketAddr,
    poll: Poll,
    peers: Vec<Peer>,
    buffer: Vec<u8>,
    flood: Vec<u8>,
}

/// Disturbs until it is killed or its parent ends.
pub(crate) fn run(kind: &str, count: usize, port: u16) {
    let kind = KINDS.into_iter().find(|known| known.word() == kind).expect("a kind");
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
    let mut swarm = Swarm {
        kind,
        address: (Ipv4Addr::LOCALHOST, port).into(),
        poll: Poll::new().expect("a poll"),
        peers: Vec::new(),
        buffer: vec![0; 1 << 18],
        flood: format!("{}\n", "f".repeat(99)).repeat(600).into_bytes(),
    };
    for n in 0..count {
        let peer = swarm.connect(n, 0);
        swarm.peers.push(peer);
    }
    swarm.go_on();
}

impl Swarm {
    fn connect(&self, n: usize, times: usize) -> Peer {
        let mut stream = TcpStream::connect(self.address).expect("a descriptor");
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, Token(n), interest).expect("a new socket");
        Peer { stream, times, has_name: false, is_in: false, tail: Vec::new(), last: Instant::now() }
    }

    fn go_on(&mut self) {
        let mut events = Events::with_capacity(1024);
        let (start, mut is_told, mut next_byte) = (Instant::now(), false, 0);
        loop {
            let is_eager = matches!(self.kind, Kind::Flood);
            let wait = if is_eager { Duration::ZERO } else { Duration::from_millis(5) };
            self.poll.poll(&mut events, Some(wait)).expect("a poll");
            for event in &events {
                self.ready(event.token().0, event.is_read_closed());
            }
            for n in 0..self.peers.len() {
                let peer = &mut self.peers[n];
                match self.kind {
                    Kind::Flood if peer.is_in => drop(peer.stream.write(&self.flood)),
                    Kind::Ask if peer.is_in && peer.last.elapsed() >= ASK_EVERY => {
                        peer.last = Instant::now();
                        let _ = peer.stream.write(b"/history 1000\n");
                    }
                    _ => {}
                }
            }
            if self.kind == Kind::Slow {
                // Each once a second, in turn.
                let due = start.elapsed().as_millis() as usize * self.peers.len() / 1000;
                let count = self.peers.len();
                for n in next_byte..due {
                    let _ = self.peers[n % count].stream.read(&mut [0]);
                }
                next_byte = due;
            }
            let is_settled = self.peers.iter().all(|peer| peer.times > 0 || peer.is_in);
            if !is_told && (is_settled || start.elapsed() > IN_WITHIN) {
                is_told = true;
                println!("They are there.");
            }
        }
    }

    fn ready(&mut self, n: usize, is_closed: bool) {
        let peer = &mut self.peers[n];
        if !peer.has_name {
            let name = format!("{}{n}t{}\n", self.kind.word(), peer.times);
            peer.has_name = peer.stream.write(name.as_bytes()).is_ok();
            if self.kind == Kind::Slow {
                peer.is_in = peer.has_name;
            }
        }
        if self.kind == Kind::Slow {
            if is_closed {
                self.come_again(n);
            }
            return;
        }
        loop {
            match self.peers[n].stream.read(&mut self.buffer) {
                Ok(0) => return self.come_again(n),
                Ok(read) => self.heard(n, read),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return,
                Err(_) => return self.come_again(n),
            }
        }
    }

    fn heard(&mut self, n: usize, read: usize) {
        let peer = &mut self.peers[n];
        if peer.is_in {
            return;
        }
        peer.tail.extend_from_slice(&self.buffer[..read]);
        if memmem::find(&peer.tail, LIVE).is_some() {
            peer.is_in = true;
            peer.tail = Vec::new();
            if self.kind == Kind::Churn {
                let _ = peer.stream.write(b"/exit\n");
            }
        } else {
            peer.tail.drain(..peer.tail.len().saturating_sub(LIVE.len()));
        }
    }

    fn come_again(&mut self, n: usize) {
        let times = self.peers[n].times + 1;
        self.peers[n] = self.connect(n, times);
    }
}
