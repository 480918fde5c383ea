//! The transport of one connection: plain TCP today, and the place for TLS.
//!
//! Callers see plaintext. The contract, for each case that is to come:
//!
//! - [`write`](Transport::write): `Ok(n)` means that `n` bytes of plaintext are accepted; do not write them again. An
//!   encrypting case keeps what its socket did not take of a sealed record, and sends that first. `WouldBlock` means that
//!   nothing is accepted; the poll reports when to try again.
//! - [`read`](Transport::read): `Ok(0)` is the end of the peer's input. Read until it would block: readiness is edge-triggered.
//! - [`half_close`](Transport::half_close) takes effect after everything that was accepted.
//!
//! It is an enum, not a trait object: a branch that always goes the same way costs the fan-out nothing.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{SockRef, TcpKeepalive};

use crate::base::limits::{
    CHATY_KEEPALIVE_IDLE, CHATY_KEEPALIVE_INTERVAL, CHATY_KEEPALIVE_PROBES, KEEPALIVE_IDLE,
    KEEPALIVE_INTERVAL, KEEPALIVE_PROBES,
};
use crate::hub::ListenerKind;

/// How often a closing connection's last input is read and dropped.
const READS_BEFORE_CLOSE: usize = 4;

/// One connection's bytes, in both directions.
#[derive(Debug)]
pub(super) enum Transport {
    /// Unencrypted TCP.
    Plain(TcpStream),
}

impl Transport {
    /// Sets the socket's options, by the kind of its listener, and registers it with the poll.
    pub(super) fn register(
        &mut self,
        kind: ListenerKind,
        registry: &Registry,
        token: Token,
    ) -> io::Result<()> {
        let Transport::Plain(stream) = self;
        configure(stream, kind)?;
        registry.register(stream, token, Interest::READABLE | Interest::WRITABLE)
    }

    /// Has the poll announce it as this token from now on, whatever is ready again.
    pub(super) fn reregister(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let Transport::Plain(stream) = self;
        registry.reregister(stream, token, Interest::READABLE | Interest::WRITABLE)
    }

    /// Reads what is there. Never waits.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Transport::Plain(stream) = self;
        stream.read(buffer)
    }

    /// Writes what the socket takes. Never waits. Returns the number of bytes.
    pub(super) fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let Transport::Plain(stream) = self;
        match slices {
            [one] => stream.write(one),
            many => stream.write_vectored(many),
        }
    }

    /// Closes the sending side.
    pub(super) fn half_close(&mut self) -> io::Result<()> {
        let Transport::Plain(stream) = self;
        stream.shutdown(Shutdown::Write)
    }

    /// The error of a broken connection, or `None`. For a connection that is not read, where no read would report it.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        let Transport::Plain(stream) = self;
        stream.take_error().ok().flatten()
    }

    /// The TCP addresses of both ends: ours, then the peer's.
    pub(super) fn addresses(&self) -> Option<(SocketAddr, SocketAddr)> {
        let Transport::Plain(stream) = self;
        Some((stream.local_addr().ok()?, stream.peer_addr().ok()?))
    }

    /// Writes these last words, if the socket takes them, and closes.
    pub(super) fn refuse(mut self, words: &[u8]) -> io::Result<()> {
        let told = self.write(&[IoSlice::new(words)]).and_then(|_| self.half_close());
        self.close();
        told
    }

    /// Closes the connection. Reads first what the peer still sent: closing a socket with unread input resets the connection,
    /// and the peer may lose the last lines that we sent.
    pub(super) fn close(mut self) {
        let mut dropped = [0; 4096];
        for _ in 0..READS_BEFORE_CLOSE {
            if !matches!(self.read(&mut dropped), Ok(1..)) {
                return;
            }
        }
    }
}

/// Turns off Nagle's algorithm, and turns on keep-alive to find dead peers.
fn configure(stream: &TcpStream, kind: ListenerKind) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (after, every, misses) = match kind {
        ListenerKind::Any => (KEEPALIVE_IDLE, KEEPALIVE_INTERVAL, KEEPALIVE_PROBES),
        ListenerKind::Chaty => (CHATY_KEEPALIVE_IDLE, CHATY_KEEPALIVE_INTERVAL, CHATY_KEEPALIVE_PROBES),
    };
    let keepalive = TcpKeepalive::new().with_time(after).with_interval(every).with_retries(misses);
    let socket = SockRef::from(stream);
    // Keep-alive does not probe while data is unacknowledged; this timeout covers that case. Where it is set, Linux uses it
    // in place of the number of misses, so both must give the same time.
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(after + every * misses))?;
    socket.set_tcp_keepalive(&keepalive)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_peer_that_vanished_is_found_in_the_time_of_its_listener() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let kinds = [(ListenerKind::Any, 120, 20, 4, 200), (ListenerKind::Chaty, 1, 3, 5, 16)];
        for (kind, after, every, misses, in_all) in kinds {
            let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            configure(&stream, kind).unwrap();
            let socket = SockRef::from(&stream);
            assert!(socket.keepalive().unwrap());
            assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(after));
            assert_eq!(socket.tcp_keepalive_interval().unwrap(), Duration::from_secs(every));
            assert_eq!(socket.tcp_keepalive_retries().unwrap(), misses);
            assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_secs(in_all)), "{kind:?}");
        }
    }

    #[test]
    fn what_is_accepted_arrives_in_order_and_the_last_words_are_not_lost() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        let mut transport = Transport::Plain(TcpStream::from_std(stream));
        assert_eq!(transport.read(&mut [0; 8]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let (ours, theirs) = transport.addresses().unwrap();
        assert_eq!((ours, theirs), (peer.peer_addr().unwrap(), peer.local_addr().unwrap()));
        let slices = ["one ", "two "].map(|text| IoSlice::new(text.as_bytes()));
        assert_eq!(transport.write(&slices).unwrap(), 8);
        assert_eq!(transport.write(&[IoSlice::new(b"three ")]).unwrap(), 6);
        // What nobody reads would reset the connection.
        peer.write_all(b"unread").unwrap();
        transport.refuse(b"last").unwrap();
        let mut heard = String::new();
        peer.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, "one two three last");
    }
}
