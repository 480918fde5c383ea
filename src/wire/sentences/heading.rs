//! The headings of replies to `/history` and `/search`.

use std::time::SystemTime;

use crate::base::text::plural;
use crate::base::time::local_minute;
use crate::proto::{HistoryOutcome, HistoryQuery};

/// The heading before the results, or the sentence that there are none.
pub(super) fn heading(query: &HistoryQuery, place: &str, outcome: HistoryOutcome) -> String {
    // A program's questions are answered with an object; as a sentence they are as others.
    match query {
        HistoryQuery::Between { most, .. } => {
            return heading(&HistoryQuery::Last { most: *most, since: None }, place, outcome);
        }
        HistoryQuery::Words { words, most } => {
            return heading(&HistoryQuery::Search { words: words.clone(), most: *most }, place, outcome);
        }
        HistoryQuery::Last { .. } | HistoryQuery::Search { .. } => {}
    }
    let HistoryOutcome { messages: count, is_cut, is_partial, is_indexing } = outcome;
    let messages = plural(count, "message");
    if is_indexing && let HistoryQuery::Search { words, .. } = query {
        return indexing_heading(words, place, count);
    }
    if is_partial {
        return partial_heading(query, place, count, &messages);
    }
    match (query, count) {
        (HistoryQuery::Last { since: None, .. }, 0) => format!("Nothing was said in {place} yet."),
        (HistoryQuery::Last { since: None, .. }, 1) if !is_cut => format!("The only message in {place}:"),
        (HistoryQuery::Last { since: None, .. }, _) if is_cut => format!("The last {messages} in {place}:"),
        (HistoryQuery::Last { since: None, .. }, _) => format!("All {messages} in {place}:"),
        (HistoryQuery::Last { since: Some(since), .. }, 0) => {
            format!("Nothing was said in {place}{}.", shown(*since))
        }
        (HistoryQuery::Last { since: Some(since), .. }, _) => {
            let since = shown(*since);
            if is_cut {
                format!("The last {messages} of those in {place}{since}:")
            } else {
                format!("{messages} in {place}{since}:")
            }
        }
        (HistoryQuery::Between { .. } | HistoryQuery::Words { .. }, _) => String::new(),
        (HistoryQuery::Search { words, .. }, 0) => {
            format!("No message in {place} has the words: {words}")
        }
        (HistoryQuery::Search { words, .. }, _) if is_cut => {
            format!("The last {messages} in {place} with the words: {words}")
        }
        (HistoryQuery::Search { words, .. }, _) => format!("{messages} in {place} with the words: {words}"),
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
            let more = "Ask for fewer, or for those since a later time.";
            format!("It took too long to look up all that was said in {place}. {more} {messages} until then:")
        }
        (HistoryQuery::Between { .. } | HistoryQuery::Words { .. }, _) => String::new(),
        (HistoryQuery::Search { words, .. }, 0) => format!(
            "It takes too long to look in all of {place} for: {words}. Nothing was found until it was given up. Use fewer \
             or rarer words, as whole as they were said."
        ),
        (HistoryQuery::Search { words, .. }, _) => format!(
            "{messages} in {place} with the words: {words}. There may be more: it took too long to look at all. Use rarer \
             words, as whole as they were said."
        ),
    }
}

/// The heading of a search while older messages are still being indexed.
fn indexing_heading(words: &str, place: &str, count: usize) -> String {
    let why = "Older messages are still being indexed: ask again in some minutes.";
    match count {
        0 => format!("No message in {place} was found yet that has the words: {words}. {why}"),
        _ => format!(
            "{} in {place} with the words: {words}. There may be more. {why}",
            plural(count, "message")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_say_how_much_it_is() {
        let last = HistoryQuery::Last { most: 20, since: None };
        let heading = |query: &HistoryQuery, messages, is_cut, is_partial| {
            heading(query, "hall", HistoryOutcome { messages, is_cut, is_partial, is_indexing: false })
        };
        assert_eq!(heading(&last, 0, false, false), "Nothing was said in hall yet.");
        assert_eq!(heading(&last, 1, false, false), "The only message in hall:");
        assert_eq!(heading(&last, 1, true, false), "The last 1 message in hall:");
        assert_eq!(heading(&last, 20, true, false), "The last 20 messages in hall:");
        let ever = HistoryQuery::Last { most: 20, since: Some(SystemTime::UNIX_EPOCH) };
        assert_eq!(heading(&ever, 0, false, false), "Nothing was said in hall, ever.");
        assert_eq!(heading(&ever, 3, false, false), "3 messages in hall, ever:");
        assert_eq!(heading(&ever, 20, true, false), "The last 20 messages of those in hall, ever:");
        let search = HistoryQuery::Search { words: "tea".into(), most: 20 };
        assert_eq!(heading(&search, 0, false, false), "No message in hall has the words: tea");
        assert_eq!(heading(&search, 2, false, false), "2 messages in hall with the words: tea");
        assert!(
            heading(&search, 0, false, true)
                .starts_with("It takes too long to look in all of hall for: tea. ")
        );
        assert!(
            heading(&search, 2, false, true)
                .starts_with("2 messages in hall with the words: tea. There may be more")
        );
    }
}
