//! What `--bind` and `--listen` mean: the addresses, a listening socket for each, and sentences about them.

use std::fmt::Write;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use rustix::io::Errno;

use crate::base::limits::BIND_ADDRESSES;
use crate::base::text::sanitize;
use crate::base::zone;
use crate::hub::ListenerKind;
use crate::server::listener::Listener;

/// The addresses to listen on, as the operator names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interfaces {
    /// All of this machine, IPv4 and IPv6.
    All,
    /// One address, or all addresses of a host.
    Named {
        /// As it was typed.
        name: String,
        /// At least one. Their ports are ignored.
        addresses: Vec<SocketAddr>,
    },
}

/// The options that say where to listen, for sentences about what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenOptions {
    /// The one that names the address.
    pub address: &'static str,
    /// The one that names the port.
    pub port: &'static str,
    /// What to do if that address cannot be had at all.
    pub otherwise: &'static str,
}

impl ListenOptions {
    /// `--bind` and `--port`.
    pub const MAIN: ListenOptions =
        ListenOptions { address: "--bind", port: "--port", otherwise: "leave it out to listen on all" };
    /// `--bind` and `--chaty-port`.
    pub const CHATY: ListenOptions = ListenOptions { port: "--chaty-port", ..ListenOptions::MAIN };
    /// `--listen`.
    pub const MORE: ListenOptions =
        ListenOptions { address: "--listen", port: "--listen", otherwise: "leave it out" };
}

/// The listening sockets of one port.
pub(super) struct Opened {
    pub(super) port: u16,
    pub(super) listeners: Vec<Listener>,
    /// The addresses that they are bound to; wildcards, if to all.
    pub(super) bound: Vec<SocketAddr>,
    /// A sentence that says on which addresses they listen; `None` if on all.
    pub(super) place: Option<String>,
}

/// How many free ports are tried until one is free on all addresses.
const PORT_TRIES: usize = 16;

impl Interfaces {
    /// Resolves a name or an address: `localhost`, `127.0.0.1`, `::`, `[::1]`, `fe80::1%eth0`. May wait for a name server. An
    /// error says what to do.
    pub fn find(name: &str, options: ListenOptions) -> Result<Interfaces, String> {
        let ListenOptions { address: option, otherwise, .. } = options;
        let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
        let shown = sanitize(bare.as_bytes());
        if bare.is_empty() {
            return Err(format!("{option} names no address. Name one of this machine, or {otherwise}."));
        }
        let mut addresses = match bare.parse::<IpAddr>() {
            // `::ffff:192.0.2.1` is an IPv4 address; an IPv6-only socket cannot bind it.
            Ok(address) => vec![SocketAddr::new(address.to_canonical(), 0)],
            Err(_) => resolve(bare).map_err(|()| unknown(bare, option))?,
        };
        let mut seen = Vec::new();
        addresses.retain(|address| {
            !seen.contains(address) && {
                seen.push(*address);
                true
            }
        });
        addresses.truncate(BIND_ADDRESSES);
        if let Some(address) = addresses.iter().map(SocketAddr::ip).find(|address| is_for_many(*address)) {
            return Err(format!(
                "{address} is an address of many machines, and no connection can come to it. With {option}, name one of \
                 this machine."
            ));
        }
        if addresses.is_empty() {
            return Err(unknown(bare, option));
        }
        Ok(Interfaces::Named { name: shown.into_owned(), addresses })
    }

    /// Listens on all of them, for clients of this kind. An error says what to do, and names the `options` that say otherwise.
    /// `is_own`: the server listens on another address with this port already.
    pub(super) fn listen(
        &self,
        port: u16,
        kind: ListenerKind,
        options: ListenOptions,
        is_own: bool,
    ) -> Result<Opened, String> {
        let Interfaces::Named { name, addresses } = self else {
            let opened = listen_on_all(port, kind);
            return opened.map_err(|why| cannot_listen(None, (port, is_own), options, &why));
        };
        let mut tries = 0;
        loop {
            tries += 1;
            match listen_on(addresses, port, kind) {
                // Another free port may be free on all addresses.
                Err((_, _, why)) if port == 0 && why.kind() == ErrorKind::AddrInUse && tries < PORT_TRIES => {
                }
                Err((address, port, why)) => {
                    return Err(cannot_listen(Some((address, name)), (port, is_own), options, &why));
                }
                Ok((port, heard, listeners)) => {
                    let place = Some(describe(name, &heard));
                    return Ok(Opened { port, listeners, bound: heard, place });
                }
            }
        }
    }
}

fn listen_on_all(port: u16, kind: ListenerKind) -> io::Result<Opened> {
    let (listener, is_both) = Listener::bind_all(port, kind)?;
    let place = "It listens on all IPv4 addresses of this machine, which has no IPv6.";
    let place = (!is_both).then(|| place.to_owned());
    let port = listener.port()?;
    let four = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port);
    let six = is_both.then(|| SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port));
    let bound = [four].into_iter().chain(six).collect();
    Ok(Opened { port, listeners: vec![listener], bound, place })
}

/// The port, the addresses that this machine has, and their sockets.
type Heard = (u16, Vec<SocketAddr>, Vec<Listener>);

/// Listens on those addresses that this machine has, all on the same port. An error comes with the address and port that
/// failed.
fn listen_on(
    addresses: &[SocketAddr],
    mut port: u16,
    kind: ListenerKind,
) -> Result<Heard, (SocketAddr, u16, io::Error)> {
    let (mut heard, mut listeners, mut missing) = (Vec::new(), Vec::new(), None);
    for address in addresses {
        let mut at = *address;
        at.set_port(port);
        let bound = Listener::bind(at, kind).and_then(|it| Ok((it.port()?, it)));
        match bound {
            Ok((got, listener)) => {
                port = got;
                heard.push(at);
                listeners.push(listener);
            }
            // A host may have addresses of a kind that this machine has turned off.
            Err(why) if is_missing(&why) => missing = missing.or(Some((at, port, why))),
            Err(why) => return Err((at, port, why)),
        }
    }
    match missing {
        Some(missing) if listeners.is_empty() => Err(missing),
        _ => Ok((port, heard, listeners)),
    }
}

/// All addresses of a host, or one with its zone. The resolver's own errors help no user, so they are dropped.
fn resolve(host: &str) -> Result<Vec<SocketAddr>, ()> {
    (host, 0).to_socket_addrs().map(Iterator::collect).map_err(|_| ())
}

/// Why a name has no address, and what to do.
fn unknown(name: &str, option: &str) -> String {
    let shown = sanitize(name.as_bytes());
    if let Some(zone) = zone::interface(name) {
        let zone = sanitize(zone.as_bytes());
        return format!(
            "there is no network interface called {zone}, as {option} {shown} says. `ip link` lists those there are."
        );
    }
    if let Some((address, _)) = name.split_once('%')
        && address.parse::<IpAddr>().is_ok()
    {
        return format!(
            "{address} needs no interface: only addresses that begin with fe80: do. Leave out what follows the %."
        );
    }
    let has_port =
        name.rsplit_once(':').is_some_and(|(host, port)| !host.contains(':') && port.parse::<u16>().is_ok());
    if has_port || name.parse::<SocketAddr>().is_ok() {
        return format!(
            "--bind takes an address without a port, and {shown} has one. Name the port with --port."
        );
    }
    format!("there is no host called {shown}. With {option}, name this machine, or one of its addresses.")
}

/// Whether this is a multicast or broadcast address.
fn is_for_many(address: IpAddr) -> bool {
    address.is_multicast() || address == IpAddr::V4(Ipv4Addr::BROADCAST)
}

/// Whether this machine does not have the address.
fn is_missing(why: &io::Error) -> bool {
    why.kind() == ErrorKind::AddrNotAvailable || Errno::from_io_error(why) == Some(Errno::AFNOSUPPORT)
}

/// A sentence that says on which addresses the server listens.
fn describe(name: &str, heard: &[SocketAddr]) -> String {
    let ips: Vec<IpAddr> = heard.iter().map(SocketAddr::ip).collect();
    if ips == [IpAddr::V6(Ipv6Addr::UNSPECIFIED)] {
        return format!("It listens on all IPv6 addresses of this machine ({name}), and on none of IPv4.");
    }
    if ips == [IpAddr::V4(Ipv4Addr::UNSPECIFIED)] {
        return format!("It listens on all IPv4 addresses of this machine ({name}), and on none of IPv6.");
    }
    let mut list = String::new();
    for (index, ip) in ips.iter().enumerate() {
        let mark = if index == 0 {
            ""
        } else if index + 1 == ips.len() {
            " and "
        } else {
            ", "
        };
        let _ = write!(list, "{mark}{ip}");
    }
    match ips.as_slice() {
        [ip] if ip.to_string() == name => format!("It listens on {ip}, and on no other address."),
        // With its zone.
        [ip] if name.starts_with(&format!("{ip}%")) => {
            format!("It listens on {name}, and on no other address.")
        }
        _ => format!("It listens on {list} ({name}), and on no other address."),
    }
}

/// Why a port cannot be listened on, and what to do. `is_own`: the server itself listens there.
fn cannot_listen(
    at: Option<(SocketAddr, &str)>,
    (port, is_own): (u16, bool),
    options: ListenOptions,
    why: &io::Error,
) -> String {
    let ListenOptions { address: by_address, port: option, otherwise } = options;
    let of = match at {
        Some((address, name)) if address.ip().to_string() == name || name.contains('%') => {
            format!(" of {name}")
        }
        Some((address, name)) => format!(" of {} ({name})", address.ip()),
        None => String::new(),
    };
    let is_link_local = at.is_some_and(|(address, _)| match address {
        SocketAddr::V6(address) => address.ip().is_unicast_link_local() && address.scope_id() == 0,
        SocketAddr::V4(_) => false,
    });
    let (what, next) = match (why.kind(), Errno::from_io_error(why)) {
        (ErrorKind::AddrInUse, _) if is_own => (
            "this server listens there already".to_owned(),
            format!("Leave it out, or choose another port with {option}."),
        ),
        (ErrorKind::AddrInUse, _) => (
            "another program uses it".to_owned(),
            format!("Stop what uses it, or choose another port with {option}."),
        ),
        (ErrorKind::PermissionDenied, _) => (
            "this user may not".into(),
            format!("Ports below 1024 are for the superuser; choose another with {option}."),
        ),
        (ErrorKind::AddrNotAvailable, _) => (
            "this machine does not have that address".into(),
            format!("With {by_address}, name an address that this machine has, or {otherwise}."),
        ),
        (_, Some(Errno::AFNOSUPPORT)) => {
            ("this machine does not have IPv6".into(), format!("With {by_address}, name an address of IPv4."))
        }
        (_, Some(Errno::NODEV | Errno::NXIO)) => {
            ("there is no such network interface".into(), "`ip link` lists those there are.".into())
        }
        (_, Some(Errno::INVAL)) if is_link_local => (
            "such an address is one of each network interface".into(),
            "Say which one is meant, as in fe80::1%eth0; `ip link` lists them.".into(),
        ),
        _ => (
            why.to_string(),
            format!("Choose another port with {option}, or another address with {by_address}."),
        ),
    };
    format!("cannot listen on port {port}{of}: {what}. {next}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Vec<String> {
        let Interfaces::Named { addresses, .. } = Interfaces::find(name, ListenOptions::MAIN).unwrap() else {
            panic!()
        };
        addresses.iter().map(|address| address.ip().to_string()).collect()
    }

    #[test]
    fn addresses_are_what_they_mean() {
        assert_eq!(named("127.0.0.1"), ["127.0.0.1"]);
        assert_eq!(named("::"), ["::"]);
        assert_eq!(named("[::1]"), ["::1"]);
        assert_eq!(named("::ffff:127.0.0.1"), ["127.0.0.1"]);
        let local = named("localhost");
        assert!(local.iter().all(|it| it == "127.0.0.1" || it == "::1"), "{local:?}");
        assert!(local.len() <= 2, "each once: {local:?}");
    }

    #[test]
    fn what_means_no_address_is_called_what_it_is() {
        for (name, why) in [
            ("", "names no address"),
            ("no-such-host.invalid", "there is no host called no-such-host.invalid."),
            ("fe80::1%nosuch0", "there is no network interface called nosuch0"),
            ("::1%nosuch0", "::1 needs no interface"),
            ("127.0.0.1:2020", "Name the port with --port."),
            ("localhost:2020", "Name the port with --port."),
            ("[::1]:2020", "Name the port with --port."),
            ("224.0.0.1", "an address of many machines"),
            ("ff02::1", "an address of many machines"),
            ("\x1b[31mred", "there is no host called "),
        ] {
            let said = Interfaces::find(name, ListenOptions::MAIN).unwrap_err();
            assert!(said.contains(why) && !said.contains('\x1b'), "{name:?}: {said}");
        }
    }

    #[test]
    fn all_addresses_of_a_host_have_the_same_port() {
        let (first, second) = ("127.0.0.1".parse().unwrap(), "127.0.0.2".parse().unwrap());
        // The last is no address of this machine: one that is reserved for documents.
        let addresses =
            [first, second, "203.0.113.77".parse().unwrap()].map(|ip| SocketAddr::new(ip, 0)).into();
        let host = Interfaces::Named { name: "host".into(), addresses };
        let opened = host.listen(0, ListenerKind::Any, ListenOptions::MAIN, false).unwrap();
        let said = "It listens on 127.0.0.1 and 127.0.0.2 (host), and on no other address.";
        assert_eq!(opened.place.as_deref(), Some(said));
        assert_eq!(opened.listeners.len(), 2);
        for ip in [first, second] {
            assert!(std::net::TcpStream::connect((ip, opened.port)).is_ok(), "{ip}");
        }
    }

    #[test]
    fn what_is_listened_on_is_said() {
        let at = |ip: &str| SocketAddr::new(ip.parse().unwrap(), 7);
        let all = "It listens on all IPv6 addresses of this machine (::), and on none of IPv4.";
        assert_eq!(describe("::", &[at("::")]), all);
        let one = "It listens on ::1, and on no other address.";
        assert_eq!(describe("::1", &[at("::1")]), one);
        let both = "It listens on 127.0.0.1 and ::1 (localhost), and on no other address.";
        assert_eq!(describe("localhost", &[at("127.0.0.1"), at("::1")]), both);
        let zone = "It listens on fe80::1%eth0, and on no other address.";
        assert_eq!(describe("fe80::1%eth0", &[at("fe80::1")]), zone);
    }
}
