//! Simulated reigns: which ways to rule win.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::base::limits::{THRONES_EVENTS, THRONES_HABIT};
use crate::bots::Temper;
use crate::hosts::thrones::events::{Event, Teller};
use crate::hosts::thrones::loyalty::Loyalty;
use crate::hosts::thrones::rules::{Choice, Effect, Ending, State, Subject, step};

/// Chooses an option, from 0. It knows the state, the event, and its choices so far.
type Strategy = fn(&State, &Event, &[usize], &mut StdRng) -> usize;

const STRATEGIES: [(&str, Strategy); 6] = [
    ("always 1", |_, _, _, _| 0),
    ("1, 2, 1, 2", |_, _, given, _| given.len() % 2),
    ("random", |_, _, _, rng| rng.random_range(0..3)),
    ("the fuller store", |state, event, _, _| {
        let poorer = |effect: &Effect| if state.gold <= state.peace { effect.gold } else { effect.peace };
        best(event, |effect| f64::from(poorer(effect)))
    }),
    ("the favourite's wish", |state, event, _, _| {
        let favourite = state.subjects.first().and_then(|subject| subject.temper);
        best(event, |effect| favourite.map_or(0.0, |temper| f64::from(effect.on(temper))))
    }),
    ("thoughtful", |state, event, given, _| {
        let habit = given.iter().rev().take(THRONES_HABIT - 1).collect::<Vec<_>>();
        let is_habit = |at: usize| habit.len() + 1 == THRONES_HABIT && habit.iter().all(|last| **last == at);
        let worth = |at: usize| outlook(state, &event.effects[at], is_habit(at));
        (0..event.effects.len()).max_by(|a, b| worth(*a).total_cmp(&worth(*b))).unwrap_or(0)
    }),
];

fn best(event: &Event, worth: impl Fn(&Effect) -> f64) -> usize {
    let at = 0..event.effects.len();
    at.max_by(|a, b| worth(&event.effects[*a]).total_cmp(&worth(&event.effects[*b]))).unwrap_or(0)
}

/// How good the realm looks after an option. What is almost gone weighs most.
pub(super) fn outlook(state: &State, effect: &Effect, is_habit: bool) -> f64 {
    let fear = |left: f64| -1.0 / left.max(0.1);
    let store = |store: u8, by: i8| fear(f64::from(store) + f64::from(by));
    let followers = state.subjects.iter().map(|subject| {
        let by = subject.temper.map_or(0, |temper| effect.on(temper)) - i8::from(is_habit);
        fear(f64::from(subject.loyalty.signed()) + f64::from(by)) / 2.0
    });
    store(state.gold, effect.gold) + store(state.peace, effect.peace) + followers.sum::<f64>()
}

/// A follower of each temper.
fn one_of_each(rng: &mut StdRng) -> Vec<Subject> {
    let follower = |temper: Temper| Subject {
        name: temper.word().to_owned(),
        temper: Some(temper),
        loyalty: Loyalty::at_first(rng),
    };
    Temper::ALL.map(follower).to_vec()
}

fn reign(strategy: Strategy, seed: u64) -> Ending {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut state = State::new(one_of_each(&mut rng), THRONES_EVENTS);
    let (mut teller, mut given) = (Teller::new(), Vec::new());
    loop {
        state.left -= 1;
        let names: Vec<String> = state.subjects.iter().map(|subject| subject.name.clone()).collect();
        let event = teller.tell(&names, state.gold, &mut rng);
        let at = strategy(&state, &event, &given, &mut rng);
        given.push(at);
        let choice = Choice {
            effect: event.effects[at].clone(),
            number: Some(at + 1),
            is_favourite: state.is_favourite(&event.effects, at),
            voices: Vec::new(),
        };
        if let Some(ending) = step(&mut state, &choice, &mut rng).ending {
            return ending;
        }
    }
}

/// Of so many reigns: those that end well, that last, and that fail for want of gold, of peace and of followers.
fn tally(strategy: Strategy, games: u64) -> [u64; 5] {
    let mut counts = [0; 5];
    for seed in 0..games {
        let at = match reign(strategy, seed) {
            Ending::Good => 0,
            Ending::Middling => 1,
            Ending::Ruined => 2,
            Ending::Revolt => 3,
            Ending::Deserted | Ending::Overthrown(_) => 4,
        };
        counts[at] += 1;
    }
    counts
}

/// Prints a table of all strategies and checks it.
fn compare(games: u64) {
    let won = STRATEGIES.map(|(name, strategy)| {
        let counts = tally(strategy, games);
        let won = counts[0] + counts[1];
        println!("{name:20} won {won:5}  good, middling, ruined, revolt, deserted: {counts:?}");
        won
    });
    let [one, _, random, .., thoughtful] = won;
    assert!(one * 10 <= games, "always 1 loses in nine games of ten: {one}");
    assert!(thoughtful * 2 > games, "a thoughtful Lord wins most games: {thoughtful}");
    assert!(one < random && random < thoughtful, "{random}");
}

#[test]
fn who_reads_wins_and_who_does_not_loses() {
    compare(300);
}

/// The same with 10,000 games of each; `--nocapture` shows the table. It takes minutes.
#[test]
#[ignore = "slow"]
fn ten_thousand_games_of_each_strategy() {
    compare(10_000);
}

#[test]
fn a_plot_needs_more_than_half() {
    let subject = |name: &str, temper, points: i8| {
        let mut loyalty = Loyalty::at_first(&mut StdRng::seed_from_u64(1));
        loyalty.shift(points - loyalty.signed());
        Subject { name: name.to_owned(), temper, loyalty }
    };
    for (sour, expected) in [(3, Some(Ending::Overthrown("Bob".to_owned()))), (4, None)] {
        let subjects = vec![
            subject("Bob", None, 6),
            subject("Arya", Some(Temper::Bold), sour),
            subject("Bran", Some(Temper::Gentle), 3),
            subject("Edd", Some(Temper::Greedy), 8),
        ];
        let mut state = State::new(subjects, THRONES_EVENTS);
        state.plotters.push("Bob".to_owned());
        let choice = Choice::default();
        let outcome = step(&mut state, &choice, &mut StdRng::seed_from_u64(1));
        assert_eq!(outcome.ending, expected, "{sour}");
    }
}

#[test]
fn the_same_number_annoys_unless_it_is_what_the_followers_like_best() {
    for (is_favourite, is_habit) in [(false, true), (true, false)] {
        let rng = &mut StdRng::seed_from_u64(1);
        let mut state = State::new(one_of_each(rng), THRONES_EVENTS);
        let choice = Choice { number: Some(1), is_favourite, ..Choice::default() };
        let habits: Vec<bool> = (0..THRONES_HABIT).map(|_| step(&mut state, &choice, rng).is_habit).collect();
        assert_eq!(habits, [false, false, is_habit]);
    }
    let effect = |pleases: &[Temper], angers: &[Temper]| Effect {
        pleases: pleases.to_vec(),
        angers: angers.to_vec(),
        ..Effect::default()
    };
    let effects = [
        effect(&[Temper::Bold], &[]),
        effect(&[Temper::Bold, Temper::Gentle], &[Temper::Greedy]),
        effect(&[Temper::Dutiful], &[]),
    ];
    let state = State::new(one_of_each(&mut StdRng::seed_from_u64(1)), THRONES_EVENTS);
    assert_eq!([0, 1, 2, 3].map(|at| state.is_favourite(&effects, at)), [true, false, true, false]);
}
