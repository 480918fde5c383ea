//! CHATHISTORY: clients ask for what was said before, by ids or times (`ircv3.net/specs/extensions/chathistory`).

use std::time::SystemTime;

use bytes::BytesMut;

use crate::base::limits::PROGRAM_HISTORY_MAX;
use crate::base::time::{parse_utc, utc};
use crate::proto::{HistoryQuery, Lookup, Mark, ProgramRequest, Request};
use crate::wire::irc::Irc;
use crate::wire::irc::asked::{Asked, Form, Period};
use crate::wire::irc::message::{Message, put};
use crate::wire::irc::message_id::parse_message_id;
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
        let marks = (mark(message.param(2)), if between { mark(message.param(3)) } else { Ok(None) });
        let (Ok(limit), (Ok(first), Ok(second))) = (limit.parse(), marks) else {
            return self.history_fails(
                "INVALID_PARAMS",
                &command,
                "A mark or the limit cannot be understood",
            );
        };
        match query(&command, first, second, limit) {
            Some(query) => self.ask_history(&command, message.param(1), query),
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
        let time = |at| match mark(message.param(at)) {
            Ok(Some(Mark::Time(time))) => Some(time),
            _ => None,
        };
        let (Some(one), Some(other), Ok(limit)) = (time(1), time(2), message.param(3).parse::<usize>())
        else {
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

    /// The channels in which something was said in a period; `latest`: when something was said last in each.
    pub(super) fn put_targets(
        &self,
        latest: &[(std::rc::Rc<str>, SystemTime)],
        period: &Period,
        out: &mut BytesMut,
    ) {
        let Period { from, to, limit } = period;
        let server = &self.server.name;
        put(out, "", server, "BATCH", &[&format!("+{TARGETS}"), "draft/chathistory-targets"], None);
        let mut found: Vec<_> = latest.iter().filter(|(_, time)| (from..=to).contains(&time)).collect();
        found.sort_by_key(|(_, time)| *time);
        for (room, time) in found.into_iter().take(*limit) {
            let tags = format!("@batch={TARGETS} ");
            put(out, &tags, server, "CHATHISTORY", &["TARGETS", &channel(room), &utc(*time)], None);
        }
        put(out, "", server, "BATCH", &[&format!("-{TARGETS}")], None);
    }

    /// REDACT: erases a message of the client's own (`ircv3.net/specs/extensions/message-redaction`).
    pub(super) fn redact(&mut self, message: &Message<'_>) {
        let (target, id) = (message.param(0), message.param(1));
        if id.is_empty() {
            return self.needs_more("REDACT");
        }
        let Some(room) = target.strip_prefix('#') else {
            return self.fail("REDACT", "INVALID_TARGET", "Private messages cannot be erased");
        };
        match parse_message_id(id, room) {
            Some((id, said_at)) => {
                let (room, said_at) = (Some(room.to_owned()), Some(said_at));
                let amend = ProgramRequest::Amend { room, id: Some(id), said_at, text: None };
                self.ask(Asked::about("REDACT", target), Request::Program(amend));
            }
            None => self.fail("REDACT", "UNKNOWN_MSGID", "This message does not exist in that channel"),
        }
    }

    /// MARKREAD: how far the client has read (`ircv3.net/specs/extensions/read-marker`).
    pub(super) fn mark_read(&mut self, message: &Message<'_>) {
        let (target, time) = (message.param(0), message.param(1));
        if target.is_empty() {
            return self.needs_more("MARKREAD");
        }
        let time = match mark(time) {
            Ok(Some(Mark::Time(time))) => Some(time),
            _ if time.is_empty() => None,
            _ => return self.fail("MARKREAD", "INVALID_PARAMS", "The time cannot be understood"),
        };
        match target.strip_prefix('#').map(str::to_owned) {
            Some(room) => {
                let request = Request::Program(ProgramRequest::ReadAt { room, time });
                self.ask(Asked::about("MARKREAD", target), request);
            }
            None => self.fail("MARKREAD", "INVALID_PARAMS", "It is kept for channels only"),
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
    let limit = limit.clamp(1, PROGRAM_HISTORY_MAX);
    let span = |after, before, is_forward| Some(HistoryQuery::Span { before, after, limit, is_forward });
    match (command, first, second) {
        ("LATEST", after, _) => span(after, None, false),
        ("BEFORE", Some(before), _) => span(None, Some(before), false),
        ("AFTER", Some(after), _) => span(Some(after), None, true),
        // Ids have few gaps.
        ("AROUND", Some(Mark::Id(id)), _) => {
            let half = limit as u64 / 2;
            let after = id.saturating_sub(half + 1);
            span(Some(Mark::Id(after)), Some(Mark::Id(id.saturating_add(half + 1))), true)
        }
        ("AROUND", Some(time), _) => span(Some(time), None, true),
        ("BETWEEN", Some(first), Some(second)) if is_earlier(first, second) => {
            span(Some(first), Some(second), true)
        }
        ("BETWEEN", Some(first), Some(second)) => span(Some(second), Some(first), false),
        _ => None,
    }
}

/// Whether one mark comes before another. Of an id and a time, that is not known, and taken for so.
fn is_earlier(first: Mark, second: Mark) -> bool {
    match (first, second) {
        (Mark::Id(first), Mark::Id(second)) => first <= second,
        (Mark::Time(first), Mark::Time(second)) => first <= second,
        _ => true,
    }
}

/// A mark that cannot be understood.
#[derive(Debug, PartialEq, Eq)]
struct Unclear;

/// Parses `*` (`None`), `msgid=…` or `timestamp=…`.
fn mark(text: &str) -> Result<Option<Mark>, Unclear> {
    if text == "*" {
        return Ok(None);
    }
    let mark = match text.split_once('=') {
        // See `message_id`.
        Some(("msgid", id)) => id.rsplit('/').nth(1).and_then(|id| id.parse().ok()).map(Mark::Id),
        Some(("timestamp", time)) => parse_utc(time).map(Mark::Time),
        _ => None,
    };
    mark.map(Some).ok_or(Unclear)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn marks_are_ids_of_messages_or_times() {
        let time = UNIX_EPOCH + Duration::from_millis(1_795_201_200_500);
        assert_eq!(mark("*"), Ok(None));
        assert_eq!(mark("msgid=lobby/12/1a1fa546f80"), Ok(Some(Mark::Id(12))));
        assert_eq!(mark("timestamp=2026-11-20T19:00:00.500Z"), Ok(Some(Mark::Time(time))));
        for wrong in
            ["", "12", "msgid=", "msgid=x", "msgid=a/b/c", "timestamp=now", "timestamp=2026-13-01T00:00:00Z"]
        {
            assert_eq!(mark(wrong), Err(Unclear), "{wrong}");
        }
    }

    #[test]
    fn between_goes_from_the_first_mark_to_the_second() {
        let ids = |first, second| query("BETWEEN", Some(Mark::Id(first)), Some(Mark::Id(second)), 9);
        let span = |after, before, is_forward| {
            let (before, after) = (Some(Mark::Id(before)), Some(Mark::Id(after)));
            Some(HistoryQuery::Span { before, after, limit: 9, is_forward })
        };
        assert_eq!((ids(3, 7), ids(7, 3)), (span(3, 7, true), span(3, 7, false)));
        assert_eq!(query("BEFORE", None, None, 9), None);
        assert_eq!(query("NONSENSE", Some(Mark::Id(1)), None, 9), None);
    }
}
