//! What a whole room hears, encoded once for all clients with the same capabilities, and what was said before.

use std::time::SystemTime;

use bytes::BytesMut;

use crate::base::time::{local_clock, utc};
use crate::proto::{
    Amendment, Changed, Event, Kind, LogEntry, Manner, MemberInfo, Notice, PrivateMessage, ProgramEvent,
    Removal, Reply, RoomChange, RoomEvent,
};
use crate::wire::irc::caps::Caps;
use crate::wire::irc::message::{label_parts, put, put_tagged};
use crate::wire::irc::message_id::{PRIVATE, message_id};
use crate::wire::irc::multiline::put_batch;
use crate::wire::irc::text::pieces;
use crate::wire::sentences;

/// The host of every member. It is short, as it takes room from each message, and tells no addresses.
pub(super) const HOST: &str = "salon";

/// The user name of every member. The tilde says that nobody has checked it.
pub(super) const USER: &str = "~u";

/// Whoever drives a room, and whoever operates the server, speaks under this name, which no member can have.
pub(super) const ROOM_HOST: &str = "Host";

/// The reference of the batch in which a room's history is replayed. It is free again when the batch ends.
pub(super) const REPLAY: &str = "replay";

/// The name of a channel.
pub(super) fn channel(room: &str) -> String {
    format!("#{room}")
}

/// Who a line comes from.
pub(super) fn source(name: &str) -> String {
    format!("{name}!{USER}@{HOST}")
}

/// Appends `event`. `label`: see `labels.rs`.
pub(in crate::wire) fn encode(event: &Event, caps: Caps, label: Option<&str>, out: &mut BytesMut) {
    let (label, own) = label_parts(label);
    let Some(own) =
        own.filter(|_| !matches!(event, Event::HistoryResult { .. } | Event::PrivateResult { .. }))
    else {
        return encode_in(event, caps, label, out);
    };
    let mut lines = BytesMut::new();
    encode_in(event, caps, label, &mut lines);
    if !lines.is_empty() {
        put_tagged(&format!("label={own}"), &String::from_utf8_lossy(&lines), out);
    }
}

/// Appends `event`. `label`: the reference of the batch to which it belongs.
fn encode_in(event: &Event, caps: Caps, label: Option<&str>, out: &mut BytesMut) {
    match event {
        Event::Live(entry) => Teller { caps, batch: None, is_old: false, out }.tell(entry),
        Event::Replayed { entry, previous } => {
            let batch = caps.has(Caps::BATCH).then_some(REPLAY);
            let mut teller = Teller { caps, batch, is_old: true, out };
            if !caps.has(Caps::TIME)
                && let Some(day) = sentences::new_day(*previous, entry.time)
            {
                teller.notice(&entry.room, &day);
            }
            teller.tell(entry);
        }
        Event::Reply(Reply::HistoryHeading { room, outcome: Ok(outcome), .. }) => {
            history_begins(event, &channel(room), (label, outcome.messages), out);
        }
        Event::Reply(Reply::PrivateHeading { with, outcome, .. }) => {
            history_begins(event, with.as_str(), (label, outcome.messages), out);
        }
        Event::HistoryResult { entry, more } => {
            Teller { caps, batch: label, is_old: true, out }.tell(entry);
            history_ends(label.filter(|_| *more == 0), out);
        }
        Event::PrivateResult { seen, more } if label.is_some() => {
            Said::private(&seen.message, caps, label, out);
            history_ends(label.filter(|_| *more == 0), out);
        }
        Event::Notice(Notice::FromHost { room, text } | Notice::Hint { room, text }) => {
            host_notice(out, &channel(room), text);
        }
        Event::Program(ProgramEvent::Away { who, text }) if caps.has(Caps::AWAY) => {
            let text = text.as_deref().map(|text| if text.is_empty() { "away" } else { text });
            put(out, "", &source(who.as_str()), "AWAY", &[], text);
        }
        Event::Program(ProgramEvent::RealName { who, text }) if caps.has(Caps::SETNAME) => {
            put(out, "", &source(who.as_str()), "SETNAME", &[], Some(text));
        }
        Event::Program(ProgramEvent::Invited { by, who, room }) if caps.has(Caps::INVITES) => {
            put(out, "", &source(by.as_str()), "INVITE", &[who.as_str(), &channel(room)], None);
        }
        Event::Program(_) => {}
        _ => notice(out, HOST, "*", &sentences::text(event)),
    }
}

/// Begins the answer to a query: a batch; or a heading, to a client that knows no batches.
fn history_begins(event: &Event, target: &str, (batch, messages): (Option<&str>, usize), out: &mut BytesMut) {
    let Some(batch) = batch else { return notice(out, HOST, "*", &sentences::text(event)) };
    put(out, "", HOST, "BATCH", &[&format!("+{batch}"), "chathistory", target], None);
    history_ends(Some(batch).filter(|_| messages == 0), out);
}

fn history_ends(batch: Option<&str>, out: &mut BytesMut) {
    if let Some(batch) = batch {
        put(out, "", HOST, "BATCH", &[&format!("-{batch}")], None);
    }
}

/// A notice by the host of a room, for one of its members.
fn host_notice(out: &mut BytesMut, to: &str, text: &str) {
    for line in pieces(text, 64 + to.len()) {
        put(out, "", &source(ROOM_HOST), "NOTICE", &[to], Some(line));
    }
}

/// A notice by the server in as many lines as it takes.
pub(super) fn notice(out: &mut BytesMut, server: &str, to: &str, text: &str) {
    for line in pieces(text, server.len() + to.len() + ": NOTICE  :".len()) {
        put(out, "", server, "NOTICE", &[to], Some(line));
    }
}

/// The tags of a message; empty if the client wants none.
pub(super) fn tags(
    caps: Caps,
    batch: Option<&str>,
    time: SystemTime,
    id: Option<&str>,
    kind: Kind,
) -> String {
    let mut tags = String::new();
    let mut add = |key: &str, value: &str| {
        tags.push(if tags.is_empty() { '@' } else { ';' });
        tags.push_str(key);
        if !value.is_empty() {
            tags.push('=');
            tags.push_str(value);
        }
    };
    if let Some(batch) = batch {
        add("batch", batch);
    }
    if caps.has(Caps::TIME) {
        add("time", &utc(time));
    }
    if caps.has(Caps::TAGS) {
        if let Some(id) = id {
            add("msgid", id);
        }
        if kind == Kind::Bot {
            add("bot", "");
        }
    }
    if !tags.is_empty() {
        tags.push(' ');
    }
    tags
}

/// A message in as many lines as it takes.
pub(super) struct Said<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) text: &'a str,
    pub(super) manner: Manner,
    /// Stands before the text.
    pub(super) before: &'a str,
}

impl Said<'_> {
    /// Appends it. `batch`: that in which it is. `tags`: of the first line, and of the others.
    pub(super) fn put(&self, caps: Caps, batch: Option<&str>, tags: [&str; 2], out: &mut BytesMut) {
        let Said { from, to, text, manner, before } = self;
        let from = source(from);
        let (command, open, close) = match manner {
            Manner::Speech => ("PRIVMSG", "", ""),
            Manner::Act => ("PRIVMSG", "\u{1}ACTION ", "\u{1}"),
            Manner::Notice => ("NOTICE", "", ""),
        };
        let around = ":".len() + from.len() + " PRIVMSG ".len() + to.len() + " :".len();
        let overhead = around + open.len() + before.len() + close.len();
        if *manner == Manner::Speech
            && caps.has(Caps::MULTILINE | Caps::BATCH)
            && pieces(text, overhead).nth(1).is_some()
        {
            let text = [before, *text].concat();
            return put_batch((&from, to), &text, (tags[0], batch), around, out);
        }
        for (number, piece) in pieces(text, overhead).enumerate() {
            let tags = tags[number.min(1)];
            put(out, tags, &from, command, &[to], Some(&[open, before, piece, close].concat()));
        }
    }

    /// A private message as one of its two members sees it.
    pub(super) fn private(message: &PrivateMessage, caps: Caps, batch: Option<&str>, out: &mut BytesMut) {
        let PrivateMessage { from, to, text, is_notice, id, time } = message;
        // An action is written in words, as other dialects have none in private.
        let act = text
            .as_str()
            .strip_prefix("* ")
            .and_then(|rest| rest.strip_prefix(from.name.as_str())?.strip_prefix(' '));
        let (text, manner) = match act.filter(|_| !is_notice) {
            Some(act) => (act, Manner::Act),
            None if *is_notice => (text.as_str(), Manner::Notice),
            None => (text.as_str(), Manner::Speech),
        };
        let said = Said { from: from.name.as_str(), to: to.name.as_str(), text, manner, before: "" };
        let id = message_id(PRIVATE, *id, *time);
        let first = tags(caps, batch, *time, Some(&id), from.kind);
        said.put(caps, batch, [&first, &tags(caps, batch, *time, None, from.kind)], out);
    }
}

/// Tells entries of a room.
struct Teller<'a> {
    caps: Caps,
    batch: Option<&'a str>,
    /// It happened before, so clients that get no times read them.
    is_old: bool,
    out: &'a mut BytesMut,
}

impl Teller<'_> {
    fn tell(&mut self, entry: &LogEntry) {
        let to = channel(&entry.room);
        match &entry.event {
            RoomEvent::Said { who, text }
            | RoomEvent::Acted { who, text }
            | RoomEvent::Noticed { who, text } => {
                let manner = entry.event.author().map(|(_, manner)| manner).unwrap_or_default();
                self.said(entry, who.name.as_str(), who.kind, text, manner);
            }
            RoomEvent::HostSaid { text } => self.said(entry, ROOM_HOST, Kind::Bot, text, Manner::Speech),
            RoomEvent::Joined { who, real_name, .. } => {
                self.joined(entry, who, real_name.as_deref(), &to);
            }
            RoomEvent::Left { who, removed_for, is_gone, .. } => {
                self.left(entry, who, removed_for.as_ref(), *is_gone);
            }
            RoomEvent::Renamed { from, to } => {
                let tags = self.tags(entry, to.kind);
                put(self.out, &tags, &source(from.as_str()), "NICK", &[], Some(to.name.as_str()));
            }
            RoomEvent::Amended(Amendment {
                by, message: Some(id), said_at: Some(at), text: None, ..
            }) if self.caps.has(Caps::REDACT) => {
                let tags = self.tags(entry, by.as_ref().map_or(Kind::Bot, |by| by.kind));
                let by = source(by.as_ref().map_or(ROOM_HOST, |by| by.name.as_str()));
                put(self.out, &tags, &by, "REDACT", &[&to, &message_id(&entry.room, *id, *at)], None);
            }
            RoomEvent::Amended(amendment) => self.notice(&entry.room, &sentences::amendment(amendment)),
            RoomEvent::Changed(change) => self.changed(entry, change, &to),
        }
    }

    fn tags(&self, entry: &LogEntry, kind: Kind) -> String {
        tags(self.caps, self.batch, entry.time, None, kind)
    }

    fn said(&mut self, entry: &LogEntry, from: &str, kind: Kind, text: &str, manner: Manner) {
        let id = message_id(&entry.room, entry.id, entry.time);
        let first = tags(self.caps, self.batch, entry.time, Some(&id), kind);
        let clock = self.is_old && !self.caps.has(Caps::TIME);
        let before = if clock { format!("[{}] ", local_clock(entry.time)) } else { String::new() };
        let edited = entry.edited.map(|_| format!("{text}{}", sentences::EDITED));
        let text = edited.as_deref().unwrap_or(text);
        let said = Said { from, to: &channel(&entry.room), text, manner, before: &before };
        said.put(self.caps, self.batch, [&first, &self.tags(entry, kind)], self.out);
    }

    fn joined(&mut self, entry: &LogEntry, who: &MemberInfo, real_name: Option<&str>, to: &str) {
        let (tags, name) = (self.tags(entry, who.kind), who.name.as_str());
        if self.caps.has(Caps::EXTENDED_JOIN) {
            // It has no account.
            let real_name = real_name.unwrap_or(name);
            put(self.out, &tags, &source(name), "JOIN", &[to, "*"], Some(real_name));
        } else {
            put(self.out, &tags, &source(name), "JOIN", &[to], None);
        }
    }

    fn left(&mut self, entry: &LogEntry, who: &MemberInfo, removed_for: Option<&Removal>, is_gone: bool) {
        let (tags, to, name) = (self.tags(entry, who.kind), channel(&entry.room), who.name.as_str());
        match removed_for {
            Some(Removal::Kicked { by, reason }) => {
                let reason = if reason.is_empty() { by.as_str() } else { reason };
                put(self.out, &tags, &source(by.as_str()), "KICK", &[&to, name], Some(reason));
            }
            Some(why) if is_gone => {
                put(self.out, &tags, &source(name), "QUIT", &[], Some(&sentences::removal(why)));
            }
            None if is_gone => put(self.out, &tags, &source(name), "QUIT", &[], Some("left the chat")),
            _ => put(self.out, &tags, &source(name), "PART", &[&to], None),
        }
    }

    fn changed(&mut self, entry: &LogEntry, change: &RoomChange, to: &str) {
        let RoomChange { by, what } = change;
        let kind = by.as_ref().map_or(Kind::Person, |by| by.kind);
        let by = source(by.as_ref().map_or(ROOM_HOST, |by| by.name.as_str()));
        let tags = self.tags(entry, kind);
        let mut mode = |modes: &[&str]| put(self.out, &tags, &by, "MODE", &[&[to], modes].concat(), None);
        match what {
            Changed::Topic(text) => put(self.out, &tags, &by, "TOPIC", &[to], Some(text)),
            Changed::Private(true) => mode(&["+is"]),
            Changed::Private(false) => mode(&["-is"]),
            Changed::Operator(name, is_on) => mode(&[if *is_on { "+o" } else { "-o" }, name.as_str()]),
            Changed::Muted(name, is_on) => mode(&[if *is_on { "+q" } else { "-q" }, &mask(name.as_str())]),
            Changed::Slow(_) => {
                let text = sentences::room_change(change);
                self.notice(&entry.room, &text);
            }
        }
    }

    /// A notice of the server to a room.
    fn notice(&mut self, room: &str, text: &str) {
        notice(self.out, HOST, &channel(room), text);
    }
}

/// The mask that covers a member.
pub(super) fn mask(name: &str) -> String {
    format!("{name}!*@*")
}
