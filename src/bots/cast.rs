//! The bots of a lobby: selects which bots answer a message, and when. At most two answer a message to everybody, chosen
//! by subject; an addressed bot always answers. Bots never answer bots.

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::bots::analysis::{Day, Place, Subject, Tag, analyse};
use crate::bots::lines::{Cue, Filling, Lines};
use crate::bots::reply::{AnalysedMessage, OWN, is_repeatable};
use crate::bots::reply_limiter::{Decision, ReplyLimiter};
use crate::bots::{Character, forecast};
use crate::weather::{CITIES_CREDIT, City, FORECAST_CREDIT, Lookup, Report, When, cities};

/// The maximum number of bots that answer one message.
const ANSWERS: usize = 2;

/// The maximum number of planned lines and questions.
const PLANNED: usize = 16;

/// The delay of an answer: shortest, longest, and for each character of the answer.
const PAUSE: Duration = Duration::from_millis(600);
const LONGEST_PAUSE: Duration = Duration::from_millis(2_500);
const PAUSE_PER_CHARACTER: Duration = Duration::from_millis(14);

/// The shortest time between two lines of a bot.
const BREATH: Duration = Duration::from_millis(500);

/// How long a "which place?" and a weather question wait for their answers.
const AWAITED_FOR: Duration = Duration::from_secs(60);
const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);

/// The longest answer to "which place?", in words.
const AWAITED_WORDS: usize = 6;

/// The author of a message. Messages by bots are not passed to the cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker<'a> {
    /// A person with this name.
    Person(&'a str),
    /// The host.
    Host,
}

/// An action that is due.
#[derive(Clone, Debug, PartialEq)]
pub enum CastAction {
    /// Say this in the room.
    Say(Character, String),
    /// Request a forecast. [`Cast::weather`] receives the answer with this ticket.
    Weather {
        /// Identifies the question.
        ticket: u64,
        /// The city.
        city: City,
        /// The time.
        when: When,
    },
}

/// The bots of a room.
#[derive(Debug)]
pub struct Cast {
    bots: Vec<Bot>,
    limiter: ReplyLimiter,
    /// Planned lines and questions.
    planned: Vec<Planned>,
    /// Questions that are not answered yet.
    asked: Vec<Asked>,
    /// The person last asked which place it means.
    awaiting: Option<Awaited>,
    next_ticket: u64,
    rng: StdRng,
}

/// A planned line or question.
#[derive(Debug)]
struct Planned {
    at: Instant,
    action: CastAction,
    /// The person that it answers.
    to: Option<String>,
}

/// A weather question that is not answered yet.
#[derive(Debug)]
struct Asked {
    to: Option<String>,
    ticket: u64,
    character: Character,
    city: City,
    since: Instant,
}

/// A person that was asked which place it means.
#[derive(Debug)]
struct Awaited {
    name: String,
    /// The ambiguous name, if that is the reason.
    place: Option<String>,
    when: When,
    until: Instant,
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
    /// A cast without bots. Random choices follow from `seed`.
    pub fn new(seed: u64) -> Cast {
        Cast {
            bots: Vec::new(),
            limiter: ReplyLimiter::default(),
            planned: Vec::new(),
            asked: Vec::new(),
            awaiting: None,
            next_ticket: 0,
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// Adds a bot with this name.
    pub fn start(&mut self, character: Character, name: &str) {
        self.stop(character);
        self.bots.push(Bot { character, name: name.to_owned(), lines: character.lines(), free: None });
    }

    /// Renames a bot.
    pub fn rename(&mut self, character: Character, name: &str) {
        if let Some(bot) = self.bots.iter_mut().find(|bot| bot.character == character) {
            name.clone_into(&mut bot.name);
        }
    }

    /// The names of the bots.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.bots.iter().map(|bot| bot.name.as_str())
    }

    /// Removes a bot and its planned lines.
    pub fn stop(&mut self, character: Character) {
        self.bots.retain(|bot| bot.character != character);
        self.planned.retain(|planned| !matches!(planned.action, CastAction::Say(by, _) if by == character));
        self.asked.retain(|asked| asked.character != character);
    }

    /// Whether there are no bots.
    pub fn is_empty(&self) -> bool {
        self.bots.is_empty()
    }

    /// When the next line or question is due.
    pub fn deadline(&self) -> Option<Instant> {
        self.planned.iter().map(|planned| planned.at).min()
    }

    /// The next action that is due. Call until there is nothing more.
    pub fn poll(&mut self, now: Instant) -> Option<CastAction> {
        let due = self.planned.iter().enumerate().filter(|(_, planned)| planned.at <= now);
        let (first, _) = due.min_by_key(|(_, planned)| planned.at)?;
        Some(self.planned.remove(first).action)
    }

    /// Whether an answer to this person is planned. A greeting does not count.
    pub fn owes_reply(&self, name: &str) -> bool {
        let planned = self.planned.iter().map(|planned| &planned.to);
        let mut answered = planned.chain(self.asked.iter().map(|asked| &asked.to)).flatten();
        answered.any(|to| to == name)
    }

    /// A person joined.
    pub fn joined(&mut self, name: &str, now: Instant) {
        if self.bots.is_empty() || self.limiter.is_hushed(now) || !self.limiter.may_greet(name, now) {
            return;
        }
        let mut greeters: Vec<Character> = self.bots.iter().map(|bot| bot.character).collect();
        greeters.shuffle(&mut self.rng);
        for greeter in greeters.into_iter().take(ANSWERS) {
            self.plan(greeter, Cue::Greet, &Filling { name: Some(name), ..Filling::default() }, now);
        }
    }

    /// A message was published. `names` are present, of whom `people` are people.
    pub fn said(&mut self, by: Speaker<'_>, text: &str, names: &[&str], people: usize, now: Instant) {
        if self.bots.is_empty() {
            return;
        }
        match by {
            Speaker::Host => self.answer_host(text, names, now),
            Speaker::Person(name) => self.answer_person(name, text, names, people, now),
        }
    }

    /// The answer to a weather question. `None`: no forecast is available.
    pub fn weather(&mut self, ticket: u64, report: Option<&Report>, now: Instant) {
        let Some(at) = self.asked.iter().position(|asked| asked.ticket == ticket) else { return };
        let Asked { to, character, city, since, .. } = self.asked.remove(at);
        let Some(report) = report else {
            let filling = Filling { name: to.as_deref(), place: Some(city.name), ..Filling::default() };
            return self.plan(character, Cue::Asleep, &filling, now);
        };
        let Some(bot) = self.bots.iter_mut().find(|bot| bot.character == character) else { return };
        let mood =
            bot.lines.choose(forecast::mood(report), &Filling::default(), &mut self.rng).unwrap_or_default();
        let text = format!("{} {mood} {FORECAST_CREDIT}, {CITIES_CREDIT}.", forecast::describe(report));
        // The delay counts from the message, not from the forecast.
        self.plan_text(character, text, to.as_deref(), since, now);
    }

    /// Answers the host while people are active: bots whose subject it is, or one of the others.
    fn answer_host(&mut self, text: &str, names: &[&str], now: Instant) {
        if !self.limiter.on_host_line() || self.limiter.is_hushed(now) {
            return;
        }
        let message = AnalysedMessage { text, analysis: analyse(text, names) };
        for (n, (interest, character)) in self.rated(&message).into_iter().take(ANSWERS).enumerate() {
            if (n == 0 || interest >= OWN) && self.limiter.take(None, now) == Decision::Allow {
                self.answer(character, &message, None, now);
            }
        }
    }

    fn answer_person(&mut self, name: &str, text: &str, names: &[&str], people: usize, now: Instant) {
        let is_busy = self.limiter.on_message(now);
        if is_busy && !may_address(text) {
            return;
        }
        if let Some((city, when)) = self.awaited(name, text, now) {
            return self.ask_weather(Some(name), city, when, now);
        }
        let message = AnalysedMessage { text, analysis: analyse(text, names) };
        let filling = Filling { name: Some(name), ..Filling::default() };
        if let Some(city) = self.bare_place(&message) {
            return self.ask_weather(Some(name), city, When::Now, now);
        }
        let is_addressed = !message.analysis.addressed.is_empty();
        let chosen = match () {
            () if is_addressed => self.spoken_to(&message),
            () if is_busy || self.limiter.is_hushed(now) => Vec::new(),
            () => self.choose(&message, people),
        };
        if message.is_hush() {
            self.limiter.hush(now);
            let first = chosen.first().copied().or_else(|| self.bots.first().map(|bot| bot.character));
            return first.map_or((), |character| self.plan(character, Cue::Hush, &filling, now));
        }
        for character in chosen {
            let decision = if is_addressed {
                self.limiter.take_addressed(name, now)
            } else {
                self.limiter.take(Some(name), now)
            };
            match decision {
                Decision::Allow => self.answer(character, &message, Some(name), now),
                Decision::Warn => return self.plan(character, Cue::Enough, &filling, now),
                Decision::Refuse => return,
            }
        }
    }

    /// The bots that are addressed. If a person is addressed, no bot answers.
    fn spoken_to(&self, message: &AnalysedMessage<'_>) -> Vec<Character> {
        let bots = self.bots.iter().filter(|bot| message.analysis.addressed.contains(&bot.name));
        bots.map(|bot| bot.character).collect()
    }

    /// The bots that answer a message to everybody, the most interested first.
    fn choose(&mut self, message: &AnalysedMessage<'_>, people: usize) -> Vec<Character> {
        let rated = self.rated(message);
        let is_theirs = rated.first().is_some_and(|(interest, _)| *interest >= OWN);
        let answers = match () {
            () if message.is_sad() => 1,
            () if is_theirs && self.rng.random_bool(0.5) => ANSWERS,
            () if is_theirs || people <= 1 || self.rng.random_bool(0.4) => 1,
            // People talk among themselves about something else.
            () => 0,
        };
        // A question is left to the bots that know something about it.
        let is_worth_it = |(n, (interest, _)): &(usize, (usize, Character))| {
            *n == 0 || *interest >= OWN || !message.is(Tag::Question)
        };
        let worth = rated.into_iter().take(answers).enumerate().filter(is_worth_it);
        worth.map(|(_, (_, character))| character).collect()
    }

    /// All bots by their interest, the highest first, equals in random order.
    fn rated(&mut self, message: &AnalysedMessage<'_>) -> Vec<(usize, Character)> {
        let mut rated: Vec<(usize, Character)> =
            self.bots.iter().map(|bot| (message.interest(bot.character), bot.character)).collect();
        rated.shuffle(&mut self.rng);
        rated.sort_by_key(|(interest, _)| std::cmp::Reverse(*interest));
        rated
    }

    /// Plans a bot's answer.
    fn answer(
        &mut self,
        character: Character,
        message: &AnalysedMessage<'_>,
        name: Option<&str>,
        now: Instant,
    ) {
        let filling = Filling { name, activity: message.activity(), place: None };
        let cue = message.cue(character);
        let is_weather =
            character == Character::Weather && message.analysis.subjects.contains(Subject::Weather);
        if !is_weather || cue == Cue::Thanks || cue == Cue::Sorry {
            return self.plan(character, cue, &filling, now);
        }
        let asks = message.is(Tag::Question) && !message.is(Tag::Opinion);
        let when = match message.analysis.day {
            None | Some(Day::Now) => When::Now,
            Some(Day::Today) => When::Today,
            Some(Day::Tonight) => When::Tonight,
            Some(Day::Tomorrow) => When::Tomorrow,
            Some(Day::Another) if asks => return self.plan(character, Cue::Later, &filling, now),
            Some(Day::Another) => return self.plan(character, cue, &filling, now),
        };
        if message.analysis.place.is_none() {
            if !asks {
                return self.plan(character, cue, &filling, now);
            }
            self.await_place(name, None, when, now);
            return self.plan(character, Cue::Place, &filling, now);
        }
        for place in message.analysis.place.iter().chain(&message.analysis.others) {
            match look_up(place) {
                Lookup::One(city) => self.ask_weather(name, city, when, now),
                Lookup::Unknown => {
                    self.await_place(name, None, when, now);
                    let place = Some(place.name.as_str()).filter(|name| is_repeatable(name));
                    let cue = if place.is_some() { Cue::Unknown } else { Cue::Place };
                    self.plan(character, cue, &Filling { place, ..filling }, now);
                }
                unclear => {
                    self.await_place(name, Some(&place.name), when, now);
                    let text = forecast::which(&place.name, place.within.as_deref(), &unclear);
                    self.plan_text(character, text, name, now, now);
                }
            }
        }
    }

    /// Requests a forecast, or says that none is available if too many questions are open.
    fn ask_weather(&mut self, name: Option<&str>, city: City, when: When, now: Instant) {
        self.asked.retain(|asked| now.saturating_duration_since(asked.since) < GIVEN_UP_AFTER);
        if self.asked.len() >= PLANNED || self.planned.len() >= PLANNED {
            let filling = Filling { name, place: Some(city.name), ..Filling::default() };
            return self.plan(Character::Weather, Cue::Asleep, &filling, now);
        }
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        let to = name.map(str::to_owned);
        self.asked.push(Asked { to, ticket, character: Character::Weather, city, since: now });
        self.planned.push(Planned { at: now, action: CastAction::Weather { ticket, city, when }, to: None });
    }

    /// Remembers a person that was asked which place it means, and the ambiguous name, if any. Its next message may be the
    /// answer.
    fn await_place(&mut self, name: Option<&str>, place: Option<&str>, when: When, now: Instant) {
        self.awaiting = name.map(|name| Awaited {
            name: name.to_owned(),
            place: place.map(str::to_owned),
            when,
            until: now + AWAITED_FOR,
        });
    }

    /// The city if a message to the forecaster contains nothing else: "weather bot, Oslo?".
    fn bare_place(&self, message: &AnalysedMessage<'_>) -> Option<City> {
        let forecaster = self.bots.iter().find(|bot| bot.character == Character::Weather)?;
        if message.analysis.addressed != [forecaster.name.as_str()] {
            return None;
        }
        let words: Vec<&str> = message.text.split_whitespace().filter(|word| !may_address(word)).collect();
        let place = words.join(" ");
        let is_short = !words.is_empty() && words.len() <= 3;
        cities::parse(place.trim_end_matches(['?', '!', '.'])).filter(|_| is_short)
    }

    /// The city and time, if the text answers the question for a place.
    fn awaited(&mut self, name: &str, text: &str, now: Instant) -> Option<(City, When)> {
        let Awaited { place: several, when, .. } =
            self.awaiting.take_if(|asked| asked.name == name && now < asked.until)?;
        let text = text.trim().trim_end_matches(['.', '!', '?']);
        let text = text.strip_suffix("please").unwrap_or(text).trim_end_matches([',', ' ']);
        let text = ["The one ", "the one "].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
        let place = ["in ", "In ", "at "].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
        if place.split_whitespace().count() > AWAITED_WORDS {
            return None;
        }
        let of_these = several.and_then(|several| cities::find(&several, Some(place)));
        of_these.or_else(|| cities::ask(place).likeliest()).map(|city| (city, when))
    }

    fn plan(&mut self, character: Character, cue: Cue, filling: &Filling<'_>, now: Instant) {
        let Some(bot) = self.bots.iter_mut().find(|bot| bot.character == character) else { return };
        if let Some(text) = bot.lines.choose(cue, filling, &mut self.rng) {
            let to = filling.name.filter(|_| cue != Cue::Greet);
            self.plan_text(character, text, to, now, now);
        }
    }

    /// Plans a line after the delay for reading, thinking and typing, and after the bot's other lines.
    fn plan_text(
        &mut self,
        character: Character,
        text: String,
        to: Option<&str>,
        received: Instant,
        now: Instant,
    ) {
        let Some(bot) = self.bots.iter_mut().find(|bot| bot.character == character) else { return };
        if self.planned.len() >= PLANNED {
            return;
        }
        let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let jitter = Duration::from_millis(self.rng.random_range(0..500));
        let pause = (PAUSE + PAUSE_PER_CHARACTER.saturating_mul(length) + jitter).min(LONGEST_PAUSE);
        let at = (received + pause).max(now);
        let at = bot.free.map_or(at, |free| free.max(at));
        bot.free = Some(at + BREATH);
        let to = to.map(str::to_owned);
        self.planned.push(Planned { at, action: CastAction::Say(character, text), to });
    }
}

/// Looks up a place. A word that is also a plain word counts as its area only if there is such a place: "portland, me".
fn look_up(place: &Place) -> Lookup {
    let within = place.within.as_deref().or(place.perhaps_within.as_deref());
    match cities::look_up(&place.name, within) {
        Lookup::Elsewhere(_) | Lookup::Unknown if place.within.is_none() => {
            cities::look_up(&place.name, None)
        }
        found => found,
    }
}

/// Whether `text` could address a bot. Such a text is analysed even when the room is busy.
fn may_address(text: &str) -> bool {
    text.contains('@') || text.to_lowercase().contains("bot")
}
