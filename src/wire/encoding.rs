//! Encodings of events. All connections with the same encoding receive the same bytes, so a room's events are encoded
//! once for all of them.

use bytes::BytesMut;

use crate::proto::Event;
use crate::web::Subprotocol;
use crate::wire::irc::{self, Caps};
use crate::wire::{Dialect, chaty, eom, json, line, lines, websocket};

/// An encoding as an index into the table; or, from `IRC` on, `irc` with some capabilities. Small, as each subscription holds
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(u16);

/// How readers find the end of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// The bytes contain a delimiter. Messages may be sent back to back.
    Delimiter,
    /// A pause ends a message, so messages are sent one at a time. In buffers, this byte follows each message; it is
    /// not sent, and no message contains it.
    Silence(u8),
}

/// An encoding. `encode` appends whole messages, or nothing if the protocol cannot express the event. Of an answer, the label
/// of the request is told where the protocol has labels.
struct Row {
    encode: fn(&Event, Option<&str>, &mut BytesMut),
    framing: Framing,
}

/// The index of the first encoding that is no dialect's usual one: behind those of all dialects but `irc`.
#[expect(clippy::cast_possible_truncation, reason = "there are a few dialects")]
const BEHIND_DIALECTS: u16 = Dialect::ALL.len() as u16 - 1;

const _: () = assert!(matches!(Dialect::ALL, [.., Dialect::Irc]), "its encodings come behind all others");

/// The first encoding of `irc`: without capabilities. Those with shared capabilities follow.
const IRC: u16 = 0x200;
/// Of an encoding of `irc`: in text messages, or in binary messages of a WebSocket.
const TEXT_FRAMES: u16 = 0x400;
const BINARY_FRAMES: u16 = 0x800;

/// In the order of [`Dialect::index`]; each dialect but `irc` has one encoding. Those of [`Encoding::of_json`] follow.
static ENCODINGS: [Row; BEHIND_DIALECTS as usize + 3] = [
    Row { encode: |event, _, out| eom::encode(event, out), framing: Framing::Delimiter },
    Row { encode: |event, _, out| line::encode(event, out), framing: Framing::Delimiter },
    Row {
        encode: |event, label, out| json::encode(event, label, lines::joined, out),
        framing: Framing::Delimiter,
    },
    Row { encode: |event, _, out| chaty::encode(event, out), framing: Framing::Silence(chaty::DELIMITER) },
    Row {
        encode: |event, label, out| json::encode(event, label, lines::verbatim, out),
        framing: Framing::Delimiter,
    },
    Row {
        encode: |event, label, out| websocket::encode(event, label, lines::joined, out),
        framing: Framing::Delimiter,
    },
    Row {
        encode: |event, label, out| websocket::encode(event, label, lines::verbatim, out),
        framing: Framing::Delimiter,
    },
];

impl Encoding {
    /// `json`: in WebSocket frames or on lines, and with the lines of texts or without.
    pub fn of_json(is_websocket: bool, keeps_lines: bool) -> Encoding {
        match (is_websocket, keeps_lines) {
            (false, false) => Dialect::Json.encoding(),
            (false, true) => Encoding(BEHIND_DIALECTS),
            (true, false) => Encoding(BEHIND_DIALECTS + 1),
            (true, true) => Encoding(BEHIND_DIALECTS + 2),
        }
    }

    /// `irc` for clients with these capabilities, on lines or in the frames of a WebSocket.
    pub(super) fn of_irc(caps: Caps, subprotocol: Subprotocol) -> Encoding {
        let frames = match subprotocol {
            Subprotocol::Json => 0,
            Subprotocol::IrcText => TEXT_FRAMES,
            Subprotocol::IrcBinary => BINARY_FRAMES,
        };
        Encoding(IRC | frames | caps.shared())
    }

    /// Appends `event` to `out` as whole messages. Appends nothing if the protocol cannot express it.
    pub fn encode(self, event: &Event, out: &mut BytesMut) {
        self.encode_with(event, None, out);
    }

    /// The same for a reply to the request with this label. Only some protocols have labels.
    pub fn encode_labelled(self, event: &Event, label: &str, out: &mut BytesMut) {
        self.encode_with(event, Some(label), out);
    }

    fn encode_with(self, event: &Event, label: Option<&str>, out: &mut BytesMut) {
        match self.caps() {
            Some(caps) if self.0 & (TEXT_FRAMES | BINARY_FRAMES) == 0 => irc::encode(event, caps, label, out),
            Some(caps) => {
                let is_text = self.0 & TEXT_FRAMES != 0;
                let subprotocol = if is_text { Subprotocol::IrcText } else { Subprotocol::IrcBinary };
                let mut lines = BytesMut::new();
                irc::encode(event, caps, label, &mut lines);
                websocket::put_lines(subprotocol, &lines, out);
            }
            None => (self.row().encode)(event, label, out),
        }
    }

    /// How readers find the end of a message.
    pub fn framing(self) -> Framing {
        if self.caps().is_some() { Framing::Delimiter } else { self.row().framing }
    }

    /// The capabilities of an encoding of `irc`.
    fn caps(self) -> Option<Caps> {
        self.0.checked_sub(IRC).map(Caps::of_shared)
    }

    fn row(self) -> &'static Row {
        &ENCODINGS[usize::from(self.0)]
    }
}

impl Dialect {
    /// The encoding of this dialect.
    pub fn encoding(self) -> Encoding {
        if self == Dialect::Irc {
            Encoding::of_irc(Caps::NONE, Subprotocol::Json)
        } else {
            Encoding(self as u16)
        }
    }
}
