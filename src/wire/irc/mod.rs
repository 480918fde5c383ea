//! `irc`: for every IRC client (RFC 1459 and 2812, `modern.ircdocs.horse`, and the capabilities of `ircv3.net`).
//!
//! The room `lobby` is the channel `#lobby`. [`Irc`] is the state of one client: it turns lines into requests, answers what
//! concerns the protocol alone, and tells replies in the form of the command that asked for them. What a whole room hears is in
//! `shared.rs`.

mod asked;
mod caps;
mod channels;
mod commands;
mod history;
mod labels;
mod lists;
mod message;
mod message_id;
mod modes;
mod monitor;
mod multiline;
mod operators;
mod refusals;
mod register;
mod render;
mod server;
mod shared;
mod text;

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::SystemTime;

use bytes::BytesMut;

use crate::base::limits::IRC_TAG_BYTES;
use crate::base::name::Name;
use crate::proto::{ProgramRequest, Request};
use crate::wire::irc::asked::Asked;
use crate::wire::irc::message::{CTCP, Message};
use crate::wire::irc::multiline::OpenBatch;
use crate::wire::irc::register::Registration;
use crate::wire::irc::server::Numerics;

pub(super) use caps::Caps;
pub use labels::AnswerPart;
pub use server::IrcServer;
pub(super) use shared::encode;
pub(super) use text::clean;

/// One client.
#[derive(Debug)]
pub(super) struct Irc {
    server: Rc<IrcServer>,
    registration: Registration,
    /// Its name, once it is accepted.
    own: Option<Name>,
    /// What it calls itself beside its name. `None`: nothing.
    real_name: Option<Rc<str>>,
    /// When the server started.
    started: Option<SystemTime>,
    /// It is marked as a bot.
    is_bot: bool,
    /// It operates the server.
    is_operator: bool,
    caps: Caps,
    /// What it asked last.
    asked: Asked,
    /// What else the last line asks for.
    queue: VecDeque<(Asked, Request)>,
    /// Answers of the protocol itself.
    replies: BytesMut,
    /// The rooms that it is in.
    rooms: Vec<Rc<str>>,
    /// The room that it has just joined.
    joined: Option<Rc<str>>,
    /// The label of the last line.
    label: Option<String>,
    /// A message of several lines, of which there are more to come.
    open_batch: Option<OpenBatch>,
    /// The reference of the batch in which the answer to the current request comes, if it comes later.
    batch: Option<String>,
    /// How many such batches there were.
    batches: u64,
    is_over: bool,
}

impl Irc {
    /// A client that has sent nothing yet.
    pub(super) fn new(server: Rc<IrcServer>) -> Irc {
        Irc {
            server,
            registration: Registration::default(),
            own: None,
            real_name: None,
            started: None,
            is_bot: false,
            is_operator: false,
            caps: Caps::NONE,
            asked: Asked::default(),
            queue: VecDeque::new(),
            replies: BytesMut::new(),
            rooms: Vec::new(),
            joined: None,
            label: None,
            open_batch: None,
            batch: None,
            batches: 0,
            is_over: false,
        }
    }

    /// Sets what it is told of the server from now on.
    pub(super) fn set_server(&mut self, server: Rc<IrcServer>) {
        self.server = server;
    }

    /// The capabilities that it has asked for.
    pub(super) fn caps(&self) -> Caps {
        self.caps
    }

    /// Whether it shows its own messages by itself.
    pub(super) fn echoes_locally(&self) -> bool {
        !self.caps.has(Caps::ECHO)
    }

    /// Handles a line, unless the client has quit. What it asks for is in [`Irc::next`].
    pub(super) fn read(&mut self, line: &str) {
        self.label = None;
        let Some(message) = Message::parse(line).filter(|_| !self.is_over) else { return };
        if message.tags.len() > IRC_TAG_BYTES {
            return self.too_long();
        }
        // Only a text may have the marks of CTCP.
        if line.contains(CTCP) && !matches!(message.command.as_str(), "PRIVMSG" | "NOTICE") {
            return self.read(&line.replace(CTCP, ""));
        }
        self.label = self.label_of(&message);
        commands::run(self, &message);
    }

    /// Handles a line that is not UTF-8 (`ircv3.net/specs/extensions/utf8-only`): it is not carried out, unless nobody is told its text.
    pub(super) fn read_not_utf8(&mut self, line: &str) {
        let Some(message) = Message::parse(line).filter(|_| !self.is_over) else { return };
        if matches!(message.command.as_str(), "USER" | "PART" | "QUIT") {
            return self.read(line);
        }
        self.label = self.label_of(&message);
        if self.spoil_batch(&message) {
            return;
        }
        let is_known = !message.command.contains('\u{fffd}');
        let command = if is_known { &*message.command } else { "*" };
        self.fail(
            command,
            &["INVALID_UTF8"],
            "That is not UTF-8, and is not carried out: set your client to UTF-8",
        );
    }

    /// A line was too long, and is lost.
    pub(super) fn too_long(&mut self) {
        if self.is_over {
            return;
        }
        self.label = None;
        self.numeric("417", &[], "Input line was too long");
    }

    /// The next request.
    pub(super) fn next(&mut self) -> Option<Request> {
        let (asked, request) = self.queue.pop_front()?;
        self.batch = self.batch_for(&request);
        self.asked = asked;
        Some(request)
    }

    /// What was said before is told in a batch of its own, so that no client takes it for what is said now.
    fn batch_for(&mut self, request: &Request) -> Option<String> {
        let is_query = match request {
            Request::Command { name, .. } => {
                ["history", "search"].iter().any(|query| name.eq_ignore_ascii_case(query))
            }
            Request::Program(request) => {
                matches!(request, ProgramRequest::Span { .. } | ProgramRequest::Private { .. })
            }
            _ => false,
        };
        if !is_query || !self.caps.has(Caps::BATCH) {
            return None;
        }
        self.batches += 1;
        Some(format!("h{}", self.batches))
    }

    /// Answers of the protocol itself. Returned once.
    pub(super) fn take_reply(&mut self) -> Option<BytesMut> {
        (!self.replies.is_empty()).then(|| std::mem::take(&mut self.replies))
    }

    /// Drops what was not handled yet.
    pub(super) fn discard(&mut self) {
        self.queue = VecDeque::new();
    }

    /// What it asked last is answered: what it is told next is no answer to that.
    pub(super) fn is_answered(&mut self) {
        self.asked = Asked::default();
    }

    /// Whether it has quit.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Asks for something.
    fn ask(&mut self, asked: Asked, request: Request) {
        self.queue.push_back((asked, request));
    }

    /// Numerics to this client, appended to `out`.
    fn numerics<'a>(&'a self, out: &'a mut BytesMut) -> Numerics<'a> {
        Numerics { server: &self.server, nick: self.nick(), out }
    }

    /// Answers with a numeric.
    fn numeric(&mut self, number: &str, middle: &[&str], last: &str) {
        self.answer(|numerics| numerics.put(number, middle, Some(last)));
    }

    /// Answers with numerics.
    fn answer(&mut self, put: impl FnOnce(&mut Numerics<'_>)) {
        let mut replies = std::mem::take(&mut self.replies);
        put(&mut self.numerics(&mut replies));
        self.replies = replies;
    }

    /// How the server calls this client.
    fn nick(&self) -> &str {
        self.own.as_ref().map_or("*", Name::as_str)
    }

    /// Says that a command needs more parameters.
    fn needs_more(&mut self, command: &str) {
        self.numeric("461", &[command], "Not enough parameters");
    }
}
