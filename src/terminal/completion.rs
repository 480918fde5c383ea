//! Completion: Tab inserts the first candidate for a word, and each further Tab the next one.

use crate::terminal::editor::Editor;

/// A completion that goes on as long as nothing but Tab is pressed.
#[derive(Debug)]
pub struct Completion {
    /// Where the word begins, in bytes.
    from: usize,
    /// Where the candidate that now stands there ends, in bytes.
    to: usize,
    candidates: Vec<String>,
    shown: usize,
}

impl Completion {
    /// Replaces the text between `from` and the cursor with the first of `candidates`, or with the last if `backwards`. Returns
    /// `None` if there are none.
    pub fn begin(
        editor: &mut Editor,
        from: usize,
        candidates: Vec<String>,
        backwards: bool,
    ) -> Option<Completion> {
        let last = candidates.len().checked_sub(1)?;
        let shown = if backwards { last } else { 0 };
        let mut completion = Completion { from, to: editor.cursor(), candidates, shown };
        completion.show(editor);
        Some(completion)
    }

    /// Shows the next candidate, or the one before.
    pub fn turn(&mut self, editor: &mut Editor, backwards: bool) {
        let count = self.candidates.len();
        self.shown = (self.shown + if backwards { count - 1 } else { 1 }) % count;
        self.show(editor);
    }

    /// All candidates, if there are several, and the index of the shown one.
    pub fn choice(&self) -> Option<(&[String], usize)> {
        (self.candidates.len() > 1).then_some((&self.candidates, self.shown))
    }

    fn show(&mut self, editor: &mut Editor) {
        editor.replace(self.from, self.to, &self.candidates[self.shown]);
        self.to = editor.cursor();
    }
}
