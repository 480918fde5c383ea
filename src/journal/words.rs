//! The words of a text, as one looks for them: without case, accents and what stands between them.
//!
//! Both journals take texts apart here, so that both find the same; `SQLite`'s own tokenizers know an older Unicode, and
//! only some accents. Where a message with such a word is kept is the journals' affair.

use unicode_normalization::UnicodeNormalization;

use crate::base::limits::{SEARCH_WORDS, WORD_CHARS};

/// The words of `text`: runs of letters and digits, the first [`WORD_CHARS`] characters of each. A character of a script
/// that does not part its words is a word.
pub(super) fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = 0;
    for c in folded.chars() {
        let is_whole = is_word_of_its_own(c);
        if (is_whole || !is_of_a_word(c)) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
            chars = 0;
        }
        if is_whole {
            words.push(c.to_string());
        } else if is_of_a_word(c) && chars < WORD_CHARS {
            word.push(c);
            chars += 1;
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The words that somebody looks for, each once. An error is a part of a sentence.
pub(super) fn wanted(typed: &str) -> Result<Vec<String>, String> {
    let mut wanted = words(typed);
    wanted.sort();
    wanted.dedup();
    if wanted.is_empty() {
        return Err("there is no word to look for".into());
    }
    if wanted.len() > SEARCH_WORDS {
        return Err(format!("{SEARCH_WORDS} words are the most that can be looked for at once"));
    }
    Ok(wanted)
}

/// Whether each of `wanted` begins a word of `text`.
pub(super) fn has_all(text: &str, wanted: &[String]) -> bool {
    let words = words(text);
    wanted.iter().all(|wanted| words.iter().any(|word| word.starts_with(wanted.as_str())))
}

/// `text` in lower case (through upper case, so that ß is ss) and without accents.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let plain = text.nfkd().filter(|c| !is_accent(*c));
    plain
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|c| !is_accent(*c))
        .collect()
}

/// What stands on or under letters of Latin, Greek and Cyrillic. Marks of other scripts are vowels, and stay.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)
}

/// Ideographs and kana.
fn is_word_of_its_own(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_neither_case_nor_accents() {
        for (text, expected) in [
            ("Hello, world!", vec!["hello", "world"]),
            ("Crème BRÛLÉE", vec!["creme", "brulee"]),
            ("Straße", vec!["strasse"]),
            ("ΣΑΣ σας", vec!["σασ", "σασ"]),
            ("ёлка", vec!["елка"]),
            ("a-b_c", vec!["a", "b", "c"]),
            ("你好 ok", vec!["你", "好", "ok"]),
            ("हिन्दी", vec!["हिन्दी"]),
            ("  \t!? 👍", vec![]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
        assert_eq!(words(&"x".repeat(100)), ["x".repeat(WORD_CHARS)]);
    }

    #[test]
    fn a_word_stands_for_those_that_begin_with_it() {
        let has = |text, typed| has_all(text, &wanted(typed).unwrap());
        assert!(has("The Würzburg train", "TRAI wurz"));
        assert!(!has("The Würzburg train", "rain"));
        assert!(!has("The Würzburg train", "the plane"));
        assert!(has("AND NOT \"quoted\"", "\"quo"));
    }

    #[test]
    fn some_word_is_needed_and_not_too_many() {
        assert!(wanted("?!").is_err());
        let many: Vec<String> = (0..=SEARCH_WORDS).map(|n| n.to_string()).collect();
        assert!(wanted(&many.join(" ")).is_err());
        assert!(wanted(&many[1..].join(" ")).is_ok());
        assert!(wanted(&"same ".repeat(100)).is_ok());
    }
}
