//! Tab completion of names and commands. Each further Tab shows the next candidate.

use unicode_segmentation::UnicodeSegmentation;

use crate::base::name::NameKey;
use crate::client::editor::Editor;

/// Commands that can be completed: those of the server's `/help`.
pub const COMMANDS: [&str; 9] =
    ["/exit", "/help", "/history", "/join", "/leave", "/me", "/rooms", "/search", "/who"];

/// A completion in progress, until another key than Tab is pressed.
#[derive(Debug)]
pub(super) struct Completion {
    /// The byte range of the shown candidate in the input line.
    from: usize,
    to: usize,
    candidates: Vec<String>,
    /// The index of the shown candidate.
    shown: usize,
}

impl Completion {
    /// Completes the word before the cursor with a command or one of `names`. `None` if there is no candidate.
    pub(super) fn begin<'a>(
        editor: &mut Editor,
        names: impl Iterator<Item = &'a str>,
        backwards: bool,
    ) -> Option<Completion> {
        let before = &editor.text()[..editor.cursor()];
        let from = before
            .rfind(char::is_whitespace)
            .map_or(0, |at| at + before[at..].graphemes(true).next().map_or(0, str::len));
        let word = &before[from..];
        let candidates = if from == 0 && word.starts_with('/') {
            fitting(word, COMMANDS.into_iter(), " ")
        } else {
            let word = word.trim_start_matches('@');
            if word.is_empty() {
                return None;
            }
            // A name at the beginning of a message addresses its owner.
            fitting(word, names, if from == 0 { ": " } else { " " })
        };
        let last = candidates.len().checked_sub(1)?;
        let mut completion =
            Completion { from, to: editor.cursor(), candidates, shown: if backwards { last } else { 0 } };
        completion.show(editor);
        Some(completion)
    }

    /// Shows the next candidate, or the previous one.
    pub(super) fn turn(&mut self, editor: &mut Editor, backwards: bool) {
        let count = self.candidates.len();
        self.shown = (self.shown + if backwards { count - 1 } else { 1 }) % count;
        self.show(editor);
    }

    fn show(&mut self, editor: &mut Editor) {
        editor.replace(self.from, self.to, &self.candidates[self.shown]);
        self.to = editor.cursor();
    }
}

/// The `words` that begin with `start`, ignoring case, sorted, each with `end` appended.
fn fitting<'a>(start: &str, words: impl Iterator<Item = &'a str>, end: &str) -> Vec<String> {
    let key = NameKey::of(start);
    let begins = |word: &&str| {
        let chars = start.chars().count();
        NameKey::of(&word.chars().take(chars).collect::<String>()) == key
    };
    let mut found: Vec<String> = words.filter(begins).map(|word| format!("{word}{end}")).collect();
    found.sort_by_key(|word| word.to_lowercase());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line after this many Tabs.
    fn tabs(line: &str, count: usize) -> String {
        let mut editor = Editor::default();
        editor.set(line);
        let names = ["Bob", "Bobo", "Åse", "Carl"];
        let mut completion = Completion::begin(&mut editor, names.into_iter(), false);
        for _ in 1..count {
            if let Some(completion) = &mut completion {
                completion.turn(&mut editor, false);
            }
        }
        editor.text().to_owned()
    }

    #[test]
    fn names_and_commands() {
        for (line, count, result) in [
            ("bo", 1, "Bob: "),
            ("bo", 2, "Bobo: "),
            ("bo", 3, "Bob: "),
            ("hello bo", 2, "hello Bobo "),
            ("hello å", 1, "hello Åse "),
            ("@car", 1, "Carl: "),
            ("/w", 1, "/who "),
            ("/", 2, "/help "),
            ("say /w", 1, "say /w"),
            ("x", 1, "x"),
            ("", 1, ""),
        ] {
            assert_eq!(tabs(line, count), result, "{line} {count}");
        }
    }
}
