//! Tab completion of names and commands in a chat.

use unicode_segmentation::UnicodeSegmentation;

use crate::base::name::NameKey;
use crate::client::emoji::beginning_with;
use crate::terminal::completion::Completion;
use crate::terminal::editor::Editor;

/// Commands that can be completed: those of the server's `/help`, and the client's own `/keys`.
pub const COMMANDS: [&str; 25] = [
    "/away",
    "/back",
    "/edit",
    "/exit",
    "/help",
    "/history",
    "/ignore",
    "/join",
    "/keys",
    "/leave",
    "/me",
    "/msg",
    "/names",
    "/nick",
    "/open",
    "/quit",
    "/replay",
    "/reply",
    "/rooms",
    "/search",
    "/topic",
    "/undo",
    "/unignore",
    "/who",
    "/whois",
];

/// Commands that are followed by the name of a room.
const ROOM_COMMANDS: [&str; 4] = ["/join", "/leave", "/names", "/who"];

/// Commands that are followed by `@` and the name of a member, or by something else.
const HISTORY_COMMANDS: [&str; 2] = ["/history", "/search"];

/// The words that there are, beside [`COMMANDS`].
#[derive(Debug, Default)]
pub(super) struct Words<'a> {
    /// The other members of the room.
    pub(super) names: Vec<&'a str>,
    /// The rooms of the server.
    pub(super) rooms: Vec<&'a str>,
    /// The room's own commands, each with its slash.
    pub(super) commands: Vec<&'a str>,
}

/// Completes the word before the cursor with a command, a room or a name, if any fits.
pub(super) fn complete(editor: &mut Editor, words: &Words<'_>, backwards: bool) -> Option<Completion> {
    let before = &editor.text()[..editor.cursor()];
    let from = before
        .rfind(char::is_whitespace)
        .map_or(0, |at| at + before[at..].graphemes(true).next().map_or(0, str::len));
    let word = &before[from..];
    let candidates = if from == 0 && word.starts_with('/') {
        fitting(word, COMMANDS.iter().chain(&words.commands), " ")
    } else if ROOM_COMMANDS.iter().any(|command| before[..from].trim_end().eq_ignore_ascii_case(command)) {
        fitting(word, words.rooms.iter(), " ")
    } else if word.starts_with('@')
        && HISTORY_COMMANDS.contains(&before[..from].trim_end().to_lowercase().as_str())
    {
        let names: Vec<String> = words.names.iter().map(|name| format!("@{name}")).collect();
        fitting(word, names.iter().map(String::as_str).collect::<Vec<_>>().iter(), " ")
    } else if let Some(name) = word.strip_prefix(':').filter(|name| !name.is_empty()) {
        beginning_with(name)
    } else {
        let word = word.trim_start_matches('@');
        if word.is_empty() {
            return None;
        }
        // At the beginning of a message one speaks to somebody.
        fitting(word, words.names.iter(), if from == 0 { ": " } else { " " })
    };
    Completion::begin(editor, from, candidates, backwards)
}

/// The `words` that begin with `start`, ignoring case, sorted, each with `end` appended. `/exit` is the last.
fn fitting<'a>(start: &str, words: impl Iterator<Item = &'a &'a str>, end: &str) -> Vec<String> {
    let key = NameKey::of(start);
    let chars = start.chars().count();
    let begins = |word: &&str| NameKey::of(&word.chars().take(chars).collect::<String>()) == key;
    let mut found: Vec<String> = words.copied().filter(begins).map(|word| format!("{word}{end}")).collect();
    found.sort_by_key(|word| (word.trim_end() == "/exit", word.to_lowercase()));
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line after this many Tabs.
    fn tabs(line: &str, count: usize) -> String {
        let mut editor = Editor::default();
        editor.set(line);
        let words = Words {
            names: vec!["Bob", "Bobo", "Åse", "Carl"],
            rooms: vec!["lobby", "court", "lobby"],
            commands: vec!["/court", "/end"],
        };
        let mut completion = complete(&mut editor, &words, false);
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
            ("/w", 2, "/whois "),
            ("/", 1, "/away "),
            ("/", 3, "/court "),
            ("/msg bo", 2, "/msg Bobo "),
            ("/history @bo", 1, "/history @Bob "),
            ("/search @Car", 1, "/search @Carl "),
            ("/e", 1, "/edit "),
            ("/e", 2, "/end "),
            ("/e", 3, "/exit "),
            ("/ex", 1, "/exit "),
            ("/join c", 1, "/join court "),
            ("/JOIN ", 2, "/JOIN lobby "),
            ("/who ", 3, "/who court "),
            ("/me c", 1, "/me Carl "),
            ("hooray :tad", 1, "hooray 🎉"),
            (":", 1, ":"),
            ("say /w", 1, "say /w"),
            ("x", 1, "x"),
            ("", 1, ""),
        ] {
            assert_eq!(tabs(line, count), result, "{line} {count}");
        }
    }
}
