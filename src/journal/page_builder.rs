//! An answer as it grows, the oldest first: no more messages than were asked for, and no more than fit in [`RESULT_BYTES_MAX`].
//! (`search_hits.rs` has the last ones.)

use super::{Message, QueryResult};
use crate::base::limits::RESULT_BYTES_MAX;

/// What was found until now.
#[derive(Debug)]
pub(super) struct PageBuilder {
    found: QueryResult,
    most: usize,
    bytes: usize,
}

impl PageBuilder {
    /// Nothing, which `most` messages may be added to.
    pub(super) fn new(most: usize) -> PageBuilder {
        PageBuilder { found: QueryResult::default(), most, bytes: 0 }
    }

    /// Adds a message, or is told by it that there are too many. Whether to look for others.
    pub(super) fn add(&mut self, message: Message) -> bool {
        let cost = message.cost();
        if self.found.messages.len() >= self.most || self.bytes + cost > RESULT_BYTES_MAX {
            self.found.is_cut = true;
            return false;
        }
        self.bytes += cost;
        self.found.messages.push(message);
        true
    }

    /// The room of which this is a page has this name.
    pub(super) fn set_room(&mut self, name: String) {
        self.found.room = Some(name);
    }

    /// What was found, in the order in which it was added.
    pub(super) fn found(self) -> QueryResult {
        self.found
    }
}
