//! A thousand rooms that people opened, with ten thousand memberships: each member hears its own rooms, lists are cut, and what
//! it costs is printed.

use std::net::IpAddr;
use std::time::Instant;

use salon::base::limits::{PROGRAM_ROOMS, ROOMS_LISTED};
use salon::hub::{ListenerKind, SessionId};
use serde_json::{Value, json};

use crate::support::scene::Scene;

const ROOMS: usize = 1_000;
/// Rooms that one member opens, and rooms that it is in.
const OWN: usize = 10;
const JOINED: usize = 16;
const MEMBERS: usize = 625;

/// The resident memory of the process, in KiB.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

fn come(scene: &mut Scene, number: usize) -> SessionId {
    let machine = u8::try_from(number % 200).unwrap();
    let id = scene.connect_from(IpAddr::from([10, 0, 0, machine]), ListenerKind::Any);
    scene.send(
        id,
        format!("{}\n", json!({ "type": "hello", "version": 1, "name": format!("Ann{number}") })).as_bytes(),
    );
    id
}

fn send(scene: &mut Scene, id: SessionId, object: &Value) {
    scene.send(id, format!("{object}\n").as_bytes());
}

#[test]
fn a_thousand_rooms_with_ten_thousand_memberships() {
    let mut scene = Scene::new("--rooms lobby --host-interval off --spam-limit off --command-limit off");
    let (before, begin) = (memory(), Instant::now());
    let members: Vec<SessionId> = (0..MEMBERS).map(|number| come(&mut scene, number)).collect();
    let come = (memory(), begin.elapsed());
    for room in 0..ROOMS {
        let open = json!({ "type": "open", "room": format!("room{room}"), "topic": "tea" });
        send(&mut scene, members[room / OWN], &open);
    }
    let opened = (memory(), begin.elapsed());
    for (number, id) in members.iter().enumerate() {
        // Those who opened rooms are in theirs.
        for nth in if number < ROOMS / OWN { OWN } else { 0 }..JOINED {
            send(
                &mut scene,
                *id,
                &json!({ "type": "join", "room": format!("room{}", (number * JOINED + nth) % ROOMS) }),
            );
        }
    }
    let joined = (memory(), begin.elapsed());
    for id in &members {
        scene.heard(*id);
    }
    let say = Instant::now();
    for room in 0..ROOMS {
        send(
            &mut scene,
            members[room / OWN],
            &json!({ "type": "say", "room": format!("room{room}"), "text": "hi" }),
        );
    }
    let said = say.elapsed();
    let heard: usize = members.iter().map(|id| scene.heard(*id).matches(r#""type":"said""#).count()).sum();
    let sizes: usize = scene.hub_rooms().iter().map(|(_, count)| count).sum();
    assert_eq!(heard, sizes, "each membership hears one message");
    assert!((9_000..=MEMBERS * JOINED).contains(&sizes), "{sizes} memberships");

    let list = Instant::now();
    send(&mut scene, members[0], &json!({ "type": "rooms" }));
    let told: Value = serde_json::from_str(scene.heard(members[0]).trim()).unwrap();
    let listed = list.elapsed();
    assert_eq!((told["rooms"].as_array().unwrap().len(), told["more"].as_u64()), (PROGRAM_ROOMS, Some(745)));
    let zoe = scene.join("Zoe");
    scene.heard(zoe);
    scene.send(zoe, b"/rooms\n");
    let told = scene.heard(zoe);
    assert_eq!(told.lines().count(), 1 + ROOMS_LISTED + 1, "{told}");
    assert!(told.ends_with("  and 951 more rooms.\n"), "{told}");
    scene.send(zoe, b"/join rom500\n");
    let told = scene.heard(zoe);
    assert!(told.starts_with("There is no room rom500. ") && told.len() < 200, "{told}");
    println!(
        "{sizes} memberships: {} KiB for members, {} KiB for rooms, {} KiB for joins; opening {:?}, joining {:?}, a message in \
         each room {said:?}, a list {listed:?}",
        come.0.saturating_sub(before),
        opened.0.saturating_sub(come.0),
        joined.0.saturating_sub(opened.0),
        opened.1.saturating_sub(come.1),
        joined.1.saturating_sub(opened.1),
    );
}
