//! The line editor: text, cursor, and the editing keys of a shell (Emacs mode).

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use crate::base::limits::EDITOR_BYTES;
use crate::terminal::keys::Key;

/// The input line.
#[derive(Clone, Debug, Default)]
pub struct Editor {
    text: String,
    /// A byte offset, always between two grapheme clusters.
    cursor: usize,
    /// The last cut text, for Ctrl-Y.
    cut: String,
}

impl Editor {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The cursor's byte offset.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Replaces the text, and puts the cursor at its end.
    pub fn set(&mut self, text: impl Into<String>) {
        self.text = text.into();
        self.cursor = self.text.len();
    }

    /// Takes the text, and leaves the line empty.
    pub fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// Inserts `text` at the cursor, truncated so that the line stays within `EDITOR_BYTES`.
    pub fn insert(&mut self, text: &str) {
        let room = EDITOR_BYTES.saturating_sub(self.text.len()).min(text.len());
        let end = (0..=room).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        self.replace(self.cursor, self.cursor, &text[..end]);
    }

    /// Replaces the bytes `from..to` by `text`, and puts the cursor after it.
    pub fn replace(&mut self, from: usize, to: usize, text: &str) {
        self.text.replace_range(from..to, text);
        self.settle(from + text.len());
    }

    /// Applies a key. Returns false if it is not an editing key.
    pub fn press(&mut self, key: &Key) -> bool {
        match key {
            Key::Char(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            Key::Left | Key::Ctrl('b') => self.cursor = self.before(),
            Key::Right | Key::Ctrl('f') => self.cursor = self.after(),
            Key::Home | Key::Ctrl('a') => self.cursor = 0,
            Key::End | Key::Ctrl('e') => self.cursor = self.text.len(),
            Key::WordLeft | Key::Alt('b') => self.settle(self.word_before()),
            Key::WordRight | Key::Alt('f') => self.settle(self.word_after()),
            Key::Backspace => self.replace(self.before(), self.cursor, ""),
            Key::Delete | Key::Ctrl('d') => {
                let at = self.cursor;
                self.replace(at, self.after(), "");
                self.settle(at);
            }
            Key::Ctrl('k') => self.cut(self.cursor, self.text.len()),
            Key::Ctrl('u') => self.cut(0, self.cursor),
            Key::Ctrl('w') => self.cut(self.space_before(), self.cursor),
            Key::WordBackspace => self.cut(self.word_before(), self.cursor),
            Key::Alt('d') => self.cut(self.cursor, self.word_after()),
            Key::Ctrl('y') => self.insert(&self.cut.clone()),
            Key::Ctrl('t') => self.swap(),
            _ => return false,
        }
        true
    }

    fn cut(&mut self, from: usize, to: usize) {
        if from < to {
            self.cut = self.text[from..to].to_owned();
            self.replace(from, to, "");
        }
    }

    /// Swaps the characters before and at the cursor.
    fn swap(&mut self) {
        let middle = if self.cursor == self.text.len() { self.before() } else { self.cursor };
        self.cursor = middle;
        let (from, to) = (self.before(), self.after());
        if from < middle && middle < to {
            let swapped = format!("{}{}", &self.text[middle..to], &self.text[from..middle]);
            self.replace(from, to, &swapped);
        }
    }

    /// Moves the cursor to `at`, or to the end of the grapheme cluster around `at`: inserted text may have combined with its
    /// neighbours.
    fn settle(&mut self, at: usize) {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        // The chunk is the whole text, so the calls do not fail.
        self.cursor = match cursor.is_boundary(&self.text, 0) {
            Ok(false) => cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len()),
            _ => at,
        };
    }

    fn before(&self) -> usize {
        let last = self.text[..self.cursor].graphemes(true).next_back();
        self.cursor - last.map_or(0, str::len)
    }

    fn after(&self) -> usize {
        let next = self.text[self.cursor..].graphemes(true).next();
        self.cursor + next.map_or(0, str::len)
    }

    /// The start of the word before the cursor.
    fn word_before(&self) -> usize {
        let text = self.text[..self.cursor].trim_end_matches(is_between_words);
        text.trim_end_matches(|c| !is_between_words(c)).len()
    }

    /// The end of the word at or after the cursor.
    fn word_after(&self) -> usize {
        let rest = &self.text[self.cursor..];
        let word = rest.trim_start_matches(is_between_words);
        self.text.len() - word.trim_start_matches(|c| !is_between_words(c)).len()
    }

    /// The start of the whitespace-separated word before the cursor.
    fn space_before(&self) -> usize {
        let text = self.text[..self.cursor].trim_end();
        text.rfind(char::is_whitespace)
            .map_or(0, |at| at + text[at..].chars().next().map_or(0, char::len_utf8))
    }
}

/// Words are letters and digits, with their combining marks, as in a shell.
fn is_between_words(c: char) -> bool {
    !c.is_alphanumeric() && !is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line after these keys. `|` marks the cursor.
    fn after(line: &str, keys: &[Key]) -> String {
        let mut editor = Editor::default();
        let (left, right) = line.split_once('|').unwrap();
        editor.set(format!("{left}{right}"));
        editor.cursor = left.len();
        for key in keys {
            editor.press(key);
        }
        format!("{}|{}", &editor.text[..editor.cursor], &editor.text[editor.cursor..])
    }

    #[test]
    fn keys_of_a_shell() {
        let ctrl = Key::Ctrl;
        for (line, keys, result) in [
            ("ab|c", &[Key::Char('x')][..], "abx|c"),
            ("ab|c", &[Key::Left, Key::Backspace], "|bc"),
            ("ab|c", &[Key::Delete], "ab|"),
            ("one two|", &[ctrl('a'), Key::Right], "o|ne two"),
            ("|one two", &[ctrl('e'), Key::Left], "one tw|o"),
            ("one two|", &[Key::Alt('b'), Key::Alt('b'), Key::Alt('f')], "one| two"),
            ("one two.three|", &[ctrl('w')], "one |"),
            ("one two.three|", &[Key::WordBackspace], "one two.|"),
            ("one  |two", &[ctrl('w'), ctrl('e'), ctrl('y')], "twoone  |"),
            ("one t|wo", &[ctrl('k'), Key::Home, ctrl('y')], "wo|one t"),
            ("one t|wo", &[ctrl('u')], "|wo"),
            ("|one two", &[Key::Alt('d')], "| two"),
            ("ab|", &[ctrl('t')], "ba|"),
            ("日本|語", &[Key::Backspace, Key::Right], "日語|"),
            ("e\u{301}|x", &[Key::Backspace], "|x"),
            ("👩\u{200d}💻|", &[Key::Left], "|👩\u{200d}💻"),
            ("|\u{301}", &[Key::Char('e')], "e\u{301}|"),
        ] {
            assert_eq!(after(line, keys), result, "{line} {keys:?}");
        }
    }

    #[test]
    fn a_line_has_an_end() {
        let mut editor = Editor::default();
        editor.insert("日本");
        for _ in 0..64 {
            for key in [Key::Ctrl('u'), Key::Ctrl('y'), Key::Ctrl('y')] {
                editor.press(&key);
            }
        }
        assert!((EDITOR_BYTES - 6..=EDITOR_BYTES).contains(&editor.text.len()), "{}", editor.text.len());
    }
}
