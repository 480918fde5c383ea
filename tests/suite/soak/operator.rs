//! An operator that sends commands without a pause on the control socket, and exports meanwhile.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::stage::Stage;
use super::voice::{Token, token};
use crate::support::peer::Peer;

pub struct Operator {
    peer: Peer,
}

/// Exported numbered messages, with their ids.
pub type Exported = Vec<(u64, Token)>;

impl Operator {
    pub fn connect(path: &Path) -> Operator {
        Operator { peer: Peer::over(OwnedFd::from(UnixStream::connect(path).unwrap())) }
    }

    /// Sends a command, and returns the reply.
    pub fn order(&mut self, command: &str) -> Value {
        self.peer.say(command);
        serde_json::from_str(&self.peer.until("\n")).unwrap()
    }

    /// Exports the messages of the first stream after an id. Also returns the last id.
    pub fn export(&mut self, after: u64) -> (Exported, u64) {
        let (mut exported, mut last) = (Vec::new(), after);
        loop {
            let reply = self.order(&format!("export lobby after 1.{last}"));
            let messages = reply["data"]["messages"].as_array().unwrap_or_else(|| panic!("{reply}"));
            for message in messages {
                let id = message["id"].as_u64().unwrap();
                assert!(id > last, "exported out of order: {message}");
                last = id;
                exported.extend(token(&message.to_string()).map(|token| (id, token)));
            }
            if reply["data"]["next"].is_null() {
                return (exported, last);
            }
        }
    }
}

/// The commands, in order.
const ORDERS: [&str; 14] = [
    "list",
    "stats",
    "ban Bea for 5s so",
    "open hall=lobby",
    "bot stop simple",
    "rooms",
    "bans",
    "unban Bea",
    "close hall",
    "bot start simple",
    "mute Nobody for 1s",
    "forget Vera",
    "export",
    "bots",
];

/// Sends all commands again and again, and returns what it exported from time to time.
pub fn operate(stage: &Stage, socket: &Path) -> Exported {
    let mut operator = Operator::connect(socket);
    let (mut exported, mut last) = (Vec::new(), 0);
    for order in ORDERS.iter().cycle() {
        let ordered = Instant::now();
        if *order == "export" {
            let (more, place) = operator.export(last);
            exported.extend(more);
            last = place;
        } else {
            let reply = operator.order(order);
            // The ban may have ended.
            assert!(reply["ok"] == true || order.starts_with("unban"), "{order}: {reply}");
        }
        stage.took("answers to an operator", ordered);
        if !stage.pause(Duration::from_millis(350)) {
            break;
        }
    }
    exported
}
