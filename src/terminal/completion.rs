//! Tab: the rest of a word, and with each further Tab the next one that fits.

use crate::terminal::editor::Editor;

/// A completion that goes on as long as nothing but Tab is pressed.
#[derive(Debug)]
pub struct Completion {
    /// Where the word begins, in bytes, and where what stands for it ends.
    from: usize,
    to: usize,
    candidates: Vec<String>,
    shown: usize,
}

impl Completion {
    /// Puts the first of `candidates` in the place of what is between `from` and the cursor; the last, if `backwards`. `None`
    /// if there are none.
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
