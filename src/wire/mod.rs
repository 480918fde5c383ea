//! Dialects: how requests and events look as bytes, and which dialect a connection speaks.
//!
//! Nothing here knows a room or a rule.

mod decoder;
mod eom;
mod foreign;
mod line;
mod telnet;
mod text;

use bytes::BytesMut;

pub use decoder::{Decoder, Frame};
pub use foreign::Foreign;
pub use text::{given_name, request};

use crate::proto::Event;

/// How a connection writes messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A message ends with `::EOMsg::`: the Python clients. They print their own lines themselves.
    Eom,
    /// A message is a line: netcat, telnet, scripts.
    Line,
}

impl Dialect {
    /// All of them, in the order of their indices.
    pub const ALL: [Dialect; 2] = [Dialect::Eom, Dialect::Line];

    /// Its place in a table with an entry for each dialect.
    pub fn index(self) -> usize {
        self as usize
    }

    /// Whether clients of this dialect show what their user types, so that the server must not repeat it to them.
    pub fn prints_own_lines(self) -> bool {
        self == Dialect::Eom
    }

    /// Appends `event` to `out` as this dialect writes it: whole messages, or nothing where the dialect has no word for it.
    pub fn encode(self, event: &Event, out: &mut BytesMut) {
        match self {
            Dialect::Eom => eom::encode(event, out),
            Dialect::Line => line::encode(event, out),
        }
    }
}
