//! An operator who is never content, on the control socket; and what is exported meanwhile.

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

/// What is exported of what was said with a number: where each has its place, and what it is.
pub type Exported = Vec<(u64, Token)>;

impl Operator {
    pub fn connect(path: &Path) -> Operator {
        Operator { peer: Peer::over(OwnedFd::from(UnixStream::connect(path).unwrap())) }
    }

    /// The answer to a command.
    pub fn order(&mut self, command: &str) -> Value {
        self.peer.say(command);
        serde_json::from_str(&self.peer.until("\n")).unwrap()
    }

    /// What was said in a room of the first thread, after the id, and the id of the last.
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

/// What it orders, in this order.
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

/// Gives all orders, again and again, and returns what it exported from time to time.
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
            // The ban may be over.
            assert!(reply["ok"] == true || order.starts_with("unban"), "{order}: {reply}");
        }
        stage.took("answers to an operator", ordered);
        if !stage.pause(Duration::from_millis(350)) {
            break;
        }
    }
    exported
}
