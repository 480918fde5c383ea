//! Suggestions, and one answer by each guest.

use std::time::Instant;

use rand::RngExt;
use rand::seq::IndexedRandom;

use crate::base::limits::{
    ROUND_ANSWER_DELAY_MAX, ROUND_ANSWER_DELAY_MIN, ROUND_ANSWER_TIMEOUT, ROUND_STEP_DELAY,
};
use crate::bots::{Guest, Suggestion};
use crate::hosts::HostAction;
use crate::hosts::round::{RoundHost, Stage, Step, Variant, words};
use crate::proto::Kind;

impl RoundHost {
    /// Makes the next suggestion, if anybody is awake.
    pub(super) fn suggest(&mut self, now: Instant) {
        if !self.seats.is_a_member_awake() {
            return self.wind_down(now);
        }
        let before = match self.variant {
            Variant::Classic => self.suggestion.as_slice(),
            Variant::Game => &self.game.suggestions,
        };
        let Some(suggestion) = Suggestion::choose(before, &mut self.rng) else { return };
        self.suggestion = Some(suggestion);
        self.game.begin_answers(suggestion, now);
        self.answered.clear();
        self.seats.ask();
        self.stage = Stage::Answering;
        let text = suggestion.worded(&mut self.frames, &mut self.rng);
        self.say(match self.variant {
            Variant::Classic => text,
            Variant::Game => words::numbered(self.game.suggestions.len(), &text),
        });
        self.plan_answer(now);
        self.plan(Step::Nudge, now + ROUND_ANSWER_TIMEOUT / 2);
        self.plan(Step::PassOver, now + ROUND_ANSWER_TIMEOUT);
    }

    /// Lets a bot of the cast react to a person, or else give its own answer.
    pub(super) fn have_one_answer(&mut self, now: Instant) {
        if self.react() {
            self.plan_answer(now);
            return self.end_if_all_are_done(now);
        }
        let Some(suggestion) = self.suggestion else { return };
        let mut guests = self.seats.cast();
        guests.retain(|(name, _)| self.is_awaited(name));
        // Who has just reacted gives its own answer later, if others are left.
        let has_spoken = |(_, guest): &(String, Guest)| self.game.reacted.last() == Some(guest);
        if !guests.iter().all(has_spoken) {
            guests.retain(|guest| !has_spoken(guest));
        }
        let Some((name, guest)) = guests.choose(&mut self.rng).cloned() else { return };
        let before = self.answered.clone();
        let text = self.fresh(|rng| guest.answer(&suggestion, &before, rng));
        self.actions.push_back(HostAction::SayAs { bot: name.clone(), text });
        self.plan_answer(now);
        self.has_answered(&name, now);
    }

    /// Half of the time has passed: reminds people that have not answered or voted.
    pub(super) fn nudge(&mut self) {
        let text = if self.stage == Stage::Voting { words::VOTE_NUDGE } else { words::NUDGE };
        for who in self.seats.awaited().iter().filter(|who| who.kind == Kind::Person) {
            self.tell(who, text);
        }
    }

    /// The time has passed: goes on without them.
    pub(super) fn pass_over(&mut self, now: Instant) {
        let awaited = self.seats.awaited();
        if awaited.is_empty() {
            return;
        }
        let names: Vec<&str> = awaited.iter().map(|who| who.name.as_str()).collect();
        self.say(if self.stage == Stage::Voting {
            words::did_not_vote(&names)
        } else {
            words::passed_over(&names)
        });
        for name in names {
            self.seats.done(name);
            if self.variant == Variant::Game {
                self.seats.fall_asleep(name);
            }
        }
        self.end_if_all_are_done(now);
    }

    /// Goes on when nobody is awaited.
    pub(super) fn end_if_all_are_done(&mut self, now: Instant) {
        if !self.seats.are_all_done() {
            return;
        }
        let (stage, step) = match (self.stage, self.variant) {
            (Stage::Answering, Variant::Classic) => (Stage::Ending, Step::Thank),
            // The cast reacts first.
            (Stage::Answering, Variant::Game) if self.reaction().is_some() => return,
            (Stage::Answering, Variant::Game) => (Stage::Turning, Step::GoOn),
            (Stage::Voting, _) => (Stage::Turning, Step::Count),
            _ => return,
        };
        self.stage = stage;
        self.agenda.clear();
        self.plan(step, now + ROUND_STEP_DELAY);
    }

    /// No answer has followed talk: it counts as one.
    pub(super) fn accept_talk(&mut self, now: Instant) {
        for name in std::mem::take(&mut self.game.talkers) {
            self.has_answered(&name, now);
        }
    }

    pub(super) fn is_awaited(&self, name: &str) -> bool {
        self.seats.of(name).is_some_and(|seat| !seat.is_done)
    }

    pub(super) fn has_answered(&mut self, name: &str, now: Instant) {
        if self.seats.done(name) {
            self.answered.push(name.to_owned());
            self.end_if_all_are_done(now);
        }
    }

    /// Plans the next line of the cast.
    pub(super) fn plan_answer(&mut self, now: Instant) {
        let pause = self.rng.random_range(ROUND_ANSWER_DELAY_MIN..=ROUND_ANSWER_DELAY_MAX);
        self.plan(Step::Answer, now + pause);
    }
}
