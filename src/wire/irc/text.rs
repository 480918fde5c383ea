//! Texts of messages: without colours, and in pieces that fit a line.

use std::borrow::Cow;

use crate::base::limits::IRC_SENT_BYTES;
use crate::base::text::{head, sanitize};
use crate::wire::irc::message::CTCP;

/// The least room for a text in a line, in bytes.
const LEAST: usize = 64;

/// Sanitizes a line of a client. Colours and other formatting are taken off, as the clients of other dialects would see their
/// codes; the marks of CTCP stay.
pub(in crate::wire) fn clean(bytes: &[u8]) -> String {
    let plain = without_formatting(bytes);
    let parts: Vec<Cow<'_, str>> = plain.split(|byte| *byte == CTCP as u8).map(sanitize).collect();
    parts.join("\u{1}")
}

/// Takes off the codes of `modern.ircdocs.horse/formatting`: bold, italics, underline, strikethrough, monospace, reverse and reset;
/// `0x03` with up to two numbers of two digits, `0x04` with up to two of six hexadecimal digits.
fn without_formatting(bytes: &[u8]) -> Cow<'_, [u8]> {
    let is_code = |byte: &u8| matches!(byte, 2 | 3 | 4 | 0x0f | 0x11 | 0x16 | 0x1d | 0x1e | 0x1f);
    if !bytes.iter().any(is_code) {
        return bytes.into();
    }
    let mut kept = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            3 => at += numbers(&bytes[at..], decimal),
            4 => at += numbers(&bytes[at..], hexadecimal),
            _ if is_code(byte) => {}
            _ => kept.push(*byte),
        }
    }
    kept.into()
}

fn decimal(digits: &[u8]) -> usize {
    digits.iter().take(2).take_while(|b| b.is_ascii_digit()).count()
}

fn hexadecimal(digits: &[u8]) -> usize {
    if digits.len() >= 6 && digits[..6].iter().all(u8::is_ascii_hexdigit) { 6 } else { 0 }
}

/// The length of a number, or of two with a comma between them.
fn numbers(bytes: &[u8], one: impl Fn(&[u8]) -> usize) -> usize {
    let first = one(bytes);
    match bytes[first..].split_first() {
        Some((b',', rest)) if first > 0 => match one(rest) {
            0 => first,
            second => first + 1 + second,
        },
        _ => first,
    }
}

/// A text in pieces that each fit a line beside `overhead` bytes: its lines, each cut between words.
pub(super) fn pieces(text: &str, overhead: usize) -> impl Iterator<Item = &str> {
    let room = (IRC_SENT_BYTES - 2).saturating_sub(overhead).max(LEAST);
    let mut lines = text.trim_start_matches('\n').split('\n');
    let mut rest = lines.next();
    std::iter::from_fn(move || {
        let line = rest?;
        let piece = head(line, room);
        let behind = line[piece.len()..].trim_start();
        rest = if behind.is_empty() { lines.find(|line| !line.trim().is_empty()) } else { Some(behind) };
        Some(piece)
    })
}

/// A text in pieces that each fit a line beside `overhead` bytes, from which a client can put it together again: all of its lines,
/// blank ones too, each cut behind spaces. Whether a piece continues the one before comes first.
pub(super) fn joinable(text: &str, overhead: usize) -> impl Iterator<Item = (bool, &str)> {
    let room = (IRC_SENT_BYTES - 2).saturating_sub(overhead).max(LEAST);
    let lines = text.trim_start_matches('\n').split('\n');
    lines.flat_map(move |line| {
        let mut rest = Some(line);
        std::iter::from_fn(move || {
            let whole = rest?;
            let piece = fitting(whole, room);
            rest = Some(&whole[piece.len()..]).filter(|rest| !rest.is_empty());
            Some((whole.len() < line.len(), piece))
        })
    })
}

/// The longest beginning of a text with this many bytes at most, without blanks around it.
pub(super) fn cut(text: &str, most: usize) -> &str {
    let text = text.trim();
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[..end].trim_end()
}

/// The longest beginning of a line that fits, with the space behind its last word.
fn fitting(line: &str, room: usize) -> &str {
    if line.len() <= room {
        return line;
    }
    let end = (1..=room).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(line.len());
    let behind_space = line[..end].rfind(' ').map(|at| at + 1);
    &line[..behind_space.unwrap_or(end)]
}

/// The entries of a list in as many groups as it takes, so that each fits a line beside `overhead` bytes, with one byte between two
/// entries: a client would take a part of an entry for a whole one.
pub(super) fn groups<T: AsRef<str>>(entries: &[T], overhead: usize) -> impl Iterator<Item = &[T]> {
    let room = (IRC_SENT_BYTES - 2).saturating_sub(overhead);
    let mut rest = entries;
    std::iter::from_fn(move || {
        let mut length = 0;
        let mut fits = |entry: &T| {
            length += entry.as_ref().len() + usize::from(length > 0);
            length <= room
        };
        let count = rest.iter().map_while(|entry| fits(entry).then_some(())).count().max(1);
        let (group, behind) = rest.split_at_checked(count)?;
        rest = behind;
        Some(group)
    })
}

/// A group as a parameter.
pub(super) fn joined<T: AsRef<str>>(group: &[T], between: &str) -> String {
    group.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_off_and_digits_stay() {
        for (sent, said) in [
            (&b"plain"[..], "plain"),
            (b"\x02bold\x02 \x1dit\x1d\x0f.", "bold it."),
            (b"\x0304,12red\x03 5", "red 5"),
            (b"\x035,x\x0312345", ",x345"),
            (b"\x04ff0000red \x04nothex", "red nothex"),
            (b"\x04ff0000,00ff00x", "x"),
            (b"\x01ACTION \x02waves\x02\x01", "\u{1}ACTION waves\u{1}"),
            (b"a\x07b", "a\u{fffd}b"),
        ] {
            assert_eq!(clean(sent), said, "{}", sent.escape_ascii());
        }
    }

    #[test]
    fn joinable_pieces_fit_and_are_put_together_again() {
        let long = ["word ".repeat(300), "x".repeat(900), "é".repeat(400), " ".repeat(700)].join("\n\n");
        for text in [&long[..], "a", "a\n\n  b", "a \nb"] {
            let mut whole = String::new();
            for (number, (continues, piece)) in joinable(text, 60).enumerate() {
                assert!(piece.len() <= 450, "{piece:?}");
                assert!(!continues || !piece.is_empty(), "a line is not continued by nothing");
                if number > 0 && !continues {
                    whole.push('\n');
                }
                whole.push_str(piece);
            }
            assert_eq!(whole, text);
        }
        let cut: Vec<_> = joinable(&long[..500], 60).collect();
        assert!(cut[0].1.ends_with("word "), "{cut:?}");
    }

    #[test]
    fn groups_fit_and_hold_whole_entries() {
        let entries = ["a".repeat(10), "b".repeat(10), "c".repeat(10), "d".repeat(600), "e".into()];
        let overhead = IRC_SENT_BYTES - 2 - 21;
        let counts: Vec<usize> = groups(&entries, overhead).map(<[String]>::len).collect();
        assert_eq!(counts, [2, 1, 1, 1], "two and what is between them fit");
        assert_eq!(groups(&entries[..2], overhead + 1).count(), 2);
        assert_eq!(groups::<String>(&[], 0).count(), 0);
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        for (text, most, kept) in
            [("abc", 9, "abc"), (" abc ", 2, "ab"), ("aé", 2, "a"), ("a b", 2, "a"), ("é", 1, "")]
        {
            assert_eq!(cut(text, most), kept, "{text:?}");
        }
    }

    #[test]
    fn pieces_fit_and_lose_no_word() {
        let text = "word ".repeat(800);
        let all: Vec<&str> = pieces(&text, 60).collect();
        assert!(all.iter().all(|piece| piece.len() <= 450), "{all:?}");
        let words = all.iter().flat_map(|piece| piece.split(' ')).filter(|word| !word.is_empty());
        assert_eq!(words.count(), 800);
        assert_eq!(pieces("a\n\n b\nc", 0).collect::<Vec<_>>(), ["a", " b", "c"]);
        assert_eq!(pieces(&"x".repeat(900), 10).map(str::len).collect::<Vec<_>>(), [500, 400]);
        assert_eq!(pieces("", 0).count(), 1);
        assert_eq!(pieces("\n\na", 0).collect::<Vec<_>>(), ["a"]);
    }
}
