//! What peers send, however it is cut, and what they are sent.

use std::rc::Rc;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

use bytes::BytesMut;
use salon::base::limits::{
    CHATY_MESSAGE_BYTES, FRAME_BYTES, IRC_LINE_BYTES, JSON_FRAME_BYTES, MESSAGE_BYTES,
};
use salon::base::name::Name;
use salon::base::text::sanitize;
use salon::proto::{
    Amendment, Announcement, Changed, Event, HistoryQuery, Kind, LogEntry, Malformed, MemberInfo, Notice,
    Parting, PrivateMessage, ProgramRequest, Refusal, Removal, ReplayExtent, Reply, Request, RoomChange,
    RoomEvent, RoomReply, SeenMessage, Topic,
};
use salon::web::{self, AllowedHosts, Site, Step};
use salon::wire::chaty::{self, ChatyFramer, DELIMITER};
use salon::wire::json::{ClientMessage, ServerMessage};
use salon::wire::{Decoder, Dialect, Frame, WebSocket};

use super::{BETWEEN, assert_harmless, irc, pieces};

/// The longest end mark: how many bytes may be buffered beyond a frame.
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
        let plain = plainly(dialect, without_blank(bytes));
        // Another protocol may turn up until a name was given.
        let known = frames.iter().take_while(|frame| !matches!(frame, Frame::Unsupported(_))).count();
        assert!(known == plain.len() || known < frames.len(), "{frames:?} {plain:?}");
        for (frame, plain) in frames.iter().zip(&plain).take(known) {
            assert!(plain.as_ref().is_none_or(|plain| plain == frame), "{frame:?} {plain:?}");
        }
    }
    judge_foreign(bytes);
    // Offers are no text.
    let is_offers = bytes.len() % 3 == 0
        && bytes.chunks(3).all(|offer| offer[0] == IAC && (251..=254).contains(&offer[1]));
    assert!(is_silent || !is_offers);
    assert!(!is_silent || (frames.is_empty() && buffered <= 1), "{frames:?}");
    let taken: usize = frames.iter().map(|frame| judge_frame(frame, dialect)).sum();
    // What cannot be shown is three bytes long where it was one.
    assert!(taken <= 3 * bytes.len(), "{taken} bytes of text from {}", bytes.len());
    assert!(frames.len() <= bytes.len(), "{} frames from {} bytes", frames.len(), bytes.len());
}

/// What other protocols begin with: a part of each that no end of a message is to be found in.
const FOREIGN: [&[u8]; 14] = [
    b"GET /",
    b"POST /a HTTP/1.1\r\n",
    b"FROBNICATE http://a",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03",
    b"SSH-2.0-x",
    b"PROXY TCP4 ",
    b"\r\n\r\n\0\r\nQUIT\n",
    b"*1\r\n$4\r\n",
    b"EHLO x",
    b"set k 0 0 5\r\n",
    b"RFB 003",
    b"\0\0\0\x85",
    b"\x10\x0c\0\x04MQTT",
];

/// Whatever follows another protocol's first bytes, and whatever is blank before them, nothing of it is a message.
fn judge_foreign(bytes: &[u8]) {
    let begin = FOREIGN[bytes.len() % FOREIGN.len()];
    for blank in [&b""[..], b"\r\n", b"\xef\xbb\xbf "] {
        let all = [blank, begin, bytes].concat();
        let (frames, dialect, ..) = decode([&all[..]]);
        assert!(matches!(frames[..], [Frame::Unsupported(_)]) && dialect.is_none(), "{frames:?}");
        assert_eq!(decode(pieces(&all, 1)).0, frames, "in pieces");
        assert_eq!(decode(pieces(&all, 1)).1, None, "in pieces");
    }
}

/// One byte that says how to cut, and a stream of a dialect without ends.
pub(super) fn framer(bytes: &[u8]) {
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

/// One byte that says how to cut, and what comes over a WebSocket.
pub(super) fn frames(bytes: &[u8]) {
    let Some((&seed, bytes)) = bytes.split_first() else { return };
    let whole = read_frames([bytes]);
    assert_eq!(read_frames(pieces(bytes, seed)), whole, "in pieces");
    for frame in &whole.0 {
        judge_frame(frame, Some(Dialect::Json));
    }
}

fn read_frames<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Frame>, Vec<u8>, bool) {
    let (mut socket, mut frames, mut reply) = (WebSocket::default(), Vec::new(), Vec::new());
    for piece in pieces {
        socket.feed(piece);
        frames.extend(std::iter::from_fn(|| socket.next_frame()));
        reply.extend(socket.take_reply().unwrap_or_default());
    }
    (frames, reply, socket.is_over())
}

/// One byte that says how to cut, and what comes from a browser.
pub(super) fn requests(bytes: &[u8]) {
    let Some((&seed, bytes)) = bytes.split_first() else { return };
    let whole = steps([bytes]);
    assert_eq!(steps(pieces(bytes, seed)), whole, "in pieces");
    let is_last =
        |step: &Step| matches!(step, Step::Upgrade { .. }) || matches!(step, Step::Response(it) if it.closes);
    let closing = whole.iter().position(is_last);
    assert!(closing.is_none_or(|at| at + 1 == whole.len()), "nothing follows what is the last");
}

fn steps<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Step> {
    static SITE: LazyLock<Site> = LazyLock::new(|| Site::new(AllowedHosts::default()));
    let (mut connection, mut steps, mut rest_of_all) = (web::Connection::default(), Vec::new(), Vec::new());
    for piece in pieces {
        if matches!(steps.last(), Some(Step::Upgrade { .. })) {
            rest_of_all.extend_from_slice(piece);
            continue;
        }
        connection.feed(piece);
        steps.extend(std::iter::from_fn(|| connection.next_step(&SITE, None, || None)));
    }
    if let Some(Step::Upgrade { rest, .. }) = steps.last_mut() {
        rest.extend(rest_of_all);
    }
    steps
}

/// A line of a program's, and what it would be if a client of ours wrote it.
pub(super) fn asks(bytes: &[u8]) {
    let line = sanitize(bytes);
    let request = Dialect::Json.request(&line, None);
    request.iter().for_each(judge_request);
    if !line.trim_start().starts_with('{') {
        assert!(matches!(request, None | Some(Request::Malformed(_))), "{request:?}");
        return;
    }
    // What is written has no label.
    if let (Ok(ask), false) = (serde_json::from_str::<ClientMessage>(&line), line.contains("\"label\"")) {
        let written = serde_json::to_string(&ask).unwrap();
        assert!(!written.contains('\n'), "one line");
        assert_eq!(serde_json::from_str::<ClientMessage>(&written).unwrap(), ask);
        assert_eq!(Dialect::Json.request(&written, None), Dialect::Json.request(&line, None));
    }
}

/// One byte that says what, a name and a text: as an event in all dialects, between two others.
pub(super) fn encoders(bytes: &[u8]) {
    let Some((&which, bytes)) = bytes.split_first() else { return };
    let at = bytes.iter().position(|byte| *byte == BETWEEN).unwrap_or(0);
    let name = Name::parse(&String::from_utf8_lossy(&bytes[..at])).ok();
    let who = MemberInfo { name: name.unwrap_or(Name::parse("Ann").unwrap()), kind: Kind::Person };
    let text = sanitize(bytes.get(at + 1..).unwrap_or_default());
    let event = event(which, &who, &text);
    let mark = || Event::notice("a mark");
    for dialect in Dialect::ALL {
        let mut out = BytesMut::new();
        for event in [&mark(), &event, &mark()] {
            dialect.encoding().encode(event, &mut out);
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
            Dialect::Irc => irc::judge_lines(&out),
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
    owes &= !frames.iter().any(|frame| matches!(frame, Frame::Unsupported(_)));
    (frames, decoder.dialect(), decoder.is_silent(), decoder.buffered(), owes)
}

/// What is left when that is dropped which says nothing before the first message.
fn without_blank(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    loop {
        rest = match rest {
            [b'\r', 0, after @ ..]
            | [0xef, 0xbb, 0xbf, after @ ..]
            | [b' ' | b'\t' | b'\n' | b'\r' | 0x0c | 0x08 | 0x7f | 0x15 | 0x17, after @ ..] => after,
            _ => return rest,
        };
    }
}

/// A line with what its keys erase erased, a character after the other. Characters with marks and the like are left to others.
fn edited(line: &[u8]) -> Option<Vec<u8>> {
    if !line.iter().any(|byte| [0x08, 0x7f, 0x15, 0x17].contains(byte)) {
        return Some(line.to_vec());
    }
    if !line.is_ascii() || line.contains(&b'\r') {
        return None;
    }
    let mut kept = Vec::new();
    for byte in line {
        match byte {
            0x08 | 0x7f => drop(kept.pop()),
            0x15 => kept.clear(),
            0x17 => {
                let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | 0x0b | 0x0c);
                let end = kept.iter().rposition(|byte| !is_blank(byte)).map_or(0, |at| at + 1);
                kept.truncate(end);
                kept.truncate(kept.iter().rposition(is_blank).map_or(0, |at| at + 1));
            }
            byte => kept.push(*byte),
        }
    }
    Some(kept)
}

/// The same without a thought for cuts, time and memory.
///
/// Nothing stands for a line with keys that this does not know how to edit.
fn plainly(dialect: Dialect, bytes: &[u8]) -> Vec<Option<Frame>> {
    let (limit, is_eom) = (frame_bytes(Some(dialect)), dialect == Dialect::Eom);
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
            let is_long = at - from > limit;
            let meant = if dialect == Dialect::Line { edited(&text) } else { Some(text) };
            // Of IRC, colours are taken off.
            let meant = meant.filter(|text| dialect != Dialect::Irc || text.iter().all(|byte| *byte >= b' '));
            let said = meant.map(|text| Frame::Text(sanitize(&text).into_owned()));
            frames.push(if is_long { Some(Frame::TooLong) } else { said });
            from = at + end;
        }
        at += end.max(1);
    }
    if bytes.len() - from >= limit + if is_eom { 9 } else { 2 } {
        frames.push(Some(Frame::TooLong));
    }
    frames
}

fn frame_bytes(dialect: Option<Dialect>) -> usize {
    match dialect {
        Some(Dialect::Json) => JSON_FRAME_BYTES,
        Some(Dialect::Irc) => IRC_LINE_BYTES,
        _ => FRAME_BYTES,
    }
}

fn split<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Frame> {
    let (mut framer, mut found, now) = (ChatyFramer::default(), Vec::new(), Instant::now());
    for piece in pieces {
        framer.feed(piece, now);
        found.extend(std::iter::from_fn(|| framer.next_frame(now)));
        let limit = FRAME_BYTES + CHATY_MESSAGE_BYTES + END_BYTES;
        assert!(framer.buffered() < limit, "{} bytes are kept", framer.buffered());
    }
    // Silence ends whatever is there, and nothing is waited for any more.
    let late = framer.deadline().unwrap_or(now) + Duration::from_millis(1);
    found.extend(std::iter::from_fn(|| framer.next_frame(late)));
    assert_eq!((framer.buffered(), framer.deadline()), (0, None));
    found
}

/// How many bytes of text it has. It is harmless, and so is what it asks for.
fn judge_frame(frame: &Frame, dialect: Option<Dialect>) -> usize {
    let Frame::Text(text) = frame else { return 0 };
    assert!(text.chars().count() <= frame_bytes(dialect), "{} bytes", text.len());
    // A line of IRC may have the mark of CTCP.
    assert_harmless(&text.replace(if dialect == Some(Dialect::Irc) { "\u{1}" } else { "\0" }, ""), false);
    let own = Name::parse("Ann").unwrap();
    for name in [None, Some(&own)] {
        let request = dialect.and_then(|dialect| dialect.request(text, name));
        if let Some(request) = request {
            judge_request(&request);
        }
    }
    text.len()
}

pub(super) fn judge_request(request: &Request) {
    let text = match request {
        Request::Hello { name, .. } | Request::Program(ProgramRequest::Nick { name }) => name,
        Request::Say { text, .. } => {
            assert!((1..=MESSAGE_BYTES).contains(&text.len()), "{} bytes", text.len());
            text
        }
        Request::Tell { to, text, .. } => {
            assert!((1..=MESSAGE_BYTES).contains(&text.as_str().len()));
            assert_harmless(to, false);
            return assert_harmless(text.as_str(), true);
        }
        Request::Command { name, rest, .. } => {
            assert_harmless(name, false);
            rest
        }
        Request::Oper { name, password } => {
            assert_harmless(name.expose(), false);
            return assert_harmless(password.expose(), false);
        }
        Request::Malformed(why) => why,
        Request::Program(ProgramRequest::Amend { room, text, .. }) => {
            assert!(text.as_ref().is_none_or(|text| (1..=MESSAGE_BYTES).contains(&text.len())));
            assert_harmless(room.as_deref().unwrap_or_default(), false);
            return assert_harmless(text.as_deref().unwrap_or_default(), true);
        }
        Request::Program(ProgramRequest::Notice { room, text }) => {
            assert!((1..=MESSAGE_BYTES).contains(&text.len()), "{} bytes", text.len());
            assert_harmless(room, false);
            return assert_harmless(text, true);
        }
        Request::Program(ProgramRequest::Search { words, .. }) => words,
        Request::Program(ProgramRequest::Private { with, query }) => {
            if let HistoryQuery::Words { words, .. } = query {
                assert_harmless(words, false);
            }
            with
        }
        Request::Program(ProgramRequest::Enter { room, .. }) => return assert_harmless(room, false),
        Request::Program(ProgramRequest::Open { room, topic }) => {
            assert_harmless(room, false);
            topic
        }
        Request::Program(
            ProgramRequest::Resume { room, .. }
            | ProgramRequest::History { room, .. }
            | ProgramRequest::Typing { room, .. }
            | ProgramRequest::Read { room, .. },
        ) => {
            return assert_harmless(room.as_deref().unwrap_or_default(), false);
        }
        Request::Join { .. }
        | Request::Leave { .. }
        | Request::SayTooLong
        | Request::SayTooManyLines
        | Request::Program(_) => return,
    };
    assert_harmless(text, matches!(request, Request::Say { .. }));
    if let Request::Join { room, .. } | Request::Leave { room } | Request::Say { room, .. } = request {
        assert_harmless(room.as_deref().unwrap_or_default(), false);
    }
}

fn event(which: u8, who: &MemberInfo, text: &str) -> Event {
    let (who, text) = (who.clone(), text.into());
    let private = |text: Rc<str>, is_own| {
        let (from, to, time) = (who.clone(), who.clone(), SystemTime::UNIX_EPOCH);
        SeenMessage {
            message: PrivateMessage {
                from,
                to,
                text: text.into(),
                is_notice: which.is_multiple_of(2),
                id: 1,
                time,
            },
            is_own,
        }
    };
    let event = match which % 24 {
        0 => RoomEvent::Said { who, text },
        1 => RoomEvent::Acted { who, text },
        2 => RoomEvent::HostSaid { text },
        3 => RoomEvent::Left {
            is_gone: false,
            who,
            removed_for: Some(Removal::Operator(text)),
            said: Announcement("Host: User ", " left the chat."),
        },
        4 => return Event::Notice(Notice::Text(text)),
        5 => return Event::refused(Refusal::Malformed(Malformed::Message(text.to_string()))),
        6 => return Event::Parted { room: "lobby".into(), why: Parting::ByHost(text) },
        7 => return Event::Removed(Removal::Operator(text)),
        8 => {
            let (own, room) = (who.name.clone(), text);
            let extent = ReplayExtent::default();
            return Event::Welcome {
                own,
                room,
                echoes: true,
                read: None,
                present: vec![who],
                count: 2,
                extent,
                topic: None,
            };
        }
        9 | 10 => return Event::Private(private(text, which % 24 == 9)),
        11 => return Event::PrivateResult { seen: private(text, false), more: 1 },
        12 => return replayed(RoomEvent::Said { who, text }),
        17 => RoomEvent::Renamed { from: renamed(&who), to: who },
        18 | 19 => {
            return Event::Renamed { from: renamed(&who), to: who.name, is_own: which % 24 == 18 };
        }
        21 => RoomEvent::Amended(amendment(who, Some(text))),
        22 => RoomEvent::Amended(amendment(who, None)),
        23 => {
            let event = RoomEvent::Said { who, text };
            let entry = LogEntry { edited: Some(1), ..entry(event) };
            return Event::HistoryResult { entry, more: 0 };
        }
        13 => RoomEvent::Changed(RoomChange { by: Some(who), what: Changed::Topic(text) }),
        14 => RoomEvent::Left {
            is_gone: false,
            removed_for: Some(Removal::Kicked { by: who.name.clone(), reason: text }),
            who,
            said: Announcement("Host: User ", " left the chat."),
        },
        15 => {
            let topic = Topic { text, by: Some(who.name), time: SystemTime::UNIX_EPOCH };
            let (room, now) = ("lobby".into(), SystemTime::UNIX_EPOCH);
            return Event::Reply(Reply::Room(RoomReply::Topic { room, topic: Some(topic), now }));
        }
        16 => {
            return Event::Parted {
                room: "lobby".into(),
                why: Parting::Kicked { by: who.name, reason: text },
            };
        }
        20 => RoomEvent::Noticed { who, text },
        _ => RoomEvent::Joined {
            who,
            real_name: Some(text),
            said: Announcement("User ", " has joined the chat!"),
        },
    };
    Event::Live(entry(event))
}

fn amendment(who: MemberInfo, text: Option<Rc<str>>) -> Amendment {
    Amendment { by: Some(who), message: Some(1), said_at: None, author: None, text }
}

fn replayed(event: RoomEvent) -> Event {
    Event::Replayed { entry: entry(event), previous: SystemTime::UNIX_EPOCH }
}

fn entry(event: RoomEvent) -> LogEntry {
    LogEntry { room: "lobby".into(), id: 1, time: SystemTime::UNIX_EPOCH, event, edited: None }
}

/// The name of before of a member that has another one.
fn renamed(who: &MemberInfo) -> Name {
    Name::parse(&format!("{}1", who.name)).unwrap_or_else(|_| who.name.clone())
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
    if let Event::Private(SeenMessage { message: written, is_own }) = event {
        let name = &written.from.name;
        let head = if *is_own { format!("[you to {name}] ") } else { format!("[{name} to you] ") };
        assert!(message.starts_with('{') || message.starts_with(&head), "{message:?} of {event:?}");
    }
    let (Event::Live(LogEntry { event, .. }) | Event::Replayed { entry: LogEntry { event, .. }, .. }) = event
    else {
        return;
    };
    // In some dialects the time stands before what is replayed.
    let is_time = |c: char| c.is_ascii_digit() || c == ':';
    let message = message
        .strip_prefix('[')
        .and_then(|rest| rest.trim_start_matches(is_time).strip_prefix("] "))
        .unwrap_or(message);
    let head = match event {
        RoomEvent::Said { who, .. } | RoomEvent::Noticed { who, .. } => format!("{}: ", who.name),
        RoomEvent::Acted { who, .. } => format!("* {} ", who.name),
        RoomEvent::HostSaid { .. } => "Host: ".into(),
        RoomEvent::Changed(RoomChange { by: Some(by), .. })
        | RoomEvent::Amended(Amendment { by: Some(by), .. }) => format!("{} ", by.name),
        RoomEvent::Changed(_)
        | RoomEvent::Amended(_)
        | RoomEvent::Joined { .. }
        | RoomEvent::Left { .. }
        | RoomEvent::Renamed { .. } => return,
    };
    assert!(message.starts_with('{') || message.starts_with(&head), "{message:?} of {event:?}");
}

/// What our client reads is what was said.
fn judge_tells(out: &str, text: &str) {
    for line in out.lines() {
        let tell: ServerMessage = serde_json::from_str(line).unwrap();
        if let ServerMessage::Said { what }
        | ServerMessage::Acted { what }
        | ServerMessage::Edited { what, .. }
        | ServerMessage::Found { what, .. } = tell
        {
            assert_eq!(what.text.as_deref(), Some(text));
        } else if let ServerMessage::Private { text: written, .. } = tell {
            assert_eq!(written, text);
        }
    }
}

/// On the wire without ends, each message fits a read, and none is an order to the program.
fn judge_messages(out: &str, event: &Event) {
    for message in out.split_terminator(char::from(DELIMITER)) {
        assert!(message.len() <= CHATY_MESSAGE_BYTES && !message.trim().is_empty(), "{message:?}");
        let is_order = ["NICK", "NICK_OK", "NICK_INVALID", "KICK"].contains(&message);
        assert!(!is_order || matches!(event, Event::Removed(_)), "{message:?} of {event:?}");
        if message != "a mark" {
            judge_head(message, event);
        }
    }
    assert!(chaty::messages(event).len() <= out.len());
}
