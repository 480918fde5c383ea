//! Tab completion of names and commands in a chat.

use unicode_segmentation::UnicodeSegmentation;

use crate::base::name::NameKey;
use crate::terminal::completion::Completion;
use crate::terminal::editor::Editor;

/// Commands that can be completed: those of the server's `/help`.
pub const COMMANDS: [&str; 9] =
    ["/exit", "/help", "/history", "/join", "/leave", "/me", "/rooms", "/search", "/who"];

/// Completes the word before the cursor with a command or one of `names`, if any fits.
pub(super) fn complete<'a>(
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
        // At the beginning of a message one speaks to somebody.
        fitting(word, names, if from == 0 { ": " } else { " " })
    };
    Completion::begin(editor, from, candidates, backwards)
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
        let mut completion = complete(&mut editor, names.into_iter(), false);
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
