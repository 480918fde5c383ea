//! The client without a terminal, for scripts: lines in, lines out. It ends when its input has ended and the server has
//! acknowledged every message.
//!
//! It never reconnects: a script has to learn that it missed something.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use jiff::tz::TimeZone;
use mio::{Events, Poll, Token};

use crate::base::limits::MESSAGE_BYTES;
use crate::base::name::NameKey;
use crate::base::secret::Secret;
use crate::base::stderr::print_error;
use crate::base::text::plural;
use crate::client::Address;
use crate::client::input::{Input, ReadResult};
use crate::client::link::{End, Identity, Link, Output, Reconnect};
use crate::client::past::Past;
use crate::client::plain::plain;
use crate::client::sentences::{self, Typed, farewell, parse_line, parse_message};
use crate::client::socket::Socket;
use crate::proto::{ReplayExtent, STOPPING};
use crate::wire::json::ServerMessage;

const SOCKET: Token = Token(0);
const INPUT: Token = Token(1);

/// How many different reasons for undelivered lines are printed.
const REASONS: usize = 8;

/// Lines from standard input, as they are read.
#[derive(Debug, Default)]
struct Lines {
    /// The beginning of an incomplete line, cut to a little more than the longest message.
    partial: Vec<u8>,
    /// How many bytes were cut from it.
    dropped: usize,
    /// Complete lines.
    whole: VecDeque<Typed>,
    /// Lines that begin with a slash are commands.
    commands: bool,
    /// The input has ended.
    has_ended: bool,
}

/// How a filter reads and prints.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<'a> {
    /// Lines that begin with a slash are commands; otherwise all lines are messages.
    pub(super) commands: bool,
    /// Standard input is a terminal.
    pub(super) is_typed: bool,
    /// How many messages of people to hear of a room's past. `None`: as many as the server thinks fit.
    pub(super) replay: Option<usize>,
    /// Members with these names are ignored: their messages are not printed.
    pub(super) ignores: &'a [String],
    /// The password of the server.
    pub(super) password: Option<&'a Secret>,
}

/// The state of a filter.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
struct Filter {
    address: Address,
    input: Input,
    socket: Socket,
    link: Link,
    lines: Lines,
    /// Members whose messages are not printed.
    ignored: Vec<NameKey>,
    /// Standard input is a terminal.
    is_typed: bool,
    /// Input is no longer read.
    is_over: bool,
    /// `/exit` was typed.
    exit_typed: bool,
    /// How many lines were not delivered, by the reason.
    undelivered: Vec<(String, usize)>,
    /// Standard output is closed. Input is still sent.
    output_closed: bool,
    /// The room that was joined last.
    welcomed: Option<String>,
    /// Prints what was said before, if that is wanted.
    past: Option<Past>,
}

/// Runs until the input or the connection has ended. Returns true if every line was delivered.
pub(super) fn run(
    identity: Identity,
    address: Address,
    addresses: Vec<SocketAddr>,
    options: Options<'_>,
) -> io::Result<bool> {
    let Options { commands, is_typed, replay, ignores, password } = options;
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(8);
    let mut now = Instant::now();
    let mut filter = Filter {
        input: Input::watch(poll.registry(), INPUT)?,
        socket: Socket::new(poll.registry().try_clone()?, SOCKET, addresses),
        address,
        link: Link::new(identity, Reconnect::Never, 0, now).with_lines().with_replay(replay),
        ignored: ignores.iter().map(|name| NameKey::of(name)).collect(),
        lines: Lines { commands, ..Lines::default() },
        is_typed,
        is_over: false,
        exit_typed: false,
        undelivered: Vec::new(),
        output_closed: false,
        welcomed: None,
        past: (replay != Some(0)).then(|| Past::new(TimeZone::system())),
    };
    filter.link.set_password(password.cloned());
    loop {
        match filter.exchange(now) {
            Ok(None) => {}
            Ok(Some(succeeded)) => return Ok(succeeded),
            Err(e) => return Err(e),
        }
        let timeout = filter.timeout(now);
        match poll.poll(&mut events, timeout) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            other => other?,
        }
        now = Instant::now();
        for event in &events {
            match event.token() {
                SOCKET => filter.socket.ready(&mut filter.link, now),
                _ => filter.input.on_event(),
            }
        }
        filter.socket.read(&mut filter.link, now);
        filter.link.handle_timeout(now);
    }
}

impl Filter {
    /// Sends what was read, and prints what was received. Returns the result of [`run`] once it has ended.
    fn exchange(&mut self, now: Instant) -> io::Result<Option<bool>> {
        self.take_lines(now);
        self.socket.write(&mut self.link, now);
        while let Some(output) = self.link.poll_output() {
            self.socket.handle(&output, &mut self.link, now);
            match output {
                Output::Ended(end) => return self.end(&end).map(Some),
                Output::NameRefused(why) => {
                    print_error(&sentences::choose_other_name(&why));
                    return Ok(Some(false));
                }
                Output::Received(message) => self.hear(&message)?,
                Output::Connect | Output::Close | Output::Reconnecting(_) | Output::LocalEcho(_) => {}
            }
        }
        Ok(None)
    }

    /// How long the poll may wait.
    fn timeout(&self, now: Instant) -> Option<Duration> {
        if self.socket.is_busy() || self.wants() {
            return Some(Duration::ZERO);
        }
        self.link.next_deadline().map(|at| at.saturating_duration_since(now))
    }

    /// Whether there is input to take now.
    fn wants(&self) -> bool {
        !self.is_over && !self.link.is_full() && (self.input.is_ready() || !self.lines.whole.is_empty())
    }

    /// Reads input, and sends as many lines as the link takes.
    fn take_lines(&mut self, now: Instant) {
        if !self.wants() {
            return;
        }
        let mut has_ended = false;
        if self.lines.whole.is_empty() {
            let mut bytes = [0; 16 * 1024];
            match self.input.read(&mut bytes) {
                ReadResult::Bytes(read) => self.lines.take(&bytes[..read]),
                ReadResult::Nothing => {}
                ReadResult::End => {
                    self.lines.end();
                    self.lines.has_ended = true;
                    has_ended = true;
                }
            }
        }
        while !self.link.is_full() && !self.is_over {
            let Some(line) = self.lines.whole.pop_front() else { break };
            self.send(line, now);
        }
        if has_ended && !self.is_over {
            self.leave(now);
        }
    }

    fn send(&mut self, line: Typed, now: Instant) {
        match line {
            Typed::Nothing => {}
            Typed::Leave => {
                self.exit_typed = true;
                self.leave(now);
            }
            Typed::Send(request) => {
                if self.link.send(request, now).is_err() {
                    self.count_undelivered("too many messages were waiting.");
                }
            }
            Typed::TooLong(bytes) => self.count_undelivered(&sentences::too_long(bytes)),
            Typed::TooManyLines(lines) => self.count_undelivered(&sentences::too_many_lines(lines)),
        }
    }

    /// Counts an undelivered line by its reason.
    fn count_undelivered(&mut self, why: &str) {
        let known = self.undelivered.iter().position(|(known, _)| known == why);
        if known.is_none() && self.undelivered.len() < REASONS {
            return self.undelivered.push((why.to_owned(), 1));
        }
        // The last entry counts all further reasons.
        self.undelivered[known.unwrap_or(REASONS - 1)].1 += 1;
    }

    fn leave(&mut self, now: Instant) {
        self.is_over = true;
        self.link.leave(now);
    }

    /// Prints a message of the server, or counts a refusal.
    fn hear(&mut self, message: &ServerMessage) -> io::Result<()> {
        match message {
            ServerMessage::Welcome { room, replayed, earlier, older, .. } => {
                let text = match self.welcomed.replace(room.clone()) {
                    Some(before) if before != *room => sentences::moved(room),
                    _ => sentences::joined(self.link.name()),
                };
                self.show(&text)?;
                let extent = ReplayExtent { replayed: *replayed, earlier: *earlier, may_have_older: *older };
                let begun = self.past.as_mut().map(|past| past.begin(extent, SystemTime::now()));
                return begun.into_iter().flatten().try_for_each(|line| self.show(&line));
            }
            ServerMessage::Live { .. } => {
                let mark = self.past.as_mut().and_then(Past::end);
                return mark.map_or(Ok(()), |mark| self.show(mark));
            }
            ServerMessage::Said { what }
            | ServerMessage::Acted { what }
            | ServerMessage::Erased { what, .. }
            | ServerMessage::Edited { what, .. }
            | ServerMessage::Found { what, .. }
                if self.ignores(&what.who) =>
            {
                return Ok(());
            }
            ServerMessage::Private { from, .. } if self.ignores(from) => return Ok(()),
            // The reply to our own `exit`.
            ServerMessage::Notice { text, .. } if self.is_over && text == sentences::LEAVING => return Ok(()),
            ServerMessage::Refused { text, .. } => {
                self.count_undelivered(text);
                return Ok(());
            }
            _ => {}
        }
        let Some(text) = plain(message, self.link.name()) else { return Ok(()) };
        let (ServerMessage::Said { what } | ServerMessage::Acted { what }) = message else {
            return self.show(&text);
        };
        match self.past.as_mut().filter(|_| what.replayed) {
            Some(past) => {
                let line = past.line(what, &text);
                self.show(&line)
            }
            None => self.show(&text),
        }
    }

    /// Whether messages of this member are not printed.
    fn ignores(&self, name: &str) -> bool {
        !self.ignored.is_empty() && self.ignored.contains(&NameKey::of(name))
    }

    /// Prints a line, unless standard output is closed.
    fn show(&mut self, text: &str) -> io::Result<()> {
        if self.output_closed {
            return Ok(());
        }
        match say(text) {
            Err(e) if e.kind() == ErrorKind::BrokenPipe => {
                self.output_closed = true;
                Ok(())
            }
            other => other,
        }
    }

    /// Prints how it ended, and which lines were not delivered. Returns true if all were.
    fn end(&mut self, end: &End) -> io::Result<bool> {
        let (sentence, succeeded) = farewell(end, &self.address);
        if !succeeded {
            print_error(&sentence);
            if let Some(why) = sentences::unreachable(end, self.socket.connect_error()) {
                print_error(&why);
            }
            let is_service_over = match end {
                End::ConnectionLost => true,
                End::Removed(reason) => reason == STOPPING,
                _ => false,
            };
            if self.is_typed && is_service_over {
                print_error("The service has ended. When it is back, start this program again to join it.");
            }
        } else if self.exit_typed {
            self.show(&sentence)?;
        }
        let unsent = self.lines.whole.iter().filter(|line| !matches!(line, Typed::Nothing)).count();
        let lost = self.link.unacknowledged() + if self.exit_typed { 0 } else { unsent };
        for (why, count) in &self.undelivered {
            print_error(&format!("{} heard: {why}", was_not(*count, "")));
        }
        // If it never joined, the reason was printed above.
        if lost > 0 && self.link.was_inside() {
            let at_least = if self.lines.has_ended || self.exit_typed { "" } else { "At least " };
            print_error(&format!("{} heard: the connection ended first.", was_not(lost, at_least)));
        }
        Ok(succeeded && self.undelivered.is_empty() && lost == 0)
    }
}

/// "2 lines were not": the subject of a sentence.
fn was_not(count: usize, before: &str) -> String {
    let (lines, were) = (plural(count, "line"), if count == 1 { "was" } else { "were" });
    format!("{before}{lines} {were} not")
}

impl Lines {
    fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|b| *b == b'\n') {
            // The longest message, two slashes, and one more byte to detect a longer one.
            let room = (MESSAGE_BYTES + 3).saturating_sub(self.partial.len());
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            self.dropped += text.len().saturating_sub(room);
            self.partial.extend_from_slice(&text[..text.len().min(room)]);
            if part.ends_with(b"\n") {
                self.end();
            }
        }
    }

    /// Completes the line.
    fn end(&mut self) {
        let line = std::mem::take(&mut self.partial);
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line));
        self.whole.push_back(match std::mem::take(&mut self.dropped) {
            0 if self.commands => parse_line(&line),
            0 => parse_message(&line),
            dropped => Typed::TooLong(line.len() + dropped),
        });
    }
}

fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}
