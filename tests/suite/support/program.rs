//! Another program, such as netcat, with the test at its standard input and output.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use crate::support::process::{Killed, TEST_TIMEOUT};

/// The program, killed when this is dropped.
pub struct Program {
    child: Killed,
    keyboard: Option<ChildStdin>,
    screen: Receiver<String>,
}

impl Program {
    /// Starts it. `None` if this machine does not have it.
    pub fn start(words: &[&str]) -> Option<Program> {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let Ok(mut child) = command.spawn() else {
            assert!(std::env::var_os("CI").is_none(), "{} is missing", words[0]);
            eprintln!("not tested: this machine has no {}", words[0]);
            return None;
        };
        let (sender, screen) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Some(Program { keyboard: child.stdin.take(), child: Killed(child), screen })
    }

    pub fn types(&mut self, line: &str) {
        writeln!(self.keyboard.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Waits for this line of output.
    pub fn shows(&self, line: &str) {
        self.shows_that(&format!("{line:?}"), |shown| shown == line);
    }

    /// Waits for a line that begins and ends like this.
    pub fn shows_like(&self, begin: &str, end: &str) -> String {
        self.shows_that(&format!("{begin:?} … {end:?}"), |shown| {
            shown.starts_with(begin) && shown.ends_with(end)
        })
    }

    /// Waits for a line that contains this.
    pub fn shows_with(&self, part: &str) -> String {
        self.shows_that(&format!("… {part:?} …"), |shown| shown.contains(part))
    }

    fn shows_that(&self, wanted: &str, is_meant: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + TEST_TIMEOUT;
        let mut seen = Vec::new();
        while let Ok(shown) = self.screen.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if is_meant(&shown) {
                return shown;
            }
            seen.push(shown);
        }
        panic!("no {wanted} on the screen but {seen:#?}");
    }

    /// Closes its input, and waits until it has ended.
    pub fn ends(&mut self) {
        self.keyboard = None;
        let end = Instant::now() + TEST_TIMEOUT;
        while self.screen.recv_timeout(end.saturating_duration_since(Instant::now())).is_ok() {}
        self.child.0.wait().unwrap();
    }

    /// The remaining lines of its output, up to its end.
    pub fn rest(&mut self) -> Vec<String> {
        let end = Instant::now() + TEST_TIMEOUT;
        let mut lines = Vec::new();
        loop {
            match self.screen.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Disconnected) => return lines,
                Err(RecvTimeoutError::Timeout) => panic!("it goes on after {lines:#?}"),
            }
        }
    }
}
