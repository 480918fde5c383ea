//! Names: what may be one, when two are the same, and which nobody may have.
//!
//! Who holds which name is the chat's affair.

use std::fmt;
use std::net::IpAddr;
use std::rc::Rc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

use crate::base::limits::{KEY_CHARS, NAME_CHARS};
use crate::base::text::clean;

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
    /// It reads as an address, by which operators mean machines.
    Address,
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
        let composed: String = if text.is_ascii() { text.into() } else { text.nfc().collect() };
        let mut after_letter = false;
        for c in composed.chars() {
            if !(is_letter_or_digit(c) || matches!(c, '_' | '-' | '.') || (after_letter && is_mark(c))) {
                return Err(NameError::Character(c));
            }
            after_letter = is_letter_or_digit(c);
        }
        if composed.chars().count() > NAME_CHARS {
            return Err(NameError::TooLong);
        }
        if composed.parse::<IpAddr>().is_ok() {
            return Err(NameError::Address);
        }
        if is_protected(&composed) {
            return Err(NameError::Protected(composed));
        }
        Ok(Name(composed.into()))
    }

    /// A name that somebody had once, by whatever rules there were then. It is to be shown, and for nobody to have.
    pub fn of_old(text: &str) -> Name {
        let harmless = clean(text.as_bytes());
        Name(harmless.chars().take(NAME_CHARS).collect::<String>().into())
    }

    /// The name's identity, without regard to case.
    pub fn key(&self) -> NameKey {
        NameKey::of(&self.0)
    }

    /// Whether it is a bot's: it says so at its end, as a word of its own. (In the dialect of the old bots, the end is
    /// enough.)
    pub fn is_of_a_bot(&self) -> bool {
        let stem = self
            .0
            .strip_suffix("Bot")
            .or_else(|| self.0.strip_suffix("_bot"))
            .or_else(|| self.0.strip_suffix("-bot"));
        stem.is_some() || self.0.eq_ignore_ascii_case("bot")
    }

    /// Whether `text` is this name in this spelling, composed or not.
    pub fn is_spelled(&self, text: &str) -> bool {
        text == &*self.0 || (!text.is_ascii() && text.nfc().eq(self.0.chars()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl NameKey {
    /// The key of whatever `text` names, whether or not it could be a name. What is longer than any name's is cut: it is folded
    /// no further than that.
    pub fn of(text: &str) -> NameKey {
        if text.is_ascii() {
            return NameKey(text.to_ascii_lowercase().into());
        }
        // Through upper case and back, so that ß is ss and both Greek sigmas are one; from lower case, as ẞ is upper case of its
        // own.
        let lower = text.chars().take(KEY_CHARS).nfkc().flat_map(char::to_lowercase);
        let folded = lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc();
        NameKey(folded.take(KEY_CHARS).collect::<String>().into())
    }

    /// The key as text, which is its own key.
    pub fn as_str(&self) -> &str {
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
                    "A name is made of letters, digits, \"_\", \"-\" and \".\", and \"{c}\" is none of them."
                )
            }
            NameError::Address => write!(f, "A name is not an address."),
            NameError::Protected(name) => {
                write!(f, "The name {name} looks like one that only this server uses.")
            }
        }
    }
}

impl std::error::Error for NameError {}

/// Letters and digits of any script, but for those that are letters by class and nothing to the eye (fillers of Hangul,
/// inherent vowels of Khmer, blank hieroglyphs), and for letters in circles and squares, which are pictures of letters.
fn is_letter_or_digit(c: char) -> bool {
    let is_invisible = matches!(
        c,
        '\u{115f}'
            | '\u{1160}'
            | '\u{3164}'
            | '\u{ffa0}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{13441}'
            | '\u{13442}'
    );
    let is_picture = matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}');
    c.is_alphanumeric() && !is_invisible && !is_picture
}

/// Marks that change a letter before the eye. Selectors and joiners do not (Unicode's `Default_Ignorable_Code_Point`).
fn is_mark(c: char) -> bool {
    let is_invisible = matches!(c, '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{17b4}' | '\u{17b5}');
    is_combining_mark(c) && !is_invisible
}

/// Whether a reader could take `name` for a protected one: the same letters, or letters that look like them (Unicode
/// Technical Standard 39), whatever the case, accents, digits in their place or separators around them.
fn is_protected(name: &str) -> bool {
    let is_word = |letters: &mut dyn Iterator<Item = char>| {
        let plain: String = letters.filter(|c| c.is_alphanumeric()).map(plain_letter).collect();
        PROTECTED.contains(&plain.as_str())
    };
    if name.is_ascii() {
        // What else the table knows of ASCII, l and rn, is in no such name.
        return is_word(&mut name.chars().map(|c| c.to_ascii_lowercase()));
    }
    let lower = name.to_lowercase();
    [skeleton(name).collect::<String>(), skeleton(&lower).collect(), lower]
        .iter()
        .any(|seen| is_word(&mut seen.nfkd().flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c))))
}

/// What stands in place of a letter of a protected name, and Unicode's table does not know or takes for something else.
fn plain_letter(c: char) -> char {
    match c {
        '0' | 'ᴏ' | 'ο' | 'о' => 'o',
        '3' | 'ε' | 'ɛ' | 'є' | 'ꞓ' | 'ᴇ' => 'e',
        '5' | 'ꜱ' | 'ѕ' => 's',
        '7' | 'т' | 'τ' | 'ᴛ' => 't',
        'н' | 'ʜ' | 'ⱨ' | 'һ' | 'ħ' => 'h',
        'ʀ' | 'г' => 'r',
        'ᴠ' | 'ν' => 'v',
        other => other,
    }
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
            "Нοѕт",
            "H0sт",
            "Hosτ",
            "Hosᴛ",
            "Hᴏsᴛ",
            "ʜost",
            "ⱨost",
            "Sєrvєr",
            "5εrvεr",
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
