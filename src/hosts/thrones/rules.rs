//! The rules of a reign: what an order does to gold, peace and loyalty, and when the reign ends. Nothing is told here.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::base::limits::{
    THRONES_FOLLOWERS, THRONES_FOLLOWERS_FOR_GOOD, THRONES_HABIT, THRONES_INITIAL, THRONES_LOYALTY_FOR_GOOD,
    THRONES_MAX, THRONES_PLOT_LOYALTY, THRONES_STORES_FOR_GOOD,
};
use crate::bots::Temper;
use crate::hosts::thrones::loyalty::Loyalty;

/// How likely something happens by itself between two events.
const LUCK: f64 = 0.25;

/// What may happen: the lines that tell it, and the change of gold and of peace.
const LUCKS: [(&str, i8, i8); 4] =
    [("luck.gold", 1, 0), ("loss.gold", -1, 0), ("luck.peace", 0, 1), ("loss.peace", 0, -1)];

/// How likely a plot is noticed after each event.
const NOTICED: f64 = 0.25;

/// What an order does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    pub(super) gold: i8,
    pub(super) peace: i8,
    pub(super) pleases: Vec<Temper>,
    pub(super) angers: Vec<Temper>,
}

/// The Lord's decision on an event.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice {
    pub(super) effect: Effect,
    /// The option's number, if the Lord said nothing else.
    pub(super) number: Option<usize>,
    /// The followers like no other option better.
    pub(super) is_favourite: bool,
    /// What the people among the followers think of it: the name, and whether it approves.
    pub(super) voices: Vec<(String, bool)>,
}

/// A follower in the eyes of the rules.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) name: String,
    /// `None`: a person, who decides freely.
    pub(super) temper: Option<Temper>,
    pub(super) loyalty: Loyalty,
}

/// The state of a reign.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// From 0, at which the reign ends, to [`THRONES_MAX`].
    pub(super) gold: u8,
    /// From 0, at which the reign ends, to [`THRONES_MAX`].
    pub(super) peace: u8,
    pub(super) subjects: Vec<Subject>,
    /// The events still to come.
    pub(super) left: usize,
    /// The people that plot.
    pub(super) plotters: Vec<String>,
    /// The number that the Lord gave last, and how many times in a row.
    habit: (Option<usize>, usize),
}

/// The change of a follower's loyalty.
#[derive(Clone, Debug)]
pub(super) struct Shift {
    pub(super) name: String,
    pub(super) by: i8,
    /// The lines that tell a change of mood.
    pub(super) mood: Option<&'static str>,
}

/// How a reign ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It lasted, and well.
    Good,
    /// It lasted.
    Middling,
    /// No gold is left.
    Ruined,
    /// No peace is left.
    Revolt,
    /// Too few followers are left.
    Deserted,
    /// A plot succeeded; this follower led it.
    Overthrown(String),
}

/// What came of a decision.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) gold: i8,
    pub(super) peace: i8,
    /// The lines that tell what happened by itself.
    pub(super) luck: Option<&'static str>,
    /// The Lord gave the same number too often in a row.
    pub(super) is_habit: bool,
    pub(super) shifts: Vec<Shift>,
    /// A plotter whom the Lord has noticed.
    pub(super) noticed: Option<String>,
    pub(super) ending: Option<Ending>,
}

/// Applies a decision to the state.
pub(super) fn step(state: &mut State, choice: &Choice, rng: &mut StdRng) -> Outcome {
    let luck = if rng.random_bool(LUCK) { LUCKS.choose(rng) } else { None };
    let (bag, gold, peace) = luck.map_or((None, 0, 0), |(bag, gold, peace)| (Some(*bag), *gold, *peace));
    // Whoever finds what they like best has read the event.
    let is_habit = state.note_number(choice.number) && !choice.is_favourite;
    let mut outcome = Outcome {
        gold: shift(&mut state.gold, choice.effect.gold + gold),
        peace: shift(&mut state.peace, choice.effect.peace + peace),
        luck: bag,
        is_habit,
        ..Outcome::default()
    };
    for subject in &mut state.subjects {
        let before = subject.loyalty.signed();
        let mood = subject.loyalty.shift(choice.judged_by(subject) - i8::from(is_habit));
        let by = subject.loyalty.signed() - before;
        outcome.shifts.push(Shift { name: subject.name.clone(), by, mood });
    }
    state.subjects.retain(|subject| subject.loyalty.points() > 0);
    let State { plotters, subjects, .. } = state;
    plotters.retain(|name| subjects.iter().any(|subject| subject.name == *name));
    outcome.ending = state.ending();
    if outcome.ending.is_none() && rng.random_bool(NOTICED) {
        outcome.noticed = state.plotters.pop();
    }
    outcome
}

/// Moves a store within its bounds. Returns the change.
fn shift(store: &mut u8, by: i8) -> i8 {
    let before = *store;
    *store = before.saturating_add_signed(by).min(THRONES_MAX);
    // Both are at most THRONES_MAX.
    store.cast_signed() - before.cast_signed()
}

impl Effect {
    /// Parses `GOLD PEACE | TEMPERS THAT IT PLEASES | TEMPERS THAT IT ANGERS`.
    pub(super) fn parse(text: &str) -> Option<Effect> {
        let mut parts = text.split('|').map(str::trim);
        let mut stores = parts.next()?.split(' ').map(str::parse::<i8>);
        let (gold, peace) = (stores.next()?.ok()?, stores.next()?.ok()?);
        let tempers = |words: &str| {
            let named = |word| Temper::ALL.into_iter().find(|temper| temper.word() == word);
            words.split_whitespace().map(named).collect::<Option<Vec<_>>>()
        };
        let (pleases, angers) = (tempers(parts.next()?)?, tempers(parts.next()?)?);
        Some(Effect { gold, peace, pleases, angers })
    }

    /// An order of the Lord's own: the event stays unsettled, and each temper approves or objects.
    pub(super) fn own(approves: impl Fn(Temper) -> bool) -> Effect {
        let (pleases, angers) = Temper::ALL.into_iter().partition(|temper| approves(*temper));
        Effect { gold: 0, peace: -1, pleases, angers }
    }

    /// What it does to the loyalty of a follower with this temper.
    pub(super) fn on(&self, temper: Temper) -> i8 {
        match () {
            () if self.pleases.contains(&temper) => 1,
            () if self.angers.contains(&temper) => -2,
            () => 0,
        }
    }

    /// The change of the stores, as shown after an option: ` [gold -1 peace +1]`.
    pub(super) fn marks(&self) -> String {
        let marks = [("gold", self.gold), ("peace", self.peace)];
        let marks: Vec<String> =
            marks.iter().filter(|(_, by)| *by != 0).map(|(store, by)| format!("{store} {by:+}")).collect();
        if marks.is_empty() { String::new() } else { format!(" [{}]", marks.join(" ")) }
    }
}

impl Choice {
    /// The change of a follower's loyalty. A person's goes by what it says.
    fn judged_by(&self, subject: &Subject) -> i8 {
        let voice = || self.voices.iter().find(|(name, _)| *name == subject.name);
        match subject.temper {
            Some(temper) => self.effect.on(temper),
            None => voice().map_or(0, |(_, approves)| if *approves { 1 } else { -1 }),
        }
    }
}

impl State {
    /// A reign of this many events over these followers.
    pub(super) fn new(subjects: Vec<Subject>, events: usize) -> State {
        State {
            gold: THRONES_INITIAL,
            peace: THRONES_INITIAL,
            subjects,
            left: events,
            plotters: Vec::new(),
            habit: (None, 0),
        }
    }

    /// Whether the followers like no other of these options better than the one at this index.
    pub(super) fn is_favourite(&self, effects: &[Effect], at: usize) -> bool {
        let tempers = || self.subjects.iter().filter_map(|subject| subject.temper);
        let liking = |effect: &Effect| tempers().map(|temper| i32::from(effect.on(temper))).sum::<i32>();
        let best = effects.iter().map(liking).max();
        effects.get(at).map(liking) == best
    }

    /// The follower with this name.
    pub(super) fn subject(&self, name: &str) -> Option<&Subject> {
        self.subjects.iter().find(|subject| subject.name == name)
    }

    /// Notes the number that the Lord gave. Returns whether it is the same too often in a row.
    fn note_number(&mut self, number: Option<usize>) -> bool {
        let repeats = if self.habit.0 == number { self.habit.1 + 1 } else { 1 };
        self.habit = (number, repeats);
        number.is_some() && repeats >= THRONES_HABIT
    }

    /// Who overthrows the Lord: plotters, and bots of little loyalty that side with them, are more than half.
    fn overthrower(&self) -> Option<&String> {
        let leader = self.plotters.first()?;
        let sides = |subject: &&Subject| {
            let is_sour = subject.temper.is_some() && subject.loyalty.points() <= THRONES_PLOT_LOYALTY;
            is_sour || self.plotters.contains(&subject.name)
        };
        (self.subjects.iter().filter(sides).count() * 2 > self.subjects.len()).then_some(leader)
    }

    /// How the reign ends now. `None`: it goes on.
    fn ending(&self) -> Option<Ending> {
        match () {
            () if self.subjects.len() < THRONES_FOLLOWERS => Some(Ending::Deserted),
            () if self.gold == 0 => Some(Ending::Ruined),
            () if self.peace == 0 => Some(Ending::Revolt),
            () => match self.overthrower() {
                Some(leader) => Some(Ending::Overthrown(leader.clone())),
                None => (self.left == 0).then(|| self.last_ending()),
            },
        }
    }

    /// How a reign ends that has lasted.
    pub(super) fn last_ending(&self) -> Ending {
        let count = self.subjects.len();
        let loyalty: usize = self.subjects.iter().map(|subject| subject.loyalty.points()).sum();
        let is_loyal = count >= THRONES_FOLLOWERS_FOR_GOOD && loyalty >= count * THRONES_LOYALTY_FOR_GOOD;
        if is_loyal && self.gold.min(self.peace) >= THRONES_STORES_FOR_GOOD {
            Ending::Good
        } else {
            Ending::Middling
        }
    }

    /// Gold, peace and loyalty on one line, with what has changed.
    pub(super) fn ledger(&self, outcome: &Outcome) -> String {
        let changed = |value: usize, by: i8| match by {
            0 => value.to_string(),
            by => format!("{value} ({by:+})"),
        };
        let subjects = self.subjects.iter().map(|subject| {
            let by =
                outcome.shifts.iter().find(|shift| shift.name == subject.name).map_or(0, |shift| shift.by);
            let called = subject.temper.map_or(String::new(), |temper| format!(" the {}", temper.word()));
            format!("{}{called} {}", subject.name, changed(subject.loyalty.points(), by))
        });
        let gold = changed(self.gold.into(), outcome.gold);
        let peace = changed(self.peace.into(), outcome.peace);
        let subjects = subjects.collect::<Vec<_>>().join(", ");
        format!("Gold {gold}, peace {peace}. {subjects}. Events to come: {}.", self.left)
    }
}

impl Ending {
    /// The name of its epilogues.
    pub(super) fn bag(&self) -> &'static str {
        match self {
            Ending::Good => "good",
            Ending::Middling => "middling",
            Ending::Ruined => "ruined",
            Ending::Revolt => "revolt",
            Ending::Deserted => "bad",
            Ending::Overthrown(_) => "overthrown",
        }
    }
}
