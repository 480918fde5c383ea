//! Standard output as a terminal: how large it is, and whether more than plain lines can be shown on it.

use std::io::{IsTerminal, stdout};

use rustix::{stdio, termios};

/// Columns and rows of the terminal; of most, if it does not know. `None` if standard output is none.
pub fn size() -> Option<(u16, u16)> {
    let size = stdout().is_terminal().then(|| termios::tcgetwinsize(stdio::stdout()))?;
    match size {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Some((size.ws_col, size.ws_row)),
        _ => Some((80, 24)),
    }
}

/// Whether standard output is a terminal that knows colours.
pub fn has_colours() -> bool {
    stdout().is_terminal() && std::env::var_os("TERM").is_some_and(|kind| kind != "dumb")
}
