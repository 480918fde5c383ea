//! What goes wrong, told on standard error.

use std::io::{self, Write};

/// Says it, and ends the line. That is one write: standard error has no buffer, and what is written in parts is mixed with what
/// others write to the same terminal or file.
pub fn print_error(sentence: &str) {
    // If standard error is closed there is nobody to tell.
    let _ = io::stderr().write_all(format!("{sentence}\n").as_bytes());
}
