//! What only programs hear, as objects of `json`.

use serde::Serialize;

use crate::proto::{CommandHelp, HistoryOutcome, HistoryQuery, Kind, ProgramEvent, RoomInfo, Who};

/// What is spoken beyond the first version, in the words by which a program may ask whether it is there.
pub(super) const FEATURES: &[&str] =
    &["label", "ping", "rooms", "history", "search", "after", "members", "why"];

/// An object that only a program hears.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Told<'a> {
    Pong,
    Done {
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
    },
    Rooms {
        rooms: Vec<OwnRoom<'a>>,
        commands: Vec<Command<'a>>,
    },
    Room(Room<'a>),
    #[serde(rename = "room")]
    RoomClosed {
        room: &'a str,
        closed: bool,
    },
    Members {
        room: &'a str,
        count: usize,
        members: Vec<Member<'a>>,
    },
    Gap {
        room: &'a str,
        before: u64,
    },
    History {
        room: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        words: Option<&'a str>,
        count: usize,
        older: bool,
        newer: bool,
        partial: bool,
    },
}

#[derive(Debug, Serialize)]
pub(super) struct OwnRoom<'a> {
    #[serde(flatten)]
    info: Room<'a>,
    #[serde(rename = "in")]
    is_own: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Room<'a> {
    #[serde(rename = "room")]
    name: &'a str,
    kind: &'a str,
    purpose: &'a str,
    count: usize,
    commands: Vec<Command<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct Command<'a> {
    name: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    arguments: &'a str,
    help: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct Member<'a> {
    who: &'a str,
    is: &'static str,
}

/// What a program hears of this.
pub(super) fn told(event: &ProgramEvent) -> Told<'_> {
    match event {
        ProgramEvent::Pong => Told::Pong,
        ProgramEvent::Done { said } => {
            let said = said.as_ref();
            Told::Done { room: said.map(|(room, _)| &**room), id: said.map(|(_, id)| *id) }
        }
        ProgramEvent::Rooms { rooms, commands } => Told::Rooms {
            rooms: rooms.iter().map(|info| OwnRoom { info: room(info), is_own: info.is_own }).collect(),
            commands: commands.iter().map(everywhere).collect(),
        },
        ProgramEvent::Room(info) => Told::Room(room(info)),
        ProgramEvent::RoomClosed(name) => Told::RoomClosed { room: name, closed: true },
        ProgramEvent::Members { room, members, count } => {
            Told::Members { room, count: *count, members: members.iter().map(member).collect() }
        }
        ProgramEvent::Gap { room, before } => Told::Gap { room, before: *before },
    }
}

/// What stands before the messages that a program asked for; none: a person did.
pub(super) fn heading<'a>(
    room: &'a str,
    query: &'a HistoryQuery,
    outcome: HistoryOutcome,
) -> Option<Told<'a>> {
    let HistoryOutcome { messages: count, is_cut, is_partial, is_indexing } = outcome;
    let (words, is_forward) = match query {
        HistoryQuery::Between { before, after, .. } => (None, before.is_none() && after.is_some()),
        HistoryQuery::Words { words, .. } => (Some(words.as_str()), false),
        HistoryQuery::Last { .. } | HistoryQuery::Search { .. } => return None,
    };
    let (older, newer) = (is_cut && !is_forward, is_cut && is_forward);
    Some(Told::History { room, words, count, older, newer, partial: is_partial || is_indexing })
}

fn room(info: &RoomInfo) -> Room<'_> {
    let of_host = |(usage, help): &(&'static str, &'static str)| {
        let (name, _) = usage.split_once(' ').unwrap_or((usage, ""));
        Command { name: name.into(), arguments: &usage[name.len()..], help }
    };
    Room {
        name: &info.name,
        kind: info.kind,
        purpose: info.purpose,
        count: info.count,
        commands: info.commands.iter().map(of_host).collect(),
    }
}

fn everywhere(command: &CommandHelp) -> Command<'_> {
    Command { name: format!("/{}", command.name), arguments: command.arguments, help: command.help }
}

fn member(who: &Who) -> Member<'_> {
    let is = match who.kind {
        Kind::Person => "person",
        Kind::Bot => "bot",
    };
    Member { who: who.name.as_str(), is }
}
