//! A text of several lines, for clients that show it otherwise than it was said.

use std::borrow::Cow;

/// Stands before each further line. It is no white space, so a script that ignores white space takes no such line for another
/// message.
const MARK: &str = "\n  | ";

/// Stands between two lines where a text is one line.
pub const LINE_SEPARATOR: &str = " ⏎ ";

/// The text as it is, for clients that show lines.
pub(super) fn verbatim(text: &str) -> Cow<'_, str> {
    text.into()
}

/// The text as one line, for programs that know no others.
pub(super) fn joined(text: &str) -> Cow<'_, str> {
    replaced(text, LINE_SEPARATOR)
}

/// The text with a mark before each further line, for clients that print what they get.
pub fn marked(text: &str) -> Cow<'_, str> {
    replaced(text, MARK)
}

fn replaced<'a>(text: &'a str, by: &str) -> Cow<'a, str> {
    if text.contains('\n') { text.replace('\n', by).into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_further_line_looks_like_another_message() {
        let text = "one\n\nBob: two";
        assert_eq!(marked(text), "one\n  | \n  | Bob: two");
        assert_eq!(joined(text), "one ⏎  ⏎ Bob: two");
        assert_eq!((marked("one"), joined("one"), verbatim(text)), ("one".into(), "one".into(), text.into()));
        for line in marked(text).lines().skip(1) {
            assert!(line.trim_start().starts_with('|'), "{line:?}");
        }
    }
}
