//! A connection of a member: as little as ten thousand of them need.
//!
//! What is read goes through one buffer for all; a connection keeps only the beginning of a message whose end has not come.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    is_connected: bool,
    /// What is to be sent.
    pub(super) unsent: Vec<u8>,
    /// What was read of a message whose end has not come.
    rest: Vec<u8>,
}

/// What a read brought.
#[derive(Debug)]
pub(super) enum ReadOutcome {
    /// So many bytes of the buffer are to be looked at; there may be more to read.
    More(usize),
    /// The same, and there is no more for now.
    Last(usize),
    /// Nothing, for now.
    Nothing,
    /// The server closed the connection.
    End,
}

impl Connection {
    /// Begins to connect to this address, announced as `token`.
    pub(super) fn open(address: SocketAddr, registry: &Registry, token: Token) -> io::Result<Connection> {
        let mut stream = TcpStream::connect(address)?;
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Connection { stream, is_connected: false, unsent: Vec::new(), rest: Vec::new() })
    }

    /// Whether it is made. It is looked at again whenever the poll announces something.
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

    /// Sends what is to be sent, as much as is taken. What goes wrong is told by the next read, behind the server's last words.
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

    /// Reads into `buffer`, behind what was kept.
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

    /// How many bytes are kept.
    pub(super) fn buffered(&self) -> usize {
        self.rest.len()
    }

    /// Keeps what was read of a message whose end has not come.
    pub(super) fn buffer_rest(&mut self, rest: &[u8]) {
        self.rest.clear();
        self.rest.extend_from_slice(rest);
    }
}
