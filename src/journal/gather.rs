//! An answer as it grows, the oldest first: no more messages than were asked for, and no more than fit in [`RESULT_BYTES_MAX`].
//! (`hits.rs` has the last ones.)

use super::{Found, Message};
use crate::base::limits::RESULT_BYTES_MAX;

/// What was found until now.
#[derive(Debug)]
pub(super) struct Gather {
    found: Found,
    most: usize,
    bytes: usize,
}

impl Gather {
    /// Nothing, which `most` messages may be added to.
    pub(super) fn new(most: usize) -> Gather {
        Gather { found: Found::default(), most, bytes: 0 }
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
    pub(super) fn found(self) -> Found {
        self.found
    }
}
