//! Commands for the bots of this server.

use serde_json::{Value, json};

use crate::admin::call::{Call, Outcome, room_named};
use crate::hosts::HostCommand;
use crate::hub::{AdminApi, BotInfo};

pub(super) fn bots(hub: &mut dyn AdminApi, _: &Call<'_>) -> Result<Outcome, String> {
    let mut lines = Vec::new();
    let mut data: Vec<Value> = Vec::new();
    for BotInfo { name, room, takes_part, is_there } in hub.view().rooms.bot_infos() {
        let state = match (takes_part, is_there) {
            (true, true) => "running",
            (true, false) => "joins when needed",
            (false, _) => "stopped",
        };
        lines.push(format!("{name:<15}  {room:<8}  {state}"));
        data.push(json!({ "name": name, "room": room, "takes_part": takes_part, "is_there": is_there }));
    }
    let text = if lines.is_empty() { "No room has bots.".into() } else { lines.join("\n") };
    Ok(Outcome::done_with(text, data.into()))
}

pub(super) fn bot(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let words: Vec<&str> = call.rest.split_whitespace().collect();
    let (what, name, room) = match words.as_slice() {
        [what, name] => (*what, *name, None),
        [what, name, room] => (*what, *name, Some(room_named(hub, room)?.id)),
        _ => ("", "", None),
    };
    let order = match what.to_ascii_lowercase().as_str() {
        "start" => HostCommand::StartBot(name),
        "stop" => HostCommand::StopBot(name),
        _ => {
            let usage =
                "Type: bot start NAME [ROOM], or: bot stop NAME [ROOM]. Type bots to see their names.";
            return Err(usage.into());
        }
    };
    let room = room
        .or_else(|| hub.view().rooms.room_of_bot(name))
        .ok_or_else(|| format!("There is no bot \"{name}\". Type bots to see all, or name its room too."))?;
    let done = hub.order(room, order, call.now);
    done.map(Outcome::done).map_err(|why| format!("Not done: {}.", why.trim_end_matches('.')))
}
