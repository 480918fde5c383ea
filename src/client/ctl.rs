//! `salon ctl`: an operator's commands for a server on this machine, over its socket. One, or at a prompt, or as a filter.
//!
//! It knows no command: the server parses them.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, ErrorKind, IsTerminal, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use crate::admin::{Reply, default_paths};
use crate::base::limits::CONTROL_REPLY_BYTES;
use crate::base::stderr::print_error;
use crate::base::text::sanitize;

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

/// What came of a command.
enum Outcome {
    /// It was answered: whether it was done.
    Answered(bool),
    /// It was the end of the service, which is over now.
    Ended,
    /// There was no answer.
    Gone,
}

struct Operator {
    stream: BufReader<UnixStream>,
    json: bool,
}

/// Says a command to a server, or all that is typed. Reconnect whether all was done; if not, it was said why.
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
    let mut operator = Operator { stream, json: control.json };
    let result = if control.words.is_empty() {
        let input = io::stdin();
        let is_terminal = input.is_terminal() && io::stdout().is_terminal();
        operator.converse(&mut input.lock(), is_terminal)
    } else {
        operator.command(command.as_bytes()).map(|outcome| outcome.is_good())
    };
    match result {
        // Whoever reads us has enough.
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(true),
        other => other,
    }
}

impl Operator {
    /// Says each line of `input`, and shows each answer. Reconnect whether all was done.
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
                }
                return Ok(all_done);
            }
            match self.command(line.strip_suffix(b"\n").unwrap_or(&line))? {
                // Who typed it has seen what came of it.
                Outcome::Answered(done) => all_done &= done || is_terminal,
                Outcome::Ended => return Ok(all_done),
                Outcome::Gone => return Ok(false),
            }
        }
    }

    /// Sends a command, and prints its answer, page by page.
    fn command(&mut self, command: &[u8]) -> io::Result<Outcome> {
        let mut command = command.to_vec();
        loop {
            // If it does not take this, it may have said why.
            let _ = self.stream.get_mut().write_all(&[&command, &b"\n"[..]].concat());
            let mut line = Vec::new();
            let read = (&mut self.stream).take(CONTROL_REPLY_BYTES).read_until(b'\n', &mut line);
            let Some(reply) = read.ok().and_then(|_| serde_json::from_slice::<Reply>(&line).ok()) else {
                print_error("The service has ended, or does not answer. See its log.");
                return Ok(Outcome::Gone);
            };
            if self.json {
                show(harmless_json(&line).as_bytes())?;
            } else {
                show_reply(&reply)?;
            }
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

    /// Waits until the server closes the connection: that is when the service has ended.
    fn wait_for_end(&mut self) {
        let mut dropped = [0; 4096];
        // A connection that breaks has ended too.
        while matches!(self.stream.read(&mut dropped), Ok(1..)) {}
    }
}

impl Outcome {
    fn is_good(&self) -> bool {
        matches!(self, Outcome::Answered(true) | Outcome::Ended)
    }
}

/// Connects to the server. An error says what to do.
fn connect(control: &Control) -> Result<UnixStream, String> {
    let paths = control.path.clone().map_or_else(|| default_paths(control.port), |path| vec![path]);
    let mut complaint = None;
    for path in &paths {
        match UnixStream::connect(path) {
            Ok(stream) => return Ok(stream),
            Err(why) => complaint = complaint.or_else(|| Some(unreachable(path, &why))),
        }
    }
    Err(complaint.unwrap_or_default())
}

fn unreachable(path: &Path, why: &io::Error) -> String {
    let path = path.display();
    match why.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => format!(
            "There is no server at {path}. Start one with salon serve, or name its port with -p or its socket with --control."
        ),
        ErrorKind::PermissionDenied => format!(
            "You may not use {path}: it is for the user who runs the server. Run this as that user, or as root."
        ),
        _ => format!("{path} cannot be used: {why}. Name the server's socket with --control."),
    }
}

/// Shows an answer to people. Where messages were asked for and there are none, nothing stands in their place.
fn show_reply(reply: &Reply) -> io::Result<()> {
    if reply.is_empty_page() {
        print_error(&harmless_lines(&reply.text));
    } else if !reply.text.is_empty() {
        show(format!("{}\n", harmless_lines(&reply.text)).as_bytes())?;
    }
    Ok(())
}

/// Lines with nothing in them that a terminal would obey: a socket that was named may be anybody's.
fn harmless_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| sanitize(line.as_bytes())).collect();
    lines.join("\n")
}

/// A line of JSON that says the same, with all that a terminal would obey escaped. Such characters stand in strings only.
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
