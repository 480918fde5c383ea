//! How a client begins: capabilities, NICK and USER; and what it asks of the protocol itself.

use bytes::BytesMut;

use crate::base::secret::Secret;
use crate::proto::{Kind, ProgramRequest, Request};
use crate::wire::irc::Irc;
use crate::wire::irc::asked::Asked;
use crate::wire::irc::caps::{self, Caps};
use crate::wire::irc::message::{Message, put};
use crate::wire::irc::text::{groups, joined};

/// What a client has said before it has a name.
#[derive(Debug, Default)]
pub(super) struct Registration {
    /// The password of the server.
    password: Option<Secret>,
    nick: Option<String>,
    has_user: bool,
    /// It negotiates capabilities, and is not welcomed before it ends that.
    negotiates: bool,
    /// It claims a name, and knows no result yet.
    is_claiming: bool,
}

impl Irc {
    /// PASS, of a client without a name.
    pub(super) fn pass(&mut self, message: &Message<'_>) {
        if message.params.is_empty() {
            return self.needs_more("PASS");
        }
        // A client may forget the colon before a text with spaces.
        self.registration.password = Some(message.params.join(" ").into());
    }

    /// NICK, of a client without a name.
    pub(super) fn first_nick(&mut self, message: &Message<'_>) {
        let nick = message.param(0);
        if nick.is_empty() {
            return self.numeric("431", &[], "No nickname given");
        }
        self.registration.nick = Some(nick.to_owned());
        self.claim();
    }

    /// USER: what it says of its user is not told to anybody.
    pub(super) fn user(&mut self, message: &Message<'_>) {
        if message.params.len() < 4 {
            return self.needs_more("USER");
        }
        self.registration.has_user = true;
        self.claim();
    }

    /// Claims the name, when all is said.
    fn claim(&mut self) {
        let Registration { nick: Some(nick), has_user: true, negotiates: false, is_claiming: false, .. } =
            &self.registration
        else {
            return;
        };
        let name = nick.clone();
        let password = self.registration.password.clone();
        self.registration.is_claiming = true;
        let asked = Asked::about("NICK", &name);
        self.ask(asked, Request::Hello { name, kind: Kind::Person, token: None, password, lines: false });
    }

    /// The name that it claimed is refused.
    pub(super) fn on_claim_refused(&mut self) {
        self.registration.is_claiming = false;
        self.registration.nick = None;
    }

    /// CAP.
    pub(super) fn cap(&mut self, message: &Message<'_>) {
        let is_new = self.own.is_none();
        match message.param(0).to_ascii_uppercase().as_str() {
            "LS" => {
                self.registration.negotiates |= is_new;
                // From version 302 on, a client understands lists of several lines, and is told of changes.
                let is_302 = message.param(1).parse::<u32>().is_ok_and(|version| version >= 302);
                if is_302 {
                    self.caps |= Caps::NOTIFY;
                }
                self.tell_caps("LS", caps::offered(is_302), is_302);
            }
            "LIST" => {
                let caps = self.caps;
                self.tell_caps("LIST", caps.names(), true);
            }
            "REQ" => {
                self.registration.negotiates |= is_new;
                self.request_caps(message.param(1));
            }
            "END" => {
                self.registration.negotiates = false;
                if is_new {
                    self.claim();
                }
            }
            "" => self.needs_more("CAP"),
            other => self.numeric("410", &[other], "Invalid CAP command"),
        }
    }

    /// Lists capabilities. A client that `may_continue` knows lists of several lines, and is told when there is more.
    fn tell_caps(&mut self, command: &str, names: impl Iterator<Item: AsRef<str>>, may_continue: bool) {
        let names: Vec<_> = names.collect();
        let overhead = self.numerics(&mut BytesMut::new()).overhead("CAP", &[command, "*"]) + " :".len();
        let mut groups = groups(&names, overhead).peekable();
        if groups.peek().is_none() {
            self.put_cap(&[command], "");
        }
        while let Some(group) = groups.next() {
            let more = may_continue && groups.peek().is_some();
            let middle: &[&str] = if more { &[command, "*"] } else { &[command] };
            self.put_cap(middle, &joined(group, " "));
        }
    }

    fn put_cap(&mut self, middle: &[&str], list: &str) {
        let mut replies = std::mem::take(&mut self.replies);
        let middle = [&[self.nick()], middle].concat();
        put(&mut replies, "", &self.server.name, "CAP", &middle, Some(list));
        self.replies = replies;
    }

    /// Takes all of a list of capabilities, or none.
    fn request_caps(&mut self, list: &str) {
        let mut wanted = self.caps;
        for name in list.split_ascii_whitespace() {
            match (name.strip_prefix('-'), Caps::named(name.trim_start_matches('-'))) {
                (None, Some(cap)) => wanted |= cap,
                (Some(_), Some(cap)) => wanted = wanted.without(cap),
                (_, None) => return self.put_cap(&["NAK"], list),
            }
        }
        let names: Vec<&str> = list.split_ascii_whitespace().collect();
        self.tell_caps("ACK", names.into_iter(), false);
        if self.own.is_some() && wanted.has(Caps::TAGS) && !self.caps.has(Caps::TAGS) {
            self.watch_typing();
        }
        self.caps = wanted;
    }

    /// It wants to know who is typing.
    pub(super) fn watch_typing(&mut self) {
        self.ask(Asked::about("CAP", ""), Request::Program(ProgramRequest::WatchTyping));
    }

    /// QUIT.
    pub(super) fn quit(&mut self) {
        if self.own.is_none() {
            self.replies.extend_from_slice(b"ERROR :Closing link: you have quit\r\n");
            self.is_over = true;
            return;
        }
        let exit = Request::Command { room: None, name: "exit".into(), rest: String::new() };
        self.ask(Asked::about("QUIT", ""), exit);
    }

    /// PING.
    pub(super) fn ping(&mut self, message: &Message<'_>) {
        if message.params.is_empty() {
            return self.numeric("409", &[], "No origin specified");
        }
        let mut replies = std::mem::take(&mut self.replies);
        put(&mut replies, "", &self.server.name, "PONG", &[&self.server.name], Some(message.param(0)));
        self.replies = replies;
    }
}
