//! The operator's console on standard input and output: a terminal, a pipe, a file, or nothing at all.
//!
//! It never blocks the loop: it reads only when there is input, and a thread writes ([`output`]). `admin` knows the commands.

mod output;

use std::io::IsTerminal;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use log::warn;
use mio::unix::SourceFd;
use mio::{Interest, Registry};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::{io, process, stdio, termios};

use crate::admin::{Reply, Watch};
use crate::base::limits::CONSOLE_LINE_BYTES;
use crate::base::line_buffer::LineBuffer;
use crate::base::terminal;
use crate::hub::RoomTraffic;
use crate::journal::Ticket;
use crate::server::CONSOLE_IN;
use crate::terminal::{CLEAR, Mode, Prompt, Typed};
use output::Output;

const PROMPT: &str = "Host $> ";

/// How long the shutdown waits for the console to take its last lines.
const LAST_WAIT: Duration = Duration::from_millis(200);

/// The operator's console.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
pub(super) struct Console {
    /// The input has not ended.
    is_open: bool,
    /// There may be input: set until a read would block.
    input_ready: bool,
    /// The input is a file: the poll does not report it, and it is always ready.
    is_file: bool,
    is_terminal: bool,
    /// How the terminal treats keys, and the line that is edited; none, if it is no terminal that a row can be drawn on.
    prompt: Option<(Mode, Prompt)>,
    /// Tab was pressed.
    wants_words: bool,
    lines: LineBuffer,
    /// The answer to the last line comes later, under this ticket.
    awaited: Option<Ticket>,
    watch: Watch,
    output: Output,
}

impl Console {
    /// Registers standard input with the poll, and starts the writing thread.
    pub(super) fn open(registry: &Registry) -> std::io::Result<Console> {
        let is_file = !watch(registry)?;
        let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let mode = if is_terminal && terminal::has_colours() { Mode::enter(true) } else { None };
        Ok(Console {
            is_open: true,
            input_ready: is_file,
            is_file,
            is_terminal,
            prompt: mode.map(|mode| (mode, Prompt::new(PROMPT))),
            wants_words: false,
            lines: LineBuffer::new(CONSOLE_LINE_BYTES),
            awaited: None,
            watch: Watch::default(),
            output: Output::start()?,
        })
    }

    /// The poll reported input.
    pub(super) fn on_readable(&mut self) {
        self.input_ready = true;
    }

    /// The program was stopped, and goes on: its shell had the terminal meanwhile.
    pub(super) fn resume(&mut self) {
        if let Some((mode, _)) = &self.prompt
            && !is_in_background()
        {
            // If the terminal is gone, nothing can be typed.
            let _ = mode.apply();
            self.draw();
        }
    }

    /// Whether it was a terminal that is gone now.
    pub(super) fn is_terminal_gone(&self) -> bool {
        self.is_terminal && termios::tcgetattr(stdio::stdin()).is_err()
    }

    /// Whether there may be another command without waiting.
    pub(super) fn is_busy(&self) -> bool {
        self.awaited.is_none() && (self.wants_words || self.lines.has_line() || self.has_input())
    }

    fn has_input(&self) -> bool {
        self.is_open && self.input_ready
    }

    /// Reads once, if all lines that were read before are done.
    pub(super) fn read_once(&mut self, now: Instant) {
        if !self.lines.has_line() && self.has_input() {
            self.read(now);
        }
    }

    /// The next line; `None` until the one before is answered.
    pub(super) fn next_line(&mut self) -> Option<String> {
        if self.awaited.is_some() { None } else { Some(self.lines.next_line()?.text().into_owned()) }
    }

    /// What is before the cursor, if words that complete it are wanted.
    pub(super) fn wanted_words(&self) -> Option<String> {
        let (_, prompt) = self.prompt.as_ref().filter(|_| self.wants_words)?;
        Some(prompt.before_cursor().to_owned())
    }

    /// These words complete what is before the cursor.
    pub(super) fn complete(&mut self, words: Vec<String>) {
        self.wants_words = false;
        if let Some((_, prompt)) = &mut self.prompt {
            prompt.complete(words);
        }
        self.edit();
    }

    /// The answer comes later.
    pub(super) fn wait_for(&mut self, ticket: Ticket) {
        self.awaited = Some(ticket);
    }

    /// A late answer came; prints it if its ticket is the awaited one.
    pub(super) fn answer_later(&mut self, ticket: Ticket, reply: &Reply) {
        if self.awaited != Some(ticket) {
            return;
        }
        self.awaited = None;
        self.reply(reply);
    }

    /// Prints the answer to a command, and the prompt.
    pub(super) fn reply(&mut self, reply: &Reply) {
        self.watch.note(reply);
        self.answer(&match (reply.next_page(), reply.qr_code().filter(|_| terminal::has_colours())) {
            (Some(next), _) => format!("{}\nThere is more. Type: {next}", reply.text),
            (None, Some(code)) => format!("{code}\n{}", reply.text),
            (None, None) => reply.text.clone(),
        });
    }

    /// Prints some lines, and the prompt.
    pub(super) fn answer(&mut self, text: &str) {
        if !text.is_empty() {
            self.put(text);
            self.put("\n");
        }
        self.prompt();
    }

    /// Prints a line that is no answer.
    pub(super) fn report(&mut self, line: &str) {
        let clear = if self.prompt.is_some() { CLEAR } else { "" };
        self.put(&format!("{clear}{line}\n"));
    }

    /// Prints what the operator watches of this traffic, above what it is typing.
    pub(super) fn tell(&mut self, traffic: &RoomTraffic) {
        let told = self.watch.told(traffic);
        if told.is_empty() {
            return;
        }
        if self.is_terminal && self.prompt.is_none() {
            self.put("\n");
        }
        for reply in told {
            self.report(&reply.text);
        }
        match self.prompt {
            Some(_) => self.draw(),
            None if self.is_terminal => self.put(PROMPT),
            None => {}
        }
    }

    /// Waits at most [`LAST_WAIT`] for the rest to be written.
    pub(super) fn finish(&self) {
        self.output.finish(LAST_WAIT);
    }

    /// Reads once, unless that would block.
    fn read(&mut self, now: Instant) {
        let would_wait = || !has_input() || is_in_background();
        if !self.is_file && would_wait() {
            self.input_ready = false;
            return;
        }
        let mut bytes = [0; 4096];
        match io::read(stdio::stdin(), &mut bytes) {
            Ok(0) => self.end(),
            Ok(read) => match &mut self.prompt {
                Some((_, prompt)) => {
                    prompt.feed(&bytes[..read], now);
                    self.edit();
                }
                None => self.lines.feed(&bytes[..read]),
            },
            Err(io::Errno::INTR) => {}
            Err(io::Errno::AGAIN) => self.input_ready = false,
            Err(why) => {
                warn!("the console cannot be read any more: {why}");
                self.is_open = false;
            }
        }
    }

    /// The input has ended. On a terminal that was Ctrl-D, and more may follow.
    fn end(&mut self) {
        self.lines.end();
        if self.is_terminal {
            self.input_ready = false;
            self.go_on();
        } else {
            self.is_open = false;
        }
    }

    /// Somebody pressed Ctrl-D.
    fn go_on(&mut self) {
        self.put("\nThe service goes on. Type exit to stop it.\n");
        self.prompt();
    }

    /// Does what the keys mean, until a line is whole or words are wanted.
    fn edit(&mut self) {
        let Some((_, prompt)) = self.prompt.as_mut().filter(|_| self.awaited.is_none()) else { return };
        match prompt.next_typed() {
            // As it was typed, and where its answer begins.
            Some(Typed::Line(line)) => {
                self.put(&format!("{CLEAR}{PROMPT}{line}\n"));
                self.lines.feed(format!("{line}\n").as_bytes());
            }
            Some(Typed::Tab) => self.wants_words = true,
            Some(Typed::End) => self.go_on(),
            Some(Typed::Interrupt) | None => self.draw(),
        }
    }

    fn prompt(&mut self) {
        if self.prompt.is_some() {
            // What was typed meanwhile.
            self.edit();
        } else if self.is_terminal {
            self.put(PROMPT);
        }
    }

    fn draw(&self) {
        if let Some((_, prompt)) = self.prompt.as_ref().filter(|_| self.awaited.is_none()) {
            let columns = terminal::size().map_or(80, |(columns, _)| columns);
            self.put(&prompt.draw(columns.into()));
        }
    }

    fn put(&self, text: &str) {
        self.output.write(text);
    }
}

/// Registers standard input with the poll. Returns `false` if it is a file, which cannot be polled.
fn watch(registry: &Registry) -> std::io::Result<bool> {
    let input = stdio::stdin().as_raw_fd();
    match registry.register(&mut SourceFd(&input), CONSOLE_IN, Interest::READABLE) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => Ok(false),
        Err(e) => Err(e),
    }
}

/// Whether this program is in the background of its terminal: reading would stop it (SIGTTIN).
fn is_in_background() -> bool {
    std::io::stdin().is_terminal()
        && termios::tcgetpgrp(stdio::stdin()).is_ok_and(|group| group != process::getpgrp())
}

/// Whether a read from standard input would not block.
fn has_input() -> bool {
    matches!(poll(&mut [PollFd::new(&stdio::stdin(), PollFlags::IN)], Some(&Timespec::default())), Ok(1..))
}
