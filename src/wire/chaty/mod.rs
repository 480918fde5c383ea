//! `chaty`: the protocol of ChatyChaty, in which nothing delimits a message. Its programs take each read of up to
//! 1,024 bytes for one message, so the server sends one message at a time.
//!
//! The server speaks first: `NICK`. [`ChatyFramer`] splits the input. `fanout` decides when the next message may be
//! sent.

mod framer;

use bytes::{Bytes, BytesMut};

use crate::base::limits::CHATY_MESSAGE_BYTES;
use crate::base::time::local_minute;
use crate::proto::{Event, Kind, LogEntry, NextStep, Notice, Refusal, Request, RoomEvent};
use crate::wire::lines;
use crate::wire::sentences::{NOTICE, private_head, private_text, room_change, text};

pub use framer::ChatyFramer;

/// Asks for a name.
const NICK_PROMPT: &str = "NICK";

/// Sent to each new connection: [`NICK_PROMPT`] and a [`DELIMITER`].
pub(super) const GREETING: &[u8] = b"NICK\0";

const NICK_REFUSED: &str = "NICK_INVALID";
const NICK_ACCEPTED: &str = "NICK_OK";
const KICKED: &str = "KICK";

/// Messages that its programs execute instead of displaying.
const CONTROL_WORDS: [&str; 4] = [NICK_PROMPT, NICK_ACCEPTED, NICK_REFUSED, KICKED];

/// Follows each message that [`encode`] appends. It is not sent, and no text contains it.
pub const DELIMITER: u8 = 0;

/// Its bots, which are recognised by name only.
const BOTS: [&str; 4] = ["alice", "bob", "dora", "chuck"];

/// Parses the first message: all of it is the name.
pub fn hello(message: &str) -> Request {
    let name = message.trim().to_owned();
    let is_bot = BOTS.iter().any(|bot| name.eq_ignore_ascii_case(bot));
    Request::Hello {
        name,
        kind: if is_bot { Kind::Bot } else { Kind::Person },
        token: None,
        password: None,
        lines: false,
    }
}

/// Appends the messages of `event` to `out`, each followed by a [`DELIMITER`].
pub fn encode(event: &Event, out: &mut BytesMut) {
    for message in messages(event) {
        out.reserve(message.len() + 1);
        out.extend_from_slice(&message);
        out.extend_from_slice(&[DELIMITER]);
    }
}

/// The messages of `event`, each to be sent alone. Empty if the protocol cannot express it; several if the text is
/// too long for one. Replayed events are dropped, because its bots would answer them.
pub fn messages(event: &Event) -> Vec<Bytes> {
    match event {
        Event::Replayed { .. }
        | Event::ReplayStart { .. }
        | Event::ReplayGap
        | Event::Notice(Notice::Hint { .. })
        | Event::ReplayEnd { .. }
        | Event::Program(_) => Vec::new(),
        Event::Live(LogEntry { event, .. }) => event_messages(event),
        Event::NameAccepted { .. } => one(NICK_ACCEPTED),
        Event::Welcome { .. } => one("Connection successful, welcome to ChatyChaty !"),
        Event::Refused { next: NextStep::KeepName, .. } => parts("", &text(event)),
        Event::Refused {
            why: Refusal::InvalidName(_) | Refusal::NameTaken(_) | Refusal::Banned(_), ..
        } => one(NICK_REFUSED),
        // Each part says whose it is.
        Event::Private(seen) => parts(&private_head(seen), &private_text(seen)),
        Event::PrivateResult { seen, .. } => {
            let head = format!("{}  {}", local_minute(seen.message.time), private_head(seen));
            parts(&head, &private_text(seen))
        }
        Event::HistoryResult { .. }
        | Event::Notice(_)
        | Event::Refused { .. }
        | Event::Parted { .. }
        | Event::Renamed { .. }
        | Event::PartnerLeft { .. }
        | Event::Reply(_) => parts("", &text(event)),
        Event::Removed(_) => one(KICKED),
    }
}

fn event_messages(event: &RoomEvent) -> Vec<Bytes> {
    match event {
        RoomEvent::Noticed { who, text } => {
            parts(&format!("{}: ", who.name), &[&lines::marked(text), NOTICE].concat())
        }
        RoomEvent::Said { who, text } => parts(&format!("{}: ", who.name), &lines::marked(text)),
        RoomEvent::HostSaid { text } => parts("Host: ", &lines::marked(text)),
        RoomEvent::Acted { who, text } => parts(&format!("* {} ", who.name), &lines::marked(text)),
        RoomEvent::Joined { who, .. } => one(&format!("{} just connected", who.name)),
        RoomEvent::Renamed { from, to } => one(&format!("{from} is now {}", to.name)),
        RoomEvent::Left { who, .. } => one(&format!("{} left the chat ", who.name)),
        // Its programs cannot take a line back, and its bots would answer.
        RoomEvent::Amended(_) => Vec::new(),
        RoomEvent::Changed(change) => parts("", &room_change(change)),
    }
}

fn one(message: &str) -> Vec<Bytes> {
    vec![Bytes::copy_from_slice(message.as_bytes())]
}

/// Splits `text` into messages that each begin with `head`.
fn parts(head: &str, text: &str) -> Vec<Bytes> {
    // A NUL would end the message early.
    let text = text.replace('\0', "\u{fffd}");
    let max = CHATY_MESSAGE_BYTES - head.len() - 1;
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (part, after) = rest.split_at(cut(rest, max));
        rest = after;
        // Its bots crash on a blank message.
        if part.trim().is_empty() {
            continue;
        }
        let is_control = head.is_empty() && CONTROL_WORDS.contains(&part);
        parts.push([head, part, if is_control { " " } else { "" }].concat().into());
    }
    parts
}

/// Where to cut `text`, after at most `max` bytes: after the last space if it lies in their second half.
fn cut(text: &str, max: usize) -> usize {
    if text.len() <= max {
        return text.len();
    }
    let end = (0..=max).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
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
    use crate::proto::{Announcement, InvalidName, Malformed, MemberInfo, NameTaken, Removal, ReplayExtent};

    fn who(name: &str) -> MemberInfo {
        MemberInfo { name: Name::parse(name).unwrap(), kind: Kind::Person }
    }

    fn entry(event: RoomEvent) -> LogEntry {
        LogEntry { room: "chaty".into(), id: 1, time: SystemTime::UNIX_EPOCH, event, edited: None }
    }

    fn sent(event: &Event) -> Vec<String> {
        messages(event).iter().map(|m| String::from_utf8(m.to_vec()).unwrap()).collect()
    }

    #[test]
    fn events_in_its_words() {
        let said = entry(RoomEvent::Said { who: who("Ann"), text: "hi all".into() });
        for (event, messages) in [
            (
                Event::NameAccepted {
                    name: Name::parse("Ann").unwrap(),
                    token: None,
                    started: "".into(),
                    pace: None,
                },
                vec!["NICK_OK"],
            ),
            (
                Event::Welcome {
                    room: "chaty".into(),
                    own: Name::parse("Ann").unwrap(),
                    echoes: false,
                    read: None,
                    present: vec![who("Carl")],
                    count: 2,
                    extent: ReplayExtent::default(),
                    topic: None,
                },
                vec!["Connection successful, welcome to ChatyChaty !"],
            ),
            (Event::Replayed { entry: said.clone(), previous: said.time }, vec![]),
            (Event::ReplayStart { is_first: true, extent: ReplayExtent::default() }, vec![]),
            (Event::ReplayEnd { room: "chaty".into(), is_empty: true }, vec![]),
            (Event::Live(said), vec!["Ann: hi all"]),
            (Event::Live(entry(RoomEvent::HostSaid { text: "Tea?".into() })), vec!["Host: Tea?"]),
            (
                Event::Live(entry(RoomEvent::Acted { who: who("Ann"), text: "waves".into() })),
                vec!["* Ann waves"],
            ),
            (
                Event::Live(entry(RoomEvent::Joined {
                    real_name: None,
                    who: who("Ann"),
                    said: Announcement("", " is here."),
                })),
                vec!["Ann just connected"],
            ),
            (
                Event::Live(entry(RoomEvent::Left {
                    who: who("Ann"),
                    is_gone: true,
                    removed_for: Some(Removal::Spam),
                    said: Announcement("", " is gone."),
                })),
                vec!["Ann left the chat "],
            ),
            (Event::notice("Here are:\nAnn"), vec!["Here are:\nAnn"]),
            (Event::notice(" "), vec![]),
            (Event::notice("KICK"), vec!["KICK "]),
            (
                Event::refused(Refusal::NameTaken(NameTaken::Confusable(
                    Name::parse("Ann").unwrap(),
                    Name::parse("Anm").unwrap(),
                ))),
                vec!["NICK_INVALID"],
            ),
            (Event::refused(Refusal::InvalidName(InvalidName::Unsupported)), vec!["NICK_INVALID"]),
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
            assert_eq!(
                hello(message),
                Request::Hello { name: given.into(), kind, token: None, password: None, lines: false },
                "{message}"
            );
        }
    }

    #[test]
    fn a_delimiter_follows_each_encoded_message() {
        let mut out = BytesMut::from(&b"before\0"[..]);
        encode(&Event::notice("a\0b"), &mut out);
        encode(&Event::ReplayEnd { room: "chaty".into(), is_empty: true }, &mut out);
        assert_eq!(&out[..], "before\0a\u{fffd}b\0".as_bytes());
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
            let event = RoomEvent::Said { who: MemberInfo { name, kind: Kind::Person }, text: text.as_str().into() };
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
