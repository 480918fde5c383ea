//! Sentences for replies.

use std::fmt::Write;
use std::time::SystemTime;

use crate::base::name::Name;
use crate::base::text::{in_words, list, plural};
use crate::proto::{CommandHelp, ConnectionFacts, Kind, Presence, Reply, RoomInfo, Whois};
use crate::wire::sentences::heading::heading;
use crate::wire::sentences::{place, replay, room};

/// Whoever did something within this time is active, in seconds.
const ACTIVE_SECS: u64 = 60;

/// A reply as sentences, one on a line.
pub fn reply(reply: &Reply) -> String {
    match reply {
        Reply::Help { commands, of_room } => help(commands, *of_room),
        Reply::Members { room, members, count } => self::members(room, members, *count),
        Reply::Rooms { rooms, more, now } => self::rooms(rooms, *more, *now),
        Reply::Room(reply) => room::reply(reply),
        Reply::InNoRoom => {
            "You are in no room now. Type /rooms to see the rooms, and /join ROOM to join one.".into()
        }
        Reply::HistoryHeading { room, query, outcome: Ok(outcome) } => {
            heading(query, &format!("in {}", place(room)), *outcome)
        }
        Reply::HistoryHeading { outcome: Err(why), .. } => {
            format!("The history is not available now: {why}. Try again later.")
        }
        Reply::ReplayLimit(limit) => replay::limit(*limit),
        Reply::PrivateHeading { with, query, outcome } => {
            heading(query, &format!("between you and {with}"), *outcome)
        }
        Reply::Whois(whois) => self::whois(whois),
        Reply::Away(text) => {
            let said = if text.is_empty() { ".".to_owned() } else { format!(": {text}") };
            format!(
                "You are away{said}\nWho writes to you privately is told so, once. Type /back when you are back."
            )
        }
        Reply::Back { was_away: true } => "You are back.".into(),
        Reply::Back { was_away: false } => "You were not away.".into(),
        Reply::IsAway { who, text } if text.is_empty() => format!("{who} is away."),
        Reply::IsAway { who, text } => format!("{who} is away: {text}"),
        Reply::Ignoring(who) => {
            format!(
                "You ignore {who}: what {who} says does not reach you any more. /unignore {who} ends that."
            )
        }
        Reply::NotIgnoring(who) => format!("You hear {who} again."),
        Reply::Ignored(names) if names.is_empty() => "You ignore nobody.".into(),
        Reply::Ignored(names) => {
            let names: Vec<&str> = names.iter().map(Name::as_str).collect();
            format!("You ignore {}.", list(&names))
        }
        Reply::BotIsMute(who) => format!("{who} is a bot that does not answer private messages."),
        Reply::IsOperator => {
            "You are an operator of the server until you leave. /ctl COMMAND does what salon ctl does; /ctl help lists it. \
             /wallops TEXT goes to all operators."
                .into()
        }
        Reply::Operated { text, .. } => text.to_string(),
        Reply::Goodbye => "You are disconnecting from the chat.".into(),
    }
}

/// Commands that `/help` names in the entries of others, so that all entries fit a usual screen.
const NAMED_ELSEWHERE: [&str; 5] = ["names", "edit", "reply", "back", "unignore"];

fn help(commands: &[CommandHelp], of_room: Option<&[(&str, &str)]>) -> String {
    let mut text = String::from(match of_room {
        Some(_) => "What you type is said to everyone here, unless it begins with a slash:",
        None => "You are in no room. /rooms shows those there are, and /join ROOM brings you to one:",
    });
    let usage = |command: &CommandHelp| format!("/{}{}", command.name, command.arguments);
    let listed = commands.iter().filter(|it| !NAMED_ELSEWHERE.contains(&it.name));
    let mut rows: Vec<(String, &str)> = listed.map(|it| (usage(it), it.help)).collect();
    rows.push(("//TEXT".into(), "say TEXT with a slash before it"));
    rows.extend(of_room.unwrap_or_default().iter().map(|(usage, help)| ((*usage).to_owned(), *help)));
    let width = rows.iter().map(|(usage, _)| usage.len()).max().unwrap_or(0);
    for (usage, help) in rows {
        let _ = write!(text, "\n  {usage:<width$}  {help}");
    }
    text
}

/// Lists the first members by name, and counts the others.
fn members(room: &str, members: &[Presence], count: usize) -> String {
    match members {
        [] => format!("Nobody is in {}.", place(room)),
        members => format!("{count} in {}: {}.", place(room), names(members, count)),
    }
}

/// The names of members, out of this many.
fn names(members: &[Presence], count: usize) -> String {
    let mut names: Vec<String> = members.iter().map(described).collect();
    names.sort_by_key(|name| name.to_lowercase());
    if count > names.len() {
        names.push(plural(count - names.len(), "other"));
    }
    list(&names)
}

/// The members of a room of several servers. Of each: what operators call it, some of its members, and the number of all.
pub fn members_by_server(room: &str, servers: &[(String, Vec<Presence>, usize)]) -> String {
    let count: usize = servers.iter().map(|(.., count)| count).sum();
    let mut text = format!("{count} in {}:", place(room));
    for (server, members, count) in servers {
        let _ = write!(text, "\n  {count} on {server}: {}.", names(members, *count));
    }
    text
}

/// A name, marked if it belongs to a bot or is away.
fn described(Presence { who, away }: &Presence) -> String {
    match (who.kind, away) {
        (Kind::Person, None) => who.name.to_string(),
        (Kind::Person, Some(_)) => format!("{} (away)", who.name),
        (Kind::Bot, None) => format!("{} (bot)", who.name),
        (Kind::Bot, Some(_)) => format!("{} (bot, away)", who.name),
    }
}

fn whois(Whois { who, rooms, away, operates_server, connection, node, .. }: &Whois) -> String {
    let rooms: Vec<&str> = rooms.iter().map(|room| place(room)).collect();
    let rooms = if rooms.is_empty() { "in no room".to_owned() } else { format!("in {}", list(&rooms)) };
    let kind = match (who.kind, connection, node) {
        (Kind::Person, ..) => "a person",
        (Kind::Bot, Some(_), _) | (Kind::Bot, None, Some(_)) => "a bot",
        (Kind::Bot, None, None) => "a bot of this server",
    };
    let mut text = format!("{} is {kind}, {rooms}.", who.name);
    if let Some(ConnectionFacts { since, idle, dialect, .. }) = connection {
        let since = in_words(*since);
        let _ = match idle.as_secs() {
            0..ACTIVE_SECS => write!(text, " Here for {since}, and active now. Client: {dialect}."),
            _ => write!(text, " Here for {since}, silent for {}. Client: {dialect}.", in_words(*idle)),
        };
    }
    if *operates_server {
        text.push_str(" Operates the server.");
    }
    if let Some(node) = node {
        let _ = write!(text, " On the server {node}.");
    }
    match away.as_deref() {
        None => {}
        Some("") => text.push_str(" Away."),
        Some(said) => {
            let _ = write!(text, " Away: {said}");
        }
    }
    text
}

fn rooms(rooms: &[RoomInfo], more: usize, now: SystemTime) -> String {
    if rooms.is_empty() {
        return "No room is open.".into();
    }
    let width = |of: fn(&RoomInfo) -> usize| rooms.iter().map(of).max().unwrap_or(0);
    // Most rooms are called by their kinds.
    let kind_of = |room: &RoomInfo| if &*room.name == room.kind { "" } else { room.kind };
    let kinds = rooms.iter().map(|room| kind_of(room).len()).max().unwrap_or(0);
    let names = width(|room| room.name.chars().count());
    let mut text = String::from("Rooms, yours with a star; /join ROOM brings you to another:");
    for info in rooms {
        let RoomInfo { name, purpose, count, is_own, topic, is_private, .. } = info;
        let star = if *is_own { '*' } else { ' ' };
        let _ = write!(text, "\n{star} {name:<names$}  ");
        if kinds > 0 {
            let _ = write!(text, "{:<kinds$}  ", kind_of(info));
        }
        let _ = write!(text, "{count:>3} in it  ");
        if *is_private {
            text.push_str("private; ");
        }
        match topic {
            Some(topic) => text.push_str(&room::topic(topic, now)),
            None => text.push_str(purpose),
        }
    }
    if more > 0 {
        let _ = write!(text, "\n  and {}.", plural(more, "more room"));
    }
    text
}
