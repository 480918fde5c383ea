//! The kinds of rooms, as a table: another kind is a host in a file of its own, and a row here.

use std::rc::Rc;
use std::time::Duration;

use crate::base::name::Name;
use crate::bots::Character;
use crate::chat::Style;
use crate::hosts::{ChatyHost, Host, LobbyHost, RoundHost, ThronesHost};

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

/// All kinds, those that are open unless the operator says otherwise, in this order.
pub static KINDS: [RoomKind; 4] = [
    RoomKind {
        style: Style {
            kind: "lobby",
            purpose: "talk about anything; a host and four bots keep it going",
            joined: |name| format!("User {name} has joined the chat!"),
            left: |name| format!("Host: User {name} left the chat."),
            echoes: true,
            commands: &[],
        },
        host: |setup, _| Box::new(LobbyHost::new(setup)),
    },
    RoomKind {
        style: Style {
            kind: "round",
            purpose: "four guests, one suggestion, one answer each, and everybody leaves",
            joined: |name| format!("User {name} has joined the chat!"),
            left: |name| format!("Host: User {name} left the chat."),
            echoes: true,
            commands: &[("/ready", "have the seats filled at once")],
        },
        host: |setup, room| Box::new(RoundHost::new(room, setup.seed)),
    },
    RoomKind {
        style: Style {
            kind: "chaty",
            purpose: "say work, play, eat, cry, sleep or fight, and see who answers; nobody hears an echo",
            joined: |name| format!("{name} just connected"),
            left: |name| format!("{name} left the chat "),
            echoes: false,
            commands: &[],
        },
        host: |setup, _| Box::new(ChatyHost::new(setup.seed)),
    },
    RoomKind {
        style: Style {
            kind: "thrones",
            purpose: "a game: one Lord decides, four followers approve or doubt",
            joined: |name| format!("User {name} has joined the chat!"),
            left: |name| format!("Host: User {name} left the chat."),
            echoes: true,
            commands: &[
                ("/lord", "take the Lord's seat, if it is free"),
                ("/follow", "take a follower's seat"),
                ("/watch", "give up your seat"),
                ("/begin", "as the Lord: fill the seats at once"),
                ("/court", "who sits where"),
            ],
        },
        host: |setup, room| Box::new(ThronesHost::new(room, setup.seed)),
    },
];

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
        KINDS.iter().find(|kind| kind.style.kind.eq_ignore_ascii_case(name))
    }
}
