//! The control socket: a Unix socket on the loop. Commands come as lines, answers go as lines of JSON.
//!
//! It never blocks the loop, and handles edge-triggered readiness as the chat's connections do. `admin` knows the commands.
//! The file system decides who may connect: the socket is for its owner only.

mod connection;
mod socket_file;

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::time::Instant;

use log::{debug, info, warn};
use mio::event::Event;
use mio::net::{UnixListener, UnixStream};
use mio::{Interest, Registry, Token};

use crate::admin::{Answer, Reply};
use crate::base::limits::{CONTROL_CONNECTIONS, CONTROL_IDLE_TIMEOUT};
use crate::hub::RoomTraffic;
use crate::journal::Ticket;
use crate::server::descriptors::{AcceptReadiness, is_fd_exhausted};
use connection::Connection;
use socket_file::SocketFile;

/// Tokens of the listener and of the connections, which come after it by slot.
const LISTENER: usize = usize::MAX - 64;
const FIRST: usize = LISTENER + 1;

/// The listening socket and its connections.
#[derive(Debug)]
pub(super) struct Control {
    /// The first field, so that the file is removed before the connections close.
    _file: SocketFile,
    registry: Registry,
    listener: UnixListener,
    /// Whether to try to accept. When no descriptor is left, an operator gets the one in reserve.
    readiness: AcceptReadiness,
    slots: [Option<Connection>; CONTROL_CONNECTIONS],
}

impl Control {
    /// Creates the socket, for its owner only, and registers it with the poll. An error says what to do.
    pub(super) fn open(path: &Path, registry: &Registry) -> Result<Control, String> {
        let (file, listener) = SocketFile::bind(path)?;
        let mut listener = UnixListener::from_std(listener);
        let registry = registry.try_clone().map_err(|why| why.to_string())?;
        registry
            .register(&mut listener, Token(LISTENER), Interest::READABLE)
            .map_err(|why| format!("{} cannot be watched: {why}.", path.display()))?;
        info!("salon ctl can connect at {}", path.display());
        Ok(Control {
            _file: file,
            registry,
            listener,
            readiness: AcceptReadiness::new(),
            slots: [const { None }; CONTROL_CONNECTIONS],
        })
    }

    /// Whether this token is one of the control socket's.
    pub(super) fn owns(token: Token) -> bool {
        (LISTENER..FIRST + CONTROL_CONNECTIONS).contains(&token.0)
    }

    /// Records an event of the poll.
    pub(super) fn on_event(&mut self, event: &Event) {
        let Some(slot) = event.token().0.checked_sub(FIRST) else {
            self.readiness.on_event();
            return;
        };
        if let Some(connection) = self.slots.get_mut(slot).and_then(Option::as_mut) {
            connection.on_event(event);
        }
    }

    /// Whether there is more to do without waiting.
    pub(super) fn is_busy(&self) -> bool {
        self.readiness.is_ready() || self.slots.iter().flatten().any(Connection::is_busy)
    }

    /// A descriptor was freed: try again if an operator waits for one.
    pub(super) fn on_fd_freed(&mut self) {
        self.readiness.on_fd_freed();
    }

    /// Accepts operators, as many as there are slots.
    pub(super) fn accept(&mut self, now: Instant) {
        while self.readiness.is_ready() {
            match self.listener.accept() {
                Ok((stream, _)) => self.admit(stream, now),
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.readiness.on_empty(),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if is_fd_exhausted(&e) && self.readiness.release_reserve_fd() => {}
                Err(e) => {
                    warn!("an operator waits until a descriptor is free: {e}");
                    self.readiness.on_fd_exhausted();
                }
            }
        }
    }

    /// Runs one line of each connection with `operate`. Returns how many ordered the shutdown.
    pub(super) fn run_commands(&mut self, now: Instant, mut operate: impl FnMut(&str) -> Answer) -> usize {
        let mut ends = 0;
        for connection in self.slots.iter_mut().flatten() {
            let line = connection.next_line();
            if line.is_some() {
                connection.touch(now);
            }
            match line {
                None => {}
                Some(line) if line.is_truncated => connection.answer(&Reply::too_long()),
                Some(line) => match operate(&line.text()) {
                    Answer::Done(reply) => connection.answer(&reply),
                    Answer::Pending(ticket) => connection.wait_for(ticket),
                    Answer::Exit => {
                        ends += 1;
                        connection.answer(&Reply::stopping());
                        connection.wait_for_end();
                    }
                },
            }
        }
        ends
    }

    /// A late answer came; delivers it to the connection that waits for its ticket.
    pub(super) fn answer_later(&mut self, ticket: Ticket, reply: &Reply, now: Instant) {
        for connection in self.slots.iter_mut().flatten() {
            if connection.answer_later(ticket, reply) {
                connection.touch(now);
            }
        }
    }

    /// Tells the operators that watch rooms who joined and left.
    pub(super) fn tell(&mut self, traffic: &RoomTraffic) {
        self.slots.iter_mut().flatten().for_each(|connection| connection.tell(traffic));
    }

    /// Writes queued answers, and closes connections that have ended or do not read.
    pub(super) fn flush(&mut self) {
        let mut freed_fd = false;
        for slot in &mut self.slots {
            if let Some(connection) = slot {
                connection.flush();
                if connection.is_over() {
                    *slot = None;
                    freed_fd = true;
                }
            }
        }
        if freed_fd {
            self.readiness.on_fd_freed();
        }
    }

    fn admit(&mut self, mut stream: UnixStream, now: Instant) {
        let free = self.slots.iter().position(Option::is_none);
        let Some(slot) = free.or_else(|| self.evict_silent(now)) else {
            warn!("an operator is refused: {CONTROL_CONNECTIONS} are connected already");
            // It fits into an empty socket; a peer that is gone need not be told.
            let _ = stream.write(&Reply::crowded().line());
            return;
        };
        let interest = Interest::READABLE | Interest::WRITABLE;
        match self.registry.register(&mut stream, Token(FIRST + slot), interest) {
            Ok(()) => self.slots[slot] = Some(Connection::new(stream, now)),
            Err(why) => debug!("an operator was not accepted: {why}"),
        }
    }

    /// Closes the connection that is idle for longest, if for at least `CONTROL_SILENCE`. Returns its slot.
    fn evict_silent(&mut self, now: Instant) -> Option<usize> {
        let silent = |slot: &Option<Connection>| slot.as_ref().and_then(Connection::silent_since);
        let silent = self.slots.iter().enumerate().filter_map(|(at, slot)| Some((silent(slot)?, at)));
        let (since, at) = silent.min()?;
        if now < since + CONTROL_IDLE_TIMEOUT {
            return None;
        }
        info!("an idle operator's connection is closed to make room for another");
        if let Some(mut connection) = self.slots[at].take() {
            connection.answer(&Reply::displaced());
            connection.flush();
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::os::unix::net::UnixStream as Peer;
    use std::time::Duration;

    use mio::{Events, Poll};

    use super::*;

    /// What an operator is told next.
    #[track_caller]
    fn told(peer: &Peer) -> String {
        let mut line = String::new();
        peer.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let read = BufReader::new(peer).read_line(&mut line);
        assert!(read.is_ok(), "{read:?}");
        line
    }

    #[test]
    fn an_idle_operator_is_evicted_for_another_and_a_busy_one_is_not() {
        let folder = std::env::temp_dir().join(format!("salon-control-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("control");
        let mut poll = Poll::new().unwrap();
        let mut control = Control::open(&path, poll.registry()).unwrap();
        let start = Instant::now();
        let come = |control: &mut Control, after: Duration| {
            let peer = Peer::connect(&path).unwrap();
            control.readiness.on_event();
            control.accept(start + after);
            peer
        };
        let mut peers: Vec<Peer> =
            (0..CONTROL_CONNECTIONS).map(|_| come(&mut control, Duration::ZERO)).collect();
        // The first says something later, the second waits for an answer, the third is silent.
        peers[1].write_all(b"forget Ann\n").unwrap();
        control.run_commands(start, |_| Answer::Pending(Ticket(1)));
        peers[0].write_all(b"list\n").unwrap();
        let mut events = Events::with_capacity(64);
        poll.poll(&mut events, Some(Duration::from_secs(10))).unwrap();
        events.iter().for_each(|event| control.on_event(event));
        control.run_commands(start + Duration::from_secs(5), |_| {
            Answer::Done(Reply { ok: true, text: "Nobody.".into(), data: serde_json::Value::Null })
        });
        let early = come(&mut control, Duration::from_millis(9_999));
        assert!(told(&early).contains("16 operators are connected already. Try again in 10 seconds."));
        for silent in 2..CONTROL_CONNECTIONS {
            peers.push(come(&mut control, CONTROL_IDLE_TIMEOUT));
            assert!(told(&peers[silent]).contains("another operator needed your connection"), "{silent}");
        }
        let late = come(&mut control, CONTROL_IDLE_TIMEOUT);
        assert!(told(&late).contains("16 operators"), "all of the others are new, or not silent for long");
        control.answer_later(Ticket(1), &Reply::stopping(), start + CONTROL_IDLE_TIMEOUT);
        control.flush();
        assert!(told(&peers[1]).contains("stopping"), "it kept its place");
        drop(control);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
