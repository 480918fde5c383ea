//! Pasted lines, as one message.

use crate::base::text::sanitize;
use crate::terminal::editor::Editor;

/// A sanitized paste.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paste {
    joined: String,
    lines: usize,
}

impl Paste {
    /// Sanitizes `text`, and drops blank lines at its end.
    pub fn new(text: &str) -> Paste {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<_> = text
            .trim_end_matches('\n')
            .split('\n')
            .map(|line| sanitize(line.as_bytes()).replace('\t', "    "))
            .collect();
        Paste { lines: lines.len(), joined: lines.join("\n") }
    }

    /// How many lines it has.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// All lines, with line feeds between them.
    pub fn joined(&self) -> &str {
        &self.joined
    }

    /// The message with the typed text before and after the cursor.
    pub fn within(&self, editor: &Editor) -> String {
        let (before, behind) = editor.text().split_at(editor.cursor());
        format!("{before}{}{behind}", self.joined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_as_a_message_has_them() {
        for (text, joined, lines) in [
            ("one", "one", 1),
            ("one\n", "one", 1),
            ("one\r\ntwo\rthree\n\n", "one\ntwo\nthree", 3),
            ("if x:\n\treturn\u{1b}[A", "if x:\n    return\u{fffd}[A", 2),
            ("", "", 1),
        ] {
            assert_eq!(Paste::new(text), Paste { joined: joined.into(), lines }, "{text:?}");
        }
    }
}
