//! Many rooms with random events: a program receives each room's events once, in order, and only while it is in the room.

use std::collections::HashMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use salon::hub::{ListenerKind, SessionId};
use serde_json::Value;

use crate::support::scene::Scene;

const ROOMS: [&str; 6] = ["lobby", "round", "chaty", "thrones", "hall", "den"];
const NAMES: [&str; 8] = ["Ann", "Carl", "Alice", "Bob", "Madelen", "Edd", "Lord", "Zoe"];

/// A program's state of a room that it is in.
#[derive(Default)]
struct Stay {
    is_live: bool,
    /// The id of the last event, and whether it was live.
    last: Option<(u64, bool)>,
}

struct Client {
    id: SessionId,
    dialect: &'static str,
    unread: String,
    stays: HashMap<String, Stay>,
}

impl Client {
    fn connect(scene: &mut Scene, name: &str, dialect: &'static str) -> Client {
        let id = scene.connect_at(if dialect == "chaty" { ListenerKind::Chaty } else { ListenerKind::Any });
        let hello = match dialect {
            "json" => format!("{{\"type\":\"hello\",\"version\":1,\"name\":\"{name}\"}}\n"),
            "eom" => format!("{name}: {name}::EOMsg::"),
            _ => format!("{name}\n"),
        };
        scene.send(id, hello.as_bytes());
        Client { id, dialect, unread: String::new(), stays: HashMap::new() }
    }

    fn say(&self, scene: &mut Scene, text: &str) {
        let end = match self.dialect {
            "eom" => "::EOMsg::",
            _ => "\n",
        };
        scene.send(self.id, format!("{text}{end}").as_bytes());
    }

    /// Reads and checks new output.
    fn check(&mut self, scene: &mut Scene) {
        let heard = scene.heard(self.id);
        if self.dialect != "json" {
            return;
        }
        self.unread.push_str(&heard);
        let unread = std::mem::take(&mut self.unread);
        for line in unread.split_inclusive('\n') {
            if line.ends_with('\n') {
                let told: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
                self.take(&told, line);
            } else {
                line.clone_into(&mut self.unread);
            }
        }
    }

    fn take(&mut self, told: &Value, line: &str) {
        let room = told["room"].as_str().unwrap_or_default().to_owned();
        match told["type"].as_str().unwrap() {
            "welcome" => {
                assert!(self.stays.insert(room, Stay::default()).is_none(), "twice: {line}");
            }
            "live" => self.stays.get_mut(&room).unwrap_or_else(|| panic!("not there: {line}")).is_live = true,
            "parted" => assert!(self.stays.remove(&room).is_some(), "not there: {line}"),
            "joined" | "left" | "said" | "acted" => {
                let stay = self.stays.get_mut(&room).unwrap_or_else(|| panic!("not there: {line}"));
                assert_eq!(stay.is_live, told["replayed"] == false, "{line}");
                let id = told["id"].as_u64().unwrap();
                let is_whole = matches!(room.as_str(), "lobby" | "hall" | "den");
                match stay.last {
                    Some((last, true)) if is_whole => {
                        assert_eq!(id, last + 1, "something is missing: {line}");
                    }
                    Some((last, _)) => assert!(id > last, "out of order: {line}"),
                    None => {}
                }
                stay.last = Some((id, stay.is_live));
            }
            _ => {}
        }
    }
}

fn step(scene: &mut Scene, clients: &mut Vec<Client>, rng: &mut StdRng) {
    let room = *ROOMS.choose(rng).unwrap();
    let name = *NAMES.choose(rng).unwrap();
    let at = rng.random_range(0..clients.len().max(1));
    match rng.random_range(0..30) {
        0 | 1 if clients.len() < 8 => {
            let dialect = *["json", "json", "json", "line", "eom", "chaty"].choose(rng).unwrap();
            clients.push(Client::connect(scene, name, dialect));
        }
        2 => drop(scene.operate(&format!("close {room}"))),
        3..=5 => {
            let kind = if matches!(room, "hall" | "den") { "lobby" } else { room };
            scene.operate(&format!("open {room}={kind}"));
        }
        6 => drop(scene.operate(&format!("kick {name}"))),
        7 => {
            let what = *["start", "stop", "now"].choose(rng).unwrap();
            scene.operate(&format!("host {room} {what}"));
        }
        8 => {
            let bot = *["Alice", "Bob", "Edd", "Madelen", "weather", "Arya"].choose(rng).unwrap();
            let what = *["start", "stop"].choose(rng).unwrap();
            scene.operate(&format!("bot {what} {bot} {room}"));
        }
        9 => drop(scene.operate(&format!("mute {name} for 1m"))),
        10 => scene.wait(Duration::from_millis(rng.random_range(1..40_000))),
        11 => scene.wait(Duration::from_millis(rng.random_range(1..3_000))),
        _ if clients.is_empty() => {}
        12 => {
            let client = clients.swap_remove(at);
            if rng.random() { scene.end(client.id) } else { scene.vanish(client.id) }
        }
        13 => scene.peer(clients[at].id).room = Some(rng.random_range(0..500)),
        14 | 15 => {
            let bytes = rng.random_range(0..5_000);
            scene.read_on(clients[at].id, bytes);
            if rng.random() {
                scene.read_on(clients[at].id, 10_000_000);
            }
        }
        _ => {
            let client = &clients[at];
            let text = *[
                "hi",
                "work, Alice",
                "/lord",
                "/begin",
                "/ready",
                "/follow",
                "/watch",
                "/court",
                "/hush",
                "/leave",
                "--leave",
                "--dismiss Edd",
                "--help",
                "kill them",
                "/me waves",
                "/who",
                "/rooms",
            ]
            .choose(rng)
            .unwrap();
            if client.dialect == "json" {
                let line = match rng.random_range(0..4) {
                    0 | 1 => format!("{{\"type\":\"join\",\"room\":\"{room}\"}}"),
                    2 => format!("{{\"type\":\"leave\",\"room\":\"{room}\"}}"),
                    _ if text.starts_with('/') => {
                        format!("{{\"type\":\"command\",\"room\":\"{room}\",\"name\":\"{}\"}}", &text[1..])
                    }
                    _ => format!("{{\"type\":\"say\",\"room\":\"{room}\",\"text\":\"{text}\"}}"),
                };
                // Several in one turn.
                let lines = format!("{line}\n").repeat(rng.random_range(1..3));
                scene.hub.received(client.id, lines.as_bytes(), scene.now);
                if rng.random() {
                    scene.settle();
                }
            } else if rng.random() {
                client.say(scene, &format!("/join {room}"));
            } else {
                client.say(scene, text);
            }
        }
    }
}

#[test]
fn whatever_happens() {
    let seeds: u64 = std::env::var("SEEDS").map_or(60, |seeds| seeds.parse().unwrap());
    let from: u64 = std::env::var("FROM").map_or(0, |seeds| seeds.parse().unwrap());
    for seed in from..from + seeds {
        let rng = &mut StdRng::seed_from_u64(seed);
        let mut scene = Scene::seeded("--host-interval 30s --spam-limit off --bots weather,art", seed);
        let mut clients: Vec<Client> = Vec::new();
        for _ in 0..400 {
            step(&mut scene, &mut clients, rng);
            clients.retain_mut(|client| {
                client.check(&mut scene);
                !scene.peer(client.id).closed
            });
        }
    }
}
