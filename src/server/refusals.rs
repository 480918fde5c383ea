//! Connections that were refused as they came: each is told why, as an HTTP answer if it asks for a page.
//!
//! Whether it does is in its first bytes, which come a moment after the connection. A refusal waits for them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::base::limits::{REFUSAL_DELAY, REFUSALS_WAITING};
use crate::hub::Refused;
use crate::server::listener;
use crate::server::transport::Transport;
use crate::web::{Response, Sniffed, Status, sniff};

/// Connections that are not told yet why they are refused, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    waiting: VecDeque<(Instant, Transport, Response)>,
}

impl Refusals {
    /// A connection is refused, with this response if it speaks HTTP, and otherwise with its body. If too many wait, the one that
    /// waits longest is answered now.
    pub(super) fn add(&mut self, transport: Transport, response: Response, now: Instant) {
        self.waiting.push_back((now + REFUSAL_DELAY, transport, response));
        if self.waiting.len() > REFUSALS_WAITING {
            self.answer_first();
        }
    }

    /// When the next is to be answered.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.waiting.front().map(|(at, ..)| *at)
    }

    /// Answers those that waited long enough. Returns whether there were any.
    pub(super) fn serve(&mut self, now: Instant) -> bool {
        let before = self.waiting.len();
        while self.next_deadline().is_some_and(|at| at <= now) {
            self.answer_first();
        }
        self.waiting.len() < before
    }

    /// Answers all of them.
    pub(super) fn finish(&mut self) {
        while !self.waiting.is_empty() {
            self.answer_first();
        }
    }

    fn answer_first(&mut self) {
        let Some((_, mut transport, Response { head, body, .. })) = self.waiting.pop_front() else { return };
        let mut first = [0; 16];
        let bytes = transport.read(&mut first).unwrap_or_default();
        match sniff(&first[..bytes]) {
            Sniffed::Request => listener::refuse(transport, &[head, body].concat()),
            Sniffed::Other | Sniffed::Uncertain => listener::refuse(transport, &body),
        }
    }
}

/// The response to a connection or a request that is refused for a limit.
pub(super) fn response(why: Refused) -> Response {
    let (status, wait) = match why {
        Refused::Full | Refused::Stopping => (Status::ServiceUnavailable, Duration::ZERO),
        Refused::Crowded(_) => (Status::TooManyRequests, Duration::ZERO),
        Refused::TooFast(wait) | Refused::TooManyRequests(wait) => (Status::TooManyRequests, wait),
    };
    Response::later(status, &why.to_string(), wait)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    /// A refused connection that has sent this already.
    fn refused(refusals: &mut Refusals, sent: &[u8], why: Refused, now: Instant) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        peer.write_all(sent).unwrap();
        let (stream, _) = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        refusals.add(Transport::Plain(mio::net::TcpStream::from_std(stream)), response(why), now);
        peer
    }

    fn told(mut peer: TcpStream) -> String {
        let mut told = String::new();
        peer.read_to_string(&mut told).unwrap();
        told
    }

    #[test]
    fn who_asks_for_a_page_is_answered_in_http_and_others_in_a_line() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        let get = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        for (why, status, retry) in [
            (Refused::Full, "503", "1"),
            (Refused::Stopping, "503", "1"),
            (Refused::Crowded(3), "429", "1"),
            (Refused::TooFast(Duration::from_secs(7)), "429", "8"),
        ] {
            let page = refused(&mut refusals, get, why, now);
            let line = refused(&mut refusals, b"", why, now);
            let other = refused(&mut refusals, b"Ann\n", why, now);
            assert!(!refusals.serve(now) && refusals.next_deadline() == Some(now + REFUSAL_DELAY));
            assert!(refusals.serve(now + REFUSAL_DELAY) && refusals.next_deadline().is_none());
            let page = told(page);
            assert!(page.starts_with(&format!("HTTP/1.1 {status} ")), "{page}");
            assert!(
                page.contains(&format!("\r\nRetry-After: {retry}\r\n"))
                    && page.contains("\r\nConnection: close\r\n")
            );
            assert!(page.ends_with(&format!("\r\n\r\n{why}\n")), "{page}");
            assert_eq!((told(line), told(other)), (format!("{why}\n"), format!("{why}\n")));
        }
    }

    #[test]
    fn many_do_not_wait() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        let first = refused(&mut refusals, b"", Refused::Full, now);
        for _ in 0..REFUSALS_WAITING {
            refused(&mut refusals, b"", Refused::Full, now);
        }
        assert_eq!(told(first), format!("{}\n", Refused::Full));
        assert_eq!(refusals.waiting.len(), REFUSALS_WAITING);
        let last = refused(&mut refusals, b"", Refused::Full, now);
        refusals.finish();
        assert_eq!(told(last), format!("{}\n", Refused::Full));
    }
}
