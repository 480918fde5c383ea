//! The ends of a classic round and of a game, and what follows: everybody leaves, the next game, or a rest.

use std::time::Instant;

use crate::base::limits::{ROUND_NEXT_DELAY, ROUND_START_DELAY, ROUND_STEP_DELAY, ROUND_SUGGESTIONS};
use crate::bots::Guest;
use crate::hosts::HostAction;
use crate::hosts::round::game::Game;
use crate::hosts::round::seats::Stood;
use crate::hosts::round::{RoundHost, Stage, Step, Variant, words};

impl RoundHost {
    /// Thanks the guests, if any is left.
    pub(super) fn thank(&mut self, now: Instant) {
        if self.seats.is_anybody_seated() {
            let text = self.fresh(|rng| words::thanks(rng).to_owned());
            self.say(text);
        }
        self.plan(Step::Part, now + ROUND_STEP_DELAY);
    }

    /// Lets a bot of the cast say goodbye. After the last one a classic round is over, or a game rests.
    pub(super) fn part(&mut self, now: Instant) {
        if let Some((bot, guest)) = self.seats.cast().into_iter().next() {
            self.see_off(bot, guest, words::OVER);
            return self.plan(Step::Part, now + ROUND_STEP_DELAY);
        }
        if self.variant == Variant::Game {
            self.rest();
            if self.seats.is_a_person_there() {
                self.play_again(now);
            }
            return;
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

    /// All have answered a suggestion of a game: comments, and makes the next one or has them vote.
    pub(super) fn go_on(&mut self, now: Instant) {
        if !self.seats.is_a_member_awake() {
            return self.wind_down(now);
        }
        if self.game.suggestions.len() >= ROUND_SUGGESTIONS {
            return self.open_vote(now);
        }
        let text = self.comment();
        self.say(text);
        self.plan(Step::Suggest, now + ROUND_START_DELAY);
    }

    /// The result is told: another game follows if a person wants it.
    pub(super) fn conclude(&mut self, now: Instant) {
        if !self.seats.is_a_person_there() {
            return self.wind_down(now);
        }
        if self.is_stopped {
            return self.play_again(now);
        }
        self.stage = Stage::Between;
        self.say(words::next_round());
        self.plan(Step::Next, now + ROUND_NEXT_DELAY);
    }

    /// Nobody plays: the cast leaves.
    pub(super) fn wind_down(&mut self, now: Instant) {
        self.stage = Stage::Ending;
        self.agenda.clear();
        self.say(words::DOZED);
        self.plan(Step::Part, now + ROUND_STEP_DELAY);
    }

    /// Seats those who waited, and begins the next game once all seats are taken.
    pub(super) fn play_again(&mut self, now: Instant) {
        self.start_over();
        if self.is_stopped {
            self.say(words::STOPPED);
        }
        self.change_seats();
        self.settle(now);
        if self.stage == Stage::Seating && self.is_planned(Step::Call) {
            self.call(now);
        }
    }

    /// Ends the game, if any, without a word. The next one begins when a person speaks or comes.
    pub(super) fn rest(&mut self) {
        for name in self.seats.remove_cast() {
            self.dismiss(name, words::NOT_NEEDED);
        }
        self.start_over();
        self.stage = Stage::Resting;
    }

    /// Those who have waited get seats. If nobody has, one of the cast makes way for another.
    pub(super) fn change_seats(&mut self) {
        let Stood { cast, asleep, in_turn } = self.seats.make_room();
        let is_anybody_gone = !cast.is_empty();
        for (who, words) in [(&asleep, words::SLEEPS), (&in_turn, words::MAKES_WAY)] {
            if !who.is_empty() {
                let names: Vec<&str> = who.iter().map(|who| who.name.as_str()).collect();
                self.say(words::about(&names, words));
            }
        }
        for (bot, guest) in cast {
            self.see_off(bot, guest, words::MADE_WAY);
        }
        for who in asleep {
            self.tell(&who, words::ASLEEP);
        }
        for who in in_turn {
            self.tell(&who, words::MADE_WAY_AND_WATCHES);
        }
        let oldest = self.seats.cast().into_iter().next();
        if let Some((bot, guest)) = oldest.filter(|_| !is_anybody_gone && self.seats.free() == 0)
            && !self.callable().is_empty()
        {
            self.refused.push(bot.clone());
            self.see_off(bot, guest, words::MADE_WAY);
        }
    }

    /// A bot of the cast says goodbye and leaves.
    fn see_off(&mut self, bot: String, guest: Guest, text: &str) {
        let goodbye = self.fresh(|rng| guest.goodbye(rng).to_owned());
        self.actions.push_back(HostAction::SayAs { bot: bot.clone(), text: goodbye });
        self.seats.remove(&bot);
        self.dismiss(bot, text);
    }

    /// Resets the host.
    pub(super) fn start_over(&mut self) {
        self.stage = Stage::Seating;
        self.agenda.clear();
        self.refused.clear();
        self.answered.clear();
        self.game = Game::default();
        self.is_ordered = false;
    }
}
