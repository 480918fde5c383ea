//! Shuffle bags: lines in random order, each drawn once before any repeats.

use std::collections::HashMap;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;

/// A bag of lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct ShuffleBag {
    lines: Vec<&'static str>,
    /// Lines not drawn yet, drawn from the end. `None`: they are shuffled at the next draw.
    remaining: Option<Vec<&'static str>>,
}

impl ShuffleBag {
    pub(crate) fn add(&mut self, line: &'static str) {
        self.lines.push(line);
        self.remaining = None;
    }

    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    #[cfg(test)]
    pub(crate) fn lines(&self) -> &[&'static str] {
        &self.lines
    }

    /// Draws a line. Once all were drawn, shuffles them again.
    pub(crate) fn draw(&mut self, rng: &mut StdRng) -> &'static str {
        if let Some(line) = self.draw_unused(rng) {
            return line;
        }
        self.remaining = None;
        self.draw_unused(rng).unwrap_or_default()
    }

    /// Draws a line that was not drawn yet. `None`: all were drawn.
    pub(crate) fn draw_unused(&mut self, rng: &mut StdRng) -> Option<&'static str> {
        let remaining = self.remaining.get_or_insert_with(|| {
            let mut lines = self.lines.clone();
            lines.shuffle(rng);
            lines
        });
        remaining.pop()
    }
}

/// Bags by name. In a file, the name stands in brackets before the lines.
#[derive(Clone, Debug)]
pub(crate) struct PhraseBook(HashMap<&'static str, ShuffleBag>);

impl PhraseBook {
    /// What all bots of a lobby or a `chaty` room say about the room and themselves, and to somebody who is sad.
    pub(crate) fn common() -> PhraseBook {
        PhraseBook::parse(include_str!("lines/common.txt"))
    }

    /// Parses a file: `[name]`, then its lines. Blank lines and lines that begin with `#` are skipped.
    pub(crate) fn parse(text: &'static str) -> PhraseBook {
        let mut bags: HashMap<&str, ShuffleBag> = HashMap::new();
        let mut name = "";
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Some(next) => name = next,
                None => bags.entry(name).or_default().add(line),
            }
        }
        PhraseBook(bags)
    }

    /// Draws a line from a bag. Empty if there is no such bag.
    pub(crate) fn draw(&mut self, bag: &str, rng: &mut StdRng) -> &'static str {
        self.0.get_mut(bag).map(|bag| bag.draw(rng)).unwrap_or_default()
    }

    /// Draws a line that was not drawn yet from a bag. `None`: all were drawn.
    pub(crate) fn draw_unused(&mut self, bag: &str, rng: &mut StdRng) -> Option<&'static str> {
        self.0.get_mut(bag)?.draw_unused(rng)
    }

    /// The number of lines in a bag.
    pub(crate) fn count(&self, bag: &str) -> usize {
        self.0.get(bag).map_or(0, ShuffleBag::len)
    }

    #[cfg(test)]
    pub(crate) fn bags(&self) -> impl Iterator<Item = (&'static str, &ShuffleBag)> {
        self.0.iter().map(|(name, bag)| (*name, bag))
    }
}

/// Fills the slots of `line`, given as `{slot}` and value. The result begins with a capital.
pub(crate) fn fill(line: &str, slots: &[(&str, &str)]) -> String {
    let filled = fill_within(line, slots);
    match filled.chars().next() {
        Some(first) => first.to_uppercase().chain(filled[first.len_utf8()..].chars()).collect(),
        None => filled,
    }
}

/// Fills the slots of a text within a sentence.
pub(crate) fn fill_within(text: &str, slots: &[(&str, &str)]) -> String {
    slots.iter().fold(text.to_owned(), |text, (slot, value)| text.replace(slot, value))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn each_line_once_before_any_repeats() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut book = PhraseBook::parse("# notes\n[a]\none\ntwo\n\nthree\n[b]\nfour");
        let mut drawn: Vec<&str> = (0..3).map(|_| book.draw("a", &mut rng)).collect();
        drawn.sort_unstable();
        assert_eq!(drawn, ["one", "three", "two"]);
        assert_eq!(book.draw_unused("a", &mut rng), None);
        assert!(!book.draw("a", &mut rng).is_empty(), "shuffled anew");
        assert_eq!((book.draw("c", &mut rng), book.count("c"), book.count("b")), ("", 0, 1));
    }

    #[test]
    fn slots_are_filled_and_lines_begin_with_a_capital() {
        assert_eq!(fill("{a} and {b}, {a}", &[("{a}", "élan"), ("{b}", "wit")]), "Élan and wit, élan");
        assert_eq!(fill("", &[]), "");
    }
}
