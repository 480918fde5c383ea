//! Sentences for replies.

use std::fmt::Write;

use crate::base::text::{list, plural};
use crate::proto::{CommandHelp, Kind, MemberInfo, Reply, RoomInfo};
use crate::wire::sentences::heading::heading;
use crate::wire::sentences::{place, replay};

/// A reply as sentences, one on a line.
pub fn reply(reply: &Reply) -> String {
    match reply {
        Reply::Help { commands, of_room } => help(commands, *of_room),
        Reply::Members { room, members, count } => self::members(room, members, *count),
        Reply::Rooms(rooms) => self::rooms(rooms),
        Reply::InNoRoom => {
            "You are in no room now. Type /rooms to see the rooms, and /join ROOM to join one.".into()
        }
        Reply::HistoryHeading { room, query, outcome: Ok(outcome) } => heading(query, place(room), *outcome),
        Reply::HistoryHeading { outcome: Err(why), .. } => {
            format!("The history is not available now: {why}. Try again later.")
        }
        Reply::ReplayLimit(limit) => replay::limit(*limit),
        Reply::Goodbye => "You are disconnecting from the chat.".into(),
    }
}

fn help(commands: &[CommandHelp], of_room: Option<&[(&str, &str)]>) -> String {
    let mut text = String::from(match of_room {
        Some(_) => "What you type is said to everyone here, unless it begins with a slash:",
        None => "You are in no room. /rooms shows those there are, and /join ROOM brings you to one:",
    });
    let mut put = |usage: &str, help: &str| {
        let _ = write!(text, "\n  {usage:<13}  {help}");
    };
    for CommandHelp { name, arguments, help } in commands {
        put(&format!("/{name}{arguments}"), help);
    }
    put("//TEXT", "say TEXT with a slash before it");
    for (usage, help) in of_room.unwrap_or_default() {
        put(usage, help);
    }
    text
}

/// Lists the first members by name, and counts the others.
fn members(room: &str, members: &[MemberInfo], count: usize) -> String {
    let mut names: Vec<String> = members.iter().map(described).collect();
    names.sort_by_key(|name| name.to_lowercase());
    if count > names.len() {
        names.push(plural(count - names.len(), "other"));
    }
    match names.as_slice() {
        [] => format!("Nobody is in {}.", place(room)),
        names => format!("{count} in {}: {}.", place(room), list(names)),
    }
}

/// A name, marked if it belongs to a bot.
fn described(who: &MemberInfo) -> String {
    match who.kind {
        Kind::Person => who.name.to_string(),
        Kind::Bot => format!("{} (bot)", who.name),
    }
}

fn rooms(rooms: &[RoomInfo]) -> String {
    if rooms.is_empty() {
        return "No room is open.".into();
    }
    let width = |of: fn(&RoomInfo) -> usize| rooms.iter().map(of).max().unwrap_or(0);
    let (names, kinds) = (width(|room| room.name.chars().count()), width(|room| room.kind.len()));
    let mut text = String::from("Rooms, yours with a star; /join ROOM brings you to another:");
    for RoomInfo { name, kind, purpose, count, is_own, .. } in rooms {
        let star = if *is_own { '*' } else { ' ' };
        let _ = write!(text, "\n{star} {name:<names$}  {kind:<kinds$}  {count:>3} in it  {purpose}");
    }
    text
}
