//! The input line's history, for the arrow keys.

use std::collections::VecDeque;

use crate::base::limits::LINE_HISTORY_LINES;

/// Sent lines, the newest last.
#[derive(Debug, Default)]
pub struct LineHistory {
    lines: VecDeque<String>,
    /// The index of the shown line, counted from the newest; `None` shows the draft.
    shown: Option<usize>,
    /// The draft, while a sent line is shown.
    draft: String,
}

impl LineHistory {
    /// Adds a line; drops the oldest if there are too many.
    pub fn push(&mut self, line: &str) {
        self.shown = None;
        if self.lines.back().is_some_and(|last| last == line) {
            return;
        }
        if self.lines.len() >= LINE_HISTORY_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line.to_owned());
    }

    /// The line before the shown one. `current` becomes the draft if no sent line is shown.
    pub fn older(&mut self, current: &str) -> Option<String> {
        let next = self.shown.map_or(0, |shown| shown + 1);
        let line = self.nth_last(next)?.clone();
        if self.shown.is_none() {
            current.clone_into(&mut self.draft);
        }
        self.shown = Some(next);
        Some(line)
    }

    /// The line after the shown one; after the newest, the draft.
    pub fn newer(&mut self) -> Option<String> {
        match self.shown? {
            0 => {
                self.shown = None;
                Some(std::mem::take(&mut self.draft))
            }
            shown => {
                self.shown = Some(shown - 1);
                self.nth_last(shown - 1).cloned()
            }
        }
    }

    /// The newest line that contains `words` in any case, from the line `from` on, counted from the newest; and its number.
    pub fn find(&self, words: &str, from: usize) -> Option<(usize, &str)> {
        let words = words.to_lowercase();
        let lines = self.lines.iter().rev().map(String::as_str).enumerate().skip(from);
        lines.into_iter().find(|(_, line)| line.to_lowercase().contains(&words))
    }

    fn nth_last(&self, n: usize) -> Option<&String> {
        self.lines.len().checked_sub(n + 1).and_then(|at| self.lines.get(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_and_forth_without_losing_the_draft() {
        let mut recall = LineHistory::default();
        assert_eq!(recall.older("draft"), None);
        for line in ["one", "two", "two"] {
            recall.push(line);
        }
        assert_eq!(recall.older("draft").as_deref(), Some("two"));
        assert_eq!(recall.older("two").as_deref(), Some("one"));
        assert_eq!(recall.older("one"), None);
        assert_eq!(recall.newer().as_deref(), Some("two"));
        assert_eq!(recall.newer().as_deref(), Some("draft"));
        assert_eq!(recall.newer(), None);
    }
}
