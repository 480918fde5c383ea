//! The receiving half of a connection: one of the dialects that tell themselves apart, or the wire that cannot.

use std::time::Instant;

use crate::wire::chaty::Splitter;
use crate::wire::{Decoder, Dialect, Foreign, Frame};

/// Takes bytes in, gives frames out.
#[derive(Debug)]
pub(super) enum Reader {
    /// Messages have an end.
    Marked(Decoder),
    /// They have none.
    Chaty(Box<Splitter>),
}

impl Reader {
    /// What the peer speaks, if that is known yet.
    pub(super) fn dialect(&self) -> Option<Dialect> {
        match self {
            Reader::Marked(decoder) => decoder.dialect(),
            Reader::Chaty(_) => Some(Dialect::Chaty),
        }
    }

    /// Whether no text has come, and who comes may be a person who waits for a word.
    pub(super) fn is_silent(&self) -> bool {
        match self {
            Reader::Marked(decoder) => decoder.is_silent(),
            Reader::Chaty(_) => false,
        }
    }

    /// The peer was asked for its name.
    pub(super) fn asked(&mut self) {
        if let Reader::Marked(decoder) = self {
            decoder.asked();
        }
    }

    /// The peer has a name.
    pub(super) fn named(&mut self) {
        if let Reader::Marked(decoder) = self {
            decoder.named();
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8], now: Instant) {
        match self {
            Reader::Marked(decoder) => decoder.feed(bytes),
            Reader::Chaty(splitter) => splitter.feed(bytes, now),
        }
    }

    pub(super) fn next_frame(&mut self, now: Instant) -> Option<Frame> {
        match self {
            Reader::Marked(decoder) => decoder.next_frame(),
            Reader::Chaty(splitter) => splitter.next_frame(now),
        }
    }

    /// Nothing more will come: what has no end is whole.
    pub(super) fn end(&mut self) {
        match self {
            Reader::Marked(decoder) => decoder.end(),
            Reader::Chaty(splitter) => splitter.end(),
        }
    }

    /// The other protocol whose first words follow what may be a name.
    pub(super) fn next_is_foreign(&self) -> Option<Foreign> {
        match self {
            Reader::Marked(decoder) => decoder.next_is_foreign(),
            Reader::Chaty(splitter) => splitter.next_is_foreign(),
        }
    }

    /// When what is unfinished counts as whole.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Reader::Marked(_) => None,
            Reader::Chaty(splitter) => splitter.deadline(),
        }
    }

    /// Bytes that the peer is owed in return for its negotiation, once.
    pub(super) fn take_reply(&mut self) -> Option<&'static [u8]> {
        match self {
            Reader::Marked(decoder) => decoder.take_reply(),
            Reader::Chaty(_) => None,
        }
    }

    /// What it keeps of what is unfinished, in bytes.
    pub(super) fn memory(&self) -> usize {
        match self {
            Reader::Marked(decoder) => decoder.memory(),
            Reader::Chaty(splitter) => splitter.memory(),
        }
    }

    /// Drops what is not decoded yet.
    pub(super) fn forget(&mut self) {
        match self {
            Reader::Marked(decoder) => decoder.forget(),
            Reader::Chaty(splitter) => splitter.forget(),
        }
    }
}
