//! Admission: how many connections there may be, how many from one address, and how fast new ones may come from it.
//!
//! It knows nothing of names and bans. Its memory is bounded, and an attacker cannot flush it: when the table is full,
//! a new address replaces the least-used entry *and inherits its counter* (Space-Saving; Metwally, Agrawal and El
//! Abbadi, 2005). So nobody starts afresh by connecting from many other addresses, and a bystander is refused only
//! once an attacker makes [`TRACKED_ADDRESSES`] times as many connections as one address may.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use log::info;

use crate::base::limits::{HTTP_REQUESTS_PER_MINUTE, REFUSAL_LOG_INTERVAL, TRACKED_ADDRESSES};
use crate::base::text::{in_words, plural};
use crate::limits::gcra::Gcra;
use crate::limits::refusal_log::RefusalLog;
use crate::limits::source::Source;

/// The window of the rates.
const MINUTE: Duration = Duration::from_secs(60);

/// Why a connection is refused. Displayed, it is a sentence or two for its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The server has as many connections as it may have.
    Full,
    /// The server is shutting down.
    Stopping,
    /// This many connections from the same source are open already.
    Crowded(usize),
    /// Too many connections came from the same source recently. The next may come after this time.
    TooFast(Duration),
}

/// The limits, and what is counted against them.
#[derive(Debug)]
pub struct Admission {
    connections: usize,
    per_address: Option<usize>,
    arrivals: Option<Rate>,
    /// HTTP requests.
    requests: Rate,
    /// Open connections of each source. None is 0.
    open: BTreeMap<Source, usize>,
    is_stopping: bool,
    /// Who was refused, and when the log is told of that next.
    refusals: RefusalLog,
    refusals_due: Option<Instant>,
}

/// A rate for each source.
#[derive(Debug)]
struct Rate {
    bucket: Gcra,
    /// When the rate budget of a source is full again; and the same by time.
    spent: BTreeMap<Source, Instant>,
    by_time: BTreeSet<(Instant, Source)>,
}

impl Admission {
    /// Limits on connections in all, on connections of one source, and on new ones of it in a minute. `None`: no
    /// limit.
    pub fn new(connections: usize, per_address: Option<usize>, new_per_minute: Option<u32>) -> Admission {
        Admission {
            connections,
            per_address,
            arrivals: new_per_minute.map(Rate::in_a_minute),
            requests: Rate::in_a_minute(HTTP_REQUESTS_PER_MINUTE),
            open: BTreeMap::new(),
            is_stopping: false,
            refusals: RefusalLog::default(),
            refusals_due: None,
        }
    }

    /// Admits a connection beside `others` open ones, or says why not. A refused connection is not counted.
    pub fn admit(&mut self, address: IpAddr, others: usize, now: Instant) -> Result<(), Refused> {
        if self.is_stopping {
            return Err(Refused::Stopping);
        }
        if others >= self.connections {
            return Err(Refused::Full);
        }
        if is_exempt(address) {
            return Ok(());
        }
        let source = Source::of(address);
        let open = self.open.get(&source).copied().unwrap_or(0);
        if let Some(limit) = self.per_address
            && open >= limit
        {
            return Err(Refused::Crowded(limit));
        }
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.spend(source, now).map_err(Refused::TooFast)?;
        }
        self.open.insert(source, open + 1);
        Ok(())
    }

    /// Admits an HTTP request. An error: when the next may come.
    pub fn admit_request(&mut self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        if is_exempt(address) { Ok(()) } else { self.requests.spend(Source::of(address), now) }
    }

    /// A connection that was admitted is closed.
    pub fn closed(&mut self, address: IpAddr) {
        let source = Source::of(address);
        if let Some(open) = self.open.get_mut(&source).filter(|_| !is_exempt(address)) {
            *open -= 1;
            if *open == 0 {
                self.open.remove(&source);
            }
        }
    }

    /// The service ends: nobody is let in any more.
    pub fn stop(&mut self) {
        self.is_stopping = true;
    }

    /// Whether the service is ending.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping
    }

    /// Somebody was refused entry, or a name. The log is told of it, but not each time.
    pub fn log_refusal(&mut self, peer: SocketAddr, what: &str, why: &dyn fmt::Display, now: Instant) {
        if self.refusals.is_empty() {
            self.refusals_due = Some(now + REFUSAL_LOG_INTERVAL);
        }
        if self.refusals.count(Source::of(peer.ip())) {
            info!("{peer} is refused {what}: {}", why.to_string().escape_debug());
        }
    }

    /// When the log is told of refusals next.
    pub fn deadline(&self) -> Option<Instant> {
        self.refusals_due
    }

    /// Tells the log what was refused since the first refusal, or since it was last told, if that is a minute ago.
    pub fn on_timer(&mut self, now: Instant) {
        if self.refusals_due.take_if(|at| *at <= now).is_none() {
            return;
        }
        for line in self.refusals.end_minute() {
            info!("{line}");
        }
        self.refusals_due = (!self.refusals.is_empty()).then(|| now + REFUSAL_LOG_INTERVAL);
    }
}

impl Rate {
    fn in_a_minute(points: u32) -> Rate {
        let bucket = Gcra { points, within: MINUTE };
        Rate { bucket, spent: BTreeMap::new(), by_time: BTreeSet::new() }
    }

    fn spend(&mut self, source: Source, now: Instant) -> Result<(), Duration> {
        // A full budget need not be remembered.
        while let Some((until, other)) = self.by_time.first().copied().filter(|(until, _)| *until <= now) {
            self.by_time.remove(&(until, other));
            self.spent.remove(&other);
        }
        let known = self.spent.get(&source).copied();
        let least = self.by_time.first().copied().filter(|_| self.spent.len() >= TRACKED_ADDRESSES);
        let replaced = known.map(|until| (until, source)).or(least);
        let until = self.bucket.try_acquire(replaced.map_or(now, |(until, _)| until), 1, now)?;
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
            Refused::Crowded(limit) => write!(
                f,
                "There are {} from your address already, and no more are allowed. Close one, and try again.",
                plural(*limit, "connection")
            ),
            Refused::TooFast(wait) => write!(
                f,
                "Too many connections came from your address. Please try again in {}.",
                in_words(*wait)
            ),
        }
    }
}

/// Whether an address is this machine's own: whoever is on it has other means, and a bench or a proxy comes from there.
fn is_exempt(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

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
        for _ in 0..HTTP_REQUESTS_PER_MINUTE {
            assert_eq!(admission.admit_request(v4(1), now), Ok(()));
        }
        assert!(admission.admit_request(v4(1), now).is_err());
        assert_eq!(admission.admit_request(v4(2), now), Ok(()));
        assert_eq!(admission.admit_request(v4(1), now + MINUTE / HTTP_REQUESTS_PER_MINUTE), Ok(()));
        for _ in 0..=HTTP_REQUESTS_PER_MINUTE {
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
