//! The client without a terminal: lines in, lines out, for scripts. It ends when its input has ended and all that it sent
//! was heard.
//!
//! It never connects again: a script is to know that something was missed.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use crate::base::limits::MESSAGE_BYTES;
use crate::client::Address;
use crate::client::input::{Found, Input};
use crate::client::link::{End, Identity, Link, Output, Returns};
use crate::client::plain::plain;
use crate::client::socket::Socket;
use crate::client::words::{self, Meaning, farewell, meaning};
use crate::wire::json::Tell;

const SOCKET: Token = Token(0);
const INPUT: Token = Token(1);

/// Lines from standard input, as they are read.
#[derive(Debug, Default)]
struct Lines {
    /// The beginning of a line; of an overlong one, as much as it takes to know that.
    partial: Vec<u8>,
    /// Bytes of it that were dropped.
    dropped: usize,
    whole: VecDeque<Meaning>,
}

/// All that a filter has.
struct Filter {
    address: Address,
    input: Input,
    socket: Socket,
    link: Link,
    lines: Lines,
    /// There is no more input, or none that counts.
    is_over: bool,
    /// Somebody typed `/exit`, and is told so.
    was_told: bool,
    /// Something could not be said.
    failed: bool,
    /// The room that one came to last.
    welcomed: Option<String>,
}

/// Runs until the input has ended, or the connection. Returns whether all went as wished.
pub(super) fn run(identity: Identity, address: Address) -> io::Result<bool> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(8);
    let mut now = Instant::now();
    let mut filter = Filter {
        input: Input::watch(poll.registry(), INPUT)?,
        socket: Socket::new(poll.registry().try_clone()?, SOCKET, address.resolve()),
        address,
        link: Link::new(identity, Returns::Never, 0, now),
        lines: Lines::default(),
        is_over: false,
        was_told: false,
        failed: false,
        welcomed: None,
    };
    loop {
        match filter.exchange(now) {
            Ok(None) => {}
            Ok(Some(well)) => return Ok(well),
            // Whoever read us has enough.
            Err(e) if e.kind() == ErrorKind::BrokenPipe => return Ok(true),
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
                _ => filter.input.announced(),
            }
        }
        filter.socket.read(&mut filter.link, now);
        filter.link.handle_timeout(now);
    }
}

impl Filter {
    /// Says what was read, and shows what was heard. Returns whether all went as wished, once it is over.
    fn exchange(&mut self, now: Instant) -> io::Result<Option<bool>> {
        self.take_lines(now);
        self.socket.write(&mut self.link, now);
        while let Some(output) = self.link.poll_output() {
            self.socket.obey(&output, &mut self.link, now);
            match output {
                Output::Ended(end) => return self.end(&end).map(Some),
                Output::Nameless(why) => {
                    complain(&words::other_name(&why));
                    return Ok(Some(false));
                }
                Output::Heard(tell) => self.hear(&tell)?,
                Output::Connect | Output::HangUp | Output::Lost(_) | Output::Spoke(_) => {}
            }
        }
        Ok(None)
    }

    /// How long nothing may happen.
    fn timeout(&self, now: Instant) -> Option<Duration> {
        if self.socket.is_busy() || self.wants() {
            return Some(Duration::ZERO);
        }
        self.link.next_deadline().map(|at| at.saturating_duration_since(now))
    }

    /// Whether it would read more at once.
    fn wants(&self) -> bool {
        !self.is_over && !self.link.is_full() && (self.input.is_ready() || !self.lines.whole.is_empty())
    }

    /// Reads, and says what was read, as far as the link takes it.
    fn take_lines(&mut self, now: Instant) {
        if !self.wants() {
            return;
        }
        let mut has_ended = false;
        if self.lines.whole.is_empty() {
            let mut bytes = [0; 16 * 1024];
            match self.input.read(&mut bytes) {
                Found::Bytes(read) => self.lines.take(&bytes[..read]),
                Found::Nothing => {}
                Found::End => {
                    self.lines.end();
                    has_ended = true;
                }
            }
        }
        while !self.link.is_full() && !self.is_over {
            let Some(meaning) = self.lines.whole.pop_front() else { break };
            self.mean(meaning, now);
        }
        if has_ended && !self.is_over {
            self.leave(now);
        }
    }

    fn mean(&mut self, meaning: Meaning, now: Instant) {
        match meaning {
            Meaning::Nothing => {}
            Meaning::Leave => {
                self.was_told = true;
                self.leave(now);
            }
            Meaning::Ask(ask) => self.failed |= self.link.say(ask, now).is_err(),
            Meaning::TooLong(bytes) => {
                self.failed = true;
                complain(&words::too_long(bytes));
            }
        }
    }

    fn leave(&mut self, now: Instant) {
        self.is_over = true;
        self.link.leave(now);
    }

    /// Shows what the server says.
    fn hear(&mut self, tell: &Tell) -> io::Result<()> {
        match tell {
            Tell::Welcome { room, .. } => match self.welcomed.replace(room.clone()) {
                Some(before) if before != *room => say(&words::moved(room))?,
                _ => say(&words::joined(self.link.name()))?,
            },
            // It is the answer to our own last word.
            Tell::Notice { text } if self.is_over && text == words::LEAVING => return Ok(()),
            _ => {}
        }
        plain(tell).map_or(Ok(()), |text| say(&text))
    }

    fn end(&self, end: &End) -> io::Result<bool> {
        let (sentence, well) = farewell(end, &self.address);
        if !well {
            complain(&sentence);
        } else if self.was_told {
            say(&sentence)?;
        }
        Ok(well && !self.failed)
    }
}

impl Lines {
    fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|b| *b == b'\n') {
            // A message, its slashes, and one byte more, to tell that it is too long.
            let room = (MESSAGE_BYTES + 3).saturating_sub(self.partial.len());
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            self.dropped += text.len().saturating_sub(room);
            self.partial.extend_from_slice(&text[..text.len().min(room)]);
            if part.ends_with(b"\n") {
                self.end();
            }
        }
    }

    /// The line is whole, or the last one.
    fn end(&mut self) {
        let line = std::mem::take(&mut self.partial);
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line));
        self.whole.push_back(match std::mem::take(&mut self.dropped) {
            0 => meaning(&line),
            dropped => Meaning::TooLong(line.len() + dropped),
        });
    }
}

fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Says on standard error what went wrong.
fn complain(sentence: &str) {
    // If standard error is closed there is nobody to tell.
    let _ = writeln!(io::stderr(), "{sentence}");
}
