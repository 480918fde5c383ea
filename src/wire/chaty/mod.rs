//! `chaty`: the wire of ChatyChaty, on which nothing ends a message. Its programs read up to 1,024 bytes and take them for
//! one message, whatever they are; so messages are kept apart here, and whoever sends them sends one at a time.
//!
//! The server speaks first: `NICK`. What comes in, [`Splitter`] takes apart. When the next message may be sent is not
//! known here.

mod splitter;

use bytes::{Bytes, BytesMut};

use crate::base::limits::CHATY_MESSAGE_BYTES;
use crate::proto::{Event, Kind, LogEntry, Refusal, Request, RoomEvent};
use crate::wire::sentences::text;

pub use splitter::Splitter;

/// What asks for a name.
const ASK: &str = "NICK";

/// What a new connection is sent: [`ASK`], and a [`BORDER`].
pub(super) const GREETING: &[u8] = b"NICK\0";

const REFUSED: &str = "NICK_INVALID";
const KNOWN: &str = "NICK_OK";
const REMOVED: &str = "KICK";

/// Messages that its programs obey instead of showing them.
const OBEYED: [&str; 4] = [ASK, KNOWN, REFUSED, REMOVED];

/// What stands after each message that [`encode`] appends, and is not sent. No text holds it.
pub const BORDER: u8 = 0;

/// Its bots, which are known by their names alone.
const BOTS: [&str; 4] = ["alice", "bob", "dora", "chuck"];

/// The name that a first message gives: all of it.
pub fn hello(message: &str) -> Request {
    let name = message.trim().to_owned();
    let is_bot = BOTS.iter().any(|bot| name.eq_ignore_ascii_case(bot));
    Request::Hello { name, kind: if is_bot { Kind::Bot } else { Kind::Person }, token: None }
}

/// Appends `event` to `out`: each of its messages, and a [`BORDER`] after each.
pub fn encode(event: &Event, out: &mut BytesMut) {
    for message in messages(event) {
        out.reserve(message.len() + 1);
        out.extend_from_slice(&message);
        out.extend_from_slice(&[BORDER]);
    }
}

/// `event` as messages, each of which is to be sent alone: none where this dialect has no word for it, several where it is
/// longer than a message. Old messages are none, since its bots would answer them.
pub fn messages(event: &Event) -> Vec<Bytes> {
    match event {
        Event::Replayed(_)
        | Event::ReplayStart { .. }
        | Event::ReplayGap
        | Event::ReplayEnd { .. }
        | Event::Program(_) => Vec::new(),
        Event::Live(LogEntry { event, .. }) => event_messages(event),
        Event::NameAccepted { .. } => one(KNOWN),
        Event::Welcome { .. } => one("Connection successful, welcome to ChatyChaty !"),
        Event::Refused {
            why: Refusal::InvalidName(_) | Refusal::NameTaken(_) | Refusal::Banned(_), ..
        } => one(REFUSED),
        Event::HistoryResult { .. }
        | Event::Notice(_)
        | Event::Refused { .. }
        | Event::Parted { .. }
        | Event::Reply(_) => parts("", &text(event)),
        Event::Removed(_) => one(REMOVED),
    }
}

fn event_messages(event: &RoomEvent) -> Vec<Bytes> {
    match event {
        RoomEvent::Said { who, text } => parts(&format!("{}: ", who.name), text),
        RoomEvent::HostSaid { text } => parts("Host: ", text),
        RoomEvent::Acted { who, text } => parts(&format!("* {} ", who.name), text),
        RoomEvent::Joined { who, .. } => one(&format!("{} just connected", who.name)),
        RoomEvent::Left { who, .. } => one(&format!("{} left the chat ", who.name)),
    }
}

fn one(message: &str) -> Vec<Bytes> {
    vec![Bytes::copy_from_slice(message.as_bytes())]
}

/// `text` in as many messages as it takes, each with `head` before it.
fn parts(head: &str, text: &str) -> Vec<Bytes> {
    // No text ends a message early.
    let text = text.replace('\0', "\u{fffd}");
    let most = CHATY_MESSAGE_BYTES - head.len() - 1;
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (part, after) = rest.split_at(cut(rest, most));
        rest = after;
        // Its bots break on a blank message.
        if part.trim().is_empty() {
            continue;
        }
        let obeyed = head.is_empty() && OBEYED.contains(&part);
        parts.push([head, part, if obeyed { " " } else { "" }].concat().into());
    }
    parts
}

/// Where to cut `text` so that at most `most` bytes stand before: after a blank if there is one in their second half.
fn cut(text: &str, most: usize) -> usize {
    if text.len() <= most {
        return text.len();
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    match text[..end].rfind([' ', '\n']) {
        Some(blank) if blank >= end / 2 => blank + 1,
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use proptest::prelude::*;

    use super::*;
    use crate::base::limits::NAME_CHARS;
    use crate::base::name::Name;
    use crate::proto::{Announcement, InvalidName, Malformed, NameTaken, Removal, Who};

    fn who(name: &str) -> Who {
        Who { name: Name::parse(name).unwrap(), kind: Kind::Person }
    }

    fn entry(event: RoomEvent) -> LogEntry {
        LogEntry { room: "chaty".into(), id: 1, time: SystemTime::UNIX_EPOCH, event }
    }

    fn sent(event: &Event) -> Vec<String> {
        messages(event).iter().map(|m| String::from_utf8(m.to_vec()).unwrap()).collect()
    }

    #[test]
    fn events_in_its_words() {
        let said = entry(RoomEvent::Said { who: who("Ann"), text: "hi all".into() });
        for (event, messages) in [
            (Event::NameAccepted { name: Name::parse("Ann").unwrap(), token: None }, vec!["NICK_OK"]),
            (
                Event::Welcome {
                    room: "chaty".into(),
                    own: Name::parse("Ann").unwrap(),
                    echoes: false,
                    present: vec![who("Carl")],
                    count: 2,
                },
                vec!["Connection successful, welcome to ChatyChaty !"],
            ),
            (Event::Replayed(said.clone()), vec![]),
            (Event::ReplayStart { is_first: true }, vec![]),
            (Event::ReplayEnd { room: "chaty".into() }, vec![]),
            (Event::Live(said), vec!["Ann: hi all"]),
            (Event::Live(entry(RoomEvent::HostSaid { text: "Tea?".into() })), vec!["Host: Tea?"]),
            (
                Event::Live(entry(RoomEvent::Acted { who: who("Ann"), text: "waves".into() })),
                vec!["* Ann waves"],
            ),
            (
                Event::Live(entry(RoomEvent::Joined {
                    who: who("Ann"),
                    said: Announcement("", " is here."),
                })),
                vec!["Ann just connected"],
            ),
            (
                Event::Live(entry(RoomEvent::Left {
                    who: who("Ann"),
                    removed_for: Some(Removal::Spam),
                    said: Announcement("", " is gone."),
                })),
                vec!["Ann left the chat "],
            ),
            (Event::notice("Here are:\nAnn"), vec!["Here are:\nAnn"]),
            (Event::notice(" "), vec![]),
            (Event::notice("KICK"), vec!["KICK "]),
            (
                Event::refused(Refusal::NameTaken(NameTaken::Alike(
                    Name::parse("Ann").unwrap(),
                    Name::parse("Anm").unwrap(),
                ))),
                vec!["NICK_INVALID"],
            ),
            (Event::refused(Refusal::InvalidName(InvalidName::Foreign)), vec!["NICK_INVALID"]),
            (Event::refused(Refusal::Malformed(Malformed::Message("Too long.".into()))), vec!["Too long."]),
            (Event::Removed(Removal::Spam), vec!["KICK"]),
        ] {
            assert_eq!(sent(&event), messages, "{event:?}");
        }
    }

    #[test]
    fn its_bots_are_known_by_name() {
        for (message, given, kind) in [
            ("Ann", "Ann", Kind::Person),
            (" Ann \t", "Ann", Kind::Person),
            ("Chuck", "Chuck", Kind::Bot),
            ("dora", "dora", Kind::Bot),
            ("Bobby", "Bobby", Kind::Person),
        ] {
            assert_eq!(hello(message), Request::Hello { name: given.into(), kind, token: None }, "{message}");
        }
    }

    #[test]
    fn a_tape_shows_where_messages_end() {
        let mut tape = BytesMut::from(&b"before\0"[..]);
        encode(&Event::notice("a\0b"), &mut tape);
        encode(&Event::ReplayEnd { room: "chaty".into() }, &mut tape);
        assert_eq!(&tape[..], "before\0a\u{fffd}b\0".as_bytes());
    }

    #[test]
    fn long_texts_are_cut_where_it_hurts_least() {
        let words = "twelve bytes ".repeat(100);
        let event = Event::Live(entry(RoomEvent::Said { who: who("Ann"), text: words.as_str().into() }));
        let parts = sent(&event);
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().all(|part| part.ends_with("bytes ")), "{parts:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parts_are_messages_and_nothing_is_lost(
            name in "[a-z]{1,32}|[\u{10400}-\u{1044f}]{32}",
            text in "\\PC{0,40}[ x\u{1f600}]{0,2000}\\PC{1,40}",
        ) {
            let name = Name::parse(&name).unwrap();
            prop_assert!(name.as_str().chars().count() <= NAME_CHARS);
            let head = format!("{name}: ");
            let event = RoomEvent::Said { who: Who { name, kind: Kind::Person }, text: text.as_str().into() };
            let parts = sent(&Event::Live(entry(event)));
            prop_assert!(parts.iter().all(|part| part.len() <= CHATY_MESSAGE_BYTES));
            let bodies: Option<Vec<&str>> = parts.iter().map(|part| part.strip_prefix(&head)).collect();
            let bodies = bodies.unwrap();
            prop_assert!(bodies.iter().all(|body| !body.trim().is_empty()));
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&bodies.concat()), letters(&text));
        }
    }
}
