//! How a link handles the server's messages.

use std::time::Instant;

use crate::base::limits::{RECONNECT_BACKOFF_MIN, ROOMS};
use crate::base::text::sanitize;
use crate::client::link::{End, JoinedRoom, LastHeard, Link, Output, Stage, put};
use crate::client::sanitize::sanitize_message;
use crate::proto::STOPPING;
use crate::wire::json::{ClientMessage, ErrorCode, ServerMessage};

/// How much of an unknown server's reply is shown, in characters.
const STRANGE_CHARS: usize = 200;

impl Link {
    /// Handles a complete line.
    pub(super) fn line(&mut self, line: &[u8], now: Instant) {
        if !self.is_connected() || line.trim_ascii().is_empty() {
            return;
        }
        let greeting = matches!(self.stage, Stage::Greeting { .. });
        match serde_json::from_slice(line) {
            Ok(message) => self.heard(sanitize_message(message), now),
            // A message of a later protocol version is ignored.
            Err(_) if line.starts_with(b"{") || !greeting => {}
            Err(_) => self.on_unknown_greeting(line, now),
        }
    }

    /// The first line is not JSON: it comes from another service, or from a Salon that is full.
    fn on_unknown_greeting(&mut self, line: &[u8], now: Instant) {
        if self.will_reconnect() {
            self.outputs.push_back(Output::Close);
            return self.lost(now);
        }
        let words: String = String::from_utf8_lossy(line).trim_end().chars().take(STRANGE_CHARS).collect();
        self.end(End::UnknownServer(sanitize(words.as_bytes()).into_owned()));
    }

    fn heard(&mut self, message: ServerMessage, now: Instant) {
        if !self.is_news(&message) {
            return;
        }
        if matches!(self.stage, Stage::Joining | Stage::Live | Stage::Leaving { .. }) {
            self.outbox.acknowledge(&message, &self.identity.name);
        }
        match &message {
            ServerMessage::Hello { name, token, started, features, .. }
                if matches!(self.stage, Stage::Greeting { .. }) =>
            {
                self.identity.name.clone_from(name);
                self.token.clone_from(token);
                // What was missed meanwhile is asked for by its ids, if they go on.
                let goes_on = !started.is_empty() && self.started == *started;
                self.started.clone_from(started);
                self.join(features.iter().any(|feature| feature == "rooms"), goes_on);
                self.outbox.reconnected(now);
            }
            ServerMessage::Welcome { room, echoes, .. } => {
                self.identity.room.clone_from(room);
                self.rooms.retain(|other| other.name != *room);
                self.rooms.truncate(ROOMS);
                self.rooms.push(JoinedRoom { name: room.clone(), echoes: *echoes });
                self.asked.pop_front();
                self.replaying += 1;
            }
            ServerMessage::Nick { name, was } if *was == self.identity.name => {
                self.identity.name.clone_from(name);
            }
            ServerMessage::Parted { room, .. } => self.rooms.retain(|other| other.name != *room),
            ServerMessage::Live { .. } if self.stage == Stage::Joining => {
                self.replaying = self.replaying.saturating_sub(1);
                self.outputs.push_back(Output::Received(message));
                return self.joined(now);
            }
            // A bot must not evade a ban under another name.
            ServerMessage::Refused { why: ErrorCode::Banned, text } if self.identity.bot => {
                return self.end(End::Refused(text.clone()));
            }
            ServerMessage::Refused { why: ErrorCode::Password, text }
                if matches!(self.stage, Stage::Greeting { .. }) =>
            {
                return self.end(End::NoPassword(text.clone()));
            }
            // Wrong passwords came from its address.
            ServerMessage::Refused { why: ErrorCode::TooFast, text }
                if matches!(self.stage, Stage::Greeting { .. }) =>
            {
                if !self.will_reconnect() {
                    return self.end(End::Refused(text.clone()));
                }
                self.outputs.push_back(Output::Close);
                return self.lost(now);
            }
            ServerMessage::Refused { text, .. } if matches!(self.stage, Stage::Greeting { .. }) => {
                self.stage = Stage::NeedsName;
                return self.outputs.push_back(Output::NameRefused(text.clone()));
            }
            // Only joins were requested so far.
            ServerMessage::Refused { text, .. } if self.stage == Stage::Joining => {
                let room = self.asked.pop_front().unwrap_or_default();
                let mut text = text.clone();
                if self.rooms.is_empty() && self.asked.is_empty() {
                    let may_fall_back = self.falls_back || self.lists_rooms && self.was_inside;
                    if room.is_empty() || !may_fall_back {
                        return self.end(End::Refused(format!("{text} Choose another with -r ROOM.")));
                    }
                    text.push_str(" You go to the first room instead.");
                    self.ask_to_join(vec![String::new()], false);
                }
                // Other rooms are left, or the first one. For the user it is as if it had left this one.
                self.outputs.push_back(Output::Received(ServerMessage::Parted { room, text }));
                return self.joined(now);
            }
            ServerMessage::Removed { reason, .. } if reason == STOPPING && self.will_reconnect() => {
                // The service may come back.
                self.outputs.extend([Output::Received(message), Output::Close]);
                return self.lost(now);
            }
            ServerMessage::Removed { reason, .. } => return self.end(End::Removed(reason.clone())),
            _ => {}
        }
        self.outputs.push_back(Output::Received(message));
    }

    /// Whether this event is new, not heard on an earlier connection. A restarted server may count ids from one again, but its
    /// times are later.
    fn is_news(&mut self, message: &ServerMessage) -> bool {
        let (ServerMessage::Joined { what }
        | ServerMessage::Left { what, .. }
        | ServerMessage::Renamed { what, .. }
        | ServerMessage::Topic { what }
        | ServerMessage::Changed { what, .. }
        | ServerMessage::Erased { what, .. }
        | ServerMessage::Edited { what, .. }
        | ServerMessage::Said { what }
        | ServerMessage::Acted { what }) = message
        else {
            return true;
        };
        let known = self.last_heard.iter().position(|last| last.room == what.room);
        let last = known.map(|at| self.last_heard.remove(at));
        let is_known = last.as_ref().is_some_and(|last| what.id <= last.id && what.time <= last.time);
        let is_old = what.replayed && is_known;
        if self.last_heard.len() >= ROOMS {
            self.last_heard.remove(0);
        }
        self.last_heard.push(last.filter(|_| is_old).unwrap_or_else(|| LastHeard {
            room: what.room.clone(),
            id: what.id,
            time: what.time.clone(),
        }));
        !is_old
    }

    /// Asks for the rooms that it was in, or is to be in. `goes_on`: the server's ids are still those of the last connection.
    fn join(&mut self, can_list: bool, goes_on: bool) {
        let rooms = std::mem::take(&mut self.rooms).into_iter().map(|room| room.name);
        let before: Vec<String> = rooms.chain(std::mem::take(&mut self.wanted)).collect();
        self.replaying = 0;
        let rooms = if before.is_empty() { vec![self.identity.room.clone()] } else { before };
        self.ask_to_join(rooms, goes_on);
        if can_list && self.lists_rooms {
            self.put(&ClientMessage::Rooms { watch: true });
        }
        self.stage = Stage::Joining;
    }

    /// Asks for these rooms. An empty name: the first one. `goes_on`: for what is new, in those that it has heard.
    fn ask_to_join(&mut self, rooms: Vec<String>, goes_on: bool) {
        for room in &rooms {
            let last = self.last_heard.iter().find(|last| goes_on && last.room == *room);
            let room = Some(room.clone()).filter(|room| !room.is_empty());
            let request = match last {
                Some(last) => ClientMessage::Join { room, after: Some(last.id), replay: None },
                None => self.request_to_join(room),
            };
            put(&mut self.unsent, &request);
        }
        self.asked = rooms.into();
    }

    /// A join is answered. With the last one the link is live.
    fn joined(&mut self, now: Instant) {
        if self.asked.is_empty() && self.replaying == 0 {
            (self.stage, self.was_inside, self.pause) = (Stage::Live, true, RECONNECT_BACKOFF_MIN);
            self.outbox.resend();
            self.pump(now);
        }
    }
}
