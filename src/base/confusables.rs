//! Which names look alike (confusable, in the words of Unicode Technical Standard 39), so that no member can pose as
//! another.
//!
//! *The rule.* If both names have ordinary Latin letters, with or without accents, they are compared as people read
//! them: Ian is not Lan, Dom is not Dorn, Al is not AI. Only letters in unusual places count as others, since they
//! are there to deceive: a capital I inside a word with small letters (`AIice`, `BobI`), a small l among capitals
//! (`BOBl`), the digits 0 and 1 beside letters (`B0b`, `A1ice`, `Bob1`, but not `Bob10`), and rn at the beginning of
//! a word (`rnary`).
//!
//! If one of the names has other letters (another script, small capitals, full width), or both end in "bot", their
//! skeletons are compared as in the standard: `Аnn` with a Cyrillic А is `Ann`, and `SimpIe_Chat_Bot` is
//! `Simple_Chat_Bot`. In names of bots, digits also count as the letters that they stand for. Case and invisible
//! characters never count; accents, `_`, `-` and `.` always do.
//!
//! So disguises and foreign look-alikes are refused, while two everyday names can be in one room. (The standard alone
//! would refuse those too: it maps I to l and m to rn everywhere.) `base::scripts` checks that no word mixes scripts.

use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

use crate::base::limits::NAME_CHARS;
use crate::base::name::{NameKey, is_joiner};

/// A name with what is needed to tell whether another looks like it. Equal forms share their text: each member has a
/// `Confusable`, and indexes hold it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusable {
    key: NameKey,
    /// The name as an attentive reader reads it. `None`: it has letters other than ordinary Latin ones, or belongs to
    /// a bot.
    reading: Option<Arc<str>>,
    /// The skeleton: each letter replaced by the one that it looks like.
    spelled: Arc<str>,
    /// The skeleton of the name in lower case, if it is different: `Ila` looks like `lla`, but is the same name as
    /// `ila`.
    lower: Option<Arc<str>>,
}

impl Confusable {
    /// The forms of `text`, which need not be a valid name.
    pub fn of(text: &str) -> Confusable {
        let (spelled, lower) = if text.is_ascii() {
            (ascii_skeleton(text), text.contains('I').then(|| ascii_skeleton(&text.to_ascii_lowercase())))
        } else {
            (name_skeleton(text), Some(name_skeleton(&text.to_lowercase())))
        };
        let key = NameKey::of(text);
        let is_of_a_bot = without_digits(&spelled).ends_with("bot");
        let is_plain = !is_of_a_bot && text.chars().all(is_ordinary);
        let shown = |skeleton: String| if is_of_a_bot { without_digits(&skeleton) } else { skeleton };
        let (spelled, lower) = (shown(spelled), lower.map(shown));
        let spelled = shared_text(spelled, key.shared());
        Confusable {
            reading: is_plain.then(|| shared_text(reading(text), key.shared())),
            lower: lower.filter(|lower| **lower != *spelled).map(|lower| shared_text(lower, key.shared())),
            spelled,
            key,
        }
    }

    /// The name as a key for comparison, without case.
    pub fn key(&self) -> &NameKey {
        &self.key
    }

    /// The reading. Two names that have one are confusable only if their readings are equal.
    pub fn reading(&self) -> Option<&Arc<str>> {
        self.reading.as_ref()
    }

    /// The one or two skeletons. If one of two names has no reading, they are confusable if they share a skeleton.
    pub fn skeletons(&self) -> impl Iterator<Item = &Arc<str>> {
        [Some(&self.spelled), self.lower.as_ref()].into_iter().flatten()
    }

    /// Whether a reader could mistake one name for the other.
    pub fn is_confusable_with(&self, other: &Confusable) -> bool {
        match (&self.reading, &other.reading) {
            _ if self.key == other.key => true,
            (Some(one), Some(another)) => one == another,
            _ => self.skeletons().any(|skeleton| other.skeletons().any(|seen| seen == skeleton)),
        }
    }
}

/// `text`, in the allocation of `other` if that is equal.
fn shared_text(text: String, other: &Arc<str>) -> Arc<str> {
    if *text == **other { other.clone() } else { text.into() }
}

/// ASCII, accented ASCII letters, and the other letters of European languages.
fn is_ordinary(c: char) -> bool {
    let is_accented = || c.nfd().next().is_some_and(|base| base.is_ascii_alphabetic());
    c.is_ascii() || matches!(c, '\u{300}'..='\u{36f}') || "øØłŁđĐßæÆœŒþÞðÐħĦŋŊ".contains(c) || is_accented()
}

/// The reading of a name in ordinary Latin letters.
fn reading(text: &str) -> String {
    let chars: Vec<char> = if text.is_ascii() { text.chars().collect() } else { text.nfd().collect() };
    let mut out = String::with_capacity(text.len());
    for word in chars.split_inclusive(|c| matches!(c, '_' | '-' | '.')) {
        read_word(word, &mut out);
    }
    out
}

fn read_word(word: &[char], out: &mut String) {
    let has_small = word.iter().any(|c| c.is_lowercase());
    let is_shouted = !word.iter().any(|c| c.is_lowercase() && *c != 'l')
        && word.iter().filter(|c| c.is_uppercase()).count() > 1;
    let mut at = 0;
    if let ['r', 'n', next, ..] = word
        && next.is_alphabetic()
    {
        out.push('m');
        at = 2;
    }
    while at < word.len() {
        let rest = &word[at..];
        let digits = rest.iter().take_while(|c| c.is_ascii_digit()).count();
        if digits > 0 {
            let number = &rest[..digits];
            let is_before_letter = rest.get(digits).is_some_and(|c| c.is_alphabetic());
            let is_behind_letter = at > 0 && digits == 1;
            let is_binary = number.iter().all(|c| matches!(c, '0' | '1'));
            let is_letter = is_binary && (is_before_letter || is_behind_letter);
            out.extend(number.iter().map(|c| match c {
                '0' if is_letter => 'o',
                '1' if is_letter => 'l',
                c => *c,
            }));
            at += digits;
            continue;
        }
        match rest[0] {
            'I' if at > 0 && has_small => out.push('l'),
            'l' if is_shouted => out.push('i'),
            c if c.is_ascii() => out.push(c.to_ascii_lowercase()),
            // Marks that look the same are equal: a cedilla and a comma below.
            c => out.extend(skeleton(c.encode_utf8(&mut [0; 4])).flat_map(char::to_lowercase)),
        }
        at += 1;
    }
}

/// Longest skeleton in characters. A single letter may expand to eighteen.
const SKELETON_CHARS: usize = 4 * NAME_CHARS;

/// The skeleton of `text`, cut to [`SKELETON_CHARS`]. Applied twice, as a capital may look like a letter whose lower
/// case looks like another.
fn name_skeleton(text: &str) -> String {
    let seen: String = text.chars().filter(|c| !is_joiner(*c)).collect();
    let once: String = skeleton(&seen).flat_map(char::to_lowercase).map(small).take(SKELETON_CHARS).collect();
    skeleton(&once).flat_map(char::to_lowercase).map(small).take(SKELETON_CHARS).collect()
}

/// The same for ASCII, where Unicode's table has only four entries.
fn ascii_skeleton(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for c in text.chars() {
        match c {
            'I' | '1' => out.push('l'),
            '0' => out.push('o'),
            'm' | 'M' => out.push_str("rn"),
            c => out.push(c.to_ascii_lowercase()),
        }
    }
    out
}

/// Replaces digits by the letters that they stand for. (A skeleton has `o` for 0 and `l` for 1 already.)
fn without_digits(skeleton: &str) -> String {
    let letter = |c| match c {
        'i' => 'l',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        '8' => 'b',
        other => other,
    };
    skeleton.chars().map(letter).collect()
}

/// Maps small capitals to small letters, which Unicode's table does not. The table maps some Cyrillic and Greek
/// letters to small capitals: `н`, `т`, `м` and `ε`.
fn small(c: char) -> char {
    match c {
        'ᴀ' => 'a',
        'ʙ' => 'b',
        'ᴅ' => 'd',
        'ᴇ' | 'ꞓ' => 'e',
        'ꜰ' => 'f',
        'ɢ' => 'g',
        'ʜ' => 'h',
        'ᴊ' => 'j',
        'ĸ' => 'k',
        'ʟ' => 'l',
        'ʍ' => 'm',
        'ɴ' => 'n',
        'ᴘ' => 'p',
        'ʀ' => 'r',
        'ᴛ' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn are_alike(a: &str, b: &str) -> bool {
        Confusable::of(a).is_confusable_with(&Confusable::of(b))
    }

    #[test]
    fn look_alikes() {
        for (a, b) in [
            ("Ann", "Аnn"),
            ("Ann", "АNN"),
            ("Bob", "Bоb"),
            ("Bob", "Воb"),
            ("Bob", "B0b"),
            ("Bob", "ʙᴏʙ"),
            ("Alice", "AIice"),
            ("Alice", "A1ice"),
            ("Ali", "AIi"),
            ("Bill", "BiIl"),
            ("Bill", "Bil1"),
            ("Leo", "Le0"),
            ("Otto", "0tto"),
            ("Root", "R00t"),
            ("Bob1", "Bobl"),
            ("Bob1", "BobI"),
            ("BOBI", "BOBl"),
            ("Mary", "rnary"),
            ("modern", "rnodern"),
            ("Ann_Mary", "Ann_rnary"),
            ("Tom", "Tоrn"),
            ("Tom", "Том"),
            ("Anna", "ΑΝΝΑ"),
            ("Ali", "ALІ"),
            ("Ian", "Іan"),
            ("Lan", "Іan"),
            ("Ila", "іla"),
            ("ILA", "іla"),
            ("Ann", "Ａnn"),
            ("ﬁn", "fin"),
            ("Simple_Chat_Bot", "SimpIe_Chat_Bot"),
            ("Simple_Chat_Bot", "Sirnple_Chat_Bot"),
            ("Simple_Chat_Bot", "S1mple_Ch4t_B0t"),
            ("Simple_Chat_Bot", "Simple_Chat_Воt"),
            ("Weather_Bot", "W3ather_bot"),
            ("ıvan", "ivan"),
            ("Ionuţ", "Ionuț"),
            // An invisible character.
            ("علیرضا", "علی\u{200c}رضا"),
        ] {
            assert!(are_alike(a, b) && are_alike(b, a), "{a} {b}");
        }
    }

    #[test]
    fn honest_names_in_one_room() {
        let names = [
            "Ann",
            "Änn",
            "Anne",
            "Anna",
            "Bob",
            "Bob2",
            "Bob10",
            "Bob_",
            "Ali",
            "Alli",
            "Lia",
            "Ila",
            "Lla",
            "Eli",
            "Ella",
            "Ian",
            "Lan",
            "Dom",
            "Dorn",
            "Al",
            "AI",
            "Amie",
            "Arnie",
            "Tom",
            "Torn",
            "Jörn",
            "Jöm",
            "Ida",
            "Lda",
            "Ira",
            "Lra",
            "Bern",
            "Bem",
            "Kim",
            "Kirn",
            "Ilan",
            "Llan",
            "Max",
            "Max1",
            "Max2",
            "Max11",
            "H2O",
            "H20",
            "Jose",
            "José",
            "Muller",
            "Müller",
            "Mueller",
            "Lukas",
            "Łukasz",
            "Soren",
            "Søren",
            "Hạnh",
            "Hành",
            "Иван",
            "Иво",
            "Анна",
            "Мария",
            "Марија",
            "Νίκος",
            "Νίκη",
            "李雷",
            "李蕾",
            "विक्रम",
            "विक्रमा",
            "ناصر",
            "نصر",
            "נועה",
            "42",
            "24",
            "007",
            "OO7",
        ];
        for (at, a) in names.iter().enumerate() {
            for b in &names[..at] {
                assert!(!are_alike(a, b), "{a} {b}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_ascii_skeleton_equals_the_general_one(text in "[a-zA-Z0-9_.-]{0,32}") {
            prop_assert_eq!(ascii_skeleton(&text), name_skeleton(&text));
            prop_assert_eq!(ascii_skeleton(&text.to_lowercase()), name_skeleton(&text.to_lowercase()));
        }

        #[test]
        fn case_variants_are_confusable(text in "\\PC{0,8}") {
            prop_assert!(are_alike(&text, &text.to_lowercase()));
        }
    }
}
