//! What speaks to a server from outside: the terminal client `salon join`, bots, the operator's `salon ctl`, and a crowd that
//! measures it, `salon bench`.
//!
//! [`link`] speaks with a server, and knows no sockets; [`app`] is what a person sees and does, and knows no terminal;
//! [`view`] draws it; [`troupe`] is bots that take part from outside. Their loops bring them together, each with one thread
//! and one poll.

mod ansi;
pub mod app;
pub mod bench;
mod bots;
mod canvas;
mod comings;
pub mod completion;
mod ctl;
pub mod editor;
pub mod ensemble;
mod filter;
mod harmless;
mod input;
mod interactive;
pub mod keys;
pub mod lines;
pub mod link;
mod outbox;
pub mod paste;
mod plain;
pub mod player;
pub mod players;
pub mod recall;
pub mod roster;
pub mod screen;
mod signals;
pub mod socket;
pub mod terminal;
pub mod troupe;
pub mod view;
mod words;

use std::fmt;
use std::io::{self, IsTerminal};
use std::net::{SocketAddr, ToSocketAddrs};

use link::Identity;

/// Where a server is, as its user names it.
#[derive(Clone, Debug)]
pub struct Address {
    /// A name or an address.
    pub destination: String,
    /// The port.
    pub port: u16,
}

impl Address {
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

/// Joins a chat: on a terminal with all comfort, else as a filter. Returns whether all went as wished; if not, it was said
/// why.
pub fn join(identity: Identity, address: Address) -> io::Result<bool> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return interactive::run(identity, &address);
    }
    filter::run(identity, address)
}

pub use bots::{Bots, Visit, visit};
pub use ctl::{Control, control};
