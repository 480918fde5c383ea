//! Bots from outside: with the real binary, and together with hosted bots under a virtual clock.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use salon::bots::Character;
use salon::client::bot_swarm::LobbySwarm;

use crate::support::peer::Peer;
use crate::support::process::{Folder, Killed, Salon, command};
use crate::support::scene::Scene;
use crate::support::swarm::Outside;

/// A running `salon bots`.
struct Bots {
    child: Killed,
    screen: Peer,
    _folder: Folder,
}

impl Bots {
    fn start(port: u16, words: &[&str]) -> Bots {
        let folder = Folder::new();
        let port = port.to_string();
        let mut command =
            command(folder.path(), &[&["bots", "-p", &port, "--weather-url", "off"], words].concat());
        let (ours, theirs) = std::io::pipe().unwrap();
        let child = command.stdin(Stdio::null()).stdout(theirs).spawn().unwrap();
        Bots { child: Killed(child), screen: Peer::over(ours.into()), _folder: folder }
    }
}

#[test]
fn they_come_answer_and_go() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let mut bots = Bots::start(salon.port, &[]);
    for _ in Character::ALL {
        bots.screen.until(" is in lobby.\n");
    }
    ann.say("/who");
    let who = ann.until(" (bot).\n");
    assert_eq!(who.matches("(bot)").count(), 4, "{who}");
    ann.say("Sport_Bot, do you like football?");
    ann.until("Sport_Bot: ");
    kill_process(Pid::from_child(&bots.child.0), Signal::TERM).unwrap();
    ann.until("User Art_Bot left the chat.\n");
    assert!(bots.child.0.wait().unwrap().success());
}

#[test]
fn without_a_server_they_say_why() {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let mut bots = Bots::start(free, &["art"]);
    let said = bots.screen.until_closed();
    let sentence = format!(
        "Art_Bot: Unable to connect to the chat server on destination localhost and port {free}.\n\
         No program listens there. Start it there with \"salon serve\", or name its port: HOST:PORT.\n"
    );
    assert_eq!(said, sentence);
    assert_eq!(bots.child.0.wait().unwrap().code(), Some(1));
}

#[test]
fn a_taken_name_gets_a_number_and_still_ends_as_a_bots() {
    let salon = Salon::start(&["--bots", "art"]);
    let mut ann = Peer::join(salon.port, "Ann");
    let mut bots = Bots::start(salon.port, &["art"]);
    bots.screen.until("Art_Bot is taken; it is Art_2_Bot now.\n");
    ann.until("User Art_2_Bot has joined the chat!\n");
    ann.say("Art_2_Bot, are you there?");
    ann.until("Art_2_Bot: ");
}

#[test]
fn a_crowd_does_not_answer_as_one() {
    let salon = Salon::start(&["--spam-limit", "off"]);
    let mut ann = Peer::join(salon.port, "Ann");
    let mut bots = Bots::start(salon.port, &["--count", "20", "art", "simple"]);
    for _ in 0..40 {
        bots.screen.until(" is in lobby.\n");
    }
    ann.say("What do you think about painting?");
    ann.until("Ann: What do you think about painting?\n");
    ann.until("_Bot: ");
    ann.until("\n");
    let mut answers = 1;
    while !ann.hears_nothing_for(Duration::from_millis(2_500)) {
        ann.until("\n");
        answers += 1;
    }
    assert!(answers <= 2, "{answers} answers");
    ann.say("Art_17_Bot, and you?");
    ann.until("Art_17_Bot: ");
}

#[test]
fn they_come_back_when_the_server_does() {
    let first = Salon::start(&[]);
    let port = first.port.to_string();
    let mut bots = Bots::start(first.port, &["simple"]);
    bots.screen.until("Simple_Chat_Bot is in lobby.\n");
    drop(first);
    bots.screen.until("Simple_Chat_Bot lost the connection, and tries again in ");
    let second = Salon::start(&["--port", &port]);
    bots.screen.until("Simple_Chat_Bot is in lobby.\n");
    let mut ann = Peer::join(second.port, "Ann");
    ann.until("Simple_Chat_Bot: ");
}

#[test]
fn without_a_server_they_say_so() {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let mut bots = Bots::start(port, &["sport"]);
    let said = bots.screen.until("\n");
    assert_eq!(
        said,
        format!(
            "Sport_Bot: Unable to connect to the chat server on destination localhost and port {port}.\n"
        )
    );
    assert_eq!(bots.child.0.wait().unwrap().code(), Some(1));
}

/// A swarm with `count` casts of the lobby.
fn lobby_swarm(count: usize, scene: &Scene) -> Outside {
    Outside::new(LobbySwarm::new(&Character::ALL, count, "lobby", 3, scene.now))
}

#[test]
fn hosted_and_remote_bots_and_a_host_are_silent_together() {
    let mut scene = Scene::new("--bots simple,weather,sport,art --spam-limit off");
    let mut outside = lobby_swarm(3, &scene);
    let witness = scene.connect();
    scene.send(witness, b"Witness_Bot::EOMsg::");
    outside.exchange(&mut scene);
    for _ in 0..3_600 {
        scene.wait(Duration::from_secs(1));
        outside.bots.handle_timeout(scene.now);
        outside.exchange(&mut scene);
    }
    let heard = scene.heard(witness);
    assert_eq!(heard.matches("has joined the chat!").count(), 12, "{heard}");
    assert!(!heard.contains("_Bot: ") && !heard.contains("Host: "), "{heard}");

    // A person's join is greeted once.
    let ann = scene.join("Ann");
    for _ in 0..30 {
        scene.wait(Duration::from_secs(1));
        outside.bots.handle_timeout(scene.now);
        outside.exchange(&mut scene);
    }
    let heard = scene.heard(ann);
    let greetings = heard.lines().filter(|line| line.contains("_Bot: ")).count();
    assert!((1..=4).contains(&greetings), "two of each cast: {heard}");
}

#[test]
fn an_addressed_bot_of_a_crowd_answers_in_any_spelling() {
    let mut scene = Scene::new("--host-interval off --spam-limit off");
    let mut outside = lobby_swarm(5, &scene);
    outside.exchange(&mut scene);
    let ann = scene.join("Ann");
    outside.pass(&mut scene, 10);
    for (said, who) in [
        ("Sport_4_Bot, are you there?", &["Sport_4_Bot"][..]),
        ("sport 4 bot, are you there?", &["Sport_4_Bot"]),
        ("hey sport bot", &["Sport_Bot"]),
        ("weather bot, what's the weather in Bergen?", &["Weather_Bot"]),
        ("Art_Bot and Art_3_Bot, hello!", &["Art_3_Bot", "Art_Bot"]),
    ] {
        scene.heard(ann);
        scene.send(ann, format!("{said}\n").as_bytes());
        outside.exchange(&mut scene);
        outside.pass(&mut scene, 6);
        let heard = scene.heard(ann);
        let mut answered: Vec<&str> =
            heard.lines().filter_map(|line| line.split_once(": ")).map(|(who, _)| who).collect();
        answered.retain(|name| *name != "Ann");
        answered.sort_unstable();
        assert_eq!(answered, who, "{said}: {heard}");
        outside.pass(&mut scene, 10);
    }
}

#[test]
fn a_removed_bot_is_not_waited_for() {
    let mut scene = Scene::new("--host-interval off --spam-limit off");
    let mut outside = lobby_swarm(1, &scene);
    outside.exchange(&mut scene);
    let ann = scene.join("Ann");
    for name in ["Weather_Bot", "Sport_Bot", "Art_Bot"] {
        scene.operate(&format!("kick {name}"));
        outside.exchange(&mut scene);
    }
    outside.pass(&mut scene, 30);
    for _ in 0..5 {
        scene.heard(ann);
        scene.send(ann, b"hm\n");
        outside.exchange(&mut scene);
        outside.pass(&mut scene, 20);
        assert!(scene.heard(ann).contains("Simple_Chat_Bot: "), "the one who is left answers each time");
    }
}

#[test]
fn a_name_that_was_lost_while_away_becomes_another() {
    let mut scene = Scene::new("--host-interval off --bots none");
    let mut outside = lobby_swarm(1, &scene);
    outside.exchange(&mut scene);
    // The connections break, and the server has hosted bots when they reconnect.
    for index in 0..4 {
        let session = outside.sessions[index].take().unwrap();
        scene.vanish(session);
        scene.forget(session);
        outside.bots.link(index).lost(scene.now);
    }
    for word in ["simple", "weather", "sport", "art"] {
        scene.operate(&format!("bot start {word}"));
    }
    let ann = scene.join("Ann");
    for _ in 0..600 {
        outside.pass(&mut scene, 1);
        // A connection that was refused is closed.
        for session in &mut outside.sessions {
            if session.is_some_and(|session| scene.peer(session).closed) {
                *session = None;
            }
        }
    }
    scene.send(ann, b"/who\n");
    let heard = scene.heard(ann);
    let who = heard.lines().last().unwrap();
    assert_eq!(who.matches("(bot)").count(), 8, "{who}");
}
