//! An operator's connection: commands in, answers out, never blocking.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::time::Instant;

use log::{debug, warn};
use mio::event::Event;
use mio::net::UnixStream;

use crate::admin::{Reply, Watch};
use crate::base::limits::{CONSOLE_LINE_BYTES, CONTROL_QUEUE_BYTES};
use crate::base::line_buffer::{Line, LineBuffer};
use crate::hub::RoomTraffic;
use crate::journal::Ticket;

/// An operator's connection.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
pub(super) struct Connection {
    stream: UnixStream,
    /// When it connected, sent a line or was answered last.
    active: Instant,
    /// There may be input: set until a read would block.
    is_readable: bool,
    /// It may take output: set until a write would block.
    is_writable: bool,
    /// Its input has ended.
    has_ended: bool,
    /// It broke, or does not read its answers.
    is_lost: bool,
    /// It ordered the shutdown, and stays open until that is done.
    waits_for_end: bool,
    /// The answer to its last line comes later, under this ticket.
    awaited: Option<Ticket>,
    lines: LineBuffer,
    watch: Watch,
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
            awaited: None,
            lines: LineBuffer::new(CONSOLE_LINE_BYTES),
            watch: Watch::default(),
            unsent: VecDeque::new(),
        }
    }

    pub(super) fn on_event(&mut self, event: &Event) {
        self.is_readable |= event.is_readable() || event.is_read_closed() || event.is_error();
        self.is_writable |= event.is_writable() || event.is_write_closed() || event.is_error();
    }

    /// Counts as activity: it is not idle.
    pub(super) fn touch(&mut self, now: Instant) {
        self.active = now;
    }

    /// Since when it has been idle; `None` while it waits for an answer.
    pub(super) fn silent_since(&self) -> Option<Instant> {
        let waits = self.awaited.is_some() || self.waits_for_end || self.lines.has_line();
        (!waits).then_some(self.active)
    }

    /// Whether there may be another line without waiting.
    pub(super) fn is_busy(&self) -> bool {
        self.awaited.is_none() && (self.lines.has_line() || (self.is_readable && !self.has_ended))
    }

    /// Whether to close it.
    pub(super) fn is_over(&self) -> bool {
        let is_done = self.has_ended && !self.lines.has_line() && self.unsent.is_empty();
        self.is_lost || (is_done && !self.waits_for_end && self.awaited.is_none())
    }

    /// The next line; `None` until the one before is answered. Reads at most once.
    pub(super) fn next_line(&mut self) -> Option<Line> {
        if self.awaited.is_some() {
            return None;
        }
        self.lines.next_line().or_else(|| {
            self.read();
            self.lines.next_line()
        })
    }

    /// Queues an answer. If too much is unread already, closes the connection instead; then nothing more is queued.
    pub(super) fn answer(&mut self, reply: &Reply) {
        if self.is_lost {
            return;
        }
        self.watch.note(reply);
        let line = reply.line();
        if !self.unsent.is_empty() && self.unsent.len() + line.len() > CONTROL_QUEUE_BYTES {
            warn!("an operator's connection is closed: it does not read its answers");
            self.is_lost = true;
        } else {
            self.unsent.extend(line);
        }
    }

    /// Queues what it watches of this traffic.
    pub(super) fn tell(&mut self, traffic: &RoomTraffic) {
        self.watch.told(traffic).iter().for_each(|reply| self.answer(reply));
    }

    /// The answer comes later.
    pub(super) fn wait_for(&mut self, ticket: Ticket) {
        self.awaited = Some(ticket);
    }

    /// A late answer came; queues it if its ticket is the awaited one. Returns whether it is.
    pub(super) fn answer_later(&mut self, ticket: Ticket, reply: &Reply) -> bool {
        let is_awaited = self.awaited.take_if(|awaited| *awaited == ticket).is_some();
        if is_awaited {
            self.answer(reply);
        }
        is_awaited
    }

    /// Keeps it open until the service has ended. Drops what it sent after `exit`.
    pub(super) fn wait_for_end(&mut self) {
        self.waits_for_end = true;
        self.lines.clear();
    }

    /// Writes as much as the socket takes.
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
            // An idle connection keeps no buffer.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_that_does_not_read_is_lost_once_and_told_nothing_more() {
        let (stream, _peer) = UnixStream::pair().unwrap();
        let mut connection = Connection::new(stream, Instant::now());
        let reply = |text: String| Reply { ok: true, text, data: serde_json::Value::Null };
        let long = reply("x".repeat(CONTROL_QUEUE_BYTES / 2));
        for is_over in [false, true, true] {
            connection.answer(&long);
            assert_eq!(connection.is_over(), is_over);
        }
        let queued = connection.unsent.len();
        connection.answer(&reply("short".into()));
        assert_eq!(connection.unsent.len(), queued, "it would miss what was between");
    }
}
