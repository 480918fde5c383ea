//! The port: how newcomers come in, and what they are told when there is no room.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};

use log::{debug, warn};
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};

use crate::base::limits::{ACCEPTS_PER_TURN, LISTEN_BACKLOG};
use crate::hub::{Door, Refused};
use crate::server::connections::drain;

/// The listening socket.
#[derive(Debug)]
pub(super) struct Listener {
    socket: TcpListener,
    /// Somebody may be waiting: remembered until an accept would block.
    pub(super) ready: bool,
    /// Somebody is waiting, and there was no descriptor for them.
    starved: bool,
    /// That was logged, and has not been otherwise since.
    warned: bool,
    /// A descriptor kept for when there are no others: given up for the moment that it takes to refuse somebody.
    spare: Option<File>,
}

/// Who came in a turn, and from where.
pub(super) struct Arrivals {
    pub(super) newcomers: Vec<(TcpStream, SocketAddr)>,
    /// Who was told that there is no room, for want of a descriptor.
    pub(super) refused: Vec<(SocketAddr, io::Error)>,
}

impl Listener {
    /// Listens on an address and its port, announced as `token`. On `::` that is IPv6 alone.
    pub(super) fn bind(address: SocketAddr, token: Token, registry: &Registry) -> io::Result<Listener> {
        Listener::watch(listen(address, false)?, token, registry)
    }

    /// Listens on all addresses, IPv4 and IPv6, or IPv4 alone where there is no IPv6. Whether it is both.
    pub(super) fn bind_all(port: u16, token: Token, registry: &Registry) -> io::Result<(Listener, bool)> {
        let both = listen(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port), true);
        let (socket, is_both) = match both {
            Ok(socket) => (socket, true),
            // A port that is taken is taken in both.
            Err(why) if matches!(why.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) => {
                return Err(why);
            }
            Err(_) => (listen(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port), false)?, false),
        };
        Ok((Listener::watch(socket, token, registry)?, is_both))
    }

    fn watch(socket: Socket, token: Token, registry: &Registry) -> io::Result<Listener> {
        let mut socket = TcpListener::from_std(socket.into());
        registry.register(&mut socket, token, Interest::READABLE)?;
        Ok(Listener { socket, ready: false, starved: false, warned: false, spare: spare() })
    }

    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    /// A descriptor was freed: whoever waits for one may come in.
    pub(super) fn has_room(&mut self) {
        self.ready |= std::mem::take(&mut self.starved);
        if self.spare.is_none() {
            self.spare = spare();
        }
    }

    /// Lets newcomers in, as many as a turn takes.
    pub(super) fn accept(&mut self, door: Door) -> Arrivals {
        let (mut newcomers, mut refused) = (Vec::new(), Vec::new());
        let mut tries = 0;
        while self.ready && tries < ACCEPTS_PER_TURN {
            tries += 1;
            match self.socket.accept() {
                Ok((stream, peer)) => {
                    newcomers.push((stream, canonical(peer)));
                    self.warned = false;
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.ready = false,
                Err(e) if is_out_of_descriptors(&e) => refused.extend(self.refuse_one(door, e)),
                // It was gone before it was let in, or the network failed it alone.
                Err(e) => debug!("a newcomer was not let in: {e}"),
            }
        }
        Arrivals { newcomers, refused }
    }

    /// There is no descriptor for the one who waits: the spare one serves to say so. Returns who that was.
    fn refuse_one(&mut self, door: Door, error: io::Error) -> Option<(SocketAddr, io::Error)> {
        drop(self.spare.take());
        let refused = match self.socket.accept() {
            Ok((stream, peer)) => {
                refuse(stream, &Refused::Full.words(door));
                Some((canonical(peer), error))
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => {
                self.ready = false;
                None
            }
            Err(e) => {
                // Not even that. They wait until a connection is closed.
                if !std::mem::replace(&mut self.warned, true) {
                    warn!("newcomers have to wait: {e}");
                }
                self.ready = false;
                self.starved = true;
                None
            }
        };
        self.spare = spare();
        refused
    }
}

/// An address of IPv4 as such, however the system hands it over.
fn canonical(peer: SocketAddr) -> SocketAddr {
    SocketAddr::new(peer.ip().to_canonical(), peer.port())
}

/// Tells a newcomer why it is not let in, once, and closes the connection. Never waits.
pub(super) fn refuse(mut stream: TcpStream, words: &[u8]) {
    let told = stream.write_all(words).and_then(|()| stream.shutdown(Shutdown::Write));
    if let Err(why) = told {
        debug!("a newcomer was gone before it was refused: {why}");
    }
    drain(&mut stream);
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

fn spare() -> Option<File> {
    File::open("/dev/null").ok()
}

/// Whether that is for want of a descriptor.
pub(super) fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}
