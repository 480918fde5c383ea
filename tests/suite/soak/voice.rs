//! A client connection in any dialect.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use socket2::{Domain, SockRef, Socket, Type};

use crate::support::process::TEST_TIMEOUT;

/// The dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    Line,
    Eom,
    Json,
    Chaty,
}

/// The identity of a message: its author, and its number among the author's messages.
pub type Token = (String, u64);

/// The next message.
#[derive(Debug)]
pub enum Heard {
    Message(String),
    /// Timeout.
    Nothing,
    Closed,
}

pub struct Voice {
    stream: TcpStream,
    tongue: Tongue,
    unread: Vec<u8>,
}

impl Tongue {
    fn end(self) -> &'static str {
        match self {
            Tongue::Line | Tongue::Json => "\n",
            Tongue::Eom => "::EOMsg::",
            Tongue::Chaty => "",
        }
    }

    /// Whether the server echoes messages in this dialect.
    pub fn echoes(self) -> bool {
        matches!(self, Tongue::Line | Tongue::Json)
    }
}

impl Voice {
    pub fn connect(port: u16, tongue: Tongue) -> Voice {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Voice::over(stream, tongue)
    }

    /// A connection with small socket buffers.
    pub fn connect_narrow(port: u16, tongue: Tongue) -> Voice {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4 * 1024).unwrap();
        socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()).unwrap();
        Voice::over(socket.into(), tongue)
    }

    fn over(stream: TcpStream, tongue: Tongue) -> Voice {
        stream.set_write_timeout(Some(TEST_TIMEOUT)).unwrap();
        Voice { stream, tongue, unread: Vec::new() }
    }

    /// Sends the name; in JSON also joins a room.
    pub fn introduce(&mut self, name: &str) {
        match self.tongue {
            Tongue::Json => {
                let hello = json!({ "type": "hello", "version": 1, "name": name });
                self.send(format!("{hello}\n{{\"type\":\"join\"}}\n").as_bytes());
            }
            Tongue::Chaty => {
                self.await_word("NICK");
                self.send(name.as_bytes());
                self.await_word("NICK_OK");
            }
            Tongue::Line | Tongue::Eom => self.send(format!("{name}{}", self.tongue.end()).as_bytes()),
        }
    }

    /// Reads until this message.
    fn await_word(&mut self, wanted: &str) {
        let end = Instant::now() + TEST_TIMEOUT;
        loop {
            match self.next(end.saturating_duration_since(Instant::now())) {
                Heard::Message(word) if word == wanted => return,
                Heard::Message(_) => {}
                other => panic!("no {wanted}, but {other:?}"),
            }
        }
    }

    /// Sends a message. Returns whether that worked.
    pub fn say(&mut self, name: &str, text: &str) -> bool {
        let message = match self.tongue {
            Tongue::Json => format!("{}\n", json!({ "type": "say", "text": text })),
            Tongue::Line => format!("{text}\n"),
            Tongue::Eom | Tongue::Chaty => format!("{name}: {text}{}", self.tongue.end()),
        };
        self.stream.write_all(message.as_bytes()).is_ok()
    }

    pub fn send(&mut self, bytes: &[u8]) {
        // Fails if it was removed, which is noticed elsewhere.
        let _ = self.stream.write_all(bytes);
    }

    /// The next message, or a timeout.
    pub fn next(&mut self, within: Duration) -> Heard {
        let until = Instant::now() + within;
        let mut buffer = [0; 16 * 1024];
        loop {
            if let Some(message) = self.take() {
                return Heard::Message(message);
            }
            let left = until.saturating_duration_since(Instant::now());
            self.stream.set_read_timeout(Some(left.max(Duration::from_millis(1)))).unwrap();
            let limit = if self.tongue == Tongue::Chaty { 1_024 } else { buffer.len() };
            match self.stream.read(&mut buffer[..limit]) {
                Ok(0) => return Heard::Closed,
                Ok(count) => self.unread.extend_from_slice(&buffer[..count]),
                Err(why) if why.kind() == ErrorKind::WouldBlock => return Heard::Nothing,
                Err(_) => return Heard::Closed,
            }
        }
    }

    fn take(&mut self) -> Option<String> {
        let end = self.tongue.end().as_bytes();
        let at = match end {
            [] if self.unread.is_empty() => return None,
            [] => self.unread.len(),
            end => self.unread.windows(end.len()).position(|window| window == end)?,
        };
        let message: Vec<u8> = self.unread.drain(..at + end.len()).collect();
        Some(String::from_utf8(message[..at].to_vec()).unwrap())
    }

    /// All messages until the connection is closed; `None`: timeout.
    pub fn until_closed(&mut self) -> Option<Vec<String>> {
        let (mut messages, end) = (Vec::new(), Instant::now() + TEST_TIMEOUT);
        loop {
            match self.next(end.saturating_duration_since(Instant::now())) {
                Heard::Message(message) => messages.push(message),
                Heard::Nothing => return None,
                Heard::Closed => return Some(messages),
            }
        }
    }

    /// Closes the sending side, and goes on reading.
    pub fn shut_down(&self) {
        // The connection may be closed already.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Resets the connection.
    pub fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
}

/// The text of a numbered message, with this many words behind the number.
pub fn words(name: &str, number: u64, count: u64) -> String {
    let filling: Vec<String> = (0..count).map(|n| format!("w{}", (number * 31 + n * 7) % 997)).collect();
    format!("#{name} {number}# {}", filling.join(" "))
}

/// The identity of a received message, in any dialect, if it is a numbered one.
pub fn token(message: &str) -> Option<Token> {
    let said = |who: &str, text: &str| {
        let (name, rest) = text.strip_prefix('#')?.split_once(' ')?;
        let number = rest.split_once('#')?.0.parse().ok()?;
        (name == who).then(|| (who.to_owned(), number))
    };
    if message.starts_with('{') {
        let object: Value = serde_json::from_str(message).unwrap();
        return said(object["who"].as_str()?, object["text"].as_str()?);
    }
    let (who, text) = message.split_once(": ")?;
    said(who, text)
}
