//! Queries for private messages. They are in memory, so nobody waits for the journal; but folding and comparing many texts takes
//! long. So addresses take turns, a turn of the loop does a share of one query, and the reply goes the way of all replies.

use std::time::SystemTime;

use super::answers::{ReplyTo, Rest, Telling};
use super::fair_queue::{Asker, FairQueue};
use crate::base::limits::{PRIVATE_OVERHEAD_BYTES, QUERY_BYTES_PER_TURN, REPLY_MESSAGES_PER_TURN};
use crate::fanout::{Charge, Total};
use crate::journal::{Match, Search, Ticket};
use crate::proto::{Event, HistoryOutcome, HistoryQuery, PrivateQuery, Reply, SeenMessage};

/// The open queries.
#[derive(Debug, Default)]
pub(super) struct PrivateQueries {
    queue: FairQueue<Box<Asked>>,
    /// The query that is being answered.
    under_way: Option<(Ticket, Box<Asked>)>,
}

/// A query, and how far it is answered.
#[derive(Debug)]
struct Asked {
    to: ReplyTo,
    query: PrivateQuery,
    /// What to look for, if it is a search.
    search: Option<Search>,
    /// How well the first messages match.
    matches: Vec<Match>,
    /// The memory of all messages.
    charge: Charge,
}

impl PrivateQueries {
    /// Adds a query. Its messages are charged to `held`. An error says why the words cannot be searched for.
    pub(super) fn push(
        &mut self,
        to: ReplyTo,
        ticket: Ticket,
        query: PrivateQuery,
        held: &Total,
    ) -> Result<(), String> {
        let search = match &query.query {
            HistoryQuery::Words { words, .. } | HistoryQuery::Search { words, .. } => {
                Some(Search::parse(words).map_err(|why| why.to_string())?)
            }
            HistoryQuery::Last { .. } | HistoryQuery::Between { .. } | HistoryQuery::Span { .. } => None,
        };
        let bytes: usize = query.messages.iter().map(|seen| PRIVATE_OVERHEAD_BYTES + text(seen).len()).sum();
        let turns = match search {
            Some(_) => bytes / QUERY_BYTES_PER_TURN,
            None => query.messages.len() / REPLY_MESSAGES_PER_TURN,
        };
        let address = Asker::Address(to.source);
        let asked = Asked { to, query, search, matches: Vec::new(), charge: held.charge(bytes) };
        self.queue.push(address, ticket, Box::new(asked), 1 + turns as u64);
        Ok(())
    }

    /// Drops a query that is given up.
    pub(super) fn remove(&mut self, ticket: Ticket) {
        self.queue.remove(ticket);
        self.under_way.take_if(|(under_way, _)| *under_way == ticket);
    }

    /// Whether there is something to do.
    pub(super) fn is_ready(&self) -> bool {
        self.under_way.is_some() || !self.queue.is_empty()
    }

    /// Does a turn's share of a query. Returns the reply, once it is complete.
    pub(super) fn work(&mut self) -> Option<Telling> {
        let (ticket, mut asked) = self.under_way.take().or_else(|| self.queue.pop())?;
        if asked.search() {
            return Some(asked.reply());
        }
        self.under_way = Some((ticket, asked));
        None
    }
}

impl Asked {
    /// Matches the messages of a turn's share. Returns whether these were the last.
    fn search(&mut self) -> bool {
        let Some(search) = &self.search else { return true };
        let mut left = QUERY_BYTES_PER_TURN;
        for seen in &self.query.messages[self.matches.len()..] {
            if left == 0 {
                return false;
            }
            left = left.saturating_sub(PRIVATE_OVERHEAD_BYTES + text(seen).len());
            self.matches.push(search.matches(text(seen)));
        }
        true
    }

    /// The reply: a heading, and the results.
    fn reply(self) -> Telling {
        let PrivateQuery { with, query, messages } = self.query;
        let (results, has_more) = select(&query, messages, &self.matches);
        let outcome = HistoryOutcome { messages: results.len(), has_more, ..HistoryOutcome::default() };
        let heading = Event::Reply(Reply::PrivateHeading { with, query, outcome });
        Telling::new(self.to, &heading, Rest::Private(results.into_iter()), self.charge)
    }
}

fn text(seen: &SeenMessage) -> &str {
    seen.message.text.as_str()
}

/// The messages that a query asks for, the oldest first, and whether there are more. `matches`: how well each message matches,
/// if it is a search.
fn select(query: &HistoryQuery, mut all: Vec<SeenMessage>, matches: &[Match]) -> (Vec<SeenMessage>, bool) {
    match query {
        HistoryQuery::Last { limit, since } => {
            let since = since.unwrap_or(SystemTime::UNIX_EPOCH);
            all.retain(|seen| seen.message.time >= since);
            newest(all, *limit)
        }
        HistoryQuery::Between { before, after, limit } => {
            let is_between =
                |id: u64| before.is_none_or(|before| id < before) && after.is_none_or(|after| id > after);
            all.retain(|seen| is_between(seen.message.id));
            if before.is_some() || after.is_none() {
                return newest(all, *limit);
            }
            oldest(all, *limit)
        }
        HistoryQuery::Span { span, limit } => {
            let places: Vec<_> = all.iter().map(|seen| (seen.message.id, seen.message.time)).collect();
            let Ok(parts) = span.parts(*limit, &places);
            let (mut found, mut has_more) = (Vec::new(), false);
            for part in parts {
                let of_part = all.iter().filter(|seen| part.has(seen.message.id)).cloned().collect();
                let (some, more) =
                    if part.is_forward { oldest(of_part, part.limit) } else { newest(of_part, part.limit) };
                found.extend(some);
                has_more |= more;
            }
            (found, has_more)
        }
        HistoryQuery::Words { limit, .. } | HistoryQuery::Search { limit, .. } => {
            Search::select(all, matches, *limit)
        }
    }
}

fn oldest(mut all: Vec<SeenMessage>, limit: usize) -> (Vec<SeenMessage>, bool) {
    let has_more = all.len() > limit;
    all.truncate(limit);
    (all, has_more)
}

fn newest(mut all: Vec<SeenMessage>, limit: usize) -> (Vec<SeenMessage>, bool) {
    let more = all.len().saturating_sub(limit);
    (all.split_off(more), more > 0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::limits::MESSAGE_BYTES;
    use crate::base::name::Name;
    use crate::base::source::Source;
    use crate::proto::{Kind, MemberId, MemberInfo, PrivateMessage};
    use crate::wire::Dialect;

    fn seen(id: u64, text: &str) -> SeenMessage {
        let who = |name: &str| MemberInfo { name: Name::parse(name).unwrap(), kind: Kind::Person };
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(id);
        let message = PrivateMessage {
            from: who("Ann"),
            to: who("Ben"),
            text: text.into(),
            is_notice: false,
            id,
            time,
        };
        SeenMessage { message, is_own: true }
    }

    /// The ids of the results, and whether there are more.
    fn ask(query: &HistoryQuery) -> (Vec<u64>, bool) {
        let messages = ["tea", "coffee", "teapot", "tea again"];
        let messages: Vec<SeenMessage> = (1..).zip(messages).map(|(id, text)| seen(id, text)).collect();
        let matches: Vec<Match> = match query {
            HistoryQuery::Search { words, .. } => {
                let search = Search::parse(words).unwrap();
                messages.iter().map(|seen| search.matches(text(seen))).collect()
            }
            _ => Vec::new(),
        };
        let (found, has_more) = select(query, messages, &matches);
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
    }

    /// A member at this address searches `count` long messages. The ticket is the member's id.
    fn search(queries: &mut PrivateQueries, held: &Total, address: u8, member: usize, count: u64) {
        let source = Source::of([192, 0, 2, address].into());
        let to =
            ReplyTo { member: MemberId(member), source, encoding: Dialect::Line.encoding(), label: None };
        let long = "\u{e9}".repeat(MESSAGE_BYTES / 2);
        let messages = (1..=count).map(|id| seen(id, &long)).collect();
        let query = HistoryQuery::Search { words: "tea".into(), limit: 9 };
        let query = PrivateQuery { with: Name::parse("Ben").unwrap(), query, messages };
        queries.push(to, Ticket(member as u64), query, held).unwrap();
    }

    #[test]
    fn a_turn_does_a_share_of_one_search_and_addresses_take_turns() {
        let (mut queries, held) = (PrivateQueries::default(), Total::default());
        for member in 1..=3 {
            search(&mut queries, &held, 1, member, 12);
        }
        assert!(held.bytes() > 36 * MESSAGE_BYTES);
        assert!(queries.work().is_none(), "that was a part of the first one");
        search(&mut queries, &held, 2, 4, 1);
        queries.remove(Ticket(3));
        let (mut told, mut turns) = (Vec::new(), 1);
        while queries.is_ready() {
            told.extend(queries.work().map(|reply| reply.member().0));
            turns += 1;
        }
        assert_eq!((told, turns), (vec![1, 4, 2], 5));
        assert_eq!(held.bytes(), 0);
    }

    #[test]
    fn what_cannot_be_searched_for_is_refused() {
        let to = ReplyTo {
            member: MemberId(1),
            source: Source::of([192, 0, 2, 1].into()),
            encoding: Dialect::Line.encoding(),
            label: None,
        };
        let query = HistoryQuery::Search { words: "?".into(), limit: 9 };
        let query = PrivateQuery { with: Name::parse("Ben").unwrap(), query, messages: Vec::new() };
        let mut queries = PrivateQueries::default();
        assert!(queries.push(to, Ticket(1), query, &Total::default()).is_err() && !queries.is_ready());
    }
}
