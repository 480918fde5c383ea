//! The terminal's modes: raw mode and bracketed paste. They are restored however the client ends.

use std::io::{self, Write};
use std::panic;
use std::sync::Once;

use ratatui::crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::layout::Size;
use rustix::process::{Signal, kill_current_process_group};
use rustix::{stdio, termios};

/// Saves the window's title, turns on bracketed paste, and turns off the mouse, which another program may have left on: so text
/// can be selected.
const BEGIN: &str = "\x1b[22;2t\x1b[?2004h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l";

/// Turns off bracketed paste, shows the cursor, ends a synchronized update, resets the style, ends a link, and restores the
/// window's title.
const END: &str = "\x1b[?2004l\x1b[?25h\x1b[?2026l\x1b[0m\x1b]8;;\x1b\\\x1b[23;2t";

/// Raw mode, until this is dropped: keys arrive one by one, and the terminal does not echo them.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Sets the modes. A panic restores them before it is printed.
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

/// Restores the modes, after writing `before`. Idempotent.
fn restore(before: &str) {
    // If the terminal is gone, there is nothing to restore.
    let _ = write(format!("{before}{END}").as_bytes());
    let _ = disable_raw_mode();
}

/// Suspends the program (Ctrl-Z) with the terminal restored; returns when the shell resumes it. The whole process group is
/// stopped, as when the terminal sends the signal: a script or `sudo` around this program has to stop with it. The system ignores
/// the signal if no shell could resume the group.
pub(super) fn suspend() -> io::Result<()> {
    restore("");
    kill_current_process_group(Signal::TSTP)?;
    resume()
}

/// Sets the modes again after a suspension: the shell has changed them.
pub(super) fn resume() -> io::Result<()> {
    disable_raw_mode()?;
    enable_raw_mode()?;
    write(BEGIN.as_bytes())
}

/// Writes everything to the terminal. Blocks while the terminal does not take it.
pub(super) fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// The terminal's size; 80×24 if it is unknown.
pub(super) fn size() -> Size {
    match termios::tcgetwinsize(stdio::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Size::new(size.ws_col, size.ws_row),
        _ => Size::new(80, 24),
    }
}
