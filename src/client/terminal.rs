//! The terminal's modes, and that they are as they were before, however the client ends.

use std::io::{self, Write};
use std::panic;
use std::sync::Once;

use ratatui::crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::layout::Size;
use rustix::process::{Signal, kill_current_process_group};
use rustix::{stdio, termios};

/// Pastes are announced as such.
const BEGIN: &str = "\x1b[?2004h";

/// Pastes are not announced, the cursor is seen, scrolling concerns the whole screen, and nothing has a style.
const END: &str = "\x1b[?2004l\x1b[?25h\x1b[?2026l\x1b[0m";

/// As long as this lives, keys arrive one by one, and are not shown by the terminal itself.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Changes the modes. A panic changes them back before it is told of.
    pub fn enter() -> io::Result<Guard> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let report = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                restore("\r\x1b[J");
                report(info);
            }));
        });
        enable_raw_mode()?;
        let guard = Guard(());
        write(BEGIN.as_bytes())?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore("");
    }
}

/// Changes everything back. Does nothing if it was changed back already.
fn restore(before: &str) {
    // If the terminal is gone, nothing is left to restore.
    let _ = write(format!("{before}{END}").as_bytes());
    let _ = disable_raw_mode();
}

/// Stops this program, with the terminal as it was, until its shell has it go on. Whoever runs it in the shell's name (a script,
/// `sudo`) stops as well, as it does where the terminal itself sends the signal: the shell waits for all of them. Where no
/// shell could have it go on, the system does not stop it.
pub(super) fn suspend() -> io::Result<()> {
    restore("");
    kill_current_process_group(Signal::TSTP)?;
    resume()
}

/// It was stopped, and goes on: the terminal has the modes that a shell left it with.
pub(super) fn resume() -> io::Result<()> {
    disable_raw_mode()?;
    enable_raw_mode()?;
    write(BEGIN.as_bytes())
}

/// Writes to the terminal, all at once. That may wait for the terminal, and for nothing else.
pub(super) fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// How large the terminal is; as most are, if it does not know.
pub(super) fn size() -> Size {
    match termios::tcgetwinsize(stdio::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Size::new(size.ws_col, size.ws_row),
        _ => Size::new(80, 24),
    }
}
