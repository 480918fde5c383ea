//! Events as messages to programs.

use std::borrow::Cow;

use bytes::{BufMut, BytesMut};
use serde::Serialize;

use crate::base::time::utc;
use crate::proto::{
    Amendment, Changed, Event, LogEntry, MemberInfo, Notice, PrivateMessage, Removal, Reply, RoomChange,
    RoomEvent, SeenMessage,
};
use crate::wire::json::server_message::why_removed;
use crate::wire::json::{EventFields, Limits, Present, SenderKind, ServerMessage, VERSION, program};
use crate::wire::lines;
use crate::wire::sentences::{LEFT_OUT, removal, room_change, text};

/// What becomes of a text of several lines.
pub(in crate::wire) type Lines = fn(&str) -> Cow<'_, str>;

/// Appends `event` to `out`, as the answer to what its reader calls `label`, if it is one.
pub(in crate::wire) fn encode(event: &Event, label: Option<&str>, lines: Lines, out: &mut BytesMut) {
    let start = out.len();
    encode_plain(event, lines, out);
    if let Some(label) = label.filter(|_| out.len() > start) {
        let fields = out.split_off(start + 1);
        out.extend_from_slice(b"\"label\":");
        put(&label, out);
        out.extend_from_slice(b",");
        out.unsplit(fields);
    }
}

fn encode_plain(event: &Event, lines: Lines, out: &mut BytesMut) {
    match event {
        Event::Program(event) => {
            if let Some(message) = program::message(event) {
                put_line(&message, out);
            }
            return;
        }
        Event::Reply(Reply::HistoryHeading { room, query, outcome: Ok(outcome) }) => {
            if let Some(heading) = program::heading(room, query, *outcome) {
                return put_line(&heading, out);
            }
        }
        Event::Reply(Reply::PrivateHeading { with, query, outcome }) => {
            if let Some(heading) = program::private_heading(with.as_str(), query, *outcome) {
                return put_line(&heading, out);
            }
        }
        _ => {}
    }
    let tell = match event {
        Event::Live(entry) => log_entry_with(entry, false, lines),
        Event::Replayed { entry, .. } => log_entry_with(entry, true, lines),
        Event::HistoryResult { entry, more } => {
            let (ServerMessage::Acted { what }
            | ServerMessage::Said { what }
            | ServerMessage::Joined { what }
            | ServerMessage::Left { what, .. }) = log_entry_with(entry, true, lines)
            else {
                return;
            };
            ServerMessage::Found { what, acted: matches!(entry.event, RoomEvent::Acted { .. }), more: *more }
        }
        Event::Private(seen) => private(seen, None, lines),
        Event::PrivateResult { seen, more } => private(seen, Some(*more), lines),
        Event::NameAccepted { name, token, started, pace } => ServerMessage::Hello {
            version: VERSION,
            server: concat!("Salon ", env!("CARGO_PKG_VERSION")).into(),
            name: name.to_string(),
            token: token.map(|token| token.to_string()),
            started: started.to_string(),
            features: program::FEATURES.iter().map(|feature| Cow::Borrowed(*feature)).collect(),
            limits: Some(Limits::of_server(*pace)),
        },
        Event::Renamed { from, to, .. } => {
            ServerMessage::Nick { name: to.to_string(), was: from.to_string() }
        }
        Event::PartnerLeft { name, .. } => ServerMessage::Gone { name: name.to_string() },
        Event::Welcome { room, echoes, read, present, count, extent, topic, .. } => ServerMessage::Welcome {
            room: room.to_string(),
            echoes: *echoes,
            read: *read,
            count: *count,
            present: present
                .iter()
                .map(|who| Present { who: who.name.to_string(), is: who.kind.into() })
                .collect(),
            replayed: extent.replayed,
            earlier: extent.earlier,
            older: extent.may_have_older,
            topic: topic.as_ref().map(|(topic, _)| topic.into()),
        },
        Event::ReplayStart { .. } | Event::Program(_) => return,
        Event::ReplayGap => ServerMessage::Notice { room: None, text: LEFT_OUT.into() },
        Event::ReplayEnd { room, .. } => ServerMessage::Live { room: room.to_string() },
        Event::Parted { room, .. } => ServerMessage::Parted { room: room.to_string(), text: text(event) },
        Event::Notice(Notice::FromHost { room, text } | Notice::Hint { room, text }) => {
            ServerMessage::Notice { room: Some(room.to_string()), text: text.to_string() }
        }
        Event::Notice(_) | Event::Reply(_) => ServerMessage::Notice { room: None, text: text(event) },
        Event::Refused { why, .. } => ServerMessage::Refused { why: why.into(), text: text(event) },
        Event::Removed(why) => {
            ServerMessage::Removed { reason: text(event), why: Some(why_removed(why).into()) }
        }
    };
    put_line(&tell, out);
}

/// A private message. `more`: it is a result of a query, and so many follow.
fn private(seen: &SeenMessage, more: Option<usize>, lines: Lines) -> ServerMessage {
    let PrivateMessage { from, to, text, is_notice, id, time } = &seen.message;
    ServerMessage::Private {
        id: *id,
        time: utc(*time),
        from: from.name.to_string(),
        is: from.kind.into(),
        to: to.name.to_string(),
        text: lines(text.as_str()).into_owned(),
        notice: *is_notice,
        replayed: more.is_some(),
        more,
    }
}

/// A change of a room. Its text is a sentence; that of a topic is the topic.
fn changed(
    change: &RoomChange,
    what: impl Fn(Option<&MemberInfo>, Option<&str>) -> EventFields,
) -> ServerMessage {
    let RoomChange { by, what: changed } = change;
    let fields = |text: &str| what(by.as_ref(), Some(text));
    let (name, on, member) = match changed {
        Changed::Topic(text) => return ServerMessage::Topic { what: fields(text) },
        Changed::Private(on) => ("private", *on, None),
        Changed::Slow(every) => ("slow", every.is_some(), None),
        Changed::Operator(who, on) => ("operator", *on, Some(who)),
        Changed::Muted(who, on) => ("muted", *on, Some(who)),
    };
    let slow_ms = match changed {
        Changed::Slow(Some(every)) => Some(u64::try_from(every.as_millis()).unwrap_or(u64::MAX)),
        _ => None,
    };
    ServerMessage::Changed {
        what: fields(&room_change(change)),
        change: name.into(),
        on,
        member: member.map(ToString::to_string),
        slow_ms,
    }
}

fn put_line(object: &impl Serialize, out: &mut BytesMut) {
    let start = out.len();
    put(object, out);
    if out.len() > start {
        out.extend_from_slice(b"\n");
    }
}

fn put(object: &impl Serialize, out: &mut BytesMut) {
    let start = out.len();
    if serde_json::to_writer(out.writer(), object).is_err() {
        // Serializing strings and numbers into a buffer cannot fail. If it did, half an object would be worse than
        // none.
        out.truncate(start);
    }
}

/// A room event as a message. `replayed`: it happened before the program joined.
pub fn log_entry(entry: &LogEntry, replayed: bool) -> ServerMessage {
    log_entry_with(entry, replayed, lines::verbatim)
}

fn log_entry_with(entry: &LogEntry, replayed: bool, lines: Lines) -> ServerMessage {
    let what = |who: Option<&MemberInfo>, text: Option<&str>| EventFields {
        id: entry.id,
        time: utc(entry.time),
        room: entry.room.to_string(),
        who: who.map_or("Host".into(), |who| who.name.to_string()),
        is: who.map_or(SenderKind::Host, |who| who.kind.into()),
        text: text.map(|text| lines(text).into_owned()),
        replayed,
        edited: entry.edited.is_some(),
        notice: matches!(entry.event, RoomEvent::Noticed { .. }),
    };
    match &entry.event {
        RoomEvent::Joined { who, .. } => ServerMessage::Joined { what: what(Some(who), None) },
        RoomEvent::Left { who, removed_for, .. } => {
            let (by, text) = match removed_for {
                Some(Removal::Kicked { by, reason }) => (Some(by.to_string()), Some(reason.to_string())),
                other => (None, other.as_ref().map(removal)),
            };
            ServerMessage::Left { what: what(Some(who), text.as_deref()), by }
        }
        RoomEvent::Renamed { from, to } => {
            ServerMessage::Renamed { what: what(Some(to), None), was: from.to_string() }
        }
        RoomEvent::Amended(Amendment { by, message, text, .. }) => {
            let (what, message) = (what(by.as_ref(), text.as_deref()), message.unwrap_or_default());
            match text {
                None => ServerMessage::Erased { what, message },
                Some(_) => ServerMessage::Edited { what, message },
            }
        }
        RoomEvent::Changed(change) => changed(change, what),
        RoomEvent::Said { who, text } | RoomEvent::Noticed { who, text } => {
            ServerMessage::Said { what: what(Some(who), Some(text)) }
        }
        RoomEvent::Acted { who, text } => ServerMessage::Acted { what: what(Some(who), Some(text)) },
        RoomEvent::HostSaid { text } => ServerMessage::Said { what: what(None, Some(text)) },
    }
}
