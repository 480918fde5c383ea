//! Property: the invariants of a game hold after any sequence of steps.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;

use crate::bots::FOLLOWER_NAMES;
use crate::hosts::thrones::realm::{Realm, who};
use crate::hosts::{Host, HostCommand};
use crate::proto::Kind;

const NAMES: [&str; 8] = ["Ann", "lord", "Bob", "x_bot", "y_bot", "Theon", "Arya", "Eve"];

const TEXTS: [&str; 25] = [
    "/lord",
    "/follow",
    "/watch",
    "/begin",
    "/court",
    "--help",
    "--leave",
    "--",
    "eat!",
    "do not eat",
    "2",
    "hm",
    "fight them",
    "--dismiss Ann",
    "--dismiss theon",
    "--dismiss x_bot",
    "/lord",
    "let him go home",
    "what now?",
    "Theon, what would you do",
    "/plot",
    "/vote 1",
    "/dismiss arya",
    "hahaha",
    "burn it",
];

#[derive(Clone, Debug)]
enum Step {
    Come(usize, bool),
    Leave(usize),
    Speak(usize, usize),
    /// The Lord dismisses a follower.
    Dismiss(usize),
    /// The Lord speaks.
    Rule(usize),
    Wait(u64),
    /// A name becomes taken, or free again.
    Take(usize, bool),
    HostCommand(usize),
    /// A call that the hub would not make.
    Stray(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..NAMES.len(), any::<bool>()).prop_map(|(n, is_bot)| Step::Come(n, is_bot)),
        1 => (0..NAMES.len()).prop_map(Step::Leave),
        4 => (0..NAMES.len(), 0..TEXTS.len()).prop_map(|(n, text)| Step::Speak(n, text)),
        1 => (0..4usize).prop_map(Step::Dismiss),
        6 => (0..TEXTS.len()).prop_map(Step::Rule),
        6 => (0..130_000u64).prop_map(Step::Wait),
        2 => (0..FOLLOWER_NAMES.len(), any::<bool>()).prop_map(|(n, is_taken)| Step::Take(n, is_taken)),
        2 => (0..8usize).prop_map(Step::HostCommand),
        1 => (0..NAMES.len(), 0..5usize).prop_map(|(n, what)| Step::Stray(n, what)),
    ]
}

fn take(realm: &mut Realm, step: &Step) {
    match *step {
        Step::Come(n, is_bot) => realm.come(NAMES[n], if is_bot { Kind::Bot } else { Kind::Person }),
        Step::Leave(n) => realm.leave(NAMES[n]),
        Step::Speak(n, text) => realm.speak(NAMES[n], TEXTS[text]),
        Step::Dismiss(n) => {
            let name = realm.followers().get(n).cloned().unwrap_or_default();
            speak_as_lord(realm, &format!("--dismiss {name}"));
        }
        Step::Rule(text) => speak_as_lord(realm, TEXTS[text]),
        Step::Wait(millis) => realm.wait(Duration::from_millis(millis)),
        Step::Take(n, true) => realm.taken.push(FOLLOWER_NAMES[n].to_owned()),
        Step::Take(n, false) => realm.taken.retain(|name| name != FOLLOWER_NAMES[n]),
        Step::HostCommand(n) => {
            let first = realm.followers().first().cloned().unwrap_or_default();
            let order = match n {
                0 => HostCommand::Stop,
                1..=3 => HostCommand::Start,
                4 | 5 => HostCommand::Now,
                6 => HostCommand::StopBot(&first),
                _ => HostCommand::StartBot("Theon"),
            };
            let _ = realm.command(order);
        }
        Step::Stray(n, what) => {
            let nobody = who("Nobody", Kind::Bot);
            let somebody = realm.find(NAMES[n]).unwrap_or_else(|| nobody.clone());
            match what {
                0 => realm.host.on_bot_refused(NAMES[n], realm.now),
                1 => realm.host.on_leave(&nobody, realm.now),
                2 => drop(realm.host.on_slash_command(&nobody, "lord", "", realm.now)),
                3 => drop(realm.host.intercept(&nobody, "--leave", realm.now)),
                _ if somebody != nobody => realm.host.on_join(&somebody, realm.now),
                _ => realm.host.on_timer(realm.now),
            }
            realm.carry_out();
        }
    }
}

fn speak_as_lord(realm: &mut Realm, text: &str) {
    let lord = realm.host.court.lord().unwrap_or("Ann").to_owned();
    realm.speak(&lord, text);
}

/// The invariants after a step. Before it, there was a game or not, and these members had followers' seats.
fn check(realm: &Realm, was_game: bool, seated: &[String]) {
    let court = &realm.host.court;
    let followers = realm.followers();
    let is_present = |name: &str| realm.present.iter().any(|(who, _)| who.name.as_str() == name);
    assert!(followers.len() <= 4 && followers.iter().all(|name| is_present(name)));
    assert!(court.lord().is_none_or(|lord| is_present(lord) && !followers.iter().any(|name| name == lord)));
    assert!(followers.iter().collect::<HashSet<_>>().len() == followers.len());
    let is_game = realm.host.game.is_some();
    if is_game {
        assert!(court.lord().is_some() && followers.len() >= 2);
        let state = &realm.game().state;
        assert!((1..=10).contains(&state.gold) && (1..=10).contains(&state.peace), "{state:?}");
        assert!(followers.iter().all(|name| (1..=10).contains(&realm.points(name))), "{state:?}");
        assert_eq!(state.subjects.len(), followers.len());
        assert_eq!(realm.filter, (court.lord().map(ToOwned::to_owned), court.programs()));
    } else {
        assert_eq!(realm.filter, (None, Vec::new()));
    }
    if is_game && was_game {
        let is_bot = |name: &str| {
            realm.present.iter().any(|(who, _)| who.name.as_str() == name && who.kind == Kind::Bot)
        };
        let is_seated = |name: &String| seated.contains(name) || !is_bot(name);
        assert!(followers.iter().all(is_seated), "the doors are closed to bots");
    }
    let hosted = realm.present.iter().filter(|(_, is_hosted)| *is_hosted);
    for (who, _) in hosted {
        let name = who.name.to_string();
        assert!(followers.contains(&name) && court.lord().is_some(), "{name} stays for nothing");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens(seed in any::<u64>(), steps in prop::collection::vec(step(), 1..120)) {
        let mut realm = Realm::new(seed);
        realm.host.events = 20;
        let mut lines: HashSet<String> = HashSet::new();
        for step in &steps {
            // A member with this name leaves before another joins.
            if let Step::Come(n, _) = step {
                realm.leave(NAMES[*n]);
            }
            let (was_game, seated, before) = (realm.host.game.is_some(), realm.followers(), realm.said.len());
            let lord = realm.host.court.lord().map(ToOwned::to_owned);
            take(&mut realm, step);
            // Who overthrows a Lord may begin the next game at once.
            let was_game = was_game && realm.host.court.lord() == lord.as_deref();
            check(&realm, was_game, &seated);
            if !was_game || realm.host.game.is_none() {
                lines.clear();
                continue;
            }
            for (by, text) in &realm.said[before..] {
                let is_ours = by.is_empty() || realm.present.iter().any(|(who, is_hosted)| *is_hosted && who.name.as_str() == by);
                if is_ours && !text.starts_with("---") && !text.starts_with("Gold ") {
                    prop_assert!(lines.insert(text.clone()), "{}", text);
                }
            }
        }
    }
}
