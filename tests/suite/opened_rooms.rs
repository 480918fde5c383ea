//! Rooms that people open, in any order of events: a message is heard by those who are in its room and by nobody else, and of a
//! private room nobody knows who is not invited. The model knows what was done, and never looks into the server.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use salon::base::limits::{ROOMS_OF_ORIGIN, ROOMS_OF_OWNER};
use salon::hub::{ListenerKind, SessionId};
use serde_json::{Value, json};

use crate::support::scene::Scene;

const NAMES: [&str; 4] = ["Ann", "Bob", "Carl", "Dora"];
const ROOMS: [&str; 3] = ["den", "attic", "barn"];
const MACHINES: u8 = 3;
const LINGER: Duration = Duration::from_secs(600);
/// The longest interval of slow mode here.
const SLOW: Duration = Duration::from_secs(10);

/// Who somebody is: the name, and the machine.
type Identity = (&'static str, u8);

/// A room, as it should be.
#[derive(Clone, Debug)]
struct Model {
    owner: Identity,
    operators: BTreeSet<Identity>,
    invited: BTreeSet<Identity>,
    muted: BTreeSet<&'static str>,
    is_private: bool,
    is_slow: bool,
    spoke: BTreeMap<&'static str, Duration>,
    topic: String,
    present: BTreeSet<&'static str>,
    /// What was said, with the names of its authors.
    said: Vec<String>,
    /// Since when nobody is there.
    empty_since: Option<Duration>,
    /// It closed, as nobody was there.
    is_asleep: bool,
}

impl Model {
    fn new(owner: Identity) -> Model {
        Model {
            owner,
            operators: BTreeSet::new(),
            invited: BTreeSet::new(),
            muted: BTreeSet::new(),
            is_private: false,
            is_slow: false,
            spoke: BTreeMap::new(),
            topic: String::new(),
            present: BTreeSet::new(),
            said: Vec::new(),
            empty_since: None,
            is_asleep: false,
        }
    }

    fn commands(&self, who: Identity) -> bool {
        self.owner == who || self.operators.contains(&who)
    }

    /// Whether somebody may know of it.
    fn is_seen(&self, who: Identity) -> bool {
        let is_let_in = !self.is_private || self.commands(who) || self.invited.contains(&who);
        !self.is_asleep && (is_let_in || self.present.contains(who.0))
    }
}

struct Client {
    id: SessionId,
    who: Identity,
    heard: Vec<Value>,
}

struct World {
    scene: Scene,
    clients: Vec<Client>,
    rooms: BTreeMap<&'static str, Model>,
    now: Duration,
    tokens: u32,
}

impl World {
    fn new(seed: u64) -> World {
        let options =
            "--rooms lobby --host-interval off --spam-limit off --command-limit off --room-linger 10m";
        let scene = Scene::seeded(options, seed);
        World { scene, clients: Vec::new(), rooms: BTreeMap::new(), now: Duration::ZERO, tokens: 0 }
    }

    fn come(&mut self, who: Identity) {
        if self.clients.iter().any(|client| client.who.0 == who.0) {
            return;
        }
        let id = self.scene.connect_from(IpAddr::from([10, 0, 0, who.1]), ListenerKind::Any);
        self.clients.push(Client { id, who, heard: Vec::new() });
        self.send(self.clients.len() - 1, &json!({ "type": "hello", "version": 1, "name": who.0 }));
        self.hear();
    }

    fn go(&mut self, at: usize) {
        let client = self.clients.swap_remove(at);
        self.scene.vanish(client.id);
        for room in self.rooms.values_mut() {
            room.leave(client.who.0, self.now);
        }
        self.hear();
    }

    fn send(&mut self, at: usize, object: &Value) {
        self.scene.send(self.clients[at].id, format!("{object}\n").as_bytes());
    }

    /// Sends a request, and returns the last answer to it.
    fn ask(&mut self, at: usize, mut object: Value) -> Value {
        self.hear();
        self.clients.iter_mut().for_each(|client| client.heard.clear());
        object["label"] = json!("q");
        self.send(at, &object);
        self.hear();
        let answer =
            self.clients[at].heard.iter().rfind(|told| told["label"] == "q" && told["type"] != "live");
        answer.unwrap_or_else(|| panic!("no answer to {object}")).clone()
    }

    fn command(&mut self, at: usize, room: &str, name: &str, rest: &str) -> Value {
        self.ask(at, json!({ "type": "command", "room": room, "name": name, "rest": rest }))
    }

    /// Everybody reads.
    fn hear(&mut self) {
        for client in &mut self.clients {
            let heard = self.scene.heard(client.id);
            client.heard.extend(heard.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
    }

    fn wait(&mut self, time: Duration) {
        self.scene.wait(time);
        self.now += time;
        for room in self.rooms.values_mut().filter(|room| !room.is_asleep) {
            room.is_asleep = room.empty_since.is_some_and(|since| self.now >= since + LINGER);
        }
    }

    /// Opens a room; and what should come of it.
    fn open(&mut self, at: usize, name: &'static str, topic: &str) {
        let who = self.clients[at].who;
        let answer = self.ask(at, json!({ "type": "open", "room": name, "topic": topic }));
        let before = self.rooms.get(name).cloned();
        if before.as_ref().is_some_and(|room| !room.is_asleep) {
            assert_eq!(answer["type"], "refused", "{name} is open: {answer}");
            let text = answer["text"].as_str().unwrap();
            assert_eq!(text.contains("is open already"), before.unwrap().is_seen(who), "{answer}");
            return;
        }
        assert_eq!(answer["type"], "welcome", "{name} for {who:?}: {answer}");
        // Only its owner goes on with it.
        let mut room = before.filter(|room| room.owner == who).unwrap_or_else(|| Model::new(who));
        if !topic.is_empty() {
            topic.clone_into(&mut room.topic);
        }
        (room.is_asleep, room.empty_since) = (false, None);
        room.spoke.clear();
        room.present.insert(who.0);
        self.rooms.insert(name, room);
        self.entered(at, name, &answer);
    }

    /// Somebody came in: it is told the topic, and hears what was said there since the room was opened.
    fn entered(&self, at: usize, name: &str, welcome: &Value) {
        let room = &self.rooms[name];
        assert_eq!(welcome["topic"]["text"].as_str().unwrap_or_default(), room.topic, "{welcome}");
        let old = self.clients[at].heard.iter().filter(|told| told["replayed"] == true);
        let old: Vec<&str> = old.filter_map(|told| told["text"].as_str()).collect();
        assert_eq!(old, room.said, "{name} for {:?}", self.clients[at].who);
    }

    fn join(&mut self, at: usize, name: &'static str) {
        let who = self.clients[at].who;
        let answer = self.ask(at, json!({ "type": "join", "room": name }));
        let Some(room) = self.rooms.get_mut(name).filter(|room| room.is_seen(who)) else {
            assert_eq!(answer["why"], "no_room", "{name} for {who:?}: {answer}");
            return;
        };
        if !room.present.insert(who.0) {
            assert_eq!(answer["why"], "command", "{answer}");
            return;
        }
        room.empty_since = None;
        assert_eq!(answer["type"], "welcome", "{name} for {who:?}: {answer}");
        self.entered(at, name, &answer);
    }

    fn leave(&mut self, at: usize, name: &'static str) {
        let who = self.clients[at].who;
        let answer = self.ask(at, json!({ "type": "leave", "room": name }));
        let was_there = self.rooms.get_mut(name).is_some_and(|room| room.leave(who.0, self.now));
        assert_eq!(answer["type"] == "parted", was_there, "{answer}");
    }

    /// Says something; exactly those who are in the room hear it.
    fn say(&mut self, at: usize, name: &'static str) {
        let who = self.clients[at].who;
        self.tokens += 1;
        let text = format!("n{}", self.tokens);
        let answer = self.ask(at, json!({ "type": "say", "room": name, "text": text }));
        let now = self.now;
        let room = self.rooms.get_mut(name).filter(|room| room.present.contains(who.0));
        let may_speak = room.is_some_and(|room| room.speaks(who, now, &text));
        assert_eq!(answer["type"] == "done", may_speak, "{who:?} in {name}: {answer}");
        for client in &self.clients {
            let hears = client.heard.iter().any(|told| told["text"] == text.as_str());
            let should = may_speak && self.rooms[name].present.contains(client.who.0);
            assert_eq!(hears, should, "{:?} hears what {who:?} says in {name}", client.who);
        }
    }

    /// A command of the room; and what should come of it.
    fn order(&mut self, at: usize, name: &'static str, command: &str, other: &'static str) {
        let who = self.clients[at].who;
        let target = self.clients.iter().find(|client| client.who.0 == other).map(|client| client.who);
        let rest = match command {
            "topic" => format!("about n{}", self.tokens),
            "private" => (if other < "C" { "on" } else { "off" }).into(),
            "slow" => (if other < "C" { "10s" } else { "off" }).into(),
            _ => other.to_owned(),
        };
        let answer = self.command(at, name, command, &rest);
        let is_done = answer["type"] == "done" || answer["type"] == "notice";
        let Some(room) = self.rooms.get_mut(name).filter(|room| room.present.contains(who.0)) else {
            assert!(!is_done, "{who:?} is outside of {name}: {command} {rest}: {answer}");
            return;
        };
        let is_owner = room.owner == who;
        let may = if matches!(command, "op" | "deop" | "private") { is_owner } else { room.commands(who) };
        if !may {
            assert!(!is_done, "{who:?} may not {command} {rest} in {name}: {answer}");
            return;
        }
        let there = target.filter(|target| room.present.contains(target.0) && *target != who);
        // What may be done to somebody.
        let hit =
            there.filter(|target| *target != room.owner && (is_owner || !room.operators.contains(target)));
        let should = match command {
            "topic" => {
                room.topic.clone_from(&rest);
                true
            }
            "private" => {
                if rest == "on" && !room.is_private {
                    let present = self.clients.iter().map(|client| client.who);
                    room.invited.extend(present.filter(|who| room.present.contains(who.0)));
                }
                room.is_private = rest == "on";
                true
            }
            "slow" => {
                room.spoke.clear();
                room.is_slow = rest == "10s";
                true
            }
            "kick" => hit.is_some_and(|target| {
                room.invited.remove(&target);
                room.leave(target.0, self.now)
            }),
            "mute" => hit.is_some_and(|target| room.muted.insert(target.0)),
            "unmute" => room.muted.remove(other),
            "op" => there.is_some_and(|target| room.operators.insert(target)),
            "deop" => {
                let before = room.operators.len();
                room.operators.retain(|operator| operator.0 != other);
                room.operators.len() < before
            }
            _ => target.filter(|target| !room.present.contains(target.0) && *target != who).is_some_and(
                |target| {
                    room.invited.insert(target);
                    true
                },
            ),
        };
        // The owner is never among the operators.
        room.operators.remove(&room.owner);
        assert_eq!(is_done, should, "{who:?} in {name}: {command} {rest}: {answer}");
    }

    /// What somebody finds out by looking around is what it may know.
    fn look(&mut self, at: usize, other: &'static str) {
        let who = self.clients[at].who;
        let answer = self.ask(at, json!({ "type": "rooms" }));
        let shown: BTreeSet<&str> =
            answer["rooms"].as_array().unwrap().iter().filter_map(|room| room["room"].as_str()).collect();
        for name in ROOMS {
            let is_seen = self.rooms.get(name).is_some_and(|room| room.is_seen(who));
            assert_eq!(shown.contains(name), is_seen, "{who:?} and {name}: {answer}");
            let answer = self.ask(at, json!({ "type": "command", "name": "who", "rest": name }));
            assert_eq!(answer["why"] != "no_room", is_seen, "{who:?} and {name}: {answer}");
            self.ask(at, json!({ "type": "command", "name": "whois", "rest": other }));
            let told = &self.clients[at].heard;
            let is_told = told.iter().any(|told| told["label"] == "q" && told.to_string().contains(name));
            assert!(is_seen || !is_told, "{who:?} and {name}: {told:?}");
        }
    }
}

impl Model {
    /// Somebody leaves. Returns whether it was there.
    fn leave(&mut self, name: &str, now: Duration) -> bool {
        let was_there = self.present.remove(name);
        if was_there && self.present.is_empty() {
            self.empty_since = Some(now);
        }
        was_there
    }

    /// Somebody who is there says something. Returns whether it may.
    fn speaks(&mut self, who: Identity, now: Duration, text: &str) -> bool {
        let is_early = self.is_slow
            && !self.commands(who)
            && self.spoke.get(who.0).is_some_and(|last| now < *last + SLOW);
        if self.muted.contains(who.0) || is_early {
            return false;
        }
        if self.is_slow && !self.commands(who) {
            self.spoke.insert(who.0, now);
        }
        self.said.push(text.to_owned());
        true
    }
}

fn step(world: &mut World, rng: &mut StdRng) {
    let name = *NAMES.choose(rng).unwrap();
    let room = *ROOMS.choose(rng).unwrap();
    if world.clients.is_empty() || rng.random_range(0..12) == 0 {
        // Who takes a name that is free comes from the same machine or another.
        return world.come((name, rng.random_range(0..MACHINES)));
    }
    let at = rng.random_range(0..world.clients.len());
    match rng.random_range(0..40) {
        0 => world.go(at),
        1 => world.wait(Duration::from_secs(rng.random_range(1..30))),
        2 => world.wait(LINGER + Duration::from_secs(1)),
        3..6 => world.open(at, room, ["", "", "cake"].choose(rng).unwrap()),
        6..14 => world.join(at, room),
        14..17 => world.leave(at, room),
        17..24 => world.say(at, room),
        24..27 => world.look(at, name),
        _ => {
            let commands =
                ["topic", "private", "private", "kick", "mute", "unmute", "op", "deop", "invite", "slow"];
            world.order(at, room, commands.choose(rng).unwrap(), name);
        }
    }
}

#[test]
fn whatever_happens() {
    let seeds: u64 = std::env::var("SEEDS").map_or(60, |seeds| seeds.parse().unwrap());
    let from: u64 = std::env::var("FROM").map_or(0, |seed| seed.parse().unwrap());
    for seed in from..from + seeds {
        let rng = &mut StdRng::seed_from_u64(seed);
        let mut world = World::new(seed);
        for _ in 0..300 {
            step(&mut world, rng);
        }
    }
}

/// Sends a program's requests, and returns what it hears.
fn ask(scene: &mut Scene, id: SessionId, requests: &[Value]) -> String {
    for request in requests {
        scene.send(id, format!("{request}\n").as_bytes());
    }
    scene.heard(id)
}

/// Whoever resumes its session with the token is the same person, wherever it comes from; without the token it is not.
#[test]
fn whoever_resumes_from_another_address_owns_its_room_still() {
    let mut scene = Scene::new("--rooms lobby --host-interval off");
    let hello = |token: &str| json!({ "type": "hello", "version": 1, "name": "Ann", "token": token });
    let topic = json!({ "type": "command", "name": "topic", "rest": "cake" });
    let from =
        |scene: &mut Scene, address: [u8; 4]| scene.connect_from(IpAddr::from(address), ListenerKind::Any);
    let first = from(&mut scene, [192, 0, 2, 1]);
    let heard = ask(&mut scene, first, &[hello(""), json!({ "type": "open", "room": "den" })]);
    let token = heard.split_once("\"token\":\"").and_then(|(_, rest)| rest.split_once('"')).unwrap().0;
    let private = json!({ "type": "command", "name": "private", "rest": "on" });
    ask(&mut scene, first, &[private]);
    let join = || json!({ "type": "join", "room": "den" });
    let second = from(&mut scene, [198, 51, 100, 7]);
    let heard = ask(&mut scene, second, &[hello(token), join(), topic.clone()]);
    assert!(heard.contains("\"type\":\"welcome\"") && heard.contains("\"text\":\"cake\""), "{heard}");
    scene.vanish(second);
    let third = from(&mut scene, [198, 51, 100, 7]);
    let heard = ask(&mut scene, third, &[hello(token), join(), topic]);
    assert!(heard.contains("There is no room den.") && !heard.contains("cake"), "{heard}");
}

#[test]
fn how_many_rooms_people_may_open() {
    let mut scene = Scene::new("--rooms lobby --host-interval off --command-limit off");
    let mut opened = 0;
    let mut refused = Vec::new();
    for name in ["Ann", "Bob", "Carl", "Dora", "Eve", "Finn", "Gus"] {
        let id = scene.connect();
        scene.send(id, format!("{name}\n").as_bytes());
        for nth in 0..=ROOMS_OF_OWNER {
            scene.heard(id);
            scene.send(id, format!("/open {name}{nth}0\n").as_bytes());
            let heard = scene.heard(id);
            if heard.starts_with("The room ") { opened += 1 } else { refused.push(heard) }
        }
    }
    assert_eq!(opened, ROOMS_OF_ORIGIN);
    let of_one = refused.iter().filter(|why| why.starts_with("You have 10 open rooms, which is the limit."));
    let of_all = refused.iter().filter(|why| why.starts_with("People at your address have 64 open rooms,"));
    assert_eq!((of_one.count(), of_all.count()), (6, 7), "{refused:?}");
}

#[test]
fn an_operator_may_keep_opening_to_itself() {
    let mut scene = Scene::new("--rooms lobby --host-interval off --open-rooms off");
    let ann = scene.join("Ann");
    scene.heard(ann);
    scene.send(ann, b"/join den\n/open den\n");
    let heard = scene.heard(ann);
    assert_eq!(
        heard,
        "There is no room den. There is one: lobby.\nOn this server only the operator opens rooms. Type /rooms to see those \
         there are.\n"
    );
    scene.operate("open den=plain");
    scene.send(ann, b"/join den\n/kick Bob\n");
    assert!(scene.heard(ann).ends_with(
        "/kick works in rooms that people opened, and den is not one. /open NAME opens one of your own.\n"
    ));
}
