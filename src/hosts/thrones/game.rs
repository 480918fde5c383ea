//! A game: an event, the Lord's order, the followers' answers, what comes of them, and the next event. `order` has
//! what follows an order, `rules` decide what comes of it, `ending` has the end.

use std::collections::VecDeque;
use std::time::Instant;

use crate::base::limits::{
    THRONES_EVENT_DELAY, THRONES_EVENT_TIMEOUT, THRONES_EVENT_WARNING, THRONES_FOLLOWERS,
};
use crate::base::text::list;
use crate::bots::shuffle_bag::{PhraseBook, fill};
use crate::bots::{Verdict, consent};
use crate::hosts::thrones::ThronesHost;
use crate::hosts::thrones::court::{MemberKind, called_in_tales};
use crate::hosts::thrones::events::{Event, Teller};
use crate::hosts::thrones::loyalty::Loyalty;
use crate::hosts::thrones::rules::{Choice, Ending, Outcome, State, Subject};

/// The line before an event.
const NEW_EVENT: &str = "------ [New Event] ------";

/// A running game.
#[derive(Debug)]
pub(super) struct Game {
    pub(super) state: State,
    pub(super) phase: Phase,
    /// The number of events of the whole game.
    events: usize,
    teller: Teller,
    pub(super) tale: PhraseBook,
    /// What hosted followers will say besides their answers to orders. The first is the next.
    pub(super) talk: VecDeque<Talk>,
    /// The options of the last event that is settled.
    pub(super) settled: Vec<String>,
    /// The people that were dismissed or have lost faith. They get no other seat in this game.
    pub(super) lost: Vec<String>,
}

/// What a hosted follower will say besides its answers to orders.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) at: Instant,
    pub(super) by: String,
    /// How it feels about its Lord. Otherwise it gives advice on the event.
    pub(super) is_of_feelings: bool,
}

/// What the game waits for.
#[derive(Debug)]
pub(super) enum Phase {
    /// The next event, at this time.
    Pause(Instant),
    /// The Lord's order on an event.
    Asked(Asked),
    /// The answers to an order.
    Answers(Answers),
}

/// An event that waits for the Lord's order.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) event: Event,
    /// When a silent Lord is warned. `None`: it was.
    pub(super) warn_at: Option<Instant>,
    /// When a silent Lord is deposed.
    pub(super) until: Instant,
    /// The options that people among the followers wish for, by number.
    pub(super) votes: Vec<(String, usize)>,
    /// The Lord was told that it has given no order.
    pub(super) is_asked_again: bool,
}

/// The answers to an order.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) choice: Choice,
    /// The verdict of each bot among the followers.
    pub(super) verdicts: Vec<(String, Verdict)>,
    /// The hosted bots that have not answered yet, and when they will.
    pub(super) planned: VecDeque<(Instant, String)>,
    /// The others that have not answered yet. They are awaited until `until`.
    pub(super) awaited: Vec<String>,
    pub(super) until: Instant,
}

impl Game {
    fn new(subjects: Vec<Subject>, events: usize, now: Instant) -> Game {
        Game {
            state: State::new(subjects, events),
            phase: Phase::Pause(now + THRONES_EVENT_DELAY),
            events,
            teller: Teller::new(),
            talk: VecDeque::new(),
            settled: Vec::new(),
            lost: Vec::new(),
            tale: PhraseBook::parse(include_str!("phrases/tale.txt")),
        }
    }

    /// When the next step is due.
    pub(super) fn deadline(&self) -> Instant {
        let step = match &self.phase {
            Phase::Pause(until) => *until,
            Phase::Asked(asked) => asked.warn_at.map_or(asked.until, |at| at.min(asked.until)),
            Phase::Answers(answers) => answers.planned.front().map_or(answers.until, |(at, _)| *at),
        };
        self.next_talk().map_or(step, |at| at.min(step))
    }

    /// When a follower talks next.
    pub(super) fn next_talk(&self) -> Option<Instant> {
        self.talk.front().map(|talk| talk.at)
    }

    /// A player has another name from now on.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let State { subjects, plotters, .. } = &mut self.state;
        let mut names: Vec<&mut String> = subjects.iter_mut().map(|subject| &mut subject.name).collect();
        names.extend(plotters);
        names.extend(&mut self.lost);
        names.extend(self.talk.iter_mut().map(|talk| &mut talk.by));
        match &mut self.phase {
            Phase::Pause(_) => {}
            Phase::Asked(Asked { votes, .. }) => names.extend(votes.iter_mut().map(|(name, _)| name)),
            Phase::Answers(Answers { choice, verdicts, planned, awaited, .. }) => {
                names.extend(choice.voices.iter_mut().map(|(name, _)| name));
                names.extend(verdicts.iter_mut().map(|(name, _)| name));
                names.extend(planned.iter_mut().map(|(_, name)| name));
                names.extend(awaited);
            }
        }
        names.into_iter().filter(|name| *name == from).for_each(|name| to.clone_into(name));
    }

    /// How many events were told.
    pub(super) fn told(&self) -> usize {
        self.events - self.state.left
    }

    /// How far the reign came, in numbers.
    pub(super) fn score(&self) -> String {
        let State { gold, peace, subjects, .. } = &self.state;
        let loyalty: usize = subjects.iter().map(|subject| subject.loyalty.points()).sum();
        let (told, events) = (self.told(), self.events);
        format!("Gold {gold}, peace {peace}, loyalty {loyalty}: the score after {told} of {events} events.")
    }

    /// Whether it waits only for the next event.
    pub(super) fn is_between_events(&self) -> bool {
        matches!(self.phase, Phase::Pause(_))
    }
}

impl ThronesHost {
    /// All seats are taken: begins a game.
    pub(super) fn begin(&mut self, now: Instant) {
        let Some(lord) = self.court.lord().map(ToOwned::to_owned) else { return };
        let subjects = self.court.seats().iter().map(|seat| Subject {
            name: seat.name.clone(),
            temper: (seat.kind != MemberKind::Person).then_some(seat.temper),
            loyalty: Loyalty::at_first(&mut self.rng),
        });
        let mut game = Game::new(subjects.collect(), self.events, now);
        let followers = list(&self.court.followers());
        let slots = [("{lord}", called_in_tales(&lord)), ("{followers}", followers.as_str())];
        for bag in ["announce", "advice"] {
            let text = fill(game.tale.draw(bag, &mut self.rng), &slots);
            self.say(text);
        }
        self.say(game.state.ledger(&Outcome::default()));
        self.game = Some(game);
        self.instruct(&lord);
    }

    /// Ends the game if too few followers are left. Stops waiting for members that lost their seats.
    pub(super) fn review_game(&mut self, now: Instant) {
        if let Some(game) = &mut self.game {
            game.state.subjects.retain(|subject| self.court.seat(&subject.name).is_some());
            game.state.plotters.retain(|name| self.court.seat(name).is_some());
        }
        self.run_answers(now);
        if self.game.is_some() && self.court.seats().len() < THRONES_FOLLOWERS {
            self.conclude(&Ending::Deserted);
        }
    }

    /// A message was published. It is read only if it is a person's.
    pub(super) fn on_game_message<'a>(&mut self, by: &str, read: &dyn Fn() -> Option<&'a str>, now: Instant) {
        let is_lord = self.court.is_lord(by);
        let is_person = self.court.member(by).is_some_and(|member| member.kind == MemberKind::Person);
        let has_voice = is_person && self.court.seat(by).is_some();
        let text = if self.game.is_some() && (is_person || is_lord) { read() } else { None };
        let order = text.filter(|_| is_lord).and_then(|text| self.order_in(text));
        let Some(game) = &mut self.game else { return };
        match (&mut game.phase, text) {
            (Phase::Asked(_), Some(text)) if is_lord => match order {
                Some(order) if !self.is_late(text, &order) => self.take_order(text, &order, now),
                _ => self.hear_talk(text, now),
            },
            (Phase::Answers(answers), text) => {
                answers.awaited.retain(|name| name != by);
                if let Some(approves) = text.filter(|_| has_voice).and_then(consent) {
                    answers.choice.voices.retain(|(name, _)| name != by);
                    answers.choice.voices.push((by.to_owned(), approves));
                }
                if let Some(text) = text {
                    self.hear_question(text, is_lord, now);
                    if is_lord {
                        self.answer_late_order(text);
                    }
                }
                self.advance(now);
            }
            (_, Some(text)) => {
                self.hear_question(text, is_lord, now);
                if is_lord {
                    self.answer_late_order(text);
                }
            }
            (_, None) => {}
        }
    }

    /// Does the step that is due.
    pub(super) fn advance(&mut self, now: Instant) {
        self.run_talk(now);
        match self.game.as_ref().map(|game| &game.phase) {
            Some(Phase::Pause(until)) if *until <= now && !self.is_stopped => self.tell_event(now),
            Some(Phase::Asked(_)) => self.wait_for_order(now),
            Some(Phase::Answers(_)) => self.run_answers(now),
            _ => {}
        }
    }

    /// Warns or deposes a silent Lord.
    fn wait_for_order(&mut self, now: Instant) {
        let Some(Game { phase: Phase::Asked(asked), tale, .. }) = &mut self.game else { return };
        if asked.until <= now {
            return self.end("deposed", "");
        }
        if asked.warn_at.take_if(|at| *at <= now).is_some()
            && let Some(line) = tale.draw_unused("warned", &mut self.rng)
        {
            self.say(line);
        }
    }

    /// Does the next step now.
    pub(super) fn skip_wait(&mut self, now: Instant) {
        self.settle(now);
        self.review_game(now);
        self.tell_event(now);
    }

    fn tell_event(&mut self, now: Instant) {
        let followers = self.court.followers();
        let Some(game) = &mut self.game else { return };
        if game.state.left == 0 {
            let ending = game.state.last_ending();
            return self.conclude(&ending);
        }
        game.state.left -= 1;
        let event = game.teller.tell(&followers, game.state.gold, &mut self.rng);
        let text = event.text.clone();
        game.phase = Phase::Asked(Asked {
            event,
            warn_at: Some(now + THRONES_EVENT_WARNING),
            until: now + THRONES_EVENT_TIMEOUT,
            votes: Vec::new(),
            is_asked_again: false,
        });
        self.say(NEW_EVENT);
        self.say(text);
    }

    /// Takes a follower's seat away. A person may watch and is told `text`; a bot is removed.
    pub(super) fn lose(&mut self, name: &str, text: &str) {
        let Some(kind) = self.court.seat(name).map(|seat| seat.kind) else { return };
        self.court.vacate(name);
        match kind {
            MemberKind::Person => {
                self.tell(name, text);
                if let Some(game) = &mut self.game {
                    game.lost.push(name.to_owned());
                }
            }
            MemberKind::External | MemberKind::Hosted => self.remove_member(name, text),
        }
    }
}
