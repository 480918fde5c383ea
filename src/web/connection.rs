//! A connection that speaks HTTP: bytes in, answers out, one request after the other.

use bytes::Bytes;

use crate::base::limits::HTTP_REQUESTS;
use crate::web::answer::Answer;
use crate::web::head::{Parsed, parse};
use crate::web::site::{Reply, Site};

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// This is to be sent. If it closes, nothing more is read.
    Answer(Answer),
    /// It is a WebSocket from now on, which begins with `begin`; `rest` came behind the request.
    Upgrade {
        /// What it begins with.
        begin: Bytes,
        /// The peer's first bytes in it.
        rest: Vec<u8>,
    },
}

/// The requests of one connection.
#[derive(Debug, Default)]
pub struct Connection {
    /// What came and is not answered yet. Empty, and without memory, between requests.
    buffer: Vec<u8>,
    answered: usize,
    is_closed: bool,
}

impl Connection {
    /// Bytes came. Those after the last answer are dropped.
    pub fn feed(&mut self, bytes: &[u8]) {
        if !self.is_closed {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether a request has begun and is not whole.
    pub fn is_within_request(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// What comes of what came, if that is a whole request. `admit` is asked about each; what it returns is told instead.
    /// `health`: why not all is well with the server, if it is not.
    pub fn next_step(
        &mut self,
        site: &Site,
        health: Option<&str>,
        admit: impl FnOnce() -> Option<Answer>,
    ) -> Option<Step> {
        if self.is_closed || self.buffer.is_empty() {
            return None;
        }
        let (head, length) = match parse(&self.buffer) {
            Parsed::Partial => return None,
            Parsed::Refused(answer) => return Some(self.close(answer)),
            Parsed::Whole(head, length) => (head, length),
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
            Reply::Answer(answer) if answer.closes => Some(self.close(answer)),
            Reply::Answer(answer) => Some(Step::Answer(answer)),
        }
    }

    fn close(&mut self, answer: Answer) -> Step {
        self.is_closed = true;
        self.buffer = Vec::new();
        Step::Answer(Answer { closes: true, ..answer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::allowed_hosts::AllowedHosts;
    use crate::web::answer::Status;

    const GET: &str = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

    fn site() -> Site {
        Site::new(AllowedHosts::default())
    }

    /// The statuses of all answers to what comes in pieces of this size, and how the last one went on.
    fn statuses(site: &Site, text: &str, piece_bytes: usize) -> Vec<String> {
        let mut connection = Connection::default();
        let mut all = Vec::new();
        for piece in text.as_bytes().chunks(piece_bytes) {
            connection.feed(piece);
            while let Some(step) = connection.next_step(site, None, || None) {
                all.push(match step {
                    Step::Answer(answer) => {
                        let status = String::from_utf8_lossy(&answer.head[9..12]).into_owned();
                        format!("{status}{}", if answer.closes { "." } else { "" })
                    }
                    Step::Upgrade { .. } => "ws".into(),
                });
            }
        }
        all
    }

    #[test]
    fn it_does_not_matter_how_requests_are_cut_and_nothing_follows_a_refusal() {
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
    fn a_connection_has_so_many_requests_and_is_told_which_is_the_last() {
        let all = statuses(&site(), &GET.repeat(HTTP_REQUESTS + 1), 4096);
        assert_eq!(all.len(), HTTP_REQUESTS);
        assert_eq!((all[HTTP_REQUESTS - 2].as_str(), all[HTTP_REQUESTS - 1].as_str()), ("200", "200."));
    }

    #[test]
    fn what_came_behind_the_request_for_a_websocket_is_the_websockets() {
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
    fn who_is_not_admitted_is_told_so_and_closed() {
        let site = site();
        let mut connection = Connection::default();
        connection.feed(GET.as_bytes());
        let refused = || Some(Answer::refusal(Status::TooManyRequests, "Later."));
        assert!(
            matches!(connection.next_step(&site, None, refused), Some(Step::Answer(answer)) if answer.closes)
        );
        connection.feed(GET.as_bytes());
        assert!(connection.next_step(&site, None, || None).is_none());
    }
}
