//! A client's socket: tries one address after the other, and never blocks. The link parses the bytes.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use crate::base::limits::READ_BYTES_PER_TURN;
use crate::client::link::{Link, Output};

/// The connection of a link, and the addresses to connect to.
#[derive(Debug)]
pub struct Socket {
    registry: Registry,
    token: Token,
    addresses: Vec<SocketAddr>,
    /// Addresses that are not tried yet in this attempt.
    untried: VecDeque<SocketAddr>,
    stream: Option<TcpStream>,
    is_connected: bool,
    /// There may be input: set until a read would block.
    readable: bool,
    /// The error of the last failed address.
    connect_error: Option<io::Error>,
}

impl Socket {
    /// A socket for a link. It registers with the poll as `token`, and connects to the first of `addresses` that accepts.
    pub fn new(registry: Registry, token: Token, addresses: Vec<SocketAddr>) -> Socket {
        Socket {
            registry,
            token,
            addresses,
            untried: VecDeque::new(),
            stream: None,
            is_connected: false,
            readable: false,
            connect_error: None,
        }
    }

    /// The error of the last failed attempt.
    pub fn connect_error(&self) -> Option<&io::Error> {
        self.connect_error.as_ref()
    }

    /// Connects or closes as the link asks. Ignores other outputs.
    pub fn handle(&mut self, output: &Output, link: &mut Link, now: std::time::Instant) {
        match output {
            Output::Connect => {
                self.untried = self.addresses.iter().copied().collect();
                self.try_next(link, now);
            }
            Output::Close => self.hang_up(link),
            Output::NameRefused(_)
            | Output::Received(_)
            | Output::LocalEcho(_)
            | Output::Reconnecting(_)
            | Output::Ended(_) => {}
        }
    }

    /// The poll reported an event.
    pub fn ready(&mut self, link: &mut Link, now: std::time::Instant) {
        self.readable = true;
        if self.is_connected {
            return;
        }
        let Some(stream) = &self.stream else { return };
        match (stream.take_error(), stream.peer_addr()) {
            (Ok(None), Ok(_)) => {
                self.is_connected = true;
                // Only a hint: without it, messages are sent a moment later.
                let _ = stream.set_nodelay(true);
                link.connected(now);
            }
            (Ok(None), Err(why)) if why.kind() == ErrorKind::NotConnected => {}
            (Ok(Some(why)) | Err(why), _) | (_, Err(why)) => {
                self.connect_error = Some(why);
                self.try_next(link, now);
            }
        }
    }

    /// Whether there may be more to read without waiting.
    pub fn is_busy(&self) -> bool {
        self.is_connected && self.readable
    }

    /// Reads once, at most `READ_BYTES_PER_TURN`.
    pub fn read(&mut self, link: &mut Link, now: std::time::Instant) {
        let Some(stream) = self.stream.as_mut().filter(|_| self.is_connected && self.readable) else {
            return;
        };
        let mut bytes = [0; READ_BYTES_PER_TURN];
        match stream.read(&mut bytes) {
            Ok(0) => self.lose(link, now),
            Ok(read) => link.received(&bytes[..read], now),
            Err(e) if e.kind() == ErrorKind::WouldBlock => self.readable = false,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => self.lose(link, now),
        }
    }

    /// Sends the link's unsent bytes, as many as the socket takes.
    pub fn write(&mut self, link: &mut Link, now: std::time::Instant) {
        if !self.is_connected || link.unsent().is_empty() {
            return;
        }
        if let Err(e) = self.send(link)
            && !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
            && !self.readable
        {
            // If there may be input, read the server's last messages first: the read reports the end.
            self.lose(link, now);
        }
    }

    fn send(&mut self, link: &mut Link) -> io::Result<()> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        while !link.unsent().is_empty() {
            let sent = stream.write(link.unsent())?;
            link.sent(sent);
        }
        Ok(())
    }

    fn try_next(&mut self, link: &mut Link, now: std::time::Instant) {
        self.drop_stream();
        while let Some(address) = self.untried.pop_front() {
            let interest = Interest::READABLE | Interest::WRITABLE;
            let begun = TcpStream::connect(address).and_then(|mut stream| {
                self.registry.register(&mut stream, self.token, interest)?;
                Ok(stream)
            });
            match begun {
                Ok(stream) => {
                    self.stream = Some(stream);
                    return;
                }
                Err(why) => self.connect_error = Some(why),
            }
        }
        link.lost(now);
    }

    fn lose(&mut self, link: &mut Link, now: std::time::Instant) {
        self.drop_stream();
        link.lost(now);
    }

    fn hang_up(&mut self, link: &mut Link) {
        if self.is_connected {
            // One attempt to send the rest.
            let _ = self.send(link);
        }
        self.drop_stream();
    }

    fn drop_stream(&mut self) {
        (self.is_connected, self.readable) = (false, false);
        if let Some(stream) = self.stream.take() {
            // An error means that the connection is gone already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
