//! The manners of the lobby's host, over evenings of random talk: it never asks a fourth question that nobody answers, never cuts
//! into a conversation, and asks on while people answer.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedMutRandom;
use rand::{RngExt, SeedableRng};
use salon::hub::SessionId;
use serde_json::Value;

use crate::support::scene::Scene;

/// The defaults of `--host-interval` and `--host-lull`, in seconds.
const INTERVAL: u64 = 30;
const LULL: u64 = 30;

/// What happened, and at which second.
#[derive(Clone, Debug, PartialEq)]
enum Event {
    Came,
    Said(&'static str),
    Left,
    Asked,
}

/// Half an hour of three people who come, talk and go, heard by a bot.
fn evening(seed: u64) -> Vec<(u64, Event)> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut scene = Scene::seeded("--bots simple,sport,art --spam-limit off", seed);
    let ear = scene.connect();
    scene.send(ear, b"Ear_Bot::EOMsg::");
    let mut people: [(&str, Option<SessionId>); 3] = [("Ann", None), ("Bea", None), ("Cy", None)];
    let mut events = Vec::new();
    let mut next = 0;
    for second in 0..1_800 {
        if second == next {
            let (name, session) = people.choose_mut(&mut rng).unwrap();
            match *session {
                None => {
                    *session = Some(scene.join(name));
                    events.push((second, Event::Came));
                }
                Some(id) if rng.random_bool(0.1) => {
                    scene.vanish(id);
                    *session = None;
                    events.push((second, Event::Left));
                }
                Some(id) => {
                    scene.send(id, b"it is late\n");
                    events.push((second, Event::Said(name)));
                }
            }
            next += if rng.random_bool(0.1) { rng.random_range(60..240) } else { rng.random_range(2..40) };
        }
        scene.wait(Duration::from_secs(1));
        let heard = scene.heard(ear);
        let asked = heard.matches("\nHost: ").count() - heard.matches("\nHost: User ").count();
        events.extend((0..asked).map(|_| (second + 1, Event::Asked)));
    }
    events
}

#[test]
fn it_keeps_its_manners_in_any_evening() {
    let mut asked = 0;
    for seed in 0..8 {
        let (mut unanswered, mut people) = (0, 0);
        let mut last: Option<(u64, &str)> = None;
        let mut talk_until = 0;
        for (second, event) in evening(seed) {
            match event {
                Event::Came => (people, unanswered) = (people + 1, 0),
                Event::Left => people -= 1,
                Event::Said(name) => {
                    let is_reply = last.is_some_and(|(at, who)| who != name && second < at + LULL);
                    if is_reply || second < talk_until {
                        talk_until = second + LULL;
                    }
                    (last, unanswered) = (Some((second, name)), 0);
                }
                Event::Asked => {
                    (unanswered, asked) = (unanswered + 1, asked + 1);
                    assert!(people > 0 && unanswered <= 3, "seed {seed}, second {second}: {unanswered}");
                    assert!(second >= talk_until, "seed {seed}, second {second}: into a conversation");
                }
            }
            if people < 2 {
                (last, talk_until) = (None, 0);
            }
        }
    }
    assert!(asked > 8 * 10, "it asked {asked} questions");
}

#[test]
fn it_asks_every_interval_while_somebody_answers() {
    let mut scene = Scene::new("");
    let ann = scene.join("Ann");
    scene.heard(ann);
    for n in 0..20 {
        scene.wait(Duration::from_secs(INTERVAL - 10));
        assert_eq!(scene.heard(ann).matches("Host: ").count(), 0, "question {n}");
        scene.send(ann, b"an answer\n");
        scene.wait(Duration::from_secs(10));
        assert_eq!(scene.heard(ann).matches("Host: ").count(), 1, "question {n}");
    }
}

#[test]
fn whoever_speaks_to_somebody_is_not_interrupted() {
    let mut scene = Scene::new("");
    let (ann, _bob) = (scene.join("Ann"), scene.join("Bob"));
    scene.wait(Duration::from_secs(INTERVAL - 1));
    scene.send(ann, b"Bob, are you there?\n");
    scene.wait(Duration::from_secs(LULL - 1));
    assert!(!scene.heard(ann).contains("Host: "));
    scene.wait(Duration::from_secs(1));
    assert!(scene.heard(ann).contains("Host: "));
}

#[test]
fn it_is_quiet_when_it_is_asked_to_be_and_after_grave_words() {
    for words in ["shut up", "host, could you be quiet for a moment?", "my father died", "I want to die"] {
        for bots in ["none", "simple,sport"] {
            let mut scene = Scene::new(&format!("--bots {bots}"));
            let ann = scene.join("Ann");
            scene.wait(Duration::from_secs(10));
            scene.heard(ann);
            scene.send(ann, format!("{words}\n").as_bytes());
            for _ in 0..29 {
                scene.wait(Duration::from_secs(10));
                scene.send(ann, b"it is late\n");
            }
            let heard = scene.heard(ann);
            assert_eq!(
                heard.lines().filter(|line| !line.starts_with("Ann: ")).count(),
                usize::from(bots != "none"),
                "{heard}"
            );
            scene.wait(Duration::from_secs(60));
            assert!(scene.heard(ann).contains("Host: "), "after five minutes it asks again: {words}");
        }
    }
}

#[test]
fn who_comes_late_hears_the_last_words_of_people_however_much_the_host_says() {
    let mut scene = Scene::new("--history 5");
    let ann = scene.join("Ann");
    scene.send(ann, b"the key is under the mat\n");
    for n in 0..20 {
        let visitor = scene.join(&format!("Visitor_{n}"));
        scene.wait(Duration::from_secs(5 * INTERVAL));
        scene.end(visitor);
    }
    assert!(scene.heard(ann).matches("Host: ").count() > 40);
    let bob = scene.join("Bob");
    assert!(scene.heard(bob).contains("Ann: the key is under the mat\n"));
}

#[test]
fn a_program_is_told_below_which_id_lines_of_bots_are_missing() {
    let mut scene = Scene::new("--host-interval off --spam-limit off --history 2");
    let ann = scene.join("Ann");
    let bot = scene.connect();
    scene.send(bot, b"Ear_Bot::EOMsg::");
    scene.send(ann, b"one\n");
    for text in ["two", "three", "four"] {
        scene.send(bot, format!("Ear_Bot: {text}::EOMsg::").as_bytes());
    }
    let heard = |scene: &mut Scene, after: Option<u64>| {
        let program = scene.connect();
        let after = after.map_or(String::new(), |after| format!(",\"after\":{after}"));
        scene.send(program, b"{\"type\":\"hello\",\"version\":1,\"name\":\"Eve\"}\n");
        scene.send(program, format!("{{\"type\":\"join\"{after}}}\n").as_bytes());
        let heard = scene.heard(program);
        scene.vanish(program);
        let objects = heard.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let (mut said, mut gap) = (Vec::new(), None);
        for object in objects {
            match object["type"].as_str() {
                Some("said") => said.push((object["text"].clone(), object["id"].as_u64().unwrap())),
                Some("gap") => {
                    assert!(said.is_empty(), "the gap comes first");
                    gap = object["before"].as_u64();
                }
                _ => {}
            }
        }
        (said, gap)
    };
    let (all, gap) = heard(&mut scene, None);
    assert_eq!(all.iter().map(|(text, _)| text).collect::<Vec<_>>(), ["one", "three", "four"]);
    assert_eq!(gap, None, "who comes anew has missed nothing");
    let (one, three) = (all[0].1, all[1].1);
    let two = three - 1;
    assert_eq!(heard(&mut scene, Some(one)), (all[1..].to_vec(), Some(two + 1)), "two is missing");
    assert_eq!(heard(&mut scene, Some(two)), (all[1..].to_vec(), None), "it has two");
    assert_eq!(heard(&mut scene, Some(three)), (all[2..].to_vec(), None));
}
