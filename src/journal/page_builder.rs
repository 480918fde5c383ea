//! Builds a page of a room's log: messages oldest first, up to the number asked for and [`RESULT_BYTES_MAX`].

use std::collections::VecDeque;

use super::{Message, QueryResult};
use crate::base::limits::RESULT_BYTES_MAX;

/// The page so far.
#[derive(Debug)]
pub(super) struct PageBuilder {
    page: QueryResult,
    limit: usize,
    bytes: usize,
}

impl PageBuilder {
    /// An empty page for up to `limit` messages.
    pub(super) fn new(limit: usize) -> PageBuilder {
        PageBuilder { page: QueryResult::default(), limit, bytes: 0 }
    }

    /// Adds a message. Returns false, and marks the page as cut, if the page is full.
    pub(super) fn add(&mut self, message: Message) -> bool {
        let cost = message.cost();
        if self.page.messages.len() >= self.limit || self.bytes + cost > RESULT_BYTES_MAX {
            self.page.has_more = true;
            return false;
        }
        self.bytes += cost;
        self.page.messages.push(message);
        true
    }

    /// Sets the room's name.
    pub(super) fn set_room(&mut self, name: String) {
        self.page.room = Some(name);
    }

    /// The finished page.
    pub(super) fn finish(self) -> QueryResult {
        self.page
    }
}

impl QueryResult {
    /// The messages of this result, and those of a later one. Of too many, those at both ends are left out.
    pub(super) fn followed_by(self, later: QueryResult) -> QueryResult {
        let mut bytes: usize = self.messages.iter().chain(&later.messages).map(Message::cost).sum();
        let (mut first, mut last) = (VecDeque::from(self.messages), VecDeque::from(later.messages));
        let mut has_more = self.has_more || later.has_more;
        while bytes > RESULT_BYTES_MAX {
            let longer = if first.len() > last.len() { first.pop_front() } else { last.pop_back() };
            bytes -= longer.map_or(bytes, |message| message.cost());
            has_more = true;
        }
        let is_partial = self.is_partial || later.is_partial;
        QueryResult { messages: first.into_iter().chain(last).collect(), has_more, is_partial, ..later }
    }
}
