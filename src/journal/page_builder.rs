//! Builds a page of a room's log: messages oldest first, up to the number asked for and [`RESULT_BYTES_MAX`].

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
