//! Checks the `Host` and `Origin` of requests, so that pages of other sites cannot use the server.
//!
//! The host check stops DNS rebinding: such a page's requests name the page's own host. The origin check stops a page that
//! opens a WebSocket to this server's address.

use std::net::{IpAddr, Ipv6Addr};

/// The hosts that requests may name.
#[derive(Clone, Debug, Default)]
pub struct AllowedHosts {
    /// This machine's names and the operator's, in lower case.
    names: Vec<String>,
}

impl AllowedHosts {
    /// Allows these names, all IP addresses, `localhost`, and names that end with `.localhost` or `.local`.
    pub fn new(names: impl IntoIterator<Item = String>) -> AllowedHosts {
        let names = names.into_iter().map(|name| plain(&name));
        AllowedHosts { names: names.filter(|name| !name.is_empty()).collect() }
    }

    /// Whether a request may have this `Host` field: a host and an optional port.
    pub fn allows(&self, field: &str) -> bool {
        let Some(host) = host_of(field) else { return false };
        let host = plain(host);
        if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return address.parse::<Ipv6Addr>().is_ok();
        }
        let is_address = host.parse::<std::net::Ipv4Addr>().is_ok();
        let is_local = is_domain(&host)
            && (host == "localhost" || matches!(host.rsplit_once('.'), Some((_, "localhost" | "local"))));
        is_address || is_local || self.names.contains(&host)
    }
}

/// Whether the `Origin` of a request is that of its `Host`.
pub(super) fn is_own(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let default = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let bare = |authority: &str| authority.strip_suffix(default).unwrap_or(authority).to_ascii_lowercase();
    bare(authority) == bare(host)
}

/// Whether browsers trust this `Host` without encryption, as it is this machine (W3C Secure Contexts, 3.1).
pub(super) fn is_loopback(field: &str) -> bool {
    let host = host_of(field).map(plain).unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_name = host == "localhost" || host.ends_with(".localhost");
    is_name || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The host of `HOST:PORT` or `HOST`. `None`: it is malformed.
pub(super) fn host_of(field: &str) -> Option<&str> {
    let end = match field.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => field.find(':').unwrap_or(field.len()),
    };
    let (host, port) = field.split_at(end);
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && (port.is_empty() || port.parse::<u16>().is_ok())
    };
    (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then_some(host)
}

/// Whether this is a domain name: labels of letters, digits, hyphens and underscores.
fn is_domain(host: &str) -> bool {
    let is_label_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    host.split('.').all(|label| !label.is_empty() && label.bytes().all(is_label_byte))
}

/// Normalizes a name: lower case, without a final dot.
fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_trusted_without_encryption() {
        for host in
            ["localhost", "LocalHost:2020", "a.localhost", "127.0.0.1:2020", "127.9.9.9", "[::1]:2020"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["192.0.2.7", "[2001:db8::7]:2020", "localhost.example", "127.0.0.1.example", "hall.local", ""]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn only_addresses_and_names_of_this_machine_are_allowed() {
        let hosts = AllowedHosts::new(["Hall".into(), "chat.example.org".into(), String::new()]);
        for host in [
            "localhost",
            "LOCALHOST:2020",
            "salon.localhost",
            "127.0.0.1:65535",
            "192.0.2.7",
            "[::1]:2020",
            "[2001:db8::7]",
            "hall",
            "hall:2020",
            "HALL.",
            "hall.local:2020",
            "chat.example.org",
        ] {
            assert!(hosts.allows(host), "{host}");
        }
        for host in [
            "",
            ":2020",
            "evil.example",
            "evil.example:2020",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "hall.evil.example",
            "xlocal",
            "[::1",
            "[evil]",
            "127.0.0.1:port",
            "127.0.0.1:2020@evil.example",
            "localhost:20200000",
            "localhost:65536",
            "localhost:+80",
            "user@localhost",
            ".local",
            "a b.local",
            "evil@x.local",
            "evil.example/.local",
        ] {
            assert!(!hosts.allows(host), "{host}");
        }
    }

    #[test]
    fn an_origin_is_own_if_host_and_port_are_equal() {
        for (origin, host) in [
            ("http://localhost:2020", "localhost:2020"),
            ("https://Hall", "hall"),
            ("http://hall", "hall:80"),
            ("https://hall:443", "hall"),
            ("http://[::1]:2020", "[::1]:2020"),
        ] {
            assert!(is_own(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("http://evil.example", "localhost:2020"),
            ("http://localhost", "localhost:2020"),
            ("http://localhost:2021", "localhost:2020"),
            ("http://localhost:2020.evil.example", "localhost:2020"),
            ("null", "localhost:2020"),
            ("file://", ""),
            ("", "localhost:2020"),
        ] {
            assert!(!is_own(origin, host), "{origin} {host}");
        }
    }
}
