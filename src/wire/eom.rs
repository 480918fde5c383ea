//! `eom`: a message ends with `::EOMsg::`. For the Python clients and scripts made for their server.
//!
//! Input: newlines within a message are dropped. Output: no text can contain the delimiter.

use bytes::BytesMut;
use memchr::memmem;

use crate::proto::{Event, Kind, LogEntry, Request, RoomEvent};
use crate::wire::sentences;

/// The delimiter.
pub(super) const END: &str = "::EOMsg::";

/// The longest part of [`END`] that a text may not contain. With more, the reader would find the end too early.
const END_BEGUN: &[u8] = b"::EOMsg";

/// Where the first message of `bytes` ends and the next begins.
pub(super) fn find_end(bytes: &[u8]) -> Option<(usize, usize)> {
    memmem::find(bytes, END.as_bytes()).map(|at| (at, at + END.len()))
}

/// `bytes` without what may be the beginning of [`END`] at their end.
pub(super) fn without_begun_end(bytes: &[u8]) -> &[u8] {
    let begun = (1..END.len()).rev().find(|begun| bytes.ends_with(&END.as_bytes()[..*begun]));
    &bytes[..bytes.len() - begun.unwrap_or_default()]
}

/// Parses the first message. The name follows the last `: ` and ends at white space; a bare name works too. A name
/// that ends in "bot" belongs to a bot, as old bots assume.
pub(super) fn hello(message: &str) -> Request {
    let name = message.rsplit_once(": ").map_or(message, |(_, name)| name);
    let name = name.split_whitespace().next().unwrap_or_default().to_owned();
    let kind = if name.ends_with("Bot") || name.ends_with("bot") { Kind::Bot } else { Kind::Person };
    Request::Hello { name, kind, token: None, password: None, lines: false }
}

/// Appends `event` to `out`.
pub(super) fn encode(event: &Event, out: &mut BytesMut) {
    let start = out.len();
    match event {
        // Its programs print the first marker and the greeting themselves, or do not use them.
        Event::NameAccepted { .. }
        | Event::Welcome { .. }
        | Event::ReplayStart { is_first: true, .. }
        | Event::PartnerLeft { is_seen: true, .. }
        | Event::Program(_) => {
            return;
        }
        Event::Live(LogEntry { event: RoomEvent::HostSaid { .. }, .. })
        | Event::Replayed { entry: LogEntry { event: RoomEvent::HostSaid { .. }, .. }, .. } => {
            out.extend_from_slice(b"\n");
            sentences::sentence(event, out);
        }
        // Old bots ignore what begins and ends so, and answer everything else.
        Event::Live(LogEntry { event: RoomEvent::Renamed { from, to }, .. }) => {
            let words =
                ["Host: User ", from.as_str(), " is now ", to.name.as_str(), ", and has not left the chat."];
            sentences::put(out, &words);
        }
        Event::Removed(_) => {
            sentences::put(out, &["Kicked by the host for "]);
            sentences::sentence(event, out);
        }
        _ => sentences::sentence(event, out),
    }
    if memmem::find(&out[start..], END_BEGUN).is_some() {
        let harmless = String::from_utf8_lossy(&out[start..]).replace("::EOMsg", ":: EOMsg");
        out.truncate(start);
        out.extend_from_slice(harmless.as_bytes());
    }
    out.extend_from_slice(END.as_bytes());
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn names_in_first_messages() {
        for (message, given, kind) in [
            ("Bob", "Bob", Kind::Person),
            ("Bob: Bob", "Bob", Kind::Person),
            ("a: b: c d", "c", Kind::Person),
            (" Bob ", "Bob", Kind::Person),
            ("", "", Kind::Person),
            ("Art_Bot: Art_Bot", "Art_Bot", Kind::Bot),
            ("robot", "robot", Kind::Bot),
        ] {
            assert_eq!(
                hello(message),
                Request::Hello { name: given.into(), kind, token: None, password: None, lines: false },
                "{message}"
            );
        }
    }

    #[test]
    fn no_text_can_end_a_message_early() {
        for text in ["a::EOMsg::Host: b", "a::EOMsg::", "a::EOMsg:", "a::EOMsg", "::::EOMsg::::"] {
            let mut out = BytesMut::new();
            let event = RoomEvent::HostSaid { text: text.into() };
            encode(
                &Event::Live(LogEntry {
                    room: "lobby".into(),
                    id: 1,
                    time: SystemTime::UNIX_EPOCH,
                    event,
                    edited: None,
                }),
                &mut out,
            );
            let (end, next) = find_end(&out).unwrap();
            assert_eq!((end, next), (out.len() - END.len(), out.len()), "{text}");
        }
    }
}
