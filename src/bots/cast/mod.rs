//! The bots of a lobby: selects which bots answer a message, and when. At most two answer a message to everybody, chosen
//! by subject; an addressed bot answers. While people talk to one another, bots answer only what is asked of them. After grave
//! words they are silent. Bots never answer bots.

mod host;
mod people;
mod private;
mod truth;
mod weather;

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::bots::lines::{Cue, Filling, Lines};
use crate::bots::reply_limiter::ReplyLimiter;
use crate::bots::shuffle_bag::PhraseBook;
use crate::bots::{Character, Conversation, Solemnity};
use crate::weather::{City, When};

/// The maximum number of planned lines and questions.
const PLANNED_MAX: usize = 16;

/// The delay of an answer: shortest, longest, and for each character of the answer.
const PAUSE_MIN: Duration = Duration::from_millis(600);
const PAUSE_MAX: Duration = Duration::from_millis(2_500);
const PAUSE_PER_CHARACTER: Duration = Duration::from_millis(14);

/// The shortest time between two lines of a bot.
const LINE_INTERVAL: Duration = Duration::from_millis(500);

/// People that are silent for this time do not talk to one another any more.
const LULL: Duration = Duration::from_secs(30);

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
    /// Tell this to one person only.
    Tell {
        /// The bot.
        character: Character,
        /// The person.
        to: String,
        /// The text.
        text: String,
    },
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
    /// What any of them says about the room, and to somebody who is sad.
    common: PhraseBook,
    /// What they answer to the host's own questions.
    to_host: PhraseBook,
    limiter: ReplyLimiter,
    conversation: Conversation,
    solemnity: Solemnity,
    /// The bot that spoke last.
    last_speaker: Option<Character>,
    /// Planned lines and questions.
    planned: Vec<Planned>,
    /// Questions that are not answered yet.
    pending_forecasts: Vec<PendingForecast>,
    /// The person last asked which place it means.
    pending_place: Option<PendingPlace>,
    next_ticket: u64,
    rng: StdRng,
}

/// A planned line or question.
#[derive(Debug)]
struct Planned {
    at: Instant,
    action: CastAction,
    /// The person that it answers or greets.
    to: Option<String>,
    is_greeting: bool,
}

/// A weather question that is not answered yet.
#[derive(Debug)]
struct PendingForecast {
    to: Option<String>,
    ticket: u64,
    character: Character,
    city: City,
    since: Instant,
    /// It was asked in private.
    is_private: bool,
}

/// A person that was asked which place it means.
#[derive(Debug)]
struct PendingPlace {
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
    next_line_at: Option<Instant>,
}

impl Cast {
    /// A cast without bots. Random choices follow from `seed`.
    pub fn new(seed: u64) -> Cast {
        Cast {
            bots: Vec::new(),
            common: PhraseBook::common(),
            to_host: host::answers(),
            limiter: ReplyLimiter::default(),
            conversation: Conversation::new(LULL),
            solemnity: Solemnity::default(),
            last_speaker: None,
            planned: Vec::new(),
            pending_forecasts: Vec::new(),
            pending_place: None,
            next_ticket: 0,
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// The same, where people's conversations are over after `lull`.
    #[must_use]
    pub fn with_lull(mut self, lull: Duration) -> Cast {
        self.conversation = Conversation::new(lull);
        self
    }

    /// Adds a bot with this name.
    pub fn start(&mut self, character: Character, name: &str) {
        self.stop(character);
        self.bots.push(Bot {
            character,
            name: name.to_owned(),
            lines: character.lines(),
            next_line_at: None,
        });
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
        let is_by = |action: &CastAction| match action {
            CastAction::Say(by, _) | CastAction::Tell { character: by, .. } => *by == character,
            CastAction::Weather { .. } => false,
        };
        self.planned.retain(|planned| !is_by(&planned.action));
        self.pending_forecasts.retain(|pending| pending.character != character);
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
        let action = self.planned.remove(first).action;
        if let CastAction::Say(by, _) = action {
            self.last_speaker = Some(by);
        }
        Some(action)
    }

    /// Until when people want quiet, or wanted it.
    pub fn quiet_until(&self) -> Option<Instant> {
        self.limiter.quiet_until()
    }

    /// Whether people talk to one another.
    pub fn is_conversation(&self, now: Instant) -> bool {
        self.conversation.is_live(now)
    }

    /// Whether an answer to this person is planned. A greeting does not count.
    pub fn owes_reply(&self, name: &str) -> bool {
        let planned = self.planned.iter().filter(|planned| !planned.is_greeting).map(|planned| &planned.to);
        let mut answered = planned.chain(self.pending_forecasts.iter().map(|pending| &pending.to)).flatten();
        answered.any(|to| to == name)
    }

    /// A message was published. `names` are present; `people` is the number of people in the room.
    pub fn said(&mut self, by: Speaker<'_>, text: &str, names: &[&str], people: usize, now: Instant) {
        match by {
            Speaker::Host => self.answer_host(text, names, now),
            Speaker::Person(name) => self.answer_person(name, text, names, people, now),
        }
    }

    /// A person has another name from now on.
    pub fn renamed(&mut self, from: &str, to: &str) {
        self.limiter.rename(from, to);
        self.conversation.rename(from, to);
        let told = self.planned.iter_mut().filter_map(|planned| match &mut planned.action {
            CastAction::Tell { to, .. } => Some(to),
            CastAction::Say(..) | CastAction::Weather { .. } => None,
        });
        told.filter(|name| *name == from).for_each(|name| to.clone_into(name));
        let planned = self.planned.iter_mut().filter_map(|planned| planned.to.as_mut());
        let asked = self.pending_forecasts.iter_mut().filter_map(|pending| pending.to.as_mut());
        let place = self.pending_place.iter_mut().map(|pending| &mut pending.name);
        for name in planned.chain(asked).chain(place).filter(|name| *name == from) {
            to.clone_into(name);
        }
    }

    fn plan(&mut self, character: Character, cue: Cue, filling: &Filling<'_>, now: Instant) {
        let Some(bot) = self.bots.iter_mut().find(|bot| bot.character == character) else { return };
        if let Some(text) = bot.lines.choose(cue, filling, &mut self.rng) {
            let planned = self.planned.len();
            self.plan_text(character, text, filling.name, now, now);
            if let Some(greeting) = self.planned.get_mut(planned).filter(|_| cue == Cue::Greet) {
                greeting.is_greeting = true;
            }
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
        if self.planned.len() >= PLANNED_MAX {
            return;
        }
        let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let jitter = Duration::from_millis(self.rng.random_range(0..500));
        let pause = (PAUSE_MIN + PAUSE_PER_CHARACTER.saturating_mul(length) + jitter).min(PAUSE_MAX);
        let at = (received + pause).max(now);
        let at = bot.next_line_at.map_or(at, |next| next.max(at));
        bot.next_line_at = Some(at + LINE_INTERVAL);
        let to = to.map(str::to_owned);
        self.planned.push(Planned { at, action: CastAction::Say(character, text), to, is_greeting: false });
    }
}
