//! Parses a terminal's bytes into keys. A key may be split between reads.
//!
//! The Escape key sends the byte that also begins escape sequences; only a timeout tells them apart. Unknown sequences are
//! dropped as a whole, so that no part of them is typed.

use std::time::{Duration, Instant};

use crate::base::limits::{ESCAPE_TIMEOUT, PASTE_BYTES, PASTE_TIMEOUT};
use crate::base::text::is_unsafe;

/// A key, a paste, or a reply of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// A letter with Ctrl, in lower case.
    Ctrl(char),
    /// A letter with Alt, or after Escape, in lower case.
    Alt(char),
    /// Enter.
    Enter,
    /// Enter with Alt, or after Escape.
    AltEnter,
    /// Tab.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Deletes the character before the cursor.
    Backspace,
    /// Alt-Backspace: deletes the word before the cursor.
    WordBackspace,
    /// Deletes the character at the cursor.
    Delete,
    /// Left arrow.
    Left,
    /// Right arrow.
    Right,
    /// Up arrow.
    Up,
    /// Down arrow.
    Down,
    /// Left arrow with Ctrl or Alt.
    WordLeft,
    /// Right arrow with Ctrl or Alt.
    WordRight,
    /// Home.
    Home,
    /// End.
    End,
    /// Escape.
    Escape,
    /// The function key F2.
    F2,
    /// A bracketed paste.
    Paste(String),
    /// The terminal's cursor position report, counted from 0.
    CursorAt {
        /// The column.
        x: u16,
        /// The row.
        y: u16,
    },
}

/// The longest control sequence.
const SEQUENCE_BYTES: usize = 32;

/// Ends a bracketed paste.
const PASTE_END: &[u8] = b"\x1b[201~";

/// The parser: [`feed`](Keys::feed) it bytes, then call [`next_key`](Keys::next_key) until `None`.
#[derive(Debug, Default)]
pub struct Keys {
    /// Bytes that are not parsed yet.
    buffer: Vec<u8>,
    /// The paste so far, while one is being read.
    paste: Option<Vec<u8>>,
    /// When bytes came last.
    since: Option<Instant>,
}

/// What the buffer begins with.
enum Step {
    /// A key of this many bytes.
    Key(Key, usize),
    /// This many bytes to drop: an unknown sequence.
    Skip(usize),
    /// The beginning of a paste, of this many bytes.
    Paste(usize),
    /// An incomplete key.
    Wait,
}

impl Keys {
    /// Adds bytes.
    pub fn feed(&mut self, bytes: &[u8], now: Instant) {
        self.buffer.extend_from_slice(bytes);
        self.since = Some(now);
    }

    /// The next key, or `None` until more bytes come.
    pub fn next_key(&mut self) -> Option<Key> {
        loop {
            if self.paste.is_some() {
                return self.continue_paste();
            }
            match step(&self.buffer) {
                Step::Key(key, bytes) => {
                    self.buffer.drain(..bytes);
                    return Some(key);
                }
                Step::Skip(bytes) => drop(self.buffer.drain(..bytes)),
                Step::Paste(bytes) => {
                    self.buffer.drain(..bytes);
                    self.paste = Some(Vec::new());
                }
                Step::Wait => return None,
            }
        }
    }

    /// When to call [`handle_timeout`](Keys::handle_timeout) if no more bytes come.
    pub fn next_deadline(&self) -> Option<Instant> {
        let wait: Duration = match &self.paste {
            Some(_) => PASTE_TIMEOUT,
            None if self.buffer.is_empty() => return None,
            None => ESCAPE_TIMEOUT,
        };
        self.since.map(|since| since + wait)
    }

    /// Resolves an incomplete key at the deadline: Escape alone is the Escape key, and an unfinished paste ends.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Key> {
        self.next_deadline().filter(|at| *at <= now)?;
        if let Some(mut paste) = self.paste.take() {
            paste.append(&mut self.buffer);
            return Some(pasted(&paste));
        }
        let escape = self.buffer == b"\x1b";
        self.buffer.clear();
        escape.then_some(Key::Escape)
    }

    fn continue_paste(&mut self) -> Option<Key> {
        let mut paste = self.paste.take()?;
        if let Some(at) = memchr::memmem::find(&self.buffer, PASTE_END) {
            paste.extend_from_slice(&self.buffer[..at]);
            self.buffer.drain(..at + PASTE_END.len());
            return Some(pasted(&paste));
        }
        // The last bytes may begin `PASTE_END`.
        let sure = self.buffer.len().saturating_sub(PASTE_END.len() - 1);
        let room = PASTE_BYTES.saturating_sub(paste.len());
        paste.extend_from_slice(&self.buffer[..sure.min(room)]);
        self.buffer.drain(..sure);
        self.paste = Some(paste);
        None
    }
}

fn pasted(bytes: &[u8]) -> Key {
    Key::Paste(String::from_utf8_lossy(bytes).into_owned())
}

fn step(bytes: &[u8]) -> Step {
    match *bytes {
        [] => Step::Wait,
        [0x1b, ..] => escape(bytes),
        [b'\r' | b'\n', ..] => Step::Key(Key::Enter, 1),
        [b'\t', ..] => Step::Key(Key::Tab, 1),
        [0x7f | 0x08, ..] => Step::Key(Key::Backspace, 1),
        [c @ 1..=26, ..] => Step::Key(Key::Ctrl(char::from(c - 1 + b'a')), 1),
        [0..=31, ..] => Step::Skip(1),
        _ => character(bytes, Key::Char),
    }
}

/// A character of one to four bytes.
fn character(bytes: &[u8], key: fn(char) -> Key) -> Step {
    let head = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(e) if e.valid_up_to() == 0 => {
            return match e.error_len() {
                None => Step::Wait,
                Some(bytes) => Step::Key(Key::Char(char::REPLACEMENT_CHARACTER), bytes),
            };
        }
        Err(e) => std::str::from_utf8(&head[..e.valid_up_to()]).unwrap_or_default(),
    };
    match valid.chars().next() {
        // Terminals without bracketed paste send pasted text as keys.
        Some(c) if is_unsafe(c) => Step::Skip(c.len_utf8()),
        Some(c) => Step::Key(key(c), c.len_utf8()),
        None => Step::Wait,
    }
}

fn escape(bytes: &[u8]) -> Step {
    match bytes.get(1) {
        None => Step::Wait,
        Some(b'[') => control_sequence(bytes),
        Some(b'O') => match bytes.get(2) {
            None => Step::Wait,
            Some(last) => named(*last, "").map_or(Step::Skip(3), |key| Step::Key(key, 3)),
        },
        Some(0x1b) => Step::Key(Key::Escape, 1),
        Some(0x7f | 0x08) => Step::Key(Key::WordBackspace, 2),
        Some(b'\r' | b'\n') => Step::Key(Key::AltEnter, 2),
        Some(0..=31) => Step::Skip(2),
        Some(_) => match character(&bytes[1..], |c| Key::Alt(c.to_lowercase().next().unwrap_or(c))) {
            Step::Key(key, bytes) => Step::Key(key, bytes + 1),
            Step::Skip(bytes) => Step::Skip(bytes + 1),
            other => other,
        },
    }
}

/// `ESC [ parameters final`.
fn control_sequence(bytes: &[u8]) -> Step {
    let body = &bytes[2..];
    if body.first() == Some(&b'[') {
        // A function key of the Linux console.
        return match body.get(1) {
            None => Step::Wait,
            Some(b'B') => Step::Key(Key::F2, 4),
            Some(_) => Step::Skip(4),
        };
    }
    let Some(end) = body.iter().position(|b| !(0x20..0x40).contains(b)) else {
        return if body.len() > SEQUENCE_BYTES { Step::Skip(bytes.len()) } else { Step::Wait };
    };
    if !(0x40..0x7f).contains(&body[end]) {
        // Interrupted by another byte, which is parsed on its own.
        return Step::Skip(2 + end);
    }
    let parameters = std::str::from_utf8(&body[..end]).unwrap_or_default();
    let whole = 2 + end + 1;
    match (body[end], parameters) {
        (b'~', "200") => Step::Paste(whole),
        (last, parameters) => named(last, parameters).map_or(Step::Skip(whole), |key| Step::Key(key, whole)),
    }
}

/// The key of a control sequence with this final byte and these parameters.
fn named(last: u8, parameters: &str) -> Option<Key> {
    let mut numbers = parameters.split(';').map(|number| number.parse::<u16>().unwrap_or(0));
    let (first, second) = (numbers.next().unwrap_or(0), numbers.next());
    // The parameter is 1 + Shift (1) + Alt (2) + Ctrl (4).
    let by_word = second.is_some_and(|modifiers| modifiers.saturating_sub(1) & 0b110 != 0);
    Some(match (last, first) {
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'C', _) if by_word => Key::WordRight,
        (b'C', _) => Key::Right,
        (b'D', _) if by_word => Key::WordLeft,
        (b'D', _) => Key::Left,
        (b'H', _) | (b'~', 1 | 7) => Key::Home,
        (b'F', _) | (b'~', 4 | 8) => Key::End,
        (b'~', 3) if by_word => Key::Alt('d'),
        (b'~', 3) => Key::Delete,
        (b'Q', 0) | (b'~', 12) => Key::F2,
        (b'M', 0) => Key::Enter,
        (b'Z', _) => Key::BackTab,
        (b'R', y) => Key::CursorAt { x: second?.saturating_sub(1), y: y.saturating_sub(1) },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(pieces: &[&[u8]]) -> Vec<Key> {
        let (mut keys, mut found, now) = (Keys::default(), Vec::new(), Instant::now());
        for piece in pieces {
            keys.feed(piece, now);
            found.extend(std::iter::from_fn(|| keys.next_key()));
        }
        found.extend(keys.handle_timeout(now + PASTE_TIMEOUT));
        found
    }

    #[test]
    fn what_a_terminal_would_obey_is_not_typed() {
        assert_eq!(keys(&["a\u{202e}\u{2029}\u{9b}b".as_bytes()]), [Key::Char('a'), Key::Char('b')]);
    }

    #[test]
    fn keys_of_many_terminals() {
        for (bytes, key) in [
            (&b"a"[..], Key::Char('a')),
            ("é".as_bytes(), Key::Char('é')),
            ("😀".as_bytes(), Key::Char('😀')),
            (b"\xff", Key::Char('\u{fffd}')),
            (b"\r", Key::Enter),
            (b"\x01", Key::Ctrl('a')),
            (b"\x7f", Key::Backspace),
            (b"\x1b\x7f", Key::WordBackspace),
            (b"\x1bb", Key::Alt('b')),
            (b"\x1bF", Key::Alt('f')),
            (b"\x1b[A", Key::Up),
            (b"\x1bOA", Key::Up),
            (b"\x1b[1;5C", Key::WordRight),
            (b"\x1b[1;3D", Key::WordLeft),
            (b"\x1b[1;2D", Key::Left),
            (b"\x1b[H", Key::Home),
            (b"\x1b[1~", Key::Home),
            (b"\x1bOF", Key::End),
            (b"\x1b[8~", Key::End),
            (b"\x1b[3~", Key::Delete),
            (b"\x1b[Z", Key::BackTab),
            (b"\x1b", Key::Escape),
            (b"\x1b\r", Key::AltEnter),
            (b"\x1bOQ", Key::F2),
            (b"\x1b[12~", Key::F2),
            (b"\x1b[[B", Key::F2),
            (b"\x1b1", Key::Alt('1')),
            (b"\x1b[12;40R", Key::CursorAt { x: 39, y: 11 }),
            (b"\x1b[200~a\rb\x1b[A\x1b[201~", Key::Paste("a\rb\x1b[A".into())),
            (b"\x1b[200~never ended", Key::Paste("never ended".into())),
        ] {
            assert_eq!(keys(&[bytes]), std::slice::from_ref(&key), "{bytes:?}");
            let cut: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(keys(&cut), [key], "{bytes:?} in pieces");
        }
    }

    #[test]
    fn what_is_not_known_is_not_typed() {
        for bytes in [&b"\x1b[15~"[..], b"\x1b[[A", b"\x1b[?1;2c", b"\x1bOP", b"\x1b[I", b"\0", b"\x1c"] {
            assert_eq!(keys(&[bytes, b"x"]), [Key::Char('x')], "{bytes:?}");
        }
    }
}
