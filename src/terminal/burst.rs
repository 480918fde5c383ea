//! Notices pasted lines on terminals without bracketed paste: their keys come faster than anybody types.
//!
//! An Enter within a burst of keys waits until the burst is over. If it was long and went on after the Enter, what waited
//! becomes a paste; else the keys count as typed.

use std::time::Instant;

use crate::base::limits::{PASTE_BYTES, PASTE_GAP, PASTE_KEYS};
use crate::terminal::keys::Key;

/// The keys of a burst. Time is an argument.
#[derive(Debug)]
pub struct Burst {
    /// Whether a line stands for itself, so that it makes no paste with others.
    is_apart: fn(&str) -> bool,
    /// What came since the first Enter of the burst, from that on.
    held: String,
    /// How many keys the burst has.
    keys: usize,
    /// When the last key came.
    last: Option<Instant>,
}

impl Burst {
    /// No keys yet. If each line of a burst is one that `is_apart`, it counts as typed.
    pub fn new(is_apart: fn(&str) -> bool) -> Burst {
        Burst { is_apart, held: String::new(), keys: 0, last: None }
    }

    /// Takes a key. Returns the keys that count now, in order.
    pub fn take(&mut self, key: Key, now: Instant) -> Vec<Key> {
        let is_fast = self.last.is_some_and(|last| now < last + PASTE_GAP);
        let mut keys = if is_fast { Vec::new() } else { self.release() };
        self.last = Some(now);
        let text = match key {
            Key::Char(c) => c,
            Key::Enter => '\n',
            Key::Tab => '\t',
            _ => {
                keys.extend(self.release());
                keys.push(key);
                return keys;
            }
        };
        self.keys += 1;
        if self.held.is_empty() && (key != Key::Enter || !is_fast) {
            keys.push(key);
        } else if self.held.len() < PASTE_BYTES {
            self.held.push(text);
        }
        keys
    }

    /// When to call [`handle_timeout`](Burst::handle_timeout) if no more keys come.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.last.filter(|_| !self.held.is_empty()).map(|last| last + PASTE_GAP)
    }

    /// Ends the burst at its deadline. Returns the keys that waited.
    pub fn handle_timeout(&mut self, now: Instant) -> Vec<Key> {
        if self.next_deadline().is_some_and(|at| at <= now) { self.release() } else { Vec::new() }
    }

    fn release(&mut self) -> Vec<Key> {
        let (held, keys) = (std::mem::take(&mut self.held), std::mem::take(&mut self.keys));
        let mut lines = held.lines().filter(|line| !line.trim().is_empty()).peekable();
        if keys >= PASTE_KEYS && lines.peek().is_some() && !lines.all(self.is_apart) {
            return vec![Key::Paste(held)];
        }
        let key = |c| match c {
            '\n' => Key::Enter,
            '\t' => Key::Tab,
            c => Key::Char(c),
        };
        held.chars().map(key).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn is_command(line: &str) -> bool {
        line.starts_with('/')
    }

    const NEVER: fn(&str) -> bool = |_| false;

    /// The keys of a text, with a pause after each. `Ok`: a key; `Err`: a paste.
    fn typed(text: &str, pause: Duration) -> Vec<Result<char, String>> {
        let (mut burst, mut now, mut keys) = (Burst::new(is_command), Instant::now(), Vec::new());
        for c in text.chars() {
            keys.extend(burst.take(if c == '\n' { Key::Enter } else { Key::Char(c) }, now));
            now += pause;
            keys.extend(burst.handle_timeout(now));
        }
        keys.extend(burst.handle_timeout(now + PASTE_GAP));
        assert_eq!(burst.next_deadline(), None);
        let shown = keys.into_iter().map(|key| match key {
            Key::Char(c) => Ok(c),
            Key::Enter => Ok('\n'),
            Key::Paste(text) => Err(text),
            other => panic!("{other:?}"),
        });
        shown.collect()
    }

    fn keys(text: &str) -> Vec<Result<char, String>> {
        text.chars().map(Ok).collect()
    }

    #[test]
    fn only_fast_lines_are_a_paste() {
        let lines = "fn main() {\n    go();\n}\n";
        assert_eq!(typed(lines, PASTE_GAP), keys(lines), "as fast as a hand");
        let pasted = [keys("fn main() {"), vec![Err("\n    go();\n}\n".to_owned())]].concat();
        assert_eq!(typed(lines, Duration::ZERO), pasted);
        assert_eq!(typed(lines, PASTE_GAP / 2), pasted);
    }

    #[test]
    fn one_line_and_short_bursts_are_typed() {
        for text in
            ["a line that a program types\n", "\n\n\n", "hi\n/who\n", "a line that a program types\n\n\n"]
        {
            assert_eq!(typed(text, Duration::ZERO), keys(text), "{text:?}");
        }
    }

    /// What a program types as commands, one after another, is done one after another.
    #[test]
    fn commands_are_no_paste() {
        for text in ["/join thrones\n/lord\n/begin\n", "and a sentence first\n/lord\n\n/begin\n"] {
            assert_eq!(typed(text, Duration::ZERO), keys(text), "{text:?}");
        }
        let mixed = "/join thrones\n/lord\nhello there\n";
        assert_eq!(typed(mixed, Duration::ZERO).pop(), Some(Err("\n/lord\nhello there\n".to_owned())));
    }

    /// Each key counts at once, even an Enter; and a key that comes right after it, as two hands type, makes no paste.
    #[test]
    fn typed_keys_do_not_wait() {
        let (mut burst, mut now) = (Burst::new(NEVER), Instant::now());
        for _ in 0..2 * PASTE_KEYS {
            assert_eq!(burst.take(Key::Char('x'), now), [Key::Char('x')]);
            now += PASTE_GAP;
        }
        assert_eq!(burst.take(Key::Enter, now), [Key::Enter]);
        assert_eq!(burst.take(Key::Char('y'), now + PASTE_GAP / 4), [Key::Char('y')]);
        assert_eq!(burst.next_deadline(), None);
    }

    #[test]
    fn another_key_ends_a_burst() {
        let (mut burst, now) = (Burst::new(NEVER), Instant::now());
        for c in "ab".chars() {
            assert_eq!(burst.take(Key::Char(c), now), [Key::Char(c)]);
        }
        assert_eq!(burst.take(Key::Enter, now), []);
        assert_eq!(burst.take(Key::Up, now), [Key::Enter, Key::Up]);
    }
}
