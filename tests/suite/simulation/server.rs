//! The event loop over virtual sockets: it does what the real one does in a turn, in the same order.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant, SystemTime};

use salon::admin::{Admin, Answer, Reply};
use salon::base::limits::READ_BYTES_PER_TURN;
use salon::hub::{Close, Config, Hub, ListenerKind, OperatorEntry, SessionId};
use salon::journal::Ticket;
use salon::proto::RoomId;
use serde_json::json;

use crate::simulation::disk::Disk;
use crate::simulation::lives::Life;
use crate::simulation::network::{Closed, Network, Socket};
use crate::simulation::operators::{NIGHT, is_right};
use crate::simulation::sequencer::Sequencer;
use crate::simulation::vocabulary::ROOMS;

/// More turns at one time than any seed needs: beyond this the hub is in an endless loop.
const MAX_TURNS: usize = 20_000;

/// The session of a room's listener. Listeners connect first.
pub fn listener(room: &str) -> Option<SessionId> {
    ROOMS.iter().position(|(name, _)| *name == room).map(SessionId)
}

/// A server, its connections, and its operator.
pub struct Server {
    pub hub: Hub,
    pub admin: Admin,
    pub network: Network,
    pub disk: Disk,
    pub sequencer: Sequencer,
    pub now: Instant,
    /// The wall-clock time at the start, and by how many seconds it was moved since.
    start: (Instant, SystemTime),
    pub moved: i64,
    /// Sessions with input, in the order in which they are read.
    readable: Vec<SessionId>,
    /// Operators' commands that are not run yet.
    pub orders: Vec<String>,
    /// Commands and replies since the last look.
    pub answers: Vec<(String, Answer)>,
    /// Late replies since the last look.
    pub later: Vec<(Ticket, Reply)>,
    /// Connections closed since the last look: the owner, how, and unchecked output.
    pub closed: Vec<(usize, Closed, Vec<u8>)>,
    /// How long it takes to check a password, and those that are being checked: until when, and the result.
    pub password_time: Duration,
    passwords: VecDeque<(Instant, u64, Option<bool>)>,
    /// All that may operate the server, and whether one of them may not now.
    operators: Vec<OperatorEntry>,
    pub is_night_out: bool,
    pub opens: bool,
    /// Rooms that people opened, and what became of them since the last look.
    pub open: BTreeMap<&'static str, RoomId>,
    pub lives: Vec<Life>,
    at_once: usize,
}

impl Server {
    /// A server that starts now, with its wall clock moved by this many seconds.
    pub fn new(
        mut config: Config,
        (disk, sequencer): (Disk, Sequencer),
        start: (Instant, SystemTime),
        moved: i64,
    ) -> Server {
        let now = disk.now;
        config.memory = || None;
        config.start = (now, wall(start, now, moved, 0));
        let (opens, operators) = (config.people_open_rooms, config.operators.clone());
        let mut server = Server {
            hub: Hub::with_sequencer(config, Box::new(sequencer.clone())),
            admin: Admin::default(),
            network: Network::new(now),
            disk,
            sequencer,
            now,
            start,
            moved,
            readable: Vec::new(),
            orders: Vec::new(),
            answers: Vec::new(),
            later: Vec::new(),
            closed: Vec::new(),
            password_time: Duration::ZERO,
            passwords: VecDeque::new(),
            operators,
            is_night_out: false,
            opens,
            open: BTreeMap::new(),
            lives: Vec::new(),
            at_once: 0,
        };
        server.open = server.find_opened();
        server
    }

    /// The listener of a room goes there.
    pub fn join_listener(&mut self, room: &str) {
        if let Some(listener) = listener(room) {
            let join = format!("{}\n", json!({ "type": "join", "room": room }));
            self.hub.received(listener, join.as_bytes(), self.now);
        }
    }

    /// The wall-clock time in this turn. Its milliseconds are the number of the turn.
    pub fn wall(&self, turn: u64) -> SystemTime {
        wall(self.start, self.now, self.moved, turn)
    }

    /// The wall-clock time if the clock had never been moved.
    pub fn even(&self, turn: u64) -> SystemTime {
        wall(self.start, self.now, 0, turn)
    }

    /// A client connects. `None`: it is refused.
    pub fn connect(
        &mut self,
        address: std::net::SocketAddr,
        kind: ListenerKind,
        socket: Socket,
    ) -> Option<SessionId> {
        let permit = self.hub.admit(address, kind, self.now).ok()?;
        let id = self.hub.open(permit, self.now);
        self.network.sockets.insert(id, socket);
        Some(id)
    }

    /// Runs one turn of the loop.
    pub fn turn(&mut self, turn: u64) {
        (self.network.now, self.disk.now) = (self.now, self.now);
        self.sequencer.set_time(self.now);
        self.hub.set_clock(self.now, self.wall(turn));
        self.hub.resume(self.now);
        self.look_for_opened();
        self.network.arrive();
        for (id, socket) in &mut self.network.sockets {
            if socket.is_readable() && !self.readable.contains(id) {
                self.readable.push(*id);
            }
            if socket.take_opened() {
                self.hub.writable(*id);
            }
        }
        self.read();
        self.hub.handle_timeout(self.now);
        self.look_for_opened();
        for order in std::mem::take(&mut self.orders) {
            let answer = self.admin.operate(&mut self.hub, &order, self.now);
            let opened = order.strip_prefix("open ").and_then(|what| what.split_once('='));
            if let (Some((room, _)), Answer::Done(Reply { ok: true, .. }) | Answer::Pending(_)) =
                (opened, &answer)
            {
                // Listeners join before anybody else.
                self.join_listener(room);
            }
            // The answer tells that it closed a room.
            self.open = self.find_opened();
            self.answers.push((order, answer));
        }
        self.operate_from_the_chat();
        for question in self.hub.weather_questions() {
            // There is no network: no forecasts.
            self.hub.weather(question.ticket, None, self.now);
        }
        self.hub.drive_journal(&mut self.disk, self.now);
        while let Some((ticket, reply)) = self.admin.poll_answer(&mut self.hub, self.now) {
            self.later.push((ticket, reply));
        }
        self.hub.flush(&mut self.network, self.now);
        self.close();
    }

    /// Runs the commands of members that are operators, and checks passwords. Each time that files are read again, the operators
    /// are other ones.
    fn operate_from_the_chat(&mut self) {
        self.admin.run_members(&mut self.hub, self.now);
        self.look_for_opened();
        while self.passwords.front().is_some_and(|(at, ..)| *at <= self.now)
            && let Some((_, ticket, is_right)) = self.passwords.pop_front()
        {
            self.hub.password_checked(ticket, is_right, self.now);
        }
        for check in self.hub.password_checks() {
            let result = is_right(check.password.expose());
            self.passwords.push_back((self.now + self.password_time, check.ticket, result));
        }
        if self.admin.take_reload() {
            self.is_night_out = !self.is_night_out;
            let is_in = |entry: &&OperatorEntry| !(self.is_night_out && entry.name == NIGHT);
            let operators = self.operators.iter().filter(is_in).cloned().collect();
            self.hub.set_operators(operators, self.now);
            self.later.extend(self.admin.reloaded(&mut self.hub, &[], self.now));
        }
    }

    fn read(&mut self) {
        let mut waiting = std::mem::take(&mut self.readable);
        let mut done = 0;
        while done < waiting.len() && !self.hub.sessions().must_pause_reads() {
            let id = waiting[done];
            done += 1;
            if self.read_one(id) {
                self.readable.push(id);
            }
        }
        waiting.drain(..done);
        waiting.append(&mut self.readable);
        self.readable = waiting;
    }

    /// Returns whether there may be more to read.
    fn read_one(&mut self, id: SessionId) -> bool {
        let mut left = READ_BYTES_PER_TURN;
        while left > 0 && self.hub.sessions().accepts_input(id) {
            let Some(socket) = self.network.sockets.get_mut(&id) else { return false };
            match socket.receive(left) {
                Ok(bytes) if bytes.is_empty() => {
                    self.hub.ended(id, self.now);
                    return false;
                }
                Ok(bytes) => {
                    self.hub.received(id, &bytes, self.now);
                    self.look_for_opened();
                    left -= bytes.len();
                }
                Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => return false,
                Err(e) => {
                    self.hub.lost(id, &e, self.now);
                    return false;
                }
            }
        }
        self.hub.sessions().may_send_more(id)
    }

    fn close(&mut self) {
        while let Some(close) = self.hub.poll_close() {
            match close {
                Close::Half(id) => {
                    if let Some(socket) = self.network.sockets.get_mut(&id) {
                        socket.closed = Closed::Half;
                        self.closed.push((socket.part, Closed::Half, std::mem::take(&mut socket.heard)));
                    }
                }
                Close::Full(id) => {
                    self.readable.retain(|other| *other != id);
                    if let Some(mut socket) = self.network.sockets.remove(&id) {
                        socket.read_on();
                        self.closed.push((socket.part, Closed::Full, socket.heard));
                    }
                }
            }
        }
    }

    /// Whether messages are not ordered or not committed yet.
    pub fn is_behind(&self) -> bool {
        self.disk.next().is_some() || self.sequencer.next().is_some()
    }

    /// Whether the next turn is due at once.
    fn is_busy(&self) -> bool {
        let is_heard = |id: &SessionId| self.hub.sessions().accepts_input(*id);
        let is_read = !self.hub.sessions().must_pause_reads() && self.readable.iter().any(is_heard);
        self.hub.is_busy() || !self.orders.is_empty() || is_read
    }

    /// Advances to the next turn before `end`, if there is one, and up to `grain` later, so that several events share a turn. An
    /// error is a fault of the hub.
    pub fn next_turn(&mut self, end: Instant, grain: Duration) -> Result<bool, String> {
        if self.is_busy() {
            self.at_once += 1;
            if self.at_once > MAX_TURNS {
                return Err("there is more to do at once, for ever".into());
            }
            return Ok(true);
        }
        let password = self.passwords.front().map(|(at, ..)| *at);
        let next = [
            self.network.next(),
            self.disk.next(),
            self.sequencer.next(),
            self.hub.next_deadline(),
            password,
        ];
        let next = next.into_iter().flatten().min();
        let Some(next) = next.filter(|next| *next <= end) else { return Ok(false) };
        if next <= self.now {
            self.at_once += 1;
            if self.at_once > MAX_TURNS {
                return Err("something is due at once, for ever".into());
            }
        } else {
            self.at_once = 0;
            self.now = (next + grain).min(end);
        }
        Ok(true)
    }
}

fn wall(start: (Instant, SystemTime), now: Instant, moved: i64, turn: u64) -> SystemTime {
    let wall = start.1 + Duration::from_secs((now - start.0).as_secs()) + Duration::from_millis(turn % 1_000);
    let by = Duration::from_secs(moved.unsigned_abs());
    let moved = if moved < 0 { wall.checked_sub(by) } else { wall.checked_add(by) };
    moved.unwrap_or(wall)
}
