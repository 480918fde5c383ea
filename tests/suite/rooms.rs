//! Many rooms: members of several rooms, closed rooms, and limits of hosts.

use std::time::Duration;

use salon::admin::{Answer, Reply};
use salon::hub::{ListenerKind, SessionId};

use crate::support::scene::Scene;

/// A program that has joined these rooms.
fn program(scene: &mut Scene, name: &str, rooms: &[&str]) -> SessionId {
    let id = scene.connect();
    scene.send(id, format!("{{\"type\":\"hello\",\"version\":1,\"name\":\"{name}\"}}\n").as_bytes());
    for room in rooms {
        scene.send(id, format!("{{\"type\":\"join\",\"room\":\"{room}\"}}\n").as_bytes());
    }
    id
}

fn is_done(answer: &Answer) -> bool {
    matches!(answer, Answer::Done(Reply { ok: true, .. }))
}

#[test]
fn a_member_with_a_reused_id_is_not_removed_with_the_bots_of_a_closed_room() {
    let mut scene = Scene::new("--rooms lobby,chaty --host-interval off");
    assert!(is_done(&scene.operate("close chaty")));
    let ann = scene.join("Ann");
    assert!(!scene.peer(ann).closed);
    let bob = scene.join("Bob");
    scene.send(bob, b"hi\n");
    assert!(scene.heard(ann).ends_with("Bob: hi\n"));
}

#[test]
fn old_messages_of_a_room_that_was_closed_are_not_those_of_the_next() {
    let mut scene = Scene::new("--rooms lobby,hall=lobby --host-interval off");
    let ann = program(&mut scene, "Ann", &["hall"]);
    for _ in 0..3 {
        scene.send(ann, b"{\"type\":\"say\",\"text\":\"old\"}\n");
    }
    let eve = program(&mut scene, "Eve", &[]);
    scene.peer(eve).room = Some(0);
    scene.send(eve, b"{\"type\":\"command\",\"name\":\"help\"}\n");
    scene.send(eve, b"{\"type\":\"join\",\"room\":\"hall\"}\n{\"type\":\"leave\",\"room\":\"hall\"}\n");
    scene.operate("close hall");
    assert!(is_done(&scene.operate("open den=lobby")));
    let bob = program(&mut scene, "Bob", &["den"]);
    for _ in 0..3 {
        scene.send(bob, b"{\"type\":\"say\",\"text\":\"secret\"}\n");
    }
    scene.read_on(eve, 1_000_000);
    let heard = scene.heard(eve);
    assert!(heard.contains("parted") && !heard.contains("secret"), "{heard}");
}

#[test]
fn a_turn_in_many_rooms_is_not_too_much_for_who_reads() {
    let names: Vec<String> = (0..16).map(|n| format!("r{n}")).collect();
    let rooms = names.iter().map(|name| format!("{name}=lobby")).collect::<Vec<_>>().join(",");
    let mut scene = Scene::new(&format!("--rooms {rooms} --host-interval off --spam-limit off"));
    let talkers: Vec<SessionId> = names
        .iter()
        .map(|room| {
            let id = scene.join(&format!("Talker_{room}"));
            scene.send(id, format!("/join {room}\n").as_bytes());
            id
        })
        .collect();
    let ann = program(&mut scene, "Ann", &names.iter().map(String::as_str).collect::<Vec<_>>());
    scene.heard(ann);
    let talk = format!("{}\n", "x".repeat(4_000)).repeat(29);
    for id in talkers {
        scene.hub.received(id, talk.as_bytes(), scene.now);
    }
    // Her socket takes more than a turn's budget.
    scene.peer(ann).room = Some(400_000);
    scene.turn();
    while scene.hub.is_busy() {
        scene.peer(ann).room = Some(400_000);
        scene.hub.writable(ann);
        scene.turn();
    }
    assert!(!scene.peer(ann).closed, "{}", scene.heard(ann).lines().last().unwrap());
    assert_eq!(scene.heard(ann).matches("\"said\"").count(), 16 * 29);
}

#[test]
fn an_order_that_was_carried_out_is_not_called_failed() {
    for seed in 0..5 {
        let mut scene = Scene::seeded("--rooms lobby,round --host-interval off", seed);
        for name in ["Madelen", "Felix", "Marija"] {
            scene.join(name);
        }
        let zoe = scene.join("Zoe");
        scene.send(zoe, b"/join round\n");
        let answer = scene.operate("host round now");
        assert!(is_done(&answer), "seed {seed}: {answer:?}");
    }
}

#[test]
fn one_message_at_a_time_where_nothing_ends_them() {
    let mut scene = Scene::new("--rooms chaty --host-interval off");
    let ann = scene.connect_at(ListenerKind::Chaty);
    scene.send(ann, b"Ann");
    scene.wait(Duration::from_secs(1));
    let heard = scene.heard(ann);
    assert!(heard.starts_with("NICK\0NICK_OK\0Connection successful"), "{heard:?}");
    scene.send(ann, b"Ann: /help");
    scene.wait(Duration::from_secs(1));
    assert!(scene.heard(ann).contains("/exit"));
}

#[test]
fn members_of_a_closed_room_are_told_and_not_of_each_others_leaves() {
    let mut scene = Scene::new("--rooms lobby,hall=lobby --host-interval off");
    let clients: Vec<SessionId> = (0..3).map(|n| program(&mut scene, &format!("n{n}"), &["hall"])).collect();
    for id in &clients {
        scene.heard(*id);
    }
    scene.operate("close hall");
    for id in clients {
        let heard = scene.heard(id);
        assert!(heard.contains("\"parted\"") && heard.lines().count() == 1, "{heard}");
    }
}

#[test]
fn no_request_of_a_member_is_free_for_ever() {
    for request in ["{\"type\":\"leave\"}", "{\"type\":\"hello\",\"version\":1,\"name\":\"Eve\"}"] {
        let mut scene = Scene::new("--host-interval off");
        let eve = program(&mut scene, "Eve", &[]);
        scene.send(eve, format!("{request}\n").repeat(40).as_bytes());
        assert!(scene.peer(eve).closed, "{request}");
    }
}
