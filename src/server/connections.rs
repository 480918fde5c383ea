//! The sockets of all sessions. The hub decides what is read and written.

use std::io::{self, IoSlice};
use std::net::SocketAddr;

use log::debug;
use mio::{Registry, Token};

use crate::hub::{AckState, ListenerKind, PeerReadState, SessionId, Sink, Source};
use crate::server::read_scheduler::Class;
use crate::server::tcp_info::TcpInfo;
use crate::server::transport::Transport;
use crate::web::{self, Sniffed, UNCERTAIN_BYTES};

#[derive(Debug)]
struct Connection {
    transport: Transport,
    source: Source,
    /// The class in whose queue it waits to be read; `None` if it is in none.
    queued_in: Option<Class>,
    /// The last bytes that were read completed no message.
    sends_fragments: bool,
    /// Its first bytes, while they may be HTTP.
    first: Option<FirstBytes>,
}

/// The first bytes of a connection that may speak HTTP.
#[derive(Debug, Default)]
pub(super) struct FirstBytes {
    bytes: [u8; UNCERTAIN_BYTES],
    length: u8,
}

impl FirstBytes {
    /// Detects the protocol by the bytes so far and `more`. Holds `more` back while that is uncertain.
    fn sniff(&mut self, more: &[u8]) -> Sniffed {
        let held = usize::from(self.length);
        let mut all = [0; UNCERTAIN_BYTES + 1];
        all[..held].copy_from_slice(self.held());
        let taken = more.len().min(all.len() - held);
        all[held..held + taken].copy_from_slice(&more[..taken]);
        let length = held + taken;
        let sniffed = web::sniff(&all[..length]);
        if sniffed == Sniffed::Uncertain && length <= UNCERTAIN_BYTES {
            self.bytes.copy_from_slice(&all[..UNCERTAIN_BYTES]);
            self.length = u8::try_from(length).unwrap_or_default();
        }
        sniffed
    }

    pub(super) fn held(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

/// Connections by the id of their session.
#[derive(Debug)]
pub(super) struct Connections {
    registry: Registry,
    open: Vec<Option<Connection>>,
    /// Whether to detect HTTP.
    may_be_http: bool,
    /// Tells what peers have read.
    tcp_info: TcpInfo,
}

impl Connections {
    /// No connections yet. `may_be_http`: whether to detect HTTP.
    pub(super) fn new(registry: Registry, may_be_http: bool) -> Connections {
        Connections { registry, open: Vec::new(), may_be_http, tcp_info: TcpInfo::open() }
    }

    /// Registers a new connection with the poll.
    pub(super) fn add(
        &mut self,
        id: SessionId,
        kind: ListenerKind,
        mut transport: Transport,
        source: Source,
    ) -> io::Result<()> {
        transport.register(kind, &self.registry, Token(id.0))?;
        let may_be_http = self.may_be_http && kind == ListenerKind::Any;
        self.insert(id, transport, source, may_be_http);
        Ok(())
    }

    /// Takes over a connection that was an HTTP connection.
    pub(super) fn move_in(
        &mut self,
        id: SessionId,
        mut transport: Transport,
        source: Source,
    ) -> io::Result<()> {
        transport.reregister(&self.registry, Token(id.0))?;
        self.insert(id, transport, source, false);
        Ok(())
    }

    /// Hands over a connection that becomes an HTTP connection.
    pub(super) fn move_out(&mut self, id: SessionId) -> Option<(Transport, Source)> {
        let Connection { transport, source, .. } = self.open.get_mut(id.0).and_then(Option::take)?;
        Some((transport, source))
    }

    fn insert(&mut self, id: SessionId, transport: Transport, source: Source, may_be_http: bool) {
        if self.open.len() <= id.0 {
            self.open.resize_with(id.0 + 1, || None);
        }
        let first = may_be_http.then(FirstBytes::default);
        self.open[id.0] =
            Some(Connection { transport, source, queued_in: None, sends_fragments: false, first });
    }

    /// Detects HTTP by the bytes that were just read and those held back before.
    pub(super) fn sniff(&mut self, id: SessionId, bytes: &[u8]) -> Sniffed {
        let Some(Connection { first: Some(first), .. }) = self.get(id) else { return Sniffed::Other };
        first.sniff(bytes)
    }

    /// Takes the bytes that were held back. Nothing is held back from now on.
    pub(super) fn take_first(&mut self, id: SessionId) -> Option<FirstBytes> {
        self.get(id)?.first.take()
    }

    /// Marks a connection as waiting to be read. Returns its class and source, or `None` if it waits already. `usual` is its
    /// class unless it sends fragments.
    pub(super) fn wait(&mut self, id: SessionId, usual: Class) -> Option<(Class, Source)> {
        let connection = self.get(id).filter(|connection| connection.queued_in.is_none())?;
        let class = if connection.sends_fragments { Class::Fragments } else { usual };
        connection.queued_in = Some(class);
        Some((class, connection.source))
    }

    /// Clears the mark of [`wait`](Connections::wait): it is being read now.
    pub(super) fn stop_waiting(&mut self, id: SessionId) {
        if let Some(connection) = self.get(id) {
            connection.queued_in = None;
        }
    }

    /// Records whether the bytes that were read completed `something`.
    pub(super) fn note_read(&mut self, id: SessionId, something: bool) {
        if let Some(connection) = self.get(id) {
            connection.sends_fragments = !something;
        }
    }

    pub(super) fn read(&mut self, id: SessionId, buffer: &mut [u8]) -> io::Result<usize> {
        self.get(id).map_or(Ok(0), |connection| connection.transport.read(buffer))
    }

    /// The error of a broken connection, or `None`. For a connection that is not read, where no read would report it.
    pub(super) fn broken(&mut self, id: SessionId) -> Option<io::Error> {
        self.get(id)?.transport.take_error()
    }

    /// Closes the sending side.
    pub(super) fn half_close(&mut self, id: SessionId) {
        if let Some(connection) = self.get(id)
            && let Err(why) = connection.transport.half_close()
        {
            // The next read reports it, too.
            debug!("a connection broke before it was closed: {why}");
        }
    }

    /// Closes a connection. Returns its class and source if it still waited to be read.
    pub(super) fn close(&mut self, id: SessionId) -> Option<(Class, Source)> {
        let Connection { transport, queued_in, source, .. } =
            self.open.get_mut(id.0).and_then(Option::take)?;
        transport.close();
        Some((queued_in?, source))
    }

    fn addresses(&self, id: SessionId) -> Option<(SocketAddr, SocketAddr)> {
        self.open.get(id.0)?.as_ref()?.transport.addresses()
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
        connection.transport.write(slices)
    }

    fn reading(&mut self, peer: SessionId, written: u64) -> PeerReadState {
        let addresses = self.addresses(peer);
        addresses
            .map_or(PeerReadState::Unknown, |(local, peer)| self.tcp_info.read_state(local, peer, written))
    }

    fn acknowledged(&mut self, peer: SessionId) -> Option<AckState> {
        let (local, peer) = self.addresses(peer)?;
        self.tcp_info.acknowledged(local, peer)
    }
}
