//! A name that is held by its owner's ghost: it is resumed with a token, or from the ghost's address once that is silent.

use std::fmt::Write;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use salon::admin::{Answer, Reply};
use salon::hub::{ListenerKind, PasswordCheck, SessionId};

use crate::support::scene::Scene;

const NEIGHBOUR: &str = "The name Ann is taken. Please choose another.\n";

fn scene() -> Scene {
    Scene::new("--host-interval off --spam-limit off --rooms lobby,hall=lobby,chaty")
}

/// Joins these rooms as a program. Returns the session, what it received, and its token.
fn hello(scene: &mut Scene, name: &str, token: &str, rooms: &[&str]) -> (SessionId, String, String) {
    let id = scene.connect();
    let mut lines =
        format!("{{\"type\":\"hello\",\"version\":1,\"name\":\"{name}\",\"token\":\"{token}\"}}\n");
    for room in rooms {
        let _ = writeln!(lines, "{{\"type\":\"join\",\"room\":\"{room}\"}}");
    }
    scene.send(id, lines.as_bytes());
    let heard = scene.heard(id);
    let token = heard.split_once(r#""token":""#).map_or("", |(_, rest)| &rest[..32]).to_owned();
    (id, heard, token)
}

fn say(scene: &mut Scene, id: SessionId, text: &str) {
    scene.send(id, format!("{{\"type\":\"say\",\"room\":\"lobby\",\"text\":\"{text}\"}}\n").as_bytes());
}

/// How many lines of `heard` contain `what`.
fn count(heard: &str, what: &str) -> usize {
    heard.lines().filter(|line| line.contains(what)).count()
}

#[test]
fn a_token_gives_the_name_back_in_all_rooms_and_is_good_once() {
    let mut scene = scene();
    let zoe = scene.join("Zoe");
    let (ghost, _, token) = hello(&mut scene, "Ann", "", &["lobby", "hall"]);
    assert_eq!(token.len(), 32);
    scene.heard(zoe);
    let (ann, heard, next) = hello(&mut scene, "Ann", &token, &["hall", "lobby"]);
    assert!(heard.starts_with(r#"{"type":"hello""#), "{heard}");
    assert_eq!(count(&heard, r#""type":"welcome""#), 2);
    assert_eq!(scene.heard(zoe), "Host: User Ann left the chat.\nUser Ann has joined the chat!\n");
    let told = scene.heard(ghost);
    assert!(
        told.ends_with("\"reason\":\"You have resumed on another connection.\",\"why\":\"came_back\"}\n"),
        "{told}"
    );
    assert!(scene.peer(ghost).closed);
    say(&mut scene, ann, "here again");
    assert_eq!(count(&scene.heard(ann), "here again"), 1);
    assert_eq!(scene.heard(zoe), "Ann: here again\n");
    assert_eq!(scene.heard(ghost), "", "who is out hears nothing");
    // The old token is invalid now, and the new one differs.
    assert_ne!(next, token);
    let (_, heard, _) = hello(&mut scene, "Ann", &token, &[]);
    assert!(heard.contains(r#""why":"name_taken""#), "{heard}");
}

#[test]
fn without_the_right_token_a_name_is_taken() {
    let mut scene = scene();
    let (_, _, token) = hello(&mut scene, "Ann", "", &["lobby"]);
    let (_, _, other) = hello(&mut scene, "Bob", "", &["lobby"]);
    for (name, tried) in
        [("Ann", ""), ("Ann", "0"), ("Ann", other.as_str()), ("ANN", &token), ("Bob", &token)]
    {
        let (_, heard, _) = hello(&mut scene, name, tried, &[]);
        assert!(heard.contains(r#""why":"name_taken""#), "{name} {tried}: {heard}");
    }
    // After a leave, the name is free for anybody.
    let (cleo, _, token) = hello(&mut scene, "Cleo", "", &["lobby"]);
    scene.end(cleo);
    let next = scene.join("Cleo");
    assert!(scene.heard(next).starts_with("Welcome, Cleo!"));
    let (_, heard, _) = hello(&mut scene, "Cleo", &token, &[]);
    assert!(heard.contains(r#""why":"name_taken""#), "{heard}");
    // A person's token does not resume a bot.
    let (_, _, token) = hello(&mut scene, "Dora", "", &["lobby"]);
    let bot = scene.connect();
    scene.send(
        bot,
        format!(
            "{{\"type\":\"hello\",\"version\":1,\"name\":\"Dora\",\"bot\":true,\"token\":\"{token}\"}}\n"
        )
        .as_bytes(),
    );
    assert!(scene.heard(bot).contains(r#""why":"name_taken""#));
}

#[test]
fn a_resumed_member_stays_muted_or_banned() {
    let mut scene = scene();
    let (_, _, token) = hello(&mut scene, "Ann", "", &["lobby"]);
    scene.operate("mute Ann for good");
    let (ann, _, token) = hello(&mut scene, "Ann", &token, &["lobby"]);
    say(&mut scene, ann, "hi");
    assert!(scene.heard(ann).contains(r#""why":"muted""#));
    scene.operate("ban Ann for good");
    assert!(scene.peer(ann).closed);
    let (_, heard, _) = hello(&mut scene, "Ann", &token, &[]);
    assert!(heard.contains(r#""why":"banned""#), "{heard}");
}

/// A server with operators, and a program called Ann that joins its lobby.
fn with_operators() -> (Scene, SessionId, String) {
    let mut scene = Scene::new(
        "--host-interval off --rooms lobby=plain --opers tests/transcripts/opers.txt --command-limit off",
    );
    let (ann, _, token) = hello(&mut scene, "Ann", "", &["lobby"]);
    (scene, ann, token)
}

/// What a program hears when it gives this command.
fn command(scene: &mut Scene, id: SessionId, name: &str, rest: &str) -> String {
    scene.heard(id);
    let line = format!("{{\"type\":\"command\",\"name\":\"{name}\",\"rest\":\"{rest}\"}}\n");
    scene.send(id, line.as_bytes());
    scene.heard(id)
}

const NO_OPERATOR: &str = "Only operators of the server may do that.";

#[test]
fn an_operator_that_takes_its_name_back_gives_its_password_again() {
    let (mut scene, ghost, token) = with_operators();
    let zoe = scene.join("Zoe");
    assert!(command(&mut scene, ghost, "oper", "root sesame").contains("You are an operator"));
    assert!(command(&mut scene, ghost, "ctl", "rooms").contains("2 in it"));
    let (ann, _, _) = hello(&mut scene, "Ann", &token, &["lobby"]);
    assert!(scene.peer(ghost).closed);
    for (name, rest) in [("ctl", "rooms"), ("wallops", "hello"), ("ctl", "kick Zoe")] {
        let heard = command(&mut scene, ann, name, rest);
        assert!(heard.contains(NO_OPERATOR) && heard.lines().count() == 1, "{name} {rest}: {heard}");
    }
    scene.heard(zoe);
    scene.send(zoe, b"/whois Ann\n");
    let whois = scene.heard(zoe);
    assert!(whois.starts_with("Ann is a person") && !whois.contains("Operates the server"), "{whois}");
    // What is for operators it does not hear.
    scene.send(zoe, b"/oper night sesame\n/wallops good night\n");
    assert!(scene.heard(zoe).contains("Zoe to all operators: good night"));
    assert_eq!(scene.heard(ann), "");
    assert!(command(&mut scene, ann, "oper", "root sesame").contains("You are an operator"));
    assert!(command(&mut scene, ann, "ctl", "rooms").contains("2 in it"));
}

#[test]
fn a_password_that_is_still_checked_makes_no_operator_of_who_takes_the_name_back() {
    let (mut scene, ghost, token) = with_operators();
    let oper = b"{\"type\":\"command\",\"name\":\"oper\",\"rest\":\"root sesame\"}\n";
    scene.hub.received(ghost, oper, scene.now);
    let [PasswordCheck { ticket, .. }] = scene.hub.password_checks()[..] else { panic!("one is checked") };
    let (ann, _, _) = hello(&mut scene, "Ann", &token, &["lobby"]);
    scene.hub.password_checked(ticket, Some(true), scene.now);
    scene.settle();
    assert_eq!(scene.heard(ann), "");
    assert!(command(&mut scene, ann, "ctl", "rooms").contains(NO_OPERATOR));
}

#[test]
fn an_operator_with_an_irc_client_that_comes_back_from_a_broken_connection_gives_its_password_again() {
    let (mut scene, _, _) = with_operators();
    let irc = |scene: &mut Scene| {
        let id = scene.connect();
        scene.send(id, b"NICK Iris\r\nUSER i 0 * :I\r\n");
        id
    };
    let ghost = irc(&mut scene);
    scene.send(ghost, b"OPER root sesame\r\nREHASH\r\n");
    assert!(scene.heard(ghost).contains(" 382 Iris "));
    scene.peer(ghost).cut = Some(0);
    scene.wait(Duration::from_secs(60));
    let iris = irc(&mut scene);
    assert!(scene.heard(iris).contains(" 433 "));
    scene.wait(Duration::from_secs(10));
    scene.send(iris, b"NICK Iris\r\n");
    assert!(scene.heard(iris).contains(" 001 Iris "));
    scene.send(iris, b"REHASH\r\nMODE Iris\r\n");
    let heard = scene.heard(iris);
    assert!(heard.contains(" 481 Iris ") && heard.contains(" 221 Iris +i\r\n"), "{heard}");
}

#[test]
fn a_ghost_with_a_full_queue_gives_the_name_back_within_a_turn() {
    let mut scene = scene();
    let zoe = scene.join("Zoe");
    let (ghost, _, token) = hello(&mut scene, "Ann", "", &["lobby"]);
    scene.peer(ghost).room = Some(0);
    for _ in 0..50 {
        scene.send(zoe, format!("{}\n", "x".repeat(4_000)).as_bytes());
    }
    scene.heard(zoe);
    // The ghost's input of the same turn is handled before its removal.
    let ann = scene.connect();
    let line = format!(
        "{{\"type\":\"hello\",\"version\":1,\"name\":\"Ann\",\"token\":\"{token}\"}}\n{{\"type\":\"join\"}}\n"
    );
    scene.hub.received(ghost, b"{\"type\":\"say\",\"text\":\"one\"}\n", scene.now);
    scene.hub.received(ann, line.as_bytes(), scene.now);
    scene.hub.received(ann, b"{\"type\":\"say\",\"text\":\"two\"}\n", scene.now);
    scene.hub.received(ghost, b"{\"type\":\"say\",\"text\":\"three\"}\n", scene.now);
    scene.settle();
    let heard = scene.heard(zoe);
    assert_eq!(heard, "Ann: one\nHost: User Ann left the chat.\nUser Ann has joined the chat!\nAnn: two\n");
    let heard = scene.heard(ann);
    assert_eq!((count(&heard, "\"one\""), count(&heard, "\"two\""), count(&heard, "\"three\"")), (1, 1, 0));
    scene.wait(Duration::from_secs(3));
    assert!(scene.peer(ghost).closed, "it is not waited for");
}

#[test]
fn a_silent_ghost_at_ones_own_address_is_let_go() {
    let mut scene = scene();
    let zoe = scene.join("Zoe");
    let ghost = scene.join("Ann");
    scene.peer(ghost).cut = Some(0);
    scene.wait(Duration::from_secs(60));
    scene.heard(zoe);
    let ann = scene.join("Ann");
    let hint = "The name Ann is taken. If your connection was cut, it may be free in 10 seconds. Please choose another.\n";
    assert_eq!(scene.heard(ann), hint);
    scene.wait(Duration::from_secs(9));
    assert_eq!(scene.heard(zoe), "");
    scene.wait(Duration::from_secs(1));
    assert_eq!(scene.heard(zoe), "Host: User Ann left the chat.\n");
    assert!(scene.peer(ghost).closed);
    scene.send(ann, b"Ann\n");
    assert!(scene.heard(ann).starts_with("Welcome, Ann!"));
}

#[test]
fn a_listening_member_keeps_its_name() {
    let mut scene = scene();
    let zoe = scene.join("Zoe");
    let ann = scene.join("Ann");
    scene.wait(Duration::from_secs(60));
    scene.heard(ann);
    let eve = scene.join("Ann");
    let asked = "Another client at your address asked for your name, Ann. You keep it.\n";
    assert_eq!(scene.heard(ann), asked);
    // Repeated claims probe her only now and then; output may be in flight to her all the time.
    for _ in 0..9 {
        scene.wait(Duration::from_secs(2));
        scene.send(eve, b"Ann\n");
        scene.send(zoe, b"hm\n");
    }
    assert_eq!(count(&scene.heard(ann), "Somebody"), 0);
    scene.send(ann, b"I am here\n");
    assert_eq!(scene.heard(ann), "Ann: I am here\n");
}

#[test]
fn members_that_cannot_be_ghosts_are_not_probed() {
    let mut scene = scene();
    let ann = scene.join("Ann");
    scene.peer(ann).cut = Some(0);
    // She has just said something.
    let eve = scene.join("Ann");
    assert_eq!(scene.heard(eve), NEIGHBOUR);
    scene.wait(Duration::from_secs(20));
    // This one has another address.
    let far = scene.connect_from([198, 51, 100, 7].into(), ListenerKind::Any);
    scene.send(far, b"Ann\n");
    assert_eq!(scene.heard(far), NEIGHBOUR);
    scene.wait(Duration::from_secs(20));
    assert!(!scene.peer(ann).closed);
}

#[test]
fn a_ghost_that_wakes_up_is_none() {
    let mut scene = scene();
    let ann = scene.join("Ann");
    scene.peer(ann).cut = Some(0);
    scene.wait(Duration::from_secs(20));
    let eve = scene.join("Ann");
    scene.wait(Duration::from_secs(5));
    scene.arrives(ann);
    // New output is in flight at the next check.
    scene.peer(ann).cut = Some(0);
    scene.send(eve, b"Eve\n");
    scene.wait(Duration::from_secs(60));
    assert!(!scene.peer(ann).closed);
}

#[test]
fn a_short_silence_does_not_make_a_ghost() {
    let mut scene = scene();
    let zoe = scene.join("Zoe");
    let ann = scene.join("Ann");
    scene.wait(Duration::from_secs(20));
    scene.join("Ann");
    scene.wait(Duration::from_secs(5));
    scene.peer(ann).cut = Some(0);
    scene.send(zoe, b"hm\n");
    scene.wait(Duration::from_secs(60));
    assert!(!scene.peer(ann).closed);
}

#[derive(Clone, Debug)]
enum Step {
    /// Claims the name with this number, with its last token or none.
    Come(usize, bool),
    Say(usize),
    Cut(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_usize, any::<bool>()).prop_map(|(name, shows)| Step::Come(name, shows)),
        4 => (0..12_usize).prop_map(Step::Say),
        1 => (0..12_usize).prop_map(Step::Cut),
        2 => (1..15_u64).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Names change between ghosts and owners: each has one owner at a time, and a listener receives each message once, in
    /// order.
    #[test]
    fn a_name_has_one_owner_and_nobody_hears_twice(steps in vec(step(), 1..40)) {
        let names = ["Ann", "Bob", "Cleo"];
        let mut scene = scene();
        let (zoe, _, _) = hello(&mut scene, "Zoe", "", &["lobby", "hall"]);
        let mut all = String::new();
        let mut tokens = [const { String::new() }; 3];
        let mut ids = Vec::new();
        let mut said = 0;
        for step in steps {
            match step {
                Step::Come(name, shows) => {
                    let token = if shows { tokens[name].clone() } else { String::new() };
                    let (id, heard, next) = hello(&mut scene, names[name], &token, &["lobby", "hall"]);
                    if !next.is_empty() {
                        prop_assert_eq!(count(&heard, r#""type":"welcome""#), 2);
                        tokens[name] = next;
                    }
                    ids.push(id);
                }
                Step::Say(who) if who < ids.len() => {
                    said += 1;
                    say(&mut scene, ids[who], &format!("message {said}."));
                }
                Step::Cut(who) if who < ids.len() => scene.peer(ids[who]).cut = Some(0),
                Step::Wait(seconds) => scene.wait(Duration::from_secs(seconds)),
                Step::Say(_) | Step::Cut(_) => {}
            }
            all += &scene.heard(zoe);
            let Answer::Done(Reply { data, .. }) = scene.operate("list") else { panic!() };
            let mut held: Vec<_> = data.as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
            let all_held = held.len();
            held.dedup();
            prop_assert_eq!(held.len(), all_held);
        }
        // Joins and leaves alternate for each name.
        for name in names {
            for room in ["lobby", "hall"] {
                let what = format!(r#""room":"{room}","who":"{name}""#);
                let news: Vec<&str> = all.lines().filter(|line| line.contains(&what) && !line.contains("said")).collect();
                let kinds: Vec<bool> = news.iter().map(|line| line.contains(r#""type":"joined""#)).collect();
                prop_assert!(kinds.iter().enumerate().all(|(at, joined)| *joined == (at % 2 == 0)), "{:?}", news);
            }
        }
        let numbers: Vec<usize> = all.lines().filter_map(|line| {
            line.split_once("message ")?.1.split_once('.')?.0.parse().ok()
        }).collect();
        prop_assert!(numbers.is_sorted_by(|a, b| a < b), "{:?}", numbers);
    }
}
