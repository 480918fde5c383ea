//! Who asks for pages: connections that speak HTTP, each with its permit, until they are closed, or go on in frames.
//!
//! They have a share of each turn of their own, and touch nothing of the chat.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, ErrorKind, IoSlice};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use log::debug;
use mio::{Registry, Token};
use slab::Slab;

use crate::base::limits::{CLOSE_LINGER, CLOSE_TIMEOUT, HTTP_SERVED_PER_TURN, HTTP_WITHIN};
use crate::base::text::in_words;
use crate::hub::{Hub, Permit, Source};
use crate::server::LISTENERS;
use crate::server::transport::Transport;
use crate::web::{Answer, Connection, Site, Status, Step};

/// Visitors have the tokens from here on.
const FIRST: usize = LISTENERS / 2;

/// Somebody who speaks HTTP.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) permit: Permit,
    pub(super) transport: Transport,
    pub(super) source: Source,
}

/// Somebody whose WebSocket begins.
#[derive(Debug)]
pub(super) struct Upgraded {
    pub(super) visitor: Visitor,
    /// What it begins with.
    pub(super) begin: Bytes,
    /// What came behind the request.
    pub(super) rest: Vec<u8>,
}

/// All who ask for pages.
#[derive(Debug)]
pub(super) struct Visitors {
    registry: Registry,
    /// What there is to be asked for; none: nothing.
    site: Option<Site>,
    open: Slab<Visit>,
    /// Those for whom something may be done, each once.
    ready: VecDeque<usize>,
    deadlines: BTreeSet<(Instant, usize)>,
    has_freed_fd: bool,
}

#[derive(Debug)]
struct Visit {
    visitor: Visitor,
    http: Connection,
    /// What is still to be written of an answer.
    answer: [Bytes; 2],
    stage: Stage,
    deadline: Instant,
    is_ready: bool,
}

/// How far a visit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Requests are answered.
    Open,
    /// The last answer is under way.
    Last,
    /// It was told that nothing more comes. What it still sends is dropped.
    HalfClosed,
}

/// What is to become of a visit.
enum Outcome {
    /// Its socket has to be waited for.
    Waits,
    /// It has had its share of this turn.
    GoesOn,
    Over,
    Upgrades(Bytes, Vec<u8>),
}

impl Visitors {
    /// Nobody is there. Without a site, nobody is taken in.
    pub(super) fn new(registry: Registry, site: Option<Site>) -> Visitors {
        Visitors {
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

    /// Whether an event with this token is about one of them.
    pub(super) fn owns(token: Token) -> bool {
        (FIRST..LISTENERS).contains(&token.0)
    }

    /// Something may be done for somebody.
    pub(super) fn note(&mut self, token: Token) {
        self.wake(token.0 - FIRST);
    }

    /// Whether there is something to do at once.
    pub(super) fn is_busy(&self) -> bool {
        !self.ready.is_empty()
    }

    /// When somebody has to be done with.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Takes somebody in, who sent this already.
    pub(super) fn add(&mut self, hub: &mut Hub, mut visitor: Visitor, sent: &[&[u8]], now: Instant) {
        let entry = self.open.vacant_entry();
        let key = entry.key();
        if let Err(why) = visitor.transport.reregister(&self.registry, Token(FIRST + key)) {
            debug!("a visitor cannot be watched: {why}");
            self.has_freed_fd = true;
            return hub.give_back(visitor.permit);
        }
        let mut http = Connection::default();
        for bytes in sent {
            http.feed(bytes);
        }
        let deadline = now + HTTP_WITHIN;
        let answer = [Bytes::new(), Bytes::new()];
        entry.insert(Visit { visitor, http, answer, stage: Stage::Open, deadline, is_ready: false });
        self.deadlines.insert((deadline, key));
        self.wake(key);
    }

    fn wake(&mut self, key: usize) {
        if let Some(visit) = self.open.get_mut(key)
            && !std::mem::replace(&mut visit.is_ready, true)
        {
            self.ready.push_back(key);
        }
    }

    /// Does a turn's share. Returns those who go on in frames. `buffer` is what is read into.
    pub(super) fn serve(&mut self, hub: &mut Hub, buffer: &mut [u8], now: Instant) -> Vec<Upgraded> {
        let mut upgraded = Vec::new();
        while let Some((_, key)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            self.on_deadline(key, hub, now);
        }
        for _ in 0..self.ready.len().min(HTTP_SERVED_PER_TURN) {
            let Some(key) = self.ready.pop_front() else { break };
            let (Some(visit), Some(site)) = (self.open.get_mut(key), &self.site) else { continue };
            visit.is_ready = false;
            let before = visit.deadline;
            let outcome = visit.advance(site, hub, buffer, now);
            self.deadlines.remove(&(before, key));
            self.deadlines.insert((visit.deadline, key));
            match outcome {
                Ok(Outcome::Waits) => {}
                Ok(Outcome::GoesOn) => self.wake(key),
                Ok(Outcome::Over) => self.close(key, hub),
                Ok(Outcome::Upgrades(begin, rest)) => {
                    let visitor = self.remove(key);
                    upgraded.push(Upgraded { visitor, begin, rest });
                }
                Err(why) => {
                    debug!("a visitor was lost: {why}");
                    self.close(key, hub);
                }
            }
        }
        upgraded
    }

    /// Somebody took too long. Who was within a request is told so.
    fn on_deadline(&mut self, key: usize, hub: &mut Hub, now: Instant) {
        let visit = &mut self.open[key];
        if visit.stage != Stage::Open || !visit.is_answered() || !visit.http.is_within_request() {
            return self.close(key, hub);
        }
        self.deadlines.remove(&(visit.deadline, key));
        visit.tell(Answer::refusal(Status::RequestTimeout, "This request took too long."), now);
        self.deadlines.insert((visit.deadline, key));
        self.wake(key);
    }

    fn close(&mut self, key: usize, hub: &mut Hub) {
        let Visitor { permit, transport, .. } = self.remove(key);
        transport.close();
        self.has_freed_fd = true;
        hub.give_back(permit);
    }

    /// Whether a descriptor was freed since this was asked last.
    pub(super) fn take_freed_fd(&mut self) -> bool {
        std::mem::take(&mut self.has_freed_fd)
    }

    fn remove(&mut self, key: usize) -> Visitor {
        let visit = self.open.remove(key);
        self.deadlines.remove(&(visit.deadline, key));
        self.ready.retain(|other| *other != key);
        visit.visitor
    }
}

impl Visit {
    /// Writes what there is to be written, answers what there is to be answered, or reads once.
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
            let permit = &self.visitor.permit;
            let admit = || hub.admit_request(permit, now).err().map(too_many);
            match self.http.next_step(site, health_problem.as_deref(), admit) {
                Some(Step::Upgrade { begin, rest }) => return Ok(Outcome::Upgrades(begin, rest)),
                Some(Step::Answer(answer)) => {
                    self.tell(answer, now);
                    return Ok(Outcome::GoesOn);
                }
                None => {}
            }
        }
        match self.visitor.transport.read(buffer) {
            Ok(0) => Ok(Outcome::Over),
            Ok(bytes) => {
                if self.stage == Stage::Open {
                    if !self.http.is_within_request() {
                        self.deadline = now + HTTP_WITHIN;
                    }
                    self.http.feed(&buffer[..bytes]);
                }
                Ok(Outcome::GoesOn)
            }
            Err(why) if why.kind() == ErrorKind::WouldBlock => Ok(Outcome::Waits),
            Err(why) if why.kind() == ErrorKind::Interrupted => Ok(Outcome::GoesOn),
            Err(why) => Err(why),
        }
    }

    fn tell(&mut self, Answer { head, body, closes }: Answer, now: Instant) {
        self.answer = [head, body];
        self.deadline = now + CLOSE_TIMEOUT;
        if closes {
            self.stage = Stage::Last;
        }
    }

    /// Whether all that was asked for is written.
    fn is_answered(&self) -> bool {
        self.answer.iter().all(Bytes::is_empty)
    }

    fn write(&mut self) -> io::Result<()> {
        let [head, body] = &mut self.answer;
        let slices = [IoSlice::new(head), IoSlice::new(body)];
        let written = if head.is_empty() {
            self.visitor.transport.write(&slices[1..])?
        } else {
            self.visitor.transport.write(&slices)?
        };
        let of_head = written.min(head.len());
        head.advance(of_head);
        body.advance(written - of_head);
        Ok(())
    }

    fn on_answered(&mut self, now: Instant) -> io::Result<()> {
        self.answer = [Bytes::new(), Bytes::new()];
        self.deadline = now + HTTP_WITHIN;
        if self.stage == Stage::Last {
            self.stage = Stage::HalfClosed;
            self.deadline = now + CLOSE_LINGER;
            self.visitor.transport.half_close()?;
        }
        Ok(())
    }
}

fn too_many(wait: Duration) -> Answer {
    let sentence =
        format!("Too much is asked for from your address. Please try again in {}.", in_words(wait));
    Answer::later(Status::TooManyRequests, &sentence, wait)
}
