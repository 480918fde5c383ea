//! The sentences that members receive from the server: for the text dialects, and for the text fields of JSON.

mod amend;
mod heading;
mod notice;
mod refusal;
mod replay;
mod reply;
mod room;

use std::borrow::Cow;

use bytes::BytesMut;

use crate::base::limits::{RENAME_HOLD, WELCOME_NAMES};
use crate::base::name::Name;
use crate::base::text::{in_words, list, plural};
use crate::base::time::local_minute;
use crate::proto::{
    Announcement, Event, LogEntry, MemberInfo, Parting, PrivateMessage, Removal, RoomEvent, SeenMessage,
};
use crate::wire::lines;

pub(super) use amend::{EDITED, NOTICE, amendment};
pub use notice::removal;
pub use refusal::refusal;
pub use replay::{day_line, earlier, new_day};
pub use reply::{members_by_server, reply};
pub(super) use room::change as room_change;

/// Marks a gap in a replay: the messages left the memory before the slow reader received them. JSON clients get the same
/// text.
pub(super) const LEFT_OUT: &str = "Some messages are no longer in memory and are left out here.";

/// Appends all `parts`.
pub(super) fn put(out: &mut BytesMut, parts: &[&str]) {
    out.reserve(parts.iter().map(|p| p.len()).sum());
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

/// Appends `event` as a sentence, without a delimiter.
pub(super) fn sentence(event: &Event, out: &mut BytesMut) {
    match event {
        Event::Live(entry) | Event::Replayed { entry, .. } => room_entry(entry, out),
        Event::HistoryResult { entry, .. } => {
            put(out, &[&local_minute(entry.time), "  "]);
            room_entry(entry, out);
        }
        Event::Private(seen) => put(out, &[&private_head(seen), &private_text(seen)]),
        Event::PrivateResult { seen, .. } => {
            put(out, &[&local_minute(seen.message.time), "  ", &private_head(seen), &private_text(seen)]);
        }
        Event::NameAccepted { name, .. } => put(out, &[name.as_str()]),
        Event::Renamed { from, to, is_own: true } => put(out, &[&renamed(from, to)]),
        Event::Renamed { from, to, is_own: false } => {
            put(out, &[from.as_str(), ", whom you know from private messages, is now ", to.as_str(), "."]);
        }
        Event::PartnerLeft { name, is_seen: false } => {
            put(out, &[name.as_str(), ", whom you know from private messages, has left."]);
        }
        Event::Welcome { own, room, present, count, topic, .. } => {
            put(out, &["Welcome, ", own.as_str(), "! ", &company(room, present, *count)]);
            put(out, &[" Type /help to see what you can do."]);
            if let Some((topic, now)) = topic {
                put(out, &["\nThe topic: ", &room::topic(topic, *now)]);
            }
        }
        Event::ReplayStart { .. } => put(out, &["------------[Start old messages]------------"]),
        Event::ReplayGap => {
            put(out, &[LEFT_OUT, " To see them, type for example: /history since 2h"]);
        }
        Event::ReplayEnd { .. } => put(out, &["------------[Start new messages]------------"]),
        Event::Parted { room, why } => put(out, &[&parted(room, why)]),
        // Only JSON has a form for it.
        Event::Program(_) | Event::PartnerLeft { is_seen: true, .. } => {}
        Event::Reply(answer) => put(out, &[&reply(answer)]),
        Event::Refused { why, next } => put(out, &[&refusal::refused(why, *next)]),
        Event::Notice(notice) => put(out, &[&notice::notice(notice)]),
        Event::Removed(why) => put(out, &[&removal(why)]),
    }
}

/// `event` as a sentence.
pub(super) fn text(event: &Event) -> String {
    let mut text = BytesMut::new();
    sentence(event, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// To a member that has another name from now on.
fn renamed(from: &Name, to: &Name) -> String {
    if from.key() == to.key() {
        return format!("You are now {to}.");
    }
    format!("You are now {to}. The name {from} is kept for you for {}.", in_words(RENAME_HOLD))
}

fn room_entry(entry: &LogEntry, out: &mut BytesMut) {
    room_event(&entry.event, out);
    if entry.edited.is_some() {
        put(out, &[EDITED]);
    }
}

fn room_event(event: &RoomEvent, out: &mut BytesMut) {
    match event {
        RoomEvent::Renamed { from, to } => put(out, &[from.as_str(), " is now ", to.name.as_str(), "."]),
        RoomEvent::Said { who, text } => put(out, &[who.name.as_str(), ": ", &lines::marked(text)]),
        RoomEvent::Noticed { who, text } => {
            put(out, &[who.name.as_str(), ": ", &lines::marked(text), NOTICE]);
        }
        RoomEvent::Acted { who, text } => put(out, &["* ", who.name.as_str(), " ", &lines::marked(text)]),
        RoomEvent::HostSaid { text } => put(out, &["Host: ", &lines::marked(text)]),
        RoomEvent::Amended(amended) => put(out, &[&amendment(amended)]),
        RoomEvent::Changed(change) => put(out, &[&room_change(change)]),
        RoomEvent::Joined { who, said: Announcement(before, after), .. }
        | RoomEvent::Left { who, said: Announcement(before, after), removed_for: None, .. } => {
            put(out, &[before, who.name.as_str(), after]);
        }
        RoomEvent::Left {
            who,
            said: Announcement(before, after),
            removed_for: Some(Removal::Kicked { by, reason }),
            ..
        } => {
            put(out, &[before, who.name.as_str(), after.trim_end(), " (Removed by ", by.as_str()]);
            let colon = if reason.is_empty() { "" } else { ": " };
            put(out, &[colon, reason, ")"]);
        }
        RoomEvent::Left { who, said: Announcement(before, after), removed_for: Some(why), .. } => {
            put(out, &[before, who.name.as_str(), after.trim_end()]);
            put(out, &[" (Removed by the host for: ", &removal(why), ")"]);
        }
    }
}

/// Begins a private message: `[Ann to you] `. No message of a room begins so, as no name has such a character.
pub(super) fn private_head(seen: &SeenMessage) -> String {
    let PrivateMessage { from, to, .. } = &seen.message;
    if seen.is_own { format!("[you to {}] ", to.name) } else { format!("[{} to you] ", from.name) }
}

/// The text of a private message.
pub(super) fn private_text(seen: &SeenMessage) -> Cow<'_, str> {
    let text = lines::marked(seen.message.text.as_str());
    if seen.message.is_notice { Cow::Owned([&text, NOTICE].concat()) } else { text }
}

/// A room's name as part of a sentence.
fn place(room: &str) -> &str {
    if room == "lobby" { "the lobby" } else { room }
}

/// Names the other members for a member that joins.
fn company(room: &str, present: &[MemberInfo], count: usize) -> String {
    let mut names: Vec<&str> = present.iter().take(WELCOME_NAMES).map(|who| who.name.as_str()).collect();
    let unnamed = count.saturating_sub(1 + names.len());
    let more = (unnamed > 0).then(|| plural(unnamed, "other"));
    names.extend(more.as_deref());
    match names.as_slice() {
        [] => format!("You are the first in {}.", place(room)),
        names => format!("You are in {} with {}.", place(room), list(names)),
    }
}

fn parted(room: &str, why: &Parting) -> String {
    match why {
        Parting::Left => format!("You have left {}.", place(room)),
        Parting::Closed => format!("The room {room} is closed. Type /rooms to see the others."),
        Parting::ByHost(text) => text.to_string(),
        Parting::Kicked { by, reason } => {
            let reason = if reason.is_empty() { ".".into() } else { format!(": {reason}") };
            format!("{by} has removed you from {}{reason}", place(room))
        }
    }
}
