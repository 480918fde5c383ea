//! CHATHISTORY: clients ask for what was said before, by ids or times (`ircv3.net/specs/extensions/chathistory`).

use std::rc::Rc;
use std::time::SystemTime;

use bytes::BytesMut;

use crate::base::limits::PROGRAM_HISTORY_MAX;
use crate::base::name::Name;
use crate::base::time::{parse_utc, utc};
use crate::proto::{HistoryQuery, Lookup, Mark, ProgramRequest, Request, Span};
use crate::wire::irc::Irc;
use crate::wire::irc::asked::{Asked, Form, Period};
use crate::wire::irc::message::{Message, put};
use crate::wire::irc::message_id::{PRIVATE, parse_message_id};
use crate::wire::irc::shared::channel;

/// The reference of the batch of targets.
const TARGETS: &str = "targets";

impl Irc {
    /// CHATHISTORY.
    pub(super) fn chathistory(&mut self, message: &Message<'_>) {
        let command = message.param(0).to_ascii_uppercase();
        if command == "TARGETS" {
            return self.targets_of_history(message);
        }
        let between = command == "BETWEEN";
        let limit = message.param(if between { 4 } else { 3 });
        let target = message.param(1);
        let room = target.strip_prefix('#').unwrap_or(PRIVATE);
        let marks =
            (mark(message.param(2), room), if between { mark(message.param(3), room) } else { Ok(None) });
        let (Ok(limit), (Ok(first), Ok(second))) = (limit.parse(), marks) else {
            return self.history_fails(
                "INVALID_PARAMS",
                &command,
                "A mark or the limit cannot be understood",
            );
        };
        match query(&command, first, second, limit) {
            Some(query) => self.ask_history(&command, target, query),
            None => {
                self.history_fails("INVALID_PARAMS", &command, "Unknown subcommand, or a mark is missing");
            }
        }
    }

    fn ask_history(&mut self, command: &str, target: &str, query: HistoryQuery) {
        let request = match target.strip_prefix('#') {
            Some(room) => ProgramRequest::Span { room: room.to_owned(), query },
            None => ProgramRequest::Private { with: target.to_owned(), query },
        };
        let asked = Asked::about("CHATHISTORY", target).told(Form::History(command.to_owned()));
        self.ask(asked, Request::Program(request));
    }

    fn targets_of_history(&mut self, message: &Message<'_>) {
        let (one, other) = (time(message.param(1)), time(message.param(2)));
        let (Some(one), Some(other), Ok(limit)) = (one, other, message.param(3).parse::<usize>()) else {
            return self.history_fails(
                "INVALID_PARAMS",
                "TARGETS",
                "A time or the limit cannot be understood",
            );
        };
        let period = Period { from: one.min(other), to: one.max(other), limit };
        let asked = Asked::about("CHATHISTORY", "").told(Form::Targets(period));
        self.look_for(asked, Lookup::Latest);
    }

    /// The channels and members of which the last message was said in a period. With each comes when that was.
    pub(super) fn put_targets(
        &self,
        rooms: &[(Rc<str>, SystemTime)],
        members: &[(Name, SystemTime)],
        period: &Period,
        out: &mut BytesMut,
    ) {
        let Period { from, to, limit } = period;
        let server = &self.server.name;
        put(out, "", server, "BATCH", &[&format!("+{TARGETS}"), "draft/chathistory-targets"], None);
        let rooms = rooms.iter().map(|(room, time)| (channel(room), *time));
        let members = members.iter().map(|(name, time)| (name.to_string(), *time));
        let mut found: Vec<_> =
            rooms.chain(members).filter(|(_, time)| (from..=to).contains(&time)).collect();
        found.sort_by_key(|(_, time)| *time);
        for (target, time) in found.into_iter().take(*limit) {
            let tags = format!("@batch={TARGETS} ");
            put(out, &tags, server, "CHATHISTORY", &["TARGETS", &target, &utc(time)], None);
        }
        put(out, "", server, "BATCH", &[&format!("-{TARGETS}")], None);
    }

    /// REDACT: erases a message of the client's own (`ircv3.net/specs/extensions/message-redaction`).
    pub(super) fn redact(&mut self, message: &Message<'_>) {
        let (target, text) = (message.param(0), message.param(1));
        if text.is_empty() {
            return self.needs_more("REDACT");
        }
        let Some(room) = target.strip_prefix('#') else {
            return self.fail("REDACT", &["INVALID_TARGET", target], "Private messages cannot be erased");
        };
        let Some((id, said_at)) = parse_message_id(text, room) else {
            let why = "This message does not exist in that channel";
            return self.fail("REDACT", &["UNKNOWN_MSGID", target, text], why);
        };
        let (room, said_at) = (Some(room.to_owned()), Some(said_at));
        let amend = ProgramRequest::Amend { room, id: Some(id), said_at, text: None };
        // A refusal names the message.
        let asked = Asked::about("REDACT", target).told(Form::Redact(text.to_owned()));
        self.ask(asked, Request::Program(amend));
    }

    /// MARKREAD: how far the client has read (`ircv3.net/specs/extensions/read-marker`).
    pub(super) fn mark_read(&mut self, message: &Message<'_>) {
        let (target, typed) = (message.param(0), message.param(1));
        if target.is_empty() {
            return self.needs_more("MARKREAD");
        }
        let time = match time(typed) {
            None if !typed.is_empty() => {
                return self.fail("MARKREAD", &["INVALID_PARAMS"], "The time cannot be understood");
            }
            time => time,
        };
        match target.strip_prefix('#').map(str::to_owned) {
            Some(room) => {
                let request = Request::Program(ProgramRequest::ReadAt { room, time });
                self.ask(Asked::about("MARKREAD", target), request);
            }
            None => self.fail("MARKREAD", &["INVALID_PARAMS"], "It is kept for channels only"),
        }
    }

    fn history_fails(&mut self, code: &str, subcommand: &str, why: &str) {
        let mut replies = std::mem::take(&mut self.replies);
        put(&mut replies, "", &self.server.name, "FAIL", &["CHATHISTORY", code, subcommand], Some(why));
        self.replies = replies;
    }
}

/// The query of a subcommand.
fn query(command: &str, first: Option<Mark>, second: Option<Mark>, limit: usize) -> Option<HistoryQuery> {
    let span = match (command, first, second) {
        ("LATEST", after, _) => Span::Latest(after),
        ("BEFORE", Some(mark), _) => Span::Before(mark),
        ("AFTER", Some(mark), _) => Span::After(mark),
        ("AROUND", Some(mark), _) => Span::Around(mark),
        ("BETWEEN", Some(first), Some(second)) => Span::Between(first, second),
        _ => return None,
    };
    Some(HistoryQuery::Span { span, limit: limit.clamp(1, PROGRAM_HISTORY_MAX) })
}

/// A mark that cannot be understood.
#[derive(Debug, PartialEq, Eq)]
struct Unclear;

/// Parses `*` (`None`), `msgid=…` or `timestamp=…`. `room`: see [`parse_message_id`].
fn mark(text: &str, room: &str) -> Result<Option<Mark>, Unclear> {
    if text == "*" {
        return Ok(None);
    }
    let mark = match text.split_once('=') {
        Some(("msgid", id)) => parse_message_id(id, room).map(|(id, time)| Mark::Message(id, time)),
        _ => time(text).map(Mark::Time),
    };
    mark.map(Some).ok_or(Unclear)
}

/// Parses `timestamp=…`.
fn time(text: &str) -> Option<SystemTime> {
    parse_utc(text.strip_prefix("timestamp=")?)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn marks_are_messages_of_the_room_or_times() {
        let time = UNIX_EPOCH + Duration::from_millis(1_795_201_200_500);
        let mark = |text| mark(text, "lobby");
        assert_eq!(mark("*"), Ok(None));
        let message = UNIX_EPOCH + Duration::from_secs(1_795_201_200);
        assert_eq!(mark("msgid=lobby/12/1a1fa546f80"), Ok(Some(Mark::Message(12, message))));
        assert_eq!(mark("timestamp=2026-11-20T19:00:00.500Z"), Ok(Some(Mark::Time(time))));
        for wrong in [
            "",
            "12",
            "msgid=",
            "msgid=x",
            "msgid=a/b/c",
            "msgid=hall/12/1a1fa546f80",
            "timestamp=now",
            "timestamp=2026-13-01T00:00:00Z",
        ] {
            assert_eq!(mark(wrong), Err(Unclear), "{wrong}");
        }
    }

    #[test]
    fn each_subcommand_needs_its_marks() {
        let mark = Some(Mark::Time(UNIX_EPOCH));
        for (command, first, second, is_clear) in [
            ("LATEST", None, None, true),
            ("BEFORE", mark, None, true),
            ("BEFORE", None, None, false),
            ("BETWEEN", mark, mark, true),
            ("BETWEEN", mark, None, false),
            ("NONSENSE", mark, None, false),
        ] {
            assert_eq!(query(command, first, second, 9).is_some(), is_clear, "{command}");
        }
    }
}
