//! Who answers what, and after which pause. At most two answer a message, those with most to say; whoever is spoken to
//! always does. Nobody answers a bot.

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::bots::analysis::{Analysis, Day, Subject, Tag, analyse};
use crate::bots::lines::{Cue, Filling, Lines};
use crate::bots::patience::{Leave, Patience};
use crate::bots::{Character, forecast};
use crate::weather::{CITIES_CREDIT, City, FORECAST_CREDIT, Report, When, cities};

/// How many answer one message.
const ANSWERS: usize = 2;

/// What is still to be said, and asked, at most.
const PLANNED: usize = 16;

/// What a person needs to read and type: at least, at most, and for each character of the answer.
const PAUSE: Duration = Duration::from_millis(600);
const LONGEST_PAUSE: Duration = Duration::from_millis(2_500);
const PAUSE_PER_CHARACTER: Duration = Duration::from_millis(14);

/// How long a bot is silent between two of its lines.
const BREATH: Duration = Duration::from_millis(900);

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker<'a> {
    /// Somebody of this name.
    Person(&'a str),
    /// A bot, one of ours or another's.
    Bot,
    /// The host.
    Host,
}

/// What a bot wants done, when its time has come.
#[derive(Clone, Debug, PartialEq)]
pub enum Want {
    /// To say this in the room.
    Say(Character, String),
    /// To know the weather; the answer goes to [`Cast::weather`] with this ticket.
    Weather {
        /// Which question it is.
        ticket: u64,
        /// Where.
        city: City,
        /// For when.
        when: When,
    },
}

/// Those who listen to a room, and answer.
#[derive(Debug)]
pub struct Cast {
    bots: Vec<Bot>,
    patience: Patience,
    /// What is to be said and asked, and when.
    planned: Vec<(Instant, Want)>,
    /// What was asked, and by whom, and is not answered yet.
    asked: Vec<(u64, Character, City)>,
    next_ticket: u64,
    rng: StdRng,
}

#[derive(Debug)]
struct Bot {
    character: Character,
    name: String,
    lines: Lines,
    /// When it may speak again.
    free: Option<Instant>,
}

impl Cast {
    /// Nobody yet; what they will choose follows from `seed`.
    pub fn new(seed: u64) -> Cast {
        Cast {
            bots: Vec::new(),
            patience: Patience::new(),
            planned: Vec::new(),
            asked: Vec::new(),
            next_ticket: 0,
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// Somebody takes part from now on, known by this name.
    pub fn start(&mut self, character: Character, name: &str) {
        self.stop(character);
        self.bots.push(Bot { character, name: name.to_owned(), lines: character.lines(), free: None });
    }

    /// Somebody is known by another name from now on.
    pub fn rename(&mut self, character: Character, name: &str) {
        if let Some(bot) = self.bots.iter_mut().find(|bot| bot.character == character) {
            name.clone_into(&mut bot.name);
        }
    }

    /// The names of those who take part.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.bots.iter().map(|bot| bot.name.as_str())
    }

    /// Somebody takes part no longer, and leaves unsaid what it had in mind.
    pub fn stop(&mut self, character: Character) {
        self.bots.retain(|bot| bot.character != character);
        self.planned.retain(|(_, want)| !matches!(want, Want::Say(planned, _) if *planned == character));
        self.asked.retain(|(_, asked, _)| *asked != character);
    }

    /// Whether nobody takes part.
    pub fn is_empty(&self) -> bool {
        self.bots.is_empty()
    }

    /// When somebody wants something next.
    pub fn deadline(&self) -> Option<Instant> {
        self.planned.iter().map(|(at, _)| *at).min()
    }

    /// What somebody wants now. To be asked until nobody does.
    pub fn poll(&mut self, now: Instant) -> Option<Want> {
        let due = self.planned.iter().enumerate().filter(|(_, (at, _))| *at <= now);
        let (first, _) = due.min_by_key(|(_, (at, _))| *at)?;
        Some(self.planned.remove(first).1)
    }

    /// A person came.
    pub fn joined(&mut self, name: &str, now: Instant) {
        let mut greeters: Vec<Character> = self.bots.iter().map(|bot| bot.character).collect();
        greeters.shuffle(&mut self.rng);
        for greeter in greeters.into_iter().take(ANSWERS) {
            if self.patience.ask(now) == Leave::Granted {
                self.plan(greeter, Cue::Greet, &Filling { name: Some(name), ..Filling::default() }, now);
            }
        }
    }

    /// Somebody said something in a room where `names` are present, of whom `people` are no bots.
    pub fn said(&mut self, by: Speaker<'_>, text: &str, names: &[&str], people: usize, now: Instant) {
        let is_person = match by {
            Speaker::Bot => return,
            Speaker::Person(_) => true,
            Speaker::Host => false,
        };
        if self.bots.is_empty() || (is_person && self.patience.hear(now)) {
            return;
        }
        let analysis = analyse(text, names);
        for (n, character) in self.choose(&analysis, is_person, people).into_iter().enumerate() {
            match (self.patience.ask(now), by) {
                (Leave::Granted, _) => self.answer(character, &analysis, by, now),
                (Leave::LastWord, Speaker::Person(name)) if n == 0 => {
                    self.plan(
                        character,
                        Cue::Enough,
                        &Filling { name: Some(name), ..Filling::default() },
                        now,
                    );
                }
                _ => return,
            }
        }
    }

    /// The answer to a question of the weather.
    pub fn weather(&mut self, ticket: u64, report: Option<&Report>, now: Instant) {
        let Some(at) = self.asked.iter().position(|(asked, ..)| *asked == ticket) else { return };
        let (_, character, city) = self.asked.remove(at);
        let Some(report) = report else {
            let filling = Filling { place: Some(city.name), ..Filling::default() };
            return self.plan(character, Cue::Asleep, &filling, now);
        };
        let Some(bot) = self.bots.iter_mut().find(|bot| bot.character == character) else { return };
        let mood =
            bot.lines.choose(forecast::mood(report), &Filling::default(), &mut self.rng).unwrap_or_default();
        let text = format!("{} {mood} {FORECAST_CREDIT}, {CITIES_CREDIT}.", forecast::told(report));
        self.plan_text(character, text, now);
    }

    /// Who answers, the one with most to say first.
    fn choose(&mut self, analysis: &Analysis, is_person: bool, people: usize) -> Vec<Character> {
        if !analysis.addressed.is_empty() {
            // Whoever is spoken to answers. If that is a person, no bot does.
            let spoken_to = self.bots.iter().filter(|bot| analysis.addressed.contains(&bot.name));
            return spoken_to.map(|bot| bot.character).collect();
        }
        let mut rated: Vec<(usize, Character)> =
            self.bots.iter().map(|bot| (interest(bot.character, analysis), bot.character)).collect();
        rated.shuffle(&mut self.rng);
        rated.sort_by_key(|(interest, _)| std::cmp::Reverse(*interest));
        let most = rated.first().map_or(0, |(interest, _)| *interest);
        let is_theirs = most >= OWN;
        let answers = match () {
            () if !is_person => ANSWERS,
            () if is_theirs && self.rng.random_bool(0.5) => ANSWERS,
            () if is_theirs || people <= 1 || self.rng.random_bool(0.4) => 1,
            // People among themselves, about nothing that concerns a bot.
            () => 0,
        };
        rated.into_iter().take(answers).map(|(_, character)| character).collect()
    }

    /// Has one of them answer.
    fn answer(&mut self, character: Character, analysis: &Analysis, by: Speaker<'_>, now: Instant) {
        let name = match by {
            Speaker::Person(name) => Some(name),
            Speaker::Bot | Speaker::Host => None,
        };
        let filling = Filling { name, activity: analysis.activity.as_deref(), place: None };
        if character == Character::Weather && analysis.subjects.contains(Subject::Weather) {
            return self.answer_weather(analysis, &filling, now);
        }
        self.plan(character, cue(character, analysis), &filling, now);
    }

    /// Tells the weather, asks where, or says that there is no such place.
    fn answer_weather(&mut self, analysis: &Analysis, filling: &Filling<'_>, now: Instant) {
        let character = Character::Weather;
        let Some(place) = &analysis.place else {
            let is_question = analysis.tags.contains(Tag::Question) && !analysis.tags.contains(Tag::Opinion);
            let cue = if is_question { Cue::Place } else { cue(character, analysis) };
            return self.plan(character, cue, filling, now);
        };
        let when = match analysis.day {
            None | Some(Day::Now) => When::Now,
            Some(Day::Today) => When::Today,
            Some(Day::Tonight) => When::Tonight,
            Some(Day::Tomorrow) => When::Tomorrow,
            Some(Day::Another) => return self.plan(character, Cue::Later, filling, now),
        };
        let Some(city) = cities::find(&place.name, place.within.as_deref()) else {
            let filling = Filling { place: Some(&place.name), ..*filling };
            return self.plan(character, Cue::Unknown, &filling, now);
        };
        if self.asked.len() < PLANNED && self.planned.len() < PLANNED {
            self.next_ticket += 1;
            let ticket = self.next_ticket;
            self.asked.push((ticket, character, city));
            self.planned.push((now, Want::Weather { ticket, city, when }));
        }
    }

    fn plan(&mut self, character: Character, cue: Cue, filling: &Filling<'_>, now: Instant) {
        let Some(bot) = self.bots.iter_mut().find(|bot| bot.character == character) else { return };
        if let Some(text) = bot.lines.choose(cue, filling, &mut self.rng) {
            self.plan_text(character, text, now);
        }
    }

    /// Has `text` said after the pause that it takes to read, think and type.
    fn plan_text(&mut self, character: Character, text: String, now: Instant) {
        let Some(bot) = self.bots.iter_mut().find(|bot| bot.character == character) else { return };
        if self.planned.len() == PLANNED {
            return;
        }
        let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let jitter = Duration::from_millis(self.rng.random_range(0..500));
        let pause = (PAUSE + PAUSE_PER_CHARACTER.saturating_mul(length) + jitter).min(LONGEST_PAUSE);
        let at = bot.free.map_or(now + pause, |free| free.max(now + pause));
        bot.free = Some(at + BREATH);
        self.planned.push((at, Want::Say(character, text)));
    }
}

/// What a bot has to say of its own subject is worth so much.
const OWN: usize = 10;

fn interest(character: Character, analysis: &Analysis) -> usize {
    let kinds = [Tag::Question, Tag::Opinion, Tag::Suggestion];
    let kind = kinds.iter().filter(|tag| analysis.tags.contains(**tag)).count();
    if is_own(character, analysis) { OWN + kind } else { 1 }
}

fn is_own(character: Character, analysis: &Analysis) -> bool {
    character.subjects().iter().any(|subject| analysis.subjects.contains(*subject))
}

/// What calls for a line of this bot's.
fn cue(character: Character, analysis: &Analysis) -> Cue {
    let is = |tag| analysis.tags.contains(tag);
    if is_own(character, analysis) {
        return match () {
            () if is(Tag::Suggestion) => Cue::Suggestion,
            () if is(Tag::Opinion) => Cue::Opinion,
            () if is(Tag::Question) => Cue::OwnQuestion,
            () => Cue::Own,
        };
    }
    let has_subject = !analysis.subjects.is_empty();
    match () {
        () if is(Tag::Thanks) => Cue::Thanks,
        () if is(Tag::Greeting) => Cue::Hello,
        () if is(Tag::Farewell) => Cue::Bye,
        () if is(Tag::TooComplicated) => Cue::Complicated,
        () if is(Tag::Suggestion) => Cue::OtherSuggestion,
        () if has_subject && is(Tag::Question) => Cue::OtherQuestion,
        () if has_subject => Cue::Other,
        // Spoken to, about nothing: "Sport_Bot, are you there?"
        () if !analysis.addressed.is_empty() => Cue::Addressed,
        () if is(Tag::Question) => Cue::PlainQuestion,
        () => Cue::Plain,
    }
}
