//! A table of known phrases with their meanings, which finds them in a text.

use std::cmp::Reverse;
use std::collections::HashMap;

/// Known phrases by their first word, longer ones first.
#[derive(Debug)]
pub(super) struct PhraseTable<T>(HashMap<&'static str, Vec<Phrase<T>>>);

/// A phrase as words, and its meaning.
type Phrase<T> = (Vec<&'static str>, T);

impl<T: Copy> PhraseTable<T> {
    /// A table of these rows: a meaning, and its phrases, separated by commas.
    pub(super) fn new(rows: &[(T, &'static str)]) -> PhraseTable<T> {
        let mut known: HashMap<&str, Vec<Phrase<T>>> = HashMap::new();
        for (meaning, phrases) in rows {
            for phrase in phrases.split(", ") {
                let words: Vec<&str> = phrase.split(' ').collect();
                known.entry(words[0]).or_default().push((words, *meaning));
            }
        }
        for phrases in known.values_mut() {
            phrases.sort_by_key(|(words, _)| Reverse(words.len()));
        }
        PhraseTable(known)
    }

    /// The known phrases among these words, in order: each phrase and its meaning. The longest match wins.
    pub(super) fn find(&self, words: &[String]) -> Vec<(String, T)> {
        let mut found = Vec::new();
        let mut rest = words;
        while let Some(first) = rest.first() {
            let known = self.0.get(first.as_str()).map_or(&[][..], Vec::as_slice);
            let longest =
                known.iter().find(|(words, _)| rest.len() >= words.len() && *words == rest[..words.len()]);
            found.extend(longest.map(|(words, meaning)| (words.join(" "), *meaning)));
            rest = &rest[longest.map_or(1, |(words, _)| words.len())..];
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_phrase_wins() {
        let table = PhraseTable::new(&[(1, "ice cream, cream"), (2, "ice")]);
        let words: Vec<String> = "on ice cream and ice cream".split(' ').map(str::to_owned).collect();
        assert_eq!(table.find(&words), [("ice cream".to_owned(), 1), ("ice cream".to_owned(), 1)]);
        assert_eq!(table.find(&words[1..2]), [("ice".to_owned(), 2)]);
        assert_eq!(table.find(&[]), []);
    }
}
