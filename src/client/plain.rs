//! What a server says as plain lines, as the `line` dialect has them: for scripts.

use crate::wire::json::{Tell, What};

/// The line for `tell`, which may be several, without the last end of line; nothing where there is no word for it.
pub(super) fn plain(tell: &Tell) -> Option<String> {
    let text = |what: &What| what.text.clone().unwrap_or_default();
    Some(match tell {
        Tell::Said { what } => format!("{}: {}", what.who, text(what)),
        Tell::Acted { what } => format!("* {} {}", what.who, text(what)),
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
