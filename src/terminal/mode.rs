//! How a terminal treats what is typed, while a prompt edits it.

use rustix::io;
use rustix::process::getpgrp;
use rustix::stdio::stdin;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};

/// As long as this lives, each key arrives at once, and the terminal shows none of them itself.
#[derive(Debug)]
pub struct Mode {
    before: Termios,
    /// Whether Ctrl-C and Ctrl-Z still send signals.
    signals: bool,
}

impl Mode {
    /// Changes the terminal that standard input is. `None` if it is none, or if this program is in its background, where
    /// changing it would stop the program.
    pub fn enter(signals: bool) -> Option<Mode> {
        if is_in_background() {
            return None;
        }
        let mode = Mode { before: tcgetattr(stdin()).ok()?, signals };
        mode.apply().ok()?;
        Some(mode)
    }

    /// Changes it again, after a shell had it.
    pub fn apply(&self) -> io::Result<()> {
        let mut modes = self.before.clone();
        modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::IEXTEN);
        if !self.signals {
            modes.local_modes.remove(LocalModes::ISIG);
        }
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(stdin(), OptionalActions::Now, &modes)
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        if !is_in_background() {
            // If the terminal is gone, nothing is left to restore.
            let _ = tcsetattr(stdin(), OptionalActions::Now, &self.before);
        }
    }
}

/// Whether this program is in the background of its terminal. One whose terminal does not control it never is.
fn is_in_background() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|group| group != getpgrp())
}
