//! The bots of the lobby: names, subjects and lines.

use std::str::FromStr;

use crate::bots::analysis::Subject;
use crate::bots::lines::Lines;

/// A bot's personality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Character {
    /// Cheerful and literal.
    Simple,
    /// A dry forecaster.
    Weather,
    /// A coach.
    Sport,
    /// An aesthete.
    Art,
}

impl Character {
    /// All bots.
    pub const ALL: [Character; 4] = [Character::Simple, Character::Weather, Character::Sport, Character::Art];

    /// The name. Old bots recognise a bot by its suffix.
    pub fn name(self) -> &'static str {
        match self {
            Character::Simple => "Simple_Chat_Bot",
            Character::Weather => "Weather_Bot",
            Character::Sport => "Sport_Bot",
            Character::Art => "Art_Bot",
        }
    }

    /// The word for it on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Character::Simple => "simple",
            Character::Weather => "weather",
            Character::Sport => "sport",
            Character::Art => "art",
        }
    }

    /// The subjects on which it has most to say.
    pub(super) fn subjects(self) -> &'static [Subject] {
        match self {
            Character::Simple => &[Subject::Food, Subject::Work, Subject::Plans],
            Character::Weather => &[Subject::Weather],
            Character::Sport => &[Subject::Sport],
            Character::Art => &[Subject::Art],
        }
    }

    /// Its lines.
    pub(super) fn lines(self) -> Lines {
        Lines::parse(match self {
            Character::Simple => include_str!("lines/simple.txt"),
            Character::Weather => include_str!("lines/weather.txt"),
            Character::Sport => include_str!("lines/sport.txt"),
            Character::Art => include_str!("lines/art.txt"),
        })
    }
}

impl FromStr for Character {
    type Err = String;

    /// Parses a word or a name, in any case.
    fn from_str(text: &str) -> Result<Character, String> {
        let is_meant =
            |c: &Character| c.word().eq_ignore_ascii_case(text) || c.name().eq_ignore_ascii_case(text);
        Character::ALL.into_iter().find(is_meant).ok_or_else(|| {
            let words = Character::ALL.map(Character::word).join(", ");
            format!("there is no bot \"{text}\"; there are {words}")
        })
    }
}
