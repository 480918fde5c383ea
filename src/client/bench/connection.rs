//! The connection of one member, small enough for ten thousand of them: reads go through one shared buffer, and a connection
//! keeps only an incomplete message.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    is_connected: bool,
    /// Bytes to send.
    pub(super) unsent: Vec<u8>,
    /// An incomplete message.
    rest: Vec<u8>,
}

/// The result of a read.
#[derive(Debug)]
pub(super) enum ReadOutcome {
    /// The buffer has this many bytes, and there may be more to read.
    More(usize),
    /// The buffer has this many bytes, and there is nothing more to read for now.
    Last(usize),
    /// Nothing to read for now.
    Nothing,
    /// The server closed the connection.
    End,
}

impl Connection {
    /// Starts to connect. The poll reports it as `token`.
    pub(super) fn open(address: SocketAddr, registry: &Registry, token: Token) -> io::Result<Connection> {
        let mut stream = TcpStream::connect(address)?;
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Connection { stream, is_connected: false, unsent: Vec::new(), rest: Vec::new() })
    }

    /// Whether it is established. Check again after each event of the poll.
    pub(super) fn is_connected(&mut self) -> io::Result<bool> {
        if self.is_connected {
            return Ok(true);
        }
        if let Some(why) = self.stream.take_error()? {
            return Err(why);
        }
        match self.stream.peer_addr() {
            Ok(_) => {
                self.stream.set_nodelay(true)?;
                self.is_connected = true;
            }
            Err(why) if why.kind() == ErrorKind::NotConnected => {}
            Err(why) => return Err(why),
        }
        Ok(self.is_connected)
    }

    /// Sends as much as the socket takes. On an error drops the rest: the next read reports it, after the server's last words.
    pub(super) fn send(&mut self) {
        let mut sent = 0;
        while sent < self.unsent.len() {
            match self.stream.write(&self.unsent[sent..]) {
                Ok(taken) if taken > 0 => sent += taken,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Ok(_) | Err(_) => sent = self.unsent.len(),
            }
        }
        self.unsent.drain(..sent);
    }

    /// Puts the incomplete message into `buffer`, and reads behind it.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        let kept = self.rest.len();
        buffer[..kept].copy_from_slice(&self.rest);
        let room = buffer.len() - kept;
        match self.stream.read(&mut buffer[kept..]) {
            Ok(0) => Ok(ReadOutcome::End),
            Ok(read) if read < room => Ok(ReadOutcome::Last(kept + read)),
            Ok(read) => Ok(ReadOutcome::More(kept + read)),
            Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(ReadOutcome::Nothing),
            Err(e) if e.kind() == ErrorKind::Interrupted => Ok(ReadOutcome::More(kept)),
            Err(e) => Err(e),
        }
    }

    /// The length of the incomplete message, in bytes.
    pub(super) fn buffered(&self) -> usize {
        self.rest.len()
    }

    /// Keeps an incomplete message.
    pub(super) fn buffer_rest(&mut self, rest: &[u8]) {
        self.rest.clear();
        self.rest.extend_from_slice(rest);
    }
}
