//! A game: an event, an order, answers, what becomes of loyalty, and the next event. How it
//! ends has a file of its own.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::base::limits::{
    THRONES_ANSWER_PAUSE_MS, THRONES_ANSWER_WITHIN, THRONES_EVENT_AFTER, THRONES_EVENT_WITHIN,
    THRONES_FOLLOWERS,
};
use crate::base::text::list;
use crate::bots::deck::{Book, fill};
use crate::bots::{Tongue, Verb, Verdict, Wish, choice, following, wishes};
use crate::hosts::Act;
use crate::hosts::thrones::ThronesHost;
use crate::hosts::thrones::court::Nature;
use crate::hosts::thrones::ending::called_in_tales;
use crate::hosts::thrones::events::Teller;
use crate::hosts::thrones::loyalty::Loyalty;

/// What stands before an event.
const NEW_EVENT: &str = "------ [New Event] ------";

/// A game that is under way.
#[derive(Debug)]
pub(super) struct Game {
    phase: Phase,
    /// How many events were told.
    told: usize,
    teller: Teller,
    tongue: Tongue,
    pub(super) tale: Book,
}

/// What a game waits for.
#[derive(Debug)]
enum Phase {
    /// The next event, at this time.
    Pause(Instant),
    /// The Lord's order, until then, when these actions are on offer.
    Asked { offered: Vec<&'static Verb>, until: Instant },
    /// Answers to an order.
    Answers(Answers),
}

#[derive(Debug)]
struct Answers {
    /// What each follower thinks of the order.
    verdicts: Vec<(String, Verdict)>,
    /// Which of them the host speaks for, and when.
    planned: VecDeque<(Instant, String)>,
    /// Who answers for themselves, and until when they are waited for.
    awaited: Vec<String>,
    until: Instant,
}

impl Game {
    fn new(now: Instant) -> Game {
        Game {
            phase: Phase::Pause(now + THRONES_EVENT_AFTER),
            told: 0,
            teller: Teller::new(),
            tongue: Tongue::new(),
            tale: Book::parse(include_str!("phrases/tale.txt")),
        }
    }

    /// When it goes on by itself.
    pub(super) fn deadline(&self) -> Instant {
        match &self.phase {
            Phase::Pause(until) | Phase::Asked { until, .. } => *until,
            Phase::Answers(answers) => answers.planned.front().map_or(answers.until, |(at, _)| *at),
        }
    }

    /// Whether it waits for nothing but the next event.
    pub(super) fn is_between_events(&self) -> bool {
        matches!(self.phase, Phase::Pause(_))
    }
}

impl ThronesHost {
    /// All sit: the doors close.
    pub(super) fn begin(&mut self, now: Instant) {
        let Some(lord) = self.court.lord().map(ToOwned::to_owned) else { return };
        let mut game = Game::new(now);
        for seat in self.court.seats_mut() {
            seat.loyalty = Loyalty::at_first(&mut self.rng);
        }
        let followers = list(&self.court.followers());
        let slots = [("{lord}", called_in_tales(&lord)), ("{followers}", followers.as_str())];
        for deck in ["announce", "advice"] {
            let text = fill(game.tale.draw(deck, &mut self.rng), &slots);
            self.say(text);
        }
        self.game = Some(game);
        self.instruct(&lord);
    }

    /// Tells followers that the host does not speak for what is expected of them.
    fn instruct(&mut self, lord: &str) {
        let within = THRONES_ANSWER_WITHIN.as_secs();
        let others = self.court.seats().iter().filter(|seat| seat.nature != Nature::Hosted);
        let others: Vec<_> = others.map(|seat| (seat.name.clone(), seat.temper.word())).collect();
        for (name, temper) in others {
            let text = format!(
                "{}\nYou are of a {temper} temper. Answer each order as you see fit, within {within} seconds.",
                following(lord)
            );
            self.tell(&name, text);
        }
    }

    /// A Lord without followers to speak of is none.
    pub(super) fn review_game(&mut self) {
        if self.game.is_some() && self.court.seats().len() < THRONES_FOLLOWERS {
            self.end("bad");
        }
    }

    /// Something was said.
    pub(super) fn hear(&mut self, by: &str, text: &str, now: Instant) {
        let is_lord = self.court.is_lord(by);
        let Some(game) = &mut self.game else { return };
        match &mut game.phase {
            Phase::Asked { offered, .. } if is_lord => {
                let wishes = meant(text, offered);
                let offered = std::mem::take(offered);
                self.take_order(&wishes, &offered, now);
            }
            Phase::Answers(answers) => {
                answers.awaited.retain(|name| name != by);
                self.go_on(now);
            }
            Phase::Asked { .. } | Phase::Pause(_) => {}
        }
    }

    /// Does what is due.
    pub(super) fn go_on(&mut self, now: Instant) {
        let Some(game) = &mut self.game else { return };
        match &mut game.phase {
            Phase::Pause(until) if *until <= now && !self.is_stopped => self.tell_event(now),
            Phase::Asked { until, .. } if *until <= now => {
                if let Some(line) = game.tale.once("ignored", &mut self.rng) {
                    self.say(line);
                }
                let names = self.court.followers();
                self.settle(names.into_iter().map(|name| (name, false)).collect(), now);
            }
            Phase::Answers(_) => self.let_answer(now),
            Phase::Pause(_) | Phase::Asked { .. } => {}
        }
    }

    /// Does at once what the game would do next.
    pub(super) fn hasten(&mut self, now: Instant) {
        if let Some(Game { phase: Phase::Answers(answers), .. }) = &mut self.game {
            let verdicts = std::mem::take(&mut answers.verdicts);
            self.settle(approvals(verdicts), now);
        }
        self.review_game();
        self.tell_event(now);
    }

    fn tell_event(&mut self, now: Instant) {
        let followers = self.court.followers();
        let Some(game) = &mut self.game else { return };
        if game.told >= self.events {
            return self.conclude();
        }
        game.told += 1;
        let event = game.teller.tell(&followers, &mut self.rng);
        game.phase = Phase::Asked { offered: event.offered, until: now + THRONES_EVENT_WITHIN };
        self.say(NEW_EVENT);
        self.say(event.text);
    }

    /// The Lord has spoken: the followers make up their minds, and those that the host speaks for answer one after the
    /// other.
    fn take_order(&mut self, wishes: &[Wish], offered: &[&'static Verb], now: Instant) {
        let Some(game) = &mut self.game else { return };
        let seats = self.court.seats();
        let verdicts =
            seats.iter().map(|s| (s.name.clone(), Verdict::of(s.temper, wishes, Some(offered)))).collect();
        let (hosted, others): (Vec<_>, Vec<_>) = seats.iter().partition(|s| s.nature == Nature::Hosted);
        let mut hosted: Vec<String> = hosted.into_iter().map(|s| s.name.clone()).collect();
        hosted.shuffle(&mut self.rng);
        let mut at = now;
        let mut planned = VecDeque::new();
        for name in hosted {
            at += Duration::from_millis(self.rng.random_range(THRONES_ANSWER_PAUSE_MS));
            planned.push_back((at, name));
        }
        let awaited = others.into_iter().map(|s| s.name.clone()).collect();
        let until = now + THRONES_ANSWER_WITHIN;
        game.phase = Phase::Answers(Answers { verdicts, planned, awaited, until });
    }

    /// Has those answer whose time has come, and goes on when all have.
    fn let_answer(&mut self, now: Instant) {
        let Some(Game { phase: Phase::Answers(answers), tongue, .. }) = &mut self.game else { return };
        while answers.planned.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, bot)) = answers.planned.pop_front() else { break };
            let verdict = answers.verdicts.iter().find(|(name, _)| *name == bot).map(|(_, verdict)| *verdict);
            if let Some(verdict) = verdict.filter(|_| self.court.seat(&bot).is_some()) {
                let text = tongue.answer(&bot, verdict, &mut self.rng);
                self.acts.push_back(Act::SayAs { bot, text });
            }
        }
        answers.awaited.retain(|name| self.court.seat(name).is_some());
        if answers.planned.is_empty() && (answers.awaited.is_empty() || answers.until <= now) {
            let verdicts = std::mem::take(&mut answers.verdicts);
            self.settle(approvals(verdicts), now);
        }
    }

    /// What becomes of loyalty after an event, and of those who have none left.
    fn settle(&mut self, approvals: Vec<(String, bool)>, now: Instant) {
        for (name, approves) in approvals {
            let Some(told) = self.court.seat_mut(&name).map(|seat| seat.loyalty.step(approves)) else {
                continue;
            };
            let Some(game) = &mut self.game else { return };
            let line = told.and_then(|deck| game.tale.once(deck, &mut self.rng));
            if let Some(line) = line {
                self.say(fill(line, &[("{name}", &name)]));
            }
            if told == Some("gone") {
                self.lose(&name, "You have lost faith in your Lord, and your seat with it. You watch now.");
            }
        }
        let events = self.events;
        match &mut self.game {
            Some(game) if game.told >= events => self.conclude(),
            Some(game) => game.phase = Phase::Pause(now + THRONES_EVENT_AFTER),
            None => {}
        }
    }

    /// A follower has no seat any more: people stay and watch, and are told this; bots leave.
    pub(super) fn lose(&mut self, name: &str, text: &str) {
        let Some(nature) = self.court.seat(name).map(|seat| seat.nature) else { return };
        self.court.vacate(name);
        match nature {
            Nature::Person => self.tell(name, text),
            Nature::Outside | Nature::Hosted => self.send_away(name, text),
        }
    }
}

/// What an order means, when these actions are on offer: what it speaks of, or the option whose number it gives.
fn meant(text: &str, offered: &[&'static Verb]) -> Vec<Wish> {
    let spoken = wishes(text);
    if !spoken.is_empty() {
        return spoken;
    }
    let chosen = choice(text).and_then(|number| offered.get(number - 1));
    chosen.map(|verb| Wish { verb, is_refused: false }).into_iter().collect()
}

fn approvals(verdicts: Vec<(String, Verdict)>) -> Vec<(String, bool)> {
    verdicts.into_iter().map(|(name, verdict)| (name, verdict.approves)).collect()
}
