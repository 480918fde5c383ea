//! Connections that speak HTTP, each with its permit, until they are closed or upgrade to a WebSocket.
//!
//! They have their own budget in each turn, and do not touch the chat.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, ErrorKind, IoSlice};
use std::time::Instant;

use bytes::{Buf, Bytes};
use log::debug;
use mio::{Registry, Token};
use slab::Slab;

use crate::base::limits::{CLOSE_LINGER, CLOSE_TIMEOUT, HTTP_SERVED_PER_TURN, HTTP_TIMEOUT};
use crate::hub::{Hub, Permit, Source};
use crate::server::LISTENERS;
use crate::server::refusals;
use crate::server::transport::Transport;
use crate::web::{Accepted, Connection, Response, Site, Status, Step};

/// HTTP connections have the tokens from here up to [`LISTENERS`].
const FIRST: usize = LISTENERS / 2;

/// The socket of an HTTP connection, and its place in the admission limits.
#[derive(Debug)]
pub(super) struct HttpSocket {
    pub(super) permit: Permit,
    pub(super) transport: Transport,
    pub(super) source: Source,
}

/// A connection that upgrades to a WebSocket.
#[derive(Debug)]
pub(super) struct Upgraded {
    pub(super) socket: HttpSocket,
    /// The response to its upgrade.
    pub(super) begin: Accepted,
    /// Input after the request.
    pub(super) rest: Vec<u8>,
}

/// All HTTP connections.
#[derive(Debug)]
pub(super) struct HttpConnections {
    registry: Registry,
    /// The pages; `None` if there are none.
    site: Option<Site>,
    open: Slab<HttpConnection>,
    /// Keys of connections that may have something to do, each once.
    ready: VecDeque<usize>,
    deadlines: BTreeSet<(Instant, usize)>,
    has_freed_fd: bool,
}

#[derive(Debug)]
struct HttpConnection {
    socket: HttpSocket,
    parser: Connection,
    /// Unwritten output: head and body of a response.
    answer: [Bytes; 2],
    stage: Stage,
    deadline: Instant,
    is_ready: bool,
}

/// The stage of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Requests are answered.
    Open,
    /// The last response is being written.
    Last,
    /// Our side is closed. Input is dropped.
    HalfClosed,
}

/// The result of a connection's share of a turn.
enum Outcome {
    /// Its socket is not ready.
    Waits,
    /// There may be more to do in the next turn.
    GoesOn,
    /// It is to be closed.
    Over,
    /// It upgrades: the response, and input after the request.
    Upgrades(Accepted, Vec<u8>),
}

impl HttpConnections {
    /// No connections yet.
    pub(super) fn new(registry: Registry, site: Option<Site>) -> HttpConnections {
        HttpConnections {
            registry,
            site,
            open: Slab::new(),
            ready: VecDeque::new(),
            deadlines: BTreeSet::new(),
            has_freed_fd: false,
        }
    }

    /// Whether there is anything to be asked for.
    pub(super) fn is_open(&self) -> bool {
        self.site.is_some()
    }

    /// Whether this is the token of an HTTP connection.
    pub(super) fn owns(token: Token) -> bool {
        (FIRST..LISTENERS).contains(&token.0)
    }

    /// Records an event of the poll.
    pub(super) fn note(&mut self, token: Token) {
        self.wake(token.0 - FIRST);
    }

    /// Whether there is more to do without waiting.
    pub(super) fn is_busy(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The next timeout.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Adds a connection, with its input so far.
    pub(super) fn add(&mut self, hub: &mut Hub, mut socket: HttpSocket, sent: &[&[u8]], now: Instant) {
        let entry = self.open.vacant_entry();
        let key = entry.key();
        if let Err(why) = socket.transport.reregister(&self.registry, Token(FIRST + key)) {
            debug!("an HTTP connection cannot be registered with the poll: {why}");
            self.has_freed_fd = true;
            return hub.entry().http_closed(socket.permit);
        }
        let mut parser = Connection::default();
        for bytes in sent {
            parser.feed(bytes);
        }
        let deadline = now + HTTP_TIMEOUT;
        let answer = [Bytes::new(), Bytes::new()];
        entry.insert(HttpConnection {
            socket,
            parser,
            answer,
            stage: Stage::Open,
            deadline,
            is_ready: false,
        });
        self.deadlines.insert((deadline, key));
        self.wake(key);
    }

    fn wake(&mut self, key: usize) {
        if let Some(connection) = self.open.get_mut(key)
            && !std::mem::replace(&mut connection.is_ready, true)
        {
            self.ready.push_back(key);
        }
    }

    /// Serves connections, as many as a turn allows. Returns those that upgrade. `buffer` is the loop's read buffer.
    pub(super) fn serve(&mut self, hub: &mut Hub, buffer: &mut [u8], now: Instant) -> Vec<Upgraded> {
        let mut upgraded = Vec::new();
        while let Some((_, key)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            self.on_deadline(key, hub, now);
        }
        for _ in 0..self.ready.len().min(HTTP_SERVED_PER_TURN) {
            let Some(key) = self.ready.pop_front() else { break };
            let (Some(connection), Some(site)) = (self.open.get_mut(key), &self.site) else { continue };
            connection.is_ready = false;
            let before = connection.deadline;
            let outcome = connection.advance(site, hub, buffer, now);
            self.deadlines.remove(&(before, key));
            self.deadlines.insert((connection.deadline, key));
            match outcome {
                Ok(Outcome::Waits) => {}
                Ok(Outcome::GoesOn) => self.wake(key),
                Ok(Outcome::Over) => self.close(key, hub),
                Ok(Outcome::Upgrades(begin, rest)) => {
                    let socket = self.remove(key);
                    upgraded.push(Upgraded { socket, begin, rest });
                }
                Err(why) => {
                    debug!("an HTTP connection was lost: {why}");
                    self.close(key, hub);
                }
            }
        }
        upgraded
    }

    /// Handles a timeout: 408 if a request is incomplete; otherwise the connection is closed.
    fn on_deadline(&mut self, key: usize, hub: &mut Hub, now: Instant) {
        let connection = &mut self.open[key];
        if connection.stage != Stage::Open
            || !connection.is_answered()
            || !connection.parser.is_within_request()
        {
            return self.close(key, hub);
        }
        self.deadlines.remove(&(connection.deadline, key));
        connection.tell(Response::refusal(Status::RequestTimeout, "This request took too long."), now);
        self.deadlines.insert((connection.deadline, key));
        self.wake(key);
    }

    fn close(&mut self, key: usize, hub: &mut Hub) {
        let HttpSocket { permit, transport, .. } = self.remove(key);
        transport.close();
        self.has_freed_fd = true;
        hub.entry().http_closed(permit);
    }

    /// Whether a descriptor was freed since the last call.
    pub(super) fn take_freed_fd(&mut self) -> bool {
        std::mem::take(&mut self.has_freed_fd)
    }

    fn remove(&mut self, key: usize) -> HttpSocket {
        let connection = self.open.remove(key);
        self.deadlines.remove(&(connection.deadline, key));
        self.ready.retain(|other| *other != key);
        connection.socket
    }
}

impl HttpConnection {
    /// Does one step: writes pending output, answers a request, or reads once.
    fn advance(
        &mut self,
        site: &Site,
        hub: &mut Hub,
        buffer: &mut [u8],
        now: Instant,
    ) -> io::Result<Outcome> {
        while !self.is_answered() {
            match self.write() {
                Ok(()) => {}
                Err(why) if why.kind() == ErrorKind::WouldBlock => return Ok(Outcome::Waits),
                Err(why) => return Err(why),
            }
            if self.is_answered() {
                self.on_answered(now)?;
            }
        }
        if self.stage == Stage::Open {
            let health_problem = hub.health_problem();
            let permit = &self.socket.permit;
            let admit = || match hub.ban_of(permit, now) {
                Some(why) => Some(Response::refusal(Status::Forbidden, &why)),
                None => hub.entry().admit_request(permit, now).err().map(refusals::response),
            };
            match self.parser.next_step(site, health_problem.as_deref(), admit) {
                Some(Step::Upgrade { begin, rest }) => match hub.entry().admit_websocket(permit, now) {
                    Ok(()) => return Ok(Outcome::Upgrades(begin, rest)),
                    Err(why) => {
                        self.tell(refusals::response(why), now);
                        return Ok(Outcome::GoesOn);
                    }
                },
                Some(Step::Response(response)) => {
                    self.tell(response, now);
                    return Ok(Outcome::GoesOn);
                }
                None => {}
            }
        }
        match self.socket.transport.read(buffer) {
            Ok(0) => Ok(Outcome::Over),
            Ok(bytes) => {
                if self.stage == Stage::Open {
                    if !self.parser.is_within_request() {
                        self.deadline = now + HTTP_TIMEOUT;
                    }
                    self.parser.feed(&buffer[..bytes]);
                }
                Ok(Outcome::GoesOn)
            }
            Err(why) if why.kind() == ErrorKind::WouldBlock => Ok(Outcome::Waits),
            Err(why) if why.kind() == ErrorKind::Interrupted => Ok(Outcome::GoesOn),
            Err(why) => Err(why),
        }
    }

    fn tell(&mut self, Response { head, body, closes }: Response, now: Instant) {
        self.answer = [head, body];
        self.deadline = now + CLOSE_TIMEOUT;
        if closes {
            self.stage = Stage::Last;
        }
    }

    /// Whether no output is pending.
    fn is_answered(&self) -> bool {
        self.answer.iter().all(Bytes::is_empty)
    }

    fn write(&mut self) -> io::Result<()> {
        let [head, body] = &mut self.answer;
        let slices = [IoSlice::new(head), IoSlice::new(body)];
        let written = if head.is_empty() {
            self.socket.transport.write(&slices[1..])?
        } else {
            self.socket.transport.write(&slices)?
        };
        let of_head = written.min(head.len());
        head.advance(of_head);
        body.advance(written - of_head);
        Ok(())
    }

    fn on_answered(&mut self, now: Instant) -> io::Result<()> {
        self.answer = [Bytes::new(), Bytes::new()];
        self.deadline = now + HTTP_TIMEOUT;
        if self.stage == Stage::Last {
            self.stage = Stage::HalfClosed;
            self.deadline = now + CLOSE_LINGER;
            self.socket.transport.half_close()?;
        }
        Ok(())
    }
}
