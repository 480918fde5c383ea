//! The operator's console on standard input and output: a terminal, a pipe, a file, or nothing at all.
//!
//! It never makes the loop wait: it reads only when there is something, and writes only what is taken. What the commands
//! mean is the hub's affair.

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};

use log::{debug, warn};
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::{io, process, stdio, termios};

use crate::base::limits::{CONSOLE_LINE_BYTES, CONSOLE_QUEUE_BYTES};
use crate::hub;
use crate::journal::Ticket;
use crate::server::{CONSOLE_IN, CONSOLE_OUT, Reply};

const PROMPT: &str = "Host $> ";

/// As much as a terminal or a pipe takes at once without making us wait, once it says that it takes anything.
const WRITE_BYTES: usize = 256;

/// How often, and for how long each time, the end of the service waits for the console to take what was said.
const LAST_WAITS: usize = 10;
const LAST_WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// Where commands come from and answers go.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
pub(super) struct Console {
    /// The input has not ended.
    is_open: bool,
    /// There may be input: remembered until there is none.
    input_ready: bool,
    /// Input that nobody announces, as it is a file's: it is always ready.
    is_file: bool,
    is_terminal: bool,
    line: Vec<u8>,
    lines: VecDeque<String>,
    /// The answer to the last line is still to come.
    waits_for: Option<Ticket>,
    unsaid: VecDeque<u8>,
    output_ready: bool,
}

impl Console {
    /// Watches standard input and output.
    pub(super) fn open(registry: &Registry) -> std::io::Result<Console> {
        let is_file = !watch(registry, stdio::stdin(), CONSOLE_IN, Interest::READABLE)?;
        watch(registry, stdio::stdout(), CONSOLE_OUT, Interest::WRITABLE)?;
        Ok(Console {
            is_open: true,
            input_ready: is_file,
            is_file,
            is_terminal: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
            line: Vec::new(),
            lines: VecDeque::new(),
            waits_for: None,
            unsaid: VecDeque::new(),
            output_ready: true,
        })
    }

    /// The first lines: the ports, and what may be typed.
    pub(super) fn greet(&mut self, ports: &str) {
        self.put(&format!("{ports}\n\n{}\n\n", hub::help()));
        self.prompt();
        // No event says of a file that it takes something.
        self.flush();
    }

    /// Remembers what an event said: there is input, or output is taken again.
    pub(super) fn note(&mut self, token: Token) {
        self.input_ready |= token == CONSOLE_IN;
        self.output_ready |= token == CONSOLE_OUT;
    }

    /// Whether there may be more commands at once.
    pub(super) fn is_busy(&self) -> bool {
        self.waits_for.is_none() && (!self.lines.is_empty() || self.has_input())
    }

    fn has_input(&self) -> bool {
        self.is_open && self.input_ready
    }

    /// Reads as much as one read brings, if what was read before is done.
    pub(super) fn read_once(&mut self) {
        if self.lines.is_empty() && self.has_input() {
            self.read();
        }
    }

    /// The next line that was typed, once the one before is answered.
    pub(super) fn next_line(&mut self) -> Option<String> {
        if self.waits_for.is_some() { None } else { self.lines.pop_front() }
    }

    /// The answer comes later.
    pub(super) fn wait_for(&mut self, ticket: Ticket) {
        self.waits_for = Some(ticket);
    }

    /// An answer came, which may be what is waited for.
    pub(super) fn answer_later(&mut self, ticket: Ticket, reply: &Reply) {
        if self.waits_for != Some(ticket) {
            return;
        }
        self.waits_for = None;
        self.answer(&match reply.next_page() {
            Some(next) => format!("{}\nThere is more. Type: {next}", reply.text),
            None => reply.text.clone(),
        });
    }

    /// Answers a command, and asks for the next.
    pub(super) fn answer(&mut self, text: &str) {
        if !text.is_empty() {
            self.put(text);
            self.put("\n");
        }
        self.prompt();
    }

    /// Says a line that answers nothing.
    pub(super) fn report(&mut self, line: &str) {
        self.put(line);
        self.put("\n");
    }

    /// Writes as much as is taken.
    pub(super) fn flush(&mut self) {
        while self.output_ready && !self.unsaid.is_empty() {
            if !is_ready(stdio::stdout(), PollFlags::OUT, Timespec::default()) {
                self.output_ready = false;
                return;
            }
            let (part, _) = self.unsaid.as_slices();
            match io::write(stdio::stdout(), &part[..part.len().min(WRITE_BYTES)]) {
                Ok(written) => drop(self.unsaid.drain(..written)),
                Err(io::Errno::INTR) => {}
                Err(why) => {
                    debug!("nobody reads the console: {why}");
                    self.unsaid.clear();
                }
            }
        }
    }

    /// Writes the rest, and waits a moment for it to be taken.
    pub(super) fn finish(&mut self) {
        for _ in 0..LAST_WAITS {
            self.output_ready = true;
            self.flush();
            if self.unsaid.is_empty() {
                return;
            }
            is_ready(stdio::stdout(), PollFlags::OUT, LAST_WAIT);
        }
    }

    /// Reads once, if that would not make us wait.
    fn read(&mut self) {
        let would_wait =
            || !is_ready(stdio::stdin(), PollFlags::IN, Timespec::default()) || is_in_background();
        if !self.is_file && would_wait() {
            self.input_ready = false;
            return;
        }
        let mut bytes = [0; 4096];
        match io::read(stdio::stdin(), &mut bytes) {
            Ok(0) => self.end(),
            Ok(read) => self.take(&bytes[..read]),
            Err(io::Errno::INTR) => {}
            Err(io::Errno::AGAIN) => self.input_ready = false,
            Err(why) => {
                warn!("the console cannot be read any more: {why}");
                self.is_open = false;
            }
        }
    }

    /// The input has ended. On a terminal that was Ctrl-D, and more may come.
    fn end(&mut self) {
        let rest = mem::take(&mut self.line);
        self.keep(&rest);
        if self.is_terminal {
            self.input_ready = false;
            self.put("\nThe service goes on. Type exit to stop it.\n");
            self.prompt();
        } else {
            self.is_open = false;
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|b| *b == b'\n') {
            let room = CONSOLE_LINE_BYTES - self.line.len();
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            if part.ends_with(b"\n") {
                let line = mem::take(&mut self.line);
                self.keep(&line);
            }
        }
    }

    fn keep(&mut self, line: &[u8]) {
        if !line.is_empty() {
            self.lines.push_back(String::from_utf8_lossy(line).into_owned());
        }
    }

    fn prompt(&mut self) {
        if self.is_terminal {
            self.put(PROMPT);
        }
    }

    fn put(&mut self, text: &str) {
        if self.unsaid.len() + text.len() <= CONSOLE_QUEUE_BYTES {
            self.unsaid.extend(text.as_bytes());
        }
    }
}

/// Watches a standard stream. Returns `false` if it is one that cannot be waited for: a file.
fn watch(registry: &Registry, fd: BorrowedFd<'_>, token: Token, interest: Interest) -> std::io::Result<bool> {
    match registry.register(&mut SourceFd(&fd.as_raw_fd()), token, interest) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => Ok(false),
        Err(e) => Err(e),
    }
}

/// Whether standard input is a terminal that is another program's for the moment: reading from it would stop this one.
fn is_in_background() -> bool {
    std::io::stdin().is_terminal()
        && termios::tcgetpgrp(stdio::stdin()).is_ok_and(|group| group != process::getpgrp())
}

/// Whether `fd` would not make us wait, or stops making us wait within `wait`.
fn is_ready(fd: BorrowedFd<'_>, flags: PollFlags, wait: Timespec) -> bool {
    matches!(poll(&mut [PollFd::from_borrowed_fd(fd, flags)], Some(&wait)), Ok(1..))
}
