//! Answers to private messages. A bot answers as in the room, but only to whoever wrote to it. What was written in private does
//! not change how the bots behave in the room, and nothing of it is said there.

use std::time::Instant;

use crate::bots::Character;
use crate::bots::analysis::{Concern, analyse};
use crate::bots::cast::{Cast, CastAction, PendingForecast, Planned};
use crate::bots::lines::{Cue, Filling};
use crate::bots::reply::AnalysedMessage;
use crate::bots::reply_limiter::Decision;
use crate::weather::{City, When, cities};

/// The longest message that may be nothing but a place, in words.
const PLACE_WORDS: usize = 3;

impl Cast {
    /// A person called `name` wrote privately to a bot. `people` is the number of people in the room.
    pub fn told(&mut self, character: Character, name: &str, text: &str, people: usize, now: Instant) {
        let Some(bot) = self.bots.iter().find(|bot| bot.character == character) else { return };
        let own = bot.name.clone();
        match self.limiter.take_addressed(name, now) {
            Decision::Allow => {}
            Decision::Warn => {
                let filling = Filling { name: Some(name), ..Filling::default() };
                return self.privately(name, |cast| cast.plan(character, Cue::Enough, &filling, now));
            }
            Decision::Refuse => return,
        }
        let asked = if character == Character::Weather { self.place_alone(name, text, now) } else { None };
        if let Some((city, when)) = asked {
            return self.privately(name, |cast| cast.ask_weather(Some(name), city, when, now));
        }
        let message = AnalysedMessage { text, analysis: analyse(text, &[&own]) };
        self.privately(name, |cast| cast.answer_alone(character, &message, name, people, now));
    }

    /// Has whatever `answer` plans told only to this person.
    pub(super) fn privately(&mut self, name: &str, answer: impl FnOnce(&mut Cast)) {
        let (planned, ticket) = (self.planned.len(), self.next_ticket);
        answer(self);
        self.planned.iter_mut().skip(planned).for_each(|planned| planned.tell_only(name));
        for pending in self.pending_forecasts.iter_mut().filter(|pending| pending.ticket > ticket) {
            pending.is_private = true;
        }
    }

    /// A person has left: whoever has its name next gets nothing of what it asked in private.
    pub fn left(&mut self, name: &str) {
        let asked = |pending: &PendingForecast| pending.is_private && pending.to.as_deref() == Some(name);
        let tickets: Vec<u64> = self
            .pending_forecasts
            .iter()
            .filter(|pending| asked(pending))
            .map(|pending| pending.ticket)
            .collect();
        self.pending_forecasts.retain(|pending| !asked(pending));
        self.planned.retain(|planned| match &planned.action {
            CastAction::Tell { to, .. } => to != name,
            CastAction::Weather { ticket, .. } => !tickets.contains(ticket),
            CastAction::Say(..) => true,
        });
        self.pending_place.take_if(|pending| pending.name == name);
    }

    /// The place and time that a message to the forecaster consists of.
    fn place_alone(&mut self, name: &str, text: &str, now: Instant) -> Option<(City, When)> {
        self.awaited(name, text, now).or_else(|| {
            let is_short = text.split_whitespace().count() <= PLACE_WORDS;
            let city = cities::parse(text.trim().trim_end_matches(['?', '!', '.'])).filter(|_| is_short)?;
            Some((city, When::Now))
        })
    }

    fn answer_alone(
        &mut self,
        character: Character,
        message: &AnalysedMessage<'_>,
        name: &str,
        people: usize,
        now: Instant,
    ) {
        let filling = Filling { name: Some(name), ..Filling::default() };
        match message.analysis.concern {
            _ if message.is_hush() => self.plan(character, Cue::Hush, &filling, now),
            Some(Concern::Crisis) => self.say(character, "crisis", name, people, now),
            Some(Concern::Grave) => self.say(character, "sorry", name, people, now),
            Some(concern) => self.say_truth(character, concern, name, people, now),
            None => self.answer(character, message, Some(name), now),
        }
    }
}

impl Planned {
    /// A line becomes a private message to this person.
    fn tell_only(&mut self, name: &str) {
        if let CastAction::Say(character, text) = &mut self.action {
            let (character, text) = (*character, std::mem::take(text));
            self.action = CastAction::Tell { character, to: name.to_owned(), text };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// What is told to whom within a minute, and whatever else is done.
    fn actions(cast: &mut Cast, now: Instant) -> Vec<CastAction> {
        std::iter::from_fn(|| cast.poll(now + Duration::from_secs(60))).collect()
    }

    fn cast() -> Cast {
        let mut cast = Cast::new(1);
        for character in Character::ALL {
            cast.start(character, character.name());
        }
        cast
    }

    #[test]
    fn only_the_bot_that_was_written_to_answers_and_only_to_the_author() {
        let (mut cast, now) = (cast(), Instant::now());
        for text in ["hello", "be quiet", "my father died", "are you a bot?", "let us play tennis", "hm"] {
            cast.told(Character::Art, "Ann", text, 3, now);
            assert!(cast.owes_reply("Ann"));
            let told = actions(&mut cast, now);
            let is_it = |action: &CastAction| matches!(action, CastAction::Tell { character: Character::Art, to, .. } if to == "Ann");
            assert!(told.len() == 1 && told.iter().all(is_it), "{text}: {told:?}");
        }
        assert_eq!(cast.quiet_until(), None, "the room is not hushed");
        cast.said(crate::bots::Speaker::Person("Ben"), "Sport_Bot, are you there?", &["Sport_Bot"], 1, now);
        assert!(matches!(actions(&mut cast, now)[..], [CastAction::Say(Character::Sport, _)]));
    }

    #[test]
    fn the_forecast_for_whoever_asked_privately_is_private() {
        let (mut cast, now) = (cast(), Instant::now());
        for text in ["Bergen", "how is the weather in Bergen?"] {
            cast.told(Character::Weather, "Ann", text, 1, now);
            let asked = actions(&mut cast, now);
            let [CastAction::Weather { ticket, .. }] = asked[..] else { panic!("{text}: {asked:?}") };
            cast.weather(ticket, None, now);
            let told = actions(&mut cast, now);
            assert!(matches!(&told[..], [CastAction::Tell { to, .. }] if to == "Ann"), "{told:?}");
        }
        cast.told(Character::Weather, "Ann", "what is the weather like?", 1, now);
        assert!(matches!(actions(&mut cast, now)[..], [CastAction::Tell { .. }]), "it asks for a place");
        cast.told(Character::Weather, "Ann", "in Oslo, please", 1, now);
        assert!(matches!(actions(&mut cast, now)[..], [CastAction::Weather { .. }]));
    }

    #[test]
    fn whoever_has_another_name_gets_its_answers() {
        let (mut cast, now) = (cast(), Instant::now());
        cast.told(Character::Art, "Ann", "hello", 1, now);
        cast.told(Character::Weather, "Ann", "Bergen", 1, now);
        cast.renamed("Ann", "Anna");
        assert!(cast.owes_reply("Anna") && !cast.owes_reply("Ann"));
        let told = actions(&mut cast, now);
        let [CastAction::Weather { ticket, .. }, CastAction::Tell { to, .. }] = &told[..] else {
            panic!("{told:?}")
        };
        assert_eq!(to, "Anna");
        cast.weather(*ticket, None, now);
        cast.renamed("Anna", "Ann");
        assert!(matches!(&actions(&mut cast, now)[..], [CastAction::Tell { to, .. }] if to == "Ann"));
        cast.told(Character::Weather, "Ann", "what is the weather like?", 1, now);
        cast.renamed("Ann", "Anna");
        actions(&mut cast, now);
        cast.told(Character::Weather, "Anna", "in Oslo, please", 1, now);
        assert!(matches!(actions(&mut cast, now)[..], [CastAction::Weather { .. }]));
    }

    #[test]
    fn whoever_has_left_is_owed_nothing() {
        let (mut cast, now) = (cast(), Instant::now());
        cast.told(Character::Art, "Ann", "hello", 1, now);
        cast.told(Character::Art, "Ben", "hello", 1, now);
        cast.told(Character::Weather, "Ann", "Bergen", 1, now);
        cast.left("Ann");
        let told = actions(&mut cast, now);
        assert!(matches!(&told[..], [CastAction::Tell { to, .. }] if to == "Ben"), "{told:?}");
        cast.told(Character::Weather, "Ann", "Bergen", 1, now);
        let asked = actions(&mut cast, now);
        let [CastAction::Weather { ticket, .. }] = asked[..] else { panic!("{asked:?}") };
        cast.told(Character::Weather, "Ann", "what is the weather like?", 1, now);
        cast.left("Ann");
        cast.weather(ticket, None, now);
        cast.told(Character::Weather, "Ann", "in Oslo, please", 1, now);
        let told = actions(&mut cast, now);
        assert!(!told.iter().any(|action| matches!(action, CastAction::Weather { .. })), "{told:?}");
    }

    #[test]
    fn who_floods_a_bot_is_told_once_and_then_not_answered() {
        let (mut cast, now) = (cast(), Instant::now());
        let answers = (0..20).map(|_| {
            cast.told(Character::Sport, "Ann", "hello", 1, now);
            actions(&mut cast, now).len()
        });
        assert_eq!(answers.sum::<usize>(), 8 + 1);
    }
}
