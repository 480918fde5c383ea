//! Linux's state of its TCP sockets (`sock_diag(7)`), one socket for each request.
//!
//! Requests and replies are laid out as in `linux/inet_diag.h` and `linux/tcp.h`. A reply that is short or malformed counts as
//! none.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;

use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, connect, recv, send, socket_with,
};

use crate::hub::AckState;

/// Bytes of a request in all, of a message's head, and of the fixed part of a reply.
const REQUEST: u32 = 72;
const HEAD: usize = 16;
const REPLY: usize = HEAD + 72;

/// The longest reply that is taken, in bytes. They have about 400.
const LONGEST_REPLY: usize = 4_096;

/// How many replies are read for one request. Earlier ones belong to requests that were given up.
const REPLIES: usize = 4;

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
const INET_DIAG_INFO: u16 = 2;

/// Offset of `tcpi_bytes_received` in `struct tcp_info`.
const BYTES_RECEIVED: usize = 128;

/// Offsets of `tcpi_bytes_acked` and `tcpi_unacked` (segments in flight).
const BYTES_ACKED: usize = 120;
const UNACKED: usize = 24;

/// TCP states of a connection: established, or half closed. In the others a socket listens, or belongs to no program.
const CONNECTED: [u8; 6] = [1, 4, 5, 8, 9, 11];

/// The state of a socket on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SocketState {
    /// Bytes that its program has read, if the kernel counts them.
    pub(super) read: Option<u64>,
    /// Bytes that its peer has not acknowledged.
    pub(super) unacknowledged: u32,
    /// What its peer has acknowledged, if the kernel counts that.
    pub(super) acknowledged: Option<AckState>,
}

/// The netlink socket.
#[derive(Debug)]
pub(super) struct SockDiag {
    socket: OwnedFd,
    sequence: u32,
}

impl SockDiag {
    pub(super) fn open() -> io::Result<SockDiag> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, Some(SOCK_DIAG))?;
        // Then only the kernel can write to us.
        connect(&socket, &SocketAddrNetlink::new(0, 0))?;
        Ok(SockDiag { socket, sequence: 0 })
    }

    /// The state of the socket at `own`, if it is on this machine and connected to `other`.
    pub(super) fn find(&mut self, own: SocketAddr, other: SocketAddr) -> Option<SocketState> {
        self.sequence = self.sequence.wrapping_add(1);
        send(&self.socket, &request(self.sequence, own, other), SendFlags::DONTWAIT).ok()?;
        let mut reply = [0; LONGEST_REPLY];
        for _ in 0..REPLIES {
            let (_, bytes) = recv(&self.socket, &mut reply, RecvFlags::DONTWAIT).ok()?;
            let reply = &reply[..bytes.min(LONGEST_REPLY)];
            if read_u32(reply, 8) == Some(self.sequence) {
                return account(reply, own.port(), other.port());
            }
        }
        None
    }
}

/// A request for one socket. An IPv4 connection is looked up as IPv4, even on a dual-stack socket.
fn request(sequence: u32, own: SocketAddr, other: SocketAddr) -> Vec<u8> {
    let (own_ip, other_ip) = (own.ip().to_canonical(), other.ip().to_canonical());
    let family = if own_ip.is_ipv4() { AF_INET } else { AF_INET6 };
    let mut out = Vec::new();
    out.extend_from_slice(&REQUEST.to_ne_bytes());
    out.extend_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    out.extend_from_slice(&NLM_F_REQUEST.to_ne_bytes());
    out.extend_from_slice(&sequence.to_ne_bytes());
    out.extend_from_slice(&[0; 4]);
    // Family, protocol, wanted attributes, padding; then all states.
    out.extend_from_slice(&[family, IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), 0]);
    out.extend_from_slice(&u32::MAX.to_ne_bytes());
    out.extend_from_slice(&own.port().to_be_bytes());
    out.extend_from_slice(&other.port().to_be_bytes());
    out.extend_from_slice(&octets(own_ip));
    out.extend_from_slice(&octets(other_ip));
    // The interface of a link-local address; then any cookie.
    let interface = if let SocketAddr::V6(own) = own { own.scope_id() } else { 0 };
    out.extend_from_slice(&interface.to_ne_bytes());
    out.extend_from_slice(&[0xff; 8]);
    out
}

fn octets(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V6(ip) => ip.octets(),
        IpAddr::V4(ip) => {
            let mut octets = [0; 16];
            octets[..4].copy_from_slice(&ip.octets());
            octets
        }
    }
}

/// Parses a reply. `None` unless it is about a connection between these ports.
fn account(reply: &[u8], own: u16, other: u16) -> Option<SocketState> {
    let length = usize::try_from(read_u32(reply, 0)?).ok()?;
    let reply = reply.get(..length)?;
    let is_account = u16::from_ne_bytes(read(reply, 4)?) == SOCK_DIAG_BY_FAMILY;
    let [_, state] = read(reply, HEAD)?;
    let ports = [own, other].map(u16::to_be_bytes);
    let is_it = read(reply, HEAD + 4) == Some(ports[0]) && read(reply, HEAD + 6) == Some(ports[1]);
    if !is_account || !is_it || !CONNECTED.contains(&state) {
        return None;
    }
    let (unread, unacknowledged) = (read_u32(reply, HEAD + 56)?, read_u32(reply, HEAD + 60)?);
    let info = attribute(reply.get(REPLY..)?, INET_DIAG_INFO);
    let counted = |at| info.and_then(|info| read(info, at)).map(u64::from_ne_bytes);
    let read = counted(BYTES_RECEIVED).map(|received| received.saturating_sub(u64::from(unread)));
    let under_way = info.and_then(|info| read_u32(info, UNACKED)).unwrap_or_default();
    let has_more_in_flight = under_way > 0;
    let acknowledged = counted(BYTES_ACKED).map(|bytes| AckState { bytes, has_more_in_flight });
    Some(SocketState { read, unacknowledged, acknowledged })
}

/// The content of an attribute.
fn attribute(mut attributes: &[u8], wanted: u16) -> Option<&[u8]> {
    const ATTRIBUTE_HEAD: usize = 4;
    loop {
        let length = usize::from(u16::from_ne_bytes(read(attributes, 0)?));
        let kind = u16::from_ne_bytes(read(attributes, 2)?);
        if kind == wanted {
            return attributes.get(ATTRIBUTE_HEAD..length);
        }
        attributes = attributes.get(length.max(ATTRIBUTE_HEAD).next_multiple_of(4)..)?;
    }
}

fn read<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    read(bytes, at).map(u32::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reply(state: u8, attributes: &[u8]) -> Vec<u8> {
        let mut out = vec![0; REPLY];
        out[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        out[HEAD + 1] = state;
        out[HEAD + 4..HEAD + 8].copy_from_slice(&[0, 1, 0, 2]);
        out[HEAD + 56] = 5;
        out[HEAD + 60] = 7;
        out.extend_from_slice(attributes);
        let length = u32::try_from(out.len()).unwrap();
        out[..4].copy_from_slice(&length.to_ne_bytes());
        out
    }

    #[test]
    fn replies_are_believed_as_far_as_they_go() {
        let mut info = vec![0; 4 + 136];
        info[..4].copy_from_slice(&[140, 0, 2, 0]);
        info[4 + BYTES_RECEIVED..].copy_from_slice(&30_u64.to_ne_bytes());
        let before = [5, 0, 8, 0, 1, 0, 0, 0];
        info[4 + BYTES_ACKED..4 + BYTES_RECEIVED].copy_from_slice(&40_u64.to_ne_bytes());
        info[4 + UNACKED] = 1;
        let acknowledged = AckState { bytes: 40, has_more_in_flight: true };
        let told = |read: Option<u64>| {
            Some(SocketState { read, unacknowledged: 7, acknowledged: read.map(|_| acknowledged) })
        };
        let whole = reply(1, &[&before[..], &info].concat());
        if cfg!(target_endian = "little") {
            assert_eq!(account(&whole, 1, 2), told(Some(25)));
        }
        assert_eq!(account(&whole, 2, 1), None, "of other ports");
        assert_eq!(account(&whole[..whole.len() - 1], 1, 2), None, "cut");
        assert_eq!(account(&reply(1, &before), 1, 2), told(None), "not counted");
        assert_eq!(account(&reply(10, &info), 1, 2), None, "of one that listens");
        assert_eq!(account(&[], 1, 2), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_reply_is_too_strange(mut bytes in proptest::collection::vec(any::<u8>(), 0..600), is_long in any::<bool>()) {
            let length = u32::try_from(bytes.len()).unwrap();
            if is_long && bytes.len() > REPLY {
                let attributes = bytes.split_off(REPLY);
                bytes = reply(1, &attributes);
            } else if bytes.len() > 4 {
                bytes[..4].copy_from_slice(&length.to_ne_bytes());
            }
            account(&bytes, 1, 2);
        }
    }
}
