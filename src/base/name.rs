//! Names: which are valid, when two are the same, and which are reserved.

use std::fmt;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_width::UnicodeWidthChar;

use crate::base::limits::{NAME_CHARS, NAME_INPUT_CHARS};
use crate::base::protected::is_protected;
use crate::base::scripts::{self, Misplaced};
use crate::base::text::sanitize;

pub use crate::base::scripts::Mixture;
pub(super) use crate::base::scripts::is_joiner;

/// A valid name in its owner's spelling: 1 to 32 characters, letters and digits of any script, `_`, `-` and `.`;
/// combining marks and joiners as languages write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(Rc<str>);

/// The identity of a name: equal for all spellings that differ only in case and joiners.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NameKey(Arc<str>);

/// Why a text is not a valid name. Displayed, it is a sentence for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameError {
    /// The text is empty.
    Empty,
    /// More than 32 characters.
    TooLong,
    /// This character is not allowed, or not in its place.
    Character(char),
    /// A letter has more combining marks than any language writes.
    Marks,
    /// It is the host's or the server's, or looks like one of these.
    Protected(String),
    /// It looks like an address, which operators' commands take for a machine.
    Address,
}

impl Name {
    /// Parses `text`, and normalizes it to NFC.
    pub fn parse(text: &str) -> Result<Name, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if is_too_long(text) {
            return Err(NameError::TooLong);
        }
        let composed: String = if text.is_ascii() { text.into() } else { text.nfc().collect() };
        if !composed.is_ascii() || !composed.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
        {
            check_characters(&composed.chars().collect::<Vec<char>>())?;
        }
        if composed.chars().count() > NAME_CHARS {
            return Err(NameError::TooLong);
        }
        if is_address(&composed) {
            return Err(NameError::Address);
        }
        if is_protected(&composed) {
            return Err(NameError::Protected(composed));
        }
        Ok(Name(composed.into()))
    }

    /// A name from a stored record, which may break today's rules. For display only.
    pub fn from_stored(text: &str) -> Name {
        let harmless = sanitize(text.as_bytes());
        Name(harmless.chars().take(NAME_CHARS).collect::<String>().into())
    }

    /// The identity of the name.
    pub fn key(&self) -> NameKey {
        NameKey::of(&self.0)
    }

    /// Whether it is marked as a bot's: it ends in "bot" as a word of its own. (In the old bots' dialect the ending is
    /// enough.)
    pub fn is_of_a_bot(&self) -> bool {
        let stem = self
            .0
            .strip_suffix("Bot")
            .or_else(|| self.0.strip_suffix("_bot"))
            .or_else(|| self.0.strip_suffix("-bot"));
        stem.is_some() || self.0.eq_ignore_ascii_case("bot")
    }

    /// A letter of another script than its word, if it could be mistaken for one of that script. New members cannot
    /// have such a name; records may contain one.
    pub fn mixture(&self) -> Option<Mixture> {
        scripts::mixture(&self.0)
    }

    /// Whether `text` is this name in the same spelling, composed or not.
    pub fn is_spelled(&self, text: &str) -> bool {
        text == &*self.0 || (!text.is_ascii() && text.nfc().eq(self.0.chars()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl NameKey {
    /// The identity of `text`, whether or not it is a valid name. A text that is too long is identical only to itself.
    pub fn of(text: &str) -> NameKey {
        NameKey::of_at_most(text, usize::MAX).unwrap_or_else(|| NameKey(text.into()))
    }

    /// The identity of `text`, unless its key has more characters than `chars` or it is too long for a name. Stops
    /// normalizing at that limit.
    pub fn of_at_most(text: &str, chars: usize) -> Option<NameKey> {
        if is_too_long(text) {
            return None;
        }
        if text.is_ascii() {
            return (text.len() <= chars).then(|| NameKey(text.to_ascii_lowercase().into()));
        }
        let text: String = text.chars().filter(|c| !is_joiner(*c)).collect();
        // By way of upper case, so that ß is ss and both Greek sigmas are the same; from lower case, as ẞ has an upper
        // case of its own.
        let lower = text.nfkc().flat_map(char::to_lowercase);
        let folded = lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc();
        let mut folded = folded.fuse();
        let key: String = folded.by_ref().take(chars).collect();
        folded.next().is_none().then(|| NameKey(key.into()))
    }

    /// The key as text. Its key is itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key as shared text.
    pub(super) fn shared(&self) -> &Arc<str> {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NameError::Empty => write!(f, "A name needs at least one character."),
            NameError::TooLong => write!(f, "A name has at most {NAME_CHARS} characters."),
            NameError::Character(' ') => write!(f, "A name is one word, without spaces."),
            NameError::Character(c) => {
                write!(
                    f,
                    "A name consists of letters, digits, \"_\", \"-\" and \".\"; {} is not allowed.",
                    shown(*c)
                )
            }
            NameError::Marks => write!(f, "A letter of that name has too many accents or other marks."),
            NameError::Address => write!(f, "A name cannot be an address, or a number with dots in it."),
            NameError::Protected(name) => {
                write!(f, "The name {name} looks like one that is reserved for the server.")
            }
        }
    }
}

impl std::error::Error for NameError {}

/// Whether `text` has more characters than any spelling of a name.
pub(crate) fn is_too_long(text: &str) -> bool {
    text.len() > NAME_INPUT_CHARS && text.chars().nth(NAME_INPUT_CHARS).is_some()
}

/// Whether names may contain this letter or digit. Excluded are letters that are invisible (Hangul fillers, inherent
/// Khmer vowels, blank hieroglyphs), and pictures of letters (in circles and squares).
fn is_letter_or_digit(c: char) -> bool {
    let is_picture = matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}');
    c.is_alphanumeric() && !is_blank(c) && !is_picture && !is_combining_mark(c)
}

fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{115f}'
            | '\u{1160}'
            | '\u{3164}'
            | '\u{ffa0}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{13441}'
            | '\u{13442}'
    )
}

/// Whether a mark visibly changes a letter. Selectors and joiners do not (Unicode's `Default_Ignorable_Code_Point`).
fn is_mark(c: char) -> bool {
    let is_invisible = matches!(c, '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{17b4}' | '\u{17b5}');
    is_combining_mark(c) && !is_invisible
}

/// Whether names may contain this character somewhere.
pub fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.') || (!c.is_ascii() && (is_mark(c) || is_joiner(c)))
}

/// Checks the characters of a text that is not plain ASCII, apart from its length.
fn check_characters(text: &[char]) -> Result<(), NameError> {
    for (at, c) in text.iter().copied().enumerate() {
        let is_fine = if is_mark(c) {
            match scripts::check_mark(text, at) {
                Err(Misplaced::TooMany) => return Err(NameError::Marks),
                placed => placed.is_ok(),
            }
        } else if is_joiner(c) {
            scripts::is_joiner_in_place(text, at)
        } else {
            is_letter_or_digit(c) || matches!(c, '_' | '-' | '.')
        };
        if !is_fine {
            return Err(NameError::Character(c));
        }
    }
    Ok(())
}

/// Whether an operator's command would read it as an address or a part of one, such as `10.0.0`.
fn is_address(text: &str) -> bool {
    let is_number = text.contains('.') && text.contains(|c: char| c.is_ascii_digit());
    text.parse::<IpAddr>().is_ok() || (is_number && text.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

/// A character in quotation marks, or its code point if it would be invisible there.
fn shown(c: char) -> String {
    let is_private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    let is_seen = c.width().is_some_and(|width| width > 0) && !c.is_whitespace() && !is_combining_mark(c);
    if is_seen && !is_private && is_shown_alone(c) {
        format!("\"{c}\"")
    } else {
        format!("U+{:04X}", u32::from(c))
    }
}

/// Whether a character is visible. Fillers and blanks take a column and show nothing.
fn is_shown_alone(c: char) -> bool {
    !is_blank(c) && !matches!(c, '\u{ad}' | '\u{2800}' | '\u{180e}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script() {
        for text in [
            "a",
            "Bob",
            "_x-1.y",
            "Åse",
            "Łukasz",
            "Иван",
            "李雷",
            "विक्रम",
            "ناصر",
            "Ghost",
            "Hosts",
            "42",
            ".",
            "...",
            "v1.2",
            "သန့်",
            "फ़्लोरा",
            "Ọ̀ṣun",
            "น้ำ",
            "מֹשֶׁה",
            "مُحَمَّد",
            "علی\u{200c}رضا",
            "ශ්\u{200d}රී",
        ] {
            assert_eq!(Name::parse(text).map(|n| n.to_string()), Ok(text.to_owned()), "{text}");
        }
        assert!(Name::parse(&"x".repeat(32)).is_ok());
        assert!(Name::parse(&"é".repeat(32)).is_ok());
        assert_eq!(Name::parse("e\u{301}").unwrap().as_str(), "é", "composed");
    }

    #[test]
    fn texts_that_are_no_names() {
        let long = "x".repeat(33);
        let zalgo = format!("e{}", "\u{316}".repeat(600));
        for (text, why) in [
            ("", NameError::Empty),
            (long.as_str(), NameError::TooLong),
            (zalgo.as_str(), NameError::TooLong),
            ("John Smith", NameError::Character(' ')),
            ("a:b", NameError::Character(':')),
            ("/exit", NameError::Character('/')),
            ("a\u{200d}b", NameError::Character('\u{200d}')),
            ("a\u{200b}b", NameError::Character('\u{200b}')),
            ("1.2", NameError::Address),
            ("10.0.0.256", NameError::Address),
            ("192.0.2.7", NameError::Address),
            ("\u{301}a", NameError::Character('\u{301}')),
            ("e\u{316}\u{317}\u{318}", NameError::Marks),
            ("Host", NameError::Protected("Host".into())),
            ("a\u{3164}", NameError::Character('\u{3164}')),
            ("Bob\u{fe0f}", NameError::Character('\u{fe0f}')),
            ("Bob\u{34f}", NameError::Character('\u{34f}')),
            ("Bob\u{e0100}", NameError::Character('\u{e0100}')),
            ("Bob\u{180b}", NameError::Character('\u{180b}')),
            ("Bob\u{13441}", NameError::Character('\u{13441}')),
            ("🅷🅾🆂🆃", NameError::Character('🅷')),
            ("\u{fffd}", NameError::Character('\u{fffd}')),
        ] {
            assert_eq!(Name::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn invisible_characters_are_shown_as_code_points() {
        for (text, shown) in [
            ("a\u{200b}b", "U+200B"),
            ("a\u{200d}b", "U+200D"),
            ("\u{301}", "U+0301"),
            ("a\u{a0}b", "U+00A0"),
            ("a\tb", "U+0009"),
            ("a\u{ad}b", "U+00AD"),
            ("a\u{3164}", "U+3164"),
            ("a\u{2800}", "U+2800"),
            ("a\u{feff}", "U+FEFF"),
            ("a\u{200e}", "U+200E"),
            ("a\u{2060}", "U+2060"),
            ("a\u{e000}", "U+E000"),
            ("a\u{e0041}", "U+E0041"),
            ("a\u{fe0f}", "U+FE0F"),
            ("a😀", "\"😀\""),
            ("a!", "\"!\""),
        ] {
            let why = Name::parse(text).unwrap_err().to_string();
            assert!(why.contains(&format!("; {shown} is not allowed.")), "{why}");
        }
    }

    #[test]
    fn keys_ignore_case() {
        for (a, b) in [
            ("Bob", "bOB"),
            ("Åse", "ÅSE"),
            ("Straße", "STRASSE"),
            ("Σας", "ΣΑΣ"),
            ("ﬁn", "FIN"),
            ("Ⅳ", "iv"),
            ("علی\u{200c}رضا", "علیرضا"),
        ] {
            assert_eq!(NameKey::of(a), NameKey::of(b), "{a} {b}");
        }
        assert_ne!(NameKey::of("Bob"), NameKey::of("Bobo"));
        for long in ["\u{fdfa}".repeat(8_100), "X".repeat(24_000)] {
            assert_eq!(NameKey::of_at_most(&long, usize::MAX), None);
            assert_eq!(NameKey::of(&long).as_str(), long, "it is not folded");
        }
        assert_eq!(NameKey::of_at_most("\u{fdfa}", 17), None, "it stands for 18 characters");
        assert_eq!(NameKey::of_at_most("\u{fdfa}", 18), Some(NameKey::of("\u{fdfa}")));
        assert_eq!(NameKey::of_at_most("Bob", 2), None);
    }

    #[test]
    fn no_letter_is_another_in_another_case() {
        for c in
            (0..=0x2_ffff).filter_map(char::from_u32).filter(|c| c.is_alphanumeric() || is_combining_mark(*c))
        {
            let key = NameKey::of(&c.to_string());
            assert_eq!(NameKey::of(key.as_str()), key, "{c:?} {key:?}");
            for other in [c.to_uppercase().to_string(), c.to_lowercase().to_string()] {
                assert_eq!(NameKey::of(&other), key, "{c:?} {other:?}");
            }
        }
    }
}
