//! From bytes, however they are cut, to messages; and from the first of them to the dialect.
//!
//! Nothing here knows what a message means. What it keeps of an unfinished message is bounded, and an overlong one is
//! skipped without being kept.

use crate::base::limits::{DETECTION_BYTES, FRAME_BYTES, JSON_FRAME_BYTES};
use crate::base::text::sanitize;
use crate::wire::telnet::{NO_TIMING_MARK, Telnet};
use crate::wire::unsupported::{self, Ends, UnsupportedProtocol};
use crate::wire::{Dialect, editing, eom, line};

/// One thing that a peer sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message's text, harmless, of a bounded number of the peer's bytes.
    Text(String),
    /// A message that was longer, skipped.
    TooLong,
    /// The peer speaks something else, and nothing that it sends will be understood.
    Unsupported(UnsupportedProtocol),
}

/// What is known of a connection's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detected {
    Undecided,
    Dialect(Dialect),
    Unsupported,
}

/// The receiving half of a connection: [`feed`](Decoder::feed) it bytes, then take frames from
/// [`next_frame`](Decoder::next_frame) until there are none.
///
/// Until its owner [has a name](Decoder::on_name_accepted), each message is looked at for another protocol's first bytes, before its end
/// is looked for.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
pub struct Decoder {
    detected: Detected,
    telnet: Telnet,
    /// Bytes without negotiation, of which those from `start` on are not decoded yet. Empty, and without memory, whenever
    /// nothing is unfinished.
    buffer: Vec<u8>,
    start: usize,
    /// The end of an overlong message is still to come.
    skipping: bool,
    /// How many first bytes of the unfinished message are known to be no other protocol's.
    known: usize,
    is_prompted: bool,
    is_named: bool,
    /// Nothing more will come.
    ended: bool,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder {
            detected: Detected::Undecided,
            telnet: Telnet::default(),
            buffer: Vec::new(),
            start: 0,
            skipping: false,
            known: 0,
            is_prompted: false,
            is_named: false,
            ended: false,
        }
    }
}

impl Decoder {
    /// What the peer speaks, if that is known yet.
    pub fn dialect(&self) -> Option<Dialect> {
        match self.detected {
            Detected::Dialect(dialect) => Some(dialect),
            Detected::Undecided | Detected::Unsupported => None,
        }
    }

    /// Whether no text has come at all, but for blank lines.
    pub fn is_silent(&self) -> bool {
        self.detected == Detected::Undecided && matches!(self.buffer[self.start..], [] | [b'\r'])
    }

    /// The peer was asked for its name: from now on a blank line is a message, as it is somebody's answer.
    pub fn on_name_prompt(&mut self) {
        self.is_prompted = true;
    }

    /// The peer has a name: what it sends is not looked at for other protocols any more.
    pub fn on_name_accepted(&mut self) {
        self.is_named = true;
    }

    /// Nothing more will come: what has no end is whole, unless it is blank.
    pub fn end(&mut self) {
        self.ended = true;
        let rest = &self.buffer[self.start..];
        if matches!(rest[line::blank(rest)..], [] | [b'\r']) {
            self.discard();
        }
    }

    /// The other protocol that the next message would be taken for if it came before a name. Of what ordinary words begin with
    /// too, nothing is taken for one.
    pub fn unsupported_next(&self) -> Option<UnsupportedProtocol> {
        let bytes = &self.buffer[self.start..];
        let end = line::find_end(bytes).map(|(end, _)| end);
        unsupported::recognise_behind_a_name(&bytes[..end.unwrap_or(bytes.len())], end.map(|_| Ends::Line))
    }

    /// Drops what is not decoded yet.
    pub fn discard(&mut self) {
        self.buffer = Vec::new();
        self.start = 0;
    }

    /// What is kept for what is unfinished, in bytes.
    pub fn memory(&self) -> usize {
        self.buffer.capacity()
    }

    /// Bytes that wait for the rest of their message.
    pub fn buffered(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// Bytes that the peer is owed in return for its negotiation, once.
    pub fn take_reply(&mut self) -> Option<&'static [u8]> {
        std::mem::take(&mut self.telnet.timing_mark_due).then_some(NO_TIMING_MARK)
    }

    /// Takes bytes in. They wait until frames are taken out.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.detected == Detected::Unsupported {
            return;
        }
        self.telnet.filter(bytes, &mut self.buffer);
    }

    /// The next frame, or `None` until more bytes come.
    pub fn next_frame(&mut self) -> Option<Frame> {
        let frame = loop {
            let step = match self.detected {
                Detected::Unsupported => None,
                Detected::Undecided => self.detect(),
                Detected::Dialect(dialect) if self.skipping => self.skip(dialect),
                Detected::Dialect(dialect) => self.decode(dialect),
            };
            match step {
                Some(Step::Frame(frame)) => break Some(frame),
                Some(Step::Again) => {}
                None => break None,
            }
        };
        if frame.is_none() {
            self.compact();
        }
        frame
    }

    /// Tells the dialect from the first message's end, as soon as that is certain. What is blank before it is dropped.
    fn detect(&mut self) -> Option<Step> {
        let bytes = &self.buffer[self.start..];
        let blank = line::blank(bytes);
        if self.is_prompted
            && let Some((_, next)) = line::find_end(&bytes[..blank])
        {
            self.advance(next);
            return Some(Step::Frame(Frame::Text(String::new())));
        }
        self.advance(blank);
        let bytes = &self.buffer[self.start..];
        if bytes.first()? == &b'{' {
            self.detected = Detected::Dialect(Dialect::Json);
            return Some(Step::Again);
        }
        let most = FRAME_BYTES + eom::END.len();
        let window = &bytes[..bytes.len().min(most)];
        let line = line::find_end(window).map(|(end, _)| end);
        let eom = eom::find_end(window).map(|(end, _)| end);
        let is_full = window.len() == most;
        let rest = self.ended.then_some(window.len());
        let end = match (line, eom) {
            (line, Some(eom)) if line.is_none_or(|line| eom <= line) => Some((eom, Ends::Mark)),
            (line, _) => line.or(rest).map(|line| (line, Ends::Line)),
        };
        if let Some(foreign) = self.recognise(end) {
            return Some(self.give_up(foreign));
        }
        let dialect = match end {
            Some((_, Ends::Mark)) => Dialect::Eom,
            Some((_, Ends::Line)) => Dialect::Line,
            None if is_full => Dialect::Line,
            None => return None,
        };
        self.detected = Detected::Dialect(dialect);
        Some(Step::Again)
    }

    /// The other protocol whose first bytes the message at the start has, which ends there or is not finished.
    fn recognise(&mut self, end: Option<(usize, Ends)>) -> Option<UnsupportedProtocol> {
        let bytes = &self.buffer[self.start..];
        let head = &bytes[..end.map_or(bytes.len(), |(end, _)| end)];
        let looked_at = head.len().min(DETECTION_BYTES);
        if end.is_none() && looked_at == self.known {
            return None;
        }
        self.known = looked_at;
        unsupported::recognise(head, end.map(|(_, ends)| ends))
    }

    /// The next `bytes` bytes are dealt with. What is known of the message that begins behind them is known of others.
    fn advance(&mut self, bytes: usize) {
        self.start += bytes;
        if bytes > 0 {
            self.known = 0;
        }
    }

    fn give_up(&mut self, foreign: UnsupportedProtocol) -> Step {
        self.detected = Detected::Unsupported;
        self.start = self.buffer.len();
        Step::Frame(Frame::Unsupported(foreign))
    }

    fn decode(&mut self, dialect: Dialect) -> Option<Step> {
        let bytes = &self.buffer[self.start..];
        let most = frame_bytes(dialect) + end_bytes(dialect);
        let is_full = bytes.len() >= most;
        let rest = (self.ended && !is_full && !bytes.is_empty()).then(|| rest(dialect, bytes));
        let found = find_end(dialect, &bytes[..bytes.len().min(most)]).or(rest);
        if dialect == Dialect::Line
            && !self.is_named
            && let Some(foreign) = self.recognise(found.map(|(end, _)| (end, Ends::Line)))
        {
            return Some(self.give_up(foreign));
        }
        match found {
            Some((end, next)) => {
                let message = &self.buffer[self.start..][..end];
                let frame = if end > frame_bytes(dialect) { Frame::TooLong } else { text(dialect, message) };
                self.advance(next);
                Some(Step::Frame(frame))
            }
            None if is_full => {
                self.skipping = true;
                self.known = 0;
                Some(Step::Frame(Frame::TooLong))
            }
            None => None,
        }
    }

    /// Drops what belongs to an overlong message, but for the last bytes, which may begin its end.
    fn skip(&mut self, dialect: Dialect) -> Option<Step> {
        let bytes = &self.buffer[self.start..];
        if let Some((_, next)) = find_end(dialect, bytes) {
            self.advance(next);
            self.skipping = false;
            return Some(Step::Again);
        }
        let kept = if self.ended { 0 } else { bytes.len().min(end_bytes(dialect) - 1) };
        self.start = self.buffer.len() - kept;
        None
    }

    /// Keeps only what is unfinished.
    fn compact(&mut self) {
        if self.start == self.buffer.len() {
            self.buffer = Vec::new();
        } else if self.start > 0 {
            self.buffer = self.buffer[self.start..].to_vec();
        }
        self.start = 0;
    }
}

/// What one step of decoding came to.
enum Step {
    Frame(Frame),
    Again,
}

fn find_end(dialect: Dialect, bytes: &[u8]) -> Option<(usize, usize)> {
    match dialect {
        Dialect::Eom => eom::find_end(bytes),
        Dialect::Line | Dialect::Json | Dialect::Chaty => line::find_end(bytes),
    }
}

/// All that is left when nothing more comes, as a message: where it ends, and where the next would begin. The first half of an
/// end is no part of it.
fn rest(dialect: Dialect, bytes: &[u8]) -> (usize, usize) {
    let half = usize::from(dialect != Dialect::Eom && bytes.ends_with(b"\r"));
    (bytes.len() - half, bytes.len())
}

fn end_bytes(dialect: Dialect) -> usize {
    match dialect {
        Dialect::Eom => eom::END.len(),
        Dialect::Line | Dialect::Json | Dialect::Chaty => line::END_BYTES,
    }
}

/// The longest message that is kept while its end is awaited.
fn frame_bytes(dialect: Dialect) -> usize {
    match dialect {
        Dialect::Eom | Dialect::Line | Dialect::Chaty => FRAME_BYTES,
        Dialect::Json => JSON_FRAME_BYTES,
    }
}

fn text(dialect: Dialect, bytes: &[u8]) -> Frame {
    let is_newline = |b: &u8| matches!(b, b'\n' | b'\r');
    match dialect {
        Dialect::Eom if bytes.iter().any(is_newline) => {
            let joined: Vec<u8> = bytes.iter().copied().filter(|b| !is_newline(b)).collect();
            Frame::Text(sanitize(&joined).into_owned())
        }
        // Whoever sends keys is at a terminal. A program's are harmless, and are shown.
        Dialect::Line => Frame::Text(sanitize(&editing::edited(bytes)).into_owned()),
        Dialect::Eom | Dialect::Json | Dialect::Chaty => Frame::Text(sanitize(bytes).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What came of bytes that came one by one, and that it is the same when they come at once.
    fn frames(bytes: &[u8]) -> (Vec<Frame>, Option<Dialect>) {
        frames_of(Decoder::default, bytes)
    }

    /// The same of a decoder that begins so.
    fn frames_of(decoder: fn() -> Decoder, bytes: &[u8]) -> (Vec<Frame>, Option<Dialect>) {
        let (mut slow, mut all) = (decoder(), Vec::new());
        for byte in bytes {
            slow.feed(&[*byte]);
            all.extend(std::iter::from_fn(|| slow.next_frame()));
        }
        let mut quick = decoder();
        quick.feed(bytes);
        let at_once: Vec<Frame> = std::iter::from_fn(|| quick.next_frame()).collect();
        assert_eq!((&at_once, quick.dialect()), (&all, slow.dialect()), "{}", bytes.escape_ascii());
        (all, slow.dialect())
    }

    fn texts(texts: &[&str]) -> Vec<Frame> {
        texts.iter().map(|text| Frame::Text((*text).into())).collect()
    }

    #[test]
    fn what_is_blank_before_the_first_message_says_nothing() {
        for blank in
            ["", "\u{feff}", "\n", "\r\n\r\n", "\r\0", " \t", "\r\n\u{feff} ", "\u{feff}\n", "\x7f\x08"]
        {
            for (message, said, dialect) in [
                ("{}\n", "{}", Dialect::Json),
                ("Ann\n", "Ann", Dialect::Line),
                ("Ann: Ann::EOMsg::", "Ann: Ann", Dialect::Eom),
            ] {
                let came = format!("{blank}{message}");
                assert_eq!(frames(came.as_bytes()), (texts(&[said]), Some(dialect)), "{came:?}");
            }
            let mut decoder = Decoder::default();
            decoder.feed(blank.as_bytes());
            assert!(decoder.next_frame().is_none() && decoder.is_silent(), "{blank:?}");
        }
    }

    /// Every stream of up to four of these parts, whole and a byte at a time.
    #[test]
    fn no_short_stream_depends_on_how_it_is_cut() {
        const PARTS: [&[u8]; 16] = [
            b"\r",
            b"\n",
            b"\0",
            b" ",
            b":",
            b"A",
            b"\x08",
            b"\x16",
            b"\x03",
            b"\xff",
            b"\xfa",
            b"\xf0",
            b"{",
            b"GET ",
            b"::EOMsg::",
            "\u{feff}".as_bytes(),
        ];
        let mut streams: Vec<Vec<u8>> = vec![Vec::new()];
        for _ in 0..4 {
            let longer = |stream: &Vec<u8>| PARTS.map(|part| [stream, part].concat());
            streams = streams.iter().flat_map(longer).collect();
            for stream in &streams {
                frames(stream);
                frames_of(prompted, stream);
            }
        }
    }

    fn prompted() -> Decoder {
        let mut decoder = Decoder::default();
        decoder.on_name_prompt();
        decoder
    }

    #[test]
    fn who_was_asked_answers_with_a_blank_line() {
        assert_eq!(frames_of(prompted, b"\r\n \n{}\n").0, texts(&["", "", "{}"]));
    }

    #[test]
    fn keys_edit_a_persons_lines_and_no_programs() {
        let lines = b"Bon\x08b\nhelp\xff\xf8hi\n\x7f\x7fyuo\xff\xf7\xff\xf7ou\n";
        assert_eq!(frames(lines).0, texts(&["Bob", "hi", "you"]));
        assert_eq!(frames(b"{}\n{\"a\x08b\"}\n").0, texts(&["{}", "{\"a\u{fffd}b\"}"]));
        assert_eq!(frames(b"Ann::EOMsg::a\x08b::EOMsg::").0, texts(&["Ann", "a\u{fffd}b"]));
    }

    #[test]
    fn what_has_no_end_is_whole_when_nothing_more_comes() {
        for (sent, said, dialect) in [
            ("Nc", vec!["Nc"], Dialect::Line),
            ("Nc\r", vec!["Nc"], Dialect::Line),
            ("\r\nNc ", vec!["Nc "], Dialect::Line),
            ("Ned\n/search pizza", vec!["Ned", "/search pizza"], Dialect::Line),
            ("Ned\nhi\n \r\n", vec!["Ned", "hi", " "], Dialect::Line),
            ("Ned\nhi\n \r", vec!["Ned", "hi"], Dialect::Line),
            ("Ned\nx\x08hi", vec!["Ned", "hi"], Dialect::Line),
            ("{}", vec!["{}"], Dialect::Json),
            ("{}\n{\"a\":1}", vec!["{}", "{\"a\":1}"], Dialect::Json),
            ("Ned::EOMsg::a\nb", vec!["Ned", "ab"], Dialect::Eom),
            ("Ned::EOMsg::hi::EOMsg::\n", vec!["Ned", "hi"], Dialect::Eom),
        ] {
            let mut decoder = Decoder::default();
            decoder.feed(sent.as_bytes());
            let mut all: Vec<Frame> = std::iter::from_fn(|| decoder.next_frame()).collect();
            decoder.end();
            all.extend(std::iter::from_fn(|| decoder.next_frame()));
            assert_eq!((all, decoder.dialect()), (texts(&said), Some(dialect)), "{sent:?}");
            assert_eq!(decoder.memory(), 0, "{sent:?}");
        }
        for nothing in ["", "\r\n", " ", "\u{feff}", "\r", "\u{feff}\r", "\x7f"] {
            let mut decoder = Decoder::default();
            decoder.feed(nothing.as_bytes());
            decoder.end();
            assert_eq!(decoder.next_frame(), None, "{nothing:?}");
        }
    }

    #[test]
    fn of_what_was_too_long_no_rest_is_told() {
        let mut decoder = Decoder::default();
        decoder.feed(format!("Ned\n{}", "x".repeat(2 * FRAME_BYTES)).as_bytes());
        let mut all: Vec<Frame> = std::iter::from_fn(|| decoder.next_frame()).collect();
        decoder.end();
        all.extend(std::iter::from_fn(|| decoder.next_frame()));
        assert_eq!(all, [texts(&["Ned"]), vec![Frame::TooLong]].concat());
    }

    #[test]
    fn another_protocol_is_recognised_at_the_end_of_input_too() {
        for sent in ["FROBNICATE x HTTP/1.1", "Ann b\nGET x", "Cookie: secret"] {
            let mut decoder = Decoder::default();
            decoder.feed(sent.as_bytes());
            decoder.end();
            let last = std::iter::from_fn(|| decoder.next_frame()).last();
            assert!(matches!(last, Some(Frame::Unsupported(_))), "{sent:?}: {last:?}");
        }
    }

    #[test]
    fn a_refused_name_opens_no_door() {
        let (all, _) = frames(b"who are you?\nPOST /x HTTP/1.1\r\nCookie: a\r\n\r\nAnn\nhi\n");
        assert_eq!(
            all,
            [texts(&["who are you?"]), vec![Frame::Unsupported(UnsupportedProtocol::Http)]].concat()
        );
        let mut decoder = Decoder::default();
        decoder.feed(b"Ann\n");
        assert!(decoder.next_frame().is_some());
        decoder.on_name_accepted();
        decoder.feed(b"GET / HTTP/1.1\nget x\n\x01\n");
        let all: Vec<Frame> = std::iter::from_fn(|| decoder.next_frame()).collect();
        assert_eq!(all, texts(&["GET / HTTP/1.1", "get x", "\u{fffd}"]), "a member's are messages");
    }
}
