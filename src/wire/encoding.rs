//! Encodings of events. All connections with the same encoding receive the same bytes, so a room's events are encoded
//! once for all of them.

use bytes::BytesMut;

use crate::proto::Event;
use crate::wire::{Dialect, chaty, eom, json, line, websocket};

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
    labelled: fn(&Event, &str, &mut BytesMut),
    framing: Framing,
}

/// In the order of [`Dialect::index`]; each dialect has one encoding. The last one is [`Encoding::WEBSOCKET`].
static ENCODINGS: [Row; Dialect::ALL.len() + 1] = [
    Row {
        protocol: eom::encode,
        labelled: |event, _, out| eom::encode(event, out),
        framing: Framing::Delimiter,
    },
    Row {
        protocol: line::encode,
        labelled: |event, _, out| line::encode(event, out),
        framing: Framing::Delimiter,
    },
    Row { protocol: json::encode, labelled: json::encode_labelled, framing: Framing::Delimiter },
    Row {
        protocol: chaty::encode,
        labelled: |event, _, out| chaty::encode(event, out),
        framing: Framing::Silence(chaty::DELIMITER),
    },
    Row { protocol: websocket::encode, labelled: websocket::encode_labelled, framing: Framing::Delimiter },
];

const _: () = assert!(Encoding::WEBSOCKET.0 as usize == Dialect::ALL.len(), "its row is the last");

impl Encoding {
    /// `json` in WebSocket frames.
    pub const WEBSOCKET: Encoding = Encoding(Dialect::Chaty as u8 + 1);

    /// Appends `event` to `out` as whole messages. Appends nothing if the protocol cannot express it.
    pub fn encode(self, event: &Event, out: &mut BytesMut) {
        (self.row().protocol)(event, out);
    }

    /// The same for a reply to the request with this label. Only some protocols have labels.
    pub fn encode_labelled(self, event: &Event, label: &str, out: &mut BytesMut) {
        (self.row().labelled)(event, label, out);
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
