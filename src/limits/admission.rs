//! Admission: how many connections there may be, how many from one address, and how fast new ones may come from it.
//!
//! It knows nothing of names and bans. Its memory is bounded, and an attacker cannot flush it (`source_rate.rs`): nobody starts
//! afresh by connecting from many other addresses, and a bystander is refused only once an attacker makes
//! [`TRACKED_ADDRESSES`](crate::base::limits::TRACKED_ADDRESSES) times as many connections as one address may.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use log::info;

use crate::base::limits::{HTTP_CONNECTIONS_PER_ADDRESS, HTTP_REQUESTS_PER_MINUTE, REFUSAL_LOG_INTERVAL};
use crate::base::source::Source;
use crate::base::text::{in_words, plural};
use crate::limits::refusal_log::RefusalLog;
use crate::limits::source_rate::SourceRate;

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
    /// Too many HTTP requests came from the same source recently. The next may come after this time.
    TooManyRequests(Duration),
}

/// The limits, and what is counted against them.
#[derive(Debug)]
pub struct Admission {
    connections: usize,
    per_address: Option<usize>,
    arrivals: Option<SourceRate>,
    /// HTTP requests.
    requests: Option<SourceRate>,
    /// Open connections of the chat, and those that speak HTTP.
    open: Counts,
    http: Counts,
    is_stopping: bool,
    /// Who was refused, and when the log is told of that next.
    refusals: RefusalLog,
    refusals_due: Option<Instant>,
}

/// How many connections each source has. None has 0.
#[derive(Debug, Default)]
struct Counts(BTreeMap<Source, usize>);

impl Admission {
    /// Limits on connections in all, on connections of one source, and on new ones of it in a minute. `None`: no
    /// limit, and none of HTTP's that is like it.
    pub fn new(connections: usize, per_address: Option<usize>, new_per_minute: Option<u32>) -> Admission {
        Admission {
            connections,
            per_address,
            arrivals: new_per_minute.map(SourceRate::in_a_minute),
            requests: new_per_minute.map(|_| SourceRate::in_a_minute(HTTP_REQUESTS_PER_MINUTE)),
            open: Counts::default(),
            http: Counts::default(),
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
        self.admit_to_chat(Source::of(address), now)
    }

    fn admit_to_chat(&mut self, source: Source, now: Instant) -> Result<(), Refused> {
        if let Some(limit) = self.per_address
            && self.open.of(source) >= limit
        {
            return Err(Refused::Crowded(limit));
        }
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.spend(source, now).map_err(Refused::TooFast)?;
        }
        self.open.add(source);
        Ok(())
    }

    /// An admitted connection speaks HTTP. It has limits of its own from now on, and counts as a request. Within them, it did not
    /// come for those of the chat.
    pub fn speaks_http(&mut self, address: IpAddr, now: Instant) {
        if is_exempt(address) {
            return;
        }
        let source = Source::of(address);
        self.open.remove(source);
        self.http.add(source);
        if self.admit_request(address, now).is_ok()
            && let Some(arrivals) = &mut self.arrivals
        {
            arrivals.refund(source, now);
        }
    }

    /// Admits an HTTP request.
    pub fn admit_request(&mut self, address: IpAddr, now: Instant) -> Result<(), Refused> {
        if is_exempt(address) {
            return Ok(());
        }
        let source = Source::of(address);
        if self.per_address.is_some() && self.http.of(source) > HTTP_CONNECTIONS_PER_ADDRESS {
            return Err(Refused::Crowded(HTTP_CONNECTIONS_PER_ADDRESS));
        }
        self.requests
            .as_mut()
            .map_or(Ok(()), |rate| rate.spend(source, now))
            .map_err(Refused::TooManyRequests)
    }

    /// Admits a connection that speaks HTTP to the chat, for a WebSocket.
    pub fn admit_websocket(&mut self, address: IpAddr, now: Instant) -> Result<(), Refused> {
        if self.is_stopping {
            return Err(Refused::Stopping);
        }
        if !is_exempt(address) {
            self.admit_to_chat(Source::of(address), now)?;
            self.http.remove(Source::of(address));
        }
        Ok(())
    }

    /// A connection that speaks HTTP is closed.
    pub fn http_closed(&mut self, address: IpAddr) {
        if !is_exempt(address) {
            self.http.remove(Source::of(address));
        }
    }

    /// A connection of the chat is closed.
    pub fn closed(&mut self, address: IpAddr) {
        if !is_exempt(address) {
            self.open.remove(Source::of(address));
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

impl Counts {
    fn of(&self, source: Source) -> usize {
        self.0.get(&source).copied().unwrap_or(0)
    }

    fn add(&mut self, source: Source) {
        *self.0.entry(source).or_default() += 1;
    }

    fn remove(&mut self, source: Source) {
        if let Some(count) = self.0.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&source);
            }
        }
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
            Refused::TooManyRequests(wait) => write!(
                f,
                "Too many requests came from your address. Please try again in {}.",
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
    use crate::base::limits::{CONNECTIONS_PER_ADDRESS, NEW_CONNECTIONS_PER_MINUTE, TRACKED_ADDRESSES};

    fn v4(n: u32) -> IpAddr {
        Ipv4Addr::from_bits(0x0a00_0000 + n).into()
    }

    /// How many sources' arrivals are remembered, in both orders.
    fn spent(admission: &Admission) -> (usize, usize) {
        admission.arrivals.as_ref().unwrap().remembered()
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
        assert!(admission.open.0.is_empty());
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
        // Connections for pages count as requests, and beyond that as arrivals.
        let mut came = 0;
        while admission.admit(v4(3), 0, now).is_ok() {
            admission.speaks_http(v4(3), now);
            admission.http_closed(v4(3));
            came += 1;
        }
        assert_eq!(came, HTTP_REQUESTS_PER_MINUTE + 1);
        assert_eq!(admission.admit_request(v4(2), now), Ok(()));
        assert_eq!(
            admission.admit_request(v4(1), now + Duration::from_secs(60) / HTTP_REQUESTS_PER_MINUTE),
            Ok(())
        );
        for _ in 0..=HTTP_REQUESTS_PER_MINUTE {
            assert_eq!(admission.admit_request(Ipv4Addr::LOCALHOST.into(), now), Ok(()));
        }
    }

    #[test]
    fn a_hundred_phones_behind_one_address_open_the_page() {
        let now = Instant::now();
        let (mut admission, connections) =
            (Admission::new(16_384, Some(CONNECTIONS_PER_ADDRESS), Some(NEW_CONNECTIONS_PER_MINUTE)), 6);
        for others in 0..100 {
            for _ in 0..connections {
                assert_eq!(admission.admit(v4(1), others * connections, now), Ok(()), "phone {others}");
                admission.speaks_http(v4(1), now);
            }
            for _ in 0..30 {
                assert_eq!(admission.admit_request(v4(1), now), Ok(()), "phone {others}");
            }
            assert_eq!(admission.admit_websocket(v4(1), now), Ok(()), "phone {others}");
        }
        assert_eq!((admission.open.of(Source::of(v4(1))), admission.http.of(Source::of(v4(1)))), (100, 500));
        for _ in 0..500 {
            admission.http_closed(v4(1));
        }
        for _ in 0..100 {
            admission.closed(v4(1));
        }
        assert!(admission.open.0.is_empty() && admission.http.0.is_empty());
    }

    #[test]
    fn pages_have_limits_of_their_own_and_a_websocket_has_the_chats() {
        let now = Instant::now();
        let mut admission = Admission::new(10_000, Some(2), Some(3));
        for _ in 0..HTTP_CONNECTIONS_PER_ADDRESS {
            assert_eq!(admission.admit(v4(1), 0, now), Ok(()));
            admission.speaks_http(v4(1), now);
        }
        assert_eq!(admission.admit_request(v4(1), now), Ok(()));
        assert_eq!(spent(&admission), (0, 0), "for the chat, nobody came");
        assert_eq!(admission.admit(v4(1), 0, now), Ok(()));
        admission.speaks_http(v4(1), now);
        let crowded = Err(Refused::Crowded(HTTP_CONNECTIONS_PER_ADDRESS));
        assert_eq!(admission.admit_request(v4(1), now), crowded);
        assert_eq!(spent(&admission), (1, 1), "who opens more is slowed down");
        for _ in 0..2 {
            assert_eq!(admission.admit_websocket(v4(1), now), Ok(()));
        }
        assert_eq!(admission.admit_websocket(v4(1), now), Err(Refused::Crowded(2)));
        admission.closed(v4(1));
        assert!(matches!(admission.admit_websocket(v4(1), now), Err(Refused::TooFast(_))));
        admission.stop();
        assert_eq!(admission.admit_websocket(v4(2), now), Err(Refused::Stopping));
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
