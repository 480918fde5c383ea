//! A listening socket: accepts connections, and refuses them when no descriptor is left.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use log::{debug, warn};
use mio::net::TcpListener;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};

use crate::base::limits::{ACCEPTS_PER_TURN, LISTEN_BACKLOG};
use crate::hub::{ListenerKind, Refused};
use crate::server::descriptors::{AcceptReadiness, is_fd_exhausted};
use crate::server::transport::Transport;

/// The listening socket.
#[derive(Debug)]
pub(super) struct Listener {
    socket: TcpListener,
    /// The clients that it is for.
    pub(super) kind: ListenerKind,
    /// Whether to try to accept, and the reserve descriptor.
    pub(super) readiness: AcceptReadiness,
    /// It was logged that new connections wait until a descriptor is free, and has not been otherwise since.
    warned: bool,
}

/// The connections of one turn.
pub(super) struct Arrivals {
    pub(super) newcomers: Vec<(Transport, SocketAddr)>,
    /// Peers that were told that the server is full, as no descriptor was left.
    pub(super) refused: Vec<(SocketAddr, io::Error)>,
}

impl Listener {
    /// Listens on an address and its port; on `::` for IPv6 only.
    pub(super) fn bind(address: SocketAddr, kind: ListenerKind) -> io::Result<Listener> {
        Ok(Listener::of(listen(address, false)?, kind))
    }

    /// Listens on all addresses, IPv4 and IPv6, or on IPv4 only where there is no IPv6. Returns whether it is both.
    pub(super) fn bind_all(port: u16, kind: ListenerKind) -> io::Result<(Listener, bool)> {
        let both = listen(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port), true);
        let (socket, is_both) = match both {
            Ok(socket) => (socket, true),
            // IPv4 alone would fail, too.
            Err(why) if matches!(why.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) => {
                return Err(why);
            }
            Err(_) => (listen(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port), false)?, false),
        };
        Ok((Listener::of(socket, kind), is_both))
    }

    fn of(socket: Socket, kind: ListenerKind) -> Listener {
        let socket = TcpListener::from_std(socket.into());
        Listener { socket, kind, readiness: AcceptReadiness::new(), warned: false }
    }

    /// Registers with the poll.
    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.socket, token, Interest::READABLE)
    }

    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    /// Accepts at most `ACCEPTS_PER_TURN` connections.
    pub(super) fn accept(&mut self) -> Arrivals {
        let (mut newcomers, mut refused) = (Vec::new(), Vec::new());
        let mut tries = 0;
        while self.readiness.is_ready() && tries < ACCEPTS_PER_TURN {
            tries += 1;
            match self.socket.accept() {
                Ok((stream, peer)) => {
                    newcomers.push((Transport::Plain(stream), canonical(peer)));
                    self.warned = false;
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.readiness.on_empty(),
                Err(e) if is_fd_exhausted(&e) => refused.extend(self.refuse_one(e)),
                // This one connection failed before it was accepted.
                Err(e) => debug!("a connection was not accepted: {e}"),
            }
        }
        Arrivals { newcomers, refused }
    }

    /// No descriptor is left: accepts one connection with the reserve, tells it that the server is full, and returns its peer.
    fn refuse_one(&mut self, error: io::Error) -> Option<(SocketAddr, io::Error)> {
        self.readiness.release_reserve_fd();
        let refused = match self.socket.accept() {
            Ok((stream, peer)) => {
                refuse(Transport::Plain(stream), &Refused::Full.words(self.kind));
                Some((canonical(peer), error))
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => {
                self.readiness.on_empty();
                None
            }
            Err(e) => {
                // Not even the reserve helped: they wait until a connection is closed.
                if !std::mem::replace(&mut self.warned, true) {
                    warn!("new connections wait until a descriptor is free: {e}");
                }
                self.readiness.on_fd_exhausted();
                None
            }
        };
        self.readiness.refill_reserve_fd();
        refused
    }
}

/// `::ffff:192.0.2.1` as `192.0.2.1`.
fn canonical(peer: SocketAddr) -> SocketAddr {
    SocketAddr::new(peer.ip().to_canonical(), peer.port())
}

/// Writes why a connection is refused, and closes it. Never waits.
pub(super) fn refuse(transport: Transport, words: &[u8]) {
    if let Err(why) = transport.refuse(words) {
        debug!("a connection broke before it was refused: {why}");
    }
}

fn listen(address: SocketAddr, both: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(!both)?;
    }
    socket.bind(&address.into())?;
    socket.listen(LISTEN_BACKLOG)?;
    Ok(socket)
}
