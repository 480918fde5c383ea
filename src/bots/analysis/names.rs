//! Who is spoken to, and who is only spoken about, of those who are here.
//!
//! A name is known however its parts are put together: `Weather_Bot`, "weather bot", "weatherbot". What is a name means
//! nothing else, so "weather bot, do you like tennis?" is not about the weather.

use std::ops::Range;

use super::phrases::{is_call, is_light, opens_a_question};
use super::place_words::is_common;
use super::subjects::is_known;
use super::words::{Gap, Word, words as words_of};

/// The names that a text holds, each as it is spelled by its owner.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Those whom it speaks to.
    pub(super) addressed: Vec<String>,
    /// Those whom it only speaks about.
    pub(super) mentioned: Vec<String>,
}

/// A name in a text.
struct Use<'a> {
    name: &'a str,
    at: Range<usize>,
}

/// The ending that a bot's friends leave out.
const BOT: &str = "bot";

/// How many words of greeting a call may stand behind.
const OPENING_WORDS: usize = 12;

/// Words that a name may follow at the end of a sentence, without a comma, and be spoken to: "how are you bob?".
const BEFORE_A_CALL: [&str; 17] = [
    "you", "u", "please", "pls", "it", "think", "me", "now", "today", "tonight", "tomorrow", "doing", "too",
    "again", "up", "hi", "there",
];

/// Finds the names of those who are `present` in `words`, and marks the words that belong to one.
pub(super) fn find(words: &mut [Word], present: &[&str]) -> Names {
    let text = Joined::of(words);
    // Longer names first: who says "bob bot" does not mean Bob.
    let mut keys: Vec<(&str, String)> = present.iter().map(|name| (*name, key(name))).collect();
    keys.sort_by_key(|(_, key)| std::cmp::Reverse(key.len()));

    let mut uses: Vec<Use<'_>> = Vec::new();
    for (name, key) in &keys {
        for at in text.positions(key) {
            if is_free(words, &at) && !is_plain_word(words, &at) {
                words[at.clone()].iter_mut().for_each(|word| word.is_name = true);
                uses.push(Use { name, at });
            }
        }
    }
    uses.sort_by_key(|found| found.at.start);
    let mut names = sort(words, &uses);
    short_forms(words, &text, &keys, &mut names);
    names
}

/// Tells those who are spoken to from the others.
fn sort(words: &mut [Word], uses: &[Use<'_>]) -> Names {
    let mut names = Names::default();
    let mut spoken_to = vec![false; words.len()];
    for run in uses.chunk_by(|a, b| is_pair(words, a, b)) {
        let whole = run[0].at.start..run[run.len() - 1].at.end;
        let is_spoken_to = is_called(words, &whole, &spoken_to);
        for found in run {
            let is_addressed = is_spoken_to || words[found.at.start].called;
            spoken_to[found.at.clone()].fill(is_addressed);
            let list = if is_addressed { &mut names.addressed } else { &mut names.mentioned };
            if !list.iter().any(|name| name == found.name) {
                list.push(found.name.to_owned());
            }
        }
    }
    let addressed = &names.addressed;
    names.mentioned.retain(|name| !addressed.contains(name));
    names
}

/// "hey art", "@weather": a bot's name without its last part, where nothing but a call is meant.
fn short_forms(words: &mut [Word], text: &Joined, keys: &[(&str, String)], names: &mut Names) {
    for (name, key) in keys {
        let Some(short) = key.strip_suffix(BOT).filter(|short| short.len() > 1) else {
            continue;
        };
        for at in text.positions(short) {
            let greeted = at.start > 0 && is_call(&words[at.start - 1].key) && is_last(words, &at);
            if is_free(words, &at) && (words[at.start].called || greeted) {
                words[at].iter_mut().for_each(|word| word.is_name = true);
                if !names.addressed.iter().any(|known| known == name) {
                    names.addressed.push((*name).to_owned());
                }
            }
        }
    }
}

/// Whether the name at `at` is spoken to, by where it stands.
fn is_called(words: &[Word], at: &Range<usize>, spoken_to: &[bool]) -> bool {
    let before = at.start.checked_sub(1).map(|before| &words[before]);
    let begins = begins(words, at.start, spoken_to);
    let ends = is_last(words, at);
    if begins {
        let greeted = before.is_some_and(|word| word.after < Gap::Stop && is_call(&word.key));
        return ends || greeted || opens_a_question(&words[at.end..]);
    }
    let Some(before) = before else { return false };
    match before.after {
        Gap::Comma | Gap::Pause => ends && !before.is_name,
        _ => words[at.end - 1].after != Gap::Comma && ends && BEFORE_A_CALL.contains(&before.key.as_str()),
    }
}

/// Whether nothing stands before `start`, in its sentence, but greetings and those who are spoken to.
fn begins(words: &[Word], start: usize, spoken_to: &[bool]) -> bool {
    let first = start.saturating_sub(OPENING_WORDS);
    for at in (first..start).rev() {
        if words[at].after >= Gap::Stop {
            return true;
        }
        let is_addressed = spoken_to.get(at).is_some_and(|spoken_to| *spoken_to);
        if !is_addressed && !is_light(&words[at].key) && words[at].key != "and" {
            return false;
        }
    }
    first == 0
}

/// Whether something separates the words at `at` from what follows, or nothing follows.
fn is_last(words: &[Word], at: &Range<usize>) -> bool {
    at.end == words.len() || words[at.end - 1].after != Gap::None
}

/// Whether two names stand together as in "Ann and Bob".
fn is_pair(words: &[Word], a: &Use<'_>, b: &Use<'_>) -> bool {
    b.at.start == a.at.end + 1
        && words[a.at.end].key == "and"
        && words[a.at.end - 1].after == Gap::None
        && words[a.at.end].after == Gap::None
}

/// Whether these words stand together, and belong to no name yet.
fn is_free(words: &[Word], at: &Range<usize>) -> bool {
    let together = words[at.start..at.end - 1].iter().all(|w| w.after == Gap::None);
    together && words[at.clone()].iter().all(|w| !w.is_name)
}

/// Whether a name is one that is also a plain word, or a place, and nothing shows that more is meant: a Will is not meant
/// by "will it rain?", nor a Paris by "in Paris".
fn is_plain_word(words: &[Word], at: &Range<usize>) -> bool {
    let word = &words[at.start];
    if at.len() > 1 || word.called || word.is_owner() {
        return false;
    }
    if at.start > 0 && ["in", "at", "near"].contains(&words[at.start - 1].key.as_str()) {
        return true;
    }
    let is_alone = is_last(words, at) && begins(words, at.start, &[]);
    (is_common(&word.key) || is_known(&word.key)) && !(is_alone && word.capital)
}

/// What a name has in common with all its spellings.
fn key(name: &str) -> String {
    words_of(name).into_iter().map(|word| word.key).collect()
}

/// A text without what separates its words, and where they begin in it.
struct Joined {
    text: String,
    starts: Vec<usize>,
}

impl Joined {
    fn of(words: &[Word]) -> Joined {
        let mut joined = Joined { text: String::new(), starts: Vec::with_capacity(words.len() + 1) };
        for word in words {
            joined.starts.push(joined.text.len());
            joined.text.push_str(word.stem());
        }
        joined.starts.push(joined.text.len());
        joined
    }

    /// Where `key` is made up of whole words.
    fn positions(&self, key: &str) -> Vec<Range<usize>> {
        // Most names are in no text: that is quickly seen.
        if key.is_empty() || !self.text.contains(key) {
            return Vec::new();
        }
        let whole_words = |(first, start): (usize, &usize)| {
            let rest = self.text[*start..].strip_prefix(key)?;
            let end = self.starts.binary_search(&(self.text.len() - rest.len())).ok()?;
            (first < end).then_some(first..end)
        };
        self.starts.iter().enumerate().filter_map(whole_words).collect()
    }
}
