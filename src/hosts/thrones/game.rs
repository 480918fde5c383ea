//! A game: an event, the Lord's order, the followers' answers, their loyalty, and the next event. `ending` has its
//! end.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::base::limits::{
    THRONES_ANSWER_DELAY_MS, THRONES_ANSWER_TIMEOUT, THRONES_EVENT_DELAY, THRONES_EVENT_TIMEOUT,
    THRONES_FOLLOWERS,
};
use crate::base::text::list;
use crate::bots::shuffle_bag::{PhraseBook, fill};
use crate::bots::{Action, AnswerGenerator, Verb, Verdict, bare_choice, following, meaning, parse_order};
use crate::hosts::HostAction;
use crate::hosts::thrones::ThronesHost;
use crate::hosts::thrones::consent::consent;
use crate::hosts::thrones::court::Nature;
use crate::hosts::thrones::ending::called_in_tales;
use crate::hosts::thrones::events::{Event, Teller};
use crate::hosts::thrones::loyalty::Loyalty;

/// The line before an event.
const NEW_EVENT: &str = "------ [New Event] ------";

/// A running game.
#[derive(Debug)]
pub(super) struct Game {
    phase: Phase,
    /// The number of events so far.
    told: usize,
    teller: Teller,
    generator: AnswerGenerator,
    pub(super) tale: PhraseBook,
}

/// What the game waits for.
#[derive(Debug)]
enum Phase {
    /// The next event, at this time.
    Pause(Instant),
    /// The Lord's order on this event, until this time.
    Asked { event: Event, until: Instant },
    /// The answers to an order.
    Answers(Answers),
}

#[derive(Debug)]
struct Answers {
    /// The verdict of each bot among the followers.
    verdicts: Vec<(String, Verdict)>,
    /// The people that clearly approved (`true`) or objected.
    words: Vec<(String, bool)>,
    /// The hosted bots that have not answered yet, and when they will.
    planned: VecDeque<(Instant, String)>,
    /// The others that have not answered yet. They are awaited until `until`.
    awaited: Vec<String>,
    until: Instant,
}

impl Game {
    fn new(now: Instant) -> Game {
        Game {
            phase: Phase::Pause(now + THRONES_EVENT_DELAY),
            told: 0,
            teller: Teller::new(),
            generator: AnswerGenerator::new(),
            tale: PhraseBook::parse(include_str!("phrases/tale.txt")),
        }
    }

    /// When the next step is due.
    pub(super) fn deadline(&self) -> Instant {
        match &self.phase {
            Phase::Pause(until) | Phase::Asked { until, .. } => *until,
            Phase::Answers(answers) => answers.planned.front().map_or(answers.until, |(at, _)| *at),
        }
    }

    /// Whether it waits only for the next event.
    pub(super) fn is_between_events(&self) -> bool {
        matches!(self.phase, Phase::Pause(_))
    }
}

impl Answers {
    /// Who approves of the order (`true`) and who objects. People that said neither are left out.
    fn approvals(&self) -> Vec<(String, bool)> {
        let bots = self.verdicts.iter().map(|(name, verdict)| (name.clone(), verdict.approves));
        bots.chain(self.words.iter().cloned()).collect()
    }
}

impl ThronesHost {
    /// All seats are taken: begins a game.
    pub(super) fn begin(&mut self, now: Instant) {
        let Some(lord) = self.court.lord().map(ToOwned::to_owned) else { return };
        let mut game = Game::new(now);
        for seat in self.court.seats_mut() {
            seat.loyalty = Loyalty::at_first(&mut self.rng);
        }
        let followers = list(&self.court.followers());
        let slots = [("{lord}", called_in_tales(&lord)), ("{followers}", followers.as_str())];
        for bag in ["announce", "advice"] {
            let text = fill(game.tale.draw(bag, &mut self.rng), &slots);
            self.say(text);
        }
        self.game = Some(game);
        self.instruct(&lord);
    }

    /// Tells people and external bots among the followers what to do.
    fn instruct(&mut self, lord: &str) {
        let within = THRONES_ANSWER_TIMEOUT.as_secs();
        let others = self.court.seats().iter().filter(|seat| seat.nature != Nature::Hosted);
        let expected = others.map(|seat| {
            let text = match seat.nature {
                Nature::Person => format!(
                    "Approve of each order, or doubt it, in your own words, within {within} seconds. \
                     Your loyalty goes by what you say, and silence leaves it as it is."
                ),
                Nature::Outside | Nature::Hosted => format!(
                    "You are of a {} temper. Answer each order as you see fit, within {within} seconds.",
                    seat.temper.word()
                ),
            };
            (seat.name.clone(), text)
        });
        for (name, text) in expected.collect::<Vec<_>>() {
            self.tell(&name, format!("{}\n{text}", following(lord)));
        }
    }

    /// Ends the game if too few followers are left. Stops waiting for members that lost their seats.
    pub(super) fn review_game(&mut self, now: Instant) {
        self.let_answer(now);
        if self.game.is_some() && self.court.seats().len() < THRONES_FOLLOWERS {
            self.end("bad");
        }
    }

    /// A message was published. It is read only if it is an order or an answer.
    pub(super) fn hear<'a>(&mut self, by: &str, read: &dyn Fn() -> Option<&'a str>, now: Instant) {
        let is_lord = self.court.is_lord(by);
        let Some(game) = &mut self.game else { return };
        match &mut game.phase {
            Phase::Asked { event, .. } if is_lord => {
                let Some(text) = read() else { return };
                let event = std::mem::take(event);
                self.take_order(text, &event, now);
            }
            Phase::Answers(answers) => {
                answers.awaited.retain(|name| name != by);
                let is_person = self.court.seat(by).is_some_and(|seat| seat.nature == Nature::Person);
                if let Some(approves) = is_person.then(read).flatten().and_then(consent) {
                    answers.words.retain(|(name, _)| name != by);
                    answers.words.push((by.to_owned(), approves));
                }
                self.go_on(now);
            }
            Phase::Asked { .. } | Phase::Pause(_) => {}
        }
    }

    /// Does the step that is due.
    pub(super) fn go_on(&mut self, now: Instant) {
        let Some(game) = &mut self.game else { return };
        match &mut game.phase {
            Phase::Pause(until) if *until <= now && !self.is_stopped => self.tell_event(now),
            Phase::Asked { until, .. } if *until <= now => {
                if let Some(line) = game.tale.draw_once("ignored", &mut self.rng) {
                    self.say(line);
                }
                let names = self.court.followers();
                self.settle(names.into_iter().map(|name| (name, false)).collect(), now);
            }
            Phase::Answers(_) => self.let_answer(now),
            Phase::Pause(_) | Phase::Asked { .. } => {}
        }
    }

    /// Does the next step now.
    pub(super) fn hasten(&mut self, now: Instant) {
        if let Some(Game { phase: Phase::Answers(answers), .. }) = &mut self.game {
            let approvals = answers.approvals();
            self.settle(approvals, now);
        }
        self.review_game(now);
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
        let text = event.text.clone();
        game.phase = Phase::Asked { event, until: now + THRONES_EVENT_TIMEOUT };
        self.say(NEW_EVENT);
        self.say(text);
    }

    /// The Lord gave an order: bots decide, and hosted bots answer one after the other.
    fn take_order(&mut self, order: &str, event: &Event, now: Instant) {
        self.tell_meaning(order, event);
        let Some(game) = &mut self.game else { return };
        let seats = self.court.seats();
        let actions = ordered_actions(order, &event.offered);
        let bots = seats.iter().filter(|s| s.nature != Nature::Person);
        let verdict = |temper| Verdict::of(temper, &actions, Some(&event.offered));
        let verdicts = bots.map(|s| (s.name.clone(), verdict(s.temper))).collect();
        let (hosted, others): (Vec<_>, Vec<_>) = seats.iter().partition(|s| s.nature == Nature::Hosted);
        let mut hosted: Vec<String> = hosted.into_iter().map(|s| s.name.clone()).collect();
        hosted.shuffle(&mut self.rng);
        let mut at = now;
        let mut planned = VecDeque::new();
        for name in hosted {
            at += Duration::from_millis(self.rng.random_range(THRONES_ANSWER_DELAY_MS));
            planned.push_back((at, name));
        }
        let awaited = others.into_iter().map(|s| s.name.clone()).collect();
        let until = now + THRONES_ANSWER_TIMEOUT;
        game.phase = Phase::Answers(Answers { verdicts, words: Vec::new(), planned, awaited, until });
    }

    /// An order that is only a number is explained to people and external bots, as followers do not see the event.
    fn tell_meaning(&mut self, order: &str, event: &Event) {
        let chosen = bare_choice(order).and_then(|number| event.options.get(number - 1));
        let Some(text) = chosen.map(|option| meaning(option)) else { return };
        let others = self.court.seats().iter().filter(|seat| seat.nature != Nature::Hosted);
        for name in others.map(|seat| seat.name.clone()).collect::<Vec<_>>() {
            self.tell(&name, text.clone());
        }
    }

    /// Lets hosted bots answer when their time has come. Goes on when all answers are in.
    fn let_answer(&mut self, now: Instant) {
        let Some(Game { phase: Phase::Answers(answers), generator, .. }) = &mut self.game else { return };
        while answers.planned.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, bot)) = answers.planned.pop_front() else { break };
            let verdict = answers.verdicts.iter().find(|(name, _)| *name == bot).map(|(_, verdict)| *verdict);
            if let Some(verdict) = verdict.filter(|_| self.court.seat(&bot).is_some()) {
                let text = generator.answer(&bot, verdict, &mut self.rng);
                self.actions.push_back(HostAction::SayAs { bot, text });
            }
        }
        answers.awaited.retain(|name| self.court.seat(name).is_some());
        if answers.planned.is_empty() && (answers.awaited.is_empty() || answers.until <= now) {
            let approvals = answers.approvals();
            self.settle(approvals, now);
        }
    }

    /// Updates the followers' loyalty after an order, and removes those that have none left.
    fn settle(&mut self, approvals: Vec<(String, bool)>, now: Instant) {
        for (name, approves) in approvals {
            let Some(told) = self.court.seat_mut(&name).map(|seat| seat.loyalty.step(approves)) else {
                continue;
            };
            let Some(game) = &mut self.game else { return };
            let line = told.and_then(|bag| game.tale.draw_once(bag, &mut self.rng));
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
            Some(game) => game.phase = Phase::Pause(now + THRONES_EVENT_DELAY),
            None => {}
        }
    }

    /// Takes a follower's seat away. A person may watch and is told `text`; a bot is removed.
    pub(super) fn lose(&mut self, name: &str, text: &str) {
        let Some(nature) = self.court.seat(name).map(|seat| seat.nature) else { return };
        self.court.vacate(name);
        match nature {
            Nature::Person => self.tell(name, text),
            Nature::Outside | Nature::Hosted => self.send_away(name, text),
        }
    }
}

/// The actions of an order: those it mentions, or the option whose number it gives.
fn ordered_actions(text: &str, offered: &[&'static Verb]) -> Vec<Action> {
    match bare_choice(text).and_then(|number| offered.get(number - 1)) {
        Some(verb) => vec![Action { verb, is_negated: false }],
        None => parse_order(text),
    }
}
