//! Finds the intentions and the day of a text by the phrases of [`super::phrase_tables`].

use std::sync::LazyLock;

use regex_automata::Input;
use regex_automata::meta::Regex;

use super::phrase_tables::{self, PhrasePatterns};
use super::set::Set;
use super::word_tables::Words;
use super::words::{Gap, Word};
use super::{Day, Tag};

/// The longest sentence that is not too complicated, in words.
const SENTENCE_WORDS: usize = 40;

/// A normalized text to search for phrases: `" . hi @ , what is it ? "`.
///
/// Each word, mark (`,` and `.` and `?`) and name (`@`) stands between two spaces. So a phrase between spaces consists of
/// whole words and crosses no mark.
#[derive(Debug)]
pub(super) struct Plain(String);

impl Plain {
    pub(super) fn of(words: &[Word]) -> Plain {
        let mut text = String::from(" . ");
        for word in words {
            text.push_str(if word.is_name { "@" } else { &word.key });
            text.push_str(match word.after {
                Gap::None => " ",
                Gap::Pause | Gap::Comma => " , ",
                Gap::Stop => " . ",
                Gap::Question => " ? ",
            });
        }
        // The end of a text ends a sentence, with or without a mark.
        if !text.ends_with(". ") && !text.ends_with("? ") {
            text.push_str(". ");
        }
        Plain(text)
    }
}

/// Compiled [`PhrasePatterns`]: first the `unless` pattern, which wins where both match, then the `when` pattern.
pub(super) struct PhraseMatcher(Regex);

/// The index of the `when` pattern.
const WHEN_PATTERN: usize = 1;

impl PhraseMatcher {
    pub(super) fn new(table: &PhrasePatterns) -> PhraseMatcher {
        let when = format!(" (?:{}) ", table.when.join("|"));
        // If there are none, a pattern that never matches.
        let unless = match table.unless {
            [] => "[^\\x00-\\x{10ffff}]".to_owned(),
            unless => format!(" (?:{}) ", unless.join("|")),
        };
        PhraseMatcher(Regex::new_many(&[unless, when]).expect("constant patterns, which every test compiles"))
    }

    /// The position of the first phrase in `plain`, in bytes.
    fn position(&self, plain: &Plain) -> Option<usize> {
        let from = self.before_first(plain)?;
        self.0.search(&Input::new(&plain.0).range(from..)).map(|found| found.start() + 1)
    }

    pub(super) fn are_in(&self, plain: &Plain) -> bool {
        self.before_first(plain).is_some()
    }

    /// A position from which a search finds a match of `when` before any of `unless`. Skipping matches of `unless` needs only
    /// their ends; finding where they begin would take a second, backward search.
    fn before_first(&self, plain: &Plain) -> Option<usize> {
        let mut from = 0;
        loop {
            let found = self.0.search_half(&Input::new(&plain.0).range(from..))?;
            if found.pattern().as_usize() == WHEN_PATTERN {
                return Some(from);
            }
            // The next phrase may begin with the space that ends this one.
            from = found.offset() - 1;
        }
    }
}

/// The phrases of each tag.
static TAGS: LazyLock<Vec<(Tag, PhraseMatcher)>> = LazyLock::new(|| {
    let compiled = |(tag, table): &(Tag, PhrasePatterns)| (*tag, PhraseMatcher::new(table));
    phrase_tables::TAGS.iter().map(compiled).collect()
});

static DAYS: LazyLock<Vec<(Day, PhraseMatcher)>> = LazyLock::new(|| {
    let compiled = |(day, table): &(Day, PhrasePatterns)| (*day, PhraseMatcher::new(table));
    phrase_tables::DAYS.iter().map(compiled).collect()
});

/// A question inside a sentence. Two matches are two questions, even without a mark between them.
static INNER_QUESTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(" (?:{}) ", phrase_tables::INNER_QUESTION))
        .expect("a constant pattern, which every test compiles")
});

/// Builds the lookup tables, so that no message waits for them.
pub(super) fn prepare() {
    LazyLock::force(&TAGS);
    LazyLock::force(&DAYS);
    LazyLock::force(&INNER_QUESTION);
    LazyLock::force(&OPENINGS);
    is_light("");
    precedes_addressee("");
}

/// The tags of these words.
pub(super) fn tags(words: &[Word], plain: &Plain) -> Set<Tag> {
    let found = TAGS.iter().filter(|(_, phrases)| phrases.are_in(plain));
    let mut tags: Set<Tag> = found.map(|(tag, _)| *tag).collect();
    if words.iter().any(|word| word.after == Gap::Question) || INNER_QUESTION.is_match(plain.0.as_str()) {
        tags.insert(Tag::Question);
    }
    if is_too_complicated(words, plain) {
        tags.insert(Tag::TooComplicated);
    }
    tags
}

/// The day that is named first.
pub(super) fn day(plain: &Plain) -> Option<Day> {
    let named = DAYS.iter().filter_map(|(day, phrases)| Some((phrases.position(plain)?, *day)));
    named.min_by_key(|(position, _)| *position).map(|(_, day)| day)
}

/// Whether a word is a greeting, thanks or a filler: see [`phrase_tables::LIGHT`].
pub(super) fn is_light(key: &str) -> bool {
    static WORDS: LazyLock<Words> = LazyLock::new(|| phrase_tables::LIGHT.split(' ').collect());
    WORDS.contains(key)
}

/// Whether a name right after this word is addressed: "hey bob".
pub(super) fn precedes_addressee(key: &str) -> bool {
    static WORDS: LazyLock<Words> = LazyLock::new(|| phrase_tables::ADDRESS_WORDS.split(' ').collect());
    WORDS.contains(key)
}

/// Words after a name that show that it is addressed: some alone, and auxiliaries before pronouns.
static OPENINGS: LazyLock<[Words; 3]> = LazyLock::new(|| {
    [phrase_tables::AFTER_ADDRESSED_NAME, phrase_tables::AUXILIARIES, phrase_tables::PRONOUNS]
        .map(|words| words.split(' ').collect())
});

/// Whether these words after a name show that the name is addressed: "bob what do you think", "bob can you …".
pub(super) fn addresses_preceding_name(words: &[Word]) -> bool {
    let key = |at: usize| words.get(at).map_or("", |word| word.key.as_str());
    let [after_addressed_name, auxiliaries, pronouns] = &*OPENINGS;
    after_addressed_name.contains(key(0)) || (auxiliaries.contains(key(0)) && pronouns.contains(key(1)))
}

/// Whether this word may begin a question of yes or no: "is", "can".
pub(super) fn is_auxiliary(key: &str) -> bool {
    OPENINGS[1].contains(key)
}

/// Whether the text contains two questions.
fn has_two_questions(plain: &Plain) -> bool {
    let first = INNER_QUESTION.search_half(&Input::new(&plain.0));
    first.is_some_and(|found| {
        INNER_QUESTION.search_half(&Input::new(&plain.0).range(found.offset()..)).is_some()
    })
}

/// Whether the text has several substantial sentences, several questions, or a very long sentence.
fn is_too_complicated(words: &[Word], plain: &Plain) -> bool {
    let sentences = words.split_inclusive(|word| word.after >= Gap::Stop);
    let mut substantial = 0;
    for sentence in sentences {
        if sentence.len() > SENTENCE_WORDS {
            return true;
        }
        let said = sentence.iter().filter(|word| !word.is_name);
        let is_substantial = said.clone().count() > 1 && !said.clone().all(|word| word.is_light);
        substantial += usize::from(is_substantial);
    }
    substantial > 1 || has_two_questions(plain)
}
