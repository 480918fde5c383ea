//! Searches: parses what was typed, matches texts against it, and translates it for the index.

use std::fmt::{self, Write};

use super::words::{self, Piece};
use crate::base::limits::{SEARCH_BYTES, SEARCH_TOKENS, SEARCH_WORDS};

/// A parsed search. A text matches if it contains all terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search {
    terms: Vec<Term>,
}

/// A term, case-folded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Term {
    /// A word, or the beginning of one.
    Word { text: String, is_prefix: bool },
    /// A part of a run.
    Run(String),
}

/// How well a text matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Match {
    None,
    /// It contains words with these beginnings.
    Loose,
    /// It contains the words.
    Strict,
}

/// Why a search is invalid. Displayed, it is a sentence or two that say what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsearchable {
    /// It contains no letter, digit or symbol.
    NoWord,
    /// It has this many words: too many.
    TooMany(usize),
    /// It has this many bytes: too many.
    TooLong(usize),
}

impl Search {
    /// Parses what was typed. The only special character is `*` at the end of a word, which matches any ending.
    pub(crate) fn parse(typed: &str) -> Result<Search, Unsearchable> {
        if typed.len() > SEARCH_BYTES {
            return Err(Unsearchable::TooLong(typed.len()));
        }
        let folded = words::fold(typed);
        let mut terms: Vec<Term> = words::pieces(&folded).filter_map(|piece| term(piece, &folded)).collect();
        terms.sort();
        terms.dedup();
        match terms.len() {
            0 => Err(Unsearchable::NoWord),
            count if count > SEARCH_WORDS => Err(Unsearchable::TooMany(count)),
            _ => Ok(Search { terms }),
        }
    }

    /// The estimated cost of the search by the index, from 1 on.
    pub(crate) fn cost(&self) -> u64 {
        let cost = |term: &Term| match term {
            Term::Word { is_prefix: false, .. } => 1,
            Term::Word { is_prefix: true, .. } => 8,
            Term::Run(run) => run.chars().count().clamp(1, SEARCH_TOKENS) as u64,
        };
        self.terms.iter().map(cost).sum()
    }

    /// Whether a text can match loosely without matching strictly.
    pub(super) fn can_be_loose(&self) -> bool {
        self.terms.iter().any(|term| matches!(term, Term::Word { is_prefix: false, .. }))
    }

    /// How well `text` matches.
    pub(crate) fn matches(&self, text: &str) -> Match {
        let is_ascii = text.is_ascii();
        if is_ascii && self.terms.iter().any(|term| !term.text().is_ascii()) {
            return Match::None;
        }
        // The comparison below ignores ASCII case, so most texts need not be copied.
        let folded = if is_ascii { text.into() } else { words::fold(text) };
        let all = (1_u32 << self.terms.len()) - 1;
        let (mut strict, mut loose) = (0, 0);
        for piece in words::pieces(&folded) {
            for (number, term) in self.terms.iter().enumerate() {
                let bit = 1 << number;
                if strict & bit == 0 {
                    let matches = term.matches(piece);
                    strict |= if matches == Match::Strict { bit } else { 0 };
                    loose |= if matches == Match::None { 0 } else { bit };
                }
            }
            if strict == all {
                return Match::Strict;
            }
        }
        if loose == all { Match::Loose } else { Match::None }
    }

    /// The latest `limit` of the items that match, in their order: strictly, and as many loosely as fit beside them. Also
    /// returns whether more match. `matches`: how well each item does.
    pub(crate) fn select<T>(items: Vec<T>, matches: &[Match], limit: usize) -> (Vec<T>, bool) {
        let count = |wanted| matches.iter().filter(|found| **found == wanted).count();
        let strict = count(Match::Strict).min(limit);
        let loose = count(Match::Loose).min(limit - strict);
        let is_cut = count(Match::Strict) + count(Match::Loose) > strict + loose;
        let (mut strict, mut loose, mut chosen) = (strict, loose, Vec::new());
        for (item, found) in items.into_iter().zip(matches).rev() {
            let left = match found {
                Match::None => continue,
                Match::Loose => &mut loose,
                Match::Strict => &mut strict,
            };
            if *left > 0 {
                *left -= 1;
                chosen.push(item);
            }
        }
        chosen.reverse();
        (chosen, is_cut)
    }

    /// The search as an FTS5 query. The index holds only tokens, so it returns too many messages, never too few.
    /// Tokens are quoted, and contain no special character.
    pub(super) fn query(&self, is_loose: bool) -> String {
        let mut query = String::new();
        let mut left = SEARCH_TOKENS;
        let mut push = |token: &str, is_prefix: bool| {
            if left == 0 || token.is_empty() {
                return;
            }
            left -= 1;
            let and = if query.is_empty() { "" } else { " AND " };
            // Writing to a string does not fail.
            let _ = write!(query, "{and}\"{token}\"{}", if is_prefix { "*" } else { "" });
        };
        for term in &self.terms {
            match term {
                Term::Word { text, is_prefix } => {
                    let beginning = words::beginning(text);
                    // The index holds only the first characters of a long word, so a prefix query for the rest would
                    // not match.
                    let is_whole = beginning.len() == text.len();
                    push(beginning, is_whole && (*is_prefix || is_loose));
                }
                Term::Run(run) => pairs(run, |pair| push(pair, false)),
            }
        }
        query
    }
}

/// The term that a part of the input stands for.
fn term(piece: Piece<'_>, folded: &str) -> Option<Term> {
    match piece {
        Piece::Word(word) => {
            let end = word.as_ptr() as usize - folded.as_ptr() as usize + word.len();
            let mut after = folded[end..].chars();
            let is_prefix = after.next() == Some('*') && !after.next().is_some_and(char::is_alphanumeric);
            Some(Term::Word { text: word.to_owned(), is_prefix })
        }
        Piece::Run(run) => {
            let run = run.trim_matches(words::TSHEG);
            (!run.is_empty()).then(|| Term::Run(run.to_owned()))
        }
    }
}

/// Calls `see` with each pair of adjacent characters, or with the only character.
fn pairs<'a>(run: &'a str, mut see: impl FnMut(&'a str)) {
    let starts: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
    match starts.as_slice() {
        [_, _] => see(run),
        starts => starts.windows(3).for_each(|pair| see(&run[pair[0]..pair[2]])),
    }
}

impl Term {
    fn text(&self) -> &str {
        match self {
            Term::Word { text, .. } | Term::Run(text) => text,
        }
    }

    /// How well a piece of a text matches, ignoring ASCII case.
    fn matches(&self, piece: Piece<'_>) -> Match {
        match (self, piece) {
            (Term::Word { text, is_prefix }, Piece::Word(word)) => {
                let begins = word.as_bytes().get(..text.len());
                match begins.is_some_and(|begin| begin.eq_ignore_ascii_case(text.as_bytes())) {
                    true if *is_prefix || word.len() == text.len() => Match::Strict,
                    true => Match::Loose,
                    false => Match::None,
                }
            }
            (Term::Run(wanted), Piece::Run(run)) if run.contains(wanted.as_str()) => Match::Strict,
            _ => Match::None,
        }
    }
}

impl fmt::Display for Unsearchable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsearchable::NoWord => {
                f.write_str("Which words? Type them after the command, as in: /search pizza tonight")
            }
            Unsearchable::TooMany(count) => write!(
                f,
                "These are {count} words, and {SEARCH_WORDS} are the most that can be looked for at once. Leave out the \
                 usual ones."
            ),
            Unsearchable::TooLong(bytes) => write!(
                f,
                "These are {bytes} bytes, and {SEARCH_BYTES} are the most that can be looked for at once. Type a few words \
                 of it."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(text: &str, typed: &str) -> Match {
        Search::parse(typed).unwrap().matches(text)
    }

    #[test]
    fn a_word_is_itself_or_begins_another() {
        for (text, typed, expected) in [
            ("The Würzburg train", "TRAIN wurzburg", Match::Strict),
            ("The Würzburg train", "TRAI wurz", Match::Loose),
            ("The Würzburg train", "trai*", Match::Strict),
            ("The Würzburg train", "rain", Match::None),
            ("The Würzburg train", "the plane", Match::None),
            ("AND NOT \"quoted\"", "\"quo", Match::Loose),
            ("tea and teapots", "tea", Match::Strict),
            ("5 and 42", "5*3", Match::None),
            ("foo_bar don’t 3.14", "FOO_BAR don't 3.14", Match::Strict),
            ("my e-mail", "e-mail", Match::Strict),
        ] {
            assert_eq!(matches(text, typed), expected, "{typed} in {text}");
        }
    }

    #[test]
    fn what_has_no_spaces_is_found_within() {
        for (text, typed, expected) in [
            ("ภาษาไทยยากมาก", "ไทย", true),
            ("ภาษาไทยยากมาก", "ไทยมาก", false),
            ("ພາສາລາວ", "ລາວ", true),
            ("ភាសាខ្មែរពិបាក", "ខ្មែរ", true),
            ("မြန်မာစကား", "စကား", true),
            ("བོད་སྐད་ཡིན།", "སྐད་", true),
            ("東京タワー", "東京", true),
            ("東京タワー", "京東", false),
            ("京の東", "京東", false),
            ("한국어를 배워요", "국어", true),
            ("so good 👍👍 🎉", "👍", true),
            ("so good 👍🏿", "👍🏻", true),
            ("👨\u{200d}👩\u{200d}👧 at home", "👨\u{200d}👩\u{200d}👧", true),
            ("👩\u{200d}👨", "👨\u{200d}👩\u{200d}👧", false),
            ("I ❤\u{fe0f} it", "❤", true),
            ("שָׁלוֹם", "שלום", true),
            ("שלום", "שָׁלוֹם", true),
            ("السَّلامُ عليكم", "السلام", true),
        ] {
            assert_eq!(
                matches(text, typed),
                if expected { Match::Strict } else { Match::None },
                "{typed} in {text}"
            );
        }
    }

    #[test]
    fn a_long_word_counts_to_its_end() {
        let (one, other) = (format!("{}a", "x".repeat(60)), format!("{}b", "x".repeat(60)));
        assert_eq!(matches(&one, &one), Match::Strict);
        assert_eq!(matches(&one, &one[..40]), Match::Loose);
        assert_eq!(matches(&one, &other), Match::None);
    }

    #[test]
    fn some_word_is_needed_and_not_too_many() {
        for none in ["?!", "*", ":-)", "\u{200d}"] {
            assert_eq!(Search::parse(none), Err(Unsearchable::NoWord), "{none}");
        }
        let many: Vec<String> = (0..=SEARCH_WORDS).map(|n| n.to_string()).collect();
        assert_eq!(Search::parse(&many.join(" ")), Err(Unsearchable::TooMany(SEARCH_WORDS + 1)));
        assert!(Search::parse(&many[1..].join(" ")).is_ok());
        assert!(Search::parse(&"same ".repeat(100)).is_ok());
        assert_eq!(Search::parse(&"x".repeat(2_000)), Err(Unsearchable::TooLong(2_000)));
    }

    #[test]
    fn what_is_asked_of_the_index() {
        let query = |typed, is_loose| Search::parse(typed).unwrap().query(is_loose);
        assert_eq!(query("Tea pot*", false), "\"pot\"* AND \"tea\"");
        assert_eq!(query("Tea pot*", true), "\"pot\"* AND \"tea\"*");
        assert_eq!(query("東京都 東", false), "\"東\" AND \"東京\" AND \"京都\"");
        assert_eq!(query(&"x".repeat(40), true), format!("\"{}\"", "x".repeat(32)));
    }

    proptest! {
        /// The index returns too many messages, never too few.
        #[test]
        fn what_matches_has_the_tokens(text in "[a-cA-C \u{e9}東京ไท👍\u{301}_*]{0,60}", typed in "[a-c \u{e9}東京ไท👍*]{1,6}") {
            let Ok(search) = Search::parse(&typed) else { return Ok(()) };
            let found = search.matches(&text);
            let tokens = words::tokens(&text);
            let has = |query: String| query.split(" AND ").all(|token| {
                let begins = token.ends_with('*');
                let token = token.trim_end_matches('*').trim_matches('"');
                tokens.split(' ').any(|it| if begins { it.starts_with(token) } else { it == token })
            });
            prop_assert!(found < Match::Strict || has(search.query(false)));
            prop_assert!(found == Match::None || has(search.query(true)));
        }
    }
}
