//! The parameters of one seed, and the choice of the next action.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use crate::hour::hearing::Tongue;
use crate::simulation::action::{Action, Speech, Travel};
use crate::simulation::network::Knowledge;
use crate::simulation::vocabulary::{COMMANDS, COURTLY, GARBAGE, NAMES, ORDERS, ROOMS, TALK};

/// The parameters of one seed.
#[derive(Debug)]
pub struct Climate {
    pub options: String,
    /// How many messages a room's history keeps.
    pub kept: usize,
    /// How many messages of people newcomers hear; `None`: all.
    pub replay: Option<usize>,
    /// How many messages at once exceed the spam limit; `None`: it is off.
    pub spam_limit: Option<usize>,
    /// The maximum number of connections.
    pub people: usize,
    /// How late a turn may begin after an event, in milliseconds, so that several events share it.
    pub grain: u64,
    /// Every how many writes one is interrupted; 0: none.
    pub hiccup: u64,
    /// The weight of each kind of [`Action`], in their order.
    weights: [u32; 13],
    /// How long commits take, in milliseconds; used in turn.
    pub pauses: Vec<u64>,
    tongues: Vec<Tongue>,
    /// The maximum network delay, in milliseconds.
    delay: u64,
    longest: usize,
}

impl Climate {
    pub fn new(rng: &mut StdRng) -> Climate {
        let kept = *[0, 1, 5, 20, 60].choose(rng).unwrap();
        let (spam, spam_limit) =
            *[("off", None), ("off", None), ("10/4s", Some(10)), ("4/1s", Some(4))].choose(rng).unwrap();
        let (replay, replay_limit) = *[
            ("all", None),
            ("all", None),
            ("off", Some(0)),
            ("1", Some(1)),
            ("4", Some(4)),
            ("50", Some(50)),
        ]
        .choose(rng)
        .unwrap();
        let bots = *["none", "none", "weather,art", "simple,weather,sport,art"].choose(rng).unwrap();
        let interval = *["off", "30s", "3s"].choose(rng).unwrap();
        // Otherwise an IRC client opens each room that it would join.
        let options = format!(
            "--open-rooms off --history {kept} --replay {replay} --spam-limit {spam} --bots {bots} --host-interval {interval}"
        );
        let sometimes = |rng: &mut StdRng, weight| if rng.random_bool(0.6) { weight } else { 0 };
        let weights = [
            12,
            60,
            sometimes(rng, 3),
            sometimes(rng, 3),
            sometimes(rng, 3),
            sometimes(rng, 5),
            6,
            sometimes(rng, 2),
            sometimes(rng, 12),
            sometimes(rng, 2),
            20,
            u32::from(rng.random_bool(0.4)),
            u32::from(rng.random_bool(0.2)),
        ];
        let all = [Tongue::Json, Tongue::Line, Tongue::Eom, Tongue::Chaty, Tongue::Irc];
        let tongues = if rng.random_bool(0.7) { all.to_vec() } else { vec![*all.choose(rng).unwrap()] };
        Climate {
            options,
            kept,
            replay: replay_limit,
            spam_limit,
            people: rng.random_range(2..12),
            grain: *[0, 0, 5, 100].choose(rng).unwrap(),
            hiccup: *[0, 0, 2, 7].choose(rng).unwrap(),
            weights,
            pauses: (*[&[0][..], &[0], &[3], &[0, 40, 700], &[6_000, 0, 0]].choose(rng).unwrap()).to_vec(),
            tongues,
            delay: *[0, 0, 20, 1_500].choose(rng).unwrap(),
            longest: *[0, 300, 5_000].choose(rng).unwrap(),
        }
    }

    /// Whether commits may take longer than a leaving client waits.
    pub fn is_slow(&self) -> bool {
        self.weights[12] > 0 || self.pauses.iter().any(|pause| *pause > 0)
    }

    /// The next action, when this many clients are connected.
    pub fn choose(&self, people: usize, rng: &mut StdRng) -> Action {
        let mut at = rng.random_range(0..self.weights.iter().sum());
        let kind = self.weights.iter().position(|weight| {
            let is_it = at < *weight;
            at = at.saturating_sub(*weight);
            is_it
        });
        let who = rng.random_range(0..people.max(1));
        match kind.unwrap_or(10) {
            _ if people == 0 && rng.random_bool(0.7) => self.come(rng),
            0 if people < self.people => self.come(rng),
            1 if people > 0 => self.say(who, rng),
            2 if people > 0 => {
                Action::Babble { who, bytes: GARBAGE.choose(rng).unwrap(), travel: self.travel(rng) }
            }
            3 if people > 0 => Action::End { who },
            4 if people > 0 && rng.random() => Action::Vanish { who },
            4 if people > 0 => Action::Reset { who },
            5 if people > 0 => Action::Stall { who, bytes: *[0, 0, 1, 300, 5_000].choose(rng).unwrap() },
            6 if people > 0 => Action::Resume { who },
            7 if people > 0 => Action::Bite { who, bytes: *[1, 7, 100, usize::MAX].choose(rng).unwrap() },
            8 => Action::Order(order(rng)),
            9 => Action::Jump(jump(rng)),
            11 => Action::Die,
            12 => Action::Fail(rng.random_range(1..20_000)),
            _ => Action::Wait(wait(rng)),
        }
    }

    fn come(&self, rng: &mut StdRng) -> Action {
        Action::Come {
            name: NAMES.choose(rng).unwrap(),
            tongue: *self.tongues.choose(rng).unwrap(),
            machine: rng.random_range(0..4),
            knows: *[Knowledge::Read, Knowledge::AckState, Knowledge::Nothing].choose(rng).unwrap(),
            late: *[0, 0, 30, 3_000].choose(rng).unwrap(),
        }
    }

    fn say(&self, who: usize, rng: &mut StdRng) -> Action {
        let room = ROOMS.choose(rng).unwrap().0;
        let words = *TALK.choose(rng).unwrap();
        let speech = match rng.random_range(0..100) {
            0..20 => Speech::Command(format!("/join {}", ROOMS.choose(rng).unwrap().0)),
            20..40 => Speech::Command((*COMMANDS.choose(rng).unwrap()).to_owned()),
            40..44 => Speech::Command((*COURTLY.choose(rng).unwrap()).to_owned()),
            44..46 => Speech::Hello(NAMES.choose(rng).unwrap()),
            46 => Speech::Command("/exit".to_owned()),
            47..50 => Speech::Nick(NAMES.choose(rng).unwrap()),
            50..52 => Speech::Act(words),
            52..60 if rng.random_bool(0.2) => Speech::Tell(None, words),
            52..60 => Speech::Tell(Some(NAMES.choose(rng).unwrap()), words),
            70..74 => Speech::Undo,
            74..78 => Speech::Edit(words),
            66..70 => Speech::Command(format!("/history @{}", NAMES.choose(rng).unwrap())),
            60..63 => Speech::Flood(rng.random_range(2..30), rng.random_range(0..=self.longest)),
            63..66 => Speech::Talk(words, rng.random_range(0..=self.longest)),
            _ => Speech::Talk(words, 0),
        };
        Action::Say { who, room, speech, travel: self.travel(rng) }
    }

    fn travel(&self, rng: &mut StdRng) -> Travel {
        let pieces = *[1, 1, 1, 2, 5].choose(rng).unwrap();
        let mut time = || if rng.random_bool(0.5) { 0 } else { rng.random_range(0..=self.delay) };
        Travel { pieces, delay: time(), gap: time() }
    }
}

fn order(rng: &mut impl Rng) -> String {
    let name = *NAMES.choose(rng).unwrap();
    let (room, kind) = *ROOMS.choose(rng).unwrap();
    let time = *[" for good", " for good", " for 1s", " for 30s", " for 2h noise"].choose(rng).unwrap();
    match rng.random_range(0..24) {
        0..3 => format!("close {room} confirm"),
        3..7 => format!("open {room}={kind}"),
        7..9 => format!("kick {name} a reason"),
        9 => format!("ban {name}{time}"),
        10 => format!("ban 10.0.0.{}{time}", rng.random_range(0..4)),
        11 => format!("unban {name}"),
        12 => format!("unban 10.0.0.{}", rng.random_range(0..4)),
        13..15 => format!("mute {name}{time}"),
        15 => format!("unmute {name}"),
        16 => format!("say {room} Attention, please."),
        17 => format!("export {room}"),
        18 => format!("forget {name}"),
        19 => format!("topic {room} tea at five"),
        20 => format!("topic {room} -"),
        21 => format!("erase {room} {}", rng.random_range(1..40)),
        _ => (*ORDERS.choose(rng).unwrap()).to_owned(),
    }
}

fn jump(rng: &mut impl Rng) -> i64 {
    let by = *[1, 29, 3_600, 86_400 * 400, 86_400 * 365 * 50].choose(rng).unwrap();
    if rng.random() { by } else { -by }
}

fn wait(rng: &mut impl Rng) -> u64 {
    match rng.random_range(0..20) {
        0..8 => rng.random_range(0..50),
        8..14 => rng.random_range(50..1_000),
        14..19 => rng.random_range(1_000..5_000),
        _ => rng.random_range(5_000..70_000),
    }
}
