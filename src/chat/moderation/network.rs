//! Networks of IP addresses.

use std::fmt;
use std::net::IpAddr;

/// An address, or a network such as `192.0.2.0/24` or `2001:db8::/64`. An IPv4-mapped IPv6 address equals the IPv4
/// address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    /// The address with all bits after the prefix cleared.
    first: IpAddr,
    prefix: u8,
}

impl Network {
    /// Parses an address or a network. `None` if `text` is neither. An error is a sentence.
    pub(super) fn parse(text: &str) -> Option<Result<Network, String>> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let written: IpAddr = address.parse().ok()?;
        let Some(prefix) = prefix else {
            return Some(Ok(Network::from(written)));
        };
        let max = bits(written);
        let digits = prefix.bytes().all(|b| b.is_ascii_digit());
        let Some(prefix) = prefix.parse().ok().filter(|p| digits && *p <= max) else {
            return Some(Err(format!(
                "{text} is not a network: after the slash comes a number up to {max}."
            )));
        };
        // The prefix length that maps IPv4 into IPv6, 96 bits, if the address is mapped.
        let mapped = max - bits(written.to_canonical());
        Some(Ok(match u8::checked_sub(prefix, mapped) {
            Some(prefix) => Network::new(written.to_canonical(), prefix),
            None => Network::new(written, prefix),
        }))
    }

    /// The network with this prefix length that contains `address`. `None` if addresses of its family are shorter.
    pub(super) fn around(address: IpAddr, prefix: u8) -> Option<Network> {
        let address = address.to_canonical();
        (prefix <= bits(address)).then(|| Network::new(address, prefix))
    }

    /// The prefix length in bits.
    pub(super) fn prefix(self) -> u8 {
        self.prefix
    }

    /// Whether the network contains this address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        bits(address) == bits(self.first) && Network::new(address, self.prefix) == *self
    }

    /// Whether the network contains all of `other`.
    pub(super) fn covers(&self, other: Network) -> bool {
        self.prefix <= other.prefix && self.contains(other.first)
    }

    fn new(address: IpAddr, prefix: u8) -> Network {
        let rest = u32::from(bits(address) - prefix);
        // A shift by the full width is not defined for integers, hence `checked_shl`.
        let first = match address {
            IpAddr::V4(four) => IpAddr::V4((four.to_bits() & u32::MAX.checked_shl(rest).unwrap_or(0)).into()),
            IpAddr::V6(six) => IpAddr::V6((six.to_bits() & u128::MAX.checked_shl(rest).unwrap_or(0)).into()),
        };
        Network { first, prefix }
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Network {
        let address = address.to_canonical();
        Network::new(address, bits(address))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix == bits(self.first) {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}/{}", self.first, self.prefix)
        }
    }
}

/// The length of an address of this family, in bits.
fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network::parse(text).unwrap().unwrap()
    }

    #[test]
    fn what_is_in_a_network() {
        for (text, shown, inside, outside) in [
            ("192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("192.0.2.7/32", "192.0.2.7", "::ffff:192.0.2.7", "192.0.2.6"),
            ("192.0.2.7/24", "192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.7/31", "192.0.2.6/31", "192.0.2.6", "192.0.2.8"),
            ("0.0.0.0/0", "0.0.0.0/0", "255.255.255.255", "::1"),
            ("::/0", "::/0", "2001:db8::1", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1", "2001:db8::1", "2001:db8::2"),
            ("2001:db8::1/64", "2001:db8::/64", "2001:db8::ffff:0:0:1", "2001:db8:0:1::1"),
            ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("::ffff:192.0.2.1/120", "192.0.2.0/24", "192.0.2.9", "192.0.3.1"),
        ] {
            let network = network(text);
            assert_eq!(network.to_string(), shown, "{text}");
            assert!(network.contains(inside.parse().unwrap()), "{text} {inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{text} {outside}");
            let one = |address: &str| Network::from(address.parse::<IpAddr>().unwrap());
            assert!(network.covers(network) && network.covers(one(inside)) && !network.covers(one(outside)));
        }
    }

    #[test]
    fn texts_that_are_not_networks() {
        for text in ["Bob", "192.0.2", "192.0.2.1.5", "1:2", "Bob/24", ""] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
        for text in ["192.0.2.0/33", "2001:db8::/129", "192.0.2.0/", "192.0.2.0/+8", "192.0.2.0/x", "::/256"]
        {
            let why = Network::parse(text).unwrap().unwrap_err();
            assert!(why.starts_with(text) && why.ends_with('.'), "{why}");
        }
    }
}
