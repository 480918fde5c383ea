//! Where peers come from, as far as limits and rooms of people go by that.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where somebody comes from, as far as limits tell places apart: an address of IPv4, or a network /64 of IPv6, as which
/// providers hand addresses out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The address.
    V4(Ipv4Addr),
    /// The first half of its addresses.
    V6(u64),
}

impl Source {
    /// Where this address is.
    pub fn of(address: IpAddr) -> Source {
        match address.to_canonical() {
            IpAddr::V4(address) => Source::V4(address),
            IpAddr::V6(address) => Source::V6((address.to_bits() >> 64) as u64),
        }
    }

    /// Whether it is this machine: a bench or a proxy comes from there, for many.
    pub fn is_this_machine(self) -> bool {
        match self {
            Source::V4(address) => address.is_loopback(),
            Source::V6(half) => half == 0,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::V4(address) => write!(f, "{address}"),
            Source::V6(half) => write!(f, "{}/64", Ipv6Addr::from_bits(u128::from(*half) << 64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_as_one_address() {
        let source = |text: &str| Source::of(text.parse().unwrap()).to_string();
        assert_eq!(source("192.0.2.7"), "192.0.2.7");
        assert_eq!(source("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(source("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        let is_this_machine = |text: &str| Source::of(text.parse().unwrap()).is_this_machine();
        assert!(
            is_this_machine("127.0.0.1") && is_this_machine("::1") && is_this_machine("::ffff:127.1.2.3")
        );
        assert!(!is_this_machine("192.0.2.7") && !is_this_machine("2001:db8::1"));
        assert_ne!(source("2001:db8:1:3::1"), source("2001:db8:1:2::1"));
    }
}
