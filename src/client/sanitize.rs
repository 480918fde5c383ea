//! Sanitizes server messages before they reach a terminal: a client need not trust its server.

use std::borrow::Cow;

use crate::base::text::{self, sanitize};
use crate::wire::json::{EventFields, ListedRoom, ServerMessage, TopicFields};

/// Replaces control characters in all texts of a message.
pub(super) fn sanitize_message(mut message: ServerMessage) -> ServerMessage {
    match &mut message {
        ServerMessage::Hello { server, name, .. } => {
            sanitize_text(server);
            sanitize_text(name);
        }
        ServerMessage::Welcome { room, present, topic, .. } => {
            sanitize_text(room);
            if let Some(TopicFields { text, who, time }) = topic {
                [text, who, time].into_iter().for_each(sanitize_text);
            }
            for other in present {
                sanitize_text(&mut other.who);
            }
        }
        ServerMessage::Live { room } | ServerMessage::Gap { room, .. } => sanitize_text(room),
        ServerMessage::Nick { name, was } => {
            sanitize_text(name);
            sanitize_text(was);
        }
        ServerMessage::Renamed { what, was } => {
            sanitize_event(what, sanitize_text);
            sanitize_text(was);
        }
        ServerMessage::Joined { what }
        | ServerMessage::Topic { what }
        | ServerMessage::Erased { what, .. } => sanitize_event(what, sanitize_text),
        ServerMessage::Left { what, by: name } | ServerMessage::Changed { what, member: name, .. } => {
            sanitize_event(what, sanitize_text);
            name.iter_mut().for_each(sanitize_text);
        }
        // What people say may have several lines.
        ServerMessage::Said { what }
        | ServerMessage::Acted { what }
        | ServerMessage::Edited { what, .. }
        | ServerMessage::Found { what, .. } => sanitize_event(what, sanitize_lines),
        ServerMessage::Private { time, from, to, text, .. } => {
            for text in [time, from, to] {
                sanitize_text(text);
            }
            sanitize_lines(text);
        }
        ServerMessage::Notice { text, room } => {
            room.iter_mut().for_each(sanitize_text);
            sanitize_lines(text);
        }
        ServerMessage::Refused { text, .. } => sanitize_lines(text),
        ServerMessage::Parted { room, text } => {
            sanitize_text(room);
            sanitize_text(text);
        }
        ServerMessage::Rooms { rooms } => rooms.iter_mut().for_each(sanitize_room),
        ServerMessage::Room { room } => sanitize_room(room),
        ServerMessage::Gone { name } => sanitize_text(name),
        ServerMessage::Removed { reason, .. } => sanitize_text(reason),
    }
    message
}

fn sanitize_room(room: &mut ListedRoom) {
    sanitize_text(&mut room.name);
    room.commands.iter_mut().for_each(|command| sanitize_text(&mut command.name));
}

/// A text of several lines.
fn sanitize_lines(text: &mut String) {
    if let Cow::Owned(harmless) = text::sanitize_lines(text.as_bytes()) {
        *text = harmless;
    }
}

fn sanitize_event(what: &mut EventFields, sanitize: fn(&mut String)) {
    let EventFields { time, room, who, text, .. } = what;
    for text in [time, room, who] {
        sanitize_text(text);
    }
    if let Some(text) = text {
        sanitize(text);
    }
}

fn sanitize_text(text: &mut String) {
    let harmless = sanitize(text.as_bytes());
    if harmless != *text {
        *text = harmless.into_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_server_moves_a_cursor() {
        let line = r#"{"type":"said","id":1,"time":"\u001b[1m","room":"\u0007","who":"A\u001b]0;x\u0007","is":"person","text":"\u001b[2J\n\u202e","replayed":false}"#;
        let said = format!("{:?}", sanitize_message(serde_json::from_str(line).unwrap()));
        assert!(!said.contains("\\u{1b}") && !said.contains("\\u{7}") && !said.contains("202e"), "{said}");
        let notice = ServerMessage::Notice { room: None, text: "one\ntwo\u{1b}c\rthree".into() };
        assert_eq!(
            sanitize_message(notice),
            ServerMessage::Notice { room: None, text: "one\ntwo\u{fffd}c\u{fffd}three".into() }
        );
    }
}
