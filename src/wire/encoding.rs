//! Encodings of events. All connections with the same encoding receive the same bytes, so a room's events are encoded
//! once for all of them.

use bytes::BytesMut;

use crate::proto::Event;
use crate::wire::{Dialect, chaty, eom, json, line};

/// An encoding as an index into the table. One byte, as each subscription holds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(u8);

/// How readers find the end of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// The bytes contain a delimiter. Messages may be sent back to back.
    Delimiter,
    /// A pause ends a message, so messages are sent one at a time. In buffers, this byte follows each message; it is
    /// not sent, and no message contains it.
    Silence(u8),
}

/// An encoding. `protocol` appends whole messages, or nothing if the protocol cannot express the event.
struct Row {
    protocol: fn(&Event, &mut BytesMut),
    framing: Framing,
}

/// In the order of [`Dialect::index`]; each dialect has one encoding.
static ENCODINGS: [Row; Dialect::ALL.len()] = [
    Row { protocol: eom::encode, framing: Framing::Delimiter },
    Row { protocol: line::encode, framing: Framing::Delimiter },
    Row { protocol: json::encode, framing: Framing::Delimiter },
    Row { protocol: chaty::encode, framing: Framing::Silence(chaty::DELIMITER) },
];

impl Encoding {
    /// Appends `event` to `out` as whole messages. Appends nothing if the protocol cannot express it.
    pub fn encode(self, event: &Event, out: &mut BytesMut) {
        (self.row().protocol)(event, out);
    }

    /// How readers find the end of a message.
    pub fn framing(self) -> Framing {
        self.row().framing
    }

    fn row(self) -> &'static Row {
        &ENCODINGS[usize::from(self.0)]
    }
}

impl Dialect {
    /// The encoding of this dialect.
    pub fn encoding(self) -> Encoding {
        Encoding(self as u8)
    }
}
