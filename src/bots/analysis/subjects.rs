//! Finds the subjects and the activity of a text, by the words of [`super::vocabulary`].

use std::sync::LazyLock;

use super::Subject;
use super::place_words::is_common;
use super::set::Set;
use super::vocabulary::{ACTIVITIES, COMPOUND_ENDS, IDIOMS, SUBJECTS};
use super::word_tables::Table;
use super::words::{Gap, Word};

/// The meaning of a phrase.
#[derive(Debug, Default)]
struct Meaning {
    words: Vec<&'static str>,
    /// Empty if the phrase is an idiom.
    subjects: Set<Subject>,
    activity: Option<&'static str>,
}

/// Builds the lookup tables, so that no message waits for them.
pub(super) fn prepare() {
    LazyLock::force(&MEANINGS);
}

/// The phrases of the vocabulary, under the first word of each; longer phrases first.
static MEANINGS: LazyLock<Table<Vec<Meaning>>> = LazyLock::new(|| {
    let mut meanings = Table::default();
    for (subject, phrases) in SUBJECTS {
        for phrase in split(phrases) {
            add_phrase(&mut meanings, phrase, Some(*subject), None);
        }
    }
    for (subject, activities) in ACTIVITIES {
        for (activity, phrases) in *activities {
            for phrase in split(phrases).chain([*activity]) {
                add_phrase(&mut meanings, phrase, Some(*subject), Some(activity));
            }
        }
    }
    for phrase in IDIOMS.iter().copied().flat_map(split) {
        add_phrase(&mut meanings, phrase, None, None);
    }
    for phrases in meanings.values_mut() {
        phrases.sort_by_key(|meaning: &Meaning| std::cmp::Reverse(meaning.words.len()));
    }
    meanings
});

fn split(phrases: &'static str) -> impl Iterator<Item = &'static str> {
    phrases.split(',').map(str::trim).filter(|phrase| !phrase.is_empty())
}

fn add_phrase(
    meanings: &mut Table<Vec<Meaning>>,
    phrase: &'static str,
    subject: Option<Subject>,
    activity: Option<&'static str>,
) {
    let words: Vec<&str> = phrase.split(' ').collect();
    let known = meanings.entry(words[0]).or_default();
    let at = known.iter().position(|meaning| meaning.words == words);
    let at = at.unwrap_or_else(|| {
        known.push(Meaning { words, ..Meaning::default() });
        known.len() - 1
    });
    known[at].subjects.extend(subject);
    known[at].activity = known[at].activity.or(activity);
}

/// The subjects of these words, and the first known activity; if there is none, an unknown one.
pub(super) fn find(words: &[Word]) -> (Set<Subject>, Option<String>) {
    let mut subjects = Set::default();
    let mut activity = None;
    let mut at = 0;
    while at < words.len() {
        let Some(found) = meaning(&words[at..]) else {
            at += 1;
            continue;
        };
        let end = at + found.words.len();
        if !is_compound_modifier(words, end) {
            subjects.extend(found.subjects.iter());
            activity = activity.or(found.activity);
        }
        at = end;
    }
    let activity = activity.map(str::to_owned).or_else(|| unknown_activity(words));
    (subjects, activity)
}

/// Whether the word before `end` is a part of a compound, but not the last. Such a word does not count: a "beach-party" is a
/// party, and a "hot-head" is not hot. [`COMPOUND_ENDS`] are exceptions: "rain-free" is about rain.
fn is_compound_modifier(words: &[Word], end: usize) -> bool {
    let is_joined = words[end - 1].hyphen && words[end - 1].after == Gap::None;
    is_joined && words.get(end).is_some_and(|next| !COMPOUND_ENDS.split(' ').any(|last| last == next.key))
}

/// Whether a single word is a phrase of the vocabulary.
pub(super) fn is_known(key: &str) -> bool {
    MEANINGS.get(key).is_some_and(|meanings| meanings.iter().any(|m| m.words.len() == 1))
}

/// The meaning of the longest phrase at the start of `words`.
fn meaning(words: &[Word]) -> Option<&'static Meaning> {
    let meanings = MEANINGS.get(words.first()?.key.as_str())?;
    meanings.iter().find(|meaning| is_at_front(&meaning.words, words))
}

fn is_at_front(phrase: &[&str], words: &[Word]) -> bool {
    let Some(words) = words.get(..phrase.len()) else {
        return false;
    };
    let together = words[..phrase.len() - 1].iter().all(|w| w.after == Gap::None);
    together && words.iter().zip(phrase).all(|(w, p)| w.key == *p && !w.is_name)
}

/// An activity that is in no table: "play monopoly", "go paragliding".
fn unknown_activity(words: &[Word]) -> Option<String> {
    words.windows(2).find_map(|pair| {
        let [verb, what] = pair else { return None };
        let does = match verb.key.as_str() {
            "play" | "playing" | "played" | "plays" => true,
            "go" | "going" | "went" => what.key.ends_with("ing"),
            _ => false,
        };
        let stands_alone = verb.after == Gap::None && !what.is_name;
        let is_unknown = does && stands_alone && !is_common(&what.key) && !is_known(&what.key);
        is_unknown.then(|| what.key.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    #[test]
    fn every_phrase_of_the_tables_is_found_whole() {
        for meaning in MEANINGS.values().flatten() {
            let phrase = meaning.words.join(" ");
            let typed = words(&phrase);
            assert_eq!(typed.len(), meaning.words.len(), "{phrase}");
            assert!(typed.iter().zip(&meaning.words).all(|(w, p)| w.key == *p), "{phrase}");
            assert_eq!(find(&typed).0, meaning.subjects, "{phrase}");
        }
    }

    #[test]
    fn no_phrase_is_an_idiom_and_a_subject() {
        for phrase in IDIOMS.iter().copied().flat_map(split) {
            assert!(find(&words(phrase)).0.is_empty(), "{phrase}");
        }
    }
}
