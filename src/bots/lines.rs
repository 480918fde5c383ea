//! A bot's lines by cue. Recent lines are not repeated.

use std::collections::{HashMap, VecDeque};

use rand::rngs::StdRng;
use rand::seq::IteratorRandom;

use crate::bots::analysis::{Set, Subject};

/// How many of its last lines a bot does not repeat.
const REMEMBERED: usize = 10;

/// The occasion for a line. In the files, a cue stands in brackets before its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Cue {
    /// A person joined.
    Greet,
    /// Somebody says hello.
    Hello,
    /// About the bot's own subject: a statement, a question, an opinion, a suggestion.
    Own,
    OwnQuestion,
    /// A question with "who", "what" or "when" about the bot's own subject. Yes and no are no answers.
    OwnWhich,
    Opinion,
    Suggestion,
    /// The same about another subject.
    Other,
    OtherQuestion,
    OtherSuggestion,
    /// It is asked for a joke.
    Joke,
    /// It is asked for a story.
    Story,
    /// It is asked which of two things: "tea or coffee?"
    Choice,
    /// It is asked what it thinks of a member.
    Somebody,
    /// The bot is addressed without a subject.
    Addressed,
    Thanks,
    Bye,
    /// The bot is asked to be silent.
    Hush,
    /// The message is too complicated.
    Complicated,
    /// No subject.
    Plain,
    PlainQuestion,
    /// A question with "who", "what" or "when". Yes and no are no answers.
    Which,
    /// A weather question without a place.
    Place,
    /// The place is unknown.
    Unknown,
    /// No forecast is available.
    Asleep,
    /// A day beyond the forecast.
    Later,
    /// The rate limit is reached.
    Enough,
    /// Comments on the weather.
    Fair,
    Grey,
    Wet,
    White,
    Wild,
}

const CUES: [(&str, Cue); 32] = [
    ("greet", Cue::Greet),
    ("hello", Cue::Hello),
    ("own", Cue::Own),
    ("own?", Cue::OwnQuestion),
    ("own-which", Cue::OwnWhich),
    ("opinion", Cue::Opinion),
    ("suggest", Cue::Suggestion),
    ("other", Cue::Other),
    ("other?", Cue::OtherQuestion),
    ("other-suggest", Cue::OtherSuggestion),
    ("joke", Cue::Joke),
    ("story", Cue::Story),
    ("choice", Cue::Choice),
    ("somebody", Cue::Somebody),
    ("addressed", Cue::Addressed),
    ("thanks", Cue::Thanks),
    ("bye", Cue::Bye),
    ("hush", Cue::Hush),
    ("complicated", Cue::Complicated),
    ("plain", Cue::Plain),
    ("plain?", Cue::PlainQuestion),
    ("which", Cue::Which),
    ("place", Cue::Place),
    ("unknown", Cue::Unknown),
    ("asleep", Cue::Asleep),
    ("later", Cue::Later),
    ("enough", Cue::Enough),
    ("fair", Cue::Fair),
    ("grey", Cue::Grey),
    ("wet", Cue::Wet),
    ("white", Cue::White),
    ("wild", Cue::Wild),
];

/// The values for the slots in braces.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filling<'a> {
    /// `{name}`: the person that is addressed.
    pub(super) name: Option<&'a str>,
    /// `{activity}`: the activity that it mentioned.
    pub(super) activity: Option<&'a str>,
    /// `{place}`: the place.
    pub(super) place: Option<&'a str>,
    /// `{other}`: the member that it mentioned.
    pub(super) other: Option<&'a str>,
    /// The subjects that it mentioned. A line with `{food}`, `{work}` or `{plans}` in front is for that subject only.
    pub(super) subjects: Set<Subject>,
}

impl Filling<'_> {
    fn slots(&self) -> [(&'static str, Option<&str>); 7] {
        let about = |subject| self.subjects.contains(subject).then_some("");
        [
            ("{name}", self.name),
            ("{activity}", self.activity),
            ("{place}", self.place),
            ("{other}", self.other),
            ("{food}", about(Subject::Food)),
            ("{work}", about(Subject::Work)),
            ("{plans}", about(Subject::Plans)),
        ]
    }

    fn fits(&self, line: &str) -> bool {
        self.slots().iter().all(|(slot, value)| value.is_some() || !line.contains(slot))
    }

    /// Fills the slots, with a capital at the beginning of the line.
    fn fill(&self, line: &str) -> String {
        let filled = self
            .slots()
            .iter()
            .fold(line.to_owned(), |line, (slot, value)| line.replace(slot, value.unwrap_or("")));
        match filled.chars().next() {
            Some(first) if line.starts_with("{activity}") => {
                first.to_uppercase().chain(filled[first.len_utf8()..].chars()).collect()
            }
            _ => filled,
        }
    }
}

/// A bot's lines.
#[derive(Debug)]
pub(super) struct Lines {
    by_cue: HashMap<Cue, Vec<&'static str>>,
    /// The last lines, newest last.
    said: VecDeque<&'static str>,
}

impl Lines {
    /// Parses a file: `[cue]`, then its lines. Blank lines and lines that begin with `#` are skipped.
    pub(super) fn parse(text: &'static str) -> Lines {
        let mut by_cue: HashMap<Cue, Vec<&str>> = HashMap::new();
        let mut cue = None;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                cue = CUES.iter().find(|(known, _)| *known == name).map(|(_, cue)| *cue);
            } else if let Some(cue) = cue {
                by_cue.entry(cue).or_default().push(line);
            }
        }
        Lines { by_cue, said: VecDeque::new() }
    }

    /// A line for this cue. If all were said recently, a line for [`Cue::Plain`].
    pub(super) fn choose(&mut self, cue: Cue, filling: &Filling<'_>, rng: &mut StdRng) -> Option<String> {
        let otherwise = match cue {
            Cue::OwnQuestion | Cue::OtherQuestion => [Cue::PlainQuestion, Cue::Plain],
            Cue::OwnWhich | Cue::Choice => [Cue::Which, Cue::Plain],
            _ => [Cue::Plain, Cue::PlainQuestion],
        };
        let cues = std::iter::once(cue).chain(otherwise);
        let line = cues.into_iter().find_map(|cue| self.unsaid(cue, filling).choose(rng))?;
        if self.said.len() == REMEMBERED {
            self.said.pop_front();
        }
        self.said.push_back(line);
        Some(filling.fill(line))
    }

    fn unsaid(&self, cue: Cue, filling: &Filling<'_>) -> impl Iterator<Item = &'static str> {
        let lines = self.by_cue.get(&cue).into_iter().flatten().copied();
        lines.filter(|line| !self.said.contains(line) && filling.fits(line))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::bots::Character;

    #[test]
    fn all_have_lines_for_all_and_no_two_say_the_same() {
        let mut all: Vec<&str> = Vec::new();
        for character in Character::ALL {
            let lines = character.lines();
            let weather = [
                Cue::Place,
                Cue::Unknown,
                Cue::Asleep,
                Cue::Later,
                Cue::Fair,
                Cue::Grey,
                Cue::Wet,
                Cue::White,
                Cue::Wild,
            ];
            for (name, cue) in CUES {
                let count = lines.by_cue.get(&cue).map_or(0, Vec::len);
                // Cues that need an answer each time, and the fallback.
                let always = [Cue::Plain, Cue::Which, Cue::Place, Cue::Unknown, Cue::Asleep, Cue::Later];
                let wanted = if always.contains(&cue) { REMEMBERED + 1 } else { 2 };
                let needed = character == Character::Weather || !weather.contains(&cue);
                assert!(count >= wanted || !needed, "{character:?} has {count} lines for [{name}]");
            }
            all.extend(lines.by_cue.values().flatten());
        }
        let count = all.len();
        assert!(count >= 200, "{count}");
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "two lines are the same");
    }

    #[test]
    fn recent_lines_do_not_repeat() {
        let mut rng = StdRng::seed_from_u64(1);
        let filling = Filling { name: Some("Ann"), activity: Some("tennis"), ..Filling::default() };
        for character in Character::ALL {
            let mut lines = character.lines();
            let said: Vec<String> =
                (0..200).map(|n| lines.choose(CUES[n % 19].1, &filling, &mut rng).unwrap()).collect();
            for window in said.windows(REMEMBERED + 1) {
                let (last, before) = window.split_last().unwrap();
                assert!(!before.contains(last), "{character:?} repeats {last:?}");
            }
        }
    }

    #[test]
    fn braces_are_filled_or_the_line_is_not_said() {
        let filling = Filling { activity: Some("tennis"), ..Filling::default() };
        assert!(!filling.fits("Hello {name}!"));
        assert_eq!(filling.fill("{activity}? Always {activity}!"), "Tennis? Always tennis!");
        assert!(!filling.fits("{food}Now I am hungry."), "it is not about food");
        let food = Filling { subjects: [Subject::Food].into_iter().collect(), ..filling };
        assert!(food.fits("{food}Now I am hungry.") && !food.fits("{work}Work?"));
        assert_eq!(food.fill("{food}Now I am hungry."), "Now I am hungry.");
    }
}
