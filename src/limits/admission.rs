//! Who is let in: how many connections there may be, how many from one address, and how fast new ones may come from it.
//!
//! Nothing is known here of names and bans. What is remembered is bounded, and cannot be made to be forgotten: when as many
//! addresses are remembered as may be, a new one takes the place of the one that spent least, *and what it had spent*. So
//! nobody begins anew by coming from many others meanwhile, and a bystander is refused for it only once an attacker makes
//! [`TRACKED_ADDRESSES`] times as many connections as one address may. (The idea is that of the Space-Saving counters of
//! Metwally, Agrawal and El Abbadi, 2005.)

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use crate::base::limits::{HTTP_PER_MINUTE, TRACKED_ADDRESSES};
use crate::base::text::{in_words, plural};
use crate::limits::gcra::Gcra;

/// The time that rates are for.
const MINUTE: Duration = Duration::from_secs(60);

/// Where somebody comes from, as far as limits tell places apart: an address of IPv4, or a network /64 of IPv6, as which
/// providers hand addresses out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The address.
    V4(Ipv4Addr),
    /// The first half of its addresses.
    V6(u64),
}

/// Why a newcomer is not let in. Displayed, it is a sentence or two for the newcomer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There are as many connections as there may be.
    Full,
    /// The service is ending.
    Stopping,
    /// There are so many from its address already.
    Crowded(usize),
    /// Too many came from its address of late. The next may come after this time.
    TooFast(Duration),
}

/// What may be had, and what was.
#[derive(Debug)]
pub struct Admission {
    connections: usize,
    per_address: Option<usize>,
    arrivals: Option<Rate>,
    /// What is asked for in HTTP.
    requests: Rate,
    /// How many connections each source has. None of them is 0.
    open: BTreeMap<Source, usize>,
}

/// How fast something may be had, and what each source had of it.
#[derive(Debug)]
struct Rate {
    bucket: Gcra,
    /// When all that a source spent is back; and the same in the order of time.
    spent: BTreeMap<Source, Instant>,
    by_time: BTreeSet<(Instant, Source)>,
}

impl Source {
    /// Where this address is.
    pub fn of(address: IpAddr) -> Source {
        match address.to_canonical() {
            IpAddr::V4(address) => Source::V4(address),
            IpAddr::V6(address) => Source::V6((address.to_bits() >> 64) as u64),
        }
    }
}

impl Admission {
    /// So many connections in all; so many from one address, and new from it in a minute, if that is limited.
    pub fn new(connections: usize, per_address: Option<usize>, new_per_minute: Option<u32>) -> Admission {
        Admission {
            connections,
            per_address,
            arrivals: new_per_minute.map(Rate::in_a_minute),
            requests: Rate::in_a_minute(HTTP_PER_MINUTE),
            open: BTreeMap::new(),
        }
    }

    /// Lets a newcomer in beside so many others, or says why not. Who is refused is not counted.
    pub fn admit(&mut self, address: IpAddr, others: usize, now: Instant) -> Result<(), Refused> {
        if others >= self.connections {
            return Err(Refused::Full);
        }
        if is_exempt(address) {
            return Ok(());
        }
        let source = Source::of(address);
        let open = self.open.get(&source).copied().unwrap_or(0);
        if let Some(most) = self.per_address
            && open >= most
        {
            return Err(Refused::Crowded(most));
        }
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.spend(source, now).map_err(Refused::TooFast)?;
        }
        self.open.insert(source, open + 1);
        Ok(())
    }

    /// Whether a request in HTTP from there is answered; if not, when the next may come.
    pub fn admit_request(&mut self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        if is_exempt(address) { Ok(()) } else { self.requests.spend(Source::of(address), now) }
    }

    /// A connection that was let in is closed.
    pub fn closed(&mut self, address: IpAddr) {
        let source = Source::of(address);
        if let Some(open) = self.open.get_mut(&source).filter(|_| !is_exempt(address)) {
            *open -= 1;
            if *open == 0 {
                self.open.remove(&source);
            }
        }
    }
}

impl Rate {
    fn in_a_minute(points: u32) -> Rate {
        let bucket = Gcra { points, within: MINUTE };
        Rate { bucket, spent: BTreeMap::new(), by_time: BTreeSet::new() }
    }

    fn spend(&mut self, source: Source, now: Instant) -> Result<(), Duration> {
        // What has come back needs no memory.
        while let Some((until, other)) = self.by_time.first().copied().filter(|(until, _)| *until <= now) {
            self.by_time.remove(&(until, other));
            self.spent.remove(&other);
        }
        let known = self.spent.get(&source).copied();
        let least = self.by_time.first().copied().filter(|_| self.spent.len() >= TRACKED_ADDRESSES);
        let replaced = known.map(|until| (until, source)).or(least);
        let until = self.bucket.spend(replaced.map_or(now, |(until, _)| until), 1, now)?;
        if let Some(replaced) = replaced {
            self.by_time.remove(&replaced);
            self.spent.remove(&replaced.1);
        }
        self.by_time.insert((until, source));
        self.spent.insert(source, until);
        Ok(())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Full => write!(f, "This server is full. Please try again later."),
            Refused::Stopping => write!(f, "The service is stopping. Please try again later."),
            Refused::Crowded(most) => write!(
                f,
                "There are {} from your address, and no more can be had. Close one, and try again.",
                plural(*most, "connection")
            ),
            Refused::TooFast(wait) => write!(
                f,
                "Too many connections came from your address. Please try again in {}.",
                in_words(*wait)
            ),
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

/// Whether an address is this machine's own: whoever is on it has other means, and a bench or a proxy comes from there.
fn is_exempt(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(n: u32) -> IpAddr {
        Ipv4Addr::from_bits(0x0a00_0000 + n).into()
    }

    /// How many sources' arrivals are remembered, in both orders.
    fn spent(admission: &Admission) -> (usize, usize) {
        let arrivals = admission.arrivals.as_ref().unwrap();
        (arrivals.spent.len(), arrivals.by_time.len())
    }

    #[test]
    fn what_counts_as_one_address() {
        let source = |text: &str| Source::of(text.parse().unwrap()).to_string();
        assert_eq!(source("192.0.2.7"), "192.0.2.7");
        assert_eq!(source("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(source("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_ne!(source("2001:db8:1:3::1"), source("2001:db8:1:2::1"));
    }

    #[test]
    fn connections_of_one_address() {
        let now = Instant::now();
        let mut admission = Admission::new(4, Some(2), None);
        assert_eq!(admission.admit(v4(1), 0, now), Ok(()));
        assert_eq!(admission.admit(v4(1), 1, now), Ok(()));
        assert_eq!(admission.admit(v4(1), 2, now), Err(Refused::Crowded(2)));
        assert_eq!(admission.admit(v4(2), 2, now), Ok(()));
        admission.closed(v4(1));
        assert_eq!(admission.admit(v4(1), 2, now), Ok(()));
        assert_eq!(admission.admit(v4(3), 4, now), Err(Refused::Full));
        for address in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            for others in 0..4 {
                assert_eq!(admission.admit(address.parse().unwrap(), others, now), Ok(()), "{address}");
            }
            assert_eq!(admission.admit(address.parse().unwrap(), 4, now), Err(Refused::Full));
        }
        for address in [1, 1, 2].map(v4) {
            admission.closed(address);
        }
        assert!(admission.open.is_empty());
    }

    #[test]
    fn new_ones_in_a_minute() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut admission = Admission::new(100, None, Some(3));
        for _ in 0..3 {
            assert_eq!(admission.admit(v4(1), 0, start), Ok(()));
        }
        for _ in 0..1000 {
            let wait = Duration::from_secs(15);
            assert_eq!(
                admission.admit(v4(1), 0, at(5)),
                Err(Refused::TooFast(wait)),
                "refusals cost nothing"
            );
        }
        assert_eq!(admission.admit(v4(2), 0, at(5)), Ok(()));
        assert_eq!(admission.admit(v4(1), 0, at(20)), Ok(()));
        assert!(admission.admit(v4(1), 0, at(20)).is_err());
        assert_eq!(admission.admit(v4(3), 0, at(200)), Ok(()));
        assert_eq!(spent(&admission).0, 1, "what has come back is forgotten");
    }

    #[test]
    fn requests_have_a_budget_of_their_own() {
        let now = Instant::now();
        let mut admission = Admission::new(100, Some(1), Some(1));
        assert_eq!(admission.admit(v4(1), 0, now), Ok(()));
        for _ in 0..HTTP_PER_MINUTE {
            assert_eq!(admission.admit_request(v4(1), now), Ok(()));
        }
        assert!(admission.admit_request(v4(1), now).is_err());
        assert_eq!(admission.admit_request(v4(2), now), Ok(()));
        assert_eq!(admission.admit_request(v4(1), now + MINUTE / HTTP_PER_MINUTE), Ok(()));
        for _ in 0..=HTTP_PER_MINUTE {
            assert_eq!(admission.admit_request(Ipv4Addr::LOCALHOST.into(), now), Ok(()));
        }
    }

    #[test]
    fn many_addresses_neither_grow_the_memory_nor_free_a_flooder() {
        let now = Instant::now();
        let mut admission = Admission::new(usize::MAX, None, Some(3));
        for _ in 0..3 {
            assert_eq!(admission.admit(v4(0), 0, now), Ok(()));
        }
        let many = u32::try_from(TRACKED_ADDRESSES).unwrap();
        for n in 1..many * 2 {
            assert_eq!(admission.admit(v4(n), 0, now), Ok(()), "one from each is no flood");
        }
        assert_eq!(spent(&admission).0, TRACKED_ADDRESSES);
        assert_eq!(spent(&admission).1, TRACKED_ADDRESSES);
        assert!(admission.admit(v4(0), 0, now).is_err(), "it is not forgotten");
        for n in many * 2..many * 4 {
            let _ = admission.admit(v4(n), 0, now);
        }
        assert!(
            admission.admit(v4(1 << 20), 0, now).is_err(),
            "who floods from everywhere is refused everywhere"
        );
        let later = now + Duration::from_secs(20);
        assert_eq!(admission.admit(v4(1 << 20), 0, later), Ok(()), "and not for long");
    }
}
