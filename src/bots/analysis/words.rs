//! Splits a text into words and the separators between them.

use std::sync::LazyLock;

use regex_automata::meta::Regex;
use unicode_normalization::UnicodeNormalization;

use crate::base::limits::BOT_INPUT_WORDS;

/// A word, as typed and as compared.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Word {
    /// Where it begins in the text, in bytes.
    pub(super) start: usize,
    /// Where it ends, without a possessive `'s`.
    pub(super) end: usize,
    /// The word without case and apostrophes, which people often leave out: `whats`.
    pub(super) key: String,
    /// The separator before the next word or the end of the text.
    pub(super) after: Gap,
    /// The length of the key without a possessive `s`, in bytes.
    stem: usize,
    /// Whether it begins with a capital.
    pub(super) capital: bool,
    /// Whether only a hyphen stands between it and the next word: `hot` of "hot-headed".
    pub(super) hyphen: bool,
    /// Whether an `@` stands right before it.
    pub(super) called: bool,
    /// Whether it belongs to the name of a member, and so has no other meaning.
    pub(super) is_name: bool,
    /// Whether it is a greeting, thanks or a filler.
    pub(super) is_light: bool,
}

impl Word {
    /// The key without a possessive `s`: `ann` of "Ann's".
    pub(super) fn stem(&self) -> &str {
        &self.key[..self.stem]
    }

    /// Whether it is a possessive.
    pub(super) fn is_owner(&self) -> bool {
        self.stem < self.key.len()
    }
}

/// A separator between two words, from the weakest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// No separator.
    None,
    /// Brackets, quotation marks, colons, dashes, emoji.
    Pause,
    /// A comma.
    Comma,
    /// The end of a sentence.
    Stop,
    /// The end of a sentence with a question mark.
    Question,
}

/// Builds the lookup tables, so that no message waits for them.
pub(super) fn prepare() {
    LazyLock::force(&TOKENS);
}

/// Links, marks and words, in this order: a link is one word, and so is `U.S.`.
static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new_many(&[
        r"(?i-u:https?://|www\.)[^\p{Z}\t]+",
        r"[.?!…。！？؟;]+",
        r"[,،、，]",
        r"(?x) & | °[CcFf] | \p{L}(?:\.\p{L})+\. | [\p{L}\p{N}] [\p{L}\p{M}\p{N}]* (?: ['’ʼ`´] [\p{L}\p{M}\p{N}]+ )*",
        r#"(?x) [:()\[\]{}"“”„«»|/\\\p{So}–—] | --+ | [\ \t]-[\ \t]"#,
    ])
    .expect("constant patterns, which every test compiles")
});

/// The index of each pattern.
const LINKS: usize = 0;
const STOPS: usize = 1;
const COMMAS: usize = 2;
const WORDS: usize = 3;

/// Words whose full stop does not end a sentence.
const ABBREVIATIONS: [&str; 9] = ["st", "ste", "mt", "ft", "mr", "mrs", "ms", "dr", "vs"];

/// The key of each link. It matches no table.
const LINK: &str = "://";

/// The words of `text`, [`BOT_INPUT_WORDS`] at most.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for token in TOKENS.find_iter(text) {
        if words.len() == BOT_INPUT_WORDS {
            break;
        }
        let typed = &text[token.range()];
        let gap = match token.pattern().as_usize() {
            LINKS => {
                words.push(word(text, token.start(), token.end(), LINK.into()));
                continue;
            }
            WORDS => {
                words.push(word(text, token.start(), token.end(), fold(typed)));
                continue;
            }
            STOPS => stop(typed, &text[token.end()..], words.last()),
            COMMAS => Gap::Comma,
            _ => Gap::Pause,
        };
        if let Some(last) = words.last_mut() {
            last.after = last.after.max(gap);
        }
    }
    words
}

fn word(text: &str, start: usize, end: usize, key: String) -> Word {
    let typed = &text[start..end];
    let owner = ["'s", "’s", "'S", "’S"].iter().find(|ending| typed.ends_with(**ending));
    Word {
        start,
        end: end - owner.map_or(0, |ending| ending.len()),
        // A typed `s` is one byte in the key, too.
        stem: key.len() - usize::from(owner.is_some()),
        key,
        after: Gap::None,
        capital: typed.starts_with(char::is_uppercase),
        hyphen: is_hyphen(&text[end..]),
        called: text[..start].ends_with('@'),
        is_name: false,
        is_light: false,
    }
}

/// Whether `rest` begins with a hyphen, and a word right behind it.
fn is_hyphen(rest: &str) -> bool {
    rest.strip_prefix(['-', '\u{2010}', '\u{2011}'])
        .is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
}

/// The separator that a run of marks stands for. `rest` is the text after it, `last` the word before it.
fn stop(marks: &str, rest: &str, last: Option<&Word>) -> Gap {
    let is_abbreviation = last.is_some_and(|word| ABBREVIATIONS.contains(&word.key.as_str()));
    match marks {
        _ if marks.contains(['?', '？', '؟']) => Gap::Question,
        ";" | "…" => Gap::Pause,
        "." if is_abbreviation => Gap::None,
        // "salon.rs", "20.5", and "..." in the middle of a thought.
        "." if rest.starts_with(char::is_alphanumeric) => Gap::Pause,
        _ if marks.len() > 1 && marks.bytes().all(|b| b == b'.') => Gap::Pause,
        _ => Gap::Stop,
    }
}

/// The key of a word.
fn fold(typed: &str) -> String {
    if typed == "&" {
        return "and".into();
    }
    let is_mark = |c: &char| matches!(c, '\'' | '’' | 'ʼ' | '`' | '´' | '.');
    if typed.is_ascii() {
        return typed.chars().filter(|c| !is_mark(c)).map(|c| c.to_ascii_lowercase()).collect();
    }
    // Through upper case and back, as some letters have two lower cases. Ligatures for whole phrases are dropped: they
    // match no table, and expand to many characters.
    let letters = typed.chars().filter(|c| !matches!(c, '\u{fdf0}'..='\u{fdff}'));
    let folded = letters.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc();
    folded.filter(|c| !is_mark(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of the words of `text`, each with the gap after it.
    fn seen(text: &str) -> String {
        let shown = |word: &Word| {
            let gap = match word.after {
                Gap::None => "",
                Gap::Pause => " :",
                Gap::Comma => " ,",
                Gap::Stop => " .",
                Gap::Question => " ?",
            };
            format!("{}{gap}", word.key)
        };
        words(text).iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_and_what_stands_between_them() {
        for (text, expected) in [
            ("", ""),
            ("?!", ""),
            ("What's up", "whats up"),
            ("What’s UP?!", "whats up ?"),
            ("hi... you", "hi : you"),
            ("Weather_Bot, ok", "weather bot , ok"),
            ("ice-cream - yes", "ice cream : yes"),
            ("St. Louis, in the U.S. now", "st louis , in the us now"),
            ("20.5 or salon.rs.", "20 : 5 or salon : rs ."),
            ("see https://example.org/weather?in=oslo ok", "see :// ok"),
            ("Ann & Bob 🎾 go", "ann and bob : go"),
            ("Σας ΣΑΣ ſtraße", "σασ σασ strasse"),
            ("東京の天気は？", "東京の天気は ?"),
            ("'quoted' rock'n'roll", "quoted rocknroll"),
        ] {
            assert_eq!(seen(text), expected, "{text}");
        }
    }

    #[test]
    fn possessives_and_at_signs() {
        let words = words("@Bob Oslo’s");
        assert!(words[0].called && !words[1].called);
        assert_eq!(words[1].end - words[1].start, "Oslo".len());
        assert_eq!(words[1].key, "oslos");
    }
}
