//! What makes an operator of the server, and what only operators may do: OPER, KILL, REHASH, WALLOPS and DIE.

use bytes::BytesMut;

use crate::proto::Request;
use crate::wire::irc::Irc;
use crate::wire::irc::asked::Asked;
use crate::wire::irc::message::{Message, put};
use crate::wire::irc::shared::{notice, source};

impl Irc {
    /// OPER. Nothing that is told repeats the name, which may be a password.
    pub(super) fn oper(&mut self, message: &Message<'_>) {
        let (name, password) = (message.param(0), message.param(1));
        if name.is_empty() || password.is_empty() {
            return self.needs_more("OPER");
        }
        let request = Request::Oper { name: name.into(), password: password.into() };
        self.ask(Asked::about("OPER", "OPER"), request);
    }

    /// KILL.
    pub(super) fn kill(&mut self, message: &Message<'_>) {
        let (nick, reason) = (message.param(0), message.param(1));
        if nick.is_empty() {
            return self.needs_more("KILL");
        }
        self.operate(message, &format!("kick {nick} {reason}"));
    }

    /// WALLOPS.
    pub(super) fn wallops(&mut self, message: &Message<'_>) {
        // A client may forget the colon before a text with spaces.
        let text = message.params.join(" ");
        if text.trim().is_empty() {
            return self.needs_more("WALLOPS");
        }
        self.command(message, "wallops", None, &text);
    }

    /// Gives an operators' command.
    pub(super) fn operate(&mut self, message: &Message<'_>, line: &str) {
        self.command(message, "ctl", None, line);
    }

    /// It operates the server from now on.
    pub(super) fn put_operator(&mut self, out: &mut BytesMut) {
        self.is_operator = true;
        self.numerics(out).put("381", &[], Some("You are now an operator of the server: /quote CTL help"));
        self.put_operator_mode("+o", out);
    }

    /// It does not operate the server any more.
    pub(super) fn put_no_operator(&mut self, out: &mut BytesMut) {
        self.is_operator = false;
        self.put_operator_mode("-o", out);
    }

    fn put_operator_mode(&self, mode: &str, out: &mut BytesMut) {
        put(out, "", &source(self.nick()), "MODE", &[self.nick(), mode], None);
    }

    /// The answer to an operators' command.
    pub(super) fn put_operated(&self, is_done: bool, text: &str, out: &mut BytesMut) {
        match self.asked.command.as_str() {
            "KILL" if !is_done => return self.numerics(out).put("401", &[&self.asked.target], Some(text)),
            "REHASH" => self.numerics(out).put("382", &[&self.server.name], Some("Rehashing")),
            _ => {}
        }
        notice(out, &self.server.name, self.nick(), text);
    }
}
