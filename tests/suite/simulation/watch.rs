//! A turn of the loop, and what is looked at after each: what was read, who is there, and how much waits.

use std::time::Duration;

use rand::RngExt;
use salon::admin::{Answer, Reply};
use salon::base::limits::{BROADCAST_BYTES_PER_TURN, SEND_QUEUE_BYTES};
use salon::hub::SessionId;
use salon::journal::StoredOrder;
use serde_json::{Value, json};

use crate::simulation::network::{Closed, Piece};
use crate::simulation::vocabulary::ROOMS;
use crate::simulation::world::World;

/// How long a listener waits before it asks once more to come in.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// What somebody read in a turn, and how its connection was closed then, if it was.
pub struct Heard {
    turn: u64,
    part: usize,
    bytes: Vec<u8>,
    closed: Option<Closed>,
}

impl World {
    /// One turn of the loop, and what everybody makes of it.
    pub fn turn(&mut self) -> Result<(), String> {
        let turn = self.shadow.turn + 1;
        self.shadow.begin_turn(self.server.now, self.server.wall(turn));
        self.server.turn(turn);
        let even = self.server.even(self.shadow.turn);
        self.shadow.tell_time(even);
        if let Some(why) = self.server.disk.fault.take() {
            return Err(why);
        }
        for life in std::mem::take(&mut self.server.lives) {
            self.shadow.live(&life)?;
        }
        let answers = std::mem::take(&mut self.server.answers);
        for (order, answer) in &answers {
            self.shadow.ordered(order, answer, &self.server.disk, even)?;
        }
        for (ticket, reply) in std::mem::take(&mut self.server.later) {
            self.shadow.answered_later(ticket, &reply, &self.server.disk)?;
        }
        let was_kept = self.shadow.unkept.is_empty();
        for (id, (room, _)) in ROOMS.iter().enumerate() {
            let socket = self.server.network.sockets.get_mut(&SessionId(id));
            let socket = socket.ok_or_else(|| format!("the listener of {room} is gone"))?;
            let heard = std::mem::take(&mut socket.heard);
            self.shadow.listen(room, &heard, &self.server.disk)?;
        }
        self.shadow.excuse(was_kept, self.server.hub.is_busy())?;
        if !self.server.hub.is_busy() {
            let is_excused = !was_kept || !self.shadow.unkept.is_empty();
            self.shadow.check_kept(is_excused, &self.server.disk)?;
        }
        if self.shadow.has_to_see() {
            let (connected, present) = (self.connected(), self.present());
            self.shadow.see(&connected, &present)?;
        }
        self.shadow.settle_arrivals();
        self.shadow.hold(&self.server.disk, &self.server.hub);
        self.collect()?;
        if self.server.is_behind() {
            // What was done in this turn was not heard yet, and others may be refused for it.
            self.shadow.last_behind = turn;
        }
        if !self.server.hub.is_busy() {
            self.judge()?;
        }
        self.follow_rooms()?;
        let now = self.server.now;
        for room in self.shadow.unheard() {
            // It may take a while until it is answered.
            if self.asked.get(&room).is_none_or(|asked| now >= *asked + ASK_AGAIN) {
                self.asked.insert(room.clone(), now);
                self.send_as_listener(&room, &json!({ "type": "join", "room": room }));
            }
        }
        if !self.server.is_behind() && self.heard.is_empty() {
            self.shadow.doubtful.clear();
        }
        self.shadow.operators.is_night_out = self.server.is_night_out;
        self.check_bounds()
    }

    /// What was asked of rooms is done or not, and rooms close in time.
    fn follow_rooms(&mut self) -> Result<(), String> {
        let is_behind = self.server.is_behind() || self.server.hub.is_busy();
        self.shadow.end_turn(is_behind);
        let unread = self.server.network.sockets.values().filter(|socket| !socket.is_all_read());
        let unread: Vec<usize> = unread.map(|socket| socket.part).collect();
        self.shadow.settle_asks(|part| !unread.contains(&part));
        if is_behind { Ok(()) } else { self.shadow.check_linger(Duration::from_millis(self.climate.grain)) }
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
            self.shadow.parts[part].end();
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
        match self.server.admin.operate(&mut self.server.hub, order, self.server.now) {
            Answer::Done(Reply { data: Value::Array(rows), .. }) => rows,
            _ => Vec::new(),
        }
    }

    fn check_bounds(&self) -> Result<(), String> {
        let ids: Vec<SessionId> = self.server.network.sockets.keys().copied().collect();
        for id in &ids {
            let (owed, _) = self.server.hub.sessions().unsent(&[*id]);
            if owed > SEND_QUEUE_BYTES + 2 * BROADCAST_BYTES_PER_TURN {
                return Err(format!("{owed} bytes wait for one reader"));
            }
        }
        if self.server.hub.sessions().count() != ids.len() {
            return Err(format!(
                "{} sessions of {} connections",
                self.server.hub.sessions().count(),
                ids.len()
            ));
        }
        Ok(())
    }

    /// Bots that operators stopped do not take part.
    pub fn check_orders(&mut self, orders: &[StoredOrder]) -> Result<(), String> {
        let bots = self.ask("bots");
        for StoredOrder { room, bot, runs } in orders {
            let Some(bot) = bot.as_ref().filter(|_| !runs) else { continue };
            let is_it = |row: &&Value| {
                let name = row["name"].as_str().unwrap_or_default().to_lowercase();
                row["room"] == **room && name.starts_with(&bot.to_lowercase())
            };
            if let Some(row) = bots.iter().find(is_it).filter(|row| row["takes_part"] != false) {
                return Err(format!("{bot} was stopped in {room}, and takes part: {row}"));
            }
        }
        Ok(())
    }
}
