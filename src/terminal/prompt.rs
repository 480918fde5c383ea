//! A prompt in one row: keys in, lines out. Time is an argument.

use std::time::Instant;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::terminal::completion::Completion;
use crate::terminal::editor::Editor;
use crate::terminal::keys::{Key, Keys};
use crate::terminal::line_history::LineHistory;

/// Goes to the beginning of the row, and clears it.
pub const CLEAR: &str = "\r\x1b[K";

/// What somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A line, without its end.
    Line(String),
    /// Tab: [`Prompt::complete`] is to be called.
    Tab,
    /// Ctrl-D in an empty line.
    End,
    /// Ctrl-C in an empty line, where it is no signal.
    Interrupt,
}

/// The line that is typed, and those before it.
#[derive(Debug)]
pub struct Prompt {
    /// What stands before the line.
    lead: &'static str,
    keys: Keys,
    editor: Editor,
    history: LineHistory,
    completion: Option<Completion>,
    /// Tab goes on with the completion that way.
    backwards: bool,
}

impl Prompt {
    /// An empty line after `lead`.
    pub fn new(lead: &'static str) -> Prompt {
        Prompt {
            lead,
            keys: Keys::default(),
            editor: Editor::default(),
            history: LineHistory::default(),
            completion: None,
            backwards: false,
        }
    }

    /// Takes a terminal's bytes.
    pub fn feed(&mut self, bytes: &[u8], now: Instant) {
        // An Escape that stood alone does not belong to them.
        self.keys.handle_timeout(now);
        self.keys.feed(bytes, now);
    }

    /// Does what the keys mean, until something is typed. What comes after that waits for the next call.
    pub fn next_typed(&mut self) -> Option<Typed> {
        loop {
            let key = self.keys.next_key()?;
            if let Some(typed) = self.press(&key) {
                return Some(typed);
            }
        }
    }

    fn press(&mut self, key: &Key) -> Option<Typed> {
        if let Key::Tab | Key::BackTab = key {
            self.backwards = *key == Key::BackTab;
            let Some(completion) = &mut self.completion else { return Some(Typed::Tab) };
            completion.turn(&mut self.editor, self.backwards);
            return None;
        }
        self.completion = None;
        match key {
            Key::Enter | Key::AltEnter => {
                let line = self.editor.take();
                if !line.trim().is_empty() {
                    self.history.push(&line);
                }
                return Some(Typed::Line(line));
            }
            Key::Up | Key::Ctrl('p') => {
                if let Some(line) = self.history.older(self.editor.text()) {
                    self.editor.set(line);
                }
            }
            Key::Down | Key::Ctrl('n') => {
                if let Some(line) = self.history.newer() {
                    self.editor.set(line);
                }
            }
            Key::Ctrl('d') if self.editor.is_empty() => return Some(Typed::End),
            Key::Ctrl('c') if self.editor.is_empty() => return Some(Typed::Interrupt),
            Key::Ctrl('c') => drop(self.editor.take()),
            Key::Paste(text) => self.editor.insert(text),
            key => drop(self.editor.press(key)),
        }
        None
    }

    /// The line up to the cursor.
    pub fn before_cursor(&self) -> &str {
        &self.editor.text()[..self.editor.cursor()]
    }

    /// Tab was pressed, and these words fit the one before the cursor.
    pub fn complete(&mut self, words: Vec<String>) {
        let from = self.before_cursor().rfind(' ').map_or(0, |at| at + 1);
        self.completion = Completion::begin(&mut self.editor, from, words, self.backwards);
    }

    /// The row, and the cursor in it, on a terminal of so many columns: of a long line the part around the cursor.
    pub fn draw(&self, columns: usize) -> String {
        let room = columns.saturating_sub(self.lead.width() + 1).max(1);
        let (before, after) = self.editor.text().split_at(self.editor.cursor());
        let before = tail(before, room);
        let after = head(after, room - before.width().min(room));
        let back = after.width();
        let back = if back > 0 { format!("\x1b[{back}D") } else { String::new() };
        format!("{CLEAR}{}{before}{after}{back}", self.lead)
    }
}

/// The end of `text`, of at most so many columns.
fn tail(text: &str, columns: usize) -> &str {
    let starts = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]);
    let fits = |at: &usize| text[*at..].width() <= columns;
    starts.into_iter().find(fits).map_or("", |at| &text[at..])
}

/// The beginning of `text`, of at most so many columns.
fn head(text: &str, columns: usize) -> &str {
    let mut width = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        width += grapheme.width();
        if width > columns {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is typed by these bytes, and the row after it.
    fn typed(prompt: &mut Prompt, bytes: &str) -> Vec<Typed> {
        prompt.feed(bytes.as_bytes(), Instant::now());
        std::iter::from_fn(|| prompt.next_typed()).collect()
    }

    fn row(prompt: &Prompt, columns: u16) -> (String, u16) {
        let mut emulator = vt100::Parser::new(2.try_into().unwrap(), columns.try_into().unwrap(), 0);
        emulator.process(prompt.draw(columns.into()).as_bytes());
        (emulator.screen().contents(), emulator.screen().cursor_position().1)
    }

    #[test]
    fn lines_are_edited_and_come_back() {
        let mut prompt = Prompt::new("> ");
        assert_eq!(typed(&mut prompt, "lisst\x1b[D\x7ft"), []);
        assert_eq!(row(&prompt, 20), ("> listt".into(), 6));
        assert_eq!(typed(&mut prompt, "\x04\r"), [Typed::Line("list".into())]);
        assert_eq!(
            typed(&mut prompt, "who\r\x1b[A\x1b[A\r"),
            [Typed::Line("who".into()), Typed::Line("list".into())]
        );
        assert_eq!(typed(&mut prompt, "\x04half\x04\x03\x03"), [Typed::End, Typed::Interrupt]);
    }

    #[test]
    fn tab_completes_the_last_word_and_goes_on() {
        let mut prompt = Prompt::new("> ");
        assert_eq!(typed(&mut prompt, "kick B\t"), [Typed::Tab]);
        prompt.complete(vec!["Bob ".into(), "Bert ".into()]);
        assert_eq!(row(&prompt, 40).0, "> kick Bob ");
        assert_eq!(typed(&mut prompt, "\tfor it\r"), [Typed::Line("kick Bert for it".into())]);
        assert_eq!(typed(&mut prompt, "x\t"), [Typed::Tab]);
        prompt.complete(Vec::new());
        assert_eq!(row(&prompt, 40).0, "> x");
    }

    #[test]
    fn a_long_line_shows_what_is_around_the_cursor() {
        let mut prompt = Prompt::new("> ");
        typed(&mut prompt, "0123456789日本語");
        assert_eq!(row(&prompt, 12), ("> 789日本語".into(), 11));
        typed(&mut prompt, "\x1b[H");
        assert_eq!(row(&prompt, 12), ("> 012345678".into(), 2));
    }
}
