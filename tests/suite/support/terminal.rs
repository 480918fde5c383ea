//! A pseudo-terminal: the test types, and looks at the screen.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::fd::AsFd;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, Termios, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

use crate::support::process::{Killed, TEST_TIMEOUT};

/// The cursor position query (DSR 6).
const ASK: &[u8] = b"\x1b[6n";

pub struct Terminal {
    near: File,
    /// The side of the programs. While it is open, its modes can be read.
    far: File,
    name: String,
    /// The modes at the start.
    usual: Termios,
    emulator: vt100::Parser,
    /// Everything that programs wrote.
    pub written: Vec<u8>,
    /// Whether it answers cursor position queries.
    pub answers: bool,
}

impl Terminal {
    pub fn new(columns: u16, rows: u16) -> Terminal {
        let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&near).unwrap();
        unlockpt(&near).unwrap();
        let name = ptsname(&near, Vec::new()).unwrap().into_string().unwrap();
        let far = File::options().read(true).write(true).open(&name).unwrap();
        let usual = tcgetattr(&far).unwrap();
        let emulator = vt100::Parser::new(size(rows), size(columns), 1_000);
        let terminal =
            Terminal { near: near.into(), far, name, usual, emulator, written: Vec::new(), answers: true };
        terminal.tell_size(columns, rows);
        terminal
    }

    /// Runs a program on it.
    pub fn run(&self, command: &mut Command) -> Killed {
        let side = || File::options().read(true).write(true).open(&self.name).unwrap();
        Killed(command.stdin(side()).stdout(side()).stderr(side()).spawn().unwrap())
    }

    /// Resizes it, and sends the program SIGWINCH.
    pub fn resize(&mut self, program: &Killed, columns: u16, rows: u16) {
        self.emulator.set_size(size(rows), size(columns));
        self.tell_size(columns, rows);
        kill_process(Pid::from_child(&program.0), Signal::WINCH).unwrap();
    }

    fn tell_size(&self, columns: u16, rows: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.far, size).unwrap();
    }

    pub fn type_keys(&mut self, keys: &str) {
        self.near.write_all(keys.as_bytes()).unwrap();
    }

    /// The screen, cell by cell.
    pub fn cells(&self) -> &vt100::Screen {
        self.emulator.screen()
    }

    /// The rows of the screen that are not blank.
    pub fn screen(&self) -> Vec<String> {
        self.emulator.screen().contents().lines().map(|row| row.trim_end().to_owned()).collect()
    }

    /// Where the cursor is: row and column.
    pub fn cursor(&self) -> (u16, u16) {
        self.emulator.screen().cursor_position()
    }

    /// Waits until `is_so`. `what` describes it for the failure message.
    pub fn until(&mut self, what: &str, is_so: impl Fn(&Terminal) -> bool) {
        let end = Instant::now() + TEST_TIMEOUT;
        while !is_so(self) {
            let read = self.read(end.saturating_duration_since(Instant::now()));
            assert!(read, "no {what} but {:#?}", self.screen());
        }
    }

    /// Waits until the screen has this row.
    pub fn shows(&mut self, row: &str) {
        self.until(row, |terminal| terminal.screen().iter().any(|shown| shown == row));
    }

    /// Waits until a row contains this.
    pub fn shows_row_with(&mut self, part: &str) {
        self.until(part, |terminal| terminal.screen().iter().any(|shown| shown.contains(part)));
    }

    /// Waits until the program has ended, and reads its output meanwhile. Returns its exit status.
    pub fn until_ended(&mut self, program: &mut Killed) -> Option<i32> {
        let end = Instant::now() + TEST_TIMEOUT;
        loop {
            if let Some(status) = program.0.try_wait().unwrap() {
                while self.read(Duration::ZERO) {}
                return status.code();
            }
            assert!(Instant::now() < end, "it did not end: {:#?}", self.screen());
            self.read(Duration::from_millis(20));
        }
    }

    /// Restores the modes of the start.
    pub fn set_usual_modes(&self) {
        tcsetattr(&self.far, OptionalActions::Now, &self.usual).unwrap();
    }

    /// Its modes.
    pub fn modes(&self) -> [String; 4] {
        let Termios { input_modes, output_modes, control_modes, local_modes, .. } =
            tcgetattr(&self.far).unwrap();
        [
            format!("{input_modes:?}"),
            format!("{output_modes:?}"),
            format!("{control_modes:?}"),
            format!("{local_modes:?}"),
        ]
    }

    /// Reads once. Returns whether something came in time.
    pub fn read(&mut self, within: Duration) -> bool {
        let wait = Timespec::try_from(within).unwrap();
        if poll(&mut [PollFd::new(&self.near.as_fd(), PollFlags::IN)], Some(&wait)).unwrap() == 0 {
            return false;
        }
        let mut bytes = [0; 16 * 1024];
        let read = self.near.read(&mut bytes).unwrap();
        self.emulator.process(&bytes[..read]);
        let seen = self.written.len().saturating_sub(ASK.len() - 1);
        self.written.extend_from_slice(&bytes[..read]);
        let asked = self.written[seen..].windows(ASK.len()).filter(|window| *window == ASK).count();
        for _ in 0..asked {
            if self.answers {
                let (row, column) = self.cursor();
                self.type_keys(&format!("\x1b[{};{}R", row + 1, column + 1));
            }
        }
        true
    }
}

fn size(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}
