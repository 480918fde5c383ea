//! Which bots answer a person.

use std::time::Instant;

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::bots::Character;
use crate::bots::analysis::{Subject, Tag, analyse};
use crate::bots::cast::Cast;
use crate::bots::lines::{Cue, Filling};
use crate::bots::reply::{AnalysedMessage, OWN};
use crate::bots::reply_limiter::Decision;
use crate::weather::When;

/// The maximum number of bots that answer one message.
pub(super) const ANSWERS_MAX: usize = 2;

/// Whom a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Addressees {
    /// These bots are addressed.
    Bots(Vec<Character>),
    /// All bots are: "what do you think, bots?"
    AllBots,
    /// Somebody else is.
    Person,
    Everybody,
}

impl Cast {
    /// A person joined.
    pub fn joined(&mut self, name: &str, now: Instant) {
        if self.bots.is_empty() || self.limiter.is_hushed(now) || !self.limiter.may_greet(name, now) {
            return;
        }
        // One does not disturb people who talk, and greets for all.
        let most = if self.conversation.is_live(now) { 1 } else { ANSWERS_MAX };
        let mut greeters: Vec<Character> = self.bots.iter().map(|bot| bot.character).collect();
        greeters.shuffle(&mut self.rng);
        for greeter in greeters.into_iter().take(most) {
            self.plan(greeter, Cue::Greet, &Filling { name: Some(name), ..Filling::default() }, now);
        }
    }

    /// A person left the room: nobody greets it any more.
    pub fn parted(&mut self, name: &str) {
        self.planned.retain(|planned| !planned.is_greeting || planned.to.as_deref() != Some(name));
    }

    pub(super) fn answer_person(
        &mut self,
        name: &str,
        text: &str,
        names: &[&str],
        people: usize,
        now: Instant,
    ) {
        let is_busy = self.limiter.on_message(now);
        if people < 2 {
            self.conversation.end();
        }
        self.conversation.said(name, now);
        if is_busy && !may_address(text) {
            return;
        }
        if let Some((city, when)) = self.awaited(name, text, now) {
            return self.ask_weather(Some(name), city, when, now);
        }
        let message = AnalysedMessage { text, analysis: analyse(text, names) };
        if let Some(city) = self.bare_place(&message) {
            return self.ask_weather(Some(name), city, When::Now, now);
        }
        let to = self.addressees(&message);
        if to == Addressees::Person && people > 1 {
            self.conversation.begin(now);
        }
        if message.is_hush() && to != Addressees::Person {
            return self.fall_silent(name, &message, now);
        }
        if message.is_grave() {
            return self.be_kind(name, &message, &to, people, now);
        }
        if let Some(concern) = message.analysis.concern
            && self.is_meant(concern, &message, &to, now)
        {
            return self.tell_the_truth(concern, name, &message, people, now);
        }
        if self.solemnity.is_on(now) {
            // Whoever is alone asks nobody else.
            let is_asked = people < 2 && message.is(Tag::Question);
            if is_asked || matches!(to, Addressees::Bots(_) | Addressees::AllBots) {
                self.tell_why_quiet(name, &message, people, now);
            }
            return;
        }
        let chosen = self.choose(&message, &to, if is_busy { None } else { Some(people) }, now);
        self.answer_all(&chosen, &message, name, to != Addressees::Everybody, now);
    }

    fn answer_all(
        &mut self,
        chosen: &[Character],
        message: &AnalysedMessage<'_>,
        name: &str,
        is_addressed: bool,
        now: Instant,
    ) {
        let filling = Filling { name: Some(name), ..Filling::default() };
        for character in chosen {
            let decision = if is_addressed {
                self.limiter.take_addressed(name, now)
            } else {
                self.limiter.take(Some(name), now)
            };
            match decision {
                Decision::Allow => self.answer(*character, message, Some(name), now),
                Decision::Warn => return self.plan(*character, Cue::Enough, &filling, now),
                Decision::Refuse => return,
            }
        }
    }

    fn addressees(&self, message: &AnalysedMessage<'_>) -> Addressees {
        let bots = self.bots.iter().filter(|bot| message.analysis.addressed.contains(&bot.name));
        let bots: Vec<Character> = bots.map(|bot| bot.character).collect();
        match () {
            () if !bots.is_empty() => Addressees::Bots(bots),
            () if !message.analysis.addressed.is_empty() => Addressees::Person,
            () if message.is_to_bots() => Addressees::AllBots,
            () => Addressees::Everybody,
        }
    }

    /// The bots that answer, the most interested first. `people` are in the room; `None`: too many of them speak.
    fn choose(
        &mut self,
        message: &AnalysedMessage<'_>,
        to: &Addressees,
        people: Option<usize>,
        now: Instant,
    ) -> Vec<Character> {
        match (to, people) {
            (Addressees::Bots(bots), _) => bots.clone(),
            (Addressees::Person, _) | (_, None) => Vec::new(),
            (Addressees::AllBots, _) => self.rated(message).into_iter().take(1).map(|(_, bot)| bot).collect(),
            (Addressees::Everybody, _) if self.limiter.is_hushed(now) => Vec::new(),
            (Addressees::Everybody, Some(people)) => {
                let (is_live, is_alone) = (self.conversation.is_live(now), people < 2);
                let is_request =
                    message.asks_for_weather() && message.analysis.place.is_some() || message.asks_for_joke();
                let rated = self.rated(message);
                let is_theirs = rated.first().is_some_and(|(interest, _)| *interest >= OWN);
                let answers = match () {
                    () if message.asks_for_story() => 1,
                    () if is_live => usize::from(is_theirs && is_request),
                    () if !is_alone => usize::from(is_theirs),
                    () if is_theirs && self.rng.random_bool(0.5) => ANSWERS_MAX,
                    () => 1,
                };
                // A question is left to the bots that know something about it.
                let is_worth_it = |(n, (interest, _)): &(usize, (usize, Character))| {
                    *n == 0 || *interest >= OWN || !message.is(Tag::Question)
                };
                let worth = rated.into_iter().take(answers).enumerate().filter(is_worth_it);
                worth.map(|(_, (_, character))| character).collect()
            }
        }
    }

    /// All bots by their interest, the highest first, equals in random order.
    pub(super) fn rated(&mut self, message: &AnalysedMessage<'_>) -> Vec<(usize, Character)> {
        let mut rated: Vec<(usize, Character)> =
            self.bots.iter().map(|bot| (message.interest(bot.character), bot.character)).collect();
        rated.shuffle(&mut self.rng);
        rated.sort_by_key(|(interest, _)| std::cmp::Reverse(*interest));
        rated
    }

    /// Plans a bot's answer.
    pub(super) fn answer(
        &mut self,
        character: Character,
        message: &AnalysedMessage<'_>,
        name: Option<&str>,
        now: Instant,
    ) {
        let subjects = message.analysis.subjects;
        let other = message.analysis.mentioned.first().map(String::as_str);
        let filling = Filling { name, activity: message.activity(), place: None, other, subjects };
        let cue = message.cue(character);
        let is_weather =
            character == Character::Weather && message.analysis.subjects.contains(Subject::Weather);
        if is_weather && cue != Cue::Thanks {
            return self.answer_about_weather(message, cue, name, now);
        }
        self.plan(character, cue, &filling, now);
    }
}

/// Whether `text` could address a bot. Such a text is analysed even when the room is busy.
pub(super) fn may_address(text: &str) -> bool {
    text.contains('@') || text.to_lowercase().contains("bot")
}
