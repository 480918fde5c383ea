//! What a server says as plain lines, as the `line` dialect has them: for scripts.

use jiff::tz::TimeZone;

use crate::base::time::day_and_minute;
use crate::wire::json::{Tell, What};

/// The line for `tell`, which may be several, without the last end of line; nothing where there is no word for it.
pub(super) fn plain(tell: &Tell) -> Option<String> {
    let text = |what: &What| what.text.clone().unwrap_or_default();
    Some(match tell {
        Tell::Said { what } => format!("{}: {}", what.who, text(what)),
        Tell::Acted { what } => format!("* {} {}", what.who, text(what)),
        Tell::Found { what, acted, .. } => found(what, *acted, &TimeZone::system()),
        Tell::Joined { what } => format!("User {} has joined the chat!", what.who),
        Tell::Left { what } => match &what.text {
            Some(reason) => {
                format!("Host: User {} left the chat. (Removed by the host for: {reason})", what.who)
            }
            None => format!("Host: User {} left the chat.", what.who),
        },
        Tell::Welcome { .. } => "------------[Start old messages]------------".into(),
        Tell::Live { .. } => "------------[Start new messages]------------".into(),
        Tell::Notice { text } | Tell::Refused { text, .. } | Tell::Parted { text, .. } => text.clone(),
        Tell::Hello { .. } | Tell::Removed { .. } => return None,
    })
}

/// Something that was said some time ago, as an answer.
pub(super) fn found(What { time, who, text, .. }: &What, acted: bool, zone: &TimeZone) -> String {
    let (day, minute) = day_and_minute(time, zone).unwrap_or_default();
    let text = text.as_deref().unwrap_or_default();
    let said = if acted { format!("* {who} {text}") } else { format!("{who}: {text}") };
    format!("{day} {minute}  {said}")
}
