//! The kinds of rooms, as a table: another kind is a host in a file of its own, and a row here.

use std::rc::Rc;
use std::time::Duration;

use crate::base::name::Name;
use crate::bots::Character;
use crate::chat::Style;
use crate::hosts::{Host, chaty, lobby, round, thrones};

/// What the operator decides about all hosts.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What a lobby's host says; at least one line.
    pub initiators: Vec<Rc<str>>,
    /// The pause between two of its lines; `None` silences it.
    pub interval: Option<Duration>,
    /// Who of the cast takes part in the lobby from the start.
    pub bots: Vec<Character>,
    /// What the hosts' choices follow from.
    pub seed: u64,
}

/// A kind of room.
#[derive(Debug)]
pub struct RoomKind {
    /// What such rooms have in common.
    pub style: Style,
    /// Its host, for a room of this name.
    pub host: fn(&Setup, &str) -> Box<dyn Host>,
}

/// All kinds.
pub static KINDS: [&RoomKind; 4] = [&lobby::KIND, &round::KIND, &chaty::KIND, &thrones::KIND];

impl RoomKind {
    /// What `NAME=KIND` names, or `KIND`, a room that is called as its kind is. An error is a sentence without its end.
    pub fn parse_room(text: &str) -> Result<(String, &'static RoomKind), String> {
        let (name, kind) = text.split_once('=').unwrap_or((text, text));
        let found = RoomKind::find(kind.trim()).ok_or_else(|| {
            let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.style.kind).collect();
            format!("there is no kind of room \"{kind}\"; write NAME=KIND with one of: {}", kinds.join(", "))
        })?;
        let name = Name::parse(name.trim()).map_err(|_| {
            format!("\"{name}\" is no name for a room: it is made of letters, digits, \"_\", \"-\" and \".\"")
        })?;
        Ok((name.to_string(), found))
    }

    /// The kind of this name, without regard to case.
    pub fn find(name: &str) -> Option<&'static RoomKind> {
        KINDS.into_iter().find(|kind| kind.style.kind.eq_ignore_ascii_case(name))
    }
}

/// How most rooms say that somebody came, in the words that old bots know.
pub(super) fn usual_joined(name: &Name) -> String {
    format!("User {name} has joined the chat!")
}

/// How most rooms say that somebody left.
pub(super) fn usual_left(name: &Name) -> String {
    format!("Host: User {name} left the chat.")
}
