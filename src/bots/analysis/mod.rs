//! Extracts what bots need from a message: intentions, subjects, a place, a day, and addressed members. See [`analyse`].
//!
//! It matches words and phrases and their positions, without a grammar. `tests/analysis/sentences.txt` lists examples,
//! including wrong results. It has no access to rooms, clocks or maps, so it cannot tell whether a place exists.

mod compared;
mod concerns;
mod names;
mod phrase_tables;
mod phrases;
mod place_words;
mod places;
mod set;
mod subjects;
mod unspaced;
mod vocabulary;
mod word_tables;
mod words;

use std::sync::LazyLock;

use regex::Regex;

pub use set::{Item, Set};

use crate::base::limits::BOT_INPUT_BYTES;
use crate::base::text::head;
use phrases::Plain;
use places::Places;

/// The result of an analysis.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Analysis {
    /// The intentions. Without [`Tag::Question`] it is a statement.
    pub tags: Set<Tag>,
    /// The subjects.
    pub subjects: Set<Subject>,
    /// The activity, in lower case and as a noun: `tennis`, or `painting` for both "paint" and "painting". One that
    /// is in no table is given as typed: `monopoly` of "play Monopoly".
    pub activity: Option<String>,
    /// The place.
    pub place: Option<Place>,
    /// Further places that it is compared with, or that are asked about too, in the order of the text.
    pub others: Vec<Place>,
    /// The day.
    pub day: Option<Day>,
    /// The member that joined, if the text is the server's announcement. Then nothing else is set.
    pub joined: Option<String>,
    /// Addressed members, as they spell their names.
    pub addressed: Vec<String>,
    /// Members that are mentioned and not addressed.
    pub mentioned: Vec<String>,
    /// A matter that bots answer with the truth, or do not joke about.
    pub concern: Option<Concern>,
    /// It contains a word such as "who", "what" or "when": yes and no are no answers.
    pub is_open: bool,
}

/// A matter that bots answer with the truth, or do not joke about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Concern {
    /// Its author may do harm to itself.
    Crisis,
    /// Death, illness, violence, or another sad matter.
    Grave,
    /// "how do I play a game here?"
    Games,
    /// "help", "what can I do here?"
    Help,
    /// "what is this place?"
    Room,
    /// "is anybody here?"
    People,
    /// "are you a bot?"
    IsBot,
    /// "who are you?"
    Identity,
}

/// An intention of a message. A message may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tag {
    /// Wants an answer.
    Question,
    /// Asks for an opinion or a preference.
    Opinion,
    /// Proposes to do something together.
    Suggestion,
    /// Says hello.
    Greeting,
    /// Says goodbye.
    Farewell,
    /// Says thanks.
    Thanks,
    /// Says or asks several things. The other findings may come from any of them.
    TooComplicated,
}

/// A subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The weather, and the temperature.
    Weather,
    /// Sports, from athletics to chess.
    Sport,
    /// The arts, music, films and books among them.
    Art,
    /// Work, and who one works with.
    Work,
    /// Food and drink.
    Food,
    /// Travels, parties, weekends.
    Plans,
}

/// A place, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `New York`, `oslo`, or `the lake`.
    pub name: String,
    /// The area: `Texas` of "Paris, Texas".
    pub within: Option<String>,
    /// A possible area that may also be a plain word: `me` of "portland, me".
    pub perhaps_within: Option<String>,
}

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Day {
    /// At this moment.
    Now,
    /// Today.
    Today,
    /// The coming evening or night.
    Tonight,
    /// Tomorrow.
    Tomorrow,
    /// Another time: yesterday, on Friday, next week, in July.
    Another,
}

impl Item for Tag {
    const ALL: &'static [Tag] = &[
        Tag::Question,
        Tag::Opinion,
        Tag::Suggestion,
        Tag::Greeting,
        Tag::Farewell,
        Tag::Thanks,
        Tag::TooComplicated,
    ];

    fn index(self) -> u8 {
        self as u8
    }
}

impl Item for Subject {
    const ALL: &'static [Subject] =
        &[Subject::Weather, Subject::Sport, Subject::Art, Subject::Work, Subject::Food, Subject::Plans];

    fn index(self) -> u8 {
        self as u8
    }
}

/// The server's announcement of a join.
static JOIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^User ([^ ]+) has joined the chat!$").expect("a constant pattern, which every test compiles")
});

/// Builds the lookup tables, so that no message waits for them.
pub fn prepare() {
    LazyLock::force(&JOIN);
    words::prepare();
    phrases::prepare();
    subjects::prepare();
    place_words::prepare();
    concerns::prepare();
}

/// The concern of `text`, without names.
pub fn concern(text: &str) -> Option<Concern> {
    concerns::find(&Plain::of(&words::words(head(text, BOT_INPUT_BYTES))))
}

/// Analyses `text`. `present` are the names of the room's people and bots.
///
/// Only the first [`BOT_INPUT_BYTES`] and the first [`BOT_INPUT_WORDS`](crate::base::limits::BOT_INPUT_WORDS) are read.
/// The time is linear in that length and in the number of names.
pub fn analyse(text: &str, present: &[&str]) -> Analysis {
    let text = head(text, BOT_INPUT_BYTES);
    if let Some(name) = JOIN.captures(text.trim()).and_then(|found| found.get(1)) {
        return Analysis { joined: Some(name.as_str().to_owned()), ..Analysis::default() };
    }
    let mut words = words::words(text);
    // Names come first, as their words have no other meaning.
    let names = names::find(&mut words, present);
    let plain = Plain::of(&words);
    let mut tags = phrases::tags(&words, &plain);
    let (mut subjects, activity) = subjects::find(&words);
    let found = Places::of(text, &words, subjects.contains(Subject::Weather)).find();
    if found.as_ref().is_some_and(|found| found.is_asked_for) {
        tags.insert(Tag::Question);
    }
    let unspaced = words.iter().find_map(|word| unspaced::find(&text[word.start..word.end]));
    if unspaced.is_some() {
        subjects.extend([Subject::Weather]);
        tags.insert(Tag::Question);
    }
    let (place, others) = found.map_or((None, Vec::new()), |found| (Some(found.place), found.others));
    Analysis {
        tags,
        subjects,
        activity,
        place: place.or_else(|| unspaced.as_ref()?.place.clone()),
        others,
        day: phrases::day(&plain).or_else(|| unspaced.as_ref()?.day),
        joined: None,
        addressed: names.addressed,
        mentioned: names.mentioned,
        concern: concerns::find(&plain),
        is_open: concerns::has_question_word(&words),
    }
}
