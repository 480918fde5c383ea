//! Splits a byte stream with delimiters into messages, and detects the dialect from the first one.
//!
//! It does not interpret messages. The buffer for a partial message is bounded; an oversized message is discarded
//! while it arrives.

use memchr::memchr;

use crate::base::limits::{DETECTION_BYTES, FRAME_BYTES, IRC_LINE_BYTES};
use crate::wire::framing::{self, Frame, end_bytes, find_end, frame_bytes};
use crate::wire::telnet::{IAC, NO_TIMING_MARK, Telnet};
use crate::wire::unsupported::{self, Ends, UnsupportedProtocol};
use crate::wire::{Dialect, eom, line};

/// The result of the detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detected {
    Undecided,
    Dialect(Dialect),
    Unsupported,
}

/// The first bytes of a connection as they came, until the dialect is detected.
#[derive(Debug)]
enum Raw {
    /// Telnet's are not among them: they are what is buffered.
    Same,
    Kept(Vec<u8>),
    /// They were too many.
    Lost,
}

/// The receiving half of a connection: [`feed`](Decoder::feed) it bytes, then take frames from
/// [`next_frame`](Decoder::next_frame) until there are none.
///
/// Until a [name is accepted](Decoder::on_name_accepted), each message is first checked for the signatures of other
/// protocols.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
pub struct Decoder {
    detected: Detected,
    telnet: Telnet,
    raw: Raw,
    /// Received bytes without telnet negotiation; those from `start` on are not framed yet. Empty and without an
    /// allocation when no message is partial.
    buffer: Vec<u8>,
    start: usize,
    /// The rest of an oversized message is being discarded.
    skipping: bool,
    /// How many bytes of the partial message were checked for other protocols.
    checked: usize,
    is_prompted: bool,
    is_named: bool,
    /// IRC is an unsupported protocol.
    refuses_irc: bool,
    /// The peer has closed its sending side.
    ended: bool,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder {
            detected: Detected::Undecided,
            telnet: Telnet::default(),
            raw: Raw::Same,
            buffer: Vec::new(),
            start: 0,
            skipping: false,
            checked: 0,
            is_prompted: false,
            is_named: false,
            refuses_irc: false,
            ended: false,
        }
    }
}

impl Decoder {
    /// The detected dialect, if any.
    pub fn dialect(&self) -> Option<Dialect> {
        match self.detected {
            Detected::Dialect(dialect) => Some(dialect),
            Detected::Undecided | Detected::Unsupported => None,
        }
    }

    /// Whether only blank lines have arrived so far.
    pub fn is_silent(&self) -> bool {
        self.detected == Detected::Undecided && matches!(self.buffer[self.start..], [] | [b'\r'])
    }

    /// Whether the peer has negotiated as telnet does.
    pub fn is_telnet(&self) -> bool {
        self.telnet.is_spoken
    }

    /// IRC is an unsupported protocol.
    pub fn refuse_irc(&mut self) {
        self.refuses_irc = true;
    }

    /// The peer was asked for its name. From now on a blank line is a message, as it may be the answer.
    pub fn on_name_prompt(&mut self) {
        self.is_prompted = true;
    }

    /// The peer's name is accepted. From now on messages are not checked for other protocols.
    pub fn on_name_accepted(&mut self) {
        self.is_named = true;
    }

    /// The peer has closed its sending side: a partial message is complete, unless it is blank.
    pub fn end(&mut self) {
        self.ended = true;
        let rest = &self.buffer[self.start..];
        if matches!(rest[line::blank(rest)..], [] | [b'\r']) {
            self.discard();
        }
    }

    /// The unsupported protocol of the next message, judged as if no name had been given. Signatures that are
    /// ordinary words do not count.
    pub fn unsupported_next(&self) -> Option<UnsupportedProtocol> {
        let bytes = &self.buffer[self.start..];
        let end = line::find_end(bytes).map(|(end, _)| end);
        unsupported::recognise_behind_a_name(&bytes[..end.unwrap_or(bytes.len())], end.map(|_| Ends::Line))
    }

    /// Discards all bytes that are not framed yet.
    pub fn discard(&mut self) {
        self.buffer = Vec::new();
        self.start = 0;
        self.raw = Raw::Same;
    }

    /// The allocated size of the buffer in bytes.
    pub fn memory(&self) -> usize {
        let raw = if let Raw::Kept(raw) = &self.raw { raw.capacity() } else { 0 };
        self.buffer.capacity() + raw
    }

    /// The size of the partial message in bytes.
    pub fn buffered(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// The answer to a telnet negotiation. Returned once.
    pub fn take_reply(&mut self) -> Option<&'static [u8]> {
        std::mem::take(&mut self.telnet.timing_mark_due).then_some(NO_TIMING_MARK)
    }

    /// Appends received bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        match self.detected {
            Detected::Unsupported => return,
            Detected::Dialect(Dialect::Irc) => return self.buffer.extend_from_slice(bytes),
            Detected::Undecided => self.keep_raw(bytes),
            Detected::Dialect(_) => {}
        }
        self.telnet.filter(bytes, &mut self.buffer);
    }

    fn keep_raw(&mut self, bytes: &[u8]) {
        if matches!(self.raw, Raw::Same) && memchr(IAC, bytes).is_some() {
            self.raw = Raw::Kept(self.buffer[self.start..].to_vec());
        }
        match &mut self.raw {
            Raw::Kept(raw) if raw.len() > IRC_LINE_BYTES => self.raw = Raw::Lost,
            Raw::Kept(raw) => raw.extend_from_slice(bytes),
            Raw::Same | Raw::Lost => {}
        }
    }

    /// The dialect is known. IRC knows nothing of telnet: its bytes are read as they came.
    fn detected(&mut self, dialect: Dialect) {
        self.detected = Detected::Dialect(dialect);
        if let Raw::Kept(raw) = std::mem::replace(&mut self.raw, Raw::Same)
            && dialect == Dialect::Irc
        {
            (self.start, self.buffer) = (line::blank(&raw), raw);
        }
    }

    /// The next frame. `None`: more bytes must come first.
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

    /// Detects the dialect from the end of the first message, as early as it is certain. Drops blank lines before it.
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
            self.detected(Dialect::Json);
            return Some(Step::Again);
        }
        let max = FRAME_BYTES + eom::END.len();
        let window = &bytes[..bytes.len().min(max)];
        let line = line::find_end(window).map(|(end, _)| end);
        let eom = eom::find_end(window).map(|(end, _)| end);
        let is_full = window.len() == max;
        let rest = self.ended.then_some(window.len());
        let end = match (line, eom) {
            (line, Some(eom)) if line.is_none_or(|line| eom <= line) => Some((eom, Ends::Mark)),
            (line, _) => line.or(rest).map(|line| (line, Ends::Line)),
        };
        match self.recognise(end) {
            Some(UnsupportedProtocol::Irc) if !self.refuses_irc => {
                self.detected(Dialect::Irc);
                return Some(Step::Again);
            }
            Some(protocol) => return Some(self.give_up(protocol)),
            None => {}
        }
        let dialect = match end {
            Some((_, Ends::Mark)) => Dialect::Eom,
            Some((_, Ends::Line)) => Dialect::Line,
            None if is_full => Dialect::Line,
            None => return None,
        };
        self.detected(dialect);
        Some(Step::Again)
    }

    /// The unsupported protocol of the message at the start of the buffer. `end`: its end, if it has arrived.
    fn recognise(&mut self, end: Option<(usize, Ends)>) -> Option<UnsupportedProtocol> {
        let bytes = &self.buffer[self.start..];
        let head = &bytes[..end.map_or(bytes.len(), |(end, _)| end)];
        let checked = head.len().min(DETECTION_BYTES);
        if end.is_none() && checked == self.checked {
            return None;
        }
        self.checked = checked;
        unsupported::recognise(head, end.map(|(_, ends)| ends))
    }

    /// Consumes bytes. The message after them has not been checked yet.
    fn advance(&mut self, bytes: usize) {
        self.start += bytes;
        if bytes > 0 {
            self.checked = 0;
        }
    }

    fn give_up(&mut self, protocol: UnsupportedProtocol) -> Step {
        self.detected = Detected::Unsupported;
        self.start = self.buffer.len();
        Step::Frame(Frame::Unsupported(protocol))
    }

    fn decode(&mut self, dialect: Dialect) -> Option<Step> {
        let bytes = &self.buffer[self.start..];
        let max = frame_bytes(dialect) + end_bytes(dialect);
        let is_full = bytes.len() >= max;
        let rest = (self.ended && !is_full && !bytes.is_empty()).then(|| framing::rest(dialect, bytes));
        let found = find_end(dialect, &bytes[..bytes.len().min(max)]).or(rest);
        if dialect == Dialect::Line
            && !self.is_named
            && let Some(protocol) = self.recognise(found.map(|(end, _)| (end, Ends::Line)))
        {
            return Some(self.give_up(protocol));
        }
        match found {
            Some((end, next)) => {
                let message = &self.buffer[self.start..][..end];
                let frame = if end > frame_bytes(dialect) {
                    Frame::TooLong
                } else {
                    framing::frame(dialect, message)
                };
                self.advance(next);
                Some(Step::Frame(frame))
            }
            None if is_full => {
                self.skipping = true;
                self.checked = 0;
                Some(Step::Frame(Frame::TooLong))
            }
            None => None,
        }
    }

    /// Discards the rest of an oversized message, except for the last bytes, which may be part of its end.
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

    /// Keeps only the partial message.
    fn compact(&mut self) {
        if self.start == self.buffer.len() {
            self.buffer = Vec::new();
        } else if self.start > 0 {
            self.buffer = self.buffer[self.start..].to_vec();
        }
        self.start = 0;
    }
}

/// The outcome of one step.
enum Step {
    Frame(Frame),
    Again,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frames of these bytes. Asserts that they are the same, whether the bytes come one by one or at once.
    fn frames(bytes: &[u8]) -> (Vec<Frame>, Option<Dialect>) {
        frames_of(Decoder::default, bytes)
    }

    /// Like `frames`, with another decoder.
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
    fn leading_blanks_are_ignored() {
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
    fn short_streams_decode_the_same_however_they_are_cut() {
        const PARTS: [&[u8]; 17] = [
            b"NICK a",
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
    fn after_a_prompt_a_blank_line_is_a_message() {
        assert_eq!(frames_of(prompted, b"\r\n \n{}\n").0, texts(&["", "", "{}"]));
    }

    #[test]
    fn editing_keys_apply_to_line_only() {
        let lines = b"Bon\x08b\nhelp\xff\xf8hi\n\x7f\x7fyuo\xff\xf7\xff\xf7ou\n";
        assert_eq!(frames(lines).0, texts(&["Bob", "hi", "you"]));
        assert_eq!(frames(b"{}\n{\"a\x08b\"}\n").0, texts(&["{}", "{\"a\u{fffd}b\"}"]));
        assert_eq!(frames(b"Ann::EOMsg::a\x08b::EOMsg::").0, texts(&["Ann", "a\u{fffd}b"]));
    }

    #[test]
    fn irc_knows_nothing_of_telnet() {
        let (all, dialect) = frames(b"\r\nNICK a\xff\xf1b\r\nPING \xff\xfe\xff\r\n");
        assert_eq!(dialect, Some(Dialect::Irc));
        let lines = ["NICK a\u{fffd}\u{fffd}b", "PING \u{fffd}\u{fffd}\u{fffd}"];
        assert_eq!(all, lines.map(|line| Frame::NotUtf8(line.into())));
        // What negotiates for long is no client of IRC.
        let mut decoder = Decoder::default();
        for _ in 0..1_000 {
            decoder.feed(&b"\xff\xfb\x01".repeat(100));
            assert_eq!(decoder.next_frame(), None);
            assert!(decoder.memory() <= 4 * IRC_LINE_BYTES, "{}", decoder.memory());
        }
    }

    #[test]
    fn the_end_of_input_completes_a_message() {
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
    fn an_oversized_message_leaves_no_rest() {
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
    fn lines_after_a_refused_name_are_checked_too() {
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
