//! Splits a byte stream without delimiters into messages.
//!
//! The first message is the name. Each later one begins with it, as in `Ann: hi`, because the client's program adds
//! it; this prefix separates messages that arrive together. A line end and silence end a message too. If a message
//! contains its author's name and a colon, it is split in two: the wire does not tell the difference.

use std::time::{Duration, Instant};

use memchr::memmem::{self, Finder};

use crate::base::limits::{
    CHATY_FRAME_SILENCE, CHATY_MESSAGE_BYTES, CHATY_PARTIAL_FRAME_SILENCE, DETECTION_BYTES, FRAME_BYTES,
};
use crate::base::text::sanitize;
use crate::wire::unsupported::{self, Ends, UnsupportedProtocol};
use crate::wire::{Frame, line};

/// Separates the name from the text.
const AFTER_NAME: &[u8] = b": ";

/// Size of the first window that is searched for the end of a message, in bytes.
const FIRST_WINDOW: usize = 64;

/// The receiving half of a connection: [`feed`](ChatyFramer::feed) it bytes, then take frames from
/// [`next_frame`](ChatyFramer::next_frame) until there are none, and again at its
/// [`deadline`](ChatyFramer::deadline).
///
/// The first frame is the name. The others are texts, most of them with the prefix `NAME: `.
///
/// Silence may cut another protocol's first message and make its beginning look like a name. So the first bytes are
/// checked as a whole until a line end or `: `.
#[derive(Debug, Default)]
pub struct ChatyFramer {
    /// Received bytes; those from `start` on are not framed yet. Empty and without an allocation when no message is
    /// partial.
    buffer: Vec<u8>,
    start: usize,
    /// `NAME: `, once the name is known.
    prefix: Option<Finder<'static>>,
    /// The rest of an oversized message is being discarded.
    skipping: bool,
    first: First,
    /// When the last bytes arrived.
    fed: Option<Instant>,
    /// The peer has closed its sending side.
    ended: bool,
}

impl ChatyFramer {
    /// Appends received bytes.
    pub fn feed(&mut self, bytes: &[u8], now: Instant) {
        if !self.first.feed(bytes) {
            self.buffer.extend_from_slice(bytes);
        }
        self.fed = Some(now);
    }

    /// The peer has closed its sending side: a partial message is complete.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The unsupported protocol that the next line belongs to, judged as if no name had been given.
    pub fn unsupported_next(&self) -> Option<UnsupportedProtocol> {
        let bytes = &self.buffer[self.start..];
        let end = line::find_end(bytes).map(|(end, _)| end);
        unsupported::recognise_behind_a_name(&bytes[..end.unwrap_or(bytes.len())], end.map(|_| Ends::Line))
    }

    /// Discards all bytes that are not framed yet.
    pub fn discard(&mut self) {
        self.buffer = Vec::new();
        self.start = 0;
    }

    /// The allocated size of the buffer in bytes.
    pub fn memory(&self) -> usize {
        self.buffer.capacity()
    }

    /// The size of the partial message in bytes.
    pub fn buffered(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// When a partial message counts as complete, if no more bytes arrive.
    pub fn deadline(&self) -> Option<Instant> {
        let fed = self.fed.filter(|_| self.buffered() > 0)?;
        Some(fed + self.silence_timeout())
    }

    /// The next frame. `None`: more bytes or the deadline must come first.
    pub fn next_frame(&mut self, now: Instant) -> Option<Frame> {
        if let First::Unsupported { is_reported, protocol } = &mut self.first {
            let frame = (!std::mem::replace(is_reported, true)).then_some(Frame::Unsupported(*protocol));
            self.discard();
            return frame;
        }
        // The deadline costs a search, so it is computed only when it may have passed.
        let is_quiet = self.fed.is_some_and(|fed| fed + CHATY_FRAME_SILENCE <= now);
        let is_whole = self.ended || is_quiet && self.deadline().is_some_and(|at| at <= now);
        let frame = loop {
            let step = match (self.skipping, self.prefix.is_some()) {
                (true, _) => self.skip(is_whole),
                (false, false) => self.name(is_whole),
                (false, true) => self.message(is_whole),
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

    /// The name ends at a line end, before `: `, or at a silence.
    fn name(&mut self, is_whole: bool) -> Option<Step> {
        let window = self.window();
        let line = line::find_end(window);
        if let Some(at) = memmem::find(window, AFTER_NAME).filter(|at| line.is_none_or(|(end, _)| at < &end))
        {
            return Some(self.name_before(at));
        }
        let (end, next) = self.or_all(line, is_whole)?;
        if end <= self.max_bytes() {
            let name = self.window()[..end].trim_ascii();
            self.prefix = (!name.is_empty()).then(|| prefix_of(name));
        }
        Some(self.take(end, next))
    }

    /// Takes the name from before the first `: `. There stands the name and then the prefix of the first message, or that prefix
    /// alone.
    fn name_before(&mut self, at: usize) -> Step {
        let before = &self.window()[..at];
        // `AnnAnn: hi` is the name, then a message.
        let (first, second) = before.split_at(at / 2);
        let name = if first == second { second } else { before }.trim_ascii_start();
        let frame = text(name);
        if matches!(frame, Step::Again) {
            self.start += at + AFTER_NAME.len();
            return frame;
        }
        let message = at - name.len();
        self.prefix = Some(prefix_of(name));
        self.start += message;
        frame
    }

    fn message(&mut self, is_whole: bool) -> Option<Step> {
        // The prefix at the start belongs to this message, not to the next.
        let end = self.find_end(self.window(), 1);
        let (end, next) = self.or_all(end, is_whole)?;
        Some(self.take(end, next))
    }

    /// Discards the rest of an oversized message, except for the last bytes, which may be part of its end.
    fn skip(&mut self, is_whole: bool) -> Option<Step> {
        let bytes = &self.buffer[self.start..];
        if let Some((_, next)) = self.find_end(bytes, 0) {
            self.start += next;
            self.skipping = false;
            return Some(Step::Again);
        }
        let kept = if is_whole { 0 } else { bytes.len().min(self.end_bytes() - 1) };
        self.start = self.buffer.len() - kept;
        self.skipping = !is_whole;
        None
    }

    /// The bytes that are searched for an end: the longest message and its end.
    fn window(&self) -> &[u8] {
        let bytes = &self.buffer[self.start..];
        &bytes[..bytes.len().min(self.max_bytes() + self.end_bytes())]
    }

    /// The end that was found; otherwise the end of the window, if the message is complete or oversized.
    fn or_all(&self, end: Option<(usize, usize)>, is_whole: bool) -> Option<(usize, usize)> {
        let bytes = self.window().len();
        let is_all = (is_whole && bytes > 0) || bytes == self.max_bytes() + self.end_bytes();
        end.or_else(|| is_all.then_some((bytes, bytes)))
    }

    /// Takes out the message that ends at `end`. The next one begins at `next`.
    fn take(&mut self, end: usize, next: usize) -> Step {
        if end <= self.max_bytes() {
            let step = text(&self.window()[..end]);
            self.start += next;
            return step;
        }
        if next > end {
            self.start += next;
        } else {
            // The end has not arrived yet, or only in part.
            self.skipping = true;
            self.start += 1;
        }
        Step::Frame(Frame::TooLong)
    }

    /// Where the first message of `bytes` ends and the next begins, not before `from`. The window doubles with each
    /// search, so that many short messages cost no full search each, and a byte is searched again only if an end may
    /// have been cut.
    fn find_end(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        let (mut searched, mut window_bytes) = (0, FIRST_WINDOW);
        loop {
            let window = &bytes[..bytes.len().min(window_bytes)];
            match self.find_end_within(window, from, searched) {
                // An end at the edge of the window may be cut.
                Some((end, next)) if next.max(end) + self.end_bytes() <= window.len() => {
                    return Some((end, next));
                }
                found if window.len() == bytes.len() => return found,
                _ => window_bytes *= 2,
            }
            searched = window.len().saturating_sub(2 * self.end_bytes());
        }
    }

    /// Like `find_end`, if no message ends before `searched`.
    fn find_end_within(&self, bytes: &[u8], from: usize, searched: usize) -> Option<(usize, usize)> {
        let line = line::find_end(&bytes[searched..]).map(|(end, next)| (end + searched, next + searched));
        let prefix = self.prefix.as_ref().and_then(|prefix| {
            let from = from.max(searched);
            let at = prefix.find(bytes.get(from..)?)? + from;
            Some((at, at))
        });
        line.into_iter().chain(prefix).min()
    }

    /// Longest message in bytes. A name is at most what a client's program reads at once.
    fn max_bytes(&self) -> usize {
        if self.prefix.is_some() { FRAME_BYTES } else { CHATY_MESSAGE_BYTES }
    }

    /// Longest end of a message in bytes.
    fn end_bytes(&self) -> usize {
        self.prefix.as_ref().map_or(0, |prefix| prefix.needle().len()).max(line::END_BYTES)
    }

    /// How long a silence must be to end a partial message.
    fn silence_timeout(&self) -> Duration {
        let bytes = &self.buffer[self.start..];
        let ends_within_prefix = self
            .prefix
            .as_ref()
            .map(Finder::needle)
            .is_some_and(|prefix| (1..prefix.len()).any(|length| bytes.ends_with(&prefix[..length])));
        if ends_within_prefix || ends_within_character(bytes) {
            CHATY_PARTIAL_FRAME_SILENCE
        } else {
            CHATY_FRAME_SILENCE
        }
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

/// The prefix of each message of the client with this name, prepared for repeated searches.
fn prefix_of(name: &[u8]) -> Finder<'static> {
    Finder::new(&[name, AFTER_NAME].concat()).into_owned()
}

/// The protocol that the first bytes show.
#[derive(Debug)]
enum First {
    /// Undecided: these bytes may still become another protocol's.
    Undecided(Vec<u8>),
    /// `chaty`.
    Chat,
    /// Another protocol. `is_reported`: the frame that reports it was returned.
    Unsupported { protocol: UnsupportedProtocol, is_reported: bool },
}

impl Default for First {
    fn default() -> First {
        First::Undecided(Vec::new())
    }
}

impl First {
    /// Appends bytes. Returns whether they belong to an unsupported protocol.
    fn feed(&mut self, bytes: &[u8]) -> bool {
        if let First::Undecided(first) = self {
            let room = DETECTION_BYTES - first.len();
            first.extend_from_slice(&bytes[..bytes.len().min(room)]);
            let from = line::blank(first);
            let head = &first[from..];
            let line = line::find_end(head).map(|(end, _)| end);
            let name = memmem::find(head, AFTER_NAME).map(|at| at + AFTER_NAME.len());
            let end = line.into_iter().chain(name).min();
            let ends = end.filter(|_| end == line).map(|_| Ends::Line);
            if let Some(protocol) = unsupported::recognise(&head[..end.unwrap_or(head.len())], ends) {
                *self = First::Unsupported { protocol, is_reported: false };
            } else if end.is_some() || first.len() == DETECTION_BYTES {
                *self = First::Chat;
            }
        }
        matches!(self, First::Unsupported { .. })
    }
}

/// The outcome of one step.
enum Step {
    Frame(Frame),
    Again,
}

/// The text of a message as a frame, unless it is blank.
fn text(bytes: &[u8]) -> Step {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        Step::Again
    } else {
        Step::Frame(Frame::Text(sanitize(bytes).into_owned()))
    }
}

/// Whether a UTF-8 character is cut at the end.
fn ends_within_character(bytes: &[u8]) -> bool {
    const LONGEST_PART: usize = 3;
    let tail = &bytes[bytes.len().saturating_sub(LONGEST_PART)..];
    (0..tail.len()).any(|at| {
        std::str::from_utf8(&tail[at..]).is_err_and(|e| e.valid_up_to() == 0 && e.error_len().is_none())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(frames: Vec<Frame>) -> Vec<String> {
        let text = |frame| match frame {
            Frame::Text(text) => text,
            other => format!("{other:?}"),
        };
        frames.into_iter().map(text).collect()
    }

    fn frames(framer: &mut ChatyFramer, now: Instant) -> Vec<Frame> {
        std::iter::from_fn(|| framer.next_frame(now)).collect()
    }

    /// The frames of pieces that arrive with this pause between them, and of the silence after the last.
    fn split_with(pieces: &[&[u8]], pause: Duration) -> Vec<Frame> {
        let (mut framer, mut now) = (ChatyFramer::default(), Instant::now());
        let mut all = Vec::new();
        for piece in pieces {
            now += pause;
            all.extend(frames(&mut framer, now));
            framer.feed(piece, now);
            all.extend(frames(&mut framer, now));
            assert!(framer.buffered() < FRAME_BYTES + 10, "{} bytes are kept", framer.buffered());
        }
        all.extend(frames(&mut framer, now + CHATY_PARTIAL_FRAME_SILENCE));
        assert_eq!((framer.buffered(), framer.buffer.capacity(), framer.deadline()), (0, 0, None));
        all
    }

    #[test]
    fn messages_that_arrive_together_are_split() {
        for (bytes, messages) in [
            ("Ann", vec!["Ann"]),
            ("AnnAnn: hi", vec!["Ann", "Ann: hi"]),
            ("Ann: hiAnn: you", vec!["Ann", "Ann: hi", "Ann: you"]),
            ("Ann\r\nhi\n\n \nyou", vec!["Ann", "hi", "you"]),
            ("\n Ann \nAnn: hi\nAnn: you", vec![" Ann ", "Ann: hi", "Ann: you"]),
            ("Ann\nAnn: Carl: hi, Ann!", vec!["Ann", "Ann: Carl: hi, Ann!"]),
            (": \n: Ann\nhi\r", vec!["Ann", "hi"]),
            ("hahaha: ho", vec!["hahaha", "hahaha: ho"]),
            ("Jörg\nhiJörg: you", vec!["Jörg", "hi", "Jörg: you"]),
        ] {
            assert_eq!(texts(split_with(&[bytes.as_bytes()], Duration::ZERO)), messages, "{bytes:?}");
        }
    }

    #[test]
    fn a_message_ends_wherever_its_end_stands() {
        for length in 0..3 * FIRST_WINDOW {
            let text = "x".repeat(length);
            for (end, next) in [("\n", "hi"), ("\r\n", "hi"), ("\r\0", "hi"), ("", "Ann: hi")] {
                let bytes = format!("Ann\nAnn: {text}{end}{next}");
                let messages = [String::from("Ann"), format!("Ann: {text}"), next.into()];
                assert_eq!(
                    texts(split_with(&[bytes.as_bytes()], Duration::ZERO)),
                    messages,
                    "{length} {end:?}"
                );
            }
        }
    }

    #[test]
    fn silence_ends_a_message_and_only_silence() {
        let (mut framer, start) = (ChatyFramer::default(), Instant::now());
        framer.feed(b"An", start);
        framer.feed(b"n", start + CHATY_FRAME_SILENCE / 2);
        let due = start + CHATY_FRAME_SILENCE / 2 + CHATY_FRAME_SILENCE;
        assert_eq!((framer.next_frame(start + CHATY_FRAME_SILENCE), framer.deadline()), (None, Some(due)));
        assert_eq!(texts(frames(&mut framer, due)), ["Ann"]);
        framer.feed(b"Ann: hi", due);
        assert_eq!(framer.next_frame(due), None);
        framer.end();
        assert_eq!(texts(frames(&mut framer, due)), ["Ann: hi"], "nothing more can come");
    }

    #[test]
    fn messages_that_arrive_in_parts_are_joined() {
        let pause = CHATY_FRAME_SILENCE * 2;
        for (pieces, messages) in [
            (&["Ann", "Ann: hiAn", "n: you"][..], vec!["Ann", "Ann: hi", "Ann: you"]),
            (&["Ann", "Ann:", " hi"], vec!["Ann", "Ann: hi"]),
            (&["Ann", "Ann: hi", "Ann: you"], vec!["Ann", "Ann: hi", "Ann: you"]),
            (&["Ann", "hi", "you"], vec!["Ann", "hi", "you"]),
        ] {
            let pieces: Vec<&[u8]> = pieces.iter().map(|piece| piece.as_bytes()).collect();
            assert_eq!(texts(split_with(&pieces, pause)), messages);
        }
        let smile = "Ann: \u{1f600}!".as_bytes();
        for at in 6..9 {
            let pieces = [b"Ann", &smile[..at], &smile[at..]];
            assert_eq!(texts(split_with(&pieces, pause)), ["Ann", "Ann: \u{1f600}!"], "{at}");
        }
        assert_eq!(
            texts(split_with(&[b"Ann", b"caf\xe9", b"hi"], CHATY_PARTIAL_FRAME_SILENCE)),
            ["Ann", "caf\u{fffd}", "hi"]
        );
    }

    #[test]
    fn other_protocols_are_recognised_however_they_are_cut() {
        let pause = CHATY_PARTIAL_FRAME_SILENCE;
        for bytes in
            [&b"POST / HTTP/1.1\r\nHost: x\r\n\r\nAnn\n"[..], b"SSH-2.0-x\r\nAnn\n", b"\x16\x03\x01\0"]
        {
            let at_once = split_with(&[bytes], Duration::ZERO);
            assert!(matches!(at_once[..], [Frame::Unsupported(_)]), "{at_once:?}");
            let pieces: Vec<&[u8]> = bytes.chunks(1).collect();
            let slowly = split_with(&pieces, pause);
            assert_eq!(slowly.last(), at_once.last(), "{slowly:?}");
            assert!(
                slowly.iter().all(|frame| !matches!(frame, Frame::Text(text) if text.chars().count() > 1))
            );
        }
    }

    #[test]
    fn overlong_messages_are_reported_once() {
        let long = "x".repeat(3 * FRAME_BYTES);
        for (end, after) in [("\n", "hi"), ("", "Ann: hi")] {
            let bytes = format!("Ann\nAnn: {long}{end}{after}");
            assert_eq!(texts(split_with(&[bytes.as_bytes()], Duration::ZERO)), ["Ann", "TooLong", after]);
        }
        assert_eq!(
            texts(split_with(&[long.as_bytes(), b"\nAnn"], Duration::ZERO)),
            ["TooLong", "Ann"],
            "a name"
        );
        let silence = split_with(&[b"Ann", long.as_bytes(), long.as_bytes(), b"hi"], CHATY_FRAME_SILENCE);
        assert_eq!(texts(silence), ["Ann", "TooLong", "TooLong", "hi"]);
        let fits = format!("Ann\nAnn: {}", "x".repeat(FRAME_BYTES - 5));
        assert_eq!(texts(split_with(&[fits.as_bytes()], Duration::ZERO))[1], fits[4..]);
        assert_eq!(
            texts(split_with(&[fits.as_bytes(), b"x"], Duration::ZERO)),
            ["Ann", "TooLong"],
            "one byte more"
        );
    }
}
