//! Links in messages, as terminals know them (OSC 8): each part of a link that is wrapped leads to the whole of it.

use std::num::NonZeroU16;
use std::ops::Range;

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

/// A row of the view: characters, each with its style.
type Row = Vec<(String, Style)>;

/// Ends a link.
const CLOSE: &str = "\x1b]8;;\x1b\\";

/// Ends a control string.
const END: &str = "\x1b\\";

/// The links in a text, as ranges of bytes. Punctuation at the end belongs to the sentence, and so does a bracket that the link
/// does not open.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut links: Vec<Range<usize>> = Vec::new();
    for scheme in ["https://", "http://"] {
        for (from, _) in text.match_indices(scheme) {
            let rest = &text[from..];
            let rest =
                &rest[..rest.find(|c: char| c.is_whitespace() || "<>\"`".contains(c)).unwrap_or(rest.len())];
            let link = without_punctuation(rest);
            if link.len() > scheme.len() && !links.iter().any(|other| other.contains(&from)) {
                links.push(from..from + link.len());
            }
        }
    }
    links.sort_by_key(|link| link.start);
    links
}

fn without_punctuation(mut link: &str) -> &str {
    loop {
        let last = link.chars().next_back().unwrap_or(' ');
        let opening = match last {
            ')' => Some('('),
            ']' => Some('['),
            '}' => Some('{'),
            _ => None,
        };
        let is_unopened =
            opening.is_some_and(|opening| link.matches(opening).count() < link.matches(last).count());
        if !is_unopened && !".,;:!?\'".contains(last) {
            return link;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
}

/// Marks links in wrapped rows. `is_linked` tells of each character whether it belongs to a link; `links` are their texts.
pub(super) fn mark(rows: &mut [Row], is_linked: impl Fn(&Row, usize) -> bool, links: &[&str]) {
    let mut links = links.iter();
    // The current link, and how many of its bytes are still to come.
    let mut current = ("", 0);
    for row in rows {
        for at in 0..row.len() {
            if !is_linked(row, at) {
                continue;
            }
            if current.1 == 0 {
                let Some(link) = links.next() else { return };
                current = (link, link.len());
            }
            let begins = at == 0 || !is_linked(row, at - 1);
            let left = current.1.saturating_sub(row[at].0.len());
            let ends = left == 0 || at + 1 == row.len() || !is_linked(row, at + 1);
            current.1 = left;
            let text = &mut row[at].0;
            if begins {
                // With an identifier, parts of a link in several rows are one link.
                text.insert_str(0, &format!("\x1b]8;id=link;{}{END}", current.0));
            }
            if ends {
                text.push_str(CLOSE);
            }
        }
    }
}

/// What is seen of a character of a row.
fn visible(text: &str) -> &str {
    let text =
        if text.starts_with('\x1b') { text.split_once(END).map_or("", |(_, rest)| rest) } else { text };
    text.split('\x1b').next().unwrap_or_default()
}

/// Draws a character of a row that begins or ends a link, in at most `room` columns. Returns the next column; `None` if the
/// text has no link.
pub(super) fn draw(
    text: &str,
    x: u16,
    y: u16,
    room: usize,
    style: Style,
    buffer: &mut Buffer,
) -> Option<u16> {
    if !text.contains('\x1b') {
        return None;
    }
    let seen = visible(text);
    let (next, _) = buffer.set_stringn(x, y, seen, room, style);
    if let (true, Some(cell), Some(width)) =
        (next > x, buffer.cell_mut((x, y)), u16::try_from(seen.width()).ok().and_then(NonZeroU16::new))
    {
        cell.set_symbol(text).set_diff_option(CellDiffOption::ForcedWidth(width));
    }
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_end_where_the_sentence_goes_on() {
        for (text, found) in [
            ("see https://example.org/a?b=c#d.", &["https://example.org/a?b=c#d"][..]),
            ("(http://a.b/c_(d)), and https://e", &["http://a.b/c_(d)", "https://e"]),
            ("\"https://a/\u{e9}t\u{e9}\" <https://b>", &["https://a/\u{e9}t\u{e9}", "https://b"]),
            ("https://a/https://b", &["https://a/https://b"]),
            ("https:// http://. ftp://a", &[]),
            ("", &[]),
        ] {
            let links: Vec<&str> = find(text).into_iter().map(|link| &text[link]).collect();
            assert_eq!(links, found, "{text}");
        }
    }
}
