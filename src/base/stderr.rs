//! Error messages on standard error.

use std::io::{self, Write};

/// Prints a sentence and a line end, in a single write: standard error is unbuffered, and several writes would be
/// interleaved with the output of other processes.
pub fn print_error(sentence: &str) {
    // If standard error is closed, nobody can be told.
    let _ = io::stderr().write_all(format!("{sentence}\n").as_bytes());
}
