//! The ballot of a round: numbered suggestions, how they are read out, and the vote that a text gives.

use crate::base::limits::ROUND_SUGGESTIONS;
use crate::bots::orders::{choice, clauses};
use crate::bots::suggestions::Suggestion;

/// What the host reads out begins with this.
const INTRODUCTION: &str = "Vote by number or by name: ";

/// Words that do not tell one suggestion from another.
const COMMON_WORDS: [&str; 13] =
    ["a", "an", "the", "to", "of", "at", "in", "with", "for", "from", "and", "our", "that"];

/// Numbered suggestions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ballot(Vec<Suggestion>);

impl Ballot {
    /// A ballot with these suggestions, the first of which is number 1.
    pub fn new(suggestions: &[Suggestion]) -> Ballot {
        Ballot(suggestions.to_vec())
    }

    /// The suggestions, in order.
    pub fn options(&self) -> &[Suggestion] {
        &self.0
    }

    /// What the host reads out.
    pub fn worded(&self) -> String {
        let options: Vec<String> =
            self.0.iter().zip(1..).map(|(option, n)| format!("({n}) {}", option.phrase())).collect();
        format!("{INTRODUCTION}{}.", options.join(", "))
    }

    /// The ballot that a host's line reads out, if any.
    pub fn find(text: &str) -> Option<Ballot> {
        let options = text.strip_prefix(INTRODUCTION)?.strip_suffix('.')?;
        let parts = options.split(", ").take(ROUND_SUGGESTIONS);
        let found: Option<Vec<Suggestion>> = parts.map(Suggestion::find).collect();
        found.map(Ballot).filter(|ballot| ballot.worded() == text)
    }

    /// The index of the suggestion that a text votes for: by its number, or by words of it. `None`: none, or several.
    pub fn choice(&self, text: &str) -> Option<usize> {
        if let Some(number) = choice(text) {
            return Some(number - 1).filter(|at| *at < self.0.len());
        }
        let words = clauses(text).concat();
        let score = |option: &Suggestion| {
            let phrase = clauses(&option.phrase()).concat();
            let telling = phrase.iter().filter(|word| !COMMON_WORDS.contains(&word.as_str()));
            telling.filter(|word| words.contains(word)).count()
        };
        let scores: Vec<usize> = self.0.iter().map(score).collect();
        let best = scores.iter().copied().max().filter(|best| *best > 0)?;
        let mut winners = scores.iter().enumerate().filter(|(_, score)| **score == best);
        let (at, _) = winners.next()?;
        winners.next().is_none().then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ballot() -> Ballot {
        let find = |text| Suggestion::find(text).unwrap();
        Ballot::new(&[find("race against the tram"), find("lie in the hammock"), find("repair the printer")])
    }

    #[test]
    fn what_is_read_out_is_found_again() {
        let text = ballot().worded();
        assert_eq!(
            text,
            "Vote by number or by name: (1) race against the tram, (2) lie in the hammock, (3) repair the printer."
        );
        assert_eq!(Ballot::find(&text), Some(ballot()));
        for other in ["", "Vote by number or by name: .", "Shall we race against the tram?", &text[1..]] {
            assert_eq!(Ballot::find(other), None, "{other}");
        }
    }

    #[test]
    fn votes_by_number_and_by_name() {
        for (text, vote) in [
            ("2", Some(1)),
            ("number 3!", Some(2)),
            ("the first one", Some(0)),
            ("The hammock, of course", Some(1)),
            ("PRINTER", Some(2)),
            ("repair it", Some(2)),
            ("let us race the tram", Some(0)),
            ("the printer or the tram", None),
            ("the", None),
            ("4", None),
            ("I cannot decide", None),
            ("", None),
        ] {
            assert_eq!(ballot().choice(text), vote, "{text}");
        }
    }
}
