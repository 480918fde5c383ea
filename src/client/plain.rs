//! Server messages as plain text, in the form of the `line` dialect, for scripts.

use jiff::tz::TimeZone;

use crate::base::time::day_and_minute;
use crate::wire::json::{EventFields, SenderKind, ServerMessage};
use crate::wire::marked;

/// What stands before a private message for the member called `own`, one of the two.
pub(super) fn private_head(from: &str, to: &str, own: &str) -> String {
    if from == own { format!("[you to {to}]") } else { format!("[{from} to you]") }
}

/// The text of a message to the client called `own`: one or more lines, without the last line break; `None` for messages without
/// text.
pub(super) fn plain(message: &ServerMessage, own: &str) -> Option<String> {
    let text = |what: &EventFields| marked(what.text.as_deref().unwrap_or_default()).into_owned();
    Some(match message {
        ServerMessage::Said { what } => format!("{}: {}{}", what.who, text(what), suffix(what)),
        ServerMessage::Acted { what } => format!("* {} {}{}", what.who, text(what), suffix(what)),
        ServerMessage::Erased { what, .. } | ServerMessage::Edited { what, .. } => amended(what),
        ServerMessage::Found { what, acted, .. } => found(what, *acted, &TimeZone::system()),
        ServerMessage::Private { time, from, to, text, notice, replayed, .. } => {
            let when = day_and_minute(time, &TimeZone::system()).filter(|_| *replayed);
            let when = when.map(|(day, minute)| format!("{day} {minute}  ")).unwrap_or_default();
            let mark = if *notice { NOTICE } else { "" };
            format!("{when}{} {}{mark}", private_head(from, to, own), marked(text))
        }
        ServerMessage::Joined { what } => format!("User {} has joined the chat!", what.who),
        ServerMessage::Topic { what } => topic_set(what),
        ServerMessage::Changed { what, .. } => text(what),
        ServerMessage::Left { what, by } => match (&what.text, by) {
            (Some(reason), Some(by)) if reason.is_empty() => {
                format!("Host: User {} left the chat. (Removed by {by})", what.who)
            }
            (Some(reason), Some(by)) => {
                format!("Host: User {} left the chat. (Removed by {by}: {reason})", what.who)
            }
            (Some(reason), None) => {
                format!("Host: User {} left the chat. (Removed by the host for: {reason})", what.who)
            }
            (None, _) => format!("Host: User {} left the chat.", what.who),
        },
        ServerMessage::Renamed { what, was } => renamed(was, &what.who),
        ServerMessage::Nick { name, was } if name == own => {
            format!("You are now {name}, and not {was} any more.")
        }
        ServerMessage::Nick { name, was } => renamed(was, name),
        ServerMessage::Notice { text, .. }
        | ServerMessage::Refused { text, .. }
        | ServerMessage::Parted { text, .. } => text.clone(),
        ServerMessage::Hello { .. }
        | ServerMessage::Welcome { .. }
        | ServerMessage::Live { .. }
        | ServerMessage::Gap { .. }
        | ServerMessage::Gone { .. }
        | ServerMessage::Rooms { .. }
        | ServerMessage::Room { .. }
        | ServerMessage::Removed { .. } => return None,
    })
}

/// Tells of a member with another name.
pub(super) fn renamed(from: &str, to: &str) -> String {
    format!("{from} is now {to}.")
}

/// That a topic was set or removed.
pub(super) fn topic_set(EventFields { who, text, .. }: &EventFields) -> String {
    match text.as_deref().unwrap_or_default() {
        "" => format!("{who} removed the topic."),
        text => format!("{who} set the topic: {text}"),
    }
}

/// Follows a message that has another text than it had first.
pub(super) const EDITED: &str = " (edited)";

/// Follows a notice.
const NOTICE: &str = " (notice)";

/// What follows the text of a message.
pub(super) fn suffix(what: &EventFields) -> &'static str {
    match (what.notice, what.edited) {
        (false, false) => "",
        (false, true) => EDITED,
        (true, false) => NOTICE,
        (true, true) => " (notice) (edited)",
    }
}

/// That a message was erased, or has another text.
pub(super) fn amended(EventFields { who, is, text, .. }: &EventFields) -> String {
    match text {
        Some(text) => format!("{who} corrects: {}", marked(text)),
        None if *is == SenderKind::Host => "The server's operator erased a message.".into(),
        None => format!("{who} erased a message."),
    }
}

/// A message of the history, in a reply to `/history` or `/search`.
pub(super) fn found(what: &EventFields, acted: bool, zone: &TimeZone) -> String {
    let EventFields { time, who, text, .. } = what;
    let (day, minute) = day_and_minute(time, zone).unwrap_or_default();
    let text = marked(text.as_deref().unwrap_or_default());
    let said = if acted { format!("* {who} {text}") } else { format!("{who}: {text}") };
    format!("{day} {minute}  {said}{}", suffix(what))
}
