//! Ctrl-R: searches the lines that the user sent.

use crate::terminal::editor::Editor;
use crate::terminal::keys::Key;
use crate::terminal::line_history::LineHistory;

/// A search that goes on.
#[derive(Debug)]
pub(super) struct Recall {
    /// What to find, in any case.
    pub(super) words: String,
    /// The line that was found, counted from the newest; `None`: there is none.
    pub(super) found: Option<usize>,
    /// The input line before the search.
    draft: String,
}

/// What a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recalled {
    /// The search goes on.
    Searching,
    /// The search has ended, and the line is as before.
    Cancelled,
    /// The search has ended, and the key counts for the line that was found.
    Chosen,
}

impl Recall {
    /// A search that begins on a line with this text.
    pub(super) fn new(draft: &str) -> Recall {
        Recall { words: String::new(), found: Some(0), draft: draft.to_owned() }
    }

    /// Handles a key, and shows what was found in the editor.
    pub(super) fn press(&mut self, key: &Key, history: &LineHistory, editor: &mut Editor) -> Recalled {
        let from = match key {
            Key::Char(c) => {
                self.words.push(*c);
                self.found.unwrap_or(0)
            }
            Key::Backspace => {
                self.words.pop();
                0
            }
            Key::Ctrl('r') => self.found.map_or(0, |found| found + 1),
            Key::Escape | Key::Ctrl('g' | 'c') => {
                editor.set(std::mem::take(&mut self.draft));
                return Recalled::Cancelled;
            }
            _ => return Recalled::Chosen,
        };
        match history.find(&self.words, from).filter(|_| !self.words.is_empty()) {
            Some((at, line)) => {
                editor.set(line);
                self.found = Some(at);
            }
            // The oldest match stays when there is no older one.
            None if *key == Key::Ctrl('r') => {}
            None => self.found = None,
        }
        Recalled::Searching
    }
}
