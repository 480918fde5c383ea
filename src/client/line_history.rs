//! What one has said, to be called back with the arrows.

use std::collections::VecDeque;

use crate::base::limits::LINE_HISTORY_LINES;

/// Lines that were sent, the last one last.
#[derive(Debug, Default)]
pub struct LineHistory {
    lines: VecDeque<String>,
    /// Which of them is shown, counted from the last; none: the one in the making.
    shown: Option<usize>,
    /// The one in the making, while another is shown.
    draft: String,
}

impl LineHistory {
    /// Keeps a line, and forgets the oldest if there are too many.
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

    /// The line before the one that is shown, which is `current` if it is the one in the making.
    pub fn older(&mut self, current: &str) -> Option<String> {
        let next = self.shown.map_or(0, |shown| shown + 1);
        let line = self.nth_last(next)?.clone();
        if self.shown.is_none() {
            current.clone_into(&mut self.draft);
        }
        self.shown = Some(next);
        Some(line)
    }

    /// The line after the one that is shown; at last the one in the making.
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
