//! Joins pasted lines into one message.

use crate::base::text::sanitize;
use crate::terminal::editor::Editor;
use crate::wire::LINE_SEPARATOR;

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
        Paste { lines: lines.len(), joined: lines.join(LINE_SEPARATOR) }
    }

    /// How many lines it has.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// All lines joined into one.
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
    fn lines_become_one() {
        for (text, joined, lines) in [
            ("one", "one", 1),
            ("one\n", "one", 1),
            ("one\r\ntwo\rthree\n\n", "one ⏎ two ⏎ three", 3),
            ("if x:\n\treturn\u{1b}[A", "if x: ⏎     return\u{fffd}[A", 2),
            ("", "", 1),
        ] {
            assert_eq!(Paste::new(text), Paste { joined: joined.into(), lines }, "{text:?}");
        }
    }
}
