//! From bytes, however they are cut, to messages; and from the first of them to the dialect.
//!
//! Nothing here knows what a message means. What it keeps of an unfinished message is bounded, and an overlong one is
//! skipped without being kept.

use crate::base::limits::{FRAME_BYTES, JSON_FRAME_BYTES};
use crate::base::text::clean;
use crate::wire::foreign::{Foreign, TLS_HELLO, is_http};
use crate::wire::telnet::{NO_TIMING_MARK, Telnet};
use crate::wire::{Dialect, eom, line};

/// One thing that a peer sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message's text, harmless, of a bounded number of the peer's bytes.
    Text(String),
    /// A message that was longer, skipped.
    TooLong,
    /// The peer speaks something else, and nothing that it sends will be understood.
    Foreign(Foreign),
}

/// What is known of a connection's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    Undecided,
    Dialect(Dialect),
    Foreign,
}

/// The receiving half of a connection: [`feed`](Decoder::feed) it bytes, then take frames from
/// [`next_frame`](Decoder::next_frame) until there are none.
#[derive(Debug)]
pub struct Decoder {
    speaks: Speaks,
    telnet: Telnet,
    /// Bytes without negotiation, of which those from `start` on are not decoded yet. Empty, and without memory, whenever
    /// nothing is unfinished.
    buffer: Vec<u8>,
    start: usize,
    /// The end of an overlong message is still to come.
    skipping: bool,
    silent: bool,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder {
            speaks: Speaks::Undecided,
            telnet: Telnet::default(),
            buffer: Vec::new(),
            start: 0,
            skipping: false,
            silent: true,
        }
    }
}

impl Decoder {
    /// What the peer speaks, if that is known yet.
    pub fn dialect(&self) -> Option<Dialect> {
        match self.speaks {
            Speaks::Dialect(dialect) => Some(dialect),
            Speaks::Undecided | Speaks::Foreign => None,
        }
    }

    /// Whether no text has come at all.
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// Drops what is not decoded yet.
    pub fn forget(&mut self) {
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
        std::mem::take(&mut self.telnet.owes_mark).then_some(NO_TIMING_MARK)
    }

    /// Takes bytes in. They wait until frames are taken out.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.speaks == Speaks::Foreign {
            return;
        }
        self.telnet.filter(bytes, &mut self.buffer);
        self.silent &= self.buffer.is_empty();
    }

    /// The next frame, or `None` until more bytes come.
    pub fn next_frame(&mut self) -> Option<Frame> {
        let frame = loop {
            let step = match self.speaks {
                Speaks::Foreign => None,
                Speaks::Undecided => self.decide(),
                Speaks::Dialect(dialect) if self.skipping => self.skip(dialect),
                Speaks::Dialect(dialect) => self.decode(dialect),
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

    /// Tells the dialect from the first message's end, as soon as that is certain.
    fn decide(&mut self) -> Option<Step> {
        let bytes = &self.buffer[self.start..];
        if bytes.starts_with(&TLS_HELLO) {
            return Some(self.give_up(Foreign::Tls));
        }
        if bytes.first() == Some(&b'{') {
            self.speaks = Speaks::Dialect(Dialect::Json);
            return Some(Step::Again);
        }
        let most = FRAME_BYTES + eom::END.len();
        let window = &bytes[..bytes.len().min(most)];
        let dialect = match (line::find_end(window), eom::find_end(window)) {
            (Some((line, _)), Some((eom, _))) if eom < line => Dialect::Eom,
            (None, Some(_)) => Dialect::Eom,
            (Some((end, _)), _) if is_http(&window[..end]) => return Some(self.give_up(Foreign::Http)),
            (Some(_), _) => Dialect::Line,
            (None, None) if bytes.len() >= most => Dialect::Line,
            (None, None) => return None,
        };
        self.speaks = Speaks::Dialect(dialect);
        Some(Step::Again)
    }

    fn give_up(&mut self, foreign: Foreign) -> Step {
        self.speaks = Speaks::Foreign;
        self.start = self.buffer.len();
        Step::Frame(Frame::Foreign(foreign))
    }

    fn decode(&mut self, dialect: Dialect) -> Option<Step> {
        let bytes = &self.buffer[self.start..];
        let most = frame_bytes(dialect) + end_bytes(dialect);
        let window = &bytes[..bytes.len().min(most)];
        match find_end(dialect, window) {
            Some((end, next)) => {
                let frame =
                    if end > frame_bytes(dialect) { Frame::TooLong } else { text(dialect, &window[..end]) };
                self.start += next;
                Some(Step::Frame(frame))
            }
            None if bytes.len() >= most => {
                self.skipping = true;
                Some(Step::Frame(Frame::TooLong))
            }
            None => None,
        }
    }

    /// Drops what belongs to an overlong message, but for the last bytes, which may begin its end.
    fn skip(&mut self, dialect: Dialect) -> Option<Step> {
        let bytes = &self.buffer[self.start..];
        if let Some((_, next)) = find_end(dialect, bytes) {
            self.start += next;
            self.skipping = false;
            return Some(Step::Again);
        }
        self.start = self.buffer.len() - bytes.len().min(end_bytes(dialect) - 1);
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
    if dialect == Dialect::Eom && bytes.iter().any(is_newline) {
        let joined: Vec<u8> = bytes.iter().copied().filter(|b| !is_newline(b)).collect();
        return Frame::Text(clean(&joined).into_owned());
    }
    Frame::Text(clean(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_of_tls_may_come_byte_by_byte() {
        let mut decoder = Decoder::default();
        let mut frame_after = |byte| {
            decoder.feed(&[byte]);
            decoder.next_frame()
        };
        assert_eq!(TLS_HELLO.map(&mut frame_after), [None, Some(Frame::Foreign(Foreign::Tls))]);
        let mut decoder = Decoder::default();
        decoder.feed(&TLS_HELLO[..1]);
        decoder.feed(b"\n");
        assert!(matches!(decoder.next_frame(), Some(Frame::Text(_))), "half of one is a line");
    }
}
