//! Links in messages: where they are, and how terminals know them (OSC 8). Each part of a link that is wrapped leads to the
//! whole of it.

use std::num::NonZeroU16;
use std::ops::Range;
use std::rc::Rc;

use ratatui::buffer::{Buffer, CellDiffOption};

use crate::base::limits::LINK_TARGET_BYTES;

/// What links begin with.
const SCHEMES: [&str; 2] = ["https://", "http://"];

/// Brackets, which belong to a link if it opens them.
const BRACKETS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];

/// Ends a link on the terminal.
const CLOSE: &str = "\x1b]8;;\x1b\\";

/// A link in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Its bytes in the text.
    pub(super) range: Range<usize>,
    /// Where it leads. `None`: it is too long for a terminal.
    pub(super) target: Option<Rc<str>>,
}

/// The links in a text, from left to right. Punctuation at the end belongs to the sentence, and so does a bracket that the link
/// does not open. The time grows with the length of the text.
pub(super) fn find(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut at = 0;
    while let Some(from) = text[at..].find("http").map(|found| at + found) {
        let rest = &text[from..];
        let Some(scheme) = SCHEMES.into_iter().find(|scheme| rest.starts_with(scheme)) else {
            at = from + "http".len();
            continue;
        };
        let rest = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        let link = without_punctuation(rest);
        if link.len() > scheme.len() {
            let target = (link.len() <= LINK_TARGET_BYTES).then(|| link.into());
            links.push(Link { range: from..from + link.len(), target });
        }
        at = from + rest.len();
    }
    links
}

/// Whether a link ends before `c`. A zero-width space is a space to its writer.
fn is_end(c: char) -> bool {
    c.is_whitespace() || "<>\"`\u{201c}\u{201d}\u{ab}\u{bb}\u{200b}".contains(c)
}

fn without_punctuation(link: &str) -> &str {
    let count = |c: char| link.matches(c).count();
    // How many brackets of each kind are closed and not opened.
    let mut unopened = BRACKETS.map(|(open, close)| count(close).saturating_sub(count(open)));
    link.trim_end_matches(|last| match BRACKETS.iter().position(|(_, close)| *close == last) {
        Some(kind) if unopened[kind] > 0 => {
            unopened[kind] -= 1;
            true
        }
        Some(_) => false,
        None => ".,;:!?'\u{2019}\u{2026}*_~".contains(last),
    })
}

/// Marks the links in a row of cells while it is drawn: the first cell of a link opens it, the last one closes it.
#[derive(Debug, Default)]
pub(super) struct LinkWriter {
    open: Option<OpenLink>,
}

/// A link that is not closed yet.
#[derive(Debug)]
struct OpenLink {
    target: Rc<str>,
    /// The position of its last cell so far, and its width in columns.
    last: ((u16, u16), u16),
}

impl LinkWriter {
    /// A cell was drawn: `width` columns wide, and part of the link to `target`, if there is one.
    pub(super) fn on_drawn(
        &mut self,
        at: (u16, u16),
        width: u16,
        target: Option<&Rc<str>>,
        buffer: &mut Buffer,
    ) {
        if let (Some(open), Some(target)) = (&mut self.open, target)
            && open.target == *target
        {
            open.last = (at, width);
            return;
        }
        self.close(buffer);
        if let Some(target) = target {
            // With an identifier, parts of a link in several rows are one link.
            let opening = format!("\x1b]8;id=link;{target}\x1b\\");
            change(at, width, buffer, |symbol| symbol.insert_str(0, &opening));
            self.open = Some(OpenLink { target: target.clone(), last: (at, width) });
        }
    }

    /// Closes the link that is open.
    pub(super) fn close(&mut self, buffer: &mut Buffer) {
        if let Some(OpenLink { last: (at, width), .. }) = self.open.take() {
            change(at, width, buffer, |symbol| symbol.push_str(CLOSE));
        }
    }
}

/// Changes the symbol of a cell, whose width stays.
fn change(at: (u16, u16), width: u16, buffer: &mut Buffer, how: impl FnOnce(&mut String)) {
    if let (Some(cell), Some(width)) = (buffer.cell_mut(at), NonZeroU16::new(width)) {
        let mut symbol = cell.symbol().to_owned();
        how(&mut symbol);
        cell.set_symbol(&symbol).set_diff_option(CellDiffOption::ForcedWidth(width));
    }
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
            ("[http://a/[b]] {http://a/{b}}", &["http://a/[b]", "http://a/{b}"]),
            ("http://a)(.) http://b/(c)(", &["http://a)(", "http://b/(c)("]),
            ("http://a\u{200b}b **http://c**", &["http://a", "http://c"]),
            ("httphttp://a http:/ https://b", &["http://a", "https://b"]),
            ("https:// http://. ftp://a", &[]),
            ("", &[]),
        ] {
            let links: Vec<&str> = find(text).into_iter().map(|link| &text[link.range]).collect();
            assert_eq!(links, found, "{text}");
        }
    }

    #[test]
    fn a_target_is_bounded() {
        let link = |bytes: usize| find(&format!("http://{}", "x".repeat(bytes - 7))).remove(0);
        assert!(link(LINK_TARGET_BYTES).target.is_some());
        assert_eq!(link(LINK_TARGET_BYTES + 1).target, None);
    }
}
