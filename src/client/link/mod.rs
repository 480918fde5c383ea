//! The client side of the `json` dialect, without a socket: handshake, messages, reconnecting.
//!
//! The contract, for a loop over sockets (one link or many) as for a test without any:
//!
//! 1. *Input*: [`Link::connected`], [`Link::received`], [`Link::lost`], [`Link::handle_timeout`], and what the user wants:
//!    [`Link::send`], [`Link::set_name`], [`Link::leave`], each with the time.
//! 2. *Output*: [`Link::poll_output`] until `None`; then send [`Link::unsent`], and report with [`Link::sent`] how much was sent.
//! 3. *Wait* for the socket or [`Link::next_deadline`], whichever comes first.

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
use crate::base::secret::Secret;
use crate::client::outbox::Outbox;
use crate::wire::json::{ClientMessage, ServerMessage, VERSION};

pub use crate::client::outbox::Full;

/// Who connects, and to which room.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The name.
    pub name: String,
    /// Whether this is a bot.
    pub bot: bool,
    /// The room; empty means the server's first room.
    pub room: String,
}

/// When to reconnect after a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reconnect {
    /// Never.
    Never,
    /// If the link had joined the room.
    AfterJoin,
    /// Always.
    Always,
}

/// The stage of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Not connected; the next attempt is at `until`.
    Backoff {
        /// When.
        until: Instant,
    },
    /// Connecting; given up at `until`.
    Connecting {
        /// When.
        until: Instant,
    },
    /// `hello` is sent; the answer must come before `until`.
    Greeting {
        /// When.
        until: Instant,
    },
    /// The name was refused; another is needed.
    NeedsName,
    /// The name is accepted; the room is being joined and its history replayed.
    Joining,
    /// In the room.
    Live,
    /// `exit` is sent; the connection is closed at `until` at the latest.
    Leaving {
        /// When.
        until: Instant,
    },
    /// Ended for good.
    Ended,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It left by itself.
    Left,
    /// The host removed it, for this reason.
    Removed(String),
    /// No connection could be made.
    Unreachable,
    /// The connection was lost.
    ConnectionLost,
    /// The server asks for a password, or for another one: a sentence.
    NoPassword(String),
    /// The room refused it: a sentence.
    Refused(String),
    /// The server does not speak this protocol. With its first words.
    UnknownServer(String),
}

/// A room that the link has joined.
#[derive(Debug)]
struct JoinedRoom {
    name: String,
    /// It echoes messages to their authors.
    echoes: bool,
}

/// The last event that was heard in a room: when it is replayed, it is dropped with all before it. Its time shows whether ids
/// have begun anew since.
#[derive(Debug)]
struct LastHeard {
    room: String,
    id: u64,
    time: String,
}

/// What the link wants done, or reports.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Connect, and report the result: [`Link::connected`] or [`Link::lost`].
    Connect,
    /// Close the connection, after one attempt to send what is unsent.
    Close,
    /// The name was refused: a sentence. Set another with [`Link::set_name`].
    NameRefused(String),
    /// A message of the server, sanitized.
    Received(ServerMessage),
    /// A message that was sent to a room that does not echo: show it locally.
    LocalEcho(ClientMessage),
    /// The connection was lost; the next attempt is after this pause.
    Reconnecting(Duration),
    /// Ended; nothing follows.
    Ended(End),
}

/// A member's link to a server, over one connection after another.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
pub struct Link {
    identity: Identity,
    reconnect: Reconnect,
    stage: Stage,
    /// It has been in the room.
    was_inside: bool,
    /// It shows messages of several lines.
    keeps_lines: bool,
    /// Leave once everything is sent.
    leaving: bool,
    /// The next pause, before its jitter.
    pause: Duration,
    /// The token that takes the name back while the server still holds the old connection.
    token: Option<String>,
    /// The password of the server.
    password: Option<Secret>,
    rng: StdRng,
    lines: LineBuffer,
    unsent: Vec<u8>,
    outbox: Outbox,
    /// The rooms, in the order in which they were joined.
    rooms: Vec<JoinedRoom>,
    /// Rooms to join on the next connection. None: the identity's room.
    wanted: Vec<String>,
    /// If all of them refuse it, it joins the server's first room.
    falls_back: bool,
    /// How many messages of people to hear of the past of a room that is joined anew. `None`: as many as the server thinks fit.
    replay: Option<usize>,
    /// Joins of this connection that are not answered yet, in order.
    asked: VecDeque<String>,
    /// Rooms whose replay is not over.
    replaying: usize,
    /// Whether to ask for the list of rooms on each connection.
    lists_rooms: bool,
    /// What the server said of its start: ids begin anew with another start.
    started: String,
    /// At most [`ROOMS`](crate::base::limits::ROOMS), the one that was heard last at the end.
    last_heard: Vec<LastHeard>,
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
            keeps_lines: false,
            leaving: false,
            pause: RECONNECT_BACKOFF_MIN,
            token: None,
            password: None,
            rng: StdRng::seed_from_u64(seed),
            lines: LineBuffer::new(SERVER_LINE_BYTES),
            unsent: Vec::new(),
            outbox: Outbox::default(),
            rooms: Vec::new(),
            wanted: Vec::new(),
            falls_back: false,
            replay: None,
            asked: VecDeque::new(),
            replaying: 0,
            lists_rooms: false,
            started: String::new(),
            last_heard: Vec::new(),
            outputs: VecDeque::new(),
        };
        link.connect(now);
        link
    }

    /// Joins these rooms instead of the identity's room, in this order, and asks for the list of rooms on each connection. If
    /// none of them lets it in, it joins the server's first room, unless the identity names one.
    #[must_use]
    pub fn with_rooms(mut self, rooms: Vec<String>) -> Link {
        self.falls_back = self.identity.room.is_empty();
        (self.wanted, self.lists_rooms) = (rooms, true);
        self
    }

    /// Asks for so many messages of people when it joins a room anew. `None`: for as many as the server thinks fit.
    #[must_use]
    pub fn with_replay(mut self, replay: Option<usize>) -> Link {
        self.replay = replay;
        self
    }

    /// The request to join a room that it has not been in.
    pub fn request_to_join(&self, room: Option<String>) -> ClientMessage {
        ClientMessage::Join { room, after: None, replay: self.replay }
    }

    /// Asks for messages with their line breaks.
    #[must_use]
    pub fn with_lines(mut self) -> Link {
        self.keeps_lines = true;
        self
    }

    /// Gives the server this password.
    pub fn set_password(&mut self, password: Option<Secret>) {
        self.password = password;
    }

    /// The current stage.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether it has ever joined the room.
    pub fn was_inside(&self) -> bool {
        self.was_inside
    }

    /// The name, accepted or wanted.
    pub fn name(&self) -> &str {
        &self.identity.name
    }

    /// The room, joined or wanted; of several, the one joined last.
    pub fn room(&self) -> &str {
        &self.identity.room
    }

    /// Whether it leaves or has left.
    pub fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// How many messages wait to be sent.
    pub fn waiting(&self) -> usize {
        self.outbox.waiting()
    }

    /// Whether the connection lasts, or will come, so that what waits can be sent.
    pub fn will_send(&self) -> bool {
        !matches!(self.stage, Stage::Leaving { .. } | Stage::Ended)
    }

    /// Drops the messages that wait to be sent. Returns how many.
    pub fn drop_waiting(&mut self) -> usize {
        self.outbox.drop_waiting()
    }

    /// How many messages are not known to be heard.
    pub fn unacknowledged(&self) -> usize {
        self.outbox.unacknowledged()
    }

    /// Whether the outbox is full.
    pub fn is_full(&self) -> bool {
        self.outbox.is_full()
    }

    /// The connection is established.
    pub fn connected(&mut self, now: Instant) {
        if !matches!(self.stage, Stage::Connecting { .. }) {
            return;
        }
        self.lines.clear();
        self.unsent.clear();
        self.greet(now);
    }

    /// Handles received bytes.
    pub fn received(&mut self, bytes: &[u8], now: Instant) {
        self.lines.feed(bytes);
        let mut is_truncated = false;
        while let Some(line) = self.lines.next_line() {
            is_truncated |= line.is_truncated;
            if !is_truncated {
                self.line(&line.bytes, now);
            }
        }
        if !self.is_connected() {
            return;
        }
        if let Stage::Leaving { until } = &mut self.stage {
            *until = now + leave_within(self.reconnect);
        }
        if is_truncated || self.lines.is_truncated() {
            self.end(End::UnknownServer("a line without an end".into()));
        }
    }

    /// The connection was lost, or could not be made.
    pub fn lost(&mut self, now: Instant) {
        self.lines.clear();
        self.unsent.clear();
        match self.stage {
            Stage::Ended | Stage::Backoff { .. } => {}
            // A filter has to know whether everything was delivered.
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

    /// Handles a deadline that has passed.
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

    /// The next deadline.
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

    /// Sends something, now or as soon as possible.
    pub fn send(&mut self, request: ClientMessage, now: Instant) -> Result<(), Full> {
        self.outbox.push(request)?;
        self.pump(now);
        Ok(())
    }

    /// Sets another name after one was refused.
    pub fn set_name(&mut self, name: String, now: Instant) {
        self.identity.name = name;
        self.token = None;
        if self.stage == Stage::NeedsName {
            self.greet(now);
        }
    }

    /// Drops messages that are unsent or unheard. For bots: a late answer is worse than none.
    pub fn clear_outbox(&mut self) {
        self.outbox = Outbox::default();
    }

    /// Leaves once everything that can be sent is sent.
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

    /// The next output, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Bytes for the server.
    pub fn unsent(&self) -> &[u8] {
        &self.unsent
    }

    /// Drops the first `bytes` of the unsent bytes: they were sent.
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
            password: self.password.clone(),
            lines: self.keeps_lines,
        };
        self.put(&hello);
        self.stage = Stage::Greeting { until: now + CONNECT_TIMEOUT };
    }

    /// Exponential backoff with jitter, between half the pause and all of it, so that clients of one server do not all
    /// reconnect at once.
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
        while let Some(request) = self.outbox.next_message(now) {
            put(&mut self.unsent, request);
            if !request.is_private() && !echoes(&self.rooms, request.room()) {
                self.outputs.extend(self.outbox.take_unechoed().map(Output::LocalEcho));
            }
        }
        if self.leaving && self.outbox.waiting() == 0 {
            // The server closes the connection when it has sent everything.
            self.put(&ClientMessage::Command { room: None, name: "exit".into(), rest: String::new() });
            self.stage = Stage::Leaving { until: now + leave_within(self.reconnect) };
        }
    }

    fn put(&mut self, request: &ClientMessage) {
        put(&mut self.unsent, request);
    }
}

/// Whether a room echoes messages to their authors; without a name, the one joined last. In other rooms the server refuses
/// messages, so they count as echoing: nothing is shown locally.
fn echoes(rooms: &[JoinedRoom], name: Option<&str>) -> bool {
    let room = match name {
        Some(name) => rooms.iter().find(|room| room.name == name),
        None => rooms.last(),
    };
    room.is_none_or(|room| room.echoes)
}

/// How long a leaving link waits for the server. A filter (never reconnects) waits longer: it must know what was heard.
fn leave_within(reconnect: Reconnect) -> Duration {
    if reconnect == Reconnect::Never { CONFIRMATION_TIMEOUT } else { LEAVE_TIMEOUT }
}

fn put(out: &mut Vec<u8>, request: &ClientMessage) {
    let start = out.len();
    if serde_json::to_writer(&mut *out, request).is_err() {
        // Strings and numbers always serialize; if not, send nothing rather than half an object.
        return out.truncate(start);
    }
    out.push(b'\n');
}
