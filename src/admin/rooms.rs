//! Commands for rooms and their hosts.

use std::collections::BTreeMap;
use std::fmt::Write;

use log::info;
use serde_json::{Value, json};

use crate::admin::call::{Call, Outcome, find_room, first_room, room_named};
use crate::base::limits::{MESSAGE_BYTES, ROOMS, TOPIC_BYTES, WHO_NAMES};
use crate::base::name::Name;
use crate::base::text::sanitize;
use crate::hosts::{self, HostCommand};
use crate::hub::{AdminApi, NotOpened, PresentInfo, RoomInfo};
use crate::proto::{Kind, Presence, Reply};
use crate::wire::sentences;

pub(super) fn rooms(hub: &mut dyn AdminApi, _: &Call<'_>) -> Result<Outcome, String> {
    let rooms = hub.view().rooms.room_infos();
    let width =
        |of: fn(&RoomInfo) -> &str| rooms.iter().map(|room| of(room).chars().count()).max().unwrap_or(0);
    let (names, kinds) = (width(|room| &room.name), width(|room| room.kind));
    let line = |room: &RoomInfo| {
        let RoomInfo { name, kind, present, people, topic, owner, is_private, .. } = room;
        let count = present.len();
        let mut line = format!("{name:<names$}  {kind:<kinds$}  {count:>5} in it, {people} of them people");
        if let Some(owner) = owner {
            let private = if *is_private { "private, " } else { "" };
            let _ = write!(line, "; {private}opened by {owner}");
        }
        if let Some(topic) = topic {
            let _ = write!(line, "; topic: {}", topic.text);
        }
        line
    };
    let lines: Vec<String> = rooms.iter().map(line).collect();
    let object = |room: &RoomInfo| {
        json!({
            "name": &*room.name, "kind": room.kind, "members": room.present.len(), "people": room.people,
            "owner": room.owner.as_ref().map(Name::as_str), "private": room.is_private,
            "topic": room.topic.as_ref().map(|topic| &*topic.text),
        })
    };
    let text = if lines.is_empty() { "No room is open.".into() } else { lines.join("\n") };
    Ok(Outcome::done_with(text, rooms.iter().map(object).collect()))
}

pub(super) fn who(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let rooms =
        if call.rest.is_empty() { hub.view().rooms.room_infos() } else { vec![room_named(hub, call.rest)?] };
    let own = hub.view().node.map(|node| node.name().to_owned());
    let own = own.as_deref();
    let lines: Vec<String> = rooms.iter().map(|room| members(room, own)).collect();
    let objects = |room: &RoomInfo| -> Vec<Value> {
        let object = |PresentInfo { who, node }: &PresentInfo| {
            let mut object = json!({ "name": who.name.as_str(), "bot": who.kind == Kind::Bot });
            if let Some(own) = own {
                object["node"] = node.as_deref().unwrap_or(own).into();
            }
            object
        };
        room.present.iter().map(object).collect()
    };
    let data = rooms.iter().map(|room| json!({ "room": &*room.name, "present": objects(room) })).collect();
    Ok(Outcome::done_with(lines.join("\n"), data))
}

/// The members of a room, in the words of `/who`. If some are on other servers, each server has a line. `own`: the name of this
/// one.
fn members(room: &RoomInfo, own: Option<&str>) -> String {
    let RoomInfo { name, present, .. } = room;
    let listed = |it: &PresentInfo| Presence { who: it.who.clone(), away: None };
    let Some(own) = own.filter(|_| present.iter().any(|it| it.node.is_some())) else {
        let members = present.iter().take(WHO_NAMES).map(listed).collect();
        return sentences::reply(&Reply::Members { room: name.clone(), members, count: present.len() });
    };
    let mut servers: BTreeMap<&str, Vec<&PresentInfo>> = BTreeMap::new();
    for it in present {
        servers.entry(it.node.as_deref().unwrap_or(own)).or_default().push(it);
    }
    let share = (WHO_NAMES / servers.len()).max(1);
    let server = |(server, there): (&str, Vec<&PresentInfo>)| {
        let server = if server == own { format!("{own}, this server") } else { server.to_owned() };
        (server, there.iter().take(share).map(|it| listed(it)).collect(), there.len())
    };
    let servers: Vec<_> = servers.into_iter().map(server).collect();
    sentences::members_by_server(name, &servers)
}

pub(super) fn say(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let (first, rest) = call.first();
    let named = find_room(hub, first);
    let is_all = named.is_some() && rest.is_empty();
    let named = named.filter(|_| !rest.is_empty());
    let text = sanitize(if named.is_some() { rest } else { call.rest }.as_bytes());
    let room = named.or_else(|| first_room(hub)).ok_or("No room is open.")?;
    if text.is_empty() || is_all {
        return Err("What? Type: say [ROOM] TEXT".into());
    }
    if text.len() > MESSAGE_BYTES {
        return Err(format!("That is longer than {MESSAGE_BYTES} bytes. Say it in parts."));
    }
    info!("the operator speaks as the host of {}", room.name);
    let listeners = hub.say(room.id, &text, call.now);
    let text = match listeners {
        0 => format!("Said in {}, but nobody is there.", room.name),
        _ => format!("Said in {}.", room.name),
    };
    Ok(Outcome::done_with(text, json!({ "room": &*room.name })))
}

pub(super) fn host(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let (room, what) = call.first();
    let order = match what.to_ascii_lowercase().as_str() {
        "start" => HostCommand::Start,
        "stop" => HostCommand::Stop,
        "now" => HostCommand::Now,
        _ => return Err("Type: host ROOM start, or stop, or now. Type rooms to see their names.".into()),
    };
    let room = room_named(hub, room)?;
    hub.order(room.id, order, call.now).map(Outcome::done)
}

pub(super) fn open(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    if call.rest.is_empty() {
        return Err("Which? Type: open ROOM=KIND, such as: open hall=lobby".into());
    }
    let (name, kind) = hosts::parse_room(call.rest).map_err(|why| format!("Not done: {why}."))?;
    hub.open_room(&name, kind, call.now).map_err(|why| not_opened(why, &name))?;
    Ok(Outcome::done_with(
        format!("The room {name} is open."),
        json!({ "room": name, "kind": kind.traits.kind }),
    ))
}

pub(super) fn topic(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let (room, text) = call.first();
    if room.is_empty() {
        return Err("Of which room? Type: topic ROOM TEXT, or: topic ROOM".into());
    }
    let RoomInfo { id, name, topic, .. } = room_named(hub, room)?;
    let text = match text {
        "" => {
            let shown = topic.map_or(format!("There is no topic in {name}."), |topic| topic.text.to_string());
            return Ok(Outcome::done(shown));
        }
        "-" => "",
        text if text.len() > TOPIC_BYTES => {
            return Err(format!("A topic has at most {TOPIC_BYTES} bytes. Say it in fewer words."));
        }
        text => text,
    };
    info!("the operator sets the topic of {name}");
    hub.set_topic(id, text, call.now);
    let done = if text.is_empty() { "has no topic any more" } else { "has a new topic" };
    Ok(Outcome::done_with(format!("The room {name} {done}."), json!({ "room": &*name, "topic": text })))
}

/// The first room, to which everybody comes, is closed only if it is said twice.
pub(super) fn close(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let (room, rest) = call.first();
    let is_sure = rest.eq_ignore_ascii_case("confirm");
    if room.is_empty() || !(rest.is_empty() || is_sure) {
        return Err("Which? Type: close ROOM".into());
    }
    let RoomInfo { id, name, people, .. } = room_named(hub, room)?;
    if hub.view().node.is_some_and(|node| node.shares(&name)) {
        return Err(format!(
            "{name} is shared with other servers. To close it here, start this server without it in --share and --rooms."
        ));
    }
    if !is_sure && hub.view().rooms.first_room() == Some(id) {
        let present = match people {
            0 => "nobody is in it now".into(),
            1 => "one person is in it now".into(),
            _ => format!("{people} people are in it now"),
        };
        return Err(format!(
            "Everybody comes to {name} first, and {present}. To close it, type: close {name} confirm"
        ));
    }
    info!("the room {name} is closed");
    hub.close_room(id, call.now);
    let text = match people {
        0 => format!("The room {name} is closed."),
        1 => format!("The room {name} is closed. One person had to leave it."),
        _ => format!("The room {name} is closed. {people} people had to leave it."),
    };
    Ok(Outcome::done_with(text, json!({ "room": &*name })))
}

fn not_opened(why: NotOpened, name: &str) -> String {
    match why {
        NotOpened::IsOpen => format!("There is a room {name} already."),
        NotOpened::Full => format!("There are {ROOMS} rooms, and no more can be open. Close one first."),
    }
}
