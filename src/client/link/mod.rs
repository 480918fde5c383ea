//! A client's side of the `json` dialect, without a socket: from the first word to the last, and again after a loss.
//!
//! The contract, for a loop over sockets (one link or many) as for a test without any:
//!
//! 1. *Take in*: [`Link::connected`], [`Link::received`], [`Link::lost`], [`Link::handle_timeout`], and what one wishes:
//!    [`Link::send`], [`Link::set_name`], [`Link::leave`], each with the time.
//! 2. *Give out*: [`Link::poll_output`] until `None`; then send [`Link::unsent`] and say with [`Link::sent`] how much was.
//! 3. *Wait* for whatever comes first of the socket and [`Link::next_deadline`].

mod inbound;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::base::limits::{
    CONFIRMATION_TIMEOUT, CONNECT_TIMEOUT, LEAVE_TIMEOUT, RECONNECT_BACKOFF_MAX, RECONNECT_BACKOFF_MIN,
    SERVER_LINE_BYTES,
};
use crate::base::line_buffer::LineBuffer;
use crate::client::outbox::Outbox;
use crate::wire::json::{ClientMessage, ServerMessage, VERSION};

pub use crate::client::outbox::Full;

/// Who connects, and where to.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The name to be known by.
    pub name: String,
    /// Whether nobody sits at it.
    pub bot: bool,
    /// The room to be in; if it is empty, the one that everybody comes to.
    pub room: String,
}

/// When a connection that is lost is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reconnect {
    /// Never.
    Never,
    /// If one had been in the room.
    AfterJoin,
    /// In any case.
    Always,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// There is no connection; one is tried then.
    Backoff {
        /// When.
        until: Instant,
    },
    /// A connection is being made, and given up then.
    Connecting {
        /// When.
        until: Instant,
    },
    /// The server was told a name, and has until then to answer.
    Greeting {
        /// When.
        until: Instant,
    },
    /// The name cannot be had.
    NeedsName,
    /// One is known, and hears what was said before.
    Joining,
    /// In the room.
    Live,
    /// The last word was said; the connection is closed then at the latest.
    Leaving {
        /// When.
        until: Instant,
    },
    /// It is over.
    Ended,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// As one wished.
    Left,
    /// The host removed one, for this reason.
    Removed(String),
    /// No connection could be made.
    Unreachable,
    /// The connection was lost.
    ConnectionLost,
    /// The room does not take one, for this reason: a sentence.
    Refused(String),
    /// What answered speaks something else: this.
    UnknownServer(String),
}

/// What is to be done, or to be known.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Make a connection, and say how that went: [`Link::connected`] or [`Link::lost`].
    Connect,
    /// Close the connection, once what is unsent was tried to be sent.
    Close,
    /// The name cannot be had, for this reason: a sentence. Another is needed: [`Link::set_name`].
    NameRefused(String),
    /// The server says something; its text is harmless.
    Received(ServerMessage),
    /// One said this, in a room that does not say it again.
    LocalEcho(ClientMessage),
    /// The connection was lost, and is tried again after this pause.
    Reconnecting(Duration),
    /// It is over, and nothing follows.
    Ended(End),
}

/// One connection after another, as one presence in a room.
#[derive(Debug)]
pub struct Link {
    identity: Identity,
    reconnect: Reconnect,
    stage: Stage,
    /// It has been in the room.
    was_inside: bool,
    /// It is to leave once all was said.
    leaving: bool,
    /// The next pause, before its jitter.
    pause: Duration,
    /// What shows the server that the name is one's own, if it does not know yet that the connection is lost.
    token: Option<String>,
    rng: StdRng,
    lines: LineBuffer,
    unsent: Vec<u8>,
    outbox: Outbox,
    /// The room says again to whoever says something what that was.
    echoes: bool,
    /// The last news that was heard: its room, its id, and its time, which tells whether the ids have begun anew since.
    last_heard: (String, u64, String),
    outputs: VecDeque<Output>,
}

impl Link {
    /// A link that connects at once. Its pauses follow from `seed`.
    pub fn new(identity: Identity, reconnect: Reconnect, seed: u64, now: Instant) -> Link {
        let mut link = Link {
            identity,
            reconnect,
            stage: Stage::Ended,
            was_inside: false,
            leaving: false,
            pause: RECONNECT_BACKOFF_MIN,
            token: None,
            rng: StdRng::seed_from_u64(seed),
            lines: LineBuffer::new(SERVER_LINE_BYTES),
            unsent: Vec::new(),
            outbox: Outbox::default(),
            echoes: true,
            last_heard: (String::new(), 0, String::new()),
            outputs: VecDeque::new(),
        };
        link.connect(now);
        link
    }

    /// How far it has come.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether it has ever been in the room.
    pub fn was_inside(&self) -> bool {
        self.was_inside
    }

    /// The name that one is known by, or wishes to be.
    pub fn name(&self) -> &str {
        &self.identity.name
    }

    /// The room that one is in, or wishes to be.
    pub fn room(&self) -> &str {
        &self.identity.room
    }

    /// Whether it is to leave, or has left.
    pub fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// Messages that wait to be sent.
    pub fn waiting(&self) -> usize {
        self.outbox.waiting()
    }

    /// Messages of which it is not known that they were heard.
    pub fn unacknowledged(&self) -> usize {
        self.outbox.unacknowledged()
    }

    /// Whether no more can be said for now.
    pub fn is_full(&self) -> bool {
        self.outbox.is_full()
    }

    /// The connection is there.
    pub fn connected(&mut self, now: Instant) {
        if !matches!(self.stage, Stage::Connecting { .. }) {
            return;
        }
        self.lines.clear();
        self.unsent.clear();
        self.greet(now);
    }

    /// Bytes came.
    pub fn received(&mut self, bytes: &[u8], now: Instant) {
        self.lines.feed(bytes);
        let mut is_cut = false;
        while let Some(line) = self.lines.next_line() {
            is_cut |= line.is_cut;
            if !is_cut {
                self.line(&line.bytes, now);
            }
        }
        if !self.is_connected() {
            return;
        }
        if let Stage::Leaving { until } = &mut self.stage {
            *until = now + leave_within(self.reconnect);
        }
        if is_cut || self.lines.is_cut() {
            self.end(End::UnknownServer("a line without an end".into()));
        }
    }

    /// The connection is gone, or could not be made.
    pub fn lost(&mut self, now: Instant) {
        self.lines.clear();
        self.unsent.clear();
        match self.stage {
            Stage::Ended | Stage::Backoff { .. } => {}
            // Who never returns is to know whether all was heard.
            Stage::Leaving { .. }
                if self.reconnect == Reconnect::Never && self.outbox.unacknowledged() > 0 =>
            {
                self.end(End::ConnectionLost);
            }
            Stage::Leaving { .. } => self.end(End::Left),
            _ if self.leaving && self.reconnect != Reconnect::Never => self.end(End::Left),
            _ if self.will_reconnect() => self.retry(now),
            Stage::Connecting { .. } => self.end(End::Unreachable),
            _ => self.end(End::ConnectionLost),
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.stage {
            Stage::Backoff { until } if until <= now => self.connect(now),
            Stage::Connecting { until } | Stage::Greeting { until } | Stage::Leaving { until }
                if until <= now =>
            {
                self.outputs.push_back(Output::Close);
                self.lost(now);
            }
            Stage::Live => self.pump(now),
            _ => {}
        }
    }

    /// When something is due next.
    pub fn next_deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::Backoff { until }
            | Stage::Connecting { until }
            | Stage::Greeting { until }
            | Stage::Leaving { until } => Some(until),
            Stage::Live => self.outbox.next_send_at(),
            Stage::NeedsName | Stage::Joining | Stage::Ended => None,
        }
    }

    /// Says something, now or as soon as that is possible.
    pub fn send(&mut self, ask: ClientMessage, now: Instant) -> Result<(), Full> {
        self.outbox.push(ask)?;
        self.pump(now);
        Ok(())
    }

    /// Gives another name, after one that could not be had.
    pub fn set_name(&mut self, name: String, now: Instant) {
        self.identity.name = name;
        self.token = None;
        if self.stage == Stage::NeedsName {
            self.greet(now);
        }
    }

    /// Forgets what was not said yet, or not heard: what comes late need not be said.
    pub fn clear_outbox(&mut self) {
        self.outbox = Outbox::default();
    }

    /// Leaves, once all was said that can be said.
    pub fn leave(&mut self, now: Instant) {
        self.leaving = true;
        match self.stage {
            Stage::Live => self.pump(now),
            Stage::Joining | Stage::Connecting { .. } | Stage::Greeting { .. } | Stage::NeedsName
                if self.outbox.waiting() > 0 || self.reconnect == Reconnect::Never => {}
            Stage::Ended | Stage::Leaving { .. } => {}
            _ => self.end(End::Left),
        }
    }

    /// Leaves at once.
    pub fn abort(&mut self) {
        self.end(End::Left);
    }

    /// What is to be done next, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Bytes for the server.
    pub fn unsent(&self) -> &[u8] {
        &self.unsent
    }

    /// So many of them were sent.
    pub fn sent(&mut self, bytes: usize) {
        self.unsent.drain(..bytes);
    }

    fn is_connected(&self) -> bool {
        !matches!(self.stage, Stage::Backoff { .. } | Stage::Connecting { .. } | Stage::Ended)
    }

    fn will_reconnect(&self) -> bool {
        match self.reconnect {
            Reconnect::Never => false,
            Reconnect::AfterJoin => self.was_inside,
            Reconnect::Always => true,
        }
    }

    fn connect(&mut self, now: Instant) {
        self.stage = Stage::Connecting { until: now + CONNECT_TIMEOUT };
        self.outputs.push_back(Output::Connect);
    }

    fn greet(&mut self, now: Instant) {
        let Identity { name, bot, .. } = &self.identity;
        let hello = ClientMessage::Hello {
            version: VERSION,
            name: name.clone(),
            bot: *bot,
            token: self.token.clone(),
        };
        self.put(&hello);
        self.stage = Stage::Greeting { until: now + CONNECT_TIMEOUT };
    }

    /// Tries again after a pause between half of what it could be and all of it, so that those who lost the same server
    /// do not all come back at once.
    fn retry(&mut self, now: Instant) {
        let pause = self.pause.mul_f64(self.rng.random_range(0.5..=1.0));
        self.pause = (self.pause * 2).min(RECONNECT_BACKOFF_MAX);
        self.stage = Stage::Backoff { until: now + pause };
        self.outputs.push_back(Output::Reconnecting(pause));
    }

    fn end(&mut self, end: End) {
        if self.stage != Stage::Ended {
            self.stage = Stage::Ended;
            self.outputs.extend([Output::Close, Output::Ended(end)]);
        }
    }

    /// Sends what may be sent now.
    fn pump(&mut self, now: Instant) {
        if self.stage != Stage::Live {
            return;
        }
        while let Some(ask) = self.outbox.next_message(now) {
            put(&mut self.unsent, ask);
            if !self.echoes {
                self.outputs.extend(self.outbox.take_unechoed().map(Output::LocalEcho));
            }
        }
        if self.leaving && self.outbox.waiting() == 0 {
            // The server closes the connection when we have heard all that we are owed.
            self.put(&ClientMessage::Command { room: None, name: "exit".into(), rest: String::new() });
            self.stage = Stage::Leaving { until: now + leave_within(self.reconnect) };
        }
    }

    fn put(&mut self, ask: &ClientMessage) {
        put(&mut self.unsent, ask);
    }
}

/// How long one who leaves waits for its last words. Who never returns is to know whether all was heard.
fn leave_within(reconnect: Reconnect) -> Duration {
    if reconnect == Reconnect::Never { CONFIRMATION_TIMEOUT } else { LEAVE_TIMEOUT }
}

fn put(out: &mut Vec<u8>, ask: &ClientMessage) {
    let start = out.len();
    if serde_json::to_writer(&mut *out, ask).is_err() {
        // Neither strings and numbers nor a buffer can fail; half an object would be worse than none.
        return out.truncate(start);
    }
    out.push(b'\n');
}
