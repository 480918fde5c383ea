//! Many rooms under one hub: who is in several, what becomes of those that close, and what their hosts may not do.

use std::time::Duration;

use salon::hub::{Answer, Door, SessionId};

use crate::support::scene::Scene;

/// A program in these rooms.
fn program(scene: &mut Scene, name: &str, rooms: &[&str]) -> SessionId {
    let id = scene.connect();
    scene.send(id, format!("{{\"type\":\"hello\",\"version\":1,\"name\":\"{name}\"}}\n").as_bytes());
    for room in rooms {
        scene.send(id, format!("{{\"type\":\"join\",\"room\":\"{room}\"}}\n").as_bytes());
    }
    id
}

fn is_done(answer: &Answer) -> bool {
    matches!(answer, Answer::Told { ok: true, .. })
}

#[test]
fn one_message_at_a_time_where_nothing_ends_them() {
    let mut scene = Scene::new("--rooms chaty --host-interval off");
    let ann = scene.connect_at(Door::Chaty);
    scene.send(ann, b"Ann");
    scene.wait(Duration::from_secs(1));
    let heard = scene.heard(ann);
    assert!(heard.starts_with("NICK\0NICK_OK\0Connection successful"), "{heard:?}");
    scene.send(ann, b"Ann: /help");
    scene.wait(Duration::from_secs(1));
    assert!(scene.heard(ann).contains("/exit"));
}
