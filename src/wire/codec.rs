//! A connection's codec: the only thing that a session knows of its peer's protocol. It takes bytes in, tells what the peer
//! speaks, answers by itself where the protocol wants that, and gives out what the peer asks for.

use std::rc::Rc;
use std::time::Instant;

use bytes::Bytes;

use crate::base::limits::DETECTION_BYTES;
use crate::base::name::Name;
use crate::proto::Request;
use crate::wire::chaty::{self, Splitter};
use crate::wire::{CloseCode, Decoder, Dialect, Encoding, Foreign, Frame, Profile, WebSocket, json};

/// One thing that a peer sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// It asks for something: before it has a name, for that.
    Request(Request),
    /// A message that says nothing.
    Blank,
    /// A message that is longer than any may be, skipped; before a name, longer than any first message is.
    TooLong,
    /// The peer speaks something else, and nothing that it sends will be understood.
    Foreign(Foreign),
}

/// The codec of one connection.
#[derive(Debug)]
pub struct Codec {
    protocol: Protocol,
    /// The name that the peer has.
    own: Option<Name>,
    /// What it answers by itself, or is greeted with.
    reply: Option<Bytes>,
    /// What the peer calls what it asked for last.
    label: Option<Rc<str>>,
}

/// What the peer speaks, with what has to be known while it does. A protocol of another kind is another case.
#[derive(Debug)]
enum Protocol {
    /// `line`, `eom` or `json`, or what turns out to be one: messages have an end.
    Marked(Decoder),
    /// `chaty`: they have none.
    Chaty(Box<Splitter>),
    /// `json`, in frames.
    WebSocket(Box<WebSocket>),
}

impl Codec {
    /// The codec of a connection that has to tell by its first message which dialect it speaks.
    pub fn detecting() -> Codec {
        Codec { protocol: Protocol::Marked(Decoder::default()), own: None, reply: None, label: None }
    }

    /// The codec of a connection that speaks `chaty`, which is asked for its name.
    pub fn chaty() -> Codec {
        let reply = Some(Bytes::from_static(chaty::GREETING));
        Codec { protocol: Protocol::Chaty(Box::default()), own: None, reply, label: None }
    }

    /// The codec of a WebSocket, which begins with these bytes.
    pub fn websocket(begin: Bytes) -> Codec {
        Codec { protocol: Protocol::WebSocket(Box::default()), own: None, reply: Some(begin), label: None }
    }

    /// What the peer is spoken to in: who has not said anything yet is taken for a person.
    pub fn dialect(&self) -> Dialect {
        match &self.protocol {
            Protocol::Marked(decoder) => decoder.dialect().unwrap_or(Dialect::Line),
            Protocol::Chaty(_) => Dialect::Chaty,
            Protocol::WebSocket(_) => Dialect::Json,
        }
    }

    /// How the peer is dealt with.
    pub fn profile(&self) -> &'static Profile {
        self.dialect().profile()
    }

    /// How events are written to it.
    pub fn encoding(&self) -> Encoding {
        match &self.protocol {
            Protocol::WebSocket(_) => Encoding::WEBSOCKET,
            Protocol::Marked(_) | Protocol::Chaty(_) => self.dialect().encoding(),
        }
    }

    /// Whether no text has come, and who comes may be a person who waits for a word.
    pub fn is_silent(&self) -> bool {
        match &self.protocol {
            Protocol::Marked(decoder) => decoder.is_silent(),
            Protocol::Chaty(_) | Protocol::WebSocket(_) => false,
        }
    }

    /// The peer was asked for its name.
    pub fn asked(&mut self) {
        if let Protocol::Marked(decoder) = &mut self.protocol {
            decoder.asked();
        }
    }

    /// The peer has this name.
    pub fn named(&mut self, own: &Name) {
        self.own = Some(own.clone());
        if let Protocol::Marked(decoder) = &mut self.protocol {
            decoder.named();
        }
    }

    /// Bytes came.
    pub fn feed(&mut self, bytes: &[u8], now: Instant) {
        match &mut self.protocol {
            Protocol::Marked(decoder) => {
                decoder.feed(bytes);
                self.reply = decoder.take_reply().map(Bytes::from_static);
            }
            Protocol::Chaty(splitter) => splitter.feed(bytes, now),
            Protocol::WebSocket(socket) => socket.feed(bytes),
        }
    }

    /// Bytes that the peer is to be sent by the protocol alone, once.
    pub fn take_reply(&mut self) -> Option<Bytes> {
        self.reply.take().or_else(|| match &mut self.protocol {
            Protocol::WebSocket(socket) => socket.take_reply(),
            Protocol::Marked(_) | Protocol::Chaty(_) => None,
        })
    }

    /// Whether the peer has said that nothing more comes, or nothing more can be understood.
    pub fn is_over(&self) -> bool {
        matches!(&self.protocol, Protocol::WebSocket(socket) if socket.is_over())
    }

    /// Last bytes, which tell the peer why its connection ends; once.
    pub fn goodbye(&mut self, why: CloseCode) -> Option<Bytes> {
        match &mut self.protocol {
            Protocol::WebSocket(socket) => socket.goodbye(why),
            Protocol::Marked(_) | Protocol::Chaty(_) => None,
        }
    }

    /// The next thing that the peer sent, if it is whole.
    pub fn next_inbound(&mut self, now: Instant) -> Option<Inbound> {
        let frame = match &mut self.protocol {
            Protocol::Marked(decoder) => decoder.next_frame(),
            Protocol::Chaty(splitter) => splitter.next_frame(now),
            Protocol::WebSocket(socket) => socket.next_frame(),
        };
        frame.map(|frame| match frame {
            Frame::Text(text) => self.read(&text),
            Frame::TooLong => Inbound::TooLong,
            Frame::Foreign(foreign) => Inbound::Foreign(foreign),
        })
    }

    /// What the peer calls what it asked for last, once.
    pub fn take_label(&mut self) -> Option<Rc<str>> {
        self.label.take()
    }

    fn read(&mut self, text: &str) -> Inbound {
        let profile = self.profile();
        self.label = if self.dialect() == Dialect::Json { json::label(text) } else { None };
        if self.own.is_none() && profile.is_for_people && text.len() > DETECTION_BYTES {
            return Inbound::TooLong;
        }
        // What follows a password is not for the chat, and neither is the password.
        if self.own.is_none()
            && profile.has_bare_names
            && let Some(foreign) = self.next_is_foreign()
        {
            return Inbound::Foreign(foreign);
        }
        self.dialect().request(text, self.own.as_ref()).map_or(Inbound::Blank, Inbound::Request)
    }

    /// The other protocol whose first words follow what may be a name.
    fn next_is_foreign(&self) -> Option<Foreign> {
        match &self.protocol {
            Protocol::Marked(decoder) => decoder.next_is_foreign(),
            Protocol::Chaty(splitter) => splitter.next_is_foreign(),
            Protocol::WebSocket(_) => None,
        }
    }

    /// Nothing more will come: what has no end is whole.
    pub fn end(&mut self) {
        match &mut self.protocol {
            Protocol::Marked(decoder) => decoder.end(),
            Protocol::Chaty(splitter) => splitter.end(),
            Protocol::WebSocket(socket) => socket.forget(),
        }
    }

    /// When what is unfinished counts as whole.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.protocol {
            Protocol::Marked(_) | Protocol::WebSocket(_) => None,
            Protocol::Chaty(splitter) => splitter.deadline(),
        }
    }

    /// What it keeps of what is unfinished, in bytes.
    pub fn memory(&self) -> usize {
        match &self.protocol {
            Protocol::Marked(decoder) => decoder.memory(),
            Protocol::Chaty(splitter) => splitter.memory(),
            Protocol::WebSocket(socket) => socket.memory(),
        }
    }

    /// Drops what is not decoded yet.
    pub fn forget(&mut self) {
        match &mut self.protocol {
            Protocol::Marked(decoder) => decoder.forget(),
            Protocol::Chaty(splitter) => splitter.forget(),
            Protocol::WebSocket(socket) => socket.forget(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::Kind;

    fn hello(name: &str) -> Inbound {
        Inbound::Request(Request::Hello { name: name.into(), kind: Kind::Person, token: None })
    }

    fn say(text: &str) -> Inbound {
        Inbound::Request(Request::Say { room: None, text: text.into() })
    }

    /// All that comes of these bytes.
    fn read(codec: &mut Codec, bytes: &[u8]) -> Vec<Inbound> {
        let now = Instant::now();
        codec.feed(bytes, now);
        std::iter::from_fn(|| codec.next_inbound(now)).collect()
    }

    #[test]
    fn a_name_comes_first_and_is_dropped_from_what_follows() {
        let mut codec = Codec::detecting();
        assert_eq!(codec.dialect(), Dialect::Line, "who says nothing may be a person");
        assert_eq!(read(&mut codec, b"Ann::EOMsg::"), [hello("Ann")]);
        assert_eq!(codec.encoding(), Dialect::Eom.encoding());
        codec.named(&Name::parse("Ann").unwrap());
        let inbound = read(&mut codec, b"Ann: hi::EOMsg::Ann: ::EOMsg::Bob: hi::EOMsg::");
        assert_eq!(inbound, [say("hi"), Inbound::Blank, say("Bob: hi")]);
    }

    #[test]
    fn what_no_person_gives_for_a_name_is_too_long_and_may_be_said_later() {
        let mut long = "x".repeat(DETECTION_BYTES + 1);
        long.push('\n');
        let mut codec = Codec::detecting();
        assert_eq!(read(&mut codec, long.as_bytes()), [Inbound::TooLong]);
        codec.named(&Name::parse("Ann").unwrap());
        assert_eq!(read(&mut codec, long.as_bytes()), [say(long.trim_end())]);
    }

    #[test]
    fn a_bare_name_before_another_protocols_words_is_none() {
        let lines = b"Ann\nGET / HTTP/1.1\n";
        let first = |codec: &mut Codec| read(codec, lines).into_iter().next();
        assert!(matches!(first(&mut Codec::detecting()), Some(Inbound::Foreign(_))));
        assert!(matches!(first(&mut Codec::chaty()), Some(Inbound::Foreign(_))));
        let mut codec = Codec::detecting();
        codec.named(&Name::parse("Ann").unwrap());
        assert_eq!(first(&mut codec), Some(say("Ann")), "who has a name may say so");
    }

    #[test]
    fn a_protocol_answers_by_itself_once() {
        let mut codec = Codec::chaty();
        assert_eq!(codec.take_reply().as_deref(), Some(&b"NICK\0"[..]));
        assert_eq!(codec.take_reply(), None);
        let mut codec = Codec::detecting();
        assert_eq!(codec.take_reply(), None);
        read(&mut codec, b"\xff\xfd\x06");
        assert_eq!(codec.take_reply().as_deref(), Some(&b"\xff\xfc\x06"[..]), "no timing mark");
        assert_eq!(codec.take_reply(), None);
    }
}
