//! Whether a peer's program has read all bytes that were written to it. ChatyChaty's clients take each read for one message,
//! so a message may be sent only after the one before it was read.
//!
//! A TCP acknowledgement only says that the peer's kernel has the bytes. If the peer runs on this machine, Linux also tells
//! how much its program has read; otherwise the acknowledgement is all that can be known. The caller decides when to ask.

#[cfg(target_os = "linux")]
mod sock_diag;

use std::net::SocketAddr;

use crate::hub::{AckState, PeerReadState};
#[cfg(target_os = "linux")]
use sock_diag::SockDiag;

/// The kernel's interface to TCP state. One serves all connections.
#[derive(Debug)]
pub(super) struct TcpInfo {
    /// `None` if the kernel refuses it.
    #[cfg(target_os = "linux")]
    sockets: Option<SockDiag>,
}

#[cfg(target_os = "linux")]
impl TcpInfo {
    /// Opens the kernel interface. Without it, all answers are [`PeerReadState::Unknown`].
    pub(super) fn open() -> TcpInfo {
        let sockets = SockDiag::open();
        if let Err(why) = &sockets {
            log::debug!("the system does not say what peers have read: {why}");
        }
        TcpInfo { sockets: sockets.ok() }
    }

    /// Whether the peer has read all `written` bytes that we sent since the connection was made, from `local` to `peer`. Takes
    /// some microseconds, and never waits. `Unknown` once both sides have closed.
    pub(super) fn read_state(&mut self, local: SocketAddr, peer: SocketAddr, written: u64) -> PeerReadState {
        let Some(sockets) = &mut self.sockets else { return PeerReadState::Unknown };
        if let Some(read) = sockets.find(peer, local).and_then(|theirs| theirs.read) {
            return PeerReadState::AllRead(read >= written);
        }
        sockets
            .find(local, peer)
            .map_or(PeerReadState::Unknown, |ours| PeerReadState::AllAcknowledged(ours.unacknowledged == 0))
    }

    /// How much the peer's kernel has acknowledged on the connection from `local` to `peer`.
    pub(super) fn acknowledged(&mut self, local: SocketAddr, peer: SocketAddr) -> Option<AckState> {
        self.sockets.as_mut()?.find(local, peer)?.acknowledged
    }
}

#[cfg(not(target_os = "linux"))]
impl TcpInfo {
    /// There is no such interface: all answers are unknown.
    pub(super) fn open() -> TcpInfo {
        TcpInfo {}
    }

    /// Always unknown.
    pub(super) fn read_state(
        &mut self,
        _local: SocketAddr,
        _peer: SocketAddr,
        _written: u64,
    ) -> PeerReadState {
        PeerReadState::Unknown
    }

    /// Always unknown.
    pub(super) fn acknowledged(&mut self, _local: SocketAddr, _peer: SocketAddr) -> Option<AckState> {
        None
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::time::{Duration, Instant};

    use socket2::{Domain, Socket, Type};

    use super::*;

    /// A connection between two ends on this machine: ours and theirs.
    fn connection(listener: &TcpListener, to: &str) -> (TcpStream, TcpStream) {
        let port = listener.local_addr().unwrap().port();
        let theirs = TcpStream::connect((to, port)).unwrap();
        (listener.accept().unwrap().0, theirs)
    }

    /// A listener for IPv6 and IPv4 alike.
    fn dual_stack() -> TcpListener {
        let socket = Socket::new(Domain::IPV6, Type::STREAM, None).unwrap();
        socket.set_only_v6(false).unwrap();
        socket.bind(&"[::]:0".parse::<SocketAddr>().unwrap().into()).unwrap();
        socket.listen(8).unwrap();
        socket.into()
    }

    fn ask(tcp_info: &mut TcpInfo, ours: &TcpStream, written: u64) -> PeerReadState {
        tcp_info.read_state(ours.local_addr().unwrap(), ours.peer_addr().unwrap(), written)
    }

    /// Asks until the answer is `wanted`, as the peer's kernel may take its time.
    fn await_reading(tcp_info: &mut TcpInfo, ours: &TcpStream, written: u64, wanted: PeerReadState) {
        let start = Instant::now();
        while ask(tcp_info, ours, written) != wanted {
            assert!(start.elapsed() < Duration::from_secs(10), "{:?}", ask(tcp_info, ours, written));
            std::thread::yield_now();
        }
    }

    fn told_apart(listener: &TcpListener, to: &str) {
        let mut tcp_info = TcpInfo::open();
        let (mut ours, mut theirs) = connection(listener, to);
        assert_eq!(ask(&mut tcp_info, &ours, 0), PeerReadState::AllRead(true), "{to}: nothing was written");
        ours.write_all(b"NICK").unwrap();
        assert_eq!(ask(&mut tcp_info, &ours, 4), PeerReadState::AllRead(false), "{to}");
        theirs.read_exact(&mut [0; 3]).unwrap();
        assert_eq!(ask(&mut tcp_info, &ours, 4), PeerReadState::AllRead(false), "{to}: not all of it");
        theirs.read_exact(&mut [0; 1]).unwrap();
        await_reading(&mut tcp_info, &ours, 4, PeerReadState::AllRead(true));
        ours.write_all(b"NICK_OK").unwrap();
        assert_eq!(ask(&mut tcp_info, &ours, 11), PeerReadState::AllRead(false), "{to}: the next");
    }

    #[test]
    fn read_is_told_from_acknowledged() {
        told_apart(&TcpListener::bind("127.0.0.1:0").unwrap(), "127.0.0.1");
        if let Ok(listener) = TcpListener::bind("[::1]:0") {
            told_apart(&listener, "::1");
            told_apart(&dual_stack(), "::1");
            told_apart(&dual_stack(), "127.0.0.1");
        }
    }

    #[test]
    fn a_half_closed_peer_may_still_read() {
        let mut tcp_info = TcpInfo::open();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (mut ours, mut theirs) = connection(&listener, "127.0.0.1");
        theirs.shutdown(std::net::Shutdown::Write).unwrap();
        ours.write_all(b"KICK").unwrap();
        assert_eq!(ask(&mut tcp_info, &ours, 4), PeerReadState::AllRead(false));
        theirs.read_exact(&mut [0; 4]).unwrap();
        await_reading(&mut tcp_info, &ours, 4, PeerReadState::AllRead(true));
    }

    #[test]
    fn a_socket_that_only_listens_is_no_peer() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = "127.0.0.1:1".parse().unwrap();
        let reading = TcpInfo::open().read_state(nobody, listener.local_addr().unwrap(), 0);
        assert_eq!(reading, PeerReadState::Unknown);
    }

    #[test]
    fn what_is_under_way_is_told_from_what_there_is_no_room_for() {
        let mut tcp_info = TcpInfo::open();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (ours, theirs) = connection(&listener, "127.0.0.1");
        let mut acknowledged =
            || tcp_info.acknowledged(ours.local_addr().unwrap(), ours.peer_addr().unwrap()).unwrap();
        let before = acknowledged();
        assert!(!before.has_more_in_flight);
        (&ours).write_all(b"NICK").unwrap();
        let start = Instant::now();
        let wanted = AckState { bytes: before.bytes + 4, has_more_in_flight: false };
        while acknowledged() != wanted {
            assert!(start.elapsed() < Duration::from_secs(10), "{:?}", acknowledged());
        }
        // The peer does not read, so its kernel advertises a zero window.
        ours.set_nonblocking(true).unwrap();
        while (&ours).write(&[0; 4_096]).is_ok() {}
        while acknowledged().has_more_in_flight {
            assert!(start.elapsed() < Duration::from_secs(10), "{:?}", acknowledged());
        }
        assert!(acknowledged().bytes > wanted.bytes);
        drop(theirs);
    }

    #[test]
    fn our_own_socket_knows_what_is_acknowledged() {
        let mut sockets = SockDiag::open().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (ours, theirs) = connection(&listener, "127.0.0.1");
        let addresses = [ours.local_addr().unwrap(), ours.peer_addr().unwrap()];
        let mut unacknowledged = || sockets.find(addresses[0], addresses[1]).unwrap().unacknowledged;
        assert_eq!(unacknowledged(), 0);
        ours.set_nonblocking(true).unwrap();
        // Write until the peer's kernel takes no more.
        while (&ours).write(&[0; 4_096]).is_ok() {}
        assert!(unacknowledged() > 0);
        drop(theirs);
    }
}
