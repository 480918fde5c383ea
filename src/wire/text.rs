//! What the two dialects of plain text share: the sentences, the slash, and where a name stands.

use bytes::BytesMut;

use crate::base::limits::MESSAGE_BYTES;
use crate::base::name::Name;
use crate::proto::{Event, Request};

/// Appends `parts`, one after the other.
pub(super) fn put(out: &mut BytesMut, parts: &[&str]) {
    out.reserve(parts.iter().map(|p| p.len()).sum());
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

/// Appends `event` as a sentence, without an end of message.
pub(super) fn sentence(event: &Event, out: &mut BytesMut) {
    match event {
        Event::Said { who, text } => put(out, &[who.as_str(), ": ", text]),
        Event::Acted { who, text } => put(out, &["* ", who.as_str(), " ", text]),
        Event::HostSaid { text } => put(out, &["Host: ", text]),
        Event::Joined { who } => put(out, &["User ", who.as_str(), " has joined the chat!"]),
        Event::Left { who, removed_for } => {
            put(out, &["Host: User ", who.as_str(), " left the chat."]);
            if let Some(reason) = removed_for {
                put(out, &[" (Removed by the host for: ", reason, ")"]);
            }
        }
        Event::OldMessages => put(out, &["------------[Start old messages]------------"]),
        Event::NewMessages => put(out, &["------------[Start new messages]------------"]),
        Event::Notice { text } | Event::Welcome { text } => put(out, &[text]),
        Event::Removed { reason } => put(out, &[reason]),
    }
}

/// The name in a connection's first message: what follows the last `: `, up to white space. A bare name is one too.
/// In a line, white space belongs to the name, so that its owner is told that it cannot.
pub fn given_name(message: &str, is_line: bool) -> &str {
    if is_line {
        return message.trim();
    }
    let name = message.rsplit_once(": ").map_or(message, |(_, name)| name);
    name.split_whitespace().next().unwrap_or_default()
}

/// What a member called `own` asks with `message`; nothing if it is blank. The `NAME: ` that old programs put before a
/// text is dropped if the name is the sender's own, and is text otherwise.
pub fn request(message: &str, own: &Name) -> Option<Request> {
    let unprefixed = message
        .strip_prefix(own.as_str())
        .and_then(|rest| rest.strip_prefix(": "));
    let text = unprefixed.unwrap_or(message).trim_end();
    if text.trim_start().is_empty() {
        return None;
    }
    if text.len() > MESSAGE_BYTES {
        return Some(Request::SayTooLong);
    }
    Some(match text.strip_prefix('/') {
        Some(said) if said.starts_with('/') => Request::Say(said.to_owned()),
        Some(command) => {
            let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
            Request::Command {
                name: name.to_owned(),
                rest: rest.trim().to_owned(),
            }
        }
        None => Request::Say(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_first_messages() {
        for (message, eom, line) in [
            ("Bob", "Bob", "Bob"),
            ("Bob: Bob", "Bob", "Bob: Bob"),
            ("a: b: c d", "c", "a: b: c d"),
            (" Bob ", "Bob", "Bob"),
            ("", "", ""),
        ] {
            assert_eq!(given_name(message, false), eom);
            assert_eq!(given_name(message, true), line);
        }
    }

    #[test]
    fn requests_in_later_messages() {
        let own = Name::parse("Bob").unwrap();
        let say = |text: &str| Some(Request::Say(text.to_owned()));
        let command = |name: &str, rest: &str| {
            Some(Request::Command {
                name: name.into(),
                rest: rest.into(),
            })
        };
        for (message, asked) in [
            ("hi", say("hi")),
            ("  hi  ", say("  hi")),
            ("Bob: hi", say("hi")),
            ("Bob: Bob: hi", say("Bob: hi")),
            ("Ann: hi", say("Ann: hi")),
            ("Bob:hi", say("Bob:hi")),
            ("Bob: ", None),
            (" \t ", None),
            ("/who", command("who", "")),
            ("Bob: /me  waves twice ", command("me", "waves twice")),
            ("//usr", say("/usr")),
            ("/", command("", "")),
        ] {
            assert_eq!(request(message, &own), asked, "{message}");
        }
        assert_eq!(request(&"x".repeat(4097), &own), Some(Request::SayTooLong));
        assert_eq!(
            request(&format!("Bob: {}", "x".repeat(4096)), &own),
            say(&"x".repeat(4096))
        );
    }
}
