//! What speaks to a server from outside: the terminal client `salon join`, bots, the operator's `salon ctl`, and a crowd that
//! measures it, `salon bench`.
//!
//! [`link`] speaks with a server, and knows no sockets; [`app`] is what a person sees and does, and knows no terminal;
//! [`view`] draws it; [`bot_swarm`] is bots that take part from outside. Their loops bring them together, each with one thread
//! and one poll.

mod ansi;
pub mod app;
pub mod bench;
pub mod bot_swarm;
mod canvas;
pub mod completion;
mod ctl;
pub mod editor;
mod filter;
mod input;
mod interactive;
pub mod keys;
pub mod line_history;
pub mod lines;
pub mod link;
mod outbox;
pub mod paste;
mod plain;
mod presence_digest;
pub mod roster;
mod sanitize;
pub mod screen;
mod sentences;
pub mod socket;
pub mod terminal;
pub mod view;

use std::fmt;
use std::io::{self, IsTerminal};
use std::net::{SocketAddr, ToSocketAddrs};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use crate::base::stderr::print_error;
use crate::base::text::sanitize;
use crate::base::zone;
use link::Identity;

/// What `TERM` is where nothing is known to move a cursor.
const DUMB: [&str; 3] = ["dumb", "unknown", ""];

/// Signals that ask a client to end.
const END_SIGNALS: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Where a server is, as its user names it.
#[derive(Clone, Debug)]
pub struct Address {
    /// A name or an address.
    pub destination: String,
    /// The port.
    pub port: u16,
}

impl Address {
    /// The server that `destination` names, on `port` unless it names another itself: `host`, `host:port`, `::1`, `[::1]` or
    /// `[::1]:port`.
    pub fn new(destination: &str, port: u16) -> Address {
        let bare = |text: &str| text.trim_start_matches('[').trim_end_matches(']').to_owned();
        if let Some((host, own)) = destination.rsplit_once(':')
            && (!host.contains(':') || (host.starts_with('[') && host.ends_with(']')))
            && let Ok(port) = own.parse()
        {
            return Address { destination: bare(host), port };
        }
        Address { destination: bare(destination), port }
    }

    /// All addresses that this may be. An error is a sentence.
    pub fn find(&self) -> Result<Vec<SocketAddr>, String> {
        let addresses = self.resolve();
        if addresses.is_empty() {
            let (what, name) = match zone::interface(&self.destination) {
                Some(interface) => ("network interface", interface),
                None => ("host", self.destination.as_str()),
            };
            let name = sanitize(name.as_bytes());
            return Err(format!("There is no {what} called {name}. Name another with -d HOST."));
        }
        Ok(addresses)
    }

    /// All addresses that this may be; none if there is no such name. Waits for the answer of a name server.
    pub fn resolve(&self) -> Vec<SocketAddr> {
        (self.destination.as_str(), self.port).to_socket_addrs().map(Iterator::collect).unwrap_or_default()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.destination, self.port)
    }
}

/// Joins a chat: on a terminal with all comfort, else as a filter. There, lines that begin with a slash are commands if a
/// person types them, or if `commands` says so. Reconnect whether all went as wished; if not, it was said why.
pub fn join(identity: Identity, address: Address, commands: bool) -> io::Result<bool> {
    let addresses = match address.find() {
        Ok(addresses) => addresses,
        Err(sentence) => {
            print_error(&sentence);
            return Ok(false);
        }
    };
    let is_typed = io::stdin().is_terminal();
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| DUMB.iter().any(|dumb| term == *dumb));
    if is_typed && io::stdout().is_terminal() && !is_dumb {
        return interactive::run(identity, &address, addresses);
    }
    filter::run(identity, address, addresses, commands || is_typed, is_typed)
}

pub use bot_swarm::{SwarmBots, SwarmConfig, run_bots};
pub use ctl::{Control, control};
