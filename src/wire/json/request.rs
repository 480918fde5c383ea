//! The requests that messages by programs are.

use std::borrow::Cow;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::Value;

use crate::base::limits::{
    FRAME_BYTES, LABEL_CHARS, MESSAGE_BYTES, MESSAGE_LINES, NAME_INPUT_CHARS, PROGRAM_HISTORY,
    PROGRAM_HISTORY_MAX,
};
use crate::base::name::is_too_long;
use crate::base::text::{is_unsafe, sanitize, sanitize_lines};
use crate::proto::{HistoryQuery, Kind, ProgramRequest, ReplayLimit, Request, Token, TypingState};
use crate::wire::json::malformed::describe;
use crate::wire::json::{ClientMessage, VERSION};

/// Parses a line. `None`: it is blank.
pub(in crate::wire) fn request(line: &str) -> Option<Request> {
    if line.trim().is_empty() {
        return None;
    }
    // The parser would take an array for an object without names.
    let parsed = is_object(line).then(|| serde_json::from_str(line).ok()).flatten();
    Some(match parsed {
        Some(_) if parse_label(line).is_err() => Request::Malformed(format!(
            "The field \"label\" must be a text of 1 to {LABEL_CHARS} characters."
        )),
        Some(ask) => request_of(ask),
        None => Request::Malformed(describe(line)),
    })
}

fn is_object(line: &str) -> bool {
    line.trim_start().starts_with('{')
}

fn request_of(ask: ClientMessage) -> Request {
    match ask {
        ClientMessage::Hello { version, .. } if version != VERSION => {
            Request::Malformed(format!("This server speaks version {VERSION}, and not {version}."))
        }
        ClientMessage::Hello { name, bot, token, password, lines, .. } => Request::Hello {
            name: named(&name),
            kind: if bot { Kind::Bot } else { Kind::Person },
            token: token.and_then(|token| Token::parse(&token)),
            password,
            lines,
        },
        ClientMessage::Join { room, after: None, replay } => {
            Request::Join { room: room.as_deref().map(named), replay: replay.map(ReplayLimit::Last) }
        }
        ClientMessage::Join { room, after: Some(after), .. } => {
            Request::Program(ProgramRequest::Resume { room: room.as_deref().map(named), after })
        }
        ClientMessage::Open { room, topic } => match said(topic.trim()) {
            Some(topic) => {
                Request::Program(ProgramRequest::Open { room: named(&room), topic: topic.into_owned() })
            }
            None => Request::SayTooLong,
        },
        ClientMessage::Leave { room } => Request::Leave { room: room.as_deref().map(named) },
        ClientMessage::Say { room: Some(_), to: Some(_), .. } => Request::Malformed(
            "In \"say\" name a \"room\" or whom it is \"to\", and not both. Nothing was said.".into(),
        ),
        ClientMessage::Say { to: None, ongoing: true, .. } => Request::Malformed(
            "In \"say\" only what is \"to\" somebody can be \"ongoing\". Nothing was said.".into(),
        ),
        ClientMessage::Say { room, to, ongoing, text } => {
            say(room.as_deref().map(named), to.as_deref().map(named), ongoing, &text)
        }
        ClientMessage::Erase { room, id } => Request::Program(ProgramRequest::Amend {
            room: room.as_deref().map(named),
            id,
            said_at: None,
            text: None,
        }),
        ClientMessage::Edit { room, id, text } => match say(None, None, false, &text) {
            Request::Say { text, .. } => Request::Program(ProgramRequest::Amend {
                room: room.as_deref().map(named),
                id,
                said_at: None,
                text: Some(text),
            }),
            refused => refused,
        },
        ClientMessage::Command { room, name, rest } => match said(rest.trim()) {
            Some(rest) => Request::command(room.as_deref().map(named), named(&name), &rest),
            None => Request::SayTooLong,
        },
        ClientMessage::Nick { name } => Request::Program(ProgramRequest::Nick { name: named(&name) }),
        ClientMessage::Ping => Request::Program(ProgramRequest::Ping),
        ClientMessage::Typing { watch: true, .. } => Request::Program(ProgramRequest::WatchTyping),
        ClientMessage::Typing { room, watch: false } => Request::Program(ProgramRequest::Typing {
            room: room.as_deref().map(named),
            state: TypingState::Active,
        }),
        ClientMessage::Read { room, id } => {
            Request::Program(ProgramRequest::Read { room: room.as_deref().map(named), id })
        }
        ClientMessage::Rooms { watch } => Request::Program(ProgramRequest::Rooms { watch }),
        ClientMessage::Members { room } => {
            Request::Program(ProgramRequest::Members { room: room.as_deref().map(named) })
        }
        ClientMessage::History { room: Some(_), with: Some(_), .. }
        | ClientMessage::Search { room: Some(_), with: Some(_), .. } => {
            Request::Malformed("Name a \"room\" or \"with\" whom you wrote, and not both.".into())
        }
        ClientMessage::History { with: Some(with), before, after, limit, .. } => {
            let query = HistoryQuery::Between { before, after, limit: page(limit) };
            Request::Program(ProgramRequest::Private { with: named(&with), query })
        }
        ClientMessage::History { room, before, after, limit, .. } => {
            Request::Program(ProgramRequest::History {
                room: room.as_deref().map(named),
                before,
                after,
                limit: page(limit),
            })
        }
        ClientMessage::Search { room, with, words, limit } => match said(words.trim()) {
            Some(words) if with.is_some() => Request::Program(ProgramRequest::Private {
                with: with.as_deref().map(named).unwrap_or_default(),
                query: HistoryQuery::Words { words: words.into_owned(), limit: page(limit) },
            }),
            Some(words) => Request::Program(ProgramRequest::Search {
                room: room.as_deref().map(named),
                words: words.into_owned(),
                limit: page(limit),
            }),
            None => Request::SayTooLong,
        },
    }
}

/// The number of messages in a page for a program that asks for `limit`.
fn page(limit: Option<usize>) -> usize {
    limit.unwrap_or(PROGRAM_HISTORY).clamp(1, PROGRAM_HISTORY_MAX)
}

/// The label of the request in a line.
pub(in crate::wire) fn label(line: &str) -> Option<Rc<str>> {
    parse_label(line).ok().flatten()
}

/// What is there is not a label.
#[derive(Debug)]
struct NotALabel;

/// The label in a line; `None` if there is none.
fn parse_label(line: &str) -> Result<Option<Rc<str>>, NotALabel> {
    /// The field, beside others.
    #[derive(Deserialize)]
    struct Labelled {
        #[serde(default)]
        label: Value,
    }
    // Few requests have a label. The others need not be parsed twice.
    if !line.contains("\"label\"") || !is_object(line) {
        return Ok(None);
    }
    let Labelled { label } = serde_json::from_str(line).map_err(|_| NotALabel)?;
    match label {
        Value::Null => Ok(None),
        Value::String(label)
            if (1..=LABEL_CHARS).contains(&label.chars().count()) && !label.contains(is_unsafe) =>
        {
            Ok(Some(label.into()))
        }
        _ => Err(NotALabel),
    }
}

/// Sanitizes a name. An oversized name is cut but stays invalid: through escapes an object can hold six times as much
/// text as any message, and nothing should fold, compare or repeat all of it.
fn named(text: &str) -> String {
    if is_too_long(text) {
        let replaced = |c| if is_unsafe(c) { char::REPLACEMENT_CHARACTER } else { c };
        return text.chars().take(NAME_INPUT_CHARS + 1).map(replaced).collect();
    }
    sanitize(text.as_bytes()).into_owned()
}

/// Sanitizes a text, as escapes can hide control characters. `None`: it is oversized, which is checked before any
/// other work.
fn said(text: &str) -> Option<Cow<'_, str>> {
    let is_short = text.len() <= FRAME_BYTES;
    is_short.then(|| sanitize(text.as_bytes())).filter(|text| text.len() <= MESSAGE_BYTES)
}

/// The same for a text that may have several lines. An error: the request that it is instead.
fn said_in_lines(text: &str) -> Result<Cow<'_, str>, Request> {
    if !text.contains('\n') {
        return said(text).ok_or(Request::SayTooLong);
    }
    if text.len() > FRAME_BYTES {
        return Err(Request::SayTooLong);
    }
    let lines = || text.lines().map(str::trim_end);
    if lines().count() > MESSAGE_LINES {
        return Err(Request::SayTooManyLines);
    }
    let text = sanitize_lines(lines().collect::<Vec<_>>().join("\n").as_bytes()).into_owned();
    if text.len() <= MESSAGE_BYTES { Ok(text.into()) } else { Err(Request::SayTooLong) }
}

fn say(room: Option<String>, to: Option<String>, is_ongoing: bool, text: &str) -> Request {
    match said_in_lines(text.trim_end().trim_start_matches(['\r', '\n'])) {
        Err(why) => why,
        Ok(text) if text.trim().is_empty() => Request::Malformed("There is no text to say.".into()),
        Ok(text) => match to {
            Some(to) => Request::Tell { to, text: text.into_owned().into(), is_ongoing, is_notice: false },
            None => Request::Say { room, text: text.into_owned() },
        },
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU128;

    use super::*;
    use crate::base::limits::JSON_FRAME_BYTES;

    fn number(number: u128) -> Token {
        Token(NonZeroU128::new(number).unwrap())
    }

    #[test]
    fn requests_of_programs() {
        let asked = |line: &str| request(line).unwrap();
        let hello = |token| Request::Hello {
            name: "Ann".into(),
            kind: Kind::Bot,
            token,
            password: None,
            lines: false,
        };
        assert_eq!(asked(r#"{"type":"hello","version":1,"name":"Ann","bot":true,"new":[]}"#), hello(None));
        let with_token = |token: &str| {
            format!(r#"{{"type":"hello","version":1,"name":"Ann","bot":true,"token":"{token}"}}"#)
        };
        assert_eq!(asked(&with_token(&number(17).to_string())), hello(Some(number(17))));
        assert_eq!(asked(&with_token("of no use")), hello(None));
        assert_eq!(asked(r#"{"type":"join"}"#), Request::Join { room: None, replay: None });
        let room = Some("attic".to_owned());
        assert_eq!(
            asked(r#"{"type":"join","room":"attic"}"#),
            Request::Join { room: room.clone(), replay: None }
        );
        assert_eq!(asked(r#"{"type":"leave"}"#), Request::Leave { room: None });
        let nick = Request::Program(ProgramRequest::Nick { name: "Anna\u{fffd}".into() });
        assert_eq!(asked(r#"{"type":"nick","name":"Anna\u001b"}"#), nick);
        let amend = |id, text: Option<&str>| {
            let text = text.map(str::to_owned);
            Request::Program(ProgramRequest::Amend { room: None, id, said_at: None, text })
        };
        assert_eq!(asked(r#"{"type":"erase"}"#), amend(None, None));
        assert_eq!(asked(r#"{"type":"erase","id":7}"#), amend(Some(7), None));
        assert_eq!(asked(r#"{"type":"edit","id":7,"text":"a\nb"}"#), amend(Some(7), Some("a\nb")));
        let empty = Request::Malformed("There is no text to say.".into());
        assert_eq!(asked(r#"{"type":"edit","text":" "}"#), empty);
        let say = |room, text: &str| Request::Say { room, text: text.into() };
        assert_eq!(asked(r#"{"type":"say","room":"attic","text":"/hi"}"#), say(room, "/hi"));
        let labelled = r#"{"type":"say","label":"7","text":"a"}"#;
        assert_eq!(asked(labelled), say(None, "a"));
        assert_eq!(asked(r#"{"type":"say","text":"a\u001b[2J\nb"}"#), say(None, "a\u{fffd}[2J\nb"));
        let tell = |is_ongoing| Request::Tell {
            to: "Bob".into(),
            text: "psst\nhere".into(),
            is_ongoing,
            is_notice: false,
        };
        assert_eq!(asked(r#"{"type":"say","text":"psst\nhere","to":"Bob"}"#), tell(false));
        let ongoing = r#"{"type":"say","text":"psst\nhere","to":"Bob","ongoing":true}"#;
        assert_eq!(asked(ongoing), tell(true));
        let query = HistoryQuery::Between { before: Some(9), after: None, limit: PROGRAM_HISTORY };
        let private = |query| Request::Program(ProgramRequest::Private { with: "Bob".into(), query });
        assert_eq!(asked(r#"{"type":"history","with":"Bob","before":9}"#), private(query));
        let query = HistoryQuery::Words { words: "tea".into(), limit: 3 };
        assert_eq!(asked(r#"{"type":"search","with":"Bob","words":"tea","limit":3}"#), private(query));
        let long = format!(r#"{{"type":"say","text":"{}"}}"#, "x".repeat(MESSAGE_BYTES + 1));
        assert_eq!(asked(&long), Request::SayTooLong);
        let long = format!(r#"{{"type":"command","name":"me","rest":"{}"}}"#, "x".repeat(MESSAGE_BYTES + 1));
        assert_eq!(asked(&long), Request::SayTooLong);
        assert_eq!(request("  "), None);
        for unclear in [
            "hello",
            "{}",
            r#"{"type":"dance"}"#,
            r#"{"type":"say","text":" "}"#,
            r#"{"type":"say"}"#,
            r#"{"type":"say","text":"psst","only":"Bob"}"#,
            r#"{"type":"say","text":"psst","to":null}"#,
            r#"{"type":"say","text":"psst","ongoing":true}"#,
            r#"{"type":"say","text":"psst","room":"lobby","to":"Bob"}"#,
            r#"{"type":"history","room":"lobby","with":"Bob"}"#,
            r#"{"type":"search","room":"lobby","with":"Bob","words":"tea"}"#,
            r#"{"type":"hello","version":2,"name":"Ann"}"#,
            r#"["say",null,"arr2"]"#,
            r#" ["ping"]"#,
            r#""ping""#,
        ] {
            assert!(matches!(asked(unclear), Request::Malformed(_)), "{unclear}");
        }
        let Request::Malformed(why) = asked(r#"{"type":"\u001b[2J\n"}"#) else {
            panic!("there is no such type")
        };
        assert!(why.contains("\"\u{fffd}[2J\u{fffd}\""), "{why}");
        let hello = Request::Hello {
            name: "A\u{fffd}".into(),
            kind: Kind::Person,
            token: None,
            password: None,
            lines: false,
        };
        assert_eq!(asked(r#"{"type":"hello","version":1,"name":"A\u001b"}"#), hello);
    }

    #[test]
    fn a_label_is_a_short_text() {
        let ping = Some(Request::Program(ProgramRequest::Ping));
        let asked = |label: &str| format!(r#"{{"type":"ping","label":{label}}}"#);
        let longest = format!("\"{}\"", "é".repeat(LABEL_CHARS));
        for (written, is) in
            [("\"7\"", Some("7")), (&longest, Some(longest.trim_matches('"'))), ("null", None)]
        {
            assert_eq!((request(&asked(written)), label(&asked(written)).as_deref()), (ping.clone(), is));
        }
        let long = format!("\"{}\"", "x".repeat(LABEL_CHARS + 1));
        for written in ["7", "[]", "{}", "true", "\"\"", "\"a\\u001b\"", "\"a\",\"label\":\"b\"", &long] {
            let Some(Request::Malformed(why)) = request(&asked(written)) else { panic!("{written}") };
            assert!(why.contains("\"label\" must be a text of 1 to 32 characters"), "{written}: {why}");
            assert_eq!(label(&asked(written)), None);
        }
        assert_eq!(request(r#"{"type":"ping","new":{"label":7}}"#), ping, "another object's");
        assert_eq!(label(r#"["7","label"]"#), None);
    }

    #[test]
    fn oversized_fields_are_cut() {
        let long = "\u{fdfa}".repeat(JSON_FRAME_BYTES / 3 - 64);
        let is_truncated = |name: &str| is_too_long(name) && name.chars().count() == NAME_INPUT_CHARS + 1;
        let rooms = ["join", "leave"].map(|what| format!(r#"{{"type":"{what}","room":"{long}"}}"#));
        let named = [
            format!(r#"{{"type":"say","room":"{long}","text":"x"}}"#),
            format!(r#"{{"type":"command","room":"{long}","name":"who"}}"#),
            format!(r#"{{"type":"command","name":"{long}"}}"#),
            format!(r#"{{"type":"hello","version":1,"name":"{long}"}}"#),
        ];
        for line in rooms.iter().chain(&named) {
            let cut = match request(line).unwrap() {
                Request::Join { room: Some(room), replay: None }
                | Request::Leave { room: Some(room) }
                | Request::Say { room: Some(room), .. }
                | Request::Command { room: Some(room), .. } => room,
                Request::Command { name, .. } | Request::Hello { name, .. } => name,
                other => panic!("{other:?}"),
            };
            assert!(is_truncated(&cut), "{} bytes of {line:.40}", cut.len());
        }
        // The length is checked before marks are dropped.
        let marks = format!(r#"{{"type":"join","room":"lobby{}"}}"#, "\u{301}".repeat(200));
        assert!(
            matches!(request(&marks), Some(Request::Join { room: Some(room), .. }) if is_truncated(&room))
        );
        // A token is nothing but its digits.
        let hello = |token: &str| format!(r#"{{"type":"hello","version":1,"name":"A","token":"{token}"}}"#);
        let token = |line: &str| match request(line) {
            Some(Request::Hello { token, .. }) => token,
            other => panic!("{other:?}"),
        };
        assert_eq!(token(&hello(&format!("{:0>32}", "1f"))), Some(number(31)));
        assert_eq!(token(&hello(&format!("{:0>32}", "0"))), None, "no token is zero");
        assert_eq!(token(&hello(&format!("{:0>20000}", "1f"))), None);
    }
}
