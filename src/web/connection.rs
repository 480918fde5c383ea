//! The HTTP state of a connection: bytes in, responses out, one request after the other.

use crate::base::limits::HTTP_REQUESTS;
use crate::web::handshake::Accepted;
use crate::web::head::{Parsed, parse};
use crate::web::response::Response;
use crate::web::site::{Reply, Site};

/// What the caller has to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this response. If it closes, stop reading.
    Response(Response),
    /// Send `begin`, and pass `rest` and all further input to a WebSocket codec.
    Upgrade {
        /// The handshake.
        begin: Accepted,
        /// Bytes that arrived after the request.
        rest: Vec<u8>,
    },
}

/// The requests of one connection.
#[derive(Debug, Default)]
pub struct Connection {
    /// Bytes of requests that are not answered yet. Between requests, empty and without an allocation.
    buffer: Vec<u8>,
    answered: usize,
    is_closed: bool,
}

impl Connection {
    /// Appends received bytes. After the last response, they are dropped.
    pub fn feed(&mut self, bytes: &[u8]) {
        if !self.is_closed {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether a request is incomplete.
    pub fn is_within_request(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The next step, if a request is complete. `admit` may refuse the request by returning a response. `health`: a sentence
    /// that says what is wrong with the server, if anything.
    pub fn next_step(
        &mut self,
        site: &Site,
        health: Option<&str>,
        admit: impl FnOnce() -> Option<Response>,
    ) -> Option<Step> {
        if self.is_closed || self.buffer.is_empty() {
            return None;
        }
        let (head, length) = match parse(&self.buffer) {
            Parsed::Partial => return None,
            Parsed::Refused(response) => return Some(self.close(response)),
            Parsed::Complete(head, length) => (head, length),
        };
        if let Some(refused) = admit() {
            return Some(self.close(refused));
        }
        self.answered += 1;
        let mut head = *head;
        head.keeps_alive &= self.answered < HTTP_REQUESTS;
        let rest = self.buffer.split_off(length);
        self.buffer = rest;
        match site.reply(&head, health) {
            Reply::Upgrade(begin) => {
                self.is_closed = true;
                Some(Step::Upgrade { begin, rest: std::mem::take(&mut self.buffer) })
            }
            Reply::Response(response) if response.closes => Some(self.close(response)),
            Reply::Response(response) => Some(Step::Response(response)),
        }
    }

    fn close(&mut self, response: Response) -> Step {
        self.is_closed = true;
        self.buffer = Vec::new();
        Step::Response(Response { closes: true, ..response })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::allowed_hosts::AllowedHosts;
    use crate::web::response::Status;

    const GET: &str = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

    fn site() -> Site {
        Site::new(AllowedHosts::default())
    }

    /// The status codes of all responses, with a full stop after one that closes, if the input arrives in pieces of this size.
    fn statuses(site: &Site, text: &str, piece_bytes: usize) -> Vec<String> {
        let mut connection = Connection::default();
        let mut all = Vec::new();
        for piece in text.as_bytes().chunks(piece_bytes) {
            connection.feed(piece);
            while let Some(step) = connection.next_step(site, None, || None) {
                all.push(match step {
                    Step::Response(response) => {
                        let status = String::from_utf8_lossy(&response.head[9..12]).into_owned();
                        format!("{status}{}", if response.closes { "." } else { "" })
                    }
                    Step::Upgrade { .. } => "ws".into(),
                });
            }
        }
        all
    }

    #[test]
    fn requests_may_be_cut_anywhere_and_nothing_follows_a_refusal() {
        let site = site();
        let smuggled = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\n";
        let ws = "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        for (text, expected) in [
            (format!("{GET}{GET}{GET}"), &["200", "200", "200"][..]),
            (format!("{GET}\r\n{GET}"), &["200", "200"]),
            (format!("{smuggled}{GET}"), &["405."]),
            (format!("{GET}nonsense\r\n{GET}"), &["200", "400."]),
            (format!("{GET}{ws}{GET}"), &["200", "ws"]),
            (format!("GET /::EOMsg::Eve::EOMsg:: HTTP/1.1\r\nHost: localhost\r\n\r\n{GET}"), &["404", "200"]),
        ] {
            for size in [1, 2, 7, 64, 4096] {
                assert_eq!(statuses(&site, &text, size), expected, "{text} in pieces of {size}");
            }
        }
    }

    #[test]
    fn the_last_allowed_request_closes_the_connection() {
        let all = statuses(&site(), &GET.repeat(HTTP_REQUESTS + 1), 4096);
        assert_eq!(all.len(), HTTP_REQUESTS);
        assert_eq!((all[HTTP_REQUESTS - 2].as_str(), all[HTTP_REQUESTS - 1].as_str()), ("200", "200."));
    }

    #[test]
    fn bytes_after_a_handshake_belong_to_the_websocket() {
        let site = site();
        let mut connection = Connection::default();
        connection.feed(
            b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
              Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\x81\x80",
        );
        let step = connection.next_step(&site, None, || None);
        assert!(matches!(step, Some(Step::Upgrade { rest, .. }) if rest == b"\x81\x80"));
    }

    #[test]
    fn a_request_that_is_not_admitted_closes_the_connection() {
        let site = site();
        let mut connection = Connection::default();
        connection.feed(GET.as_bytes());
        let refused = || Some(Response::refusal(Status::TooManyRequests, "Later."));
        assert!(
            matches!(connection.next_step(&site, None, refused), Some(Step::Response(response)) if response.closes)
        );
        connection.feed(GET.as_bytes());
        assert!(connection.next_step(&site, None, || None).is_none());
    }
}
