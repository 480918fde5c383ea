//! Splits a text into searchable words: without case, accents and punctuation.
//!
//! Both journals use this, so that they find the same messages. `SQLite`'s own tokenizers know an older Unicode and
//! fold only some accents.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

use crate::base::limits::{INDEXED_WORD_CHARS, MESSAGE_BYTES};

/// The version of this tokenizer. An index of another version has to be rebuilt.
pub(super) const INDEX_VERSION: i64 = 2;

/// A piece of a folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A word, in a script that separates words.
    Word(&'a str),
    /// A run of characters in a script that does not separate words, or of symbols such as emoji. Any part of it may
    /// be a word.
    Run(&'a str),
}

/// The kind of piece that a character belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Unspaced,
    Symbol,
    Between,
}

/// The index tokens of a text, separated by spaces: the first [`INDEXED_WORD_CHARS`] characters of each word, and each
/// character and each pair of adjacent characters of a run.
pub(super) fn tokens(text: &str) -> String {
    let folded = fold(text);
    let mut tokens = String::with_capacity(folded.len() + 16);
    let mut push = |token: &str| {
        tokens.push_str(token);
        tokens.push(' ');
    };
    for piece in pieces(&folded) {
        match piece {
            Piece::Word(word) => push(beginning(word)),
            Piece::Run(run) => run_tokens(run, &mut push),
        }
    }
    tokens
}

/// The first [`INDEXED_WORD_CHARS`] characters of a word.
pub(super) fn beginning(word: &str) -> &str {
    let end = word.char_indices().nth(INDEXED_WORD_CHARS).map_or(word.len(), |(end, _)| end);
    &word[..end]
}

/// Calls `push` with each character of a run and each pair of adjacent characters.
fn run_tokens<'a>(run: &'a str, push: &mut impl FnMut(&'a str)) {
    let mut before = None;
    for (at, c) in run.char_indices() {
        let end = at + c.len_utf8();
        push(&run[at..end]);
        if let Some(before) = before.replace(at) {
            push(&run[before..end]);
        }
    }
}

/// The pieces of a folded text, in order.
pub(super) fn pieces(folded: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = folded;
    std::iter::from_fn(move || {
        loop {
            let first = class(rest.chars().next()?);
            let end = rest.char_indices().find(|(_, c)| class(*c) != first);
            let (part, after) = rest.split_at(end.map_or(rest.len(), |(end, _)| end));
            rest = after;
            match first {
                Class::Between => {}
                Class::Word => return Some(Piece::Word(part)),
                Class::Unspaced | Class::Symbol => return Some(Piece::Run(part)),
            }
        }
    })
}

/// Folds `text`: lower case (by way of upper case, so that ß becomes ss), without accents and invisible characters,
/// each character in its usual form. Folding can lengthen a text; the result is cut at the length of a message.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    let plain = text.nfkd().filter(|c| !is_passed_over(*c)).take(MESSAGE_BYTES);
    let lower = plain.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let folded = lower.nfkd().filter(|c| !is_passed_over(*c)).map(plain_form).nfc();
    Cow::Owned(folded.take(MESSAGE_BYTES).collect())
}

/// Whether folding drops this character: accents, Hebrew and Arabic points, invisible characters (Unicode's "default
/// ignorable"), and emoji skin tones. Marks of other scripts are vowels, and stay.
fn is_passed_over(c: char) -> bool {
    c > '\u{ac}'
        && matches!(c,
            // Accents of Latin, Greek and Cyrillic.
            '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
            // Hebrew.
            | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c2}' | '\u{5c4}'..='\u{5c5}' | '\u{5c7}'
            // Arabic, with the tatweel, which only stretches a word; Syriac.
            | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}'
            | '\u{6df}'..='\u{6e4}' | '\u{6e7}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}' | '\u{711}'
            | '\u{730}'..='\u{74a}' | '\u{898}'..='\u{89f}' | '\u{8ca}'..='\u{8e1}' | '\u{8e3}'..='\u{8ff}'
            // Invisible characters.
            | '\u{ad}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
            // Skin tones.
            | '\u{1f3fb}'..='\u{1f3ff}')
}

/// The plain form of a letter with a stroke, which Unicode does not decompose, and of another script's digit.
fn plain_form(c: char) -> char {
    /// The zeros of today's scripts that have their own digits.
    const ZEROS: [u32; 17] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0,
        0xf20, 0x1040, 0x17e0,
    ];
    match c {
        'đ' | 'ð' => 'd',
        'ħ' => 'h',
        'ł' => 'l',
        'ø' => 'o',
        'ŧ' => 't',
        '\u{660}'..='\u{17ff}' => {
            let c32 = u32::from(c);
            let digit = ZEROS.iter().find_map(|zero| c32.checked_sub(*zero).filter(|digit| *digit < 10));
            digit.and_then(|digit| char::from_digit(digit, 10)).unwrap_or(c)
        }
        _ => c,
    }
}

fn class(c: char) -> Class {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() { Class::Word } else { Class::Between };
    }
    let is_of_a_word = c.is_alphanumeric() || is_combining_mark(c);
    // The tsheg separates syllables of Tibetan, and is part of a word.
    if c >= '\u{e00}' && (is_of_a_word || c == TSHEG) && is_unspaced(c) {
        Class::Unspaced
    } else if is_of_a_word {
        Class::Word
    } else if is_symbol(c) {
        Class::Symbol
    } else {
        Class::Between
    }
}

/// The tsheg, which separates syllables of Tibetan.
pub(super) const TSHEG: char = '\u{f0b}';

/// Whether a character's script is written without spaces between words, or with few, as Korean is.
fn is_unspaced(c: char) -> bool {
    /// Such scripts in use today.
    const UNSPACED: [Script; 19] = [
        Script::Thai,
        Script::Lao,
        Script::Khmer,
        Script::Myanmar,
        Script::Tibetan,
        Script::Han,
        Script::Hiragana,
        Script::Katakana,
        Script::Bopomofo,
        Script::Hangul,
        Script::Yi,
        Script::Javanese,
        Script::Balinese,
        Script::Tai_Le,
        Script::New_Tai_Lue,
        Script::Tai_Tham,
        Script::Tai_Viet,
        Script::Tangut,
        Script::Nushu,
    ];
    let scripts = c.script_extension();
    !scripts.is_common() && !scripts.is_inherited() && UNSPACED.iter().any(|it| scripts.contains_script(*it))
}

/// Whether a character is neither a letter nor punctuation, and searchable by itself: emoji, arrows, currency and
/// mathematical signs.
fn is_symbol(c: char) -> bool {
    matches!(c, '\u{a2}'..='\u{a9}' | '\u{ac}' | '\u{ae}'..='\u{b1}' | '\u{d7}' | '\u{f7}' | '\u{e3f}'
        | '\u{20a0}'..='\u{20cf}' | '\u{2100}'..='\u{214f}' | '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1fbff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let shown = |piece| match piece {
            Piece::Word(word) => word.to_owned(),
            Piece::Run(run) => format!("<{run}>"),
        };
        pieces(&fold(text)).map(shown).collect()
    }

    #[test]
    fn words_have_neither_case_nor_accents() {
        for (text, expected) in [
            ("Hello, world!", vec!["hello", "world"]),
            ("Crème BRÛLÉE", vec!["creme", "brulee"]),
            ("Straße Łódź", vec!["strasse", "lodz"]),
            ("ΣΑΣ σας", vec!["σασ", "σασ"]),
            ("ёлка", vec!["елка"]),
            ("a-b_c don't", vec!["a", "b", "c", "don", "t"]),
            ("x86 2nd ٣٤ ４２", vec!["x86", "2nd", "34", "42"]),
            ("हिन्दी", vec!["हिन्दी"]),
            ("שָׁלוֹם שלום", vec!["שלום", "שלום"]),
            ("مُحَمَّد محـــمد", vec!["محمد", "محمد"]),
            ("می\u{200c}خواهم soft\u{ad}hyphen", vec!["میخواهم", "softhyphen"]),
            ("  \t!? ... — « »", vec![]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn what_has_no_spaces_is_a_run() {
        for (text, expected) in [
            ("你好 ok", vec!["<你好>", "ok"]),
            ("iPhone手机、好", vec!["iphone", "<手机>", "<好>"]),
            ("ภาษาไทยยากมาก", vec!["<ภาษาไทยยากมาก>"]),
            ("東京タワー ｶﾞ", vec!["<東京タワー>", "<ガ>"]),
            ("한국어를", vec!["<한국어를>"]),
            ("བོད་སྐད།", vec!["<བོད་སྐད>"]),
            ("👍🏽 ok👨\u{200d}👩\u{200d}👧❤\u{fe0f}", vec!["<👍>", "ok", "<👨👩👧❤>"]),
            ("5€", vec!["5", "<€>"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn the_index_has_beginnings_and_pairs() {
        assert_eq!(tokens("Tea, 東京都!"), "tea 東 京 東京 都 京都 ");
        assert_eq!(tokens(&"x".repeat(100)).trim(), "x".repeat(INDEXED_WORD_CHARS));
        assert_eq!(tokens("?!"), "");
    }

    #[test]
    fn what_grows_as_it_is_folded_ends() {
        // Each of these folds to eighteen characters.
        let long = "\u{fdfa}".repeat(MESSAGE_BYTES / 3);
        assert_eq!(fold(&long).chars().count(), MESSAGE_BYTES);
    }
}
