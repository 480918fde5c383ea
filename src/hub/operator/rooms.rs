//! Rooms: which there are, who is in them, what their hosts do.

use std::time::Instant;

use log::info;
use serde_json::json;

use crate::base::limits::MESSAGE_BYTES;
use crate::base::text::clean;
use crate::chat::Room;
use crate::hosts::{self, Order};
use crate::hub::Hub;
use crate::hub::operator::{Answer, Call};
use crate::proto::{Kind, RoomId};
use crate::wire::sentences;

pub(super) fn rooms(hub: &mut Hub, _: &Call<'_>) -> Result<Answer, String> {
    let rooms: Vec<&Room> = hub.chat.rooms().map(|(_, room)| room).collect();
    let width = |of: fn(&Room) -> &str| rooms.iter().map(|room| of(room).chars().count()).max().unwrap_or(0);
    let (names, kinds) = (width(Room::name), width(|room| room.style().kind));
    let line = |room: &&Room| {
        let (name, kind, count) = (room.name(), room.style().kind, room.count());
        format!("{name:<names$}  {kind:<kinds$}  {count:>5} in it, {} of them people", room.people())
    };
    let lines: Vec<String> = rooms.iter().map(line).collect();
    let object = |room: &&Room| json!({ "name": room.name(), "kind": room.style().kind, "members": room.count(), "people": room.people() });
    let text = if lines.is_empty() { "No room is open.".into() } else { lines.join("\n") };
    Ok(Answer::done_with(text, rooms.iter().map(object).collect()))
}

pub(super) fn who(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    let asked = if call.rest.is_empty() { None } else { Some(hub.operators_room(call.rest)?) };
    let rooms: Vec<&Room> = hub
        .chat
        .rooms()
        .filter(|(id, _)| asked.is_none_or(|asked| asked == *id))
        .map(|(_, room)| room)
        .collect();
    let lines: Vec<String> = rooms.iter().map(|room| sentences::reply(&hub.chat.members(room))).collect();
    let members = |room: &Room| -> Vec<_> {
        let present = room.present().map(|id| hub.chat.who(id));
        present.map(|who| json!({ "name": who.name.as_str(), "bot": who.kind == Kind::Bot })).collect()
    };
    let data = rooms.iter().map(|room| json!({ "room": room.name(), "present": members(room) })).collect();
    Ok(Answer::done_with(lines.join("\n"), data))
}

pub(super) fn say(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    let (first, rest) = call.first();
    let named = hub.chat.find_room(first).filter(|_| !rest.is_empty());
    let text = clean(if named.is_some() { rest } else { call.rest }.as_bytes());
    let room = named.or_else(|| hub.chat.rooms().next().map(|(id, _)| id)).ok_or("No room is open.")?;
    let is_all = rest.is_empty() && hub.chat.find_room(first).is_some();
    if text.is_empty() || is_all {
        return Err("What? Type: say [ROOM] TEXT".into());
    }
    if text.len() > MESSAGE_BYTES {
        return Err(format!("That is longer than {MESSAGE_BYTES} bytes. Say it in parts."));
    }
    info!("the operator says something as the host");
    hub.chat.host_says(room, &text);
    hub.run_effects(call.now);
    let (name, count) = hub.chat.room(room).map_or(("", 0), |room| (room.name(), room.count()));
    let text = match count {
        0 => "Said, and nobody is here to hear it.".into(),
        _ => format!("Said in {name}."),
    };
    Ok(Answer::done_with(text, json!({ "room": name })))
}

pub(super) fn host(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    let (room, what) = call.first();
    let order = match what.to_ascii_lowercase().as_str() {
        "start" => Order::Start,
        "stop" => Order::Stop,
        "now" => Order::Now,
        _ => return Err("Type: host ROOM start, or stop, or now. Type rooms for their names.".into()),
    };
    let room = hub.operators_room(room)?;
    hub.order_and_remember(room, order, call.now).map(Answer::done)
}

pub(super) fn open(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    if call.rest.is_empty() {
        return Err("Which? Type: open ROOM=KIND, such as: open hall=lobby".into());
    }
    let (name, kind) = hosts::parse_room(call.rest).map_err(|why| format!("Not done: {why}."))?;
    hub.open_room(&name, kind, call.now)?;
    hub.operators.opened(&name, kind);
    Ok(Answer::done_with(
        format!("The room {name} is open."),
        json!({ "room": name, "kind": kind.style.kind }),
    ))
}

pub(super) fn close(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    if call.rest.is_empty() {
        return Err("Which? Type: close ROOM".into());
    }
    let room = hub.operators_room(call.rest)?;
    let (name, people) =
        hub.chat.room(room).map_or((String::new(), 0), |r| (r.name().to_owned(), r.people()));
    info!("the room {name} is closed");
    hub.close_room(room, call.now);
    hub.operators.closed(&name);
    let text = match people {
        0 => format!("The room {name} is closed."),
        1 => format!("The room {name} is closed. One person had to leave it."),
        _ => format!("The room {name} is closed. {people} people had to leave it."),
    };
    Ok(Answer::done_with(text, json!({ "room": name })))
}

impl Hub {
    /// Has an order carried out, now and after the next start.
    pub(super) fn order_and_remember(
        &mut self,
        room: RoomId,
        order: Order<'_>,
        now: Instant,
    ) -> Result<String, String> {
        let answer = self.order(room, order, now)?;
        // What is ordered of a bot replaces what was, however it was spelled then.
        let bot = match order {
            Order::StartBot(name) | Order::StopBot(name) => self.listed_bot(room, name),
            _ => None,
        };
        let order = match (order, &bot) {
            (Order::StartBot(_), Some((name, _))) => Order::StartBot(name),
            (Order::StopBot(_), Some((name, _))) => Order::StopBot(name),
            (other, _) => other,
        };
        if let Some(room) = self.chat.room(room) {
            self.operators.ordered(room.name(), order);
        }
        Ok(answer)
    }

    /// The room that an operator names.
    pub(super) fn operators_room(&self, name: &str) -> Result<RoomId, String> {
        let none = || format!("There is no room \"{name}\". Type rooms for those there are.");
        self.chat.find_room(name).ok_or_else(none)
    }
}
