//! The budget of one indexing step, and the insertion of a message into the search index.

use std::time::Instant;

use rusqlite::{Transaction, params};

use super::fault::Fault;
use crate::base::limits::{INDEX_STEP_BYTES, INDEX_STEP_MESSAGES};

/// What is left of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct IndexBudget {
    pub(super) messages: usize,
    bytes: usize,
    /// When the step ends, if its time is limited.
    end: Option<Instant>,
}

impl IndexBudget {
    /// A full budget.
    pub(super) fn whole() -> IndexBudget {
        IndexBudget { messages: INDEX_STEP_MESSAGES, bytes: INDEX_STEP_BYTES, end: None }
    }

    /// A full budget with a time limit.
    pub(super) fn until(end: Instant) -> IndexBudget {
        IndexBudget { end: Some(end), ..IndexBudget::whole() }
    }

    /// Spends a text. Returns whether something is left.
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

/// Inserts a message's tokens. This is fast only in the order of keys.
pub(super) fn insert(transaction: &Transaction<'_>, key: i64, tokens: &str) -> Result<(), Fault> {
    transaction
        .prepare_cached("INSERT INTO words (rowid, word) VALUES (?1, ?2)")?
        .execute(params![key, tokens])?;
    Ok(())
}
