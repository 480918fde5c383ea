//! Makes text that a browser reads smaller: comments, indentation and other white space are for those who read the source.
//! What is served means the same.

mod page;
mod script;
mod style;

pub(super) use page::compact_page;
pub(super) use script::compact_script;
pub(super) use style::compact_style;

/// The length of the string at the beginning of `text`, with its quotes.
fn length_of_string(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !is_escaped {
            return at + 1;
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    text.len()
}

/// The length of the comment at the beginning of `text`, up to the end of the text if it has no end.
fn length_of_comment(text: &str) -> usize {
    text.find("*/").map_or(text.len(), |at| at + 2)
}

/// The length of the white space at the beginning of `text`.
fn length_of_blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}
