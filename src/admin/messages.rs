//! What was said: to take it away, and to have it erased.

use std::rc::Rc;

use log::info;
use serde_json::json;

use crate::admin::Reply;
use crate::admin::call::{Call, Outcome};
use crate::admin::pending::Pending;
use crate::base::name::{Name, NameKey};
use crate::hub::AdminApi;
use crate::journal::{ErasureReport, QueryResult, StreamId};
use crate::wire::json::{self, ServerMessage};

pub(super) fn export(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let usage = || "Which room? Type: export ROOM, or to continue: export ROOM after MESSAGE".to_owned();
    let bad_cursor = |message: &str| {
        format!(
            "{message} is not a message to continue after. Copy it from `next` of the JSON answer before, such as 1.4711: the \
             number of the room's opening, and that of the message."
        )
    };
    let words: Vec<&str> = call.rest.split_whitespace().collect();
    let (room, after) = match words.as_slice() {
        [room] => (*room, None),
        [room, after, message] if after.eq_ignore_ascii_case("after") => {
            (*room, Some(parse_cursor(message).ok_or_else(|| bad_cursor(message))?))
        }
        _ => return Err(usage()),
    };
    let ticket = hub.export(room, after, call.now);
    Ok(Outcome::Pending(ticket, Pending::Page { room: room.to_owned() }))
}

pub(super) fn forget(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    if call.rest.is_empty() {
        return Err("Whom? Type: forget NAME".into());
    }
    // Not everything that was a name once still is one.
    let (name, key) = (Name::from_stored(call.rest), NameKey::of(call.rest));
    info!("the operator orders that what {name} said is erased");
    let ticket = hub.forget(key, call.now);
    Ok(Outcome::Pending(ticket, Pending::Erasure { name: name.to_string(), is_told: false }))
}

/// How many messages of somebody are erased, and where others may be that only the operator can delete.
pub(super) fn erased(name: &str, ErasureReport { messages, copies }: &ErasureReport) -> Reply {
    let mut text = match messages {
        0 => format!("No message of {name} is kept."),
        1 => format!("One message of {name} is erased."),
        _ => format!("{messages} messages of {name} are erased."),
    };
    let mut data = json!({ "name": name, "messages": messages });
    if !copies.is_empty() {
        let paths: Vec<String> = copies.iter().map(|path| path.display().to_string()).collect();
        text += "\nThese copies were set aside earlier and are unchanged; they may contain what was said. Delete them when you no \
                 longer need them:";
        for path in &paths {
            text += "\n  ";
            text += path;
        }
        data["copies"] = paths.into();
    }
    Reply::done_with(text, data)
}

/// A page of a room's messages, each as the dialect of programs has it, and the command that brings the next.
pub(super) fn page(room: &str, found: Result<QueryResult, String>, is_open: bool) -> Reply {
    let QueryResult { messages, is_cut, room: name, .. } = match found {
        Ok(found) if found.is_partial && found.messages.is_empty() => {
            return Reply::failed(format!(
                "The disk is too slow to read what was said in {room}. Try again."
            ));
        }
        Ok(found) => QueryResult { is_cut: found.is_cut || found.is_partial, ..found },
        Err(why) => return Reply::failed(format!("What was said in {room} cannot be read: {why}.")),
    };
    let room = name.as_deref().unwrap_or(room);
    let next = messages.last().filter(|_| is_cut);
    let next = next.map(|last| format!("export {room} after {}.{}", last.stream.0, last.id));
    let name: Rc<str> = room.into();
    let told: Vec<ServerMessage> = messages
        .into_iter()
        .map(|message| json::log_entry(&message.into_entry(name.clone()), true))
        .collect();
    let lines: Vec<String> = told.iter().filter_map(|tell| serde_json::to_string(tell).ok()).collect();
    if told.is_empty() && !is_open {
        let why = "Type rooms to see all.";
        return Reply::failed(format!("There is no room \"{room}\", and no message of one is kept. {why}"));
    }
    let shown = match lines.as_slice() {
        [] => format!("No message of {room} is kept."),
        lines => lines.join("\n"),
    };
    Reply::done_with(shown, json!({ "room": room, "messages": told, "next": next }))
}

/// `3.4711`: the message 4711 of the stream 3.
fn parse_cursor(text: &str) -> Option<(StreamId, u64)> {
    let (stream, id) = text.split_once('.')?;
    Some((StreamId(stream.parse().ok()?), id.parse().ok()?))
}
