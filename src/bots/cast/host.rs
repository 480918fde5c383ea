//! Which bots answer the host, and what.

use std::time::Instant;

use rand::RngExt;

use crate::bots::Character;
use crate::bots::analysis::analyse;
use crate::bots::cast::Cast;
use crate::bots::cast::people::ANSWERS_MAX;
use crate::bots::reply::{AnalysedMessage, OWN};
use crate::bots::reply_limiter::Decision;
use crate::bots::shuffle_bag::PhraseBook;

/// The answers to the questions that the host asks by default: each begins with the word for the bot that gives it.
pub(super) fn answers() -> PhraseBook {
    PhraseBook::parse(include_str!("../lines/host.txt"))
}

impl Cast {
    /// Answers the host while people are active: with the bots' own answers to this question; otherwise those bots answer whose
    /// subject it is, or one of the others, if it may say yes or no.
    pub(super) fn answer_host(&mut self, text: &str, names: &[&str], now: Instant) {
        if !self.limiter.on_host_line() || self.limiter.is_hushed(now) {
            return;
        }
        if self.to_host.count(text) > 0 {
            return self.answer_known_question(text, now);
        }
        let message = AnalysedMessage { text, analysis: analyse(text, names) };
        if message.is_grave() {
            return;
        }
        for (n, (interest, character)) in self.rated(&message).into_iter().take(ANSWERS_MAX).enumerate() {
            let has_answer = interest >= OWN || (n == 0 && !message.analysis.is_open);
            if has_answer && self.limiter.take(None, now) == Decision::Allow {
                self.answer(character, &message, None, now);
            }
        }
    }

    /// One or two bots give their own answers to a question that the host asks by default.
    fn answer_known_question(&mut self, question: &str, now: Instant) {
        let count = self.rng.random_range(1..=ANSWERS_MAX);
        let mut chosen: Vec<(Character, &str)> = Vec::new();
        for _ in 0..self.to_host.count(question) {
            let line = self.to_host.draw(question, &mut self.rng);
            let Some((by, text)) = line.split_once(": ") else { continue };
            let bot = self.bots.iter().map(|bot| bot.character).find(|character| character.word() == by);
            // A bag that was empty is full again, so a bot may be drawn twice.
            if let Some(character) = bot.filter(|bot| chosen.iter().all(|(by, _)| by != bot)) {
                chosen.push((character, text));
            }
            if chosen.len() == count {
                break;
            }
        }
        for (character, text) in chosen {
            if self.limiter.take(None, now) == Decision::Allow {
                self.plan_text(character, text.to_owned(), None, now, now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_question_has_answers_by_three_bots_at_least_and_no_two_are_the_same() {
        let mut all = HashSet::new();
        for (question, answers) in answers().bags() {
            let bots: HashSet<Character> = answers
                .lines()
                .iter()
                .map(|line| {
                    let (by, text) = line.split_once(": ").unwrap();
                    assert!(all.insert(text), "twice: {text}");
                    Character::ALL.into_iter().find(|bot| bot.word() == by).unwrap()
                })
                .collect();
            assert!(bots.len() >= 3 && bots.len() == answers.len(), "{question}");
        }
    }
}
