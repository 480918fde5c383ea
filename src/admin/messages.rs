//! Commands that export and erase messages.

use std::path::PathBuf;
use std::rc::Rc;

use log::info;
use serde_json::{Value, json};

use crate::admin::Reply;
use crate::admin::call::{Call, Outcome, room_named};
use crate::admin::pending::Pending;
use crate::base::name::{Name, NameKey};
use crate::hub::{AdminApi, RoomInfo};
use crate::journal::{ErasureReport, QueryResult, StreamId};
use crate::wire::json::{self, ServerMessage};

pub(super) fn export(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let usage = || "Which room? Type: export ROOM, or to continue: export ROOM after MESSAGE".to_owned();
    let bad_cursor = |message: &str| {
        format!(
            "{message} is not a position to continue from. Copy it from `next` of the previous JSON answer; it looks like \
             1.4711."
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
    let ticket = hub.journal().export(room, after, call.now);
    Ok(Outcome::Pending(ticket, Pending::Page { room: room.to_owned() }))
}

pub(super) fn forget(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    if call.rest.is_empty() {
        return Err("Whom? Type: forget NAME".into());
    }
    // The rules for names may have been looser when a message was stored, so any name is accepted.
    let (name, key) = (Name::from_stored(call.rest), NameKey::of(call.rest));
    info!("the operator erases the messages of {name}");
    let ticket = hub.forget(key, call.now);
    Ok(Outcome::Pending(ticket, Pending::Erasure { name: name.to_string(), is_answered: false }))
}

pub(super) fn erase(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    let (room, id) = call.first();
    if room.is_empty() || id.is_empty() {
        return Err("Which message? Type: erase ROOM MESSAGE. The number of each is the `id` that this shows: export ROOM".into());
    }
    let RoomInfo { id: at, name, .. } = room_named(hub, room)?;
    let id: u64 = id
        .parse()
        .map_err(|_| format!("{id} is not the number of a message. To see them, type: export {name}"))?;
    if !hub.journal().can_amend() {
        return Err("Too much waits to be stored. Try again later.".into());
    }
    let (author, ticket) = hub.erase(at, id, call.now);
    let by = author.map_or(String::new(), |author| format!(" by {author}"));
    info!("the operator erases message {id} of {name}{by}");
    Ok(Outcome::Pending(ticket, Pending::OneErasure { room: name, id, is_answered: false }))
}

/// The reply to `erase`.
pub(super) fn one_erased(room: &str, id: u64, ErasureReport { messages, copies }: &ErasureReport) -> Reply {
    if *messages == 0 {
        return Reply::failed(format!(
            "No message {id} is stored in {room}. To see which are, type: export {room}"
        ));
    }
    let mut data = json!({ "room": room, "message": id });
    let text = format!("Message {id} of {room} is erased.") + &with_copies(copies, &mut data);
    Reply::done_with(text, data)
}

/// The reply to `forget`: how many messages are erased, and the files that may still contain some, which the operator must
/// delete.
pub(super) fn erased(name: &str, ErasureReport { messages, copies }: &ErasureReport) -> Reply {
    let mut text = match messages {
        0 => format!("No messages of {name} are stored."),
        1 => format!("One message of {name} is erased."),
        _ => format!("{messages} messages of {name} are erased."),
    };
    let mut data = json!({ "name": name, "messages": messages });
    text += &with_copies(copies, &mut data);
    Reply::done_with(text, data)
}

/// What to add to the reply to an erasure, if files were set aside that may still contain what is erased. They go into `data`, too.
fn with_copies(copies: &[PathBuf], data: &mut Value) -> String {
    if copies.is_empty() {
        return String::new();
    }
    let paths: Vec<String> = copies.iter().map(|path| path.display().to_string()).collect();
    let mut text = "\nThese copies were set aside earlier and are unchanged; they may contain what was said. Delete them when you no \
                    longer need them:"
        .to_owned();
    for path in &paths {
        text += "\n  ";
        text += path;
    }
    data["copies"] = paths.into();
    text
}

/// The reply to `export`: a page of a room's messages as JSON lines; as data, also the command for the next page.
pub(super) fn page(room: &str, found: Result<QueryResult, String>, is_open: bool) -> Reply {
    let QueryResult { messages, has_more, room: name, .. } = match found {
        Ok(found) if found.is_partial && found.messages.is_empty() => {
            return Reply::failed(format!("The disk is too slow to read the messages of {room}. Try again."));
        }
        Ok(found) => QueryResult { has_more: found.has_more || found.is_partial, ..found },
        Err(why) => return Reply::failed(format!("The messages of {room} cannot be read: {why}.")),
    };
    let room = name.as_deref().unwrap_or(room);
    let next = messages.last().filter(|_| has_more);
    let next = next.map(|last| format!("export {room} after {}.{}", last.stream.0, last.id));
    let name: Rc<str> = room.into();
    let exported: Vec<ServerMessage> = messages
        .into_iter()
        .map(|message| json::log_entry(&message.into_entry(name.clone()), true))
        .collect();
    let lines: Vec<String> =
        exported.iter().filter_map(|message| serde_json::to_string(message).ok()).collect();
    if exported.is_empty() && !is_open {
        let why = "Type rooms to see all.";
        return Reply::failed(format!(
            "There is no room \"{room}\", and no messages of such a room are stored. {why}"
        ));
    }
    let shown = match lines.as_slice() {
        [] => format!("No messages of {room} are stored."),
        lines => lines.join("\n"),
    };
    Reply::done_with(shown, json!({ "room": room, "messages": exported, "next": next }))
}

/// Parses a cursor: `3.4711` is message 4711 of stream 3.
fn parse_cursor(text: &str) -> Option<(StreamId, u64)> {
    let (stream, id) = text.split_once('.')?;
    Some((StreamId(stream.parse().ok()?), id.parse().ok()?))
}
