//! The port: how newcomers come in, and what they are told when there is no room.

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
    /// Which newcomers it is for.
    pub(super) kind: ListenerKind,
    /// Whether somebody waits to be accepted.
    pub(super) readiness: AcceptReadiness,
    /// It was logged that newcomers have to wait, and has not been otherwise since.
    warned: bool,
}

/// Who came in a turn, and from where.
pub(super) struct Arrivals {
    pub(super) newcomers: Vec<(Transport, SocketAddr)>,
    /// Who was told that there is no room, for want of a descriptor.
    pub(super) refused: Vec<(SocketAddr, io::Error)>,
}

impl Listener {
    /// Listens on an address and its port. On `::` that is IPv6 alone.
    pub(super) fn bind(address: SocketAddr, kind: ListenerKind) -> io::Result<Listener> {
        Ok(Listener::of(listen(address, false)?, kind))
    }

    /// Listens on all addresses, IPv4 and IPv6, or IPv4 alone where there is no IPv6. Whether it is both.
    pub(super) fn bind_all(port: u16, kind: ListenerKind) -> io::Result<(Listener, bool)> {
        let both = listen(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port), true);
        let (socket, is_both) = match both {
            Ok(socket) => (socket, true),
            // A port that is taken is taken in both.
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

    /// Has the poll announce newcomers as `token`.
    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.socket, token, Interest::READABLE)
    }

    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    /// Lets newcomers in, as many as a turn takes.
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
                // It was gone before it was let in, or the network failed it alone.
                Err(e) => debug!("a newcomer was not let in: {e}"),
            }
        }
        Arrivals { newcomers, refused }
    }

    /// There is no descriptor for the one who waits: the reserve serves to say so. Returns who that was.
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
                // Not even that. They wait until a connection is closed.
                if !std::mem::replace(&mut self.warned, true) {
                    warn!("newcomers have to wait: {e}");
                }
                self.readiness.on_fd_exhausted();
                None
            }
        };
        self.readiness.refill_reserve_fd();
        refused
    }
}

/// An address of IPv4 as such, however the system hands it over.
fn canonical(peer: SocketAddr) -> SocketAddr {
    SocketAddr::new(peer.ip().to_canonical(), peer.port())
}

/// Tells a newcomer why it is not let in, once, and closes the connection. Never waits.
pub(super) fn refuse(transport: Transport, words: &[u8]) {
    if let Err(why) = transport.refuse(words) {
        debug!("a newcomer was gone before it was refused: {why}");
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
