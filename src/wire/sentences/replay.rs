//! Sentences about the replay of older messages.

use std::time::SystemTime;

use crate::base::limits::RESULT_MESSAGES_MAX;
use crate::base::time::local_day;
use crate::proto::{ReplayExtent, ReplayLimit};

/// How many messages are not replayed, and the command that shows them. `None`: there are none.
pub fn earlier(extent: ReplayExtent) -> Option<String> {
    let ReplayExtent { earlier, may_have_older, .. } = extent;
    let last = extent.to_the_first();
    Some(match earlier {
        0 => return None,
        _ if last <= RESULT_MESSAGES_MAX && !may_have_older => {
            format!("({earlier} earlier: /history {last})")
        }
        _ => {
            let or_more = if may_have_older { " or more" } else { "" };
            format!("({earlier}{or_more} earlier; the last of them: /history {RESULT_MESSAGES_MAX})")
        }
    })
}

/// Stands before a message if it was said on another day than the one before it.
pub fn new_day(previous: SystemTime, time: SystemTime) -> Option<String> {
    let day = local_day(time);
    (day != local_day(previous)).then(|| day_line(&day))
}

/// The line of a day such as `2026-11-20`.
pub fn day_line(day: &str) -> String {
    format!("--- {day} ---")
}

/// How much a member hears when it joins a room.
pub(super) fn limit(limit: ReplayLimit) -> String {
    let heard = match limit {
        ReplayLimit::All => "all messages that are in the server's memory".to_owned(),
        ReplayLimit::OFF => "no earlier messages".to_owned(),
        ReplayLimit::Last(1) => "the last message of people, and what belongs to it".to_owned(),
        ReplayLimit::Last(most) => format!("the last {most} messages of people, and what belongs to them"),
    };
    format!("When you join a room, you hear {heard}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_reaches_the_first_that_is_missing() {
        let told = |replayed, earlier, may_have_older| {
            earlier_of(ReplayExtent { replayed, earlier, may_have_older })
        };
        assert_eq!(told(50, 0, false), "");
        assert_eq!(told(50, 0, true), "");
        assert_eq!(told(50, 345, false), "(345 earlier: /history 395)");
        assert_eq!(told(0, 1, false), "(1 earlier: /history 1)");
        assert_eq!(told(100, 900, false), "(900 earlier: /history 1000)");
        assert_eq!(told(100, 901, false), "(901 earlier; the last of them: /history 1000)");
        assert_eq!(told(100, 950, true), "(950 or more earlier; the last of them: /history 1000)");
    }

    fn earlier_of(extent: ReplayExtent) -> String {
        earlier(extent).unwrap_or_default()
    }
}
