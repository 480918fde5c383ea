//! WebSockets: with other clients in a room, with another implementation, and with protocol errors.

use std::io::{self, Cursor, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use bytes::BytesMut;
use proptest::collection::vec;
use proptest::prelude::*;
use salon::base::limits::JSON_FRAME_BYTES;
use salon::proto::Event;
use salon::wire::{Encoding, Frame, WebSocket};
use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::Role;
use tungstenite::{Error, Message};

use crate::support::peer::Peer;
use crate::support::process::{Salon, TEST_TIMEOUT};

/// A page's WebSocket, by another implementation.
pub struct Page(tungstenite::WebSocket<TcpStream>);

impl Page {
    pub fn open(port: u16) -> Page {
        Page::open_at((Ipv4Addr::LOCALHOST, port).into())
    }

    fn open_at(server: SocketAddr) -> Page {
        let stream = TcpStream::connect(server).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
        let mut request = format!("ws://{server}/ws").into_client_request().unwrap();
        request.headers_mut().insert("Origin", format!("http://{server}").parse().unwrap());
        request.headers_mut().insert("Sec-WebSocket-Protocol", "salon.v1".parse().unwrap());
        let (socket, answer) = tungstenite::client(request, stream).unwrap();
        assert_eq!(answer.headers()["Sec-WebSocket-Protocol"], "salon.v1");
        Page(socket)
    }

    /// Opens one, and is in the first room as soon as this returns.
    pub fn join(port: u16, name: &str) -> Page {
        Page::join_at((Ipv4Addr::LOCALHOST, port).into(), name)
    }

    /// The same at an address that is not this machine's own.
    pub fn join_at(server: SocketAddr, name: &str) -> Page {
        let mut page = Page::open_at(server);
        page.send(&json!({"type": "hello", "version": 1, "name": name}));
        page.until("hello");
        page.send(&json!({"type": "join"}));
        page.until("live");
        page
    }

    pub fn send(&mut self, object: &Value) {
        self.0.send(Message::text(object.to_string())).unwrap();
    }

    /// The next object of this type.
    pub fn until(&mut self, kind: &str) -> Value {
        loop {
            let object = self.next_object().unwrap_or_else(|| panic!("no {kind}, but an end"));
            if object["type"] == kind {
                return object;
            }
        }
    }

    /// The next object; none if the server ends it.
    pub fn next_object(&mut self) -> Option<Value> {
        loop {
            match self.0.read().unwrap() {
                Message::Text(text) => return Some(serde_json::from_str(&text).unwrap()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// Sends bytes that no client should, while something else happens. Returns the code that it is closed with.
    fn break_rules(mut self, bytes: &[u8], meanwhile: impl FnOnce()) -> u16 {
        let (first, rest) = bytes.split_at(bytes.len() / 2);
        let _ = self.0.get_mut().write_all(first);
        meanwhile();
        let _ = self.0.get_mut().write_all(rest);
        self.closed()
    }

    /// The code that it is closed with.
    fn closed(&mut self) -> u16 {
        loop {
            match self.0.read() {
                Ok(Message::Close(Some(frame))) => return frame.code.into(),
                Ok(Message::Close(None)) => return 1005,
                Ok(_) => {}
                Err(why) => panic!("no code, but: {why}"),
            }
        }
    }
}

/// A WebSocket of a program that speaks this, and not the page's.
fn open_as(port: u16, subprotocol: &str) -> Result<tungstenite::WebSocket<TcpStream>, String> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
    let mut request = format!("ws://127.0.0.1:{port}/ws").into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", subprotocol.parse().unwrap());
    let (socket, answer) = tungstenite::client(request, stream).map_err(|why| why.to_string())?;
    assert_eq!(answer.headers()["Sec-WebSocket-Protocol"], subprotocol);
    Ok(socket)
}

#[test]
fn irc_is_spoken_in_text_or_binary_messages_each_a_line() {
    let salon = Salon::start(&["--bots", "none"]);
    let mut bob = Peer::join(salon.port, "Bob");
    for (subprotocol, name, is_text) in [("text.ircv3.net", "Tia", true), ("binary.ircv3.net", "Bix", false)]
    {
        let mut socket = open_as(salon.port, subprotocol).unwrap();
        let send = |socket: &mut tungstenite::WebSocket<TcpStream>, line: &str| {
            let message =
                if is_text { Message::text(line) } else { Message::binary(line.as_bytes().to_vec()) };
            socket.send(message).unwrap();
        };
        let until = |socket: &mut tungstenite::WebSocket<TcpStream>, end: &str| loop {
            let line = match socket.read().unwrap() {
                Message::Text(text) if is_text => text.to_string(),
                Message::Binary(bytes) if !is_text => String::from_utf8(bytes.to_vec()).unwrap(),
                Message::Ping(_) | Message::Pong(_) => continue,
                other => panic!("{other:?}"),
            };
            assert!(!line.contains(['\r', '\n']), "{line:?}");
            if line.ends_with(end) {
                return line;
            }
        };
        send(&mut socket, "CAP REQ :batch echo-message labeled-response");
        // The end of a line may be there, too.
        send(&mut socket, &format!("NICK {name}\r\n"));
        send(&mut socket, "USER u 0 * :U");
        send(&mut socket, "CAP END");
        send(&mut socket, "JOIN #lobby");
        until(&mut socket, " :End of /NAMES list");
        bob.say("hello there");
        until(&mut socket, ":Bob!~u@salon PRIVMSG #lobby :hello there");
        send(&mut socket, "@label=1 PRIVMSG #lobby :hello, Bob");
        until(&mut socket, &format!("@label=1 :{name}!~u@salon PRIVMSG #lobby :hello, Bob"));
        bob.until(&format!("{name}: hello, Bob\n"));
        send(&mut socket, "@label=2 NAMES #lobby");
        until(&mut socket, " BATCH -answer");
        send(&mut socket, "CHATHISTORY LATEST #lobby * 2");
        until(&mut socket, " BATCH -h1");
        // A long line is told in a long frame.
        send(&mut socket, &format!("PRIVMSG #lobby :{}", "x".repeat(400)));
        until(&mut socket, &"x".repeat(400));
        send(&mut socket, "JOIN #lobby\nPRIVMSG #lobby :two lines in one");
        send(&mut socket, &"x".repeat(20_000));
        until(&mut socket, " :Input line was too long");
        socket.send(Message::Ping(b"there?".as_slice().into())).unwrap();
        while !matches!(socket.read().unwrap(), Message::Pong(payload) if payload == b"there?".as_slice()) {}
        send(&mut socket, "QUIT :bye");
        until(&mut socket, "ERROR :Closing link: you have quit");
        assert!(matches!(socket.read(), Ok(Message::Close(_)) | Err(_)));
        bob.until(&format!("User {name} left the chat."));
    }
    let salon = Salon::start(&["--irc", "off"]);
    assert!(open_as(salon.port, "text.ircv3.net").unwrap_err().contains("400"));
}

#[test]
fn a_page_netcat_and_an_old_client_hear_one_another() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let mut old = Peer::join_eom(salon.port, "Old");
    let mut page = Page::join(salon.port, "Eve");
    ann.until("User Eve has joined the chat!\n");
    page.send(&json!({"type": "say", "text": "hello, <b>all</b>"}));
    ann.until("Eve: hello, <b>all</b>\n");
    old.until("Eve: hello, <b>all</b>::EOMsg::");
    assert_eq!(page.until("said")["text"], "hello, <b>all</b>");
    ann.say("hi Eve");
    assert_eq!(page.until("said")["text"], "hi Eve");
    old.send(b"good day::EOMsg::");
    assert_eq!(page.until("said")["who"], "Old");
    // More than fits a short frame, and one that comes in pieces.
    let long = "x".repeat(4_000);
    ann.say(&long);
    assert_eq!(page.until("said")["text"], long);
    page.send(&json!({"type": "say", "text": long}));
    ann.until(&format!("Eve: {long}\n"));
    page.0.send(Message::Ping(b"there?".as_slice().into())).unwrap();
    while !matches!(page.0.read().unwrap(), Message::Pong(payload) if payload == b"there?".as_slice()) {}
    page.0.close(None).unwrap();
    assert_eq!(page.closed(), 1000);
    ann.until("User Eve left the chat.\n");
}

#[test]
fn close_codes_tell_leave_removal_and_shutdown_apart() {
    let mut salon = Salon::start(&[]);
    let mut leaves = Page::join(salon.port, "Lea");
    leaves.send(&json!({"type": "command", "name": "exit"}));
    assert_eq!(leaves.closed(), 1000);
    let mut removed = Page::join(salon.port, "Rem");
    salon.type_line("kick Rem for the noise");
    assert_eq!(removed.until("removed")["type"], "removed");
    assert_eq!(removed.closed(), 1008);
    let mut stays = Page::join(salon.port, "Stan");
    salon.type_line("exit");
    assert_eq!(stays.closed(), 1001);
}

#[test]
fn protocol_errors_close_with_a_code_and_affect_nobody_else() {
    let salon = Salon::start(&["--spam-limit", "off"]);
    let mut ann = Peer::join(salon.port, "Ann");
    let large = [&[0x81, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0][..], &[0; 4], &[b'x'; 4_096]].concat();
    let fragments = [&[0x01, 0x80, 0, 0, 0, 0][..], &[0x00, 0x80, 0, 0, 0, 0].repeat(1_000)].concat();
    for (attack, bytes, code) in [
        ("a frame of a mebibyte", &large[..], 1009),
        ("fragments without end", &fragments, 1009),
        ("no mask", b"\x81\x02{}", 1002),
        ("an unknown frame", b"\x83\x80\0\0\0\0", 1002),
        ("a bit that means nothing", b"\xc1\x80\0\0\0\0", 1002),
        ("no text", b"\x82\x80\0\0\0\0", 1003),
        ("no UTF-8", b"\x81\x81\0\0\0\0\xff", 1007),
        ("lines", b"Eve\nhello\n", 1002),
    ] {
        let nameless = Page::open(salon.port).break_rules(bytes, || {
            ann.say("all is well");
            assert_eq!(ann.until("Ann: all is well\n"), "Ann: all is well\n");
        });
        assert_eq!(nameless, code, "{attack}, without a name");
        let eve = Page::join(salon.port, "Eve");
        let mut heard = ann.until("User Eve has joined the chat!\n");
        let named = eve.break_rules(bytes, || {
            ann.say("all is still well");
            heard = ann.until("Ann: all is still well\n");
        });
        assert_eq!(named, code, "{attack}");
        if !heard.contains("User Eve left the chat.\n") {
            ann.until("User Eve left the chat.\n");
        }
    }
}

/// The two ends of a stream that is only a buffer.
struct Buffer {
    input: Cursor<Vec<u8>>,
    output: Vec<u8>,
}

impl Read for Buffer {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self.input.read(bytes)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            read => Ok(read),
        }
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn client(input: Vec<u8>) -> tungstenite::WebSocket<Buffer> {
    let stream = Buffer { input: Cursor::new(input), output: Vec::new() };
    tungstenite::WebSocket::from_raw_socket(stream, Role::Client, None)
}

/// What our reader makes of bytes that come so.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Frame>, Vec<u8>, bool) {
    let (mut socket, mut frames, mut reply) = (WebSocket::default(), Vec::new(), Vec::new());
    for piece in pieces {
        socket.feed(piece);
        frames.extend(std::iter::from_fn(|| socket.next_frame()));
        reply.extend(socket.take_reply().unwrap_or_default());
        assert!(socket.memory() <= 4 * JSON_FRAME_BYTES, "{} bytes are kept", socket.memory());
    }
    (frames, reply, socket.is_over())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_end_the_same_however_they_are_cut(
        bytes in vec(prop_oneof![3 => any::<u8>(), 1 => Just(0x81), 1 => Just(0x80), 1 => Just(0x01)], 0..400),
        size in 1..40_usize,
    ) {
        let whole = read([&bytes[..]]);
        prop_assert_eq!(&read(bytes.chunks(size)), &whole);
        prop_assert_eq!(&read(bytes.chunks(1)), &whole);
    }

    #[test]
    fn what_another_implementation_sends_is_understood(
        texts in vec("\\PC{0,300}", 0..8),
        size in 1..200_usize,
    ) {
        let mut client = client(Vec::new());
        for text in &texts {
            client.send(Message::text(text)).unwrap();
            client.send(Message::Ping(vec![7; 3].into())).unwrap();
        }
        let (frames, reply, is_over) = read(client.get_ref().output.chunks(size));
        let sanitize = |text: &String| Frame::Text(salon::base::text::sanitize(text.as_bytes()).into_owned());
        prop_assert_eq!(frames, texts.iter().map(sanitize).collect::<Vec<_>>());
        prop_assert_eq!(reply, [0x8a, 3, 7, 7, 7].repeat(texts.len()));
        prop_assert!(!is_over);
    }

    #[test]
    fn what_we_send_another_implementation_understands(texts in vec("\\PC{0,40000}", 1..5)) {
        let mut sent = BytesMut::new();
        for text in &texts {
            Encoding::of_json(true, true).encode(&Event::notice(text.as_str()), &mut sent);
        }
        let mut client = client(sent.to_vec());
        let mut heard = Vec::new();
        loop {
            match client.read() {
                Ok(Message::Text(text)) => heard.push(serde_json::from_str::<Value>(&text).unwrap()),
                Err(Error::Io(why)) if why.kind() == io::ErrorKind::WouldBlock => break,
                other => panic!("{other:?}"),
            }
        }
        prop_assert_eq!(heard.len(), texts.len());
        for (heard, text) in heard.iter().zip(&texts) {
            prop_assert_eq!(heard["text"].as_str().unwrap(), text);
        }
    }
}
