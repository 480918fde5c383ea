//! Zone ids of link-local addresses: the network interface in `fe80::1%eth0` (RFC 4007).

use std::net::Ipv6Addr;

/// The interface in `host`, if it is a link-local address with a zone id.
pub fn interface(host: &str) -> Option<&str> {
    let (address, zone) = host.split_once('%')?;
    address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_unicast_link_local()).then_some(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_a_link_have_a_zone() {
        assert_eq!(interface("fe80::1%eth0"), Some("eth0"));
        for host in ["::1%lo", "fe80::1", "fe80%eth0", "127.0.0.1%lo", "host", ""] {
            assert_eq!(interface(host), None, "{host}");
        }
    }
}
