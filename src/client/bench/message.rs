//! The messages of a bench: speaker, number and time at fixed offsets, so that millions a second can be parsed.

use std::io::Write;

use memchr::memchr;
use memchr::memmem::Finder;

use crate::base::limits::NAME_CHARS;
use crate::wire::Dialect;

/// The first byte of a message. No name and no sentence of the server contains it.
const BEGIN: u8 = b'~';

/// The offsets of the fields, in hexadecimal digits. Filling follows.
const SPEAKER: std::ops::Range<usize> = 1..5;
const NUMBER: std::ops::Range<usize> = 5..13;
const TIME: std::ops::Range<usize> = 13..25;
const FILLING: u8 = b'x';

/// The number of the mark before the first counted message.
pub const FIRST_MARK: u32 = 0;

/// The number of the mark after the last counted message.
pub const LAST_MARK: u32 = u32::MAX;

/// The identity of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// The index of the member that sends it.
    pub speaker: u16,
    /// Its number among the speaker's messages, from 1.
    pub number: u32,
}

/// A line that a member received.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// A message of the bench, and when it was sent, in nanoseconds from the start.
    Said(Message, u64),
    /// Anything else, without its end mark.
    Other(&'a [u8]),
}

/// Encodes and parses messages.
#[derive(Debug)]
pub struct Codec {
    /// The label that the room puts before each member's messages: `bench1: `.
    labels: Vec<Vec<u8>>,
    filling: Vec<u8>,
    line_end: Finder<'static>,
    eom_end: Finder<'static>,
}

impl Codec {
    /// A codec for this many members and messages of `size` bytes.
    pub fn new(members: u16, size: u16) -> Codec {
        Codec {
            labels: vec![Vec::new(); members.into()],
            filling: vec![FILLING; usize::from(size).saturating_sub(TIME.end)],
            line_end: Finder::new(b"\n"),
            eom_end: Finder::new(b"::EOMsg::"),
        }
    }

    /// Sets a member's name.
    pub fn set_name(&mut self, member: u16, name: &str) {
        self.labels[usize::from(member)] = format!("{name}: ").into_bytes();
    }

    /// Appends `text` and the dialect's end mark.
    pub fn put(&self, text: &str, dialect: Dialect, out: &mut Vec<u8>) {
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(self.end(dialect).needle());
    }

    /// Appends a message that is sent at this time, in nanoseconds from the start.
    pub fn put_message(&self, message: Message, time: u64, dialect: Dialect, out: &mut Vec<u8>) {
        // Writing to a vector does not fail.
        let _ = write!(out, "~{:04x}{:08x}{time:012x}", message.speaker, message.number);
        out.extend_from_slice(&self.filling);
        out.extend_from_slice(self.end(dialect).needle());
    }

    /// The first line of `bytes`, and its length with the end mark; `None` if it is incomplete.
    pub fn next<'a>(&self, bytes: &'a [u8], dialect: Dialect) -> Option<(Heard<'a>, usize)> {
        let end = self.end(dialect);
        if let Some(said) = self.said(bytes, end.needle()) {
            return Some(said);
        }
        let at = end.find(bytes)?;
        Some((Heard::Other(&bytes[..at]), at + end.needle().len()))
    }

    /// A complete and intact message of the bench, if `bytes` begin with one.
    fn said<'a>(&self, bytes: &'a [u8], end: &[u8]) -> Option<(Heard<'a>, usize)> {
        let begin = memchr(BEGIN, &bytes[..bytes.len().min(NAME_CHARS + 3)])?;
        let filling_ends = begin + TIME.end + self.filling.len();
        let text = bytes.get(begin..filling_ends)?;
        let speaker = u16::try_from(number(&text[SPEAKER])?).ok()?;
        let message = Message { speaker, number: u32::try_from(number(&text[NUMBER])?).ok()? };
        let time = number(&text[TIME])?;
        let is_whole = bytes[filling_ends..].starts_with(end)
            && self.labels.get(usize::from(speaker))? == &bytes[..begin]
            && text[TIME.end..] == self.filling;
        is_whole.then_some((Heard::Said(message, time), filling_ends + end.len()))
    }

    fn end(&self, dialect: Dialect) -> &Finder<'static> {
        if dialect == Dialect::Eom { &self.eom_end } else { &self.line_end }
    }
}

/// Parses hexadecimal digits.
fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u64::from(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codec() -> Codec {
        let mut codec = Codec::new(2, 32);
        codec.set_name(0, "bench1");
        codec.set_name(1, "bench2");
        codec
    }

    /// A message of the second member, as members receive it.
    fn wire(dialect: Dialect) -> Vec<u8> {
        let mut out = b"bench2: ".to_vec();
        codec().put_message(Message { speaker: 1, number: 500 }, 0xabc, dialect, &mut out);
        out
    }

    #[test]
    fn what_was_said_is_found_among_what_else_is_heard() {
        for dialect in [Dialect::Line, Dialect::Eom] {
            let (codec, said) = (codec(), wire(dialect));
            let mut bytes = said.clone();
            codec.put("Host: hello", dialect, &mut bytes);
            let expected = Heard::Said(Message { speaker: 1, number: 500 }, 0xabc);
            assert_eq!(codec.next(&bytes, dialect), Some((expected, said.len())));
            let (other, rest) = codec.next(&bytes[said.len()..], dialect).unwrap();
            assert_eq!((other, said.len() + rest), (Heard::Other(b"Host: hello"), bytes.len()));
            for cut in 0..said.len() {
                assert_eq!(codec.next(&said[..cut], dialect), None, "{cut} bytes of it");
            }
        }
    }

    #[test]
    fn a_message_has_the_size_that_was_asked_for() {
        assert_eq!(wire(Dialect::Line).len(), "bench2: ".len() + 32 + "\n".len());
    }

    #[test]
    fn a_harmed_message_is_none() {
        let whole = wire(Dialect::Line);
        for at in (0..whole.len() - 1).filter(|at| !(21..33).contains(at)) {
            let mut harmed = whole.clone();
            harmed[at] = if harmed[at] == b'1' { b'0' } else { b'1' };
            let (heard, _) = codec().next(&harmed, Dialect::Line).unwrap();
            let number_was_changed = (13..21).contains(&at);
            assert_eq!(matches!(heard, Heard::Said(..)), number_was_changed, "byte {at}");
        }
    }
}
