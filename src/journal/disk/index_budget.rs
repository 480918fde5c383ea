//! A step of indexing: how much it may take, and how a message gets into the index of words.

use std::time::Instant;

use rusqlite::{Transaction, params};

use super::fault::Fault;
use crate::base::limits::{INDEX_STEP_BYTES, INDEX_STEP_MESSAGES};

/// What may be indexed at once: a budget.
#[derive(Clone, Copy, Debug)]
pub(super) struct IndexBudget {
    pub(super) messages: usize,
    bytes: usize,
    /// Until when texts are taken.
    end: Option<Instant>,
}

impl IndexBudget {
    /// All of it.
    pub(super) fn whole() -> IndexBudget {
        IndexBudget { messages: INDEX_STEP_MESSAGES, bytes: INDEX_STEP_BYTES, end: None }
    }

    /// All of it, as far as there is time for that.
    pub(super) fn until(end: Instant) -> IndexBudget {
        IndexBudget { end: Some(end), ..IndexBudget::whole() }
    }

    /// A text goes into it. Whether there is something left.
    pub(super) fn take(&mut self, text: &str) -> bool {
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(text.len());
        !self.is_used_up()
    }

    /// Whether nothing is left.
    pub(super) fn is_used_up(self) -> bool {
        self.messages == 0 || self.bytes == 0 || self.end.is_some_and(|end| Instant::now() >= end)
    }
}

/// Adds a message's tokens. It is done quickly only for one after the other in the order of their places.
pub(super) fn insert(transaction: &Transaction<'_>, place: i64, tokens: &str) -> Result<(), Fault> {
    transaction
        .prepare_cached("INSERT INTO words (rowid, word) VALUES (?1, ?2)")?
        .execute(params![place, tokens])?;
    Ok(())
}
