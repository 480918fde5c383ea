//! How a link handles the server's messages.

use std::time::Instant;

use crate::base::limits::RECONNECT_BACKOFF_MIN;
use crate::base::text::sanitize;
use crate::client::link::{End, Link, Output, Stage};
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
            ServerMessage::Hello { name, token, .. } if matches!(self.stage, Stage::Greeting { .. }) => {
                self.identity.name.clone_from(name);
                self.token.clone_from(token);
                let room = Some(self.identity.room.clone()).filter(|room| !room.is_empty());
                self.put(&ClientMessage::Join { room, after: None });
                self.outbox.reconnected(now);
                self.stage = Stage::Joining;
            }
            ServerMessage::Welcome { room, echoes, .. } => {
                self.identity.room.clone_from(room);
                self.echoes = *echoes;
            }
            // Outside of a room messages are refused: no local echo.
            ServerMessage::Parted { .. } => self.echoes = true,
            ServerMessage::Live { .. } if self.stage == Stage::Joining => {
                (self.stage, self.was_inside, self.pause) = (Stage::Live, true, RECONNECT_BACKOFF_MIN);
                self.outbox.resend();
                self.outputs.push_back(Output::Received(message));
                return self.pump(now);
            }
            // A bot must not evade a ban under another name.
            ServerMessage::Refused { why: ErrorCode::Banned, text } if self.identity.bot => {
                return self.end(End::Refused(text.clone()));
            }
            ServerMessage::Refused { text, .. } if matches!(self.stage, Stage::Greeting { .. }) => {
                self.stage = Stage::NeedsName;
                return self.outputs.push_back(Output::NameRefused(text.clone()));
            }
            // Only the join was requested so far.
            ServerMessage::Refused { text, .. } if self.stage == Stage::Joining => {
                return self.end(End::Refused(format!("{text} Choose another with -r ROOM.")));
            }
            ServerMessage::Removed { reason, .. } if reason == STOPPING && self.will_reconnect() => {
                // The service may come back.
                self.outputs.push_back(Output::Close);
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
        | ServerMessage::Left { what }
        | ServerMessage::Said { what }
        | ServerMessage::Acted { what }) = message
        else {
            return true;
        };
        let (room, id, time) = &mut self.last_heard;
        if *room != what.room {
            (*room, *id) = (what.room.clone(), 0);
            time.clear();
        }
        if what.replayed && what.id <= *id && what.time <= *time {
            return false;
        }
        *id = what.id;
        time.clone_from(&what.time);
        true
    }
}
