//! The loop over virtual sockets: what the real one does in a turn, in the same order, and when the next turn is.

use std::time::{Duration, Instant, SystemTime};

use salon::admin::{Admin, Answer, Reply};
use salon::base::limits::READ_BYTES_PER_TURN;
use salon::hub::{Close, Config, Hub, ListenerKind, SessionId};
use salon::journal::Ticket;
use serde_json::json;

use crate::simulation::disk::Disk;
use crate::simulation::network::{Closed, Network, Socket};
use crate::simulation::sequencer::Sequencer;
use crate::simulation::vocabulary::ROOMS;

/// Turns at one time after which it is plain that there is no end to them.
const MAX_TURNS: usize = 20_000;

/// The session of whoever listens in a room for all the others: the first who connect.
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
    /// What the wall said at the beginning, and by how many seconds its clock was moved since.
    start: (Instant, SystemTime),
    pub moved: i64,
    /// Those who may have sent something, in the order in which they are read.
    readable: Vec<SessionId>,
    /// What operators typed, and was not done yet.
    pub orders: Vec<String>,
    /// What they were told, since that was last looked at.
    pub answers: Vec<(String, Answer)>,
    /// What they were told later.
    pub later: Vec<(Ticket, Reply)>,
    /// Connections that were closed, since that was last looked at: whose, and what had been read.
    pub closed: Vec<(usize, Closed, Vec<u8>)>,
    at_once: usize,
}

impl Server {
    /// A server that begins now, after its clock was moved by so many seconds.
    pub fn new(
        mut config: Config,
        (disk, sequencer): (Disk, Sequencer),
        start: (Instant, SystemTime),
        moved: i64,
    ) -> Server {
        let now = disk.now;
        config.memory = || None;
        config.start = (now, wall(start, now, moved, 0));
        Server {
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
            at_once: 0,
        }
    }

    /// What the clock on the wall says in this turn: its milliseconds are those of the turn.
    pub fn wall(&self, turn: u64) -> SystemTime {
        wall(self.start, self.now, self.moved, turn)
    }

    /// What it would say if it had never been moved.
    pub fn even(&self, turn: u64) -> SystemTime {
        wall(self.start, self.now, 0, turn)
    }

    /// Somebody connects. None: it is refused.
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

    /// One turn of the loop, and its number.
    pub fn turn(&mut self, turn: u64) {
        (self.network.now, self.disk.now) = (self.now, self.now);
        self.sequencer.set_time(self.now);
        self.hub.set_clock(self.now, self.wall(turn));
        self.hub.resume(self.now);
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
        for order in std::mem::take(&mut self.orders) {
            let answer = self.admin.operate(&mut self.hub, &order, self.now);
            let opened = order.strip_prefix("open ").and_then(|what| what.split_once('='));
            if let (Some((room, _)), Answer::Done(Reply { ok: true, .. }) | Answer::Pending(_)) =
                (opened, &answer)
                && let Some(listener) = listener(room)
            {
                // Who listens for all the others is there before anybody else.
                let join = format!("{}\n", json!({ "type": "join", "room": room }));
                self.hub.received(listener, join.as_bytes(), self.now);
            }
            self.answers.push((order, answer));
        }
        for question in self.hub.weather_questions() {
            // There is no network there.
            self.hub.weather(question.ticket, None, self.now);
        }
        self.hub.drive_journal(&mut self.disk, self.now);
        while let Some((ticket, reply)) = self.admin.poll_answer(&mut self.hub) {
            self.later.push((ticket, reply));
        }
        self.hub.flush(&mut self.network, self.now);
        self.close();
    }

    fn read(&mut self) {
        let mut waiting = std::mem::take(&mut self.readable);
        let mut done = 0;
        while done < waiting.len() && !self.hub.is_full() {
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
        while left > 0 && self.hub.accepts_input(id) {
            let Some(socket) = self.network.sockets.get_mut(&id) else { return false };
            match socket.receive(left) {
                Ok(bytes) if bytes.is_empty() => {
                    self.hub.ended(id, self.now);
                    return false;
                }
                Ok(bytes) => {
                    self.hub.received(id, &bytes, self.now);
                    left -= bytes.len();
                }
                Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => return false,
                Err(e) => {
                    self.hub.lost(id, &e, self.now);
                    return false;
                }
            }
        }
        self.hub.may_send_more(id)
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

    /// Whether something that was said is not in order yet, or not kept.
    pub fn is_behind(&self) -> bool {
        self.disk.next().is_some() || self.sequencer.next().is_some()
    }

    /// Whether there is another turn to do at once.
    fn is_busy(&self) -> bool {
        let is_heard = |id: &SessionId| self.hub.accepts_input(*id);
        let is_read = !self.hub.is_full() && self.readable.iter().any(is_heard);
        self.hub.is_busy() || !self.orders.is_empty() || is_read
    }

    /// Goes to the next turn, if there is one before `end`, and up to `grain` later than that, so that several things meet
    /// in it. An error is a fault of the hub's.
    pub fn next_turn(&mut self, end: Instant, grain: Duration) -> Result<bool, String> {
        if self.is_busy() {
            self.at_once += 1;
            if self.at_once > MAX_TURNS {
                return Err("there is more to do at once, for ever".into());
            }
            return Ok(true);
        }
        let next = [self.network.next(), self.disk.next(), self.sequencer.next(), self.hub.next_deadline()];
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
