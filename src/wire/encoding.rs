//! What members are sent, as bytes. Connections of one encoding are sent the same bytes for the same event, so that what a
//! room says is encoded once for all of them.

use bytes::BytesMut;

use crate::proto::Event;
use crate::wire::{Dialect, chaty, eom, json, line, websocket};

/// An encoding, by its place in the table of all: whatever keeps one for each member keeps a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(u8);

/// How readers find out where a message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Its end is a part of it. Messages may be sent one behind the other.
    Delimiter,
    /// Nothing comes for a while: they are sent one at a time. Until then this byte stands behind each, which is not sent, and
    /// which no message holds.
    Silence(u8),
}

/// What an encoding is: protocol and framing. The function appends whole messages, or nothing where there is no word for the
/// event.
struct Row {
    protocol: fn(&Event, &mut BytesMut),
    labelled: fn(&Event, &str, &mut BytesMut),
    framing: Framing,
}

/// In the order of [`Dialect::index`], each of which has one encoding; and behind them that of WebSockets.
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
        framing: Framing::Silence(chaty::BORDER),
    },
    Row { protocol: websocket::encode, labelled: websocket::encode_labelled, framing: Framing::Delimiter },
];

impl Encoding {
    /// `json` in the frames of WebSockets.
    pub const WEBSOCKET: Encoding = Encoding(Dialect::ALL.len() as u8);

    /// Appends `event` to `out`: whole messages, or nothing where there is no word for it.
    pub fn encode(self, event: &Event, out: &mut BytesMut) {
        (self.row().protocol)(event, out);
    }

    /// The same of an answer to what its reader calls `label`, where there are labels.
    pub fn encode_labelled(self, event: &Event, label: &str, out: &mut BytesMut) {
        (self.row().labelled)(event, label, out);
    }

    /// How readers find out where a message ends.
    pub fn framing(self) -> Framing {
        self.row().framing
    }

    fn row(self) -> &'static Row {
        &ENCODINGS[usize::from(self.0)]
    }
}

impl Dialect {
    /// How it is written.
    pub fn encoding(self) -> Encoding {
        Encoding(self as u8)
    }
}
