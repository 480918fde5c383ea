//! Applies the editing keys of terminals that leave line editing to the server: telnet in character mode, and netcat
//! on a raw terminal.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// Backspace and delete erase the last character.
const BACKSPACE: u8 = 0x08;
pub(super) const ERASE: u8 = 0x7f;
/// Ctrl-U erases the line.
pub(super) const ERASE_LINE: u8 = 0x15;
/// Ctrl-W erases the last word.
const ERASE_WORD: u8 = 0x17;

/// Whether a byte is an editing key. None of them is part of another character.
pub(super) fn is_key(byte: u8) -> bool {
    matches!(byte, BACKSPACE | ERASE | ERASE_LINE | ERASE_WORD)
}

/// The line after its editing keys are applied. If it has any, invalid UTF-8 becomes U+FFFD.
pub(super) fn edited(line: &[u8]) -> Cow<'_, [u8]> {
    if !line.iter().copied().any(is_key) {
        return Cow::Borrowed(line);
    }
    let line = String::from_utf8_lossy(line);
    let mut kept = Kept::default();
    for typed in line.split_inclusive(|c| u8::try_from(c).is_ok_and(is_key)) {
        match typed.as_bytes().split_last() {
            Some((&key, before)) if is_key(key) => {
                kept.append(&typed[..before.len()]);
                kept.press(key);
            }
            _ => kept.append(typed),
        }
    }
    Cow::Owned(kept.text.into_bytes())
}

/// The rest of the line so far.
#[derive(Default)]
struct Kept {
    text: String,
    /// Where each grapheme begins: a letter with its marks is one.
    starts: Vec<usize>,
}

impl Kept {
    fn append(&mut self, typed: &str) {
        let from = self.text.len();
        // A combining mark extends the character before it.
        let joins = from > 0 && typed.starts_with(is_combining_mark);
        let starts = typed.grapheme_indices(true).map(|(at, _)| from + at);
        self.starts.extend(starts.skip(usize::from(joins)));
        self.text.push_str(typed);
    }

    fn press(&mut self, key: u8) {
        match key {
            ERASE_LINE => {
                self.text.clear();
                self.starts.clear();
            }
            ERASE_WORD => {
                while self.ends_blank() == Some(true) {
                    self.erase();
                }
                while self.ends_blank() == Some(false) {
                    self.erase();
                }
            }
            _ => self.erase(),
        }
    }

    /// Whether the last character is white space. `None`: there is none.
    fn ends_blank(&self) -> Option<bool> {
        self.text.chars().next_back().map(char::is_whitespace)
    }

    fn erase(&mut self) {
        self.text.truncate(self.starts.pop().unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_what_they_do_in_a_terminal() {
        for (typed, meant) in [
            ("Bon\x08b", "Bob"),
            ("Bon\x7fb", "Bob"),
            ("\x08\x7f\x17\x15Bob", "Bob"),
            ("ab\x08\x08\x08\x08c", "c"),
            ("Jör\x08\x08org", "Jorg"),
            ("Jo\u{308}\x08ö", "Jö"),
            ("你好\x08们", "你们"),
            ("👩‍💻\x08👍🏽\x7f🇳🇴🇸🇪\x08!", "🇳🇴!"),
            ("xa\x08\u{301}\x08y", "y"),
            ("one two\x17three", "one three"),
            ("one two  \x17three", "one three"),
            ("one\x17\x17two", "two"),
            ("oops\x15/who", "/who"),
            ("plain", "plain"),
        ] {
            assert_eq!(edited(typed.as_bytes()), meant.as_bytes(), "{typed:?}");
        }
        assert_eq!(edited(b"caf\xe9\x08e"), b"cafe".as_slice(), "what is not UTF-8 is a character, too");
    }
}
