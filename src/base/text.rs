//! Sanitizes text from outside, once, when it arrives. After that, no output can move a cursor, ring a bell, forge a line,
//! reverse a line or paint over its neighbours.
//!
//! Invisible characters that writing needs are kept: joiners belong to the spelling of Persian and of India's languages, and
//! hold emoji together; zero-width spaces separate words in Thai and Khmer. Also formats text for people.

use std::borrow::Cow;
use std::time::Duration;

use unicode_normalization::char::is_combining_mark;

use crate::base::limits::MARKS_PER_CHARACTER;

/// Replaces what cannot be shown.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// Decodes and sanitizes `bytes`. U+FFFD replaces invalid UTF-8, control characters except the tab, line separators, and
/// characters that change the direction or the shape of the text after them. A leading byte-order mark is dropped, and so
/// are combining marks beyond [`MARKS_PER_CHARACTER`] on a character.
pub fn sanitize(bytes: &[u8]) -> Cow<'_, str> {
    if bytes.iter().all(|b| matches!(b, b' '..=b'~')) {
        // The common case: printable ASCII.
        return String::from_utf8_lossy(bytes);
    }
    let text = String::from_utf8_lossy(bytes);
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => Cow::Owned(rest.to_owned()),
        None => text,
    };
    if !text.chars().any(is_unsafe) && !has_too_many_marks(&text) {
        return text;
    }
    let mut marks = 0;
    let kept = text.chars().filter(|c| {
        marks = if is_mark(*c) { marks + 1 } else { 0 };
        marks <= MARKS_PER_CHARACTER
    });
    kept.map(|c| if is_unsafe(c) { REPLACEMENT } else { c }).collect()
}

/// The same for a text that may have several lines: they stay.
pub fn sanitize_lines(bytes: &[u8]) -> Cow<'_, str> {
    if !bytes.contains(&b'\n') {
        return sanitize(bytes);
    }
    bytes.split(|b| *b == b'\n').map(sanitize).collect::<Vec<_>>().join("\n").into()
}

fn has_too_many_marks(text: &str) -> bool {
    let mut marks = 0;
    text.chars().any(|c| {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        marks > MARKS_PER_CHARACTER
    })
}

/// Whether `c` is a combining mark. There are none below U+0300.
fn is_mark(c: char) -> bool {
    c >= '\u{300}' && is_combining_mark(c)
}

/// Whether `c` affects more of the output than itself.
///
/// That includes the bidirectional controls of Unicode Standard Annex 9, but not the marks U+200E, U+200F and U+061C, which
/// only hint at a direction. The deprecated U+206A to U+206F change how letters and digits look; U+FFF9 to U+FFFB hide one
/// text behind another.
pub(crate) fn is_unsafe(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
}

/// The longest prefix of `text` of at most `bytes` bytes that ends between words. A first word that is longer is cut.
pub fn head(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let is_between = text[end..].starts_with(char::is_whitespace);
    let word = text[..end].rfind(char::is_whitespace).filter(|at| *at > 0 && !is_between);
    text[..word.unwrap_or(end)].trim_end()
}

/// A duration for people, in its two largest units: `2 hours and 5 minutes`. A fraction of a second is rounded up.
pub fn in_words(time: Duration) -> String {
    let mut rest = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    let mut parts = Vec::new();
    for (unit, noun) in [(24 * 3600, "day"), (3600, "hour"), (60, "minute"), (1, "second")] {
        let count = rest / unit;
        rest %= unit;
        if count > 0 {
            parts.push(plural(usize::try_from(count).unwrap_or(usize::MAX), noun));
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "no time".into() } else { list(&parts) }
}

/// How long ago something was, in its greatest unit, for a column of a table: `3 s ago`, `2 h ago`.
pub fn ago(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [(24 * 3600, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let unit = units.into_iter().find(|(unit, _)| seconds >= *unit);
    unit.map_or_else(|| "now".to_owned(), |(unit, noun)| format!("{} {noun} ago", seconds / unit))
}

/// `count` and the right form of `noun`: `1 message`, `2 messages`.
pub fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// `items` as a person would list them: `A`, `A and B`, `A, B and C`.
pub fn list(items: &[impl AsRef<str>]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [rest @ .., last] => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", rest.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_text_is_unchanged() {
        for text in [
            "",
            "hello",
            "a\tb",
            "Grüße, 你好",
            "👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 ❤️ 🇳🇴",
            // The flag of Scotland, whose letters are invisible.
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            "\u{5d0}\u{200f}!",
            "می\u{200c}خواهم",
            "क्\u{200d}ष മലയാളം ക്\u{200d}",
            "ကျွန်ုပ်တို့ ภาษา\u{200b}ไทย",
            "בְּרֵאשִׁ֖ית",
            "ལྷ་སའི་ཧཱུྃ",
        ] {
            assert_eq!(sanitize(text.as_bytes()), text);
        }
    }

    #[test]
    fn marks_do_not_pile_up() {
        for marks in [8, 9, 500] {
            let text = format!(
                "Z{0}a{0}lgo",
                "\u{301}\u{316}".repeat(marks).chars().take(marks).collect::<String>()
            );
            let kept = "\u{301}\u{316}".repeat(MARKS_PER_CHARACTER / 2);
            let sanitized = sanitize(text.as_bytes()).into_owned();
            assert_eq!(sanitized, format!("Z{kept}a{kept}lgo"));
            assert_eq!(sanitize(sanitized.as_bytes()), sanitized, "once is enough");
        }
    }

    #[test]
    fn control_characters_become_visible() {
        for (bytes, text) in [
            (&b"\x1b[2Jgone"[..], "\u{fffd}[2Jgone"),
            (b"ding\x07", "ding\u{fffd}"),
            (b"a\rb\nc", "a\u{fffd}b\u{fffd}c"),
            ("\u{9b}31m".as_bytes(), "\u{fffd}31m"),
            ("\u{202e}txt.exe".as_bytes(), "\u{fffd}txt.exe"),
            ("a\u{2028}b".as_bytes(), "a\u{fffd}b"),
            ("\u{206e}12".as_bytes(), "\u{fffd}12"),
            ("a\u{fff9}b\u{fffa}c\u{fffb}".as_bytes(), "a\u{fffd}b\u{fffd}c\u{fffd}"),
            (b"caf\xe9", "caf\u{fffd}"),
            (b"\xef\xbb\xbfhi", "hi"),
        ] {
            assert_eq!(sanitize(bytes), text);
        }
    }

    #[test]
    fn the_beginning_of_a_text_is_whole_words() {
        for (text, beginning) in [
            ("", ""),
            ("one two", "one two"),
            ("one two three", "one two"),
            ("one two t", "one two"),
            ("one four", "one"),
            ("one-two-three", "one-two"),
            ("ééééé", "ééé"),
            ("        one", ""),
        ] {
            assert_eq!(head(text, 7), beginning, "{text}");
        }
    }

    #[test]
    fn lists_read_as_prose() {
        assert_eq!(list(&["A"; 0]), "");
        assert_eq!(list(&["A"]), "A");
        assert_eq!(list(&["A", "B", "C"]), "A, B and C");
        assert_eq!(plural(1, "message"), "1 message");
        assert_eq!(plural(0, "message"), "0 messages");
    }

    #[test]
    fn how_long_ago_has_one_unit() {
        for (seconds, shown) in [
            (0, "now"),
            (1, "1 s ago"),
            (59, "59 s ago"),
            (60, "1 min ago"),
            (7_199, "1 h ago"),
            (172_800, "2 d ago"),
        ] {
            assert_eq!(ago(Duration::from_secs(seconds)), shown);
        }
    }
}
