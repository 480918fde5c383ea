//! At which addresses people reach the server: what it listens on, and what the network interfaces of this machine have.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use if_addrs::IfOperStatus;

use crate::base::limits::INVITED_ADDRESSES;

/// Names of network interfaces that containers and virtual machines of this machine use, and nobody else: how they begin.
const VIRTUAL: [&str; 13] = [
    "docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxc", "lxdbr", "podman", "cni", "flannel", "cali",
    "tap",
];

/// An address that may be reachable.
#[derive(Clone, Debug)]
struct Candidate {
    ip: IpAddr,
    /// The name of its network interface; empty if the operator named the address.
    interface: String,
    /// Whether it is one end of a tunnel, as a VPN has.
    is_tunnel: bool,
}

/// Whom an address is good for, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// A local network, by IPv4.
    Private,
    /// The internet, by IPv4.
    Public,
    Ipv6,
    Tunnel,
    /// Containers and virtual machines here.
    Virtual,
    /// A network in which nobody gives addresses.
    SelfAssigned,
}

impl Candidate {
    /// `None` if others cannot use it.
    fn class(&self) -> Option<Class> {
        let is_virtual = VIRTUAL.iter().any(|start| self.interface.starts_with(start));
        match self.ip {
            ip if ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() => None,
            // It needs the name of an interface of theirs.
            IpAddr::V6(ip) if ip.is_unicast_link_local() => None,
            _ if is_virtual => Some(Class::Virtual),
            IpAddr::V4(ip) if ip.is_link_local() => Some(Class::SelfAssigned),
            _ if self.is_tunnel => Some(Class::Tunnel),
            IpAddr::V4(ip) if ip.is_private() => Some(Class::Private),
            IpAddr::V4(_) => Some(Class::Public),
            IpAddr::V6(_) => Some(Class::Ipv6),
        }
    }
}

/// The addresses by which other machines reach a server that is bound to these, best first. What is of use to few is left out
/// if there is anything better.
pub(super) fn elsewhere(bound: &[SocketAddr]) -> Vec<IpAddr> {
    let mut candidates = named(bound);
    candidates.extend(of_interfaces().into_iter().filter(|candidate| is_wildcard_for(bound, candidate.ip)));
    best(&candidates, default_source())
}

/// What this machine itself connects to.
pub(super) fn here(bound: &[SocketAddr]) -> String {
    let is_bound = |ip: Ipv4Addr| bound.iter().any(|at| at.ip() == IpAddr::V4(ip));
    if is_bound(Ipv4Addr::UNSPECIFIED) || is_bound(Ipv4Addr::LOCALHOST) {
        return "localhost".into();
    }
    match bound.iter().find(|at| at.ip().is_loopback()).or(bound.first()) {
        Some(SocketAddr::V6(at)) if at.ip().is_unspecified() => "::1".into(),
        Some(SocketAddr::V6(at)) if at.scope_id() != 0 => format!("{}%{}", at.ip(), at.scope_id()),
        Some(at) => at.ip().to_string(),
        None => "localhost".into(),
    }
}

/// The addresses that the operator named.
fn named(bound: &[SocketAddr]) -> Vec<Candidate> {
    let candidate = |at: &SocketAddr| Candidate { ip: at.ip(), interface: String::new(), is_tunnel: false };
    bound.iter().map(candidate).collect()
}

/// The addresses of all network interfaces that are not down; none if the system does not tell.
fn of_interfaces() -> Vec<Candidate> {
    let is_down = |status| {
        matches!(status, IfOperStatus::Down | IfOperStatus::NotPresent | IfOperStatus::LowerLayerDown)
    };
    let found = if_addrs::get_if_addrs().unwrap_or_default().into_iter();
    found
        .filter(|interface| !is_down(interface.oper_status.clone()))
        .map(|it| Candidate { ip: it.ip(), is_tunnel: it.is_p2p(), interface: it.name })
        .collect()
}

/// Whether one of these is a wildcard that an address falls under.
fn is_wildcard_for(bound: &[SocketAddr], ip: IpAddr) -> bool {
    bound.iter().any(|at| at.ip().is_unspecified() && at.is_ipv4() == ip.is_ipv4())
}

/// The best of these, best first. Of those that are equally good, `preferred` comes first.
fn best(candidates: &[Candidate], preferred: Option<IpAddr>) -> Vec<IpAddr> {
    let classes = candidates.iter().filter_map(|candidate| Some((candidate.class()?, candidate.ip)));
    let mut classes: Vec<(Class, IpAddr)> = classes.collect();
    classes.sort_by_key(|(class, ip)| (*class, Some(*ip) != preferred));
    let worst = classes.first().map(|(class, _)| Class::Public.max(*class));
    let good = classes.into_iter().filter(|(class, _)| Some(*class) <= worst).map(|(_, ip)| ip);
    good.take(INVITED_ADDRESSES).collect()
}

/// The address from which this machine reaches other networks: its main one. `None` in a network without a way out.
fn default_source() -> Option<IpAddr> {
    // Nothing is sent: a connected UDP socket only learns its own address. The other one is reserved for documentation.
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(198, 51, 100, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ip: &str) -> SocketAddr {
        SocketAddr::new(ip.parse().unwrap(), 7)
    }

    /// What others are told of a machine with these interfaces and addresses; a tunnel's name begins with `tun`.
    fn told(interfaces: &str, preferred: &str) -> String {
        let candidates = interfaces.split_whitespace().map(|pair| {
            let (interface, ip) = pair.split_once('=').unwrap();
            let is_tunnel = interface.starts_with("tun");
            Candidate { ip: ip.parse().unwrap(), interface: interface.into(), is_tunnel }
        });
        let found = best(&candidates.collect::<Vec<_>>(), preferred.parse().ok());
        found.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_others_can_open_comes_first_and_the_rest_only_where_there_is_nothing_else() {
        for (interfaces, preferred, expected) in [
            ("lo=127.0.0.1 docker0=172.17.0.1 wlan0=192.168.1.20 wlan0=fe80::1", "", "192.168.1.20"),
            ("eth0=203.0.113.7 eth1=10.0.0.5", "", "10.0.0.5 203.0.113.7"),
            ("eth0=10.0.0.5 wlan0=192.168.1.20", "192.168.1.20", "192.168.1.20 10.0.0.5"),
            ("a=10.0.0.1 b=10.0.0.2 c=10.0.0.3 d=10.0.0.4", "", "10.0.0.1 10.0.0.2 10.0.0.3"),
            ("tun0=10.8.0.2 wlan0=192.168.1.20 eth0=169.254.1.1", "10.8.0.2", "192.168.1.20"),
            ("tun0=10.8.0.2 br-12ab=172.18.0.1", "", "10.8.0.2"),
            ("br0=192.168.7.1 virbr0=192.168.122.1", "", "192.168.7.1"),
            ("lo=::1 eth0=fe80::1 eth0=fd00::2 docker0=172.17.0.1", "", "fd00::2"),
            ("eth0=169.254.1.1 lo=127.0.0.1", "", "169.254.1.1"),
            ("veth1=172.19.0.1", "", "172.19.0.1"),
            ("lo=127.0.0.1 lo=::1", "", ""),
        ] {
            assert_eq!(told(interfaces, preferred), expected, "{interfaces}");
        }
    }

    #[test]
    fn only_what_is_bound_is_told() {
        for (bound, expected) in [
            (&["0.0.0.0", "::"][..], "localhost"),
            (&["::"], "::1"),
            (&["127.0.0.1", "::1"], "localhost"),
            (&["127.0.0.2"], "127.0.0.2"),
            (&["192.168.1.20"], "192.168.1.20"),
            (&["192.168.1.20", "::1"], "::1"),
        ] {
            let bound: Vec<SocketAddr> = bound.iter().map(|ip| at(ip)).collect();
            assert_eq!(here(&bound), expected, "{bound:?}");
        }
        assert_eq!(here(&["[fe80::1%3]:7".parse().unwrap()]), "fe80::1%3");
        assert_eq!(elsewhere(&[at("192.168.1.20"), at("127.0.0.1")]), [at("192.168.1.20").ip()]);
        assert!(elsewhere(&[at("127.0.0.1"), at("::1")]).is_empty());
        assert!(elsewhere(&[at("0.0.0.0")]).iter().all(IpAddr::is_ipv4));
        assert!(elsewhere(&[at("::")]).iter().all(IpAddr::is_ipv6));
    }
}
