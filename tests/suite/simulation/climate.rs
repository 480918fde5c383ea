//! The parameters of one seed, and the choice of the next action.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use crate::hour::hearing::Tongue;
use crate::simulation::action::{Action, Speech, Travel};
use crate::simulation::batches::Flaw;
use crate::simulation::network::Knowledge;
use crate::simulation::operators::FILE;
use crate::simulation::secrets::ABOUT;
use crate::simulation::vocabulary::{
    COMMANDS, COURTLY, FIRST_ROOMS, GARBAGE, NAMES, OPENED, OPERATED, ORDERS, PASSWORDS, ROOMS, SERVER_ROOMS,
    TALK,
};

/// The parameters of one seed.
#[derive(Debug)]
pub struct Climate {
    pub options: String,
    /// People open rooms, which stay open for so long while nobody is there.
    pub opens: bool,
    pub linger: Duration,
    /// How many of a hundred things that people say are about operators, and how long a password takes, in milliseconds.
    operators: u32,
    pub password_time: u64,
    /// Names that people come by, and how many machines they come from.
    names: Vec<&'static str>,
    /// Rooms that people open.
    opened: &'static [&'static str],
    machines: u8,
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
        let opens = rng.random_bool(0.4);
        let linger = *[2, 20, 300].choose(rng).unwrap();
        let limit = if rng.random_bool(0.8) { " --command-limit off" } else { "" };
        let rooms = if opens { format!("on --room-linger {linger}s{limit}") } else { "off".to_owned() };
        let has_operators = rng.random_bool(0.5);
        let operators = if has_operators { format!("--opers {FILE}") } else { String::new() };
        let options = format!(
            "--open-rooms {rooms} --history {kept} --replay {replay} --spam-limit {spam} --bots {bots} --host-interval {interval} \
             {operators}"
        );
        let sometimes = |rng: &mut StdRng, weight| if rng.random_bool(0.6) { weight } else { 0 };
        let weights = [
            12,
            60,
            // What stands before a command would make it what it is not.
            if opens { 0 } else { sometimes(rng, 3) },
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
        let tongues = match rng.random_range(0..10) {
            0..6 => all.to_vec(),
            6 => vec![Tongue::Irc, Tongue::Json],
            _ => vec![*all.choose(rng).unwrap()],
        };
        // Those who open rooms come back.
        let names = if opens { NAMES.sample(rng, 6).copied().collect() } else { NAMES.to_vec() };
        Climate {
            options,
            opens,
            linger: Duration::from_secs(linger),
            operators: if has_operators { 25 } else { 1 },
            password_time: *[0, 0, 300, 2_000].choose(rng).unwrap(),
            names,
            opened: &OPENED[..*[1, 1, 2, 3].choose(rng).unwrap()],
            machines: if opens { 2 } else { 4 },
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
            // The history of rooms that people open holds few bytes.
            longest: *[0, 300, if opens { 300 } else { 5_000 }].choose(rng).unwrap(),
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
            8 => Action::Order(self.order(rng)),
            9 => Action::Jump(jump(rng)),
            11 => Action::Die,
            12 => Action::Fail(rng.random_range(1..20_000)),
            _ => Action::Wait(wait(rng)),
        }
    }

    fn come(&self, rng: &mut StdRng) -> Action {
        Action::Come {
            name: self.names.choose(rng).unwrap(),
            tongue: *self.tongues.choose(rng).unwrap(),
            machine: rng.random_range(0..self.machines),
            knows: *[Knowledge::Read, Knowledge::AckState, Knowledge::Nothing].choose(rng).unwrap(),
            late: *[0, 0, 30, 3_000].choose(rng).unwrap(),
        }
    }

    fn say(&self, who: usize, rng: &mut StdRng) -> Action {
        let room = self.any_room(rng);
        if self.opens && rng.random_bool(0.6) {
            let room = *self.opened.choose(rng).unwrap();
            return Action::Say { who, room, speech: self.rule(room, rng), travel: self.travel(rng) };
        }
        if rng.random_ratio(self.operators, 100) {
            return Action::Say { who, room, speech: self.operate(rng), travel: self.travel(rng) };
        }
        let words = *TALK.choose(rng).unwrap();
        let speech = match rng.random_range(0..100) {
            0..20 => Speech::Command(format!("/join {}", self.any_room(rng))),
            20..40 => Speech::Command((*COMMANDS.choose(rng).unwrap()).to_owned()),
            40..44 => Speech::Command((*COURTLY.choose(rng).unwrap()).to_owned()),
            44..46 => Speech::Hello(self.names.choose(rng).unwrap()),
            46 => {
                Speech::Command(if who.is_multiple_of(2) { "/exit" } else { "/quit good night" }.to_owned())
            }
            47..50 => Speech::Nick(self.names.choose(rng).unwrap()),
            50..52 => Speech::Act(words),
            52..60 if rng.random_bool(0.2) => Speech::Tell(None, words),
            52..60 => Speech::Tell(Some((*self.names.choose(rng).unwrap()).to_owned()), words),
            70..74 => Speech::Undo,
            74..78 => Speech::Edit(words),
            66..70 => Speech::Command(format!("/history @{}", self.names.choose(rng).unwrap())),
            60..63 => Speech::Flood(rng.random_range(2..30), rng.random_range(0..=self.longest)),
            63..66 => Speech::Talk(words, rng.random_range(0..=self.longest)),
            78..86 => {
                let flaw = if rng.random() { Flaw::Nothing } else { *Flaw::ALL.choose(rng).unwrap() };
                let to = rng.random_bool(0.3).then(|| (*self.names.choose(rng).unwrap()).to_owned());
                Speech::Lines(to, words, flaw)
            }
            _ => Speech::Talk(words, 0),
        };
        Action::Say { who, room, speech, travel: self.travel(rng) }
    }

    /// What concerns operators of the server.
    fn operate(&self, rng: &mut StdRng) -> Speech {
        match rng.random_range(0..10) {
            0..4 => {
                let (name, password) = *PASSWORDS.choose(rng).unwrap();
                Speech::Oper(name, password)
            }
            4..7 => Speech::Call(TALK.choose(rng).unwrap()),
            7..9 => Speech::Remove((*self.names.choose(rng).unwrap()).to_owned()),
            _ => Speech::Operate(OPERATED.choose(rng).unwrap()),
        }
    }

    /// A room to go to.
    pub fn any_room(&self, rng: &mut StdRng) -> &'static str {
        match (self.opens, rng.random_bool(0.5)) {
            (false, _) => ROOMS[..SERVER_ROOMS].choose(rng).unwrap().0,
            (true, true) => self.opened.choose(rng).unwrap(),
            (true, false) => ROOMS[..FIRST_ROOMS].choose(rng).unwrap().0,
        }
    }

    /// What concerns a room that people open.
    fn rule(&self, room: &str, rng: &mut StdRng) -> Speech {
        let name = *self.names.choose(rng).unwrap();
        Speech::Command(match rng.random_range(0..40) {
            0..5 => format!("/open {room}"),
            5 => format!("/open {room} {ABOUT}#"),
            6..11 => format!("/join {room}"),
            11..14 => "/private on".into(),
            14 => "/private off".into(),
            15..18 => format!("/invite {name}"),
            18 => format!("/kick {name}"),
            19 => format!("/kick {name} a reason"),
            20..22 => format!("/mute {name}"),
            22 => format!("/unmute {name}"),
            23..25 => format!("/op {name}"),
            25 => format!("/deop {name}"),
            26 => "/slow 3s".into(),
            27 => "/slow off".into(),
            28 => "/topic".into(),
            29..31 => format!("/topic {ABOUT}#"),
            31 => "/topic -".into(),
            32..34 => "/rooms".into(),
            34 => format!("/who {room}"),
            35..37 => format!("/whois {name}"),
            37 => "/history".into(),
            38 => format!("/search {ABOUT}"),
            _ => "/leave".into(),
        })
    }

    fn order(&self, rng: &mut StdRng) -> String {
        let order = order(self.names.choose(rng).unwrap(), self.any_room(rng), rng);
        let mut words = order.split_whitespace();
        let (verb, room) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let may = match verb {
            // If there is no such room, its name is taken for a part of the text.
            "say" | "topic" => !OPENED.contains(&room),
            "close" => OPENED.contains(&room) && rng.random_bool(0.3),
            // Where people open rooms, those of the server stay what they are.
            "open" => false,
            _ => true,
        };
        if self.opens && !may { "rooms".into() } else { order }
    }

    fn travel(&self, rng: &mut StdRng) -> Travel {
        let pieces = *[1, 1, 1, 2, 5].choose(rng).unwrap();
        let mut time = || if rng.random_bool(0.5) { 0 } else { rng.random_range(0..=self.delay) };
        Travel { pieces, delay: time(), gap: time() }
    }
}

fn order(name: &str, room: &str, rng: &mut impl Rng) -> String {
    let kind = ROOMS.iter().find(|(name, _)| *name == room).map_or("plain", |(_, kind)| kind);
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
