//! Refusals as numerics.
//!
//! Many clients show words of their own for a numeric, and not the server's. Where these do not tell the reason, a notice does.

use bytes::BytesMut;

use crate::proto::{Misuse, OperatorRefusal, Refusal, RoomRefusal, UnknownMember};
use crate::wire::irc::Irc;
use crate::wire::irc::asked::Form;
use crate::wire::irc::caps::Caps;
use crate::wire::irc::message::put;
use crate::wire::irc::render::put_error;
use crate::wire::irc::shared::{ROOM_HOST, notice};
use crate::wire::sentences;

/// How a refusal is told.
enum Told<'a> {
    /// Not at all: what was asked for is so already.
    Not,
    /// As a numeric about the target of the command.
    Numeric(&'static str),
    /// The same, after a notice with the reason.
    Explained(&'static str),
    /// As a numeric that is about nothing else.
    Plain(&'static str),
    /// As an unknown command.
    Unknown,
    /// As a numeric about this nick and the target.
    About(&'static str, &'a str),
    /// As this unknown nick, in a command about a channel.
    NoSuch(&'a str),
    /// As an unknown nick.
    NoNick,
    /// As a notice.
    Notice,
}

impl Irc {
    /// Tells a refusal.
    pub(super) fn put_refusal(&mut self, why: &Refusal, out: &mut BytesMut) {
        if self.own.is_none() {
            self.on_claim_refused();
        }
        // A room is opened as it is joined.
        let text = sentences::refusal(why).replace("/open NAME", "/join #NAME");
        if let Refusal::Password(_) = why {
            self.numerics(out).put("464", &[], Some(&text));
            return put_error(&format!("Closing link: {text}"), out);
        }
        let target = self.asked.target.clone();
        if let Form::History(subcommand) = &self.asked.form {
            let about = ["CHATHISTORY", "INVALID_TARGET", subcommand, &target];
            return put(out, "", &self.server.name, "FAIL", &about, Some(&text));
        }
        if self.asked.command == "SETNAME" {
            return self.put_failure("SETNAME", &["CANNOT_CHANGE_REALNAME"], &text, out);
        }
        if let (Form::Redact(id), Refusal::NotAmended(_)) = (&self.asked.form, why) {
            return self.put_failure("REDACT", &["REDACT_FORBIDDEN", &target, id], &text, out);
        }
        match self.told(why) {
            Told::Not => {}
            Told::Numeric(number) => self.numerics(out).put(number, &[&target], Some(&text)),
            Told::Explained(number) => {
                // In the window of the channel, if the client is there.
                let own = self.nick().to_owned();
                let is_here = self.rooms.iter().any(|room| target.strip_prefix('#') == Some(room));
                notice(out, &self.server.name, if is_here { &target } else { &own }, &text);
                self.numerics(out).put(number, &[&target], Some(&text));
            }
            Told::Plain(number) => self.numerics(out).put(number, &[], Some(&text)),
            Told::About(number, nick) => self.numerics(out).put(number, &[nick, &target], Some(&text)),
            Told::NoSuch(nick) => self.numerics(out).put("401", &[nick], Some("No such nick")),
            Told::NoNick => self.numerics(out).put("401", &[&target], Some("No such nick")),
            Told::Unknown => self.numerics(out).put("421", &[&self.asked.command], Some("Unknown command")),
            Told::Notice => notice(out, &self.server.name, self.nick(), &text),
        }
        if self.asked.command == "STATS" {
            self.numerics(out).put("219", &[&target], Some("End of STATS report"));
        }
        if self.asked.command == "WHOIS" {
            self.numerics(out).put("318", &[&target], Some("End of /WHOIS list"));
        }
    }

    fn told<'a>(&self, why: &'a Refusal) -> Told<'a> {
        let is_channel = self.asked.target.starts_with('#');
        match why {
            // Nothing answers a notice (RFC 2812, section 3.3.2).
            _ if self.asked.command == "NOTICE" => Told::Not,
            Refusal::Password(_) => Told::Plain("464"),
            Refusal::InvalidName(_) if self.asked.command == "MODE" => Told::Notice,
            Refusal::InvalidName(_) => Told::Numeric("432"),
            Refusal::NameTaken(_) => Told::Numeric("433"),
            Refusal::Banned(_) if self.own.is_none() => Told::Numeric("465"),
            Refusal::TooLong | Refusal::TooManyLines => Told::Plain("417"),
            Refusal::NotJoined(_) if is_channel => Told::Numeric("442"),
            Refusal::UnknownRoom(_) if is_channel => Told::Numeric("403"),
            Refusal::UnknownMember(UnknownMember::Host) if is_channel => Told::NoSuch(ROOM_HOST),
            Refusal::UnknownMember(UnknownMember::Named { name, .. }) if is_channel => {
                Told::NoSuch(name.as_deref().unwrap_or_default())
            }
            Refusal::UnknownMember(_) => Told::NoNick,
            Refusal::TooManyRecipients { .. } => Told::Explained("439"),
            Refusal::NotShared(_) if self.own.is_none() => Told::Numeric("437"),
            Refusal::Muted(_) | Refusal::NotShared(_) if is_channel => Told::Explained("404"),
            Refusal::TooManyRooms => Told::Explained("405"),
            Refusal::TooFast { .. } => Told::Numeric("263"),
            Refusal::Command(Misuse::AlreadyIn(_) | Misuse::HasName(_)) => Told::Not,
            Refusal::Command(Misuse::Unknown { .. }) if self.asked.command != "PRIVMSG" => Told::Unknown,
            Refusal::Room(why) => Irc::told_of_room(why),
            Refusal::Operator(why) => match why {
                OperatorRefusal::NotOperator => Told::Plain("481"),
                OperatorRefusal::NobodyCanBe => Told::Plain("491"),
                OperatorRefusal::Wrong => Told::Plain("464"),
                OperatorRefusal::TooMany(_) | OperatorRefusal::Busy => Told::Numeric("263"),
                OperatorRefusal::NeedsNameAndPassword | OperatorRefusal::NeedsText => Told::Notice,
            },
            Refusal::NotJoined(_)
            | Refusal::UnknownRoom(_)
            | Refusal::NotPrivate(_)
            | Refusal::NotShared(_)
            | Refusal::Muted(_)
            | Refusal::Banned(_)
            | Refusal::Command(_)
            | Refusal::NotAmended(_)
            | Refusal::Malformed(_) => Told::Notice,
        }
    }

    fn told_of_room(why: &RoomRefusal) -> Told<'_> {
        match why {
            RoomRefusal::OpenNeedsName
            | RoomRefusal::OpeningIsOff
            | RoomRefusal::NoOrigin
            | RoomRefusal::InvalidName(_)
            | RoomRefusal::Mixed(_)
            | RoomRefusal::LooksLike(..) => Told::Explained("403"),
            RoomRefusal::NotFree(_)
            | RoomRefusal::IsOpen(_)
            | RoomRefusal::TooManyOfOne
            | RoomRefusal::TooManyOfOrigin
            | RoomRefusal::Full => Told::Explained("437"),
            RoomRefusal::TopicIsOperators(_)
            | RoomRefusal::NotOpenedByPeople(..)
            | RoomRefusal::OnlyOwner(..)
            | RoomRefusal::OnlyOperators(..)
            | RoomRefusal::IsOwner(..)
            | RoomRefusal::IsOperator(..) => Told::Explained("482"),
            RoomRefusal::Muted(_) | RoomRefusal::Slow { .. } => Told::Explained("404"),
            RoomRefusal::NotHere(who, _) => Told::About("441", who.as_str()),
            RoomRefusal::IsInvitedAlready(who) => Told::About("443", who.as_str()),
            RoomRefusal::TopicTooLong
            | RoomRefusal::WhomFor(_)
            | RoomRefusal::Oneself
            | RoomRefusal::IsOfServer(_)
            | RoomRefusal::IsElsewhere(_)
            | RoomRefusal::IsOperatorAlready(_)
            | RoomRefusal::NoOperator(_)
            | RoomRefusal::NotMuted(_)
            | RoomRefusal::IsMutedAlready(_)
            | RoomRefusal::TooManyNames
            | RoomRefusal::PrivateUnclear
            | RoomRefusal::SlowUnclear => Told::Notice,
        }
    }

    /// A standard reply, or a notice to a client that knows none. `about`: the code, and what it is about.
    pub(super) fn put_failure(&self, command: &str, about: &[&str], why: &str, out: &mut BytesMut) {
        if self.caps.has(Caps::STANDARD_REPLIES) {
            return put(out, "", &self.server.name, "FAIL", &[&[command], about].concat(), Some(why));
        }
        notice(out, &self.server.name, self.nick(), why);
    }

    /// A notice of the server to this client.
    pub(super) fn server_notice(&mut self, text: &str) {
        let mut replies = std::mem::take(&mut self.replies);
        notice(&mut replies, &self.server.name, self.nick(), text);
        self.replies = replies;
    }
}
