//! Finds which members are addressed in a text, and which are only mentioned.
//!
//! A name is found however its parts are written: `Weather_Bot`, "weather bot", "weatherbot". Its words have no other
//! meaning, so "weather bot, do you like tennis?" is not about the weather.

use std::collections::HashSet;
use std::ops::Range;

use super::phrases::{addresses_preceding_name, is_auxiliary, is_light, precedes_addressee};
use super::place_words::is_common;
use super::subjects::is_known;
use super::words::{Gap, Word, words as words_of};

/// The names in a text, as their owners spell them.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Addressed members.
    pub(super) addressed: Vec<String>,
    /// Members that are only mentioned.
    pub(super) mentioned: Vec<String>,
}

/// An occurrence of a name: which one, and where.
struct Use {
    name: usize,
    at: Range<usize>,
}

/// The suffix of bots' names that people leave out.
const BOT: &str = "bot";

/// How many words of greeting may precede an address.
const OPENING_WORDS: usize = 12;

/// A name after one of these words at the end of a sentence is addressed even without a comma: "how are you bob?".
const BEFORE_FINAL_ADDRESSEE: [&str; 18] = [
    "you", "u", "that", "please", "pls", "it", "think", "me", "now", "today", "tonight", "tomorrow", "doing",
    "too", "again", "up", "hi", "there",
];

/// Finds the names of the members in `words`, and marks the words that belong to one.
pub(super) fn find(words: &mut [Word], present: &[&str]) -> Names {
    for word in words.iter_mut() {
        word.is_light = is_light(&word.key);
    }
    let text = Joined::of(words);
    // Longer names first: "bob bot" is not Bob. Of several members with the same key, the first wins.
    let mut keys: Vec<(&str, String)> = present.iter().map(|name| (*name, key(name))).collect();
    let mut known = HashSet::new();
    keys.retain(|(_, key)| known.insert(key.clone()));
    keys.sort_by_key(|(_, key)| std::cmp::Reverse(key.len()));

    let wanted: Vec<&str> = keys.iter().map(|(_, key)| key.as_str()).collect();
    let mut uses: Vec<Use> = Vec::new();
    for (name, at) in text.positions(&wanted) {
        if is_free(words, &at) && !is_plain_word(words, &at) {
            words[at.clone()].iter_mut().for_each(|word| word.is_name = true);
            uses.push(Use { name, at });
        }
    }
    uses.sort_by_key(|found| found.at.start);
    let mut names = sort(words, &uses, &keys);
    short_forms(words, &text, &keys, &mut names);
    names
}

/// Separates the addressed members from the mentioned ones.
fn sort(words: &[Word], uses: &[Use], keys: &[(&str, String)]) -> Names {
    let mut names = Names::default();
    let mut spoken_to = vec![false; words.len()];
    let (mut addressed, mut mentioned) = (vec![false; keys.len()], vec![false; keys.len()]);
    for run in uses.chunk_by(|a, b| is_pair(words, a, b)) {
        let whole = run[0].at.start..run[run.len() - 1].at.end;
        let is_spoken_to = is_called(words, &whole, &spoken_to)
            || run.iter().all(|found| keys[found.name].1.ends_with(BOT))
                && is_asked(words, &whole, &spoken_to);
        for found in run {
            let is_addressed = is_spoken_to || words[found.at.start].called;
            spoken_to[found.at.clone()].fill(is_addressed);
            let (list, known) = if is_addressed {
                (&mut names.addressed, &mut addressed)
            } else {
                (&mut names.mentioned, &mut mentioned)
            };
            if !std::mem::replace(&mut known[found.name], true) {
                list.push(keys[found.name].0.to_owned());
            }
        }
    }
    let addressed = &names.addressed;
    names.mentioned.retain(|name| !addressed.contains(name));
    names
}

/// Finds short forms of bots' names where only an address makes sense: "hey art", "@weather".
fn short_forms(words: &mut [Word], text: &Joined, keys: &[(&str, String)], names: &mut Names) {
    let bots: Vec<(&str, &str)> = keys
        .iter()
        .filter_map(|(name, key)| Some((*name, key.strip_suffix(BOT).filter(|short| short.len() > 1)?)))
        .collect();
    let wanted: Vec<&str> = bots.iter().map(|(_, short)| *short).collect();
    for (bot, at) in text.positions(&wanted) {
        let name = bots[bot].0;
        let greeted = at.start > 0 && precedes_addressee(&words[at.start - 1].key) && is_last(words, &at);
        if is_free(words, &at) && (words[at.start].called || greeted) {
            words[at].iter_mut().for_each(|word| word.is_name = true);
            if !names.addressed.iter().any(|known| known == name) {
                names.addressed.push(name.to_owned());
            }
        }
    }
}

/// Whether the position of the name at `at` shows that it is addressed.
fn is_called(words: &[Word], at: &Range<usize>, spoken_to: &[bool]) -> bool {
    let before = at.start.checked_sub(1).map(|before| &words[before]);
    let begins = begins(words, at.start, spoken_to);
    let ends = is_last(words, at);
    if begins {
        let greeted = before.is_some_and(|word| word.after < Gap::Stop && precedes_addressee(&word.key));
        return ends || greeted || addresses_preceding_name(&words[at.end..]);
    }
    let Some(before) = before else { return false };
    match before.after {
        Gap::Comma | Gap::Pause => ends && !before.is_name,
        _ => {
            words[at.end - 1].after != Gap::Comma
                && ends
                && BEFORE_FINAL_ADDRESSEE.contains(&before.key.as_str())
        }
    }
}

/// Whether a question of yes or no begins with the names at `at`: "weather bot is it cold?" is for the bot. Of a person it may be
/// about that one.
fn is_asked(words: &[Word], at: &Range<usize>, spoken_to: &[bool]) -> bool {
    let rest = &words[at.end..];
    let end = rest.iter().find(|word| word.after >= Gap::Stop);
    rest.first().is_some_and(|next| is_auxiliary(&next.key))
        && end.is_some_and(|last| last.after == Gap::Question)
        && begins(words, at.start, spoken_to)
}

/// Whether only greetings and addressed names precede `start` in its sentence.
fn begins(words: &[Word], start: usize, spoken_to: &[bool]) -> bool {
    let first = start.saturating_sub(OPENING_WORDS);
    for at in (first..start).rev() {
        if words[at].after >= Gap::Stop {
            return true;
        }
        let is_addressed = spoken_to.get(at).is_some_and(|spoken_to| *spoken_to);
        if !is_addressed && !words[at].is_light && words[at].key != "and" {
            return false;
        }
    }
    first == 0
}

/// Whether a separator or the end of the text follows the words at `at`.
fn is_last(words: &[Word], at: &Range<usize>) -> bool {
    at.end == words.len() || words[at.end - 1].after != Gap::None
}

/// Whether two names are joined, as in "Ann and Bob".
fn is_pair(words: &[Word], a: &Use, b: &Use) -> bool {
    b.at.start == a.at.end + 1
        && words[a.at.end].key == "and"
        && words[a.at.end - 1].after == Gap::None
        && words[a.at.end].after == Gap::None
}

/// Whether these words are contiguous and belong to no name yet.
fn is_free(words: &[Word], at: &Range<usize>) -> bool {
    let together = words[at.start..at.end - 1].iter().all(|w| w.after == Gap::None);
    together && words[at.clone()].iter().all(|w| !w.is_name)
}

/// Whether a name is also a plain word or a place, and nothing shows that the member is meant: "will it rain?" does
/// not address Will.
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

/// The key that all spellings of a name share.
fn key(name: &str) -> String {
    if name.is_ascii() {
        let kept = name.bytes().filter(u8::is_ascii_alphanumeric);
        return kept.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    }
    words_of(name).into_iter().map(|word| word.key).collect()
}

/// A text without separators, and where its words begin.
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

    /// Where each of `keys` occurs as whole words: index of the key and range of words, ordered by key and then by position.
    /// The keys must be distinct.
    ///
    /// For each run of words up to the length of the longest key, one hash lookup compares it with all keys at once. So the
    /// time hardly depends on the number of keys.
    fn positions(&self, keys: &[&str]) -> Vec<(usize, Range<usize>)> {
        let mut by_hash: Vec<(u64, usize)> =
            keys.iter().enumerate().map(|(n, key)| (extend(0, key.as_bytes()), n)).collect();
        by_hash.sort_unstable();
        let longest = keys.iter().map(|key| key.len()).max().unwrap_or(0);
        let mut lengths = vec![false; longest + 1];
        for key in keys {
            lengths[key.len()] = !key.is_empty();
        }
        let mut found = Vec::new();
        for first in 0..self.starts.len() {
            let (start, mut hash) = (self.starts[first], 0);
            for (end, piece) in (first + 1..).zip(self.starts[first..].windows(2)) {
                let length = piece[1] - start;
                if length > longest {
                    break;
                }
                hash = extend(hash, &self.text.as_bytes()[piece[0]..piece[1]]);
                // A cheap check first: most runs match no key.
                if lengths[length]
                    && let Ok(at) = by_hash.binary_search_by_key(&hash, |(hash, _)| *hash)
                    && keys[by_hash[at].1] == &self.text[start..piece[1]]
                {
                    found.push((by_hash[at].1, first..end));
                }
            }
        }
        found.sort_by_key(|(key, _)| *key);
        found
    }
}

/// Continues an FNV-1a hash with `bytes`. Of two names with the same hash, only one is found.
fn extend(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
