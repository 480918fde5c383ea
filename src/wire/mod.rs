//! The dialects: parsing of requests, encoding of events, and detection of a connection's dialect.
//!
//! Nothing here knows the rules of the chat.

pub mod chaty;
mod codec;
mod decoder;
mod editing;
mod encoding;
mod eom;
mod framing;
mod irc;
pub mod json;
mod line;
mod lines;
mod profile;
pub mod sentences;
mod telnet;
mod text;
mod unsupported;
mod websocket;

pub use codec::{Codec, Inbound};
pub use decoder::Decoder;
pub use encoding::{Encoding, Framing};
pub use framing::Frame;
pub use irc::{AnswerPart, IrcServer};
pub use lines::{LINE_SEPARATOR, marked};
pub use profile::{Autojoin, OnBadName, PasswordWay, Profile, UsualReplay};
pub use unsupported::{UnsupportedProtocol, is_command};
pub use websocket::{CloseCode, WebSocket};

use crate::base::name::Name;
use crate::proto::Request;

/// A protocol for chat clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A message ends with `::EOMsg::`. For the Python clients, which display their own messages themselves.
    Eom,
    /// A message is a line. For netcat, telnet and scripts.
    Line,
    /// A message is a JSON object on a line. For programs.
    Json,
    /// Nothing delimits a message. For ChatyChaty's clients, on a port of their own. They display their own messages
    /// themselves.
    Chaty,
    /// IRC, with capabilities. For every IRC client.
    Irc,
}

impl Dialect {
    /// All dialects, in the order of their indices.
    pub const ALL: [Dialect; 5] = [Dialect::Eom, Dialect::Line, Dialect::Json, Dialect::Chaty, Dialect::Irc];

    /// The index into tables with a row for each dialect.
    pub fn index(self) -> usize {
        self as usize
    }

    /// Parses a message of the client named `own`. `None` as the name: it has none yet. Returns `None` if the message
    /// is blank. A line of IRC needs the state of its client, which the codec has.
    pub fn request(self, message: &str, own: Option<&Name>) -> Option<Request> {
        match (self, own) {
            (Dialect::Json, _) => json::request(message),
            (Dialect::Irc, _) => None,
            (Dialect::Eom, None) => Some(eom::hello(message)),
            (Dialect::Chaty, None) => Some(chaty::hello(message)),
            (Dialect::Line, None) => Some(line::hello(message)),
            (_, Some(own)) => text::request(message, own),
        }
    }
}
