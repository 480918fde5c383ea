//! `line`: a message is a line. For netcat, telnet and scripts.
//!
//! Input: LF, CR LF and CR NUL end a line. Output: LF, plain sentences, no prompts and no escape codes.

use bytes::BytesMut;
use memchr::memchr2_iter;

use crate::base::time::local_clock;
use crate::proto::{Event, Kind, Removal, Reply, Request, STOPPING_PLAIN};
use crate::wire::{editing, sentences};

/// Longest line end in bytes.
pub(super) const END_BYTES: usize = 2;

/// Where the first line of `bytes` ends and the next begins.
pub(super) fn find_end(bytes: &[u8]) -> Option<(usize, usize)> {
    memchr2_iter(b'\n', 0, bytes).find_map(|at| {
        let after_return = at > 0 && bytes[at - 1] == b'\r';
        match (bytes[at], after_return) {
            (_, true) => Some((at - 1, at + 1)),
            (b'\n', false) => Some((at, at + 1)),
            _ => None,
        }
    })
}

/// The number of leading bytes without content: white space, line ends, byte-order marks, and editing keys with
/// nothing to erase. Half a line end is not counted, as the other half may follow.
pub(super) fn blank(bytes: &[u8]) -> usize {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    let mut at = 0;
    loop {
        at += match &bytes[at..] {
            [b'\r', 0, ..] => 2,
            [b'\r'] | [] => return at,
            [byte, ..] if byte.is_ascii_whitespace() || editing::is_key(*byte) => 1,
            rest if rest.starts_with(MARK) => MARK.len(),
            _ => return at,
        };
    }
}

/// Parses the first line. All of it is the name, so that the client learns which character is invalid.
pub(super) fn hello(line: &str) -> Request {
    Request::Hello {
        name: line.trim().to_owned(),
        kind: Kind::Person,
        token: None,
        password: None,
        lines: false,
    }
}

/// Appends `event` to `out`.
pub(super) fn encode(event: &Event, out: &mut BytesMut) {
    match event {
        // The welcome says it, it is for programs, or there was nothing between the marks.
        Event::NameAccepted { .. }
        | Event::Program(_)
        | Event::PartnerLeft { is_seen: true, .. }
        | Event::ReplayEnd { is_empty: true, .. } => return,
        Event::ReplayStart { extent, .. } => {
            if extent.replayed > 0 {
                sentences::sentence(event, out);
                out.extend_from_slice(b"\n");
            }
            let Some(earlier) = sentences::earlier(*extent) else { return };
            sentences::put(out, &[&earlier]);
        }
        Event::Replayed { entry, previous } => {
            if let Some(day) = sentences::new_day(*previous, entry.time) {
                sentences::put(out, &[&day, "\n"]);
            }
            sentences::put(out, &["[", &local_clock(entry.time), "] "]);
            sentences::sentence(event, out);
        }
        // Some kinds of netcat notice the end of a connection only when they send something.
        Event::Reply(Reply::Goodbye) => {
            sentences::sentence(event, out);
            sentences::put(out, &[" If your program stays open, press Enter."]);
        }
        // Whoever is removed with everybody else did nothing wrong.
        Event::Removed(Removal::Stopping) => sentences::put(out, &[STOPPING_PLAIN]),
        Event::Removed(_) => {
            let sentence =
                "You have been removed from the chat by the host. The following reason was given: ";
            sentences::put(out, &[sentence]);
            sentences::sentence(event, out);
        }
        _ => sentences::sentence(event, out),
    }
    out.extend_from_slice(b"\n");
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use super::*;
    use crate::base::time::local_day;
    use crate::proto::{LogEntry, ReplayExtent, RoomEvent};

    /// How these events sound, one behind the other.
    fn sound(events: &[Event]) -> String {
        let mut out = BytesMut::new();
        for event in events {
            encode(event, &mut out);
        }
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn a_replay_tells_times_days_and_how_much_is_left_out() {
        const DAY: Duration = Duration::from_secs(86_400);
        let joined = UNIX_EPOCH + Duration::from_secs(1_795_201_200);
        let said = |time: SystemTime, previous| Event::Replayed {
            entry: LogEntry {
                room: "lobby".into(),
                id: 1,
                time,
                event: RoomEvent::HostSaid { text: "a\nb".into() },
                edited: None,
            },
            previous,
        };
        let replay = |earlier, replayed| {
            let extent = ReplayExtent { replayed, earlier, may_have_older: false };
            let end = Event::ReplayEnd { room: "lobby".into(), is_empty: replayed == 0 };
            (Event::ReplayStart { is_first: true, extent }, end)
        };
        let (start, end) = replay(4, 2);
        let events = [start, said(joined - DAY, joined), said(joined, joined - DAY), end];
        let (clock, before, day) = (local_clock(joined), local_day(joined - DAY), local_day(joined));
        assert_eq!(
            sound(&events),
            format!(
                "------------[Start old messages]------------\n(4 earlier: /history 6)\n--- {before} ---\n\
                 [{clock}] Host: a\n  | b\n--- {day} ---\n[{clock}] Host: a\n  | b\n\
                 ------------[Start new messages]------------\n"
            )
        );
        assert_eq!(sound(&[said(joined, joined)]), format!("[{clock}] Host: a\n  | b\n"), "the same day");
        assert_eq!(sound(&<[Event; 2]>::from(replay(0, 0))), "", "an empty replay is not mentioned");
        assert_eq!(sound(&<[Event; 2]>::from(replay(4, 0))), "(4 earlier: /history 4)\n");
    }

    #[test]
    fn the_end_of_the_service_is_told_plainly() {
        assert_eq!(sound(&[Event::Removed(Removal::Stopping)]), "The server is stopping.\n");
        let spam = sound(&[Event::Removed(Removal::Spam)]);
        assert!(spam.starts_with("You have been removed from the chat by the host. "), "{spam}");
    }

    #[test]
    fn three_ends_of_a_line() {
        for (bytes, end) in [
            (&b"ab\ncd"[..], Some((2, 3))),
            (b"ab\r\ncd", Some((2, 4))),
            (b"ab\r\0cd", Some((2, 4))),
            (b"\n", Some((0, 1))),
            (b"\r\n", Some((0, 2))),
            (b"a\0b\n", Some((3, 4))),
            (b"a\rb\n", Some((3, 4))),
            (b"ab\r", None),
            (b"ab\0", None),
            (b"", None),
        ] {
            assert_eq!(find_end(bytes), end, "{bytes:?}");
        }
    }
}
