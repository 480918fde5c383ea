//! Dialects: how requests and events look as bytes, and which dialect a connection speaks.
//!
//! Nothing here knows a room or a rule.

pub mod chaty;
mod codec;
mod decoder;
mod editing;
mod encoding;
mod eom;
mod foreign;
pub mod json;
mod line;
mod profile;
mod program;
pub mod sentences;
mod telnet;
mod text;
mod unclear;
mod websocket;

pub use codec::{Codec, Inbound};
pub use decoder::{Decoder, Frame};
pub use encoding::{Encoding, Framing};
pub use foreign::{Foreign, is_command};
pub use profile::{Autojoin, OnBadName, Profile};
pub use websocket::{CloseCode, WebSocket};

use crate::base::name::Name;
use crate::proto::Request;

/// How a connection writes messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A message ends with `::EOMsg::`: the Python clients. They print their own lines themselves.
    Eom,
    /// A message is a line: netcat, telnet, scripts.
    Line,
    /// A message is a line with a JSON object: programs.
    Json,
    /// Nothing ends a message: ChatyChaty's clients, on a port of their own. They print their own lines themselves.
    Chaty,
}

impl Dialect {
    /// All of them, in the order of their indices.
    pub const ALL: [Dialect; 4] = [Dialect::Eom, Dialect::Line, Dialect::Json, Dialect::Chaty];

    /// Its place in a table with an entry for each dialect.
    pub fn index(self) -> usize {
        self as usize
    }

    /// What somebody called `own`, or by no name yet, asks with `message`; nothing if it is blank.
    pub fn request(self, message: &str, own: Option<&Name>) -> Option<Request> {
        match (self, own) {
            (Dialect::Json, _) => json::request(message),
            (Dialect::Eom, None) => Some(eom::hello(message)),
            (Dialect::Chaty, None) => Some(chaty::hello(message)),
            (Dialect::Line, None) => Some(line::hello(message)),
            (_, Some(own)) => text::request(message, own),
        }
    }
}
