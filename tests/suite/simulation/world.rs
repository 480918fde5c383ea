//! A server, everybody who comes to it, and what befalls them, all from one seed.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Parser;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use salon::cli::{Cli, Command, Serve};
use salon::hub::{ListenerKind, SessionId};
use serde_json::{Value, json};

use crate::hour::hearing::Tongue;
use crate::simulation::action::{Action, Speech, Travel};
use crate::simulation::climate::Climate;
use crate::simulation::disk::Disk;
use crate::simulation::network::{Knowledge, Piece, Socket};
use crate::simulation::part::Part;
use crate::simulation::report::Trace;
use crate::simulation::sequencer::Sequencer;
use crate::simulation::server::{Server, listener};
use crate::simulation::shadow::{Shadow, Tally};
use crate::simulation::speech::{hello, is_notice, knows_lines, message};
use crate::simulation::truth;
use crate::simulation::vocabulary::{FIRST_ROOMS, OPENED, ROOMS};
use crate::simulation::watch::Heard;

/// The evening of 20 November 2026.
const EVENING: Duration = Duration::from_secs(1_795_201_200);

/// Somebody who is connected, as far as it knows.
#[derive(Clone, Copy)]
pub(super) struct Person {
    pub(super) part: usize,
    pub(super) id: SessionId,
}

pub struct World {
    pub(super) climate: Climate,
    pub(super) serve: Box<Serve>,
    pub(super) rng: StdRng,
    pub(super) start: (Instant, SystemTime),
    pub(super) server: Server,
    pub(super) shadow: Shadow,
    pub(super) people: Vec<Person>,
    /// What was read, and is not judged yet.
    pub(super) heard: Vec<Heard>,
    /// When listeners last asked to come in.
    pub(super) asked: BTreeMap<String, Instant>,
    pub(super) tokens: u64,
    pub(super) ports: u16,
    pub(super) seed: u64,
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
        let sequencer = Sequencer::new(seed, now);
        // What is said while the disk or the sequencer takes its time counts as said then.
        let is_prompt = climate.pauses.iter().all(|pause| *pause == 0) && !sequencer.is_slow();
        let spam_limit = climate.spam_limit.filter(|_| is_prompt);
        let mut shadow =
            Shadow::new(climate.kept, spam_limit, climate.is_slow() || sequencer.is_slow(), start);
        shadow.linger = climate.linger;
        let server = Server::new(serve.config(seed).unwrap(), (disk, sequencer), start, 0);
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
        self.server.password_time = Duration::from_millis(self.climate.password_time);
        self.people.clear();
        self.asked.clear();
        let restored = self.server.disk.restored(self.climate.kept);
        let (turn, server) = (self.shadow.turn, &self.server);
        self.shadow.now = server.now;
        self.shadow.begin(
            (&ROOMS[..FIRST_ROOMS], &server.opened()),
            &restored,
            &server.disk,
            (server.wall(turn), server.even(turn)),
        )?;
        self.check_orders(&restored.decisions.orders)?;
        for (port, (room, _)) in (1..).zip(ROOMS) {
            let address = SocketAddr::from(([192, 0, 2, 1], port));
            if self.server.connect(address, ListenerKind::Any, Socket::new(usize::MAX)) != listener(room) {
                return Err("somebody was there before the listeners".into());
            }
            // A bot does not keep a room open.
            let (name, is_bot) = (truth::listener(room), OPENED.contains(&room));
            let hello = json!({ "type": "hello", "version": 1, "name": name, "lines": true, "bot": is_bot });
            self.send_as_listener(room, &hello);
        }
        self.advance(Duration::ZERO)
    }

    pub(super) fn send_as_listener(&mut self, room: &str, object: &Value) {
        let now = self.server.now;
        if let Some(socket) = listener(room).and_then(|id| self.server.network.sockets.get_mut(&id)) {
            socket.send(Piece::Bytes(format!("{object}\n").into_bytes()), now);
        }
    }

    fn step(&mut self, action: &Action) -> Result<(), String> {
        let now = self.server.now;
        match action {
            Action::Come { .. } => self.come(action),
            Action::Say { who, room, speech, travel } => {
                let who = self.who_may(*who, room, speech);
                self.say(who, room, speech, *travel);
            }
            Action::Babble { who, bytes, travel } => {
                self.shadow.parts[self.people[*who].part].has_babbled = true;
                self.send(self.people[*who], bytes, *travel);
            }
            Action::End { who } => {
                let delay = Duration::from_millis(self.rng.random_range(0..50));
                if let Some(socket) = self.socket(*who) {
                    socket.send(Piece::End, now + delay);
                    let part = socket.part;
                    self.shadow.parts[part].end();
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
        let limit = i64::try_from(EVENING.as_secs()).unwrap_or(i64::MAX) - 1_000_000;
        self.server.moved = (self.server.moved + seconds).clamp(-limit, limit * 4);
    }

    fn come(&mut self, action: &Action) {
        let Action::Come { name, tongue, machine, knows, late } = *action else { return };
        let kind = if tongue == Tongue::Chaty { ListenerKind::Chaty } else { ListenerKind::Any };
        self.ports += 1;
        let address = SocketAddr::from((IpAddr::from([10, 0, 0, machine]), 1000 + self.ports));
        let part = self.shadow.parts.len();
        let mut socket = Socket::new(part);
        if self.climate.opens && tongue != Tongue::Chaty {
            // So that a listener comes into a new room before anything else happens there.
            socket.end = Some(if tongue == Tongue::Eom { b"::EOMsg::" } else { b"\n" });
        }
        if tongue == Tongue::Chaty {
            let late = if knows == Knowledge::Read { late } else { 0 };
            socket.reads = Some((knows, Duration::from_millis(late)));
        }
        let Some(id) = self.server.connect(address, kind, socket) else { return };
        let mut newcomer = Part::new(tongue, address.to_string(), self.climate.replay);
        newcomer.born = self.shadow.turn;
        newcomer.was_slow = tongue == Tongue::Chaty && late > 0;
        newcomer.hears_namesakes = self.server.sequencer.is_slow();
        self.shadow.parts.push(newcomer);
        self.people.push(Person { part, id });
        self.say(self.people.len() - 1, "", &Speech::Hello(name), Travel { pieces: 1, delay: 0, gap: 0 });
        if matches!(tongue, Tongue::Json | Tongue::Irc) && self.rng.random_bool(0.8) {
            let room = self.climate.any_room(&mut self.rng);
            let join = Speech::Command(format!("/join {room}"));
            self.say(self.people.len() - 1, "", &join, Travel { pieces: 1, delay: 0, gap: 0 });
        }
    }

    fn say(&mut self, who: usize, room: &str, speech: &Speech, travel: Travel) {
        let person = self.people[who];
        // Garbage between two pieces would make a command what it is not.
        let speech = &self.as_may_be(person.part, room, speech);
        let is_in_pieces = matches!(
            speech,
            Speech::Talk(..) | Speech::Act(_) | Speech::Flood(..) | Speech::Command(_) | Speech::Hello(_)
        );
        let travel = if is_in_pieces { travel } else { Travel { pieces: 1, ..travel } };
        let (times, text) = match speech {
            Speech::Talk(words, more) => {
                let words = if self.shadow.parts[person.part].tongue == Tongue::Json {
                    (*words).to_owned()
                } else {
                    words.replace('\n', " ")
                };
                (1, format!("{words} n# {}", "x".repeat(*more)))
            }
            Speech::Undo => {
                self.shadow.undoes(person.part);
                (1, "/undo".to_owned())
            }
            Speech::Edit(words) => (1, format!("/edit {} n#", words.replace('\n', " ").replace(": ", " "))),
            Speech::Act(words) => (1, format!("/me says {words} n#")),
            Speech::Tell(to, words) => {
                let command = to.as_ref().map_or("/reply".to_owned(), |to| format!("/msg {to}"));
                // One's own name and a colon begin another message where nothing ends one.
                (1, format!("{command} {} n#", words.replace('\n', " ").replace(": ", " ")))
            }
            Speech::Lines(to, words, flaw) => {
                return self.send_lines(person, room, (to.as_deref(), words, *flaw), travel);
            }
            Speech::Oper(..) | Speech::Call(_) | Speech::Remove(_) | Speech::Operate(_) => {
                (1, self.as_operator(person.part, speech))
            }
            Speech::Flood(times, more) => (*times, format!("flood n# {}", "x".repeat(*more))),
            Speech::Command(text) => {
                if let Some(name) = text.strip_prefix("/whois ") {
                    self.shadow.parts[person.part].writes_to(Some(name));
                }
                (1, text.clone())
            }
            Speech::Rule(text) => {
                self.tokens += 1;
                let text = text.replace(" t#", &format!(" t{:06}", self.tokens));
                self.shadow.asks_for(person.part, room, &text);
                (1, text)
            }
            Speech::Nick(name) => {
                self.shadow.parts[person.part].claim_another(name);
                (1, format!("/nick {name}"))
            }
            Speech::Hello(name) => return self.greet(person, name, travel),
        };
        let mut bytes = Vec::new();
        for _ in 0..times {
            let mut text = text.trim_end().to_owned();
            if text.contains(" n#") {
                self.tokens += 1;
                text = text.replace(" n#", &format!(" n{:06}", self.tokens));
                self.note(person.part, speech, &text);
            }
            let part = &mut self.shadow.parts[person.part];
            if part.tongue == Tongue::Line && !part.is_named {
                // Whoever has no name gives one with each line that is said.
                text.lines().for_each(|line| part.claim(line));
            }
            bytes.extend(message(part, room, &text));
        }
        self.send(person, &bytes, travel);
    }

    /// Somebody gives its name.
    fn greet(&mut self, person: Person, name: &str, travel: Travel) {
        let part = &mut self.shadow.parts[person.part];
        if part.has_claimed() && matches!(part.tongue, Tongue::Eom | Tongue::Chaty) {
            // They have one try.
            return;
        }
        if part.has_claimed() && part.tongue == Tongue::Irc {
            // If it has a name, it takes another one.
            part.claim_another(name);
        }
        part.claim(name);
        part.knows_lines |= knows_lines(part.tongue, name);
        let bytes = hello(part.tongue, name);
        self.send(person, &bytes, travel);
    }

    /// Somebody is about to say something with a number.
    fn note(&mut self, part: usize, speech: &Speech, text: &str) {
        let is_notice = is_notice(self.shadow.parts[part].tongue, text);
        match speech {
            Speech::Tell(to, _) => self.shadow.writes(part, self.tokens, to.as_deref(), is_notice),
            Speech::Call(_) => self.shadow.calls(part, self.tokens),
            Speech::Remove(whom) => self.shadow.removes(part, self.tokens, whom),
            _ if self.shadow.parts[part].is_named => self.shadow.says(part, self.tokens, is_notice),
            _ => {}
        }
    }

    pub(super) fn send(&mut self, person: Person, bytes: &[u8], travel: Travel) {
        let Some(socket) = self.server.network.sockets.get_mut(&person.id) else { return };
        // Where nothing ends a message, silence does: what belongs together stays together.
        let may_split = self.shadow.parts[person.part].tongue != Tongue::Chaty;
        let size = if may_split { bytes.len().div_ceil(travel.pieces).max(1) } else { bytes.len().max(1) };
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
        config.restored = disk.restored(self.climate.kept);
        let seed = self.seed + self.shadow.tally.deaths as u64;
        let sequencer = self.server.sequencer.after_death(seed, now);
        self.server = Server::new(config, (disk, sequencer), self.start, self.server.moved);
        self.begin()
    }

    /// Lets time pass, and whatever is due happen.
    pub(super) fn advance(&mut self, time: Duration) -> Result<(), String> {
        let end = self.server.now + time;
        let grain = Duration::from_millis(self.climate.grain);
        self.turn()?;
        while self.server.next_turn(end, grain)? {
            self.turn()?;
        }
        self.server.now = end;
        // While something is held, not everybody hears it at once.
        if self.server.is_behind() { Ok(()) } else { self.shadow.check_prompt() }
    }
}
