//! Names: what may be one, when two are the same, and which nobody may have.
//!
//! Who holds which name is the chat's affair.

use std::fmt;
use std::rc::Rc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

use crate::base::limits::NAME_CHARS;

/// A name as its owner spells it: 1 to 32 characters, letters and digits of any script, `_`, `-` and `.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(Rc<str>);

/// What two names have in common when they are the same name: it does not know upper case from lower.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NameKey(Box<str>);

/// Why a text is no name. Displayed, it is a sentence for whoever chose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameError {
    /// Nothing was given.
    Empty,
    /// More than 32 characters.
    TooLong,
    /// This character is none that a name may hold.
    Character(char),
    /// It is the host's or the server's, or looks like it.
    Protected(String),
}

/// Names that only the server speaks under.
const PROTECTED: [&str; 2] = ["host", "server"];

impl Name {
    /// `text` as a name, composed (NFC).
    pub fn parse(text: &str) -> Result<Name, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        // A character decomposes into at most 18; whatever is longer than that is not worth composing.
        if text.chars().nth(NAME_CHARS * 18).is_some() {
            return Err(NameError::TooLong);
        }
        let composed: String = text.nfc().collect();
        let mut after_letter = false;
        for c in composed.chars() {
            if !(is_letter_or_digit(c)
                || matches!(c, '_' | '-' | '.')
                || (after_letter && is_combining_mark(c)))
            {
                return Err(NameError::Character(c));
            }
            after_letter = is_letter_or_digit(c);
        }
        if composed.chars().count() > NAME_CHARS {
            return Err(NameError::TooLong);
        }
        if is_protected(&composed) {
            return Err(NameError::Protected(composed));
        }
        Ok(Name(composed.into()))
    }

    /// The name's identity, without regard to case.
    pub fn key(&self) -> NameKey {
        NameKey::of(&self.0)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl NameKey {
    /// The key of whatever `text` names, whether or not it could be a name.
    pub fn of(text: &str) -> NameKey {
        // Through upper case and back, so that ß is ss and both Greek sigmas are one.
        let folded = text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc();
        NameKey(folded.collect::<String>().into())
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
                    "A name is made of letters, digits, \"_\", \"-\" and \".\", and \"{c}\" is none of them."
                )
            }
            NameError::Protected(name) => {
                write!(f, "The name {name} looks like one that only this server uses.")
            }
        }
    }
}

impl std::error::Error for NameError {}

/// Letters and digits of any script, but for those few that are letters by class and nothing to the eye: the fillers of
/// Hangul and two inherent vowels of Khmer.
fn is_letter_or_digit(c: char) -> bool {
    let invisible = matches!(
        c,
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{17b4}' | '\u{17b5}' | '\u{1d159}'
    );
    c.is_alphanumeric() && !invisible
}

/// Whether a reader could take `name` for a protected one: the same letters, or letters that look like them (Unicode
/// Technical Standard 39), whatever the case, accents, digits in their place or separators around them.
fn is_protected(name: &str) -> bool {
    let lower = name.to_lowercase();
    [skeleton(name).collect::<String>(), skeleton(&lower).collect(), lower].iter().any(|seen| {
        let plain: String = seen
            .nfkd()
            .flat_map(char::to_lowercase)
            .filter(|c| c.is_alphanumeric() && !is_combining_mark(*c))
            .map(|c| match c {
                '0' => 'o',
                '3' => 'e',
                '5' => 's',
                '7' => 't',
                other => other,
            })
            .collect();
        PROTECTED.contains(&plain.as_str())
    })
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
            ("\u{301}a", NameError::Character('\u{301}')),
            ("e\u{316}\u{317}", NameError::Character('\u{317}')),
            ("a\u{3164}", NameError::Character('\u{3164}')),
            ("\u{fffd}", NameError::Character('\u{fffd}')),
        ] {
            assert_eq!(Name::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn nobody_is_called_host() {
        for text in [
            "Host",
            "HOST",
            "h0st",
            "Hоst",
            "НОST",
            "Ｈｏｓｔ",
            "_host_",
            "H-o-s-t",
            "Hóst",
            "Server",
            "5erver",
            "Ѕеrvеr",
        ] {
            assert!(matches!(Name::parse(text), Err(NameError::Protected(_))), "{text}");
        }
    }

    #[test]
    fn one_name_whatever_the_case() {
        for (a, b) in [
            ("Bob", "bOB"),
            ("Åse", "ÅSE"),
            ("Straße", "STRASSE"),
            ("Σας", "ΣΑΣ"),
            ("ﬁn", "FIN"),
            ("Ⅳ", "iv"),
        ] {
            assert_eq!(NameKey::of(a), NameKey::of(b), "{a} {b}");
        }
        assert_ne!(NameKey::of("Bob"), NameKey::of("Bobo"));
    }
}
