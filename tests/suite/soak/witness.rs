//! The witness, which receives everything: what any other client receives in a stay must be a part of that without a gap.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::people::WITNESS;
use super::stage::{Phase, Record, Stage};
use super::voice::{Heard, Token, Tongue, Voice, token};
use crate::support::process::TEST_TIMEOUT;

/// What the witness received in a room.
#[derive(Default)]
pub struct Room {
    /// The ids of all events.
    ids: Vec<u64>,
    /// Numbered messages, with their ids.
    pub tokens: Vec<(u64, Token)>,
}

/// Everything that the witness received.
#[derive(Default)]
pub struct Truth {
    pub rooms: HashMap<String, Room>,
    /// When the host of the lobby said something.
    host: Vec<Instant>,
}

/// Reads everything in two rooms, and sends the last message in each when all others are silent.
pub fn witness(stage: &Stage) -> Truth {
    let mut voice = Voice::connect(stage.port, Tongue::Json);
    voice.introduce(WITNESS);
    voice.send(b"{\"type\":\"join\",\"room\":\"chaty\"}\n");
    let mut truth = Truth::default();
    let mut last_word = None;
    loop {
        match voice.next(Duration::from_millis(50)) {
            Heard::Message(message) => truth.hear(&message),
            Heard::Nothing if stage.phase() < Phase::Silent => {}
            Heard::Nothing if last_word.is_none() => {
                for room in ["lobby", "chaty"] {
                    let text = format!("#{WITNESS} 0# is the last word");
                    let say = json!({ "type": "say", "room": room, "text": text });
                    voice.send(format!("{say}\n").as_bytes());
                }
                last_word = Some(Instant::now());
            }
            // A chaty room does not echo.
            Heard::Nothing if truth.rooms["lobby"].is_over() => break,
            Heard::Nothing => {
                assert!(last_word.unwrap().elapsed() < TEST_TIMEOUT, "the last word is not heard");
            }
            Heard::Closed => panic!("the witness was let go"),
        }
    }
    let intervals = truth.host.windows(2).map(|two| two[1] - two[0]);
    intervals.for_each(|time| stage.took_time("between two lines of the host", time));
    truth
}

impl Truth {
    fn hear(&mut self, message: &str) {
        let object: Value = serde_json::from_str(message).unwrap();
        assert_ne!(object["type"], "refused", "{message}");
        let (Some(id), Some(room)) = (object["id"].as_u64(), object["room"].as_str()) else { return };
        let room = self.rooms.entry(room.to_owned()).or_default();
        assert!(room.ids.last().is_none_or(|last| *last < id), "out of order: {message}");
        room.ids.push(id);
        if let Some(token) = token(message) {
            room.tokens.push((id, token));
        }
        if object["room"] == "lobby" && object["is"] == "host" {
            self.host.push(Instant::now());
        }
    }
}

impl Room {
    fn is_over(&self) -> bool {
        self.tokens.last().is_some_and(|(_, (who, _))| who == WITNESS)
    }

    /// Checks that a client received everything between its first and its last message once, in order.
    pub fn judge(&self, record: &Record) {
        let Record { name, tongue, heard } = record;
        let mark = (WITNESS.to_owned(), 0);
        let place = |wanted: &Token| self.tokens.iter().position(|(_, token)| token == wanted);
        let heard: Vec<&Token> = heard.iter().filter(|token| **token != mark).collect();
        let (Some(first), Some(last)) = (heard.first(), heard.last()) else {
            panic!("{name} heard nothing");
        };
        let (first, last) = (place(first).unwrap(), place(last).unwrap());
        let wanted = self.tokens[first..=last].iter().map(|(_, token)| token);
        let wanted: Vec<&Token> = wanted.filter(|(who, _)| tongue.echoes() || who != name).collect();
        let at = heard.iter().zip(&wanted).position(|(is, should)| is != should);
        assert!(
            at.is_none() && heard.len() == wanted.len(),
            "{name} ({tongue:?}) heard {} of {} numbered messages; first otherwise: {:?} and not {:?}",
            heard.len(),
            wanted.len(),
            at.map(|at| heard[at]),
            at.map(|at| wanted[at])
        );
    }
}
