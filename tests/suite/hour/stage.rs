//! A virtual hour: clients and their actions, chosen from one seed, and what each of them receives.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use salon::admin::{Answer, Reply};
use salon::bots::{Ballot, Suggestion};
use salon::hub::{ListenerKind, SessionId};
use salon::wire::json::SenderKind;
use serde_json::{Value, json};

use crate::hour::ears::{Ears, Heard};
use crate::hour::hearing::Tongue;
use crate::hour::judge::Part as Judged;
use crate::hour::record::{News, Record};
use crate::hour::rules::Unseated;
use crate::hour::words::{
    ANSWERERS, COMMANDS, COURTLY, INVITED, LISTENERS, OPENED, ORDERS, PEOPLE, PRIVATE, Part, ROOM_ORDERS,
    ROOMS, TALK,
};
use crate::support::scene::Scene;

/// 19:00, when a scene begins, in milliseconds of the day.
const EVENING: u64 = 19 * 3600 * 1000;

/// A connection, from its beginning to its end.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Session {
    pub id: SessionId,
    pub ears: Ears,
    pub since: u64,
    /// It has stopped reading.
    is_slow: bool,
    was_slow: bool,
    /// It is closed by the server or by itself.
    is_over: bool,
    has_vanished: bool,
}

/// A person or bot that connects again and again.
struct Actor {
    name: &'static str,
    tongue: Tongue,
    part: Part,
    session: Option<usize>,
}

/// A planned action.
enum Plan {
    Say {
        room: String,
        text: String,
    },
    Join(String),
    /// Leave the round, if that other one is there.
    LeaveTo(usize),
}

pub struct Stage {
    pub scene: Scene,
    pub record: Record,
    pub sessions: Vec<Session>,
    pub unseated: Unseated,
    start: Instant,
    rng: StdRng,
    actors: Vec<Actor>,
    plans: Vec<(Instant, usize, Plan)>,
    /// Until when people are silent in a room.
    lulls: BTreeMap<String, Instant>,
    hall: Option<String>,
    halls: usize,
    muted: Vec<&'static str>,
    banned: Vec<&'static str>,
    said: usize,
    /// The rounds are classic ones.
    is_classic: bool,
}

impl Session {
    /// The connection, to be checked.
    fn part(&self) -> Judged<'_> {
        let is_paced = self.ears.tongue == Tongue::Chaty && (self.has_vanished || !self.is_over);
        let is_cut_off = self.was_slow && self.is_over;
        let is_whole = !is_cut_off && !is_paced && !self.ears.is_removed;
        let is_prompt = !self.was_slow && self.ears.tongue != Tongue::Chaty;
        Judged { ears: &self.ears, since: self.since, is_whole, is_prompt }
    }
}

impl Stage {
    pub fn new(seed: u64, is_classic: bool) -> Stage {
        let round = if is_classic { "round=classic" } else { "round" };
        let options = format!("--bots simple,weather,sport,art --rooms lobby,{round},chaty,thrones");
        let scene = Scene::seeded(&options, seed);
        let actor = |name, tongue, part| Actor { name, tongue, part, session: None };
        let listeners = LISTENERS.map(|(name, room)| actor(name, Tongue::Json, Part::Listener(room)));
        let answerers = ANSWERERS.map(|(name, room)| actor(name, Tongue::Json, Part::Answerer(room)));
        let people = PEOPLE.map(|(name, tongue)| actor(name, tongue, Part::Person));
        let mut stage = Stage {
            start: scene.now,
            scene,
            record: Record::default(),
            sessions: Vec::new(),
            unseated: Vec::new(),
            rng: StdRng::seed_from_u64(seed),
            actors: listeners.into_iter().chain(answerers).chain(people).collect(),
            plans: Vec::new(),
            lulls: BTreeMap::new(),
            hall: None,
            halls: 0,
            muted: Vec::new(),
            banned: Vec::new(),
            said: 0,
            is_classic,
        };
        for listener in 0..LISTENERS.len() {
            stage.come(listener);
        }
        stage.say(2, "round", "/leave");
        stage.say(LISTENERS.len() - 1, PRIVATE, "/private on");
        stage
    }

    /// Runs the hour.
    pub fn run(&mut self, time: Duration) {
        let end = self.scene.now + time;
        let mut minute = self.scene.now;
        while self.scene.now < end {
            let pause = Duration::from_millis(self.rng.random_range(1..1_300));
            self.wait(pause);
            match self.rng.random_range(0..100) {
                0..4 => self.operate(),
                4..6 => self.have_a_lull(),
                6..8 => self.rule(),
                _ => self.somebody_acts(),
            }
            if self.scene.now > minute {
                minute += Duration::from_secs(60);
                self.take_stock(false);
            }
        }
        self.end();
    }

    /// All clients read the rest.
    fn end(&mut self) {
        self.plans.clear();
        for place in 0..self.sessions.len() {
            self.read_on(place);
        }
        self.wait(Duration::from_secs(5));
        self.take_stock(true);
    }

    /// All connections, to be checked.
    pub fn parts(&self) -> Vec<Judged<'_>> {
        self.sessions.iter().map(Session::part).collect()
    }

    fn at(&self) -> u64 {
        EVENING + u64::try_from((self.scene.now - self.start).as_millis()).unwrap()
    }

    /// Moves the clock forward. Deadlines are handled at their time, and clients read at once.
    fn wait(&mut self, time: Duration) {
        let end = self.scene.now + time;
        loop {
            let planned = self.plans.iter().map(|(at, ..)| *at).min();
            let due = [planned, self.scene.hub.next_deadline()].into_iter().flatten().min();
            let Some(due) = due.filter(|due| *due <= end) else { break };
            self.scene.wait(due.saturating_duration_since(self.scene.now));
            self.listen();
            while let Some(at) = self.plans.iter().position(|(at, ..)| *at <= self.scene.now) {
                let (_, actor, plan) = self.plans.remove(at);
                self.apply(actor, plan);
            }
        }
        self.scene.wait(end - self.scene.now);
        self.listen();
        assert!(
            self.scene.hub.next_deadline().is_none_or(|due| due > self.scene.now),
            "a deadline in the past"
        );
    }

    /// All clients read.
    fn listen(&mut self) {
        let now = self.at();
        for actor in 0..self.actors.len() {
            let Some(place) = self.actors[actor].session else { continue };
            let session = &mut self.sessions[place];
            let peer = self.scene.peer(session.id);
            let is_closed = peer.closed;
            let bytes = std::mem::take(&mut peer.heard);
            let heard = session.ears.hear(&bytes, now, &mut self.record);
            let heard = heard
                .unwrap_or_else(|why| panic!("{} ({:?}): {why}", session.ears.name, session.ears.tongue));
            if is_closed {
                session.is_over = true;
                self.actors[actor].session = None;
            }
            for heard in heard {
                self.react(actor, place, heard);
            }
        }
    }

    fn react(&mut self, actor: usize, place: usize, heard: Heard) {
        let (at, now) = (self.at(), self.scene.now);
        match heard {
            Heard::Notice(text) => {
                if text.contains(" has dismissed you. You may watch.") {
                    let name = self.sessions[place].ears.name.clone();
                    self.unseated.push((at, name));
                }
            }
            Heard::Parted(room) => match self.actors[actor].part {
                Part::Answerer(own) if own == room => {
                    let pause = Duration::from_secs(self.rng.random_range(5..120));
                    self.plans.push((now + pause, actor, Plan::Join(room)));
                }
                _ => {}
            },
            Heard::News(room, news) => self.hear_news(actor, room, &news),
            Heard::Removed => {}
        }
    }

    /// Bots from outside answer people, the suggestion of a round, and their Lord.
    fn hear_news(&mut self, actor: usize, room: String, news: &News) {
        let now = self.scene.now;
        let own = match self.actors[actor].part {
            Part::Answerer(own) => own,
            Part::Listener("round") => "round",
            Part::Listener(_) | Part::Person => return,
        };
        let calls = match (own, news.text()) {
            (_, None) => false,
            ("round", Some(_)) => news.by_host().is_some_and(|text| Suggestion::find(text).is_some()),
            _ => news.is == SenderKind::Person,
        };
        if self.actors[actor].part == Part::Listener("round") && self.is_classic {
            self.relieve(actor, calls, news);
        }
        if calls && own == room && !self.plans.iter().any(|(_, other, _)| *other == actor) {
            let pause = Duration::from_millis(self.rng.random_range(800..5_000));
            let is_vote = news.text().is_some_and(|text| Ballot::find(text).is_some());
            let text = if is_vote {
                format!("number {}", self.rng.random_range(1..=3))
            } else {
                format!("{}, I see.", news.who)
            };
            self.plans.push((now + pause, actor, Plan::Say { room, text }));
        }
    }

    /// Of the two listeners of a classic round one has no seat: it joins when the suggestion is made, and leaves if it would be seated
    /// with the other.
    fn relieve(&mut self, actor: usize, comes: bool, news: &News) {
        let is_seated = news.by_host().is_some_and(|text| {
            let name = self.actors[actor].name;
            text.contains(" taken ") && text.split([' ', ',']).any(|word| word == name)
        });
        for other in (0..LISTENERS.len()).filter(|other| LISTENERS[*other].1 == "round" && *other != actor) {
            if comes {
                self.plans.insert(0, (self.scene.now, other, Plan::Join("round".to_owned())));
            } else if is_seated {
                self.plans.insert(0, (self.scene.now, other, Plan::LeaveTo(actor)));
            }
        }
    }

    fn apply(&mut self, actor: usize, plan: Plan) {
        let Some(place) = self.actors[actor].session else { return };
        match plan {
            Plan::Say { room, text } => self.say(place, &room, &text),
            Plan::LeaveTo(other) => {
                let is_there = |place: usize| self.sessions[place].ears.rooms().any(|room| room == "round");
                if is_there(place) && self.actors[other].session.is_some_and(is_there) {
                    self.say(place, "round", "/leave");
                }
            }
            Plan::Join(room) => self.ask(place, &json!({ "type": "join", "room": room })),
        }
    }

    /// A connection sends these bytes.
    fn send(&mut self, place: usize, bytes: &[u8]) {
        if !self.sessions[place].is_over {
            self.scene.send(self.sessions[place].id, bytes);
            self.listen();
        }
    }

    fn ask(&mut self, place: usize, object: &Value) {
        self.send(place, format!("{object}\n").as_bytes());
    }

    /// A client types this, in this room if its dialect can name one.
    fn say(&mut self, place: usize, room: &str, text: &str) {
        let ears = &mut self.sessions[place].ears;
        match text.strip_prefix("/join ") {
            Some(to) if ears.tongue == Tongue::Json => drop(ears.asked.remove(to)),
            Some(to) => ears.wanted.push_back(to.to_owned()),
            None => {}
        }
        let name = ears.name.clone();
        match ears.tongue {
            Tongue::Line => self.send(place, format!("{text}\n").as_bytes()),
            Tongue::Eom => self.send(place, format!("{name}: {text}::EOMsg::").as_bytes()),
            Tongue::Chaty => self.send(place, format!("{name}: {text}").as_bytes()),
            Tongue::Irc => unreachable!("nobody speaks IRC in this hour"),
            Tongue::Json => match text.strip_prefix('/') {
                Some(command) if !command.starts_with('/') => {
                    let (name, rest) = command.split_once(' ').unwrap_or((command, ""));
                    self.ask(place, &json!({ "type": "command", "room": room, "name": name, "rest": rest }));
                }
                _ => self.ask(place, &json!({ "type": "say", "room": room, "text": text })),
            },
        }
    }

    /// A client connects, and joins its room.
    fn come(&mut self, actor: usize) {
        let Actor { name, tongue, part, .. } = self.actors[actor];
        let id = match tongue {
            Tongue::Chaty => self.scene.connect_at(ListenerKind::Chaty),
            _ => self.scene.connect(),
        };
        let place = self.sessions.len();
        self.sessions.push(Session {
            id,
            ears: Ears::new(name, tongue),
            since: self.at(),
            is_slow: false,
            was_slow: false,
            is_over: false,
            has_vanished: false,
        });
        self.actors[actor].session = Some(place);
        if tongue != Tongue::Json {
            let first = if tongue == Tongue::Chaty { "chaty" } else { "lobby" };
            self.sessions[place].ears.wanted.push_back(first.to_owned());
        }
        match tongue {
            Tongue::Line => self.send(place, format!("{name}\n").as_bytes()),
            Tongue::Eom => self.send(place, format!("{name}: {name}::EOMsg::").as_bytes()),
            Tongue::Chaty => self.send(place, name.as_bytes()),
            Tongue::Irc => unreachable!("nobody speaks IRC in this hour"),
            Tongue::Json => {
                let is_bot = name.ends_with("Bot");
                self.ask(place, &json!({ "type": "hello", "version": 1, "name": name, "bot": is_bot }));
                let is_listener = matches!(part, Part::Listener(_));
                let rooms = match part {
                    Part::Listener(room) | Part::Answerer(room) => vec![room],
                    Part::Person => ROOMS.into_iter().filter(|_| self.rng.random_bool(0.5)).collect(),
                };
                for room in rooms {
                    let what = if is_listener && OPENED.contains(&room) { "open" } else { "join" };
                    self.ask(place, &json!({ "type": what, "room": room }));
                }
            }
        }
        if INVITED.contains(&name) && self.sessions[place].ears.is_known {
            self.say(LISTENERS.len() - 1, PRIVATE, &format!("/invite {name}"));
        }
    }

    fn somebody_acts(&mut self) {
        let actor = self.rng.random_range(LISTENERS.len()..self.actors.len());
        let Some(place) = self.actors[actor].session else { return self.come(actor) };
        let is_person = self.actors[actor].part == Part::Person;
        if self.sessions[place].is_slow {
            if self.rng.random_bool(0.2) {
                self.read_on(place);
            }
            return;
        }
        let rooms: Vec<String> = self.sessions[place].ears.rooms().map(str::to_owned).collect();
        let Some(room) = rooms.choose(&mut self.rng).cloned() else { return self.go_somewhere(place, "") };
        match self.rng.random_range(0..1000) {
            0..20 => self.hang_up(actor, place),
            20..30 => self.stop_reading(place),
            30..110 if is_person => self.go_somewhere(place, &room),
            110..190 if is_person => {
                let command = COMMANDS.choose(&mut self.rng).unwrap();
                self.say(place, &room, command);
            }
            190..193 if is_person => {
                for _ in 0..12 {
                    self.talk(place, &room);
                }
            }
            _ if is_person => self.talk_or_play(place, &room),
            _ => self.talk(place, &room),
        }
    }

    fn talk_or_play(&mut self, place: usize, room: &str) {
        let is_lull = self.lulls.get(room).is_some_and(|until| self.scene.now < *until);
        match room {
            "thrones" if self.rng.random_bool(0.25) => {
                let command = COURTLY.choose(&mut self.rng).unwrap();
                self.say(place, room, command);
            }
            "thrones" if self.rng.random_bool(0.04) => {
                let (name, _) = PEOPLE.choose(&mut self.rng).unwrap();
                self.say(place, room, &format!("--dismiss {name}"));
            }
            "round" if self.rng.random_bool(0.1) => self.say(place, room, "/ready"),
            _ if is_lull => {}
            _ => self.talk(place, room),
        }
    }

    /// A client says something unique.
    fn talk(&mut self, place: usize, room: &str) {
        self.said += 1;
        let text = TALK.choose(&mut self.rng).unwrap();
        let text = match self.rng.random_range(0..100) {
            0 => format!("{text} n{} {}", self.said, "x".repeat(800)),
            _ => format!("{text} n{}", self.said),
        };
        self.say(place, room, &text);
    }

    /// A client moves to another room, or leaves this one.
    fn go_somewhere(&mut self, place: usize, from: &str) {
        let hall = self.hall.clone().filter(|_| self.rng.random_bool(0.2));
        let rooms = if self.rng.random_bool(0.2) { &OPENED[..] } else { &ROOMS };
        let to = hall.unwrap_or_else(|| (*rooms.choose(&mut self.rng).unwrap()).to_owned());
        let is_program = self.sessions[place].ears.tongue == Tongue::Json;
        match self.rng.random_range(0..10) {
            0 if !from.is_empty() => self.say(place, from, "/leave"),
            1..6 if is_program => {
                let replay = self.rng.random_range(0..9);
                self.sessions[place].ears.asked.insert(to.clone(), replay);
                self.ask(place, &json!({ "type": "join", "room": to, "replay": replay }));
            }
            6..8 if is_program => self.ask(place, &json!({ "type": "leave", "room": from })),
            8 => self.say(place, from, "/join nowhere"),
            _ => self.say(place, from, &format!("/join {to}")),
        }
    }

    fn hang_up(&mut self, actor: usize, place: usize) {
        let id = self.sessions[place].id;
        match self.rng.random_range(0..3) {
            0 => self.say(place, "", "/exit"),
            1 => self.scene.end(id),
            _ => {
                self.scene.vanish(id);
                self.sessions[place].has_vanished = true;
            }
        }
        self.listen();
        if self.sessions[place].has_vanished {
            self.sessions[place].is_over = true;
            self.actors[actor].session = None;
        }
    }

    fn stop_reading(&mut self, place: usize) {
        let session = &mut self.sessions[place];
        if session.ears.tongue != Tongue::Chaty {
            (session.is_slow, session.was_slow) = (true, true);
            self.scene.peer(session.id).room = Some(self.rng.random_range(0..3_000));
        }
    }

    fn read_on(&mut self, place: usize) {
        let session = &mut self.sessions[place];
        if session.is_slow && !session.is_over {
            session.is_slow = false;
            self.scene.read_on(session.id, usize::MAX / 2);
            self.listen();
        }
    }

    /// People are silent for a while in one of the rooms.
    fn have_a_lull(&mut self) {
        if self.rng.random_bool(0.2) {
            let room = (*ROOMS.choose(&mut self.rng).unwrap()).to_owned();
            let time = Duration::from_secs(self.rng.random_range(20..90));
            self.lulls.insert(room, self.scene.now + time);
        }
    }

    /// The owner of a room gives an order there. Who is invited to the private one stays so.
    fn rule(&mut self) {
        let nth = self.rng.random_range(0..OPENED.len());
        let order = *ROOM_ORDERS.choose(&mut self.rng).unwrap();
        if OPENED[nth] == PRIVATE && order.starts_with("/kick") {
            return;
        }
        let here: Vec<&str> = self.people_in(OPENED[nth]).collect();
        let Some(name) = here.choose(&mut self.rng).copied() else { return };
        self.say(LISTENERS.len() - OPENED.len() + nth, OPENED[nth], &order.replace("NAME", name));
    }

    /// The people in a room.
    fn people_in(&self, room: &str) -> impl Iterator<Item = &'static str> {
        let is_there = move |place: usize| self.sessions[place].ears.rooms().any(|other| other == room);
        let people = self.actors.iter().filter(|actor| actor.part == Part::Person);
        people.filter(move |actor| actor.session.is_some_and(is_there)).map(|actor| actor.name)
    }

    fn operate(&mut self) {
        let (name, _) = PEOPLE.choose(&mut self.rng).copied().unwrap();
        match self.rng.random_range(0..10) {
            0 => self.order(&format!("kick {name} a reason")),
            1 => {
                if let Some(muted) = self.muted.pop() {
                    self.order(&format!("unmute {muted}"));
                } else {
                    self.muted.push(name);
                    self.order(&format!("mute {name} for 3m"));
                }
            }
            2 => {
                if let Some(banned) = self.banned.pop() {
                    self.order(&format!("unban {banned}"));
                } else {
                    self.banned.push(name);
                    self.order(&format!("ban {name} for 5m noise"));
                }
            }
            3 => {
                let room = ROOMS.choose(&mut self.rng).unwrap();
                self.said += 1;
                self.order(&format!("say {room} Attention, please. n{}", self.said));
            }
            4 => {
                if let Some(hall) = self.hall.take() {
                    self.order(&format!("close {hall}"));
                } else {
                    self.open_hall();
                }
            }
            _ => {
                let order = ORDERS.choose(&mut self.rng).unwrap();
                self.order(order);
            }
        }
    }

    /// Opens a hall with a listener.
    fn open_hall(&mut self) {
        self.halls += 1;
        let hall = format!("hall{}", self.halls);
        self.order(&format!("open {hall}=lobby"));
        if let Some(listener) = self.actors[0].session {
            self.ask(listener, &json!({ "type": "join", "room": hall }));
        }
        self.hall = Some(hall);
    }

    fn order(&mut self, line: &str) {
        self.scene.operate(line);
        self.listen();
    }

    /// Checks that the server's memory stays within bounds.
    fn take_stock(&mut self, is_end: bool) {
        let Answer::Done(Reply { data, .. }) = self.scene.operate("stats") else { panic!("no stats") };
        let count = |what: &str| usize::try_from(data[what].as_u64().unwrap()).unwrap();
        let here = self.actors.iter().filter(|actor| actor.session.is_some()).count();
        let slow = self
            .actors
            .iter()
            .filter_map(|actor| actor.session)
            .filter(|place| self.sessions[*place].is_slow)
            .count();
        let chaty = self
            .actors
            .iter()
            .filter(|actor| actor.tongue == Tongue::Chaty && actor.session.is_some())
            .count();
        assert!(
            count("queued_readers") <= slow + chaty && count("queued_bytes") <= slow << 20 | chaty << 12,
            "{data}"
        );
        assert!(
            count("members") <= here + count("bots") && count("bots") <= 4 + 4 + 4 + 4,
            "{here} here, {data}"
        );
        assert!(!is_end || count("queued_bytes") <= chaty << 12, "{data}");
        assert!(
            self.scene.hub.next_deadline().is_none_or(|due| due >= self.scene.now),
            "a deadline in the past"
        );
    }
}
