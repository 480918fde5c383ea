//! A server, everybody who comes to it, and what befalls them, all from one seed.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Parser;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use salon::base::limits::{LINGER, REFUSALS_TOLD_EVERY, SEND_QUEUE_BYTES, TAPE_BYTES_PER_TURN};
use salon::cli::{Cli, Command, Serve};
use salon::hub::{Answer, Door, SessionId};
use serde_json::{Value, json};

use crate::hour::hearing::Tongue;
use crate::simulation::action::{Action, Climate, ROOMS, Speech, Travel};
use crate::simulation::disk::Disk;
use crate::simulation::network::{Closed, Knowledge, Piece, Socket};
use crate::simulation::part::Part;
use crate::simulation::report::Trace;
use crate::simulation::server::{Server, listener};
use crate::simulation::shadow::{Shadow, Tally};
use crate::simulation::truth;

/// The evening of 20 November 2026.
const EVENING: Duration = Duration::from_secs(1_795_201_200);

/// How long it takes until everybody has read all that there is, where somebody takes one message at a time.
const READ_WITHIN: Duration = Duration::from_secs(30);

/// How often it is tried to find a moment when nobody is owed anything.
const TRIES: usize = 2_000;

/// How long a listener waits before it asks once more to come in.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// Rooms that are open at first.
const FIRST_ROOMS: usize = 4;

/// Somebody who is connected, as far as it knows.
#[derive(Clone, Copy)]
struct Person {
    part: usize,
    id: SessionId,
}

/// What somebody read in a turn, and how its connection was closed then, if it was.
struct Heard {
    turn: u64,
    part: usize,
    bytes: Vec<u8>,
    closed: Option<Closed>,
}

pub struct World {
    climate: Climate,
    serve: Box<Serve>,
    rng: StdRng,
    start: (Instant, SystemTime),
    server: Server,
    shadow: Shadow,
    people: Vec<Person>,
    /// What was read, and is not judged yet.
    heard: Vec<Heard>,
    /// When listeners last asked to come in.
    asked: BTreeMap<String, Instant>,
    tokens: u64,
    ports: u16,
    seed: u64,
    /// What everybody read, so far.
    pub digest: u64,
}

impl World {
    pub fn new(seed: u64) -> World {
        let mut rng = StdRng::seed_from_u64(seed);
        let climate = Climate::new(&mut rng);
        let words = ["salon", "serve"].into_iter().chain(climate.options.split_whitespace());
        let Command::Serve(serve) = Cli::try_parse_from(words).unwrap_or_else(|e| panic!("{e}")).command
        else {
            panic!("these are a server's options");
        };
        let now = Instant::now();
        let start = (now, UNIX_EPOCH + EVENING);
        let disk = Disk::new(climate.pauses.clone(), now);
        let server = Server::new(serve.config(seed).unwrap(), disk, start, 0);
        let shadow = Shadow::new(climate.kept, climate.is_slow());
        World {
            climate,
            serve,
            rng,
            start,
            server,
            shadow,
            people: Vec::new(),
            heard: Vec::new(),
            asked: BTreeMap::new(),
            tokens: 0,
            ports: 0,
            seed,
            digest: 0,
        }
    }

    /// Lets so many steps happen, and then has everything come to rest. An error is what must not be.
    pub fn run(&mut self, steps: usize, trace: &mut Trace) -> Result<Tally, String> {
        trace.note(|| format!("{:?}", self.climate));
        self.begin()?;
        for _ in 0..steps {
            self.shadow.tally.steps += 1;
            let action = self.climate.choose(self.people.len(), &mut self.rng);
            trace.note(|| format!("{:>9.3} {action:?}", (self.server.now - self.start.0).as_secs_f64()));
            self.step(&action)?;
            self.people.retain(|person| self.server.network.sockets.contains_key(&person.id));
        }
        trace.note(|| "everybody reads, and then leaves".to_owned());
        self.rest()?;
        Ok(self.shadow.finish())
    }

    /// A server begins, and somebody listens in all its rooms before anybody else comes.
    fn begin(&mut self) -> Result<(), String> {
        self.server.network.hiccup = self.climate.hiccup;
        self.people.clear();
        self.asked.clear();
        let kept = self.server.disk.kept(self.climate.kept);
        self.shadow.begin(&ROOMS[..FIRST_ROOMS], &kept, &self.server.disk)?;
        for (port, (room, _)) in (1..).zip(ROOMS) {
            let address = SocketAddr::from(([192, 0, 2, 1], port));
            if self.server.connect(address, Door::Any, Socket::new(usize::MAX)) != listener(room) {
                return Err("somebody was there before the listeners".into());
            }
            let hello = json!({ "type": "hello", "version": 1, "name": truth::listener(room) });
            self.send_as_listener(room, &hello);
        }
        self.advance(Duration::ZERO)
    }

    fn send_as_listener(&mut self, room: &str, object: &Value) {
        let now = self.server.now;
        if let Some(socket) = listener(room).and_then(|id| self.server.network.sockets.get_mut(&id)) {
            socket.send(Piece::Bytes(format!("{object}\n").into_bytes()), now);
        }
    }

    fn step(&mut self, action: &Action) -> Result<(), String> {
        let now = self.server.now;
        match action {
            Action::Come { .. } => self.come(action),
            Action::Say { who, room, speech, travel } => self.say(*who, room, speech, *travel),
            Action::Babble { who, bytes, travel } => self.send(self.people[*who], bytes, *travel),
            Action::End { who } => {
                let delay = Duration::from_millis(self.rng.random_range(0..50));
                if let Some(socket) = self.socket(*who) {
                    socket.send(Piece::End, now + delay);
                }
            }
            Action::Reset { who } => {
                let person = self.people.swap_remove(*who);
                self.shadow.parts[person.part].is_gone = true;
                if let Some(socket) = self.server.network.sockets.get_mut(&person.id) {
                    socket.send(Piece::Reset, now);
                }
            }
            Action::Vanish { who } => {
                let person = self.people.swap_remove(*who);
                self.shadow.parts[person.part].is_gone = true;
                if let Some(socket) = self.server.network.sockets.get_mut(&person.id) {
                    socket.is_dead = true;
                }
            }
            Action::Stall { who, bytes } => {
                let part = &mut self.shadow.parts[self.people[*who].part];
                part.was_slow = true;
                let bytes = if part.tongue == Tongue::Chaty { 0 } else { *bytes };
                self.open(*who, Some(bytes));
            }
            Action::Resume { who } => self.open(*who, None),
            Action::Bite { who, bytes } => {
                if self.shadow.parts[self.people[*who].part].tongue != Tongue::Chaty
                    && let Some(socket) = self.socket(*who)
                {
                    socket.bite = *bytes;
                }
            }
            Action::Order(line) => self.server.orders.push(line.clone()),
            Action::Jump(seconds) => self.jump(*seconds),
            Action::Fail(time) => self.server.disk.fail(Duration::from_millis(*time)),
            Action::Wait(time) => return self.advance(Duration::from_millis(*time)),
            Action::Die => return self.die(),
        }
        // Now and then something else happens in the same turn.
        if self.rng.random_bool(0.3) { Ok(()) } else { self.advance(Duration::ZERO) }
    }

    fn socket(&mut self, who: usize) -> Option<&mut Socket> {
        self.server.network.sockets.get_mut(&self.people[who].id)
    }

    fn open(&mut self, who: usize, window: Option<usize>) {
        if let Some(socket) = self.socket(who) {
            socket.open(window);
        }
    }

    /// Moves the clock on the wall, which never shows a time before there were any.
    fn jump(&mut self, seconds: i64) {
        let most = i64::try_from(EVENING.as_secs()).unwrap_or(i64::MAX) - 1_000_000;
        self.server.moved = (self.server.moved + seconds).clamp(-most, most * 4);
    }

    fn come(&mut self, action: &Action) {
        let Action::Come { name, tongue, machine, knows, late } = *action else { return };
        let door = if tongue == Tongue::Chaty { Door::Chaty } else { Door::Any };
        self.ports += 1;
        let address = SocketAddr::from((IpAddr::from([10, 0, 0, machine]), 1000 + self.ports));
        let part = self.shadow.parts.len();
        let mut socket = Socket::new(part);
        if tongue == Tongue::Chaty {
            let late = if knows == Knowledge::Read { late } else { 0 };
            socket.reads = Some((knows, Duration::from_millis(late)));
        }
        let Some(id) = self.server.connect(address, door, socket) else { return };
        let mut newcomer = Part::new(tongue, address.to_string());
        newcomer.was_slow = tongue == Tongue::Chaty && late > 0;
        self.shadow.parts.push(newcomer);
        self.people.push(Person { part, id });
        self.say(self.people.len() - 1, "", &Speech::Hello(name), Travel { pieces: 1, delay: 0, gap: 0 });
        if tongue == Tongue::Json && self.rng.random_bool(0.8) {
            let (room, _) = ROOMS[self.rng.random_range(0..ROOMS.len())];
            let join = Speech::Command(format!("/join {room}"));
            self.say(self.people.len() - 1, "", &join, Travel { pieces: 1, delay: 0, gap: 0 });
        }
    }

    fn say(&mut self, who: usize, room: &str, speech: &Speech, travel: Travel) {
        let person = self.people[who];
        let (times, text) = match speech {
            Speech::Talk(words, more) => (1, format!("{words} n# {}", "x".repeat(*more))),
            Speech::Act(words) => (1, format!("/me says {words} n#")),
            Speech::Flood(times, more) => (*times, format!("flood n# {}", "x".repeat(*more))),
            Speech::Command(text) => (1, text.clone()),
            Speech::Hello(name) => {
                let part = &mut self.shadow.parts[person.part];
                if part.has_claimed() && matches!(part.tongue, Tongue::Eom | Tongue::Chaty) {
                    // They have one try.
                    return;
                }
                part.claim(name);
                let bytes = hello(part.tongue, name);
                return self.send(person, &bytes, travel);
            }
        };
        let mut bytes = Vec::new();
        for _ in 0..times {
            let mut text = text.trim_end().to_owned();
            if text.contains(" n#") {
                self.tokens += 1;
                text = text.replace(" n#", &format!(" n{}", self.tokens));
                if self.shadow.parts[person.part].is_named {
                    self.shadow.says(person.part, self.tokens);
                }
            }
            let part = &mut self.shadow.parts[person.part];
            if part.tongue == Tongue::Line && !part.is_named {
                // Whoever has no name gives one with whatever is said.
                part.claim(&text);
            }
            bytes.extend(message(part, room, &text));
        }
        self.send(person, &bytes, travel);
    }

    fn send(&mut self, person: Person, bytes: &[u8], travel: Travel) {
        let Some(socket) = self.server.network.sockets.get_mut(&person.id) else { return };
        // Where nothing ends a message, silence does: what belongs together stays together.
        let is_cut = self.shadow.parts[person.part].tongue != Tongue::Chaty;
        let size = if is_cut { bytes.len().div_ceil(travel.pieces).max(1) } else { bytes.len().max(1) };
        let mut at = self.server.now + Duration::from_millis(travel.delay);
        for piece in bytes.chunks(size) {
            socket.send(Piece::Bytes(piece.to_vec()), at);
            at += Duration::from_millis(travel.gap);
        }
    }

    /// The process dies, and another begins at once, with what the disk has kept.
    fn die(&mut self) -> Result<(), String> {
        self.shadow.tally.deaths += 1;
        let now = self.server.now;
        let none = Disk::new(vec![0], now);
        let mut disk = std::mem::replace(&mut self.server.disk, none);
        disk.now = now;
        let survive = self.rng.random_range(0..=disk.is_behind());
        let disk = disk.die(survive);
        let mut config = self.serve.config(self.seed + self.shadow.tally.deaths as u64).unwrap();
        config.kept = disk.kept(self.climate.kept);
        self.server = Server::new(config, disk, self.start, self.server.moved);
        self.begin()
    }

    /// Lets time pass, and whatever is due happen.
    fn advance(&mut self, time: Duration) -> Result<(), String> {
        let end = self.server.now + time;
        let grain = Duration::from_millis(self.climate.grain);
        self.turn()?;
        while self.server.next_turn(end, grain)? {
            self.turn()?;
        }
        self.server.now = end;
        // While something is held, not everybody hears it at once.
        if self.server.disk.next().is_some() { Ok(()) } else { self.shadow.check_prompt() }
    }

    /// One turn of the loop, and what everybody makes of it.
    fn turn(&mut self) -> Result<(), String> {
        self.shadow.turn += 1;
        self.server.turn(self.shadow.turn);
        let wall = self.server.wall(self.shadow.turn);
        self.shadow.tell_time(wall);
        if let Some(why) = self.server.disk.fault.take() {
            return Err(why);
        }
        let answers = std::mem::take(&mut self.server.answers);
        for (order, answer) in &answers {
            self.shadow.ordered(order, answer, &self.server.disk, wall)?;
        }
        for (ticket, answer) in std::mem::take(&mut self.server.later) {
            self.shadow.answered_later(ticket, &answer, &self.server.disk)?;
        }
        let was_kept = self.shadow.unkept.is_empty();
        for (id, (room, _)) in ROOMS.iter().enumerate() {
            let socket = self.server.network.sockets.get_mut(&SessionId(id));
            let socket = socket.ok_or_else(|| format!("the listener of {room} is gone"))?;
            let heard = std::mem::take(&mut socket.heard);
            self.shadow.listen(room, &heard, &self.server.disk)?;
        }
        self.shadow.excuse(was_kept, self.server.hub.is_busy())?;
        if self.shadow.has_to_see() {
            let (connected, present) = (self.connected(), self.present());
            self.shadow.see(&connected, &present)?;
        }
        self.shadow.settle_arrivals();
        self.shadow.hold(&self.server.disk);
        self.collect()?;
        if !self.server.hub.is_busy() {
            self.judge()?;
        }
        let now = self.server.now;
        for room in self.shadow.unheard() {
            // It may take a while until it is answered.
            if self.asked.get(&room).is_none_or(|asked| now >= *asked + ASK_AGAIN) {
                self.asked.insert(room.clone(), now);
                self.send_as_listener(&room, &json!({ "type": "join", "room": room }));
            }
        }
        if self.server.disk.next().is_none() && self.heard.is_empty() {
            self.shadow.doubtful.clear();
        }
        self.check_bounds()
    }

    /// Takes down what everybody but the listeners has read in this turn, and who was closed.
    fn collect(&mut self) -> Result<(), String> {
        let turn = self.shadow.turn;
        for (_, socket) in self.server.network.sockets.range_mut(SessionId(ROOMS.len())..) {
            if !socket.heard.is_empty() {
                let bytes = std::mem::take(&mut socket.heard);
                self.heard.push(Heard { turn, part: socket.part, bytes, closed: None });
            }
        }
        for (part, how, bytes) in std::mem::take(&mut self.server.closed) {
            if part == usize::MAX {
                return Err(format!("a listener is let go: {}", String::from_utf8_lossy(&bytes)));
            }
            self.heard.push(Heard { turn, part, bytes, closed: Some(how) });
            if how == Closed::Half {
                self.answer_close(part);
            }
        }
        Ok(())
    }

    /// Holds what everybody has read against what the listeners heard. A room may be written to in several turns, and its
    /// listener not first: so this is when nothing is left to be written.
    fn judge(&mut self) -> Result<(), String> {
        for Heard { turn, part, bytes, closed } in std::mem::take(&mut self.heard) {
            for byte in &bytes {
                self.digest = (self.digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(5);
            }
            self.shadow.hear(part, &bytes, turn, &self.server.disk)?;
            if let Some(how) = closed {
                self.shadow.closed(part, how, turn)?;
            }
        }
        Ok(())
    }

    /// A peer that was told that nothing more comes closes its side, sooner or later or never.
    fn answer_close(&mut self, part: usize) {
        let delay = Duration::from_millis(self.rng.random_range(0..4_000));
        let at = self.server.now + delay;
        let mut sockets = self.server.network.sockets.values_mut();
        if let Some(socket) = sockets.find(|socket| socket.part == part) {
            socket.send(Piece::End, at);
        }
    }

    /// Who is connected under which name, and from where, as an operator sees it.
    fn connected(&mut self) -> Vec<(String, String)> {
        let row = |row: &Value| Some((row["name"].as_str()?.to_owned(), row["address"].as_str()?.to_owned()));
        self.ask("listConnections").iter().filter_map(row).collect()
    }

    /// Who is in which room, as an operator sees it.
    fn present(&mut self) -> Vec<(String, String)> {
        let rooms = self.ask("who");
        let names = |row: &Value| {
            let room = row["room"].as_str().unwrap_or_default().to_owned();
            let present = row["present"].as_array().cloned().unwrap_or_default();
            let names = present.into_iter().filter_map(|who| Some(who["name"].as_str()?.to_owned()));
            names.map(|name| (name, room.clone())).collect::<Vec<_>>()
        };
        rooms.iter().flat_map(names).collect()
    }

    fn ask(&mut self, order: &str) -> Vec<Value> {
        match self.server.hub.operate(order, self.server.now) {
            Answer::Told { data: Value::Array(rows), .. } => rows,
            _ => Vec::new(),
        }
    }

    fn check_bounds(&self) -> Result<(), String> {
        let ids: Vec<SessionId> = self.server.network.sockets.keys().copied().collect();
        for id in &ids {
            let (owed, _) = self.server.hub.unsent(&[*id]);
            if owed > SEND_QUEUE_BYTES + 2 * TAPE_BYTES_PER_TURN {
                return Err(format!("{owed} bytes wait for one reader"));
            }
        }
        if self.server.hub.count() != ids.len() {
            return Err(format!("{} sessions of {} connections", self.server.hub.count(), ids.len()));
        }
        Ok(())
    }

    /// Everybody reads on and hears all; then everybody leaves, the service ends, and nothing is left to be done.
    fn rest(&mut self) -> Result<(), String> {
        for socket in self.server.network.sockets.values_mut() {
            socket.open(None);
            if socket.is_dead {
                // It is missed at last.
                socket.send(Piece::Reset, self.server.now);
            }
            socket.bite = usize::MAX;
            socket.reads = socket.reads.map(|(knows, _)| (knows, Duration::ZERO));
        }
        self.server.disk.recover();
        self.advance(READ_WITHIN)?;
        let ids: Vec<SessionId> = self.server.network.sockets.keys().copied().collect();
        let mut tries = 0;
        while self.server.hub.unsent(&ids).0 > 0 || self.server.disk.next().is_some() {
            self.advance(Duration::from_millis(7))?;
            tries += 1;
            if tries > TRIES {
                return Err(format!("{:?} is owed for ever", self.server.hub.unsent(&ids)));
            }
        }
        self.shadow.check_all()?;
        if !self.shadow.pending.is_empty() {
            return Err(format!("{:?} are not answered", self.shadow.pending));
        }
        let ids: Vec<SessionId> = self.server.network.sockets.keys().copied().collect();
        for (nth, id) in ids.into_iter().enumerate().skip(ROOMS.len()) {
            let Some(socket) = self.server.network.sockets.get_mut(&id) else { continue };
            socket.send(if nth % 2 == 0 { Piece::End } else { Piece::Reset }, self.server.now);
            let part = socket.part;
            self.shadow.parts[part].is_gone = true;
        }
        self.advance(LINGER + Duration::from_secs(2))?;
        if self.server.hub.count() != ROOMS.len() {
            return Err(format!("{} sessions are left", self.server.hub.count() - ROOMS.len()));
        }
        self.server.hub.stop(self.server.now);
        for _ in 0..4 {
            self.server.turn(self.shadow.turn);
            // Whatever was set for some time is over by then.
            self.server.now += 2 * REFUSALS_TOLD_EVERY;
        }
        match (self.server.hub.count(), self.server.hub.next_deadline()) {
            (0, None) => Ok(()),
            (left, due) => {
                let is_due = due.is_some();
                Err(format!("after the end {left} sessions are left, and a deadline: {is_due}"))
            }
        }
    }
}

fn hello(tongue: Tongue, name: &str) -> Vec<u8> {
    match tongue {
        Tongue::Json => format!("{}\n", json!({ "type": "hello", "version": 1, "name": name })).into_bytes(),
        Tongue::Eom => format!("{name}: {name}::EOMsg::").into_bytes(),
        Tongue::Line => format!("{name}\r\n").into_bytes(),
        Tongue::Chaty => name.as_bytes().to_vec(),
    }
}

/// What somebody types, as its dialect sends it.
fn message(part: &Part, room: &str, text: &str) -> Vec<u8> {
    let command = text.strip_prefix('/').filter(|_| part.tongue == Tongue::Json);
    match part.tongue {
        Tongue::Line => format!("{text}\n"),
        Tongue::Eom => format!("{}: {text}::EOMsg::", part.spelled),
        Tongue::Chaty => format!("{}: {text}", part.spelled),
        Tongue::Json => match command.map(|command| command.split_once(' ').unwrap_or((command, ""))) {
            Some(("join", room)) => format!("{}\n", json!({ "type": "join", "room": room })),
            Some(("leave", _)) => format!("{}\n", json!({ "type": "leave", "room": room })),
            Some((name, rest)) => {
                format!("{}\n", json!({ "type": "command", "room": room, "name": name, "rest": rest }))
            }
            None => format!("{}\n", json!({ "type": "say", "room": room, "text": text })),
        },
    }
    .into_bytes()
}
