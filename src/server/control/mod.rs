//! The operator's second door: a Unix socket on the loop, over which commands come as lines and answers go as lines of JSON.
//!
//! It never makes the loop wait, and remembers readiness as the connections of the chat do. What the commands mean is the
//! hub's affair, and who may come in is the file system's: the socket is its owner's alone.

mod connection;
mod lines;
mod reply;
mod socket_file;

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

use log::{debug, info, warn};
use mio::event::Event;
use mio::net::{UnixListener, UnixStream};
use mio::{Interest, Registry, Token};

use crate::base::limits::CONTROL_CONNECTIONS;
use crate::hub::Answer;
use crate::journal::Ticket;
use crate::server::listener::is_out_of_descriptors;
use connection::Connection;
use lines::Line;
use socket_file::SocketFile;

pub use reply::Reply;
pub use socket_file::{make_usual_path, usual_paths};

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
    /// Somebody may be waiting: remembered until an accept would block.
    is_accepting: bool,
    /// Somebody is waiting, and there was no descriptor for them.
    starved: bool,
    /// A descriptor for the operator who comes when there are no others.
    spare: Option<File>,
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
            is_accepting: false,
            starved: false,
            spare: spare(),
            slots: [const { None }; CONTROL_CONNECTIONS],
        })
    }

    /// Whether an event with this token is for operators.
    pub(super) fn owns(token: Token) -> bool {
        (LISTENER..FIRST + CONTROL_CONNECTIONS).contains(&token.0)
    }

    /// Remembers what an event said.
    pub(super) fn note(&mut self, event: &Event) {
        let Some(slot) = event.token().0.checked_sub(FIRST) else {
            self.is_accepting = true;
            return;
        };
        if let Some(connection) = self.slots.get_mut(slot).and_then(Option::as_mut) {
            connection.note(event);
        }
    }

    /// Whether there is more to do at once.
    pub(super) fn is_busy(&self) -> bool {
        self.is_accepting || self.slots.iter().flatten().any(Connection::is_busy)
    }

    /// A descriptor was freed: whoever waits for one may come in.
    pub(super) fn has_room(&mut self) {
        self.is_accepting |= std::mem::take(&mut self.starved);
        if self.spare.is_none() {
            self.spare = spare();
        }
    }

    /// Lets operators in, as many as there are slots for.
    pub(super) fn accept(&mut self) {
        while self.is_accepting {
            match self.listener.accept() {
                Ok((stream, _)) => self.admit(stream),
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.is_accepting = false,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if is_out_of_descriptors(&e) && self.spare.is_some() => self.spare = None,
                Err(e) => {
                    warn!("an operator has to wait: {e}");
                    self.is_accepting = false;
                    self.starved = true;
                }
            }
        }
    }

    /// Does what operators say with `operate`, one line of each. Returns how many of them ended the service.
    pub(super) fn command(&mut self, mut operate: impl FnMut(&str) -> Answer) -> usize {
        let mut ends = 0;
        for connection in self.slots.iter_mut().flatten() {
            match connection.next_line() {
                None => {}
                Some(Line::TooLong) => connection.answer(&Reply::too_long()),
                Some(Line::Whole(line)) => match operate(&line) {
                    Answer::Told { ok, text, data } => connection.answer(&Reply { ok, text, data }),
                    Answer::Later(ticket) => connection.wait_for(ticket),
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
    pub(super) fn answer_later(&mut self, ticket: Ticket, reply: &Reply) {
        for connection in self.slots.iter_mut().flatten() {
            connection.answer_later(ticket, reply);
        }
    }

    /// Writes what is taken, and lets go of those who have left, or do not read.
    pub(super) fn flush(&mut self) {
        let mut has_room = false;
        for slot in &mut self.slots {
            if let Some(connection) = slot {
                connection.flush();
                if connection.is_over() {
                    *slot = None;
                    has_room = true;
                }
            }
        }
        if has_room {
            self.has_room();
        }
    }

    fn admit(&mut self, mut stream: UnixStream) {
        let Some(slot) = self.slots.iter().position(Option::is_none) else {
            warn!("an operator is refused: there are {CONTROL_CONNECTIONS}");
            // It fits an empty socket, and who is not there any more need not be told.
            let _ = stream.write(&Reply::crowded().line());
            return;
        };
        let interest = Interest::READABLE | Interest::WRITABLE;
        match self.registry.register(&mut stream, Token(FIRST + slot), interest) {
            Ok(()) => self.slots[slot] = Some(Connection::new(stream)),
            Err(why) => debug!("an operator was not let in: {why}"),
        }
    }
}

fn spare() -> Option<File> {
    File::open("/dev/null").ok()
}
