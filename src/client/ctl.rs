//! `salon ctl`: sends operators' commands to a server on this machine, over its control socket: one command, at a prompt, or from
//! a pipe. The server parses them.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, ErrorKind, IsTerminal, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::retry_on_intr;
use rustix::stdio::stdin;

use crate::admin::{Reply, Watch, completions, default_paths, paths_of_others};
use crate::base::limits::CONTROL_REPLY_BYTES;
use crate::base::stderr::print_error;
use crate::base::terminal::{self, has_colours};
use crate::base::text::sanitize;
use crate::terminal::{CLEAR, Mode, Prompt, Typed};

const PROMPT: &str = "Host $> ";

/// The options of `salon ctl`.
#[derive(Clone, Debug)]
pub struct Control {
    /// The server's socket, if it is not the default one.
    pub path: Option<PathBuf>,
    /// The server's port, which names the default socket.
    pub port: u16,
    /// Whether to print answers as JSON.
    pub json: bool,
    /// One command; if empty, commands come from standard input.
    pub words: Vec<String>,
}

/// The result of a command.
enum Outcome {
    /// The server replied. True if the command was done.
    Answered(bool),
    /// The command stopped the server, which has ended.
    Ended,
}

struct Operator {
    stream: BufReader<UnixStream>,
    json: bool,
    /// The rooms that it watches.
    watch: Watch,
}

/// Sends a command, or all commands from standard input. Returns false if one failed; the reason is printed.
pub fn control(control: &Control) -> io::Result<bool> {
    let command = control.words.join(" ");
    if command.contains('\n') {
        print_error("A command is one line.");
        return Ok(false);
    }
    let stream = match connect(control) {
        Ok(stream) => BufReader::new(stream),
        Err(sentence) => {
            print_error(&sentence);
            return Ok(false);
        }
    };
    let mut operator = Operator { stream, json: control.json, watch: Watch::default() };
    let result = if control.words.is_empty() {
        let input = io::stdin();
        let is_terminal = input.is_terminal() && io::stdout().is_terminal();
        if is_terminal && has_colours() && Mode::enter(false).is_some() {
            operator.prompt()
        } else {
            operator.converse(&mut input.lock(), is_terminal)
        }
    } else {
        operator.command(command.as_bytes()).and_then(|outcome| match outcome {
            Outcome::Answered(true) if operator.watch.is_on() => operator.show_events(),
            Outcome::Answered(done) => Ok(done),
            Outcome::Ended => Ok(true),
        })
    };
    match result {
        // The reader of our output has seen enough.
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(true),
        Err(e) if e.kind() == ErrorKind::ConnectionAborted => {
            print_error("The service has ended, or does not answer. See its log.");
            Ok(false)
        }
        other => other,
    }
}

impl Operator {
    /// Sends each line of `input`, and prints each reply. Returns whether all commands were done.
    fn converse(&mut self, input: &mut dyn BufRead, is_terminal: bool) -> io::Result<bool> {
        let mut all_done = true;
        let mut line = Vec::new();
        loop {
            if is_terminal {
                show(PROMPT.as_bytes())?;
            }
            line.clear();
            if input.read_until(b'\n', &mut line)? == 0 {
                if is_terminal {
                    show(b"\n")?;
                    return Ok(all_done);
                }
                return Ok(all_done & (!self.watch.is_on() || self.show_events()?));
            }
            match self.command(line.strip_suffix(b"\n").unwrap_or(&line))? {
                // At a prompt the user saw the error, so it does not affect the exit status.
                Outcome::Answered(done) => all_done &= done || is_terminal,
                Outcome::Ended => return Ok(all_done),
            }
        }
    }

    /// Sends each line that is typed at a prompt, and shows each reply. Whoever types sees what was done, so all went well
    /// unless the server is gone.
    fn prompt(&mut self) -> io::Result<bool> {
        let mut prompt = Prompt::new(PROMPT);
        while let Some(line) = self.typed(&mut prompt)? {
            if let Outcome::Ended = self.command(line.as_bytes())? {
                return Ok(true);
            }
        }
        show(b"\n")?;
        Ok(true)
    }

    /// The next line; `None` after Ctrl-C or Ctrl-D. Only meanwhile is the terminal in another mode: while an answer is awaited,
    /// Ctrl-C ends the program as usual.
    fn typed(&mut self, prompt: &mut Prompt) -> io::Result<Option<String>> {
        let Some(_mode) = Mode::enter(false) else { return Ok(None) };
        let columns = || terminal::size().map_or(80, |(columns, _)| columns);
        loop {
            match prompt.next_typed() {
                Some(Typed::Line(line)) => {
                    show(format!("{CLEAR}{PROMPT}{line}\n").as_bytes())?;
                    return Ok(Some(line));
                }
                Some(Typed::End | Typed::Interrupt) => return Ok(None),
                Some(Typed::Tab) => {
                    let words = completions(prompt.before_cursor(), |list| {
                        self.ask(list.as_bytes()).ok().map(|(_, reply)| reply)
                    });
                    prompt.complete(words);
                }
                None => {
                    show(prompt.draw(columns().into()).as_bytes())?;
                    if self.has_news() {
                        show(CLEAR.as_bytes())?;
                        self.show_event()?;
                        continue;
                    }
                    let mut bytes = [0; 4096];
                    // Not through the standard library, which would keep keys of which the poll does not know.
                    match retry_on_intr(|| rustix::io::read(stdin(), &mut bytes))? {
                        0 => return Ok(None),
                        read => prompt.feed(&bytes[..read], Instant::now()),
                    }
                }
            }
        }
    }

    /// Waits for a key, or for something that the server tells without being asked. Returns whether it is the latter.
    fn has_news(&self) -> bool {
        if !self.stream.buffer().is_empty() {
            return true;
        }
        let (input, stream) = (stdin(), self.stream.get_ref());
        let mut both = [PollFd::new(&input, PollFlags::IN), PollFd::new(stream, PollFlags::IN)];
        // If it fails, reading a key waits, too.
        retry_on_intr(|| poll(&mut both, None)).is_ok()
            && both[0].revents().is_empty()
            && !both[1].revents().is_empty()
    }

    /// Shows what the server tells next.
    fn show_event(&mut self) -> io::Result<()> {
        let (line, reply) = self.hear()?;
        self.show(&line, &reply)
    }

    /// Shows what happens in the rooms that it watches, until the server is gone, which is an error.
    fn show_events(&mut self) -> io::Result<bool> {
        loop {
            self.show_event()?;
        }
    }

    /// Sends a command. Returns its reply, as a line and parsed. Shows events that come before.
    fn ask(&mut self, command: &[u8]) -> io::Result<(Vec<u8>, Reply)> {
        // If this fails, the server may have sent a reason, which is read below.
        let _ = self.stream.get_mut().write_all(&[command, &b"\n"[..]].concat());
        loop {
            match self.hear()? {
                (line, reply) if reply.is_event() => self.show(&line, &reply)?,
                heard => return Ok(heard),
            }
        }
    }

    /// The next line of the server, also parsed. `ConnectionAborted`: there is none.
    fn hear(&mut self) -> io::Result<(Vec<u8>, Reply)> {
        let mut line = Vec::new();
        let read = (&mut self.stream).take(CONTROL_REPLY_BYTES).read_until(b'\n', &mut line);
        let reply = read.ok().and_then(|_| serde_json::from_slice(&line).ok());
        reply.map(|reply| (line, reply)).ok_or(ErrorKind::ConnectionAborted.into())
    }

    fn show(&self, line: &[u8], reply: &Reply) -> io::Result<()> {
        if self.json { show(harmless_json(line).as_bytes()) } else { show_reply(reply) }
    }

    /// Sends a command, and prints its reply, page by page.
    fn command(&mut self, command: &[u8]) -> io::Result<Outcome> {
        let mut command = command.to_vec();
        loop {
            let (line, reply) = self.ask(&command)?;
            self.show(&line, &reply)?;
            self.watch.note(&reply);
            if reply.is_last() {
                self.wait_for_end();
                return Ok(Outcome::Ended);
            }
            match reply.next_page() {
                Some(next) => command = next.as_bytes().to_vec(),
                None => return Ok(Outcome::Answered(reply.ok)),
            }
        }
    }

    /// Waits until the server closes the connection, which happens when the service has ended.
    fn wait_for_end(&mut self) {
        let mut dropped = [0; 4096];
        // An error also means the end.
        while matches!(self.stream.read(&mut dropped), Ok(1..)) {}
    }
}

/// Connects to the server's socket. An error says what to do.
pub(super) fn connect(control: &Control) -> Result<UnixStream, String> {
    let paths = control.path.clone().map_or_else(|| default_paths(control.port), |path| vec![path]);
    let mut complaint = None;
    for path in &paths {
        match UnixStream::connect(path) {
            Ok(stream) => return Ok(stream),
            Err(why) if is_absent(&why) => {}
            Err(why) => complaint = complaint.or_else(|| Some(unusable(path, &why))),
        }
    }
    let others = if control.path.is_none() { paths_of_others(control.port) } else { None };
    let mut found: Vec<(&Path, UnixStream)> = others
        .iter()
        .flatten()
        .filter_map(|path| Some((path.as_path(), UnixStream::connect(path).ok()?)))
        .collect();
    if found.len() > 1 {
        let names: Vec<String> = found.iter().map(|(path, _)| path.display().to_string()).collect();
        return Err(format!("Several servers run here. Choose one with --control: {}.", names.join(", ")));
    }
    match (found.pop(), complaint) {
        (Some((_, stream)), _) => Ok(stream),
        (None, Some(complaint)) => Err(complaint),
        (None, None) => {
            let looked: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            let elsewhere = if others.is_some() { ", nor another user's below /run or /tmp" } else { "" };
            Err(format!(
                "There is no server at {}{elsewhere}. Start one with salon serve, or name its port with -p or its socket with \
                 --control.",
                looked.join(" or ")
            ))
        }
    }
}

/// Whether no server is there.
fn is_absent(why: &io::Error) -> bool {
    matches!(why.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused)
}

fn unusable(path: &Path, why: &io::Error) -> String {
    let path = path.display();
    match why.kind() {
        ErrorKind::PermissionDenied => format!(
            "You may not use {path}: it is for the user who runs the server. Run this as that user, or as root."
        ),
        _ => format!("{path} cannot be used: {why}. Name the server's socket with --control."),
    }
}

/// Prints a reply as text. A sentence that stands in for an empty page goes to standard error, so that exports stay clean.
fn show_reply(reply: &Reply) -> io::Result<()> {
    if let Some(code) = reply.qr_code().filter(|_| has_colours()) {
        show(format!("{code}\n").as_bytes())?;
    }
    if reply.is_empty_page() {
        print_error(&harmless_lines(&reply.text));
    } else if !reply.text.is_empty() {
        show(format!("{}\n", harmless_lines(&reply.text)).as_bytes())?;
    }
    Ok(())
}

/// Sanitizes each line: a socket named on the command line may belong to anybody.
fn harmless_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| sanitize(line.as_bytes())).collect();
    lines.join("\n")
}

/// Escapes control characters in a line of JSON. In valid JSON they occur in strings only, so its value stays the same.
fn harmless_json(line: &[u8]) -> String {
    let mut safe = String::new();
    for c in String::from_utf8_lossy(line).trim_end().chars() {
        let text = c.to_string();
        if sanitize(text.as_bytes()) == text && !c.is_control() {
            safe.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe.push('\n');
    safe
}

fn show(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
