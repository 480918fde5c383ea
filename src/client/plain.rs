//! What a server says as plain lines, as the `line` dialect has them: for scripts.

use jiff::tz::TimeZone;

use crate::base::time::day_and_minute;
use crate::wire::json::{EventFields, ServerMessage};

/// The line for `tell`, which may be several, without the last end of line; nothing where there is no word for it.
pub(super) fn plain(tell: &ServerMessage) -> Option<String> {
    let text = |what: &EventFields| what.text.clone().unwrap_or_default();
    Some(match tell {
        ServerMessage::Said { what } => format!("{}: {}", what.who, text(what)),
        ServerMessage::Acted { what } => format!("* {} {}", what.who, text(what)),
        ServerMessage::Found { what, acted, .. } => found(what, *acted, &TimeZone::system()),
        ServerMessage::Joined { what } => format!("User {} has joined the chat!", what.who),
        ServerMessage::Left { what } => match &what.text {
            Some(reason) => {
                format!("Host: User {} left the chat. (Removed by the host for: {reason})", what.who)
            }
            None => format!("Host: User {} left the chat.", what.who),
        },
        ServerMessage::Welcome { .. } => "------------[Start old messages]------------".into(),
        ServerMessage::Live { .. } => "------------[Start new messages]------------".into(),
        ServerMessage::Notice { text }
        | ServerMessage::Refused { text, .. }
        | ServerMessage::Parted { text, .. } => text.clone(),
        ServerMessage::Hello { .. } | ServerMessage::Removed { .. } => return None,
    })
}

/// Something that was said some time ago, as an answer.
pub(super) fn found(
    EventFields { time, who, text, .. }: &EventFields,
    acted: bool,
    zone: &TimeZone,
) -> String {
    let (day, minute) = day_and_minute(time, zone).unwrap_or_default();
    let text = text.as_deref().unwrap_or_default();
    let said = if acted { format!("* {who} {text}") } else { format!("{who}: {text}") };
    format!("{day} {minute}  {said}")
}
