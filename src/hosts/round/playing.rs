//! The round itself: one suggestion, one answer by each guest, thanks and goodbyes.

use std::time::Instant;

use rand::RngExt;
use rand::seq::IndexedRandom;

use crate::base::limits::{
    ROUND_ANSWER_DELAY_MAX, ROUND_ANSWER_DELAY_MIN, ROUND_ANSWER_TIMEOUT, ROUND_STEP_DELAY,
};
use crate::bots::{Guest, Suggestion};
use crate::hosts::HostAction;
use crate::hosts::round::{RoundHost, Stage, Step, words};
use crate::proto::Kind;

impl RoundHost {
    /// Makes the suggestion.
    pub(super) fn suggest(&mut self, now: Instant) {
        let Some(suggestion) = Suggestion::choose(self.suggestion, &mut self.rng) else { return };
        self.suggestion = Some(suggestion);
        self.stage = Stage::Answering;
        let text = self.fresh(|rng| suggestion.worded(rng));
        self.say(text);
        self.plan_answer(now);
        self.plan(Step::Nudge, now + ROUND_ANSWER_TIMEOUT / 2);
        self.plan(Step::PassOver, now + ROUND_ANSWER_TIMEOUT);
    }

    /// A guest spoke. Its first message after the suggestion is its answer.
    pub(super) fn on_guest_message(&mut self, name: &str, now: Instant) {
        if self.stage == Stage::Answering {
            self.has_answered(name, now);
        }
    }

    /// Lets a bot of the cast answer, if one has not yet.
    pub(super) fn have_one_answer(&mut self, now: Instant) {
        let Some(suggestion) = self.suggestion else { return };
        let mut guests = self.guests();
        guests.retain(|(name, _)| self.is_awaited(name));
        let Some((name, guest)) = guests.choose(&mut self.rng).cloned() else { return };
        let before = self.answered.clone();
        let text = self.fresh(|rng| guest.answer(&suggestion, &before, rng));
        self.actions.push_back(HostAction::SayAs { bot: name.clone(), text });
        self.plan_answer(now);
        self.has_answered(&name, now);
    }

    /// Half of the time has passed: reminds people that have not answered.
    pub(super) fn nudge(&mut self) {
        for who in self.seats.awaited().iter().filter(|who| who.kind == Kind::Person) {
            self.tell(who, words::NUDGE);
        }
    }

    /// The time has passed: goes on without them.
    pub(super) fn pass_over(&mut self, now: Instant) {
        let awaited = self.seats.awaited();
        if awaited.is_empty() {
            return;
        }
        self.say(words::passed_over(&awaited.iter().map(|who| who.name.as_str()).collect::<Vec<_>>()));
        for who in awaited {
            self.seats.done(who.name.as_str());
        }
        self.end_if_all_are_done(now);
    }

    /// Ends the round when nobody is awaited.
    pub(super) fn end_if_all_are_done(&mut self, now: Instant) {
        if self.stage == Stage::Answering && self.seats.are_all_done() {
            self.stage = Stage::Ending;
            self.agenda.clear();
            self.plan(Step::Thank, now + ROUND_STEP_DELAY);
        }
    }

    /// Thanks the guests, if any is left.
    pub(super) fn thank(&mut self, now: Instant) {
        if self.seats.is_anybody_seated() {
            let text = self.fresh(|rng| words::thanks(rng).to_owned());
            self.say(text);
        }
        self.plan(Step::Part, now + ROUND_STEP_DELAY);
    }

    /// Lets a bot of the cast say goodbye. After the last one, removes the other guests; watchers may take seats.
    pub(super) fn part(&mut self, now: Instant) {
        if let Some((bot, guest)) = self.guests().into_iter().next() {
            let text = self.fresh(|rng| guest.goodbye(rng).to_owned());
            self.actions.push_back(HostAction::SayAs { bot: bot.clone(), text });
            self.seats.remove(&bot);
            self.dismiss(bot, words::OVER);
            return self.plan(Step::Part, now + ROUND_STEP_DELAY);
        }
        let text = words::parting(&self.room);
        for seat in self.seats.clear() {
            self.dismiss(seat.who.name.as_str().to_owned(), &text);
        }
        self.start_over();
        if self.seats.is_anybody_there() {
            self.say(words::FREE_AGAIN);
            self.settle(now);
        }
    }

    /// The seated bots of the cast, with their names.
    fn guests(&self) -> Vec<(String, Guest)> {
        let guests =
            self.seats.iter().filter_map(|seat| Some((seat.who.name.as_str().to_owned(), seat.guest?)));
        guests.collect()
    }

    fn is_awaited(&self, name: &str) -> bool {
        self.seats.of(name).is_some_and(|seat| !seat.is_done)
    }

    fn has_answered(&mut self, name: &str, now: Instant) {
        if self.seats.done(name) {
            self.answered.push(name.to_owned());
            self.end_if_all_are_done(now);
        }
    }

    /// Plans the next answer of the cast.
    fn plan_answer(&mut self, now: Instant) {
        let pause = self.rng.random_range(ROUND_ANSWER_DELAY_MIN..=ROUND_ANSWER_DELAY_MAX);
        self.plan(Step::Answer, now + pause);
    }
}
