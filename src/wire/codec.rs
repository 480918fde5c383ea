//! The receiving half of a connection: one of the dialects that tell themselves apart, or the wire that cannot.

use std::time::Instant;

use crate::wire::chaty::Splitter;
use crate::wire::{Decoder, Dialect, Foreign, Frame};

/// Takes bytes in, gives frames out.
#[derive(Debug)]
pub enum Codec {
    /// Messages have an end.
    Marked(Decoder),
    /// They have none.
    Chaty(Box<Splitter>),
}

impl Codec {
    /// What the peer speaks, if that is known yet.
    pub fn dialect(&self) -> Option<Dialect> {
        match self {
            Codec::Marked(decoder) => decoder.dialect(),
            Codec::Chaty(_) => Some(Dialect::Chaty),
        }
    }

    /// Whether no text has come, and who comes may be a person who waits for a word.
    pub fn is_silent(&self) -> bool {
        match self {
            Codec::Marked(decoder) => decoder.is_silent(),
            Codec::Chaty(_) => false,
        }
    }

    /// The peer was asked for its name.
    pub fn asked(&mut self) {
        if let Codec::Marked(decoder) = self {
            decoder.asked();
        }
    }

    /// The peer has a name.
    pub fn named(&mut self) {
        if let Codec::Marked(decoder) = self {
            decoder.named();
        }
    }

    /// Bytes came.
    pub fn feed(&mut self, bytes: &[u8], now: Instant) {
        match self {
            Codec::Marked(decoder) => decoder.feed(bytes),
            Codec::Chaty(splitter) => splitter.feed(bytes, now),
        }
    }

    /// The next frame, if one is whole.
    pub fn next_frame(&mut self, now: Instant) -> Option<Frame> {
        match self {
            Codec::Marked(decoder) => decoder.next_frame(),
            Codec::Chaty(splitter) => splitter.next_frame(now),
        }
    }

    /// Nothing more will come: what has no end is whole.
    pub fn end(&mut self) {
        match self {
            Codec::Marked(decoder) => decoder.end(),
            Codec::Chaty(splitter) => splitter.end(),
        }
    }

    /// The other protocol whose first words follow what may be a name.
    pub fn next_is_foreign(&self) -> Option<Foreign> {
        match self {
            Codec::Marked(decoder) => decoder.next_is_foreign(),
            Codec::Chaty(splitter) => splitter.next_is_foreign(),
        }
    }

    /// When what is unfinished counts as whole.
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Codec::Marked(_) => None,
            Codec::Chaty(splitter) => splitter.deadline(),
        }
    }

    /// Bytes that the peer is owed in return for its negotiation, once.
    pub fn take_reply(&mut self) -> Option<&'static [u8]> {
        match self {
            Codec::Marked(decoder) => decoder.take_reply(),
            Codec::Chaty(_) => None,
        }
    }

    /// What it keeps of what is unfinished, in bytes.
    pub fn memory(&self) -> usize {
        match self {
            Codec::Marked(decoder) => decoder.memory(),
            Codec::Chaty(splitter) => splitter.memory(),
        }
    }

    /// Drops what is not decoded yet.
    pub fn forget(&mut self) {
        match self {
            Codec::Marked(decoder) => decoder.forget(),
            Codec::Chaty(splitter) => splitter.forget(),
        }
    }
}
