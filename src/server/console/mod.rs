//! The operator's console on standard input and output: a terminal, a pipe, a file, or nothing at all.
//!
//! It never makes the loop wait: it reads only when there is something, and has a thread write ([`output`]). What the commands
//! mean is known in `admin`.

mod output;

use std::io::IsTerminal;
use std::os::fd::AsRawFd;
use std::time::Duration;

use log::warn;
use mio::unix::SourceFd;
use mio::{Interest, Registry};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::{io, process, stdio, termios};

use crate::admin::{self, Reply};
use crate::base::limits::CONSOLE_LINE_BYTES;
use crate::base::line_buffer::LineBuffer;
use crate::journal::Ticket;
use crate::server::CONSOLE_IN;
use output::Output;

const PROMPT: &str = "Host $> ";

/// How long the end of the service waits for the console to take what was said.
const LAST_WAIT: Duration = Duration::from_millis(200);

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
    lines: LineBuffer,
    /// The answer to the last line is still to come.
    waits_for: Option<Ticket>,
    output: Output,
}

impl Console {
    /// Watches standard input and output.
    pub(super) fn open(registry: &Registry) -> std::io::Result<Console> {
        let is_file = !watch(registry)?;
        Ok(Console {
            is_open: true,
            input_ready: is_file,
            is_file,
            is_terminal: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
            lines: LineBuffer::new(CONSOLE_LINE_BYTES),
            waits_for: None,
            output: Output::start()?,
        })
    }

    /// The first lines: the ports, and what may be typed.
    pub(super) fn greet(&mut self, ports: &str) {
        self.put(&format!("{ports}\n\n{}\n\n", admin::help()));
        self.prompt();
    }

    /// Remembers what an event said: there is input.
    pub(super) fn on_readable(&mut self) {
        self.input_ready = true;
    }

    /// Whether it was a terminal that is there no more.
    pub(super) fn is_terminal_gone(&self) -> bool {
        self.is_terminal && termios::tcgetattr(stdio::stdin()).is_err()
    }

    /// Whether there may be more commands at once.
    pub(super) fn is_busy(&self) -> bool {
        self.waits_for.is_none() && (self.lines.has_line() || self.has_input())
    }

    fn has_input(&self) -> bool {
        self.is_open && self.input_ready
    }

    /// Reads as much as one read brings, if what was read before is done.
    pub(super) fn read_once(&mut self) {
        if !self.lines.has_line() && self.has_input() {
            self.read();
        }
    }

    /// The next line that was typed, once the one before is answered.
    pub(super) fn next_line(&mut self) -> Option<String> {
        if self.waits_for.is_some() { None } else { Some(self.lines.next_line()?.text().into_owned()) }
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

    /// Has the rest written, and waits a moment for it to be taken.
    pub(super) fn finish(&self) {
        self.output.finish(LAST_WAIT);
    }

    /// Reads once, if that would not make us wait.
    fn read(&mut self) {
        let would_wait = || !has_input() || is_in_background();
        if !self.is_file && would_wait() {
            self.input_ready = false;
            return;
        }
        let mut bytes = [0; 4096];
        match io::read(stdio::stdin(), &mut bytes) {
            Ok(0) => self.end(),
            Ok(read) => self.lines.feed(&bytes[..read]),
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
        self.lines.end();
        if self.is_terminal {
            self.input_ready = false;
            self.put("\nThe service goes on. Type exit to stop it.\n");
            self.prompt();
        } else {
            self.is_open = false;
        }
    }

    fn prompt(&mut self) {
        if self.is_terminal {
            self.put(PROMPT);
        }
    }

    fn put(&self, text: &str) {
        self.output.say(text);
    }
}

/// Watches standard input. Returns `false` if it is one that cannot be waited for: a file.
fn watch(registry: &Registry) -> std::io::Result<bool> {
    let input = stdio::stdin().as_raw_fd();
    match registry.register(&mut SourceFd(&input), CONSOLE_IN, Interest::READABLE) {
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

/// Whether reading from standard input would not make us wait.
fn has_input() -> bool {
    matches!(poll(&mut [PollFd::new(&stdio::stdin(), PollFlags::IN)], Some(&Timespec::default())), Ok(1..))
}
