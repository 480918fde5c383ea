//! The members of a bench and their connections, in one poll.
//!
//! They join the room, send the messages they are given, and pass what they receive to a [`Listener`].

use std::io::{self, ErrorKind};
use std::mem;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::base::limits::{
    BENCH_JOINS_IN_FLIGHT, BENCH_PREFIXES, BENCH_READ_BYTES, BENCH_TIMEOUT, SERVER_LINE_BYTES,
};
use crate::base::signal_pipe::SignalPipe;
use crate::client::Address;
use crate::client::bench::Bench;
use crate::client::bench::arrival::{Arrival, Step, removal};
use crate::client::bench::connection::{Connection, ReadOutcome};
use crate::client::bench::errors;
use crate::client::bench::message::{Codec, FIRST_MARK, Heard, LAST_MARK, Message};
use crate::client::bench::progress::Progress;
use crate::wire::Dialect;

/// The token of signals. No member has it.
const STOP: Token = Token(usize::MAX);

/// Traffic of all members together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Bytes sent.
    pub(super) said: u64,
    /// Bytes received.
    pub(super) heard: u64,
    /// Received lines that are not messages of the bench.
    pub(super) others: u64,
}

/// All members.
#[derive(Debug)]
pub(super) struct Crowd<'a> {
    bench: &'a Bench,
    /// The room to fill; `None`: the server's first room.
    room: Option<&'a str>,
    server: &'a Address,
    address: SocketAddr,
    poll: Poll,
    /// Ctrl-C: whatever was begun is cleared away.
    stop: SignalPipe,
    events: Events,
    /// Members with bytes to send or with an event, and whether the server has closed its side.
    ready: Vec<(u16, bool)>,
    members: Vec<Member>,
    codec: Codec,
    buffer: Vec<u8>,
    /// How many members are in the room.
    inside: u16,
    /// The prefix of names, and how many were tried.
    prefix: (String, usize),
    /// Traffic so far.
    pub(super) counts: Counts,
}

#[derive(Debug)]
struct Member {
    connection: Connection,
    dialect: Dialect,
    name: String,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Connecting,
    Arriving(Arrival),
    Inside,
}

/// Receives the deliveries.
pub(super) trait Listener {
    /// A member received this message now. It was sent at `time`, in nanoseconds from the start.
    fn heard(&mut self, member: u16, message: Message, time: u64, now: Instant);
}

/// Ignores them.
impl Listener for () {
    fn heard(&mut self, _: u16, _: Message, _: u64, _: Instant) {}
}

impl<'a> Crowd<'a> {
    /// No members yet, for a server that answers at `address`. Errors here and below are sentences that say what to do.
    pub(super) fn new(
        bench: &'a Bench,
        room: Option<&'a str>,
        server: &'a Address,
        address: SocketAddr,
    ) -> Result<Crowd<'a>, String> {
        let failed = |why: io::Error| format!("the connections cannot be watched: {why}.");
        let poll = Poll::new().map_err(failed)?;
        let stop = SignalPipe::watch(poll.registry(), STOP, &[SIGINT, SIGTERM]).map_err(failed)?;
        Ok(Crowd {
            bench,
            room,
            server,
            address,
            poll,
            stop,
            events: Events::with_capacity(usize::from(bench.plan.members) + 1),
            ready: Vec::new(),
            members: Vec::new(),
            codec: Codec::new(bench.plan.members, bench.plan.size),
            buffer: vec![0; BENCH_READ_BYTES],
            inside: 0,
            prefix: ("bench".into(), 1),
            counts: Counts::default(),
        })
    }

    /// Has all members join the room.
    pub(super) fn join(&mut self, progress: &mut Progress) -> Result<(), String> {
        let all = self.bench.plan.members;
        let mut last_change = (Instant::now(), 0);
        while self.inside < all {
            while self.members.len() < usize::from(all)
                && self.members.len() - usize::from(self.inside) < BENCH_JOINS_IN_FLIGHT
            {
                self.open()?;
            }
            self.turn(Duration::from_millis(100), &mut ())?;
            let now = Instant::now();
            if last_change.1 != self.inside {
                last_change = (now, self.inside);
            } else if now - last_change.0 > BENCH_TIMEOUT {
                return Err(format!(
                    "{} of {all} members are in the room, and no others get in. Is {} a Salon server?",
                    self.inside, self.server
                ));
            }
            progress.show(now, u64::from(self.inside), u64::from(all), "members are in the room");
        }
        Ok(())
    }

    /// The name of a member.
    pub(super) fn name(&self, member: u16) -> &str {
        &self.members[usize::from(member)].name
    }

    /// The names of all that have said something.
    pub(super) fn speakers(&self) -> Vec<String> {
        let plan = &self.bench.plan;
        let speaks = |member: u16| member < plan.speakers || member == plan.marker();
        let members = (0u16..)
            .zip(&self.members)
            .filter(|(id, member)| speaks(*id) && matches!(member.stage, Stage::Inside));
        members.map(|(_, member)| member.name.clone()).collect()
    }

    /// Has a member send a message in the next turn.
    pub(super) fn say(&mut self, message: Message, time: u64) {
        let Member { connection, dialect, .. } = &mut self.members[usize::from(message.speaker)];
        let before = connection.unsent.len();
        self.codec.put_message(message, time, *dialect, &mut connection.unsent);
        if !matches!(message.number, FIRST_MARK | LAST_MARK) {
            self.counts.said += (connection.unsent.len() - before) as u64;
        }
        if before == 0 {
            self.ready.push((message.speaker, false));
        }
    }

    /// Sends queued messages, waits at most `wait` for input, and reads it.
    pub(super) fn turn(&mut self, wait: Duration, listener: &mut impl Listener) -> Result<(), String> {
        for (member, _) in self.ready.drain(..) {
            self.members[usize::from(member)].connection.send();
        }
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(e) if e.kind() == ErrorKind::Interrupted => return Ok(()),
            other => other.map_err(|why| format!("the connections cannot be watched: {why}."))?,
        }
        if self.stop.take() > 0 {
            return Err("the bench was stopped, so nothing is measured.".into());
        }
        let mut ready = mem::take(&mut self.ready);
        for event in self.events.iter().filter(|event| event.token() != STOP) {
            let member = u16::try_from(event.token().0).unwrap_or_default();
            ready.push((member, event.is_read_closed() || event.is_error()));
        }
        let mut buffer = mem::take(&mut self.buffer);
        let result = ready
            .drain(..)
            .try_for_each(|(member, closing)| self.ready(member, closing, &mut buffer, listener));
        (self.ready, self.buffer) = (ready, buffer);
        result
    }

    /// Connects the next member.
    fn open(&mut self) -> Result<(), String> {
        let member = u16::try_from(self.members.len()).unwrap_or(u16::MAX);
        let connection = self.connect(member)?;
        let (dialect, name) = (self.bench.plan.dialect(member), String::new());
        self.members.push(Member { connection, dialect, name, stage: Stage::Connecting });
        Ok(())
    }

    fn connect(&self, member: u16) -> Result<Connection, String> {
        Connection::open(self.address, self.poll.registry(), Token(member.into()))
            .map_err(|why| errors::no_connection(self.server, self.members.len(), &why))
    }

    /// Handles an event of a member's connection.
    fn ready(
        &mut self,
        id: u16,
        closing: bool,
        buffer: &mut [u8],
        listener: &mut impl Listener,
    ) -> Result<(), String> {
        let member = &mut self.members[usize::from(id)];
        match member.connection.is_connected() {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(why) => return Err(errors::no_connection(self.server, self.members.len(), &why)),
        }
        if matches!(member.stage, Stage::Connecting) {
            member.stage = Stage::Arriving(Arrival::new(self.room, member.dialect));
            member.name = format!("{}{}", self.prefix.0, id + 1);
            self.codec.set_name(id, &member.name);
            self.codec.put(&member.name, member.dialect, &mut member.connection.unsent);
        }
        member.connection.send();
        loop {
            let member = &mut self.members[usize::from(id)];
            let (filled, is_more) = match member.connection.read(buffer) {
                Ok(ReadOutcome::More(filled)) => (filled, true),
                Ok(ReadOutcome::Last(filled)) => (filled, closing),
                Ok(ReadOutcome::Nothing) => return Ok(()),
                Ok(ReadOutcome::End) | Err(_) => return Err(self.closed(id)),
            };
            self.counts.heard += (filled - member.connection.buffered()) as u64;
            let looked_at = self.look(id, &buffer[..filled], listener)?;
            let rest = &buffer[looked_at..filled];
            if rest.len() > SERVER_LINE_BYTES {
                return Err(format!(
                    "the server at {} is not Salon: it sends a line without an end.",
                    self.server
                ));
            }
            self.members[usize::from(id)].connection.buffer_rest(rest);
            if !is_more {
                return Ok(());
            }
        }
    }

    /// Parses a member's input. Returns how many bytes of it are complete messages.
    fn look(&mut self, id: u16, bytes: &[u8], listener: &mut impl Listener) -> Result<usize, String> {
        let now = Instant::now();
        let dialect = self.members[usize::from(id)].dialect;
        let mut at = 0;
        while let Some((heard, next)) = self.codec.next(&bytes[at..], dialect) {
            at += next;
            let is_inside = matches!(self.members[usize::from(id)].stage, Stage::Inside);
            match heard {
                Heard::Said(message, time) if is_inside => listener.heard(id, message, time, now),
                // A replayed message of an earlier bench.
                Heard::Said(..) => {}
                Heard::Other(sentence) if is_inside => {
                    self.counts.others += 1;
                    if let Some(reason) = removal(sentence) {
                        return Err(errors::removed(self.name(id), &reason));
                    }
                }
                Heard::Other(sentence) => {
                    if !self.arrive(id, sentence)? {
                        return Ok(bytes.len());
                    }
                }
            }
        }
        Ok(at)
    }

    /// Handles a line for a member that is joining. Returns false if it connects anew, under another name.
    fn arrive(&mut self, id: u16, sentence: &[u8]) -> Result<bool, String> {
        let Member { connection, dialect, stage, name } = &mut self.members[usize::from(id)];
        let Stage::Arriving(arrival) = stage else { return Ok(true) };
        match arrival.heard(sentence) {
            Step::Wait => {}
            Step::Say(text) => {
                self.codec.put(&text, *dialect, &mut connection.unsent);
                connection.send();
            }
            Step::In => {
                *stage = Stage::Inside;
                self.inside += 1;
            }
            Step::NameTaken => {
                if name.starts_with(&self.prefix.0) {
                    self.prefix.0 = format!("bench{:04x}_", rand::random::<u16>());
                    self.prefix.1 += 1;
                }
                if self.prefix.1 > BENCH_PREFIXES {
                    return Err(format!("the name {name} is taken, as are others that were tried."));
                }
                *stage = Stage::Connecting;
                self.members[usize::from(id)].connection = self.connect(id)?;
                return Ok(false);
            }
            Step::Refused(words) => {
                return Err(format!("the server does not let {name} in. It said: {words}"));
            }
        }
        Ok(true)
    }

    /// Why the server closed a member's connection, as far as is known.
    fn closed(&self, id: u16) -> String {
        let Member { name, stage, .. } = &self.members[usize::from(id)];
        match stage {
            Stage::Connecting => errors::closed(name, Some("")),
            Stage::Arriving(arrival) => errors::closed(name, Some(arrival.last_words())),
            Stage::Inside => errors::closed(name, None),
        }
    }
}
