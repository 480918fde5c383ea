//! Which letters, combining marks and joiners may stand together in a word of a name. Real spellings pass; disguises do not.
//!
//! - Scripts, after Unicode Technical Standard 39: the letters of a word belong to one script, or to those that Japanese,
//!   Korean and Chinese write together. Latin letters may stand beside a script without Latin look-alikes.
//! - Marks, after its section 5.4: a limited number on a letter, of the letter's own script, and no mark twice in a row.
//! - Joiners, after Unicode Standard Annex 31: only where they change how letters of Persian or of India's languages look.

use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_script::{Script, UnicodeScript};
use unicode_security::mixed_script::AugmentedScriptSet;
use unicode_security::skeleton;
use unicode_width::UnicodeWidthChar;

use crate::base::limits::{MARKS_PER_CHARACTER, NAME_ACCENTS, NAME_MARKS};

/// Zero-width non-joiner and joiner.
pub(super) const ZWNJ: char = '\u{200c}';
pub(super) const ZWJ: char = '\u{200d}';

/// Scripts whose letters may stand in one word with Latin ones. Cyrillic, Greek and Armenian may not, as their letters
/// look alike; nor may scripts that are hardly used today.
const UNLIKE_LATIN: [Script; 25] = [
    Script::Arabic,
    Script::Bengali,
    Script::Bopomofo,
    Script::Devanagari,
    Script::Ethiopic,
    Script::Georgian,
    Script::Gujarati,
    Script::Gurmukhi,
    Script::Han,
    Script::Hangul,
    Script::Hebrew,
    Script::Hiragana,
    Script::Kannada,
    Script::Katakana,
    Script::Khmer,
    Script::Lao,
    Script::Malayalam,
    Script::Myanmar,
    Script::Oriya,
    Script::Sinhala,
    Script::Tamil,
    Script::Telugu,
    Script::Thaana,
    Script::Thai,
    Script::Tibetan,
];

/// A letter of one script in a word of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mixture {
    /// The letter.
    pub letter: char,
    /// Its script.
    pub script: &'static str,
    /// The script of the word.
    pub among: &'static str,
}

impl std::fmt::Display for Mixture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Mixture { letter, script, among } = self;
        write!(
            f,
            "In that name, \"{letter}\" is a {script} letter among {among} ones and could be mistaken for one of them. Write \
             each word of a name in one script."
        )
    }
}

/// The first letter that does not belong to the script of its word.
pub(super) fn mixture(text: &str) -> Option<Mixture> {
    if text.is_ascii() {
        return None;
    }
    text.split(['_', '-', '.']).find_map(mixture_in_word)
}

fn mixture_in_word(word: &str) -> Option<Mixture> {
    let (mut latin, mut others, mut foreign) = (None, AugmentedScriptSet::default(), None::<char>);
    for c in word.chars() {
        let scripts = c.script_extension();
        if scripts.is_common() || scripts.is_inherited() || scripts.is_empty() {
            continue;
        }
        let mixed = |with: char| Mixture { letter: c, script: name_of(c), among: name_of(with) };
        if scripts.contains_script(Script::Latin) {
            latin = latin.or(Some(c));
        } else {
            others.intersect_with(scripts.into());
            if others.is_empty() {
                return Some(mixed(foreign.or(latin).unwrap_or(c)));
            }
            // Report the first one, unless a later one is confusable with a Latin letter.
            if foreign.is_none_or(|before| !is_like_latin(before)) {
                foreign = Some(c);
            }
        }
        if let (Some(latin), Some(foreign)) = (latin, foreign)
            && is_like_latin(foreign)
        {
            let with = if c == foreign { latin } else { foreign };
            return Some(mixed(with));
        }
    }
    None
}

/// Whether `c`, of another script, could be mistaken for a Latin letter or digit, or its script has such letters.
fn is_like_latin(c: char) -> bool {
    let scripts = c.script_extension();
    let mut seen =
        skeleton(c.encode_utf8(&mut [0; 4])).filter(|c| !is_combining_mark(*c)).collect::<Vec<_>>();
    seen.truncate(2);
    let is_one = matches!(seen.as_slice(), [c] if c.is_ascii_alphanumeric());
    is_one || !UNLIKE_LATIN.iter().any(|script| scripts.contains_script(*script))
}

fn name_of(c: char) -> &'static str {
    let first = c.script_extension().iter().next().unwrap_or(c.script());
    if c.script() == Script::Common { first.full_name() } else { c.script().full_name() }
}

/// Why a mark or a joiner is misplaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misplaced {
    /// It does not fit the character before it.
    There,
    /// The letter has too many marks.
    TooMany,
}

/// Whether the mark at index `at` is allowed.
pub(super) fn check_mark(text: &[char], at: usize) -> Result<(), Misplaced> {
    let mark = text[at];
    let behind = text[..at].iter().rposition(|c| !is_combining_mark(*c)).ok_or(Misplaced::There)?;
    let base = text[behind];
    let marks = &text[behind + 1..=at];
    let is_at_home = !mark.script_extension().intersection(base.script_extension()).is_empty();
    let is_other = base.script_extension().is_common() && !mark.script_extension().is_inherited();
    if !base.is_alphanumeric() || !is_at_home || is_other {
        return Err(Misplaced::There);
    }
    let accents = marks.iter().filter(|mark| is_accent(**mark)).count();
    let narrow = marks.iter().filter(|mark| mark.width().unwrap_or(0) == 0).count();
    let is_repeated = marks.len() > 1 && marks[marks.len() - 2] == mark && mark.width().unwrap_or(0) == 0;
    if is_repeated || accents > NAME_ACCENTS || narrow > NAME_MARKS || marks.len() > MARKS_PER_CHARACTER {
        return Err(Misplaced::TooMany);
    }
    Ok(())
}

/// Whether the joiner at index `at` changes how the letters around it look.
pub(super) fn is_joiner_in_place(text: &[char], at: usize) -> bool {
    let next = text.get(at + 1).copied();
    let is_letter = next.is_some_and(|c| c.is_alphabetic() && !is_combining_mark(c));
    let is_behind_virama = is_behind_virama(&text[..at], next);
    match text[at] {
        ZWJ => is_behind_virama && !next.is_some_and(|c| is_combining_mark(c) || is_joiner(c)),
        _ => is_letter && (is_behind_virama || is_between_joining(&text[..at], next)),
    }
}

/// Whether `c` is an invisible joiner or non-joiner.
pub(super) fn is_joiner(c: char) -> bool {
    matches!(c, ZWNJ | ZWJ)
}

/// Whether a joiner between `before` and `next` follows a letter with a virama, in the script of the next letter.
fn is_behind_virama(before: &[char], next: Option<char>) -> bool {
    let mut marks = before.iter().rev().take_while(|c| is_combining_mark(**c));
    let virama = marks.find(|c| matches!(canonical_combining_class(**c), 0 | 9));
    let base = before.iter().rev().find(|c| !is_combining_mark(**c));
    let (Some(virama), Some(base)) = (virama, base) else { return false };
    let goes_with = |c: char| !c.script_extension().intersection(base.script_extension()).is_empty();
    canonical_combining_class(*virama) == 9
        && base.is_alphabetic()
        && next.filter(|c| c.is_alphanumeric()).is_none_or(goes_with)
}

/// Whether a joiner between `before` and `next` stands between Arabic letters that would be joined.
fn is_between_joining(before: &[char], next: Option<char>) -> bool {
    let last = before.iter().rev().find(|c| !is_combining_mark(**c));
    let is_arabic = |c: char| c.script() == Script::Arabic;
    match (last, next) {
        (Some(last), Some(next)) => {
            is_arabic(*last) && is_arabic(next) && joins_next(*last) && !joins_neither(next)
        }
        _ => false,
    }
}

/// Whether an Arabic letter joins the next one (Unicode's `Joining_Type` D).
fn joins_next(c: char) -> bool {
    let joins_only_before = matches!(c,
        '\u{622}'..='\u{625}' | '\u{627}' | '\u{629}' | '\u{62f}'..='\u{632}' | '\u{648}' | '\u{671}'..='\u{673}'
        | '\u{675}'..='\u{677}' | '\u{688}'..='\u{699}' | '\u{6c0}' | '\u{6c3}'..='\u{6cb}' | '\u{6cd}' | '\u{6cf}'
        | '\u{6d2}' | '\u{6d3}' | '\u{6d5}' | '\u{6ee}' | '\u{6ef}' | '\u{759}'..='\u{75b}' | '\u{76b}' | '\u{76c}'
        | '\u{771}' | '\u{773}' | '\u{774}' | '\u{778}' | '\u{779}');
    c.is_alphabetic() && !joins_only_before && !joins_neither(c)
}

fn joins_neither(c: char) -> bool {
    matches!(c, '\u{621}' | '\u{674}' | '\u{6dd}')
}

/// Marks used with all scripts, such as accents.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_are_written_together() {
        for text in [
            "",
            "Ann",
            "Änn",
            "Иван",
            "Иван2",
            "Ann_Иван",
            "Vova-Вова",
            "李雷",
            "佐藤さん",
            "カナ",
            "Kenさん",
            "김민수",
            "Kim김",
            "ناصر",
            "נועה",
            "विक्रम",
            "DJ_ไทย",
            "Νίκος",
            "Σας",
            "Հրանտ",
            "သန့်",
            "ትዕግስት",
            "ქეთი",
            "A1ﬁ",
            "𝐀nn",
        ] {
            assert_eq!(mixture(text), None, "{text}");
        }
    }

    #[test]
    fn scripts_that_are_not() {
        for (text, letter, script, among) in [
            ("Bоb", 'о', "Cyrillic", "Latin"),
            ("Аnn", 'n', "Latin", "Cyrillic"),
            ("Αnn", 'n', "Latin", "Greek"),
            ("Hօst", 'օ', "Armenian", "Latin"),
            ("Ann_Bоb", 'о', "Cyrillic", "Latin"),
            ("ИвΑн", 'Α', "Greek", "Cyrillic"),
            ("Bסb", 'ס', "Hebrew", "Latin"),
            ("B০b", '০', "Bengali", "Latin"),
            ("ᎪNN", 'N', "Latin", "Cherokee"),
            ("ناצר", 'צ', "Hebrew", "Arabic"),
        ] {
            assert_eq!(mixture(text), Some(Mixture { letter, script, among }), "{text}");
        }
    }

    fn joins(text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        let at = chars.iter().position(|c| is_joiner(*c)).unwrap();
        is_joiner_in_place(&chars, at)
    }

    #[test]
    fn joiners_only_where_they_are_seen() {
        for text in [
            "علی\u{200c}رضا",
            "می\u{200c}خواهم",
            "ශ්\u{200d}රී",
            "क्\u{200d}ष",
            "क्\u{200c}ष",
            "ക്\u{200d}",
            "र्\u{200d}य",
        ] {
            assert!(joins(text), "{text}");
        }
        for text in [
            "Bo\u{200c}b",
            "Bo\u{200d}b",
            "\u{200c}علی",
            "علی\u{200c}",
            "دا\u{200c}ر",
            "ع\u{200d}ل",
            "क\u{200d}ष",
            "क\u{200c}ष",
            "علی\u{200c}\u{200c}رضا",
            "علی\u{200c}Bob",
            "क्\u{200d}\u{200d}ष",
            "က\u{200d}က",
            "Иv\u{200d}",
            "علی\u{200c}_رضا",
        ] {
            assert!(!joins(text), "{text}");
        }
    }

    fn first_misplaced(text: &str) -> Option<Misplaced> {
        let chars: Vec<char> = text.chars().collect();
        let marks = (0..chars.len()).filter(|at| is_combining_mark(chars[*at]));
        marks.into_iter().find_map(|at| check_mark(&chars, at).err())
    }

    #[test]
    fn marks_that_languages_write() {
        for text in [
            "သန့်",
            "ကျွန်ုပ်",
            "फ़्लोरा",
            "Ọ̀ṣun",
            "ɔ̃́",
            "ชื่อ",
            "น้ำ",
            "מֹשֶׁה",
            "בְּרֵאשִׁית",
            "مُحَمَّد",
            "ལྷ་".trim_end_matches('་'),
            "ཧཱུྃ",
            "ស្រី",
            "ශ්රී",
            "Vũ\u{323}",
            "e\u{316}\u{317}",
        ] {
            assert_eq!(first_misplaced(text), None, "{text}");
        }
        for (text, why) in [
            ("\u{301}a", Misplaced::There),
            ("_\u{301}", Misplaced::There),
            ("a\u{64b}", Misplaced::There),
            ("Bob\u{e49}", Misplaced::There),
            ("e\u{316}\u{317}\u{318}", Misplaced::TooMany),
            ("e\u{301}\u{301}", Misplaced::TooMany),
            ("ก\u{e49}\u{e49}", Misplaced::TooMany),
            ("ก\u{e47}\u{e49}\u{e4a}\u{e4b}\u{e4d}", Misplaced::TooMany),
        ] {
            assert_eq!(first_misplaced(text), Some(why), "{text}");
        }
    }
}
