//! Parses the argument of `/history`.

use std::time::SystemTime;

use crate::base::limits::{RESULT_MESSAGES_DEFAULT, RESULT_MESSAGES_MAX};
use crate::base::past_time::{self, PastTimeError};
use crate::proto::{HistoryQuery, Misuse};

/// The argument is empty, a number, or `since` and a time.
pub(super) fn parse(rest: &str, now: SystemTime) -> Result<HistoryQuery, Misuse> {
    if rest.is_empty() {
        return Ok(HistoryQuery::Last { limit: RESULT_MESSAGES_DEFAULT, since: None });
    }
    if rest.bytes().all(|b| b.is_ascii_digit()) {
        // A number that overflows exceeds the limit anyway.
        let limit = rest.parse().unwrap_or(RESULT_MESSAGES_MAX).min(RESULT_MESSAGES_MAX);
        return match limit {
            0 => Err(Misuse::HistoryZero),
            limit => Ok(HistoryQuery::Last { limit, since: None }),
        };
    }
    let (first, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let is_since = first.eq_ignore_ascii_case("since") || first.eq_ignore_ascii_case("from");
    match past_time::parse(if is_since { after } else { rest }, now) {
        Ok(since) => Ok(HistoryQuery::Last { limit: RESULT_MESSAGES_MAX, since: Some(since) }),
        Err(PastTimeError::Future) => Err(Misuse::HistoryInFuture),
        Err(PastTimeError::Invalid) => Err(Misuse::HistoryUnclear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    use crate::proto::Refusal;
    use crate::wire::sentences::refusal;

    #[test]
    fn arguments_of_history() {
        let now = UNIX_EPOCH + Duration::from_secs(1_795_201_200);
        let last = |limit, since| Ok(HistoryQuery::Last { limit, since });
        assert_eq!(parse("", now), last(20, None));
        assert_eq!(parse("5", now), last(5, None));
        assert_eq!(parse("99999999999999999999999", now), last(1_000, None));
        let since = Some(now - Duration::from_secs(7_200));
        for text in ["since 2h", "2h", "SINCE 2 hours ago", "2h ago", "from 2h ago", "since  two hours"] {
            assert_eq!(parse(text, now), last(1_000, since), "{text}");
        }
        for wrong in ["0", "-5", "since", "since 9", "since ever", "ever", "since 99999999999999999999y"] {
            let why = refusal(&Refusal::Command(parse(wrong, now).unwrap_err()));
            assert!(why.contains("/history 50"), "{wrong}: {why}");
        }
        let future = refusal(&Refusal::Command(parse("since tomorrow", now).unwrap_err()));
        assert!(future.starts_with("That time is in the future."));
    }
}
