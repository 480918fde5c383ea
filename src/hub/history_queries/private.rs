//! Answers to queries for private messages. They are in memory, so nobody waits for the journal.

use std::time::SystemTime;

use crate::journal::Search;
use crate::proto::{Event, HistoryOutcome, HistoryQuery, PrivateQuery, Reply, SeenMessage};

/// The answer to a query: a heading, and the results. An error says why the words cannot be searched for.
pub(in crate::hub) fn answer(query: PrivateQuery) -> Result<Vec<Event>, String> {
    let PrivateQuery { with, query, messages } = query;
    let (results, has_more) = select(&query, messages)?;
    let outcome = HistoryOutcome { messages: results.len(), has_more, ..HistoryOutcome::default() };
    let mut events = vec![Event::Reply(Reply::PrivateHeading { with, query, outcome })];
    let count = results.len();
    let result = |(at, seen)| Event::PrivateResult { seen, more: count - 1 - at };
    events.extend(results.into_iter().enumerate().map(result));
    Ok(events)
}

/// The messages that a query asks for, the oldest first, and whether there are more.
fn select(query: &HistoryQuery, mut all: Vec<SeenMessage>) -> Result<(Vec<SeenMessage>, bool), String> {
    match query {
        HistoryQuery::Last { limit, since } => {
            let since = since.unwrap_or(SystemTime::UNIX_EPOCH);
            all.retain(|seen| seen.message.time >= since);
            Ok(newest(all, *limit))
        }
        HistoryQuery::Between { before, after, limit } => {
            let is_between =
                |id: u64| before.is_none_or(|before| id < before) && after.is_none_or(|after| id > after);
            all.retain(|seen| is_between(seen.message.id));
            if before.is_some() || after.is_none() {
                return Ok(newest(all, *limit));
            }
            let has_more = all.len() > *limit;
            all.truncate(*limit);
            Ok((all, has_more))
        }
        HistoryQuery::Words { words, limit } | HistoryQuery::Search { words, limit } => {
            let search = Search::parse(words).map_err(|why| why.to_string())?;
            Ok(search.select(all, |seen| seen.message.text.as_str(), *limit))
        }
    }
}

fn newest(mut all: Vec<SeenMessage>, limit: usize) -> (Vec<SeenMessage>, bool) {
    let more = all.len().saturating_sub(limit);
    (all.split_off(more), more > 0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::name::Name;
    use crate::proto::{Kind, MemberInfo, PrivateMessage};

    fn seen(id: u64, text: &str) -> SeenMessage {
        let who = |name: &str| MemberInfo { name: Name::parse(name).unwrap(), kind: Kind::Person };
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(id);
        let message = PrivateMessage { from: who("Ann"), to: who("Ben"), text: text.into(), id, time };
        SeenMessage { message, is_own: true }
    }

    /// The ids of the results, and whether there are more.
    fn ask(query: &HistoryQuery) -> (Vec<u64>, bool) {
        let messages = ["tea", "coffee", "teapot", "tea again"];
        let messages = (1..).zip(messages).map(|(id, text)| seen(id, text)).collect();
        let (found, has_more) = select(query, messages).unwrap();
        (found.iter().map(|seen| seen.message.id).collect(), has_more)
    }

    #[test]
    fn what_each_query_finds() {
        let since = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(3));
        assert_eq!(ask(&HistoryQuery::Last { limit: 9, since: None }), (vec![1, 2, 3, 4], false));
        assert_eq!(ask(&HistoryQuery::Last { limit: 2, since: None }), (vec![3, 4], true));
        assert_eq!(ask(&HistoryQuery::Last { limit: 9, since }), (vec![3, 4], false));
        let between = |before, after, limit| ask(&HistoryQuery::Between { before, after, limit });
        assert_eq!(between(Some(4), None, 2), (vec![2, 3], true));
        assert_eq!(between(None, Some(1), 2), (vec![2, 3], true));
        assert_eq!(between(Some(4), Some(2), 2), (vec![3], false));
        let search = |words: &str, limit| ask(&HistoryQuery::Search { words: words.into(), limit });
        assert_eq!(search("tea", 9), (vec![1, 3, 4], false));
        assert_eq!(search("tea", 2), (vec![1, 4], true), "whole words come first");
        assert_eq!(search("tea", 1), (vec![4], true));
        assert_eq!(search("milk", 9), (vec![], false));
        let query = HistoryQuery::Search { words: "?".into(), limit: 9 };
        assert!(select(&query, Vec::new()).is_err());
    }
}
