//! Property: whatever the order of events, no round waits for ever, and nothing is said in an empty room.

use std::time::Duration;

use proptest::prelude::*;

use crate::bots::Guest;
use crate::hosts::round::tests::room::{BOT, PERSON, Room, seconds, who};
use crate::hosts::round::{Stage, Variant};
use crate::hosts::{Host, HostCommand};

#[derive(Clone, Debug)]
enum Happening {
    Comes(usize),
    Leaves(usize),
    Says(usize, &'static str),
    IsReady(usize),
    Votes(usize, &'static str),
    Time(u64),
    Orders(usize),
    Bar(usize, bool),
    /// Calls that the hub would not make.
    Stray(usize),
}

const NAMES: [&str; 10] = ["Ann", "Bob", "Cid", "Dee", "Eve", "Flo", "Felix", "rateb", "Out_Bot", "Felix_2"];

const WORDS: [&str; 9] = [
    "Well.",
    "1",
    "2",
    "the third",
    "Yes, with cake!",
    "no",
    "Felix, why?",
    "shut up, Marija",
    "my uncle has died",
];

fn happening() -> impl Strategy<Value = Happening> {
    let name = 0..NAMES.len();
    prop_oneof![
        4 => name.clone().prop_map(Happening::Comes),
        3 => (0..NAMES.len() + 4).prop_map(Happening::Leaves),
        5 => (name.clone(), prop::sample::select(&WORDS[..])).prop_map(|(n, text)| Happening::Says(n, text)),
        1 => (name.clone(), prop::sample::select(&WORDS[..])).prop_map(|(n, text)| Happening::Votes(n, text)),
        1 => name.clone().prop_map(Happening::IsReady),
        6 => (0u64..20_000).prop_map(Happening::Time),
        1 => (0usize..3).prop_map(Happening::Orders),
        1 => ((0usize..4), any::<bool>()).prop_map(|(guest, may)| Happening::Bar(guest, may)),
        1 => name.prop_map(Happening::Stray),
    ]
}

fn happens(room: &mut Room, happening: &Happening) {
    match happening {
        Happening::Comes(n) => room.come(NAMES[*n], if *n < 6 { PERSON } else { BOT }),
        Happening::Leaves(n) => {
            let name = NAMES.get(*n).copied().unwrap_or_else(|| Guest::ALL[n - NAMES.len()].name());
            room.leave(name);
        }
        Happening::Says(n, text) => room.say(NAMES[*n], text),
        Happening::Votes(n, text) => room.vote(NAMES[*n], text),
        Happening::IsReady(n) => room.ready(NAMES[*n]),
        Happening::Time(millis) => room.wait(Duration::from_millis(*millis)),
        Happening::Orders(n) => {
            let _ = room.command([HostCommand::Stop, HostCommand::Start, HostCommand::Now][*n]);
        }
        Happening::Bar(n, may) => {
            let name = Guest::ALL[*n].name();
            let _ = room.command(if *may { HostCommand::StartBot(name) } else { HostCommand::StopBot(name) });
        }
        Happening::Stray(n) => {
            let now = room.now;
            room.host.on_bot_refused(NAMES[*n], now);
            room.host.on_timer(now);
            if room.find(NAMES[*n]).is_none() {
                room.host.on_leave(&who(NAMES[*n], BOT), now);
            }
            room.carry_out();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_round_waits_forever(
        seed in any::<u64>(),
        happenings in proptest::collection::vec(happening(), 0..60),
        grants in proptest::collection::vec(any::<bool>(), 0..30),
    ) {
        let mut room = Room::classic(seed);
        room.grants = grants;
        for happening in &happenings {
            happens(&mut room, happening);
        }
        // Whoever is there plays a round with Zoe to its end. Ten others may have come before her: hers is the fourth round at
        // the latest, and none takes 100 seconds.
        let _ = room.command(HostCommand::Start);
        for guest in Guest::ALL {
            let _ = room.command(HostCommand::StartBot(guest.name()));
        }
        room.come("Zoe", PERSON);
        room.story.clear();
        room.wait(seconds(400));
        prop_assert!(room.story.iter().any(|line| line.contains("member Zoe goes: The round is over.")), "{:?}", room.story);
        // When everybody has left, so has the cast.
        for name in NAMES.into_iter().chain(["Zoe"]) {
            if !room.hosted.iter().any(|hosted| hosted == name) {
                room.leave(name);
            }
        }
        prop_assert_eq!((room.present.len(), room.host.deadline()), (0, None));
    }

    #[test]
    fn no_game_waits_forever(
        seed in any::<u64>(),
        happenings in proptest::collection::vec(happening(), 0..60),
        grants in proptest::collection::vec(any::<bool>(), 0..30),
    ) {
        let mut room = Room::of(Variant::Game, seed);
        room.grants = grants;
        for happening in &happenings {
            happens(&mut room, happening);
        }
        // Zoe plays a game to its end, though all others are silent. The running game takes less than 300 seconds, and so does hers;
        // before it, she may have to make way for others once.
        let _ = room.command(HostCommand::Start);
        for guest in Guest::ALL {
            let _ = room.command(HostCommand::StartBot(guest.name()));
        }
        room.come("Zoe", PERSON);
        room.ready("Zoe");
        let mut games = 0;
        for _ in 0..200 {
            room.wait(seconds(5));
            room.say("Zoe", if room.host.stage == Stage::Voting { "2" } else { "Yes." });
            let is_hers = room.host.stage == Stage::Between && room.host.seats.of("Zoe").is_some();
            games += usize::from(is_hers);
        }
        prop_assert!(games >= 2, "{:?}", room.story);
        // When she is silent, too, everything stops.
        room.wait(seconds(600));
        prop_assert_eq!((room.host.stage, room.host.deadline(), room.hosted.len()), (Stage::Resting, None, 0));
        for name in NAMES.into_iter().chain(["Zoe"]) {
            room.leave(name);
        }
        prop_assert_eq!((room.present.len(), room.host.deadline()), (0, None));
    }
}
