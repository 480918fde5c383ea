//! The sockets of all sessions. What is read from them and written to them is the hub's affair.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};

use log::debug;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{SockRef, TcpKeepalive};

use crate::base::limits::{
    CHATY_KEEPALIVE_AFTER, CHATY_KEEPALIVE_EVERY, CHATY_KEEPALIVE_MISSES, KEEPALIVE_AFTER, KEEPALIVE_EVERY,
    KEEPALIVE_MISSES,
};
use crate::hub::{Acknowledged, Door, Reading, SessionId, Sink, Source};
use crate::server::read_share::Class;
use crate::server::unread::Diagnosis;

/// How often what a peer still sent is read, and dropped, as its connection is closed.
const READS_BEFORE_CLOSE: usize = 4;

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    source: Source,
    /// As what it waits to be read, if it may have sent something.
    waits: Option<Class>,
    /// Nothing came of what was read from it last.
    sends_crumbs: bool,
}

/// Connections by the id of their session.
#[derive(Debug)]
pub(super) struct Connections {
    registry: Registry,
    open: Vec<Option<Connection>>,
    /// Who knows what peers have read.
    diagnosis: Diagnosis,
}

impl Connections {
    pub(super) fn new(registry: Registry) -> Connections {
        Connections { registry, open: Vec::new(), diagnosis: Diagnosis::open() }
    }

    /// Watches a new connection.
    pub(super) fn add(
        &mut self,
        id: SessionId,
        door: Door,
        mut stream: TcpStream,
        source: Source,
    ) -> io::Result<()> {
        configure(&stream, door)?;
        self.registry.register(&mut stream, Token(id.0), Interest::READABLE | Interest::WRITABLE)?;
        if self.open.len() <= id.0 {
            self.open.resize_with(id.0 + 1, || None);
        }
        self.open[id.0] = Some(Connection { stream, source, waits: None, sends_crumbs: false });
        Ok(())
    }

    /// The peer may have sent something. Returns as what it is to be read, and where it comes from, unless it waits already.
    /// `usual` is what it is otherwise.
    pub(super) fn wait(&mut self, id: SessionId, usual: Class) -> Option<(Class, Source)> {
        let connection = self.get(id).filter(|connection| connection.waits.is_none())?;
        let class = if connection.sends_crumbs { Class::Crumbs } else { usual };
        connection.waits = Some(class);
        Some((class, connection.source))
    }

    /// It is being read, and waits no longer.
    pub(super) fn stop_waiting(&mut self, id: SessionId) {
        if let Some(connection) = self.get(id) {
            connection.waits = None;
        }
    }

    /// Whether something came of what was read from it.
    pub(super) fn note_read(&mut self, id: SessionId, something: bool) {
        if let Some(connection) = self.get(id) {
            connection.sends_crumbs = !something;
        }
    }

    pub(super) fn read(&mut self, id: SessionId, buffer: &mut [u8]) -> io::Result<usize> {
        self.get(id).map_or(Ok(0), |connection| connection.stream.read(buffer))
    }

    /// Why a connection is no more, if it is not: for one that is not read from.
    pub(super) fn broken(&mut self, id: SessionId) -> Option<io::Error> {
        self.get(id)?.stream.take_error().ok().flatten()
    }

    /// Tells the peer that nothing more comes.
    pub(super) fn half_close(&mut self, id: SessionId) {
        if let Some(connection) = self.get(id)
            && let Err(why) = connection.stream.shutdown(Shutdown::Write)
        {
            // The peer was faster; the read that follows says so too.
            debug!("a connection was gone before it was closed: {why}");
        }
    }

    /// Closes a connection. Returns as what it still waited to be read, and where it came from.
    pub(super) fn close(&mut self, id: SessionId) -> Option<(Class, Source)> {
        let mut connection = self.open.get_mut(id.0).and_then(Option::take)?;
        drain(&mut connection.stream);
        Some((connection.waits?, connection.source))
    }

    /// Ours, and the peer's.
    fn addresses(&self, id: SessionId) -> Option<(SocketAddr, SocketAddr)> {
        let stream = &self.open.get(id.0)?.as_ref()?.stream;
        Some((stream.local_addr().ok()?, stream.peer_addr().ok()?))
    }

    fn get(&mut self, id: SessionId) -> Option<&mut Connection> {
        self.open.get_mut(id.0)?.as_mut()
    }
}

impl Sink for Connections {
    fn write(&mut self, to: SessionId, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let Some(connection) = self.get(to) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        match slices {
            [one] => connection.stream.write(one),
            many => connection.stream.write_vectored(many),
        }
    }

    fn reading(&mut self, peer: SessionId, written: u64) -> Reading {
        let addresses = self.addresses(peer);
        addresses.map_or(Reading::Unknown, |(local, peer)| self.diagnosis.ask(local, peer, written))
    }

    fn acknowledged(&mut self, peer: SessionId) -> Option<Acknowledged> {
        let (local, peer) = self.addresses(peer)?;
        self.diagnosis.acknowledged(local, peer)
    }
}

/// Reads what a peer still sent: a socket that is closed with something unread resets its connection, and the peer may
/// lose the last lines that it was sent.
pub(super) fn drain(stream: &mut TcpStream) {
    let mut dropped = [0; 4096];
    for _ in 0..READS_BEFORE_CLOSE {
        if !matches!(stream.read(&mut dropped), Ok(1..)) {
            return;
        }
    }
}

/// A message goes out as soon as it is written, and a peer that vanished is found.
fn configure(stream: &TcpStream, door: Door) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (after, every, misses) = match door {
        Door::Any => (KEEPALIVE_AFTER, KEEPALIVE_EVERY, KEEPALIVE_MISSES),
        Door::Chaty => (CHATY_KEEPALIVE_AFTER, CHATY_KEEPALIVE_EVERY, CHATY_KEEPALIVE_MISSES),
    };
    let keepalive = TcpKeepalive::new().with_time(after).with_interval(every).with_retries(misses);
    let socket = SockRef::from(stream);
    // Keep-alive asks nothing while something is under way, so that has as long. Where this is set, Linux gives up after
    // this time and not after so many misses: both must be the same.
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(after + every * misses))?;
    socket.set_tcp_keepalive(&keepalive)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_peer_that_vanished_is_found_in_the_time_of_its_door() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        for (door, after, every, misses, in_all) in [(Door::Any, 120, 20, 4, 200), (Door::Chaty, 1, 3, 5, 16)]
        {
            let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            configure(&stream, door).unwrap();
            let socket = SockRef::from(&stream);
            assert!(socket.keepalive().unwrap());
            assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(after));
            assert_eq!(socket.tcp_keepalive_interval().unwrap(), Duration::from_secs(every));
            assert_eq!(socket.tcp_keepalive_retries().unwrap(), misses);
            assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_secs(in_all)), "{door:?}");
        }
    }
}
