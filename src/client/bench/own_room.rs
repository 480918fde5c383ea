//! A room that is there for a bench only. It takes the operator's socket, so there is one on this machine only.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;

use serde_json::Value;

use crate::admin::Reply;
use crate::base::limits::CONTROL_REPLY_BYTES;
use crate::client::ctl::{self, Control};

/// What the names of such rooms begin with. Four hexadecimal digits follow.
const PREFIX: &str = "bench_";

fn is_own(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.len() == 4 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A room that was opened for the bench.
#[derive(Debug)]
pub(super) struct OwnRoom {
    operator: BufReader<UnixStream>,
    pub(super) name: String,
}

impl OwnRoom {
    /// Opens a room at the server that `address` is, if it is on this machine and we may operate it. `None`: it is not, or we may
    /// not. An error says why the server opens none.
    pub(super) fn open(address: SocketAddr) -> Result<Option<OwnRoom>, String> {
        let control = Control { path: None, port: address.port(), json: false, words: Vec::new() };
        let Some(operator) = ctl::connect(&control).ok().filter(|_| address.ip().is_loopback()) else {
            return Ok(None);
        };
        let name = format!("{PREFIX}{:04x}", rand::random::<u16>());
        let mut room = OwnRoom { operator: BufReader::new(operator), name };
        room.close_left_over();
        match room.order(&format!("open {}=lobby", room.name)) {
            Some(Reply { ok: true, .. }) => Ok(Some(room)),
            Some(Reply { text, .. }) => {
                Err(format!("the server opens no room for the bench. It said: {text} Name a room with -r."))
            }
            None => Ok(None),
        }
    }

    /// Closes the room, and erases what these speakers said in it. Returns the sentence about those that are not erased, if any.
    pub(super) fn clear(mut self, speakers: &[String]) -> Option<String> {
        let close = format!("close {} confirm", self.name);
        self.order(&close);
        let mut orders: Vec<String> = speakers.iter().map(|speaker| format!("forget {speaker}")).collect();
        orders.retain(|order| !self.order(order).is_some_and(|reply| reply.ok));
        (!orders.is_empty()).then(|| {
            format!(
                "Not everything that the bench said is erased yet. If stats does not show that it is being erased, type at the \
                 server's console: {}",
                orders.join(", ")
            )
        })
    }

    /// Closes the rooms of benches that were killed: nobody is in them.
    fn close_left_over(&mut self) {
        let Some(Reply { data: Value::Array(rooms), .. }) = self.order("rooms") else { return };
        let left_over = rooms.iter().filter(|room| room["people"] == 0);
        let names: Vec<&str> =
            left_over.filter_map(|room| room["name"].as_str()).filter(|name| is_own(name)).collect();
        for name in names {
            self.order(&format!("close {name}"));
        }
    }

    /// Has the server do this. `None`: it is gone.
    fn order(&mut self, command: &str) -> Option<Reply> {
        self.operator.get_mut().write_all(format!("{command}\n").as_bytes()).ok()?;
        let mut line = Vec::new();
        (&mut self.operator).take(CONTROL_REPLY_BYTES).read_until(b'\n', &mut line).ok()?;
        serde_json::from_slice(&line).ok()
    }
}
