//! What a message says, as far as bots need to know: [`analyse`] finds out, from the text alone.
//!
//! It finds words and phrases and where they stand; it understands nothing. `tests/analysis/sentences.txt` shows what comes
//! of that, and where it goes wrong. It knows no room, no clock and no map, and so not whether there is such a place.

mod compared;
mod names;
mod phrase_tables;
mod phrases;
mod place_words;
mod places;
mod set;
mod subjects;
mod tables;
mod unspaced;
mod vocabulary;
mod words;

use std::sync::LazyLock;

use regex::Regex;

pub use set::{Item, Set};

use crate::base::limits::BOT_INPUT_BYTES;
use crate::base::text::head;
use phrases::Plain;
use places::Places;

/// What was found in a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Analysis {
    /// What it is meant as. Without [`Tag::Question`] it is a statement.
    pub tags: Set<Tag>,
    /// What it is about.
    pub subjects: Set<Subject>,
    /// What one does, in lower case and as a noun: `tennis`, `painting`, whether "paint" or "painting" was said. One that
    /// stands in no table is as typed: `monopoly` of "play Monopoly".
    pub activity: Option<String>,
    /// Where.
    pub place: Option<Place>,
    /// Where else: the places that the first is compared with, or that are asked about with it, as they come in the text.
    pub others: Vec<Place>,
    /// On which day.
    pub day: Option<Day>,
    /// Who has joined, if it is the server's line about that. Then nothing else is found in it.
    pub joined: Option<String>,
    /// Those who are spoken to, of those who are present, as they spell their names.
    pub addressed: Vec<String>,
    /// Those who are named, of those who are present, and not spoken to.
    pub mentioned: Vec<String>,
}

/// What a message may be meant as; it can be several at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tag {
    /// It wants an answer.
    Question,
    /// It wants to know what others think, or like.
    Opinion,
    /// It proposes to do something together.
    Suggestion,
    /// It says hello.
    Greeting,
    /// It says goodbye.
    Farewell,
    /// It says thanks.
    Thanks,
    /// It says several things, or asks them. What else is found may come from any of them.
    TooComplicated,
}

/// What a message may be about.
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
    /// What one is going to do: travels, parties, weekends.
    Plans,
}

/// A place, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `New York`, `oslo`, or `the lake`.
    pub name: String,
    /// What was said about where that is: `Texas` of "Paris, Texas".
    pub within: Option<String>,
    /// What may have been said about where that is, and may as well be a word of its own: `me` of "portland, me".
    pub perhaps_within: Option<String>,
}

/// A day that a message names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Day {
    /// At this moment.
    Now,
    /// Today.
    Today,
    /// The evening or night to come.
    Tonight,
    /// Tomorrow.
    Tomorrow,
    /// Some other time that was named: yesterday, on Friday, next week, in July.
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

    fn place(self) -> u8 {
        self as u8
    }
}

impl Item for Subject {
    const ALL: &'static [Subject] =
        &[Subject::Weather, Subject::Sport, Subject::Art, Subject::Work, Subject::Food, Subject::Plans];

    fn place(self) -> u8 {
        self as u8
    }
}

/// What the server says when somebody has come.
static JOIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^User ([^ ]+) has joined the chat!$").expect("a constant pattern, which every test compiles")
});

/// Makes the tables that are made on first use, so that no message waits for that.
pub fn prepare() {
    LazyLock::force(&JOIN);
    words::prepare();
    phrases::prepare();
    subjects::prepare();
    place_words::prepare();
}

/// What `text` says, in a room where these people and bots are `present`.
///
/// Of a long text, its first [`BOT_INPUT_BYTES`] are read, and of these so many words. The time it takes grows with these, and with how many are present.
pub fn analyse(text: &str, present: &[&str]) -> Analysis {
    let text = head(text, BOT_INPUT_BYTES);
    if let Some(name) = JOIN.captures(text.trim()).and_then(|found| found.get(1)) {
        return Analysis { joined: Some(name.as_str().to_owned()), ..Analysis::default() };
    }
    let mut words = words::words(text);
    // Names first: what belongs to one means nothing else.
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
    }
}
