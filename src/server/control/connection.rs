//! An operator's connection: lines in, answers out, and nothing that waits.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::time::Instant;

use log::{debug, warn};
use mio::event::Event;
use mio::net::UnixStream;

use crate::admin::Reply;
use crate::base::limits::{CONSOLE_LINE_BYTES, CONTROL_QUEUE_BYTES};
use crate::base::line_buffer::{Line, LineBuffer};
use crate::journal::Ticket;

/// An operator.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
pub(super) struct Connection {
    stream: UnixStream,
    /// When it came, said a line or was answered last.
    active: Instant,
    /// It may have sent something: remembered until a read would block.
    is_readable: bool,
    /// It may take something: remembered until a write would block.
    is_writable: bool,
    /// Nothing more comes from it.
    has_ended: bool,
    /// It is gone, or does not read.
    is_lost: bool,
    /// It asked for the end of the service, and is to see it.
    waits_for_end: bool,
    /// The answer to its last line is still to come.
    waits_for: Option<Ticket>,
    lines: LineBuffer,
    unsent: VecDeque<u8>,
}

impl Connection {
    pub(super) fn new(stream: UnixStream, now: Instant) -> Connection {
        Connection {
            stream,
            active: now,
            is_readable: true,
            is_writable: true,
            has_ended: false,
            is_lost: false,
            waits_for_end: false,
            waits_for: None,
            lines: LineBuffer::new(CONSOLE_LINE_BYTES),
            unsent: VecDeque::new(),
        }
    }

    pub(super) fn on_event(&mut self, event: &Event) {
        self.is_readable |= event.is_readable() || event.is_read_closed() || event.is_error();
        self.is_writable |= event.is_writable() || event.is_write_closed() || event.is_error();
    }

    /// It did something, or something was done for it.
    pub(super) fn touch(&mut self, now: Instant) {
        self.active = now;
    }

    /// Since when it has been silent, and waits for nothing.
    pub(super) fn silent_since(&self) -> Option<Instant> {
        let waits = self.waits_for.is_some() || self.waits_for_end || self.lines.has_line();
        (!waits).then_some(self.active)
    }

    /// Whether there may be another line at once.
    pub(super) fn is_busy(&self) -> bool {
        self.waits_for.is_none() && (self.lines.has_line() || (self.is_readable && !self.has_ended))
    }

    /// Whether it is to be closed.
    pub(super) fn is_over(&self) -> bool {
        let is_done = self.has_ended && !self.lines.has_line() && self.unsent.is_empty();
        self.is_lost || (is_done && !self.waits_for_end && self.waits_for.is_none())
    }

    /// The next line, once the one before is answered; for it, it reads once at most.
    pub(super) fn next_line(&mut self) -> Option<Line> {
        if self.waits_for.is_some() {
            return None;
        }
        self.lines.next_line().or_else(|| {
            self.read();
            self.lines.next_line()
        })
    }

    /// Owes an answer. Who left too much unread is let go.
    pub(super) fn answer(&mut self, reply: &Reply) {
        let line = reply.line();
        if !self.unsent.is_empty() && self.unsent.len() + line.len() > CONTROL_QUEUE_BYTES {
            warn!("an operator does not read, and is let go");
            self.is_lost = true;
        } else {
            self.unsent.extend(line);
        }
    }

    /// The answer comes later.
    pub(super) fn wait_for(&mut self, ticket: Ticket) {
        self.waits_for = Some(ticket);
    }

    /// An answer came, which may be what it waits for. Whether it is.
    pub(super) fn answer_later(&mut self, ticket: Ticket, reply: &Reply) -> bool {
        let is_awaited = self.waits_for.take_if(|awaited| *awaited == ticket).is_some();
        if is_awaited {
            self.answer(reply);
        }
        is_awaited
    }

    /// From now on it waits for the service to end. Whatever it sent with that came too late.
    pub(super) fn wait_for_end(&mut self) {
        self.waits_for_end = true;
        self.lines.clear();
    }

    /// Writes as much as is taken.
    pub(super) fn flush(&mut self) {
        while self.is_writable && !self.unsent.is_empty() {
            let (part, _) = self.unsent.as_slices();
            match self.stream.write(part) {
                Ok(written) => drop(self.unsent.drain(..written)),
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.is_writable = false,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    self.lose(&e);
                    return;
                }
            }
        }
        if self.unsent.is_empty() {
            // Who asks seldom keeps no buffer.
            self.unsent = VecDeque::new();
        }
    }

    fn read(&mut self) {
        if !self.is_readable || self.has_ended {
            return;
        }
        let mut bytes = [0; 4096];
        match self.stream.read(&mut bytes) {
            Ok(0) => {
                self.has_ended = true;
                self.lines.end();
            }
            Ok(read) => self.lines.feed(&bytes[..read]),
            Err(e) if e.kind() == ErrorKind::WouldBlock => self.is_readable = false,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => self.lose(&e),
        }
    }

    fn lose(&mut self, why: &std::io::Error) {
        debug!("an operator is gone: {why}");
        self.is_lost = true;
    }
}
