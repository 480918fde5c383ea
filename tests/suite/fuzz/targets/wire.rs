//! What peers send, however it is cut, and what they are sent.

use std::time::{Duration, Instant, SystemTime};

use bytes::BytesMut;
use salon::base::limits::{CHATY_MESSAGE_BYTES, FRAME_BYTES, JSON_FRAME_BYTES, MESSAGE_BYTES};
use salon::base::name::Name;
use salon::base::text::clean;
use salon::proto::{Entry, Event, Kind, News, Refusal, Request, Who};
use salon::wire::chaty::{self, BORDER, Splitter};
use salon::wire::json::{Ask, Tell};
use salon::wire::{Decoder, Dialect, Frame};

use super::{BETWEEN, assert_harmless, pieces};

/// A longest end of a message: what may wait beyond the bytes of a frame.
const END_BYTES: usize = 9;

/// What telnet's negotiation begins with.
const IAC: u8 = 255;

/// What came of bytes: frames, and all that is known of their sender.
type Decoded = (Vec<Frame>, Option<Dialect>, bool, usize, bool);

/// One byte that says how to cut, and a stream in any dialect.
pub(super) fn decoder(bytes: &[u8]) {
    let Some((&seed, bytes)) = bytes.split_first() else { return };
    let whole = decode([bytes]);
    assert_eq!(decode(pieces(bytes, seed)), whole, "in pieces");
    if bytes.len() <= FRAME_BYTES * 2 {
        assert_eq!(decode(bytes.chunks(1)), whole, "byte by byte");
    }
    let (frames, dialect, is_silent, buffered, _) = whole;
    if let Some(dialect) = dialect.filter(|_| !bytes.contains(&IAC)) {
        assert_eq!(frames, plainly(dialect, bytes));
    }
    // Offers are no text.
    let is_offers = bytes.len() % 3 == 0
        && bytes.chunks(3).all(|offer| offer[0] == IAC && (251..=254).contains(&offer[1]));
    assert!(is_silent || !is_offers);
    assert!(!is_silent || (frames.is_empty() && buffered == 0), "{frames:?}");
    let taken: usize = frames.iter().map(|frame| judge_frame(frame, dialect)).sum();
    // What cannot be shown is three bytes long where it was one.
    assert!(taken <= 3 * bytes.len(), "{taken} bytes of text from {}", bytes.len());
    assert!(frames.len() <= bytes.len(), "{} frames from {} bytes", frames.len(), bytes.len());
}

/// One byte that says how to cut, and a stream of a dialect without ends.
pub(super) fn splitter(bytes: &[u8]) {
    let Some((&seed, bytes)) = bytes.split_first() else { return };
    let whole = split([bytes]);
    assert_eq!(split(pieces(bytes, seed)), whole, "in pieces");
    if bytes.len() <= FRAME_BYTES * 2 {
        assert_eq!(split(bytes.chunks(1)), whole, "byte by byte");
    }
    for frame in &whole {
        judge_frame(frame, Some(Dialect::Chaty));
    }
    // Messages are kept apart where their sender's program put its name.
    if let [Frame::Text(name), messages @ ..] = whole.as_slice()
        && name.trim() == name
        && !name.contains(char::REPLACEMENT_CHARACTER)
    {
        let is_apart = |text: &str| !text.chars().skip(1).collect::<String>().contains(&format!("{name}: "));
        let is_apart = |frame: &Frame| !matches!(frame, Frame::Text(text) if !is_apart(text));
        assert!(messages.iter().all(is_apart), "{messages:?}");
    }
}

/// A line of a program's, and what it would be if a client of ours wrote it.
pub(super) fn asks(bytes: &[u8]) {
    let line = clean(bytes);
    if let Some(request) = Dialect::Json.request(&line, None) {
        judge_request(&request);
    }
    if let Ok(ask) = serde_json::from_str::<Ask>(&line) {
        let written = serde_json::to_string(&ask).unwrap();
        assert!(!written.contains('\n'), "one line");
        assert_eq!(serde_json::from_str::<Ask>(&written).unwrap(), ask);
        assert_eq!(Dialect::Json.request(&written, None), Dialect::Json.request(&line, None));
    }
}

/// One byte that says what, a name and a text: as an event in all dialects, between two others.
pub(super) fn encoders(bytes: &[u8]) {
    let Some((&which, bytes)) = bytes.split_first() else { return };
    let at = bytes.iter().position(|byte| *byte == BETWEEN).unwrap_or(0);
    let name = Name::parse(&String::from_utf8_lossy(&bytes[..at])).ok();
    let who = Who { name: name.unwrap_or(Name::parse("Ann").unwrap()), kind: Kind::Person };
    let text = clean(bytes.get(at + 1..).unwrap_or_default());
    let event = event(which, &who, &text);
    let mark = || Event::notice("a mark");
    for dialect in Dialect::ALL {
        let mut out = BytesMut::new();
        for event in [&mark(), &event, &mark()] {
            dialect.encode(event, &mut out);
        }
        let out = String::from_utf8(out.to_vec()).unwrap();
        match dialect {
            Dialect::Eom => judge_ends(&out, "::EOMsg::", &event),
            Dialect::Line => judge_ends(&out, "\n", &event),
            Dialect::Json => {
                judge_ends(&out, "\n", &event);
                judge_tells(&out, &text);
            }
            Dialect::Chaty => judge_messages(&out, &event),
        }
    }
}

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Decoded {
    let (mut decoder, mut frames, mut owes) = (Decoder::default(), Vec::new(), false);
    for piece in pieces {
        decoder.feed(piece);
        frames.extend(std::iter::from_fn(|| decoder.next_frame()));
        owes |= decoder.take_reply().is_some();
        assert!(
            decoder.buffered() < frame_bytes(decoder.dialect()) + END_BYTES,
            "{} bytes are kept",
            decoder.buffered()
        );
    }
    // Who speaks something else gets no mark, or one that it does not know.
    owes &= !frames.iter().any(|frame| matches!(frame, Frame::Foreign(_)));
    (frames, decoder.dialect(), decoder.is_silent(), decoder.buffered(), owes)
}

/// The same without a thought for cuts, time and memory.
fn plainly(dialect: Dialect, bytes: &[u8]) -> Vec<Frame> {
    let (most, is_eom) = (frame_bytes(Some(dialect)), dialect == Dialect::Eom);
    let (mut frames, mut from, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let end = if is_eom {
            if rest.starts_with(b"::EOMsg::") { 9 } else { 0 }
        } else if rest.starts_with(b"\r\n") || rest.starts_with(b"\r\0") {
            2
        } else {
            usize::from(rest[0] == b'\n')
        };
        if end > 0 {
            let is_newline = |byte: &&u8| is_eom && b"\r\n".contains(*byte);
            let text: Vec<u8> = bytes[from..at].iter().filter(|byte| !is_newline(byte)).copied().collect();
            let is_long = at - from > most;
            frames.push(if is_long { Frame::TooLong } else { Frame::Text(clean(&text).into_owned()) });
            from = at + end;
        }
        at += end.max(1);
    }
    if bytes.len() - from >= most + if is_eom { 9 } else { 2 } {
        frames.push(Frame::TooLong);
    }
    frames
}

fn frame_bytes(dialect: Option<Dialect>) -> usize {
    if dialect == Some(Dialect::Json) { JSON_FRAME_BYTES } else { FRAME_BYTES }
}

fn split<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Frame> {
    let (mut splitter, mut frames, now) = (Splitter::default(), Vec::new(), Instant::now());
    for piece in pieces {
        splitter.feed(piece, now);
        frames.extend(std::iter::from_fn(|| splitter.next_frame(now)));
        let most = FRAME_BYTES + CHATY_MESSAGE_BYTES + END_BYTES;
        assert!(splitter.buffered() < most, "{} bytes are kept", splitter.buffered());
    }
    // Silence ends whatever is there, and nothing is waited for any more.
    let late = splitter.deadline().unwrap_or(now) + Duration::from_millis(1);
    frames.extend(std::iter::from_fn(|| splitter.next_frame(late)));
    assert_eq!((splitter.buffered(), splitter.deadline()), (0, None));
    frames
}

/// How many bytes of text it has. It is harmless, and so is what it asks for.
fn judge_frame(frame: &Frame, dialect: Option<Dialect>) -> usize {
    let Frame::Text(text) = frame else { return 0 };
    assert!(text.chars().count() <= frame_bytes(dialect), "{} bytes", text.len());
    assert_harmless(text, false);
    let own = Name::parse("Ann").unwrap();
    for name in [None, Some(&own)] {
        let request = dialect.and_then(|dialect| dialect.request(text, name));
        if let Some(request) = request {
            judge_request(&request);
        }
    }
    text.len()
}

fn judge_request(request: &Request) {
    let text = match request {
        Request::Hello { name, .. } => name,
        Request::Say { text, .. } => {
            assert!((1..=MESSAGE_BYTES).contains(&text.len()), "{} bytes", text.len());
            text
        }
        Request::Command { name, rest, .. } => {
            assert_harmless(name, false);
            rest
        }
        Request::Unclear(why) => why,
        Request::Join { .. } | Request::Leave { .. } | Request::SayTooLong => return,
    };
    assert_harmless(text, false);
    if let Request::Join { room } | Request::Leave { room } | Request::Say { room, .. } = request {
        assert_harmless(room.as_deref().unwrap_or_default(), false);
    }
}

fn event(which: u8, who: &Who, text: &str) -> Event {
    let (who, text) = (who.clone(), text.into());
    let news = match which % 10 {
        0 => News::Said { who, text },
        1 => News::Acted { who, text },
        2 => News::HostSaid { text },
        3 => News::Left { who, removed_for: Some(text), sentence: "Host: User Ann left the chat.".into() },
        4 => return Event::Notice { text },
        5 => return Event::Refused { why: Refusal::Unclear, text },
        6 => return Event::Parted { room: "lobby".into(), text },
        7 => return Event::Removed { reason: text },
        8 => {
            return Event::Welcome { room: "lobby".into(), echoes: true, text, present: vec![who], count: 2 };
        }
        _ => News::Joined { who, sentence: text },
    };
    Event::New(Entry { room: "lobby".into(), id: 1, time: SystemTime::UNIX_EPOCH, news })
}

/// Each event is one message, or none: whatever its text, it ends where it ends.
fn judge_ends(out: &str, end: &str, event: &Event) {
    let messages: Vec<&str> = out.strip_suffix(end).unwrap().split(end).collect();
    let first = messages.first().copied().unwrap();
    assert!(messages.len() == 3 || first.contains("mark") && messages.len() == 2, "{out:?} of {event:?}");
    assert_eq!(messages.first(), messages.last(), "{out:?}");
    if let [_, message, _] = messages.as_slice() {
        judge_head(message.trim_start_matches('\n'), event);
    }
}

/// Nobody is taken for another: the name stands first.
fn judge_head(message: &str, event: &Event) {
    let Event::New(Entry { news, .. }) = event else { return };
    let head = match news {
        News::Said { who, .. } => format!("{}: ", who.name),
        News::Acted { who, .. } => format!("* {} ", who.name),
        News::HostSaid { .. } => "Host: ".into(),
        News::Joined { .. } | News::Left { .. } => return,
    };
    assert!(message.starts_with('{') || message.starts_with(&head), "{message:?} of {event:?}");
}

/// What our client reads is what was said.
fn judge_tells(out: &str, text: &str) {
    for line in out.lines() {
        let tell: Tell = serde_json::from_str(line).unwrap();
        if let Tell::Said { what } | Tell::Acted { what } = tell {
            assert_eq!(what.text.as_deref(), Some(text));
        }
    }
}

/// On the wire without ends, each message fits a read, and none is an order to the program.
fn judge_messages(out: &str, event: &Event) {
    for message in out.split_terminator(char::from(BORDER)) {
        assert!(message.len() <= CHATY_MESSAGE_BYTES && !message.trim().is_empty(), "{message:?}");
        let is_order = ["NICK", "NICK_OK", "NICK_INVALID", "KICK"].contains(&message);
        assert!(!is_order || matches!(event, Event::Removed { .. }), "{message:?} of {event:?}");
        if message != "a mark" {
            judge_head(message, event);
        }
    }
    assert!(chaty::messages(event).len() <= out.len());
}
