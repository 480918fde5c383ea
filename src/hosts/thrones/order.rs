//! What follows an order: the followers' verdicts and answers, and what comes of it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::base::limits::{THRONES_ANSWER_DELAY_MS, THRONES_ANSWER_TIMEOUT, THRONES_EVENT_DELAY};
use crate::bots::shuffle_bag::fill;
use crate::bots::{Verdict, meaning, ordered, parse_order};
use crate::hosts::HostAction;
use crate::hosts::thrones::ThronesHost;
use crate::hosts::thrones::court::MemberKind;
use crate::hosts::thrones::events::Event;
use crate::hosts::thrones::game::{Answers, Game, Phase};
use crate::hosts::thrones::hearing::Order;
use crate::hosts::thrones::rules::{Choice, Effect, Outcome, Shift, step};

impl ThronesHost {
    /// The Lord gave an order: bots decide, and hosted bots answer one after the other.
    pub(super) fn take_order(&mut self, text: &str, order: &Order, now: Instant) {
        let Some(Game { phase: Phase::Asked(asked), .. }) = &mut self.game else { return };
        let event = std::mem::take(&mut asked.event);
        self.tell_meaning(text, order, &event);
        let Some(game) = &self.game else { return };
        let (chosen, number, actions) = match order {
            Order::Option(at, number) => (Some(*at), *number, &[][..]),
            Order::Own(actions) => (None, None, &actions[..]),
        };
        let option = chosen.and_then(|at| {
            let action = parse_order(event.options.get(at)?).into_iter().next()?;
            Some((event.effects.get(at)?, action))
        });
        let verdict = |temper| match option {
            Some((effect, action)) => Verdict { approves: effect.on(temper) >= 0, about: Some(action) },
            None => Verdict::of(temper, actions, Some(&[])),
        };
        let choice = Choice {
            effect: option.map_or_else(|| Effect::own(|t| verdict(t).approves), |(effect, _)| effect.clone()),
            number,
            is_favourite: chosen.is_some_and(|at| game.state.is_favourite(&event.effects, at)),
            voices: Vec::new(),
        };
        let seats = self.court.seats();
        let bots = seats.iter().filter(|s| s.kind != MemberKind::Person);
        let verdicts = bots.map(|s| (s.name.clone(), verdict(s.temper))).collect();
        let (hosted, others): (Vec<_>, Vec<_>) = seats.iter().partition(|s| s.kind == MemberKind::Hosted);
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
        let answers = Answers { choice, verdicts, planned, awaited, until };
        if let Some(game) = &mut self.game {
            game.phase = Phase::Answers(answers);
            game.settled = event.options;
            // Advice comes too late now.
            game.talk.retain(|talk| talk.is_of_feelings);
        }
    }

    /// An order that names an option without a verb is explained to external bots, as they do not hear the event.
    fn tell_meaning(&mut self, text: &str, order: &Order, event: &Event) {
        let Order::Option(at, _) = order else { return };
        let chosen = event.options.get(*at).filter(|_| ordered(text).is_none());
        let Some(text) = chosen.map(|option| meaning(option)) else { return };
        let bots = self.court.seats().iter().filter(|seat| seat.kind == MemberKind::External);
        for name in bots.map(|seat| seat.name.clone()).collect::<Vec<_>>() {
            self.tell(&name, text.clone());
        }
    }

    /// Lets hosted bots answer when their time has come. Goes on when all answers are in.
    pub(super) fn run_answers(&mut self, now: Instant) {
        let Some(Game { phase: Phase::Answers(answers), .. }) = &mut self.game else { return };
        while answers.planned.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, bot)) = answers.planned.pop_front() else { break };
            let verdict = answers.verdicts.iter().find(|(name, _)| *name == bot).map(|(_, verdict)| *verdict);
            if let Some(verdict) = verdict.filter(|_| self.court.seat(&bot).is_some()) {
                let text = self.answers.answer(&bot, verdict, &mut self.rng);
                self.actions.push_back(HostAction::SayAs { bot, text });
            }
        }
        answers.awaited.retain(|name| self.court.seat(name).is_some());
        if answers.planned.is_empty() && (answers.awaited.is_empty() || answers.until <= now) {
            self.settle(now);
        }
    }

    /// All answers to an order are in: applies it, and tells what came of it.
    pub(super) fn settle(&mut self, now: Instant) {
        let Some(game) = &mut self.game else { return };
        let Phase::Answers(answers) = &game.phase else { return };
        let outcome = step(&mut game.state, &answers.choice, &mut self.rng);
        game.phase = Phase::Pause(now + THRONES_EVENT_DELAY);
        self.tell_outcome(&outcome);
        if let Some(ending) = &outcome.ending {
            self.conclude(ending);
        }
    }

    fn tell_outcome(&mut self, outcome: &Outcome) {
        let Some(game) = &mut self.game else { return };
        let ledger = game.state.ledger(outcome);
        let is_gone = |shift: &&Shift| shift.mood == Some("gone");
        let (gone, rest): (Vec<&Shift>, Vec<&Shift>) = outcome.shifts.iter().partition(is_gone);
        // One change of mood is told. Those who leave are all told.
        let moods = rest.into_iter().filter(|shift| shift.mood.is_some()).max_by_key(|shift| shift.by.abs());
        let mut lines: Vec<(&str, &str)> = outcome.luck.map(|bag| (bag, "")).into_iter().collect();
        lines.extend(outcome.is_habit.then_some(("habit", "")));
        lines.extend(moods.into_iter().chain(gone.iter().copied()).filter_map(|s| Some((s.mood?, &*s.name))));
        for (bag, name) in lines {
            if let Some(line) = game.tale.draw_unused(bag, &mut self.rng) {
                self.actions.push_back(HostAction::Say(fill(line, &[("{name}", name)])));
            }
        }
        for shift in gone {
            self.lose(&shift.name, "You have lost faith in your Lord, and your seat with it. You watch now.");
        }
        self.say(ledger);
        let lord = self.court.lord().map(ToOwned::to_owned);
        if let (Some(name), Some(lord)) = (&outcome.noticed, lord) {
            self.tell(&lord, format!("You have found a letter: {name} plots against you."));
            self.tell(name, "Your letters were found, and your plot has come to nothing.");
        }
    }
}
