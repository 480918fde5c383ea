//! The operator's second door: a Unix socket on the loop, over which commands come as lines and answers go as lines of JSON.
//!
//! It never makes the loop wait, and remembers readiness as the connections of the chat do. What the commands mean
//! is known in `admin`. Who may come in is the file system's to decide: the socket is its owner's alone.

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
use crate::journal::Ticket;
use crate::server::descriptors::{AcceptReadiness, is_fd_exhausted};
use connection::Connection;
use socket_file::SocketFile;

/// Tokens of the listener and of the connections, which come after it by slot.
const LISTENER: usize = usize::MAX - 64;
const FIRST: usize = LISTENER + 1;

/// The socket, and the operators on it.
#[derive(Debug)]
pub(super) struct Control {
    /// Before all connections, so that it is gone when they are closed.
    _file: SocketFile,
    registry: Registry,
    listener: UnixListener,
    /// Whether an operator waits to be accepted. Who comes when there are no other descriptors has the one in reserve.
    readiness: AcceptReadiness,
    slots: [Option<Connection>; CONTROL_CONNECTIONS],
}

impl Control {
    /// Makes the socket, for its owner alone, and watches it. An error is a sentence that says what to do.
    pub(super) fn open(path: &Path, registry: &Registry) -> Result<Control, String> {
        let (file, listener) = SocketFile::bind(path)?;
        let mut listener = UnixListener::from_std(listener);
        let registry = registry.try_clone().map_err(|why| why.to_string())?;
        registry
            .register(&mut listener, Token(LISTENER), Interest::READABLE)
            .map_err(|why| format!("{} cannot be watched: {why}.", path.display()))?;
        info!("operators may come in over {}", path.display());
        Ok(Control {
            _file: file,
            registry,
            listener,
            readiness: AcceptReadiness::new(),
            slots: [const { None }; CONTROL_CONNECTIONS],
        })
    }

    /// Whether an event with this token is for operators.
    pub(super) fn owns(token: Token) -> bool {
        (LISTENER..FIRST + CONTROL_CONNECTIONS).contains(&token.0)
    }

    /// Remembers what an event said.
    pub(super) fn on_event(&mut self, event: &Event) {
        let Some(slot) = event.token().0.checked_sub(FIRST) else {
            self.readiness.on_event();
            return;
        };
        if let Some(connection) = self.slots.get_mut(slot).and_then(Option::as_mut) {
            connection.on_event(event);
        }
    }

    /// Whether there is more to do at once.
    pub(super) fn is_busy(&self) -> bool {
        self.readiness.is_ready() || self.slots.iter().flatten().any(Connection::is_busy)
    }

    /// A descriptor was freed: whoever waits for one may come in.
    pub(super) fn on_fd_freed(&mut self) {
        self.readiness.on_fd_freed();
    }

    /// Lets operators in, as many as there are slots for.
    pub(super) fn accept(&mut self, now: Instant) {
        while self.readiness.is_ready() {
            match self.listener.accept() {
                Ok((stream, _)) => self.admit(stream, now),
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.readiness.on_empty(),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if is_fd_exhausted(&e) && self.readiness.release_reserve_fd() => {}
                Err(e) => {
                    warn!("an operator has to wait: {e}");
                    self.readiness.on_fd_exhausted();
                }
            }
        }
    }

    /// Does what operators say with `operate`, one line of each. Returns how many of them ended the service.
    pub(super) fn run_commands(&mut self, now: Instant, mut operate: impl FnMut(&str) -> Answer) -> usize {
        let mut ends = 0;
        for connection in self.slots.iter_mut().flatten() {
            let line = connection.next_line();
            if line.is_some() {
                connection.touch(now);
            }
            match line {
                None => {}
                Some(line) if line.is_cut => connection.answer(&Reply::too_long()),
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

    /// An answer came that somebody may wait for.
    pub(super) fn answer_later(&mut self, ticket: Ticket, reply: &Reply, now: Instant) {
        for connection in self.slots.iter_mut().flatten() {
            if connection.answer_later(ticket, reply) {
                connection.touch(now);
            }
        }
    }

    /// Writes what is taken, and lets go of those who have left, or do not read.
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
            warn!("an operator is refused: there are {CONTROL_CONNECTIONS}");
            // It fits an empty socket, and who is not there any more need not be told.
            let _ = stream.write(&Reply::crowded().line());
            return;
        };
        let interest = Interest::READABLE | Interest::WRITABLE;
        match self.registry.register(&mut stream, Token(FIRST + slot), interest) {
            Ok(()) => self.slots[slot] = Some(Connection::new(stream, now)),
            Err(why) => debug!("an operator was not let in: {why}"),
        }
    }

    /// Closes the connection that is silent for longest, if that is long. Its place.
    fn evict_silent(&mut self, now: Instant) -> Option<usize> {
        let silent = |slot: &Option<Connection>| slot.as_ref().and_then(Connection::silent_since);
        let silent = self.slots.iter().enumerate().filter_map(|(at, slot)| Some((silent(slot)?, at)));
        let (since, at) = silent.min()?;
        if now < since + CONTROL_IDLE_TIMEOUT {
            return None;
        }
        info!("a silent operator's connection is closed, as another needs its place");
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
    fn whoever_is_silent_for_long_makes_room_and_nobody_else_does() {
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
            assert!(told(&peers[silent]).contains("another operator needed your place"), "{silent}");
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
