//! Asks for a password on a terminal, which does not show it.

use std::io::{self, Read, Write};

use rustix::termios::{self, OptionalActions, Termios};

use crate::base::limits::PASSWORD_BYTES;
use crate::base::secret::Secret;

const INTERRUPT: u8 = 3;
const END_OF_INPUT: u8 = 4;
const BACKSPACE: u8 = 8;
const ERASE_LINE: u8 = 21;
const DELETE: u8 = 127;

/// The modes of standard input, to be restored.
struct Raw(Termios);

impl Raw {
    fn enter() -> io::Result<Raw> {
        let before = termios::tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        termios::tcsetattr(io::stdin(), OptionalActions::Flush, &raw)?;
        Ok(Raw(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // If the terminal is gone, there is nothing to restore.
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

/// Asks on standard error, and reads a line of standard input, which is a terminal. `None`: the user gave none.
pub fn ask(prompt: &str) -> io::Result<Option<Secret>> {
    let raw = Raw::enter()?;
    write!(io::stderr(), "{prompt}")?;
    let line = read(&mut io::stdin().lock());
    drop(raw);
    writeln!(io::stderr())?;
    line
}

/// Reads the keys of a line.
fn read(input: &mut impl Read) -> io::Result<Option<Secret>> {
    let mut line = Vec::new();
    let mut byte = [0];
    while input.read(&mut byte)? > 0 {
        match byte[0] {
            b'\r' | b'\n' => {
                let text = String::from_utf8(line).ok().filter(|text| !text.is_empty());
                return Ok(text.map(Secret::from));
            }
            INTERRUPT | END_OF_INPUT => return Ok(None),
            ERASE_LINE => line.clear(),
            BACKSPACE | DELETE => {
                let last = line.iter().rposition(|byte| !is_continued(*byte));
                line.truncate(last.unwrap_or(0));
            }
            byte if line.len() < PASSWORD_BYTES => line.push(byte),
            _ => {}
        }
    }
    Ok(None)
}

/// Whether a byte goes on with a character of UTF-8.
fn is_continued(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_a_password() {
        let typed = |keys: &str| read(&mut keys.as_bytes()).unwrap().map(|secret| secret.expose().to_owned());
        assert_eq!(typed("sesame\r").as_deref(), Some("sesame"));
        assert_eq!(typed("sö\u{7f}\u{7f}\u{7f}ab\u{15}sesamx\u{8}e\n").as_deref(), Some("sesame"));
        for none in ["", "\r", "sesame\u{3}", "sesame\u{4}", "sesame"] {
            assert_eq!(typed(none), None, "{none:?}");
        }
    }
}
