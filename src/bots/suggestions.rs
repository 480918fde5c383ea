//! The suggestions of a round's host: an action with a subject, of one of four kinds, and the sentences around it.
//!
//! [`super::guests`] has the answers.

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};

use crate::bots::shuffle_bag::ShuffleBag;

/// The kind of a suggestion. It decides how guests answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SuggestionKind {
    /// Physical exercise.
    Sport,
    /// Leisure.
    Chill,
    /// Work.
    Work,
    /// Harmless mischief.
    BadThing,
}

/// Something to do together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The kind.
    pub kind: SuggestionKind,
    /// The action: `play`, `travel to`.
    pub action: &'static str,
    /// The object of the action: `football`, `Oslo`.
    pub subject: &'static str,
}

/// An action and the subjects that fit it. Each subject is a noun phrase that can also stand alone.
type Action = (&'static str, &'static [&'static str]);

const SPORT: &[Action] = &[
    ("play", &["football", "basketball", "tennis", "table tennis", "volleyball", "badminton"]),
    ("run around", &["the lake", "the campus", "the stadium", "the whole block", "the town hall"]),
    ("swim across", &["the fjord", "the bay", "the duck pond", "the old harbour"]),
    ("cycle to", &["the coast", "the lighthouse", "the next village", "the end of the tram line"]),
    ("climb", &["the nearest hill", "the water tower", "the climbing wall", "the big apple tree"]),
    ("race against", &["the tram", "the number four bus", "the next shower of rain", "our own shadows"]),
];

const CHILL: &[Action] = &[
    ("drink", &["coffee", "beer", "wine", "peppermint tea", "hot chocolate", "home-made lemonade"]),
    ("travel to", &["Oslo", "Paris", "New York", "Lisbon", "Reykjavik", "Zagreb"]),
    ("party with", &["the neighbours", "the whole corridor", "the brass band", "the house plants"]),
    ("listen to", &["the rain", "old records", "the song of the whales", "a very long podcast"]),
    ("watch", &["the clouds", "the sunset", "a film about otters", "somebody else's washing machine"]),
    ("lie in", &["the hammock", "the long grass", "the afternoon sun", "a heap of cushions"]),
];

const WORK: &[Action] = &[
    ("code", &["a chatbot", "a website", "a game of snake", "a clock that runs backwards"]),
    ("write", &["a book", "a report", "the missing documentation", "a very polite complaint"]),
    ("read", &["a poem", "the newspaper", "a book about Python", "the manual from the beginning"]),
    ("repair", &["the printer", "the coffee machine", "the squeaking door", "that one unreliable test"]),
    (
        "sort",
        &["the cable drawer", "ten thousand log lines", "the bookshelf by colour", "every single inbox"],
    ),
    (
        "calculate",
        &["pi to forty places", "the way to the moon", "the price of all coffee so far", "the odds"],
    ),
];

const BAD_THING: &[Action] = &[
    ("steal", &["the last biscuit", "the good chair", "a traffic cone", "the computer room's only pen"]),
    ("fight", &["the vending machine", "the revolving door", "an army of pillows", "our professor at chess"]),
    ("hide", &["the remote control", "every left shoe", "all the teaspoons", "the host's notes"]),
    ("swap", &["all the name tags", "the salt and the sugar", "the hands of the clock", "everybody's mugs"]),
    ("skip", &["the washing-up", "the whole of Monday", "the queue for ice cream", "the boring chapters"]),
];

/// Leisure activities that are tiring all the same.
const OUTINGS: [&str; 2] = ["travel to", "party with"];

/// The host's sentences. The suggestion replaces `{plan}`.
const FRAMES: [&str; 10] = [
    "What would you say if we were to {plan}?",
    "Shall we {plan}, all of us together?",
    "I have an idea: we {plan}!",
    "Who is in the mood to {plan}?",
    "The day is young. Let us {plan}!",
    "Nobody can stop us if we {plan}. Are you with me?",
    "I have long wanted to ask: would you ever {plan}?",
    "Tell me honestly: should we {plan}?",
    "My notes say that it is time to {plan}. Agreed?",
    "How does this sound: first we {plan}, and then we see?",
];

impl SuggestionKind {
    /// All kinds.
    pub const ALL: [SuggestionKind; 4] =
        [SuggestionKind::Sport, SuggestionKind::Chill, SuggestionKind::Work, SuggestionKind::BadThing];

    /// The kind as a word: the cue of its lines.
    pub fn word(self) -> &'static str {
        match self {
            SuggestionKind::Sport => "sport",
            SuggestionKind::Chill => "chill",
            SuggestionKind::Work => "work",
            SuggestionKind::BadThing => "bad thing",
        }
    }

    fn actions(self) -> &'static [Action] {
        match self {
            SuggestionKind::Sport => SPORT,
            SuggestionKind::Chill => CHILL,
            SuggestionKind::Work => WORK,
            SuggestionKind::BadThing => BAD_THING,
        }
    }
}

impl Suggestion {
    /// All suggestions.
    pub fn all() -> impl Iterator<Item = Suggestion> {
        SuggestionKind::ALL.into_iter().flat_map(Suggestion::of_kind)
    }

    /// All suggestions of a kind.
    pub fn of_kind(kind: SuggestionKind) -> impl Iterator<Item = Suggestion> {
        kind.actions().iter().flat_map(move |(action, subjects)| {
            subjects.iter().map(move |subject| Suggestion { kind, action, subject })
        })
    }

    /// A random suggestion of another kind than those in `before`. All other kinds are equally likely.
    pub fn choose(before: &[Suggestion], rng: &mut StdRng) -> Option<Suggestion> {
        let is_new = |kind: &SuggestionKind| before.iter().all(|suggestion| suggestion.kind != *kind);
        let kinds = SuggestionKind::ALL.into_iter().filter(is_new);
        let kind = kinds.choose(rng)?;
        let (action, subjects) = kind.actions().choose(rng)?;
        Some(Suggestion { kind, action, subject: subjects.choose(rng)? })
    }

    /// The suggestion in a host's line, if any.
    pub fn find(text: &str) -> Option<Suggestion> {
        let text = text.to_lowercase();
        Suggestion::all().find(|suggestion| {
            let phrase = suggestion.phrase().to_lowercase();
            text.match_indices(&phrase).any(|(at, _)| {
                let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_-".contains(c));
                let (before, after) = (&text[..at], &text[at + phrase.len()..]);
                !is_part(before.chars().next_back()) && !is_part(after.chars().next())
            })
        })
    }

    /// The phrase that follows "to" or "we": `play football`.
    pub fn phrase(&self) -> String {
        format!("{} {}", self.action, self.subject)
    }

    /// A sentence that makes this suggestion. All of `frames` are used before one repeats.
    pub(crate) fn worded(&self, frames: &mut ShuffleBag, rng: &mut StdRng) -> String {
        frames.draw(rng).replace("{plan}", &self.phrase())
    }

    /// The sentences around suggestions.
    pub(crate) fn frames() -> ShuffleBag {
        let mut frames = ShuffleBag::default();
        for frame in FRAMES {
            frames.add(frame);
        }
        frames
    }

    /// Whether it needs effort.
    pub(super) fn is_tiring(&self) -> bool {
        self.kind != SuggestionKind::Chill || OUTINGS.contains(&self.action)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn the_table_is_generous() {
        for kind in SuggestionKind::ALL {
            assert!(kind.actions().len() >= 4, "{kind:?}");
            for (action, subjects) in kind.actions() {
                assert!(subjects.len() >= 4, "{action}");
            }
        }
        let mut phrases: Vec<String> = Suggestion::all().map(|s| s.phrase()).collect();
        let count = phrases.len();
        phrases.sort_unstable();
        phrases.dedup();
        assert_eq!(phrases.len(), count, "two suggestions are the same");
        assert!(OUTINGS.iter().all(|outing| CHILL.iter().any(|(action, _)| action == outing)));
    }

    #[test]
    fn ten_suggestions_begin_differently() {
        let mut rng = StdRng::seed_from_u64(1);
        let (suggestion, mut frames) = (Suggestion::all().next().unwrap(), Suggestion::frames());
        for _ in 0..20 {
            let mut texts: Vec<String> =
                (0..FRAMES.len()).map(|_| suggestion.worded(&mut frames, &mut rng)).collect();
            texts.sort_unstable();
            texts.dedup();
            assert_eq!(texts.len(), FRAMES.len());
        }
    }

    #[test]
    fn every_suggestion_is_found_in_every_frame() {
        for suggestion in Suggestion::all() {
            for frame in FRAMES {
                let text = frame.replace("{plan}", &suggestion.phrase());
                assert_eq!(Suggestion::find(&text), Some(suggestion), "{text}");
                assert_eq!(Suggestion::find(&text.to_uppercase()), Some(suggestion), "{text}");
                assert_eq!(Suggestion::find(&format!("Host: {text}\n")), Some(suggestion), "{text}");
            }
        }
    }

    #[test]
    fn similar_texts_are_not_suggestions() {
        for text in [
            "",
            "play",
            "Play, football and Ann: welcome!",
            "They display football boots.",
            "We replay footballers' songs.",
            "Shall we play tennis-ball catch?",
            "İİİ play",
        ] {
            assert_eq!(Suggestion::find(text), None, "{text}");
        }
    }

    #[test]
    fn no_kind_repeats_and_each_occurs() {
        let mut rng = StdRng::seed_from_u64(3);
        let mut last = None;
        let mut counts = [0; 4];
        let mut frames = Suggestion::frames();
        for _ in 0..400 {
            let suggestion = Suggestion::choose(last.as_slice(), &mut rng).unwrap();
            assert_ne!(Some(suggestion.kind), last.map(|last: Suggestion| last.kind));
            assert_eq!(Suggestion::find(&suggestion.worded(&mut frames, &mut rng)), Some(suggestion));
            counts[SuggestionKind::ALL.iter().position(|kind| *kind == suggestion.kind).unwrap()] += 1;
            last = Some(suggestion);
        }
        assert!(counts.iter().all(|count| *count > 60), "{counts:?}");
    }
}
