//! The headings of replies to `/history` and `/search`.

use std::time::SystemTime;

use crate::base::text::plural;
use crate::base::time::local_minute;
use crate::proto::{HistoryOutcome, HistoryQuery};

/// The heading before the results, or the sentence that there are none. `place`: `in the lobby`, `between you and Ann`.
pub(super) fn heading(query: &HistoryQuery, place: &str, outcome: HistoryOutcome) -> String {
    // As a sentence, the heading of a program's query is the same.
    match query {
        HistoryQuery::Between { limit, .. } | HistoryQuery::Span { limit, .. } => {
            return heading(&HistoryQuery::Last { limit: *limit, since: None }, place, outcome);
        }
        HistoryQuery::Words { words, limit } => {
            return heading(&HistoryQuery::Search { words: words.clone(), limit: *limit }, place, outcome);
        }
        HistoryQuery::Last { .. } | HistoryQuery::Search { .. } => {}
    }
    let HistoryOutcome { messages: count, has_more, is_partial, is_indexing } = outcome;
    let messages = plural(count, "message");
    if is_indexing && let HistoryQuery::Search { words, .. } = query {
        return indexing_heading(words, place, count);
    }
    if is_partial {
        return partial_heading(query, place, count, &messages);
    }
    match (query, count) {
        (HistoryQuery::Last { since: None, .. }, 0) => format!("Nothing was said {place} yet."),
        (HistoryQuery::Last { since: None, .. }, 1) if !has_more => format!("The only message {place}:"),
        (HistoryQuery::Last { since: None, .. }, _) if has_more => format!("The last {messages} {place}:"),
        (HistoryQuery::Last { since: None, .. }, _) => format!("All {messages} {place}:"),
        (HistoryQuery::Last { since: Some(since), .. }, 0) => {
            format!("Nothing was said {place}{}.", shown(*since))
        }
        (HistoryQuery::Last { since: Some(since), .. }, _) => {
            let since = shown(*since);
            if has_more {
                format!("The last {messages} of those {place}{since}:")
            } else {
                format!("{messages} {place}{since}:")
            }
        }
        (HistoryQuery::Between { .. } | HistoryQuery::Span { .. } | HistoryQuery::Words { .. }, _) => {
            String::new()
        }
        (HistoryQuery::Search { words, .. }, 0) => {
            format!("No message {place} has the words: {words}")
        }
        (HistoryQuery::Search { words, .. }, _) if has_more => {
            format!("The last {messages} {place} with the words: {words}")
        }
        (HistoryQuery::Search { words, .. }, _) => format!("{messages} {place} with the words: {words}"),
    }
}

/// How far back a query goes, after the name of a room: ` since …`, or `, ever` for a time before 1970.
fn shown(since: SystemTime) -> String {
    if since <= SystemTime::UNIX_EPOCH { ", ever".into() } else { format!(" since {}", local_minute(since)) }
}

/// The heading of a search that stopped at its time limit.
fn partial_heading(query: &HistoryQuery, place: &str, count: usize, messages: &str) -> String {
    match (query, count) {
        (HistoryQuery::Last { .. }, _) => {
            let more = "Ask for fewer messages, or for those since a later time.";
            format!("It took too long to read the whole history {place}. {more} {messages} until then:")
        }
        (HistoryQuery::Between { .. } | HistoryQuery::Span { .. } | HistoryQuery::Words { .. }, _) => {
            String::new()
        }
        (HistoryQuery::Search { words, .. }, 0) => format!(
            "The search {place} took too long and found nothing so far: {words}. Use fewer or rarer words, and whole \
             ones."
        ),
        (HistoryQuery::Search { words, .. }, _) => format!(
            "{messages} {place} with the words: {words}. There may be more: the search took too long. Use rarer words, \
             and whole ones."
        ),
    }
}

/// The heading of a search while older messages are still being indexed.
fn indexing_heading(words: &str, place: &str, count: usize) -> String {
    let why = "Older messages are still being indexed. Try again in a few minutes.";
    match count {
        0 => format!("No message found yet {place} with the words: {words}. {why}"),
        _ => {
            format!("{} {place} with the words: {words}. There may be more. {why}", plural(count, "message"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_say_how_much_it_is() {
        let last = HistoryQuery::Last { limit: 20, since: None };
        let heading = |query: &HistoryQuery, messages, has_more, is_partial| {
            heading(query, "in hall", HistoryOutcome { messages, has_more, is_partial, is_indexing: false })
        };
        assert_eq!(heading(&last, 0, false, false), "Nothing was said in hall yet.");
        assert_eq!(heading(&last, 1, false, false), "The only message in hall:");
        assert_eq!(heading(&last, 1, true, false), "The last 1 message in hall:");
        assert_eq!(heading(&last, 20, true, false), "The last 20 messages in hall:");
        let ever = HistoryQuery::Last { limit: 20, since: Some(SystemTime::UNIX_EPOCH) };
        assert_eq!(heading(&ever, 0, false, false), "Nothing was said in hall, ever.");
        assert_eq!(heading(&ever, 3, false, false), "3 messages in hall, ever:");
        assert_eq!(heading(&ever, 20, true, false), "The last 20 messages of those in hall, ever:");
        let search = HistoryQuery::Search { words: "tea".into(), limit: 20 };
        assert_eq!(heading(&search, 0, false, false), "No message in hall has the words: tea");
        assert_eq!(heading(&search, 2, false, false), "2 messages in hall with the words: tea");
        assert!(
            heading(&search, 0, false, true)
                .starts_with("The search in hall took too long and found nothing so far: tea. ")
        );
        assert!(
            heading(&search, 2, false, true)
                .starts_with("2 messages in hall with the words: tea. There may be more")
        );
    }
}
