//! The guests of a round: four characters, their answers to suggestions and to people, and their votes.
//!
//! The host decides when they speak.

use std::str::FromStr;

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};

use crate::base::text::list;
use crate::bots::ballot::Ballot;
use crate::bots::remark::Remark;
use crate::bots::shuffle_bag::fill_within;
use crate::bots::suggestions::{Suggestion, SuggestionKind};

/// The cue of the goodbyes.
const GOODBYE: &str = "goodbye";

/// A character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Guest {
    /// Sporty: has a sport for every occasion.
    Madelen,
    /// A nerd: would rather do something with a keyboard.
    Felix,
    /// Lazy: refuses everything that needs getting up.
    Marija,
    /// Likes everybody, and agrees.
    Rateb,
}

impl Guest {
    /// All guests.
    pub const ALL: [Guest; 4] = [Guest::Madelen, Guest::Felix, Guest::Marija, Guest::Rateb];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Guest::Madelen => "Madelen",
            Guest::Felix => "Felix",
            Guest::Marija => "Marija",
            Guest::Rateb => "Rateb",
        }
    }

    /// The answer to a suggestion, after the guests in `before` have answered.
    pub fn answer(self, suggestion: &Suggestion, before: &[impl AsRef<str>], rng: &mut StdRng) -> String {
        let names = list(before);
        let lines = self.lines(self.cue(suggestion));
        // Lines that mention earlier guests are preferred when there are any.
        let speaks_of_others = |line: &&str| line.contains("{names}");
        let is_due = !names.is_empty() && lines.iter().any(speaks_of_others);
        let fitting = lines.iter().copied().filter(|line| speaks_of_others(line) == is_due);
        let line = fitting.choose(rng).unwrap_or("{plan}? Hm.");
        let counter = self.counter(suggestion, rng).unwrap_or(*suggestion);
        capitalised(line, suggestion.subject)
            .replace("{plan}", &suggestion.phrase())
            .replace("{counter}", &counter.phrase())
            .replace("{names}", &names)
    }

    /// What it says to a person's answer. If `is_called`, the person called it by its name.
    pub fn react(self, remark: &Remark, is_called: bool, rng: &mut StdRng) -> String {
        let cue = if is_called && remark.topic().is_none() { "on me" } else { remark.cue() };
        let line = self.lines(cue).choose(rng).copied().unwrap_or("I heard you, {name}.");
        let word = remark.word().unwrap_or_default();
        fill_within(line, &[("{word}", word), ("{name}", &remark.name)])
    }

    /// The index of the option that it votes for. `before` are votes that were given, in order. `None`: there are no options.
    pub fn vote(self, ballot: &Ballot, before: &[(String, usize)], rng: &mut StdRng) -> Option<usize> {
        let options = ballot.options();
        let of_kind = |kind: &SuggestionKind| options.iter().position(|option| option.kind == *kind);
        match (self.tastes(), before.last()) {
            ([], Some((_, at))) if *at < options.len() => Some(*at),
            ([], _) => (0..options.len()).choose(rng),
            (tastes, _) => tastes.iter().find_map(of_kind),
        }
    }

    /// What it says with its vote for the option with this index.
    pub fn vote_line(
        self,
        ballot: &Ballot,
        at: usize,
        before: &[(String, usize)],
        rng: &mut StdRng,
    ) -> String {
        let kind = ballot.options().get(at).map(|option| option.kind);
        let (cue, who) = match before.iter().rev().find(|(_, vote)| *vote == at) {
            Some((who, _)) if self.tastes().is_empty() => ("vote with", who.as_str()),
            _ if kind.as_ref() == self.tastes().first() => ("vote own", ""),
            _ => ("vote other", ""),
        };
        let line = self.lines(cue).choose(rng).copied().unwrap_or("{number}.");
        fill_within(line, &[("{number}", &(at + 1).to_string()), ("{who}", who)])
    }

    /// The kinds that it votes for, the dearest first. None: it votes as others do.
    fn tastes(self) -> &'static [SuggestionKind] {
        use SuggestionKind::{BadThing, Chill, Sport, Work};
        match self {
            Guest::Madelen => &[Sport, BadThing, Chill, Work],
            Guest::Felix => &[Work, Chill, BadThing, Sport],
            Guest::Marija => &[Chill, Work, BadThing, Sport],
            Guest::Rateb => &[],
        }
    }

    /// The goodbye.
    pub fn goodbye(self, rng: &mut StdRng) -> &'static str {
        self.lines(GOODBYE).choose(rng).copied().unwrap_or("Goodbye!")
    }

    /// The cue of the answer to a suggestion.
    fn cue(self, suggestion: &Suggestion) -> &'static str {
        match (self, suggestion.kind) {
            (Guest::Marija, SuggestionKind::Chill) if suggestion.is_tiring() => "outing",
            (_, kind) => kind.word(),
        }
    }

    /// A counter-proposal.
    fn counter(self, suggestion: &Suggestion, rng: &mut StdRng) -> Option<Suggestion> {
        let kind = match self {
            Guest::Madelen => SuggestionKind::Sport,
            Guest::Felix => SuggestionKind::Work,
            Guest::Marija => SuggestionKind::Chill,
            Guest::Rateb => return None,
        };
        Suggestion::of_kind(kind).filter(|other| other.action != suggestion.action).choose(rng)
    }

    /// The lines under a cue in brackets. Blank lines and lines that begin with `#` are skipped.
    fn lines(self, cue: &str) -> Vec<&'static str> {
        let text = match self {
            Guest::Madelen => include_str!("lines/madelen.txt"),
            Guest::Felix => include_str!("lines/felix.txt"),
            Guest::Marija => include_str!("lines/marija.txt"),
            Guest::Rateb => include_str!("lines/rateb.txt"),
        };
        let heading = format!("[{cue}]");
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.skip_while(|line| *line != heading).skip(1).take_while(|line| !line.starts_with('[')).collect()
    }
}

/// Fills in the subject, with a capital at the beginning of the line.
fn capitalised(line: &str, subject: &str) -> String {
    match (line.strip_prefix("{subject}"), subject.chars().next()) {
        (Some(rest), Some(first)) => {
            let subject_in_rest = rest.replace("{subject}", subject);
            let capital: String = first.to_uppercase().collect();
            format!("{capital}{}{subject_in_rest}", &subject[first.len_utf8()..])
        }
        _ => line.replace("{subject}", subject),
    }
}

impl FromStr for Guest {
    type Err = String;

    /// Parses a name, in any case.
    fn from_str(text: &str) -> Result<Guest, String> {
        let is_meant = |guest: &Guest| guest.name().eq_ignore_ascii_case(text);
        Guest::ALL.into_iter().find(is_meant).ok_or_else(|| {
            format!("there is no guest \"{text}\"; there are {}", Guest::ALL.map(Guest::name).join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::bots::topics::Topic;

    const VOTES: [&str; 3] = ["vote own", "vote other", "vote with"];

    fn reactions() -> Vec<&'static str> {
        let more = ["on me", "on yes", "on no", "on anything"];
        Topic::all().map(Topic::cue).chain(more).collect()
    }

    const CUES: [&str; 6] = ["sport", "chill", "work", "bad thing", "outing", GOODBYE];
    const NOBODY: [&str; 0] = [];

    fn of_kind(kind: SuggestionKind) -> Vec<Suggestion> {
        Suggestion::of_kind(kind).collect()
    }

    #[test]
    fn all_have_enough_to_say_and_no_two_say_the_same() {
        let mut all: Vec<&str> = Vec::new();
        for guest in Guest::ALL {
            let lines: Vec<&str> = CUES.iter().flat_map(|cue| guest.lines(cue)).collect();
            assert!(lines.len() >= 20, "{guest:?}");
            for cue in CUES {
                let count = guest.lines(cue).len();
                assert!(
                    count >= 4 || (cue == "outing" && guest != Guest::Marija),
                    "{guest:?} [{cue}]: {count}"
                );
            }
            all.extend(lines);
            for cue in reactions() {
                let lines = guest.lines(cue);
                assert!(lines.len() >= 2, "{guest:?} [{cue}]");
                all.extend(lines);
            }
            all.extend(VOTES.iter().flat_map(|cue| guest.lines(cue)));
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "two lines are the same");
    }

    #[test]
    fn lines_are_whole_sentences_whatever_stands_in_the_braces() {
        for guest in Guest::ALL {
            for line in CUES.iter().flat_map(|cue| guest.lines(cue)) {
                let inside = line.get(1..).unwrap_or_default();
                for end in [". {", "! {", "? {", ": {"] {
                    assert!(!inside.contains(end), "begins a sentence in lower case: {line}");
                }
                assert!(!line.starts_with('{') || line.starts_with("{subject}"), "{line}");
                assert!(line.ends_with(['.', '!', '?']), "{line}");
            }
            let mut rng = StdRng::seed_from_u64(1);
            for suggestion in Suggestion::all() {
                for before in [&[][..], &["Ann"], &["Ann", "bob"]] {
                    for _ in 0..20 {
                        let answer = guest.answer(&suggestion, before, &mut rng);
                        assert!(!answer.contains(['{', '}']), "{answer}");
                        assert!(answer.starts_with(|c: char| !c.is_lowercase()), "{answer}");
                    }
                }
            }
        }
    }

    #[test]
    fn reactions_name_the_person_and_are_whole_sentences() {
        let suggestion = Suggestion::find("drink coffee").unwrap();
        let mut rng = StdRng::seed_from_u64(5);
        for guest in Guest::ALL {
            for text in ["Only with cake!", "yes", "no", "hm", "why?", "lol", "shut up", "cats", "sing, mum"]
            {
                let remark = Remark::new("bob", text, &suggestion);
                for is_called in [false, true] {
                    for _ in 0..20 {
                        let line = guest.react(&remark, is_called, &mut rng);
                        assert!(
                            line.contains("bob") || line.contains(remark.word().unwrap_or("bob")),
                            "{line}"
                        );
                        assert!(!line.contains(['{', '}']) && !line.contains("\"\""), "{line}");
                        assert!(line.ends_with(['.', '!', '?']), "{line}");
                    }
                }
            }
        }
    }

    #[test]
    fn who_is_called_says_so_unless_there_is_more_to_react_to() {
        let suggestion = Suggestion::find("drink coffee").unwrap();
        let mut rng = StdRng::seed_from_u64(1);
        for (text, cue) in [("Felix!", "on me"), ("Felix, with cake?", "on food")] {
            let said = Guest::Felix.react(&Remark::new("Ann", text, &suggestion), true, &mut rng);
            let mut lines = Guest::Felix.lines(cue).into_iter();
            assert!(
                lines.any(|line| line.replace("{name}", "Ann").replace("{word}", "cake") == said),
                "{said}"
            );
        }
    }

    #[test]
    fn guests_vote_for_what_they_love_and_rateb_for_what_others_do() {
        let find = |text| Suggestion::find(text).unwrap();
        let ballot =
            Ballot::new(&[find("skip the washing-up"), find("drink wine"), find("climb the water tower")]);
        let mut rng = StdRng::seed_from_u64(6);
        let before = [("Ann".to_owned(), 2), ("Bob".to_owned(), 0)];
        for _ in 0..50 {
            for (guest, vote) in
                [(Guest::Madelen, 2), (Guest::Felix, 1), (Guest::Marija, 1), (Guest::Rateb, 0)]
            {
                assert_eq!(guest.vote(&ballot, &before, &mut rng), Some(vote), "{guest:?}");
                for (at, before) in [(0, &before[..]), (1, &before[..]), (2, &[])] {
                    let text = guest.vote_line(&ballot, at, before, &mut rng);
                    assert_eq!(ballot.choice(&text), Some(at), "one from outside is understood: {text}");
                    assert!(!text.contains(['{', '}']), "{text}");
                }
            }
            assert!(Guest::Rateb.vote(&ballot, &[], &mut rng).is_some());
            assert!(Guest::Rateb.vote_line(&ballot, 0, &before, &mut rng).contains("Bob"));
        }
        for guest in Guest::ALL {
            assert_eq!(guest.vote(&Ballot::default(), &before, &mut rng), None);
        }
    }

    #[test]
    fn madelen_and_felix_would_rather_do_what_they_love() {
        let mut rng = StdRng::seed_from_u64(2);
        for (guest, loved) in [(Guest::Madelen, SuggestionKind::Sport), (Guest::Felix, SuggestionKind::Work)]
        {
            for suggestion in Suggestion::all().filter(|s| s.kind != loved) {
                let answer = guest.answer(&suggestion, &NOBODY, &mut rng);
                let counters = of_kind(loved);
                assert!(counters.iter().any(|other| answer.contains(&other.phrase())), "{guest:?}: {answer}");
            }
            for suggestion in of_kind(loved) {
                let answer = guest.answer(&suggestion, &NOBODY, &mut rng);
                let others = Suggestion::all().filter(|other| *other != suggestion);
                assert!(others.into_iter().all(|other| !answer.contains(&other.phrase())), "{answer}");
            }
        }
    }

    #[test]
    fn marija_stays_where_she_is() {
        let outing = Suggestion::find("travel to Oslo").unwrap();
        let rest = Suggestion::find("lie in the hammock").unwrap();
        assert_eq!((Guest::Marija.cue(&outing), Guest::Marija.cue(&rest)), ("outing", "chill"));
        assert_eq!(Guest::Rateb.cue(&outing), "chill");
        for kind in SuggestionKind::ALL.into_iter().filter(|kind| *kind != SuggestionKind::Chill) {
            assert!(of_kind(kind).iter().all(Suggestion::is_tiring));
        }
    }

    #[test]
    fn rateb_names_those_before_him_and_nobody_if_there_are_none() {
        let mut rng = StdRng::seed_from_u64(4);
        for suggestion in Suggestion::all() {
            let answer = Guest::Rateb.answer(&suggestion, &["Ann", "Felix", "bob"], &mut rng);
            assert!(answer.contains("Ann, Felix and bob"), "{answer}");
            let alone = Guest::Rateb.answer(&suggestion, &NOBODY, &mut rng);
            assert!(
                Guest::Rateb.lines(suggestion.kind.word()).len() == 6 && !alone.contains("Ann"),
                "{alone}"
            );
        }
    }

    #[test]
    fn known_by_name_in_any_case() {
        for guest in Guest::ALL {
            assert_eq!(guest.name().to_uppercase().parse(), Ok(guest));
        }
        let why = "there is no guest \"Bob\"; there are Madelen, Felix, Marija, Rateb";
        assert_eq!("Bob".parse::<Guest>(), Err(why.into()));
    }
}
