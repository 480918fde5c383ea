//! The JSON form of events that only programs receive.

use serde::Serialize;

use crate::base::name::Name;
use crate::proto::{
    CommandHelp, HistoryOutcome, HistoryQuery, Kind, Presence, ProgramEvent, RoomInfo, TypingState, TypingTo,
};
use crate::wire::json::TopicFields;

/// Additions to the first version of the protocol. The hello lists them, so that a program can check for each.
pub(super) const FEATURES: &[&str] = &[
    "label", "ping", "rooms", "history", "search", "after", "members", "why", "typing", "read", "lines",
    "limits", "private", "away", "replay", "nick", "open", "topic", "gone", "edit",
];

/// A JSON object that only programs receive.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum ProgramMessage<'a> {
    Pong,
    Typing {
        room: &'a str,
        who: &'a str,
    },
    Done {
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
    },
    Rooms {
        rooms: Vec<OwnRoom<'a>>,
        #[serde(skip_serializing_if = "is_none")]
        more: usize,
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
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        with: Option<&'a str>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<TopicFields>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    private: bool,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    away: Option<&'a str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over so")]
fn is_none(more: &usize) -> bool {
    *more == 0
}

/// The JSON form of `event`. `None`: it has none.
pub(super) fn message(event: &ProgramEvent) -> Option<ProgramMessage<'_>> {
    Some(match event {
        ProgramEvent::Pong => ProgramMessage::Pong,
        ProgramEvent::Typing {
            to: TypingTo::Room(room),
            who,
            state: TypingState::Active,
            is_own: false,
            ..
        } => ProgramMessage::Typing { room, who: who.as_str() },
        ProgramEvent::Done { said } => {
            let said = said.as_ref();
            ProgramMessage::Done { room: said.map(|(room, _)| &**room), id: said.map(|(_, id)| *id) }
        }
        ProgramEvent::Rooms { rooms, more, commands } => ProgramMessage::Rooms {
            more: *more,
            rooms: rooms.iter().map(|info| OwnRoom { info: room(info), is_own: info.is_own }).collect(),
            commands: commands.iter().map(everywhere).collect(),
        },
        ProgramEvent::Room(info) => ProgramMessage::Room(room(info)),
        ProgramEvent::RoomClosed(name) => ProgramMessage::RoomClosed { room: name, closed: true },
        ProgramEvent::Members { room, members, count } => {
            ProgramMessage::Members { room, count: *count, members: members.iter().map(member).collect() }
        }
        ProgramEvent::Gap { room, before } => ProgramMessage::Gap { room, before: *before },
        // No request of a program asks for it.
        // That somebody types no longer is not told: programs conclude it after a while.
        ProgramEvent::Typing { .. }
        | ProgramEvent::Found(_)
        | ProgramEvent::Away { .. }
        | ProgramEvent::RealName { .. }
        | ProgramEvent::ReadUpTo { .. }
        | ProgramEvent::Invited { .. }
        | ProgramEvent::Monitored(_)
        | ProgramEvent::Became(_) => return None,
    })
}

/// The heading of the results of a program's query. `None`: it is a person's query.
pub(super) fn heading<'a>(
    room: &'a str,
    query: &'a HistoryQuery,
    outcome: HistoryOutcome,
) -> Option<ProgramMessage<'a>> {
    heading_of(Some(room), None, query, outcome)
}

/// The same for private messages with a member.
pub(super) fn private_heading<'a>(
    with: &'a str,
    query: &'a HistoryQuery,
    outcome: HistoryOutcome,
) -> Option<ProgramMessage<'a>> {
    heading_of(None, Some(with), query, outcome)
}

fn heading_of<'a>(
    room: Option<&'a str>,
    with: Option<&'a str>,
    query: &'a HistoryQuery,
    outcome: HistoryOutcome,
) -> Option<ProgramMessage<'a>> {
    let HistoryOutcome { messages: count, has_more, is_partial, is_indexing } = outcome;
    let (words, is_forward) = match query {
        HistoryQuery::Between { before, after, .. } => (None, before.is_none() && after.is_some()),
        HistoryQuery::Words { words, .. } => (Some(words.as_str()), false),
        HistoryQuery::Last { .. } | HistoryQuery::Span { .. } | HistoryQuery::Search { .. } => return None,
    };
    let (older, newer) = (has_more && !is_forward, has_more && is_forward);
    let partial = is_partial || is_indexing;
    Some(ProgramMessage::History { room, with, words, count, older, newer, partial })
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
        topic: info.topic.as_ref().map(TopicFields::from),
        owner: info.owner.as_ref().map(Name::as_str),
        private: info.is_private,
    }
}

fn everywhere(command: &CommandHelp) -> Command<'_> {
    Command { name: format!("/{}", command.name), arguments: command.arguments, help: command.help }
}

fn member(Presence { who, away }: &Presence) -> Member<'_> {
    let is = match who.kind {
        Kind::Person => "person",
        Kind::Bot => "bot",
    };
    Member { who: who.name.as_str(), is, away: away.as_deref() }
}
