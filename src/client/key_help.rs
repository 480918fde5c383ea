//! The keys of the terminal client: `/keys` shows them, and a line after the server's answer to `/help` says so.

use unicode_width::UnicodeWidthStr;

use crate::wire::json::ClientMessage;

/// Keys, and what they do.
const KEYS: [(&str, &str); 13] = [
    ("Tab", "completes a name, a command, a room or a :name of an emoji; again for the next"),
    ("Up, Down", "bring back what you said"),
    ("Ctrl-R", "searches what you said"),
    ("Alt-Enter", "begins another line of the same message"),
    ("Alt-1 to Alt-9", "go to a room; Alt-A to the next with something unread"),
    ("F2", "opens and closes the list of members"),
    ("Ctrl-A, Ctrl-E", "go to the start and the end of the line; Alt-B and Alt-F go back and on by a word"),
    ("Ctrl-W, Ctrl-U, Ctrl-K", "cut the word, and what is before or after the cursor"),
    ("Ctrl-Y", "puts back what was cut"),
    ("Ctrl-L", "draws the screen anew"),
    ("Escape", "drops messages that wait to be sent"),
    ("Ctrl-Z", "suspends the client, until you type fg"),
    ("Ctrl-C", "clears the line; on an empty line it leaves"),
];

/// The line after the answer to `/help`, in its columns.
pub(super) const POINTER: &str = "  /keys               the keys of this client";

/// Whether a message is the command `/help`.
pub(super) fn is_help(request: &ClientMessage) -> bool {
    is_command(request, "help")
}

/// Whether a message is the command `/keys`, which is the client's own.
pub(super) fn is_keys(request: &ClientMessage) -> bool {
    is_command(request, "keys")
}

fn is_command(request: &ClientMessage, word: &str) -> bool {
    matches!(request, ClientMessage::Command { name, .. } if name.eq_ignore_ascii_case(word))
}

/// The lines to show.
pub(super) fn lines() -> Vec<String> {
    let width = KEYS.iter().map(|(key, _)| key.width()).max().unwrap_or(0);
    let line = move |(key, does): &(&str, &str)| format!("  {key:<width$}  {does}");
    std::iter::once("Keys:".to_owned()).chain(KEYS.iter().map(line)).collect()
}
