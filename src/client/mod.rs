//! The programs that connect to a server: the terminal client `salon join`, the bots of `salon bots`, the operator's `salon ctl`,
//! and the load generator `salon bench`.
//!
//! [`link`] is the protocol, without a socket; [`app`] is the state of the terminal client, without a terminal; [`view`] draws
//! it; [`bot_swarm`] runs many bots. Each program has one event loop on one thread.

pub mod alert;
mod ansi;
pub mod app;
pub mod bench;
pub mod bot_swarm;
mod canvas;
pub mod completion;
mod ctl;
mod emoji;
mod filter;
mod input;
mod interactive;
mod key_help;
mod known;
mod leaving;
pub mod lines;
pub mod link;
mod links;
mod outbox;
pub mod palette;
mod pane;
mod past;
pub mod paste;
mod places;
mod plain;
pub mod preferences;
mod presence_digest;
mod private;
mod recall;
pub mod remembered;
mod room;
pub mod rooms;
pub mod roster;
pub mod rows;
mod sanitize;
pub mod screen;
mod sentences;
pub mod socket;
mod tabs;
pub mod terminal;
pub mod view;

use std::fmt;
use std::io::{self, IsTerminal};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use crate::base::limits::PASSWORD_PROMPTS;
use crate::base::secret::Secret;
use crate::base::stderr::print_error;
use crate::base::text::sanitize;
use crate::base::zone;
use crate::terminal::secret;
use filter::Options;
use link::Identity;
use preferences::Preferences;
use remembered::Remembered;

/// Values of `TERM` for terminals that cannot move the cursor.
const DUMB: [&str; 3] = ["dumb", "unknown", ""];

/// Part of the system's words for a name server that does not answer: std gives no code for it.
const TRY_AGAIN: &str = "emporary failure in name resolution";

/// Signals that end a client.
const END_SIGNALS: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// A server's address, as the user typed it.
#[derive(Clone, Debug)]
pub struct Address {
    /// A host name or an IP address.
    pub destination: String,
    /// The TCP port.
    pub port: u16,
}

impl Address {
    /// Parses `host`, `host:port`, `::1`, `[::1]` or `[::1]:port`. `port` is the default.
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

    /// All socket addresses, at least one. An error is a sentence that says what to do. May wait for a name server.
    pub fn find(&self) -> Result<Vec<SocketAddr>, String> {
        let found = (self.destination.as_str(), self.port).to_socket_addrs();
        let is_offline = found.as_ref().is_err_and(|why| why.to_string().contains(TRY_AGAIN));
        let addresses: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
        if !addresses.is_empty() {
            return Ok(addresses);
        }
        let (what, name) = match zone::interface(&self.destination) {
            Some(interface) => ("network interface", interface),
            None => ("host", self.destination.as_str()),
        };
        let name = sanitize(name.as_bytes());
        if is_offline {
            return Err(format!(
                "No name server answers, so {name} cannot be found. Is this machine connected to a network? If so, try again, \
                 or give the address in numbers."
            ));
        }
        Err(format!("There is no {what} called {name}. Is it spelled right?"))
    }

    /// All socket addresses; none if the name is unknown. May wait for a name server.
    pub fn resolve(&self) -> Vec<SocketAddr> {
        (self.destination.as_str(), self.port).to_socket_addrs().map(Iterator::collect).unwrap_or_default()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.destination, self.port)
    }
}

/// Joins a chat: interactively on a terminal, otherwise as a filter. In a filter, lines that begin with a slash are
/// commands if standard input is a terminal or `commands` is set. On a terminal, the rooms are remembered in the file
/// `memory`, and all `preferences` count; in a filter, only who is ignored, and how much of the past to hear. Returns false
/// after an error, which is printed.
pub fn join(
    identity: Identity,
    address: Address,
    commands: bool,
    memory: Option<PathBuf>,
    preferences: &Preferences,
    password: Option<Secret>,
) -> io::Result<bool> {
    let addresses = match address.find() {
        Ok(addresses) => addresses,
        Err(sentence) => {
            print_error(&sentence);
            return Ok(false);
        }
    };
    let (is_typed, is_shown) = (io::stdin().is_terminal(), io::stdout().is_terminal());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| DUMB.iter().any(|dumb| term == *dumb));
    if is_typed && is_shown && !is_dumb {
        let remembered = Remembered::new(memory, address.to_string());
        return join_on_terminal(&identity, &address, &addresses, &remembered, preferences, password);
    }
    // A pipeline is for what is new.
    let replay = preferences.history.or((!is_typed || !is_shown).then_some(0));
    let (commands, ignores) = (commands || is_typed, preferences.ignores.as_slice());
    filter::run(
        identity,
        address,
        addresses,
        Options { commands, is_typed, replay, ignores, password: password.as_ref() },
    )
}

/// Joins on a terminal, and asks for the password of the server there if need be.
fn join_on_terminal(
    identity: &Identity,
    address: &Address,
    addresses: &[SocketAddr],
    remembered: &Remembered,
    preferences: &Preferences,
    mut password: Option<Secret>,
) -> io::Result<bool> {
    for _ in 0..=PASSWORD_PROMPTS {
        let (identity, addresses, remembered) = (identity.clone(), addresses.to_vec(), remembered.clone());
        let given = password.take();
        if let Some(done) = interactive::run(identity, address, addresses, remembered, preferences, given)? {
            return Ok(done);
        }
        password = secret::ask("Password: ")?;
        if password.is_none() {
            break;
        }
    }
    Ok(false)
}

pub use bot_swarm::{SwarmBots, SwarmConfig, run_bots};
pub use ctl::{Control, control};
