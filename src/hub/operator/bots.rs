//! Bots that live in the server: which there are, and whether they take part.

use serde_json::{Value, json};

use crate::hosts::Order;
use crate::hub::Hub;
use crate::hub::operator::{Answer, Call};
use crate::proto::RoomId;

pub(super) fn bots(hub: &mut Hub, _: &Call<'_>) -> Result<Answer, String> {
    let mut lines = Vec::new();
    let mut data: Vec<Value> = Vec::new();
    for (room, name, takes_part) in hub.bots() {
        let is_there = hub.chat.find(&name).is_some_and(|bot| hub.chat.rooms_of(bot).contains(&room));
        let room = hub.chat.room(room).map_or("", |room| room.name());
        let state = match (takes_part, is_there) {
            (true, true) => "takes part",
            (true, false) => "comes when it is called for",
            (false, _) => "stopped",
        };
        lines.push(format!("{name:<15}  {room:<8}  {state}"));
        data.push(json!({ "name": name, "room": room, "takes_part": takes_part, "is_there": is_there }));
    }
    let text = if lines.is_empty() { "There are none.".into() } else { lines.join("\n") };
    Ok(Answer::done_with(text, data.into()))
}

pub(super) fn bot(hub: &mut Hub, call: &Call<'_>) -> Result<Answer, String> {
    let words: Vec<&str> = call.rest.split_whitespace().collect();
    let (what, name, room) = match words.as_slice() {
        [what, name] => (*what, *name, None),
        [what, name, room] => (*what, *name, Some(hub.operators_room(room)?)),
        _ => ("", "", None),
    };
    let order = match what.to_ascii_lowercase().as_str() {
        "start" => Order::StartBot(name),
        "stop" => Order::StopBot(name),
        _ => {
            let usage = "Type: bot start NAME [ROOM], or: bot stop NAME [ROOM]. Type bots for their names.";
            return Err(usage.into());
        }
    };
    let room = match room {
        Some(room) => room,
        None => hub.room_of_bot(name).ok_or_else(|| {
            format!("There is no bot \"{name}\". Type bots for those there are, or name its room too.")
        })?,
    };
    let done = hub.order_and_remember(room, order, call.now);
    done.map(Answer::done).map_err(|why| format!("Not done: {}.", why.trim_end_matches('.')))
}

/// Whether an operator means this bot: names it in any case, or by its first word.
fn is_meant(bot: &str, name: &str) -> bool {
    let first = bot.split('_').next().unwrap_or_default();
    bot.eq_ignore_ascii_case(name) || first.eq_ignore_ascii_case(name)
}

impl Hub {
    /// A bot of a room's, however an operator spells its name: the name as the room's host has it, and whether it takes part.
    pub(in crate::hub) fn listed_bot(&self, room: RoomId, name: &str) -> Option<(String, bool)> {
        let found = self.bots().find(|(of, bot, _)| *of == room && is_meant(bot, name));
        found.map(|(_, bot, takes_part)| (bot, takes_part))
    }

    /// The first room whose host knows a bot by this name, or by its first word.
    fn room_of_bot(&self, name: &str) -> Option<RoomId> {
        let listed = self.bots().find(|(_, bot, _)| is_meant(bot, name)).map(|(room, ..)| room);
        // Of many that might be called only those are listed who were.
        let hosted = || self.chat.find(name).filter(|bot| self.is_hosted(*bot));
        listed.or_else(|| hosted().and_then(|bot| self.chat.rooms_of(bot).first().copied()))
    }
}
