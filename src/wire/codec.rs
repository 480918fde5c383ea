//! The codec of a connection, which hides the peer's protocol from the session. It parses input into requests,
//! detects the dialect, and creates the replies that the protocol itself demands.

use std::rc::Rc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};

use crate::base::limits::DETECTION_BYTES;
use crate::base::name::Name;
use crate::proto::{Event, Request};
use crate::web::{Accepted, Subprotocol};
use crate::wire::chaty::{self, ChatyFramer};
use crate::wire::irc::{Caps, Irc};
use crate::wire::{
    AnswerPart, CloseCode, Decoder, Dialect, Encoding, Frame, IrcServer, Profile, UnsupportedProtocol,
    WebSocket, json, websocket,
};

/// A parsed input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A request. Before a name is accepted, only [`Request::Hello`] is expected.
    Request(Request),
    /// An empty message.
    Blank,
    /// An oversized message, discarded. Before a name is accepted, the limit is lower.
    TooLong,
    /// The peer speaks an unsupported protocol. The rest of its input is ignored.
    Unsupported(UnsupportedProtocol),
}

#[cfg(test)]
impl Inbound {
    /// The name that somebody types.
    pub(crate) fn hello(name: &str) -> Inbound {
        Inbound::Request(crate::wire::line::hello(name))
    }
}

/// The codec of one connection.
#[derive(Debug)]
pub struct Codec {
    protocol: Protocol,
    /// The peer's accepted name.
    own: Option<Name>,
    /// A reply by the protocol itself, or its greeting.
    reply: Option<Box<[u8]>>,
    /// The label of the last request, chosen by the client.
    label: Option<Rc<str>>,
    /// The peer shows texts of several lines.
    keeps_lines: bool,
    /// What IRC clients are told of the server. `None`: it does not speak IRC.
    irc_server: Option<Rc<IrcServer>>,
    /// The state of an IRC client.
    irc: Option<Box<Irc>>,
}

/// The peer's protocol and its state.
#[derive(Debug)]
enum Protocol {
    /// `line`, `eom`, `json` or `irc`, or not detected yet: messages have delimiters.
    Delimited(Decoder),
    /// `chaty`: messages have no delimiters.
    Chaty(Box<ChatyFramer>),
    /// `json` in WebSocket frames.
    WebSocket(WebSocket),
}

impl Codec {
    /// A codec that detects the dialect from the first message.
    pub fn detecting() -> Codec {
        Codec::new(Protocol::Delimited(Decoder::default()), None)
    }

    /// A codec for `chaty`, which begins by asking for a name.
    pub fn chaty() -> Codec {
        Codec::new(Protocol::Chaty(Box::default()), Some(chaty::GREETING.into()))
    }

    /// The codec of a WebSocket, after this handshake.
    pub fn websocket(Accepted { begin, subprotocol }: &Accepted) -> Codec {
        Codec::new(Protocol::WebSocket(WebSocket::new(*subprotocol)), Some((&**begin).into()))
    }

    fn new(protocol: Protocol, reply: Option<Box<[u8]>>) -> Codec {
        let irc_server = Some(Rc::default());
        Codec { protocol, own: None, reply, label: None, keeps_lines: false, irc_server, irc: None }
    }

    /// What IRC clients are told of the server. `None`: it does not speak IRC.
    pub fn set_irc_server(&mut self, server: Option<Rc<IrcServer>>) {
        if let (None, Protocol::Delimited(decoder)) = (&server, &mut self.protocol) {
            decoder.refuse_irc();
        }
        if let (Some(server), Some(irc)) = (&server, &mut self.irc) {
            irc.set_server(server.clone());
        }
        self.irc_server = server;
    }

    /// What the peer speaks, in a word for operators.
    pub fn name(&self) -> &'static str {
        match (&self.protocol, self.dialect()) {
            (Protocol::WebSocket(_), Dialect::Json) => "browser",
            (_, Dialect::Line) => "line",
            (_, Dialect::Eom) => "eom",
            (_, Dialect::Json) => "json",
            (_, Dialect::Chaty) => "chaty",
            (_, Dialect::Irc) => "irc",
        }
    }

    /// The dialect of the output. Until it is detected, `line`.
    pub fn dialect(&self) -> Dialect {
        match &self.protocol {
            Protocol::Delimited(decoder) => decoder.dialect().unwrap_or(Dialect::Line),
            Protocol::Chaty(_) => Dialect::Chaty,
            Protocol::WebSocket(socket) if socket.subprotocol() != Subprotocol::Json => Dialect::Irc,
            Protocol::WebSocket(_) => Dialect::Json,
        }
    }

    /// The rules for this peer.
    pub fn profile(&self) -> &'static Profile {
        self.dialect().profile()
    }

    /// The encoding of events for this peer.
    pub fn encoding(&self) -> Encoding {
        match self.dialect() {
            Dialect::Json => Encoding::of_json(self.is_websocket(), self.keeps_lines),
            Dialect::Irc => {
                let caps = self.irc.as_ref().map_or(Caps::NONE, |irc| irc.caps());
                Encoding::of_irc(caps, self.subprotocol())
            }
            dialect => dialect.encoding(),
        }
    }

    /// Whether the client displays what its user types, so that the server does not echo it.
    pub fn echoes_locally(&self) -> bool {
        self.irc.as_ref().map_or(self.profile().echoes_locally, |irc| irc.echoes_locally())
    }

    /// Appends an event that this peer alone receives. Returns false if it is encoded as for all others.
    pub fn render(&mut self, event: &Event, out: &mut BytesMut) -> bool {
        self.irc.as_mut().map(|irc| irc.render(event, out)).is_some()
    }

    /// Appends an event that answers a request with this label, which was carried out earlier. Returns false if it is encoded as for
    /// all others.
    pub fn render_labelled(&mut self, event: &Event, label: &str, out: &mut BytesMut) -> bool {
        self.irc.as_mut().map(|irc| irc.render_labelled(event, label, out)).is_some()
    }

    /// Whether all that answers a request with this label is to be collected, for [`Codec::put_answer_to`].
    pub fn collects_answers_to(&self, label: &str) -> bool {
        self.irc.is_some() && label.contains(';')
    }

    /// Whether the message that was read last asks for more than was taken.
    pub fn is_going_on(&self) -> bool {
        self.irc.as_ref().is_some_and(|irc| irc.is_going_on())
    }

    /// What the peer asked last is answered.
    pub fn is_answered(&mut self) {
        if let Some(irc) = &mut self.irc {
            irc.is_answered();
        }
    }

    /// Appends the answer to a request with this label, or a part of it.
    pub fn put_answer_to(&self, label: &str, answer: &[u8], part: AnswerPart, out: &mut BytesMut) {
        if let Some(irc) = &self.irc {
            irc.put_answer_to(label, answer, part, out);
        }
    }

    /// The same for an event that answers an earlier request than the last one.
    pub fn render_late(&mut self, event: &Event, out: &mut BytesMut) -> bool {
        self.irc.as_mut().map(|irc| irc.render_late(event, out)).is_some()
    }

    /// Whether the peer's messages come in frames of a WebSocket.
    pub fn is_websocket(&self) -> bool {
        matches!(self.protocol, Protocol::WebSocket(_))
    }

    /// Whether no text has arrived, so that the peer may be a person who waits for a greeting.
    pub fn is_silent(&self) -> bool {
        match &self.protocol {
            Protocol::Delimited(decoder) => decoder.is_silent(),
            Protocol::Chaty(_) | Protocol::WebSocket(_) => false,
        }
    }

    /// Whether the peer has negotiated as telnet does.
    pub fn is_telnet(&self) -> bool {
        matches!(&self.protocol, Protocol::Delimited(decoder) if decoder.is_telnet())
    }

    /// The peer was asked for its name.
    pub fn on_name_prompt(&mut self) {
        if let Protocol::Delimited(decoder) = &mut self.protocol {
            decoder.on_name_prompt();
        }
    }

    /// The peer's name is accepted.
    pub fn on_name_accepted(&mut self, own: &Name) {
        self.own = Some(own.clone());
        if let Protocol::Delimited(decoder) = &mut self.protocol {
            decoder.on_name_accepted();
        }
    }

    /// The peer has another name. Old programs do not know: they go on to begin each message with the name of before.
    pub fn on_renamed(&mut self, own: &Name) {
        if self.profile().is_for_people {
            self.own = Some(own.clone());
        }
    }

    /// Appends received bytes.
    pub fn feed(&mut self, bytes: &[u8], now: Instant) {
        match &mut self.protocol {
            Protocol::Delimited(decoder) => {
                decoder.feed(bytes);
                // IRC clients know nothing of telnet.
                self.reply = decoder.take_reply().filter(|_| self.irc.is_none()).map(Box::from);
            }
            Protocol::Chaty(framer) => framer.feed(bytes, now),
            Protocol::WebSocket(socket) => socket.feed(bytes),
        }
    }

    /// Answers to the peer's lines. Returned once. They are sent as [`Codec::put_lines`] puts them.
    pub fn take_lines(&mut self) -> Option<BytesMut> {
        self.irc.as_mut()?.take_reply()
    }

    /// Appends lines for this peer alone, as they are sent: in a WebSocket, in frames.
    pub fn put_lines(&self, lines: &[u8], out: &mut BytesMut) {
        websocket::put_lines(self.subprotocol(), lines, out);
    }

    fn subprotocol(&self) -> Subprotocol {
        if let Protocol::WebSocket(socket) = &self.protocol {
            socket.subprotocol()
        } else {
            Subprotocol::Json
        }
    }

    /// Bytes that the protocol itself has to send. Returned once.
    pub fn take_reply(&mut self) -> Option<Bytes> {
        let reply = self.reply.take().map(Bytes::from);
        reply.or_else(|| match &mut self.protocol {
            Protocol::WebSocket(socket) => socket.take_reply(),
            Protocol::Delimited(_) | Protocol::Chaty(_) => None,
        })
    }

    /// Whether the protocol has ended the input: the peer closed the WebSocket, or broke its rules.
    pub fn is_over(&self) -> bool {
        self.irc.as_ref().is_some_and(|irc| irc.is_over())
            || matches!(&self.protocol, Protocol::WebSocket(socket) if socket.is_over())
    }

    /// The last bytes, which tell the peer why its connection ends. Returned once.
    pub fn goodbye(&mut self, why: CloseCode) -> Option<Bytes> {
        match &mut self.protocol {
            Protocol::WebSocket(socket) => socket.close_frame(why),
            Protocol::Delimited(_) | Protocol::Chaty(_) => None,
        }
    }

    /// The next parsed input. `None`: no message is complete.
    pub fn next_inbound(&mut self, now: Instant) -> Option<Inbound> {
        if let Some(request) = self.irc.as_mut().and_then(|irc| irc.next()) {
            return Some(Inbound::Request(request));
        }
        let frame = match &mut self.protocol {
            Protocol::Delimited(decoder) => decoder.next_frame(),
            Protocol::Chaty(framer) => framer.next_frame(now),
            Protocol::WebSocket(socket) => socket.next_frame(),
        };
        frame.map(|frame| match frame {
            Frame::Text(text) if self.dialect() == Dialect::Irc => self.with_irc(|irc| irc.read(&text)),
            Frame::NotUtf8(text) => self.with_irc(|irc| irc.read_not_utf8(&text)),
            Frame::TooLong if self.dialect() == Dialect::Irc => self.with_irc(Irc::too_long),
            Frame::Text(text) => self.read(&text),
            Frame::TooLong => Inbound::TooLong,
            Frame::Unsupported(protocol) => Inbound::Unsupported(protocol),
        })
    }

    /// The label of the last request, if any: of an IRC client, also that of a batch for an answer that comes later. Returned once.
    pub fn take_label(&mut self) -> Option<Rc<str>> {
        self.label.take().or_else(|| self.irc.as_mut()?.take_label())
    }

    /// Has the state of an IRC client handle a line, which may ask for something.
    fn with_irc(&mut self, handle: impl FnOnce(&mut Irc)) -> Inbound {
        let server = &self.irc_server;
        let irc = self.irc.get_or_insert_with(|| Box::new(Irc::new(server.clone().unwrap_or_default())));
        handle(irc);
        irc.next().map_or(Inbound::Blank, Inbound::Request)
    }

    fn read(&mut self, text: &str) -> Inbound {
        let profile = self.profile();
        self.label = if self.dialect() == Dialect::Json { json::label(text) } else { None };
        if self.own.is_none() && profile.is_for_people && text.len() > DETECTION_BYTES {
            return Inbound::TooLong;
        }
        // The line may be another protocol's user name or password.
        if self.own.is_none()
            && profile.has_bare_names
            && let Some(protocol) = self.unsupported_next()
        {
            return Inbound::Unsupported(protocol);
        }
        let request = self.dialect().request(text, self.own.as_ref());
        if let (None, Some(Request::Hello { lines, .. })) = (&self.own, &request) {
            self.keeps_lines = *lines;
        }
        request.map_or(Inbound::Blank, Inbound::Request)
    }

    /// The unsupported protocol of the bytes after a possible name.
    fn unsupported_next(&self) -> Option<UnsupportedProtocol> {
        match &self.protocol {
            Protocol::Delimited(decoder) => decoder.unsupported_next(),
            Protocol::Chaty(framer) => framer.unsupported_next(),
            Protocol::WebSocket(_) => None,
        }
    }

    /// The peer has closed its sending side: a partial message is complete.
    pub fn end(&mut self) {
        match &mut self.protocol {
            Protocol::Delimited(decoder) => decoder.end(),
            Protocol::Chaty(framer) => framer.end(),
            Protocol::WebSocket(socket) => socket.discard(),
        }
    }

    /// When a partial message counts as complete.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.protocol {
            Protocol::Delimited(_) | Protocol::WebSocket(_) => None,
            Protocol::Chaty(framer) => framer.deadline(),
        }
    }

    /// The allocated size of the input buffer in bytes.
    pub fn memory(&self) -> usize {
        match &self.protocol {
            Protocol::Delimited(decoder) => decoder.memory(),
            Protocol::Chaty(framer) => framer.memory(),
            Protocol::WebSocket(socket) => socket.memory(),
        }
    }

    /// Discards all input that is not parsed yet.
    pub fn discard(&mut self) {
        if let Some(irc) = &mut self.irc {
            irc.discard();
        }
        match &mut self.protocol {
            Protocol::Delimited(decoder) => decoder.discard(),
            Protocol::Chaty(framer) => framer.discard(),
            Protocol::WebSocket(socket) => socket.discard(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(text: &str) -> Inbound {
        Inbound::Request(Request::Say { room: None, text: text.into() })
    }

    /// All inputs that these bytes contain.
    fn read(codec: &mut Codec, bytes: &[u8]) -> Vec<Inbound> {
        let now = Instant::now();
        codec.feed(bytes, now);
        std::iter::from_fn(|| codec.next_inbound(now)).collect()
    }

    #[test]
    fn a_name_comes_first_and_is_dropped_from_what_follows() {
        let mut codec = Codec::detecting();
        assert_eq!(codec.dialect(), Dialect::Line, "who says nothing may be a person");
        assert_eq!(read(&mut codec, b"Ann::EOMsg::"), [Inbound::hello("Ann")]);
        assert_eq!(codec.encoding(), Dialect::Eom.encoding());
        codec.on_name_accepted(&Name::parse("Ann").unwrap());
        let inbound = read(&mut codec, b"Ann: hi::EOMsg::Ann: ::EOMsg::Bob: hi::EOMsg::");
        assert_eq!(inbound, [say("hi"), Inbound::Blank, say("Bob: hi")]);
    }

    #[test]
    fn names_have_a_lower_limit_than_messages() {
        let mut long = "x".repeat(DETECTION_BYTES + 1);
        long.push('\n');
        let mut codec = Codec::detecting();
        assert_eq!(read(&mut codec, long.as_bytes()), [Inbound::TooLong]);
        codec.on_name_accepted(&Name::parse("Ann").unwrap());
        assert_eq!(read(&mut codec, long.as_bytes()), [say(long.trim_end())]);
    }

    #[test]
    fn a_name_before_another_protocols_line_is_unsupported() {
        let lines = b"Ann\nGET / HTTP/1.1\n";
        let first = |codec: &mut Codec| read(codec, lines).into_iter().next();
        assert!(matches!(first(&mut Codec::detecting()), Some(Inbound::Unsupported(_))));
        assert!(matches!(first(&mut Codec::chaty()), Some(Inbound::Unsupported(_))));
        let mut codec = Codec::detecting();
        codec.on_name_accepted(&Name::parse("Ann").unwrap());
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
