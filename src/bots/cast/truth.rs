//! What bots say about the room and about themselves, when they are asked to be quiet, and after grave words.

use std::time::Instant;

use crate::bots::Character;
use crate::bots::analysis::{Analysis, Concern};
use crate::bots::cast::people::Addressees;
use crate::bots::cast::{Bot, Cast};
use crate::bots::lines::{Cue, Filling};
use crate::bots::reply::AnalysedMessage;
use crate::bots::reply_limiter::{Decision, HUSH};
use crate::bots::shuffle_bag::fill;
use crate::bots::solemnity::{QUIET, QUIET_ALONE};

impl Cast {
    /// A person wants quiet: the bots become silent, and one of them says so.
    pub fn hush(&mut self, by: &str, now: Instant) {
        self.fall_silent(by, &AnalysedMessage { text: "", analysis: Analysis::default() }, now);
    }

    /// The bots become silent, and one of them says so.
    pub(super) fn fall_silent(&mut self, name: &str, message: &AnalysedMessage<'_>, now: Instant) {
        let is_first = !self.limiter.is_hushed(now);
        self.limiter.hush(HUSH, now);
        self.planned.clear();
        let filling = Filling { name: Some(name), ..Filling::default() };
        if let Some(first) = self.speaker(message).filter(|_| is_first) {
            self.plan(first, Cue::Hush, &filling, now);
        }
    }

    /// After grave words: nobody jokes for a while, and one bot says something kind and that they are quiet, unless a person says
    /// them to another by name.
    pub(super) fn be_kind(
        &mut self,
        name: &str,
        message: &AnalysedMessage<'_>,
        to: &Addressees,
        people: usize,
        now: Instant,
    ) {
        let concern = message.analysis.concern.unwrap_or(Concern::Grave);
        let is_mild = people < 2 && concern == Concern::Grave && message.is_a_bit_sad();
        let quiet = if is_mild { QUIET_ALONE } else { QUIET };
        let is_asked_for_quiet = self.limiter.is_hushed(now) && !self.solemnity.is_on(now);
        let is_private = *to == Addressees::Person || *to == Addressees::Everybody && is_asked_for_quiet;
        self.limiter.hush(quiet, now);
        self.planned.clear();
        if let Some(bag) = self.solemnity.begin_for(quiet, concern, is_private, now)
            && let Some(character) = self.speaker(message)
        {
            self.say(character, if is_mild { "sad" } else { bag }, name, 0, now);
        }
    }

    /// Tells somebody that calls a bot during the quiet after grave words why it does not chat.
    pub(super) fn tell_why_quiet(
        &mut self,
        name: &str,
        message: &AnalysedMessage<'_>,
        people: usize,
        now: Instant,
    ) {
        let bag = if self.solemnity.is_crisis(now) { "help in a crisis" } else { "why quiet" };
        if let Some(character) = self.speaker(message)
            && self.limiter.take_addressed(name, now) == Decision::Allow
        {
            self.say(character, bag, name, people, now);
        }
    }

    /// Whether a question about the room or the bots is meant for the bots.
    pub(super) fn is_meant(
        &self,
        concern: Concern,
        message: &AnalysedMessage<'_>,
        to: &Addressees,
        now: Instant,
    ) -> bool {
        match (to, concern) {
            (Addressees::Person, _) => false,
            (Addressees::Bots(_) | Addressees::AllBots, _)
            | (Addressees::Everybody, Concern::Games | Concern::Help | Concern::Room) => true,
            (Addressees::Everybody, Concern::Identity) if !message.analysis.mentioned.is_empty() => {
                self.bots.iter().any(|bot| message.analysis.mentioned.contains(&bot.name))
            }
            (Addressees::Everybody, _) => !self.conversation.is_live(now),
        }
    }

    /// Answers a question about the room or the bots.
    pub(super) fn tell_the_truth(
        &mut self,
        concern: Concern,
        name: &str,
        message: &AnalysedMessage<'_>,
        people: usize,
        now: Instant,
    ) {
        let last = self.last_speaker.filter(|last| self.bots.iter().any(|bot| bot.character == *last));
        let about_itself = matches!(concern, Concern::Identity | Concern::IsBot);
        let Some(character) =
            last.filter(|_| about_itself && !self.is_named(message)).or_else(|| self.speaker(message))
        else {
            return;
        };
        match self.limiter.take_addressed(name, now) {
            Decision::Allow => self.say_truth(character, concern, name, people, now),
            Decision::Warn => {
                let filling = Filling { name: Some(name), ..Filling::default() };
                self.plan(character, Cue::Enough, &filling, now);
            }
            Decision::Refuse => {}
        }
    }

    /// Plans a bot's answer to a question about the room or itself.
    pub(super) fn say_truth(
        &mut self,
        character: Character,
        concern: Concern,
        name: &str,
        people: usize,
        now: Instant,
    ) {
        let bag = match concern {
            // Some of the others joke about themselves.
            Concern::Identity if self.solemnity.is_on(now) => "bot?".to_owned(),
            Concern::Help if self.solemnity.is_crisis(now) => "help in a crisis".to_owned(),
            Concern::Identity => format!("who {}", character.word()),
            Concern::IsBot => "bot?".to_owned(),
            Concern::Games => "games".to_owned(),
            Concern::Room => "place".to_owned(),
            Concern::People if people < 2 => "people alone".to_owned(),
            Concern::People => "people".to_owned(),
            Concern::Help | Concern::Crisis | Concern::Grave => "help".to_owned(),
        };
        self.say(character, &bag, name, people, now);
    }

    fn is_named(&self, message: &AnalysedMessage<'_>) -> bool {
        self.bots.iter().any(|bot| is_named(bot, message))
    }

    /// The bot that answers alone: one that is named, or else the first.
    fn speaker(&self, message: &AnalysedMessage<'_>) -> Option<Character> {
        let named = self.bots.iter().find(|bot| is_named(bot, message));
        named.or(self.bots.first()).map(|bot| bot.character)
    }

    /// Plans a line of this bag of the common ones.
    pub(super) fn say(&mut self, character: Character, bag: &str, name: &str, people: usize, now: Instant) {
        let line = self.common.draw(bag, &mut self.rng);
        let text = fill(line, &[("{name}", name), ("{people}", &people.to_string())]);
        self.plan_text(character, text, Some(name), now, now);
    }
}

/// Whether a message addresses or mentions this bot.
fn is_named(bot: &Bot, message: &AnalysedMessage<'_>) -> bool {
    let Analysis { addressed, mentioned, .. } = &message.analysis;
    addressed.contains(&bot.name) || mentioned.contains(&bot.name)
}
