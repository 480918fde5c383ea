//! The search index: which messages contain a word. It lags a little behind, so that no commit waits for it; a search
//! scans the rest (`index_search.rs`).
//!
//! It can be rebuilt from the messages at any time: new messages go into an empty index, and the older ones follow,
//! latest first (`reindex.rs`). `journal/words.rs` splits texts into words.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::fault::Fault;
use super::index_budget::{IndexBudget, insert};
use super::old_index::OldIndex;
use super::reindex::Reindex;
use super::{rows, schema};
use crate::base::limits::{INDEX_LAG, INDEX_LAG_MAX, INDEX_STEP_MESSAGES};
use crate::journal::{Batch, Record, StreamId, words};

/// How far the index lags behind.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Streams with messages that are not indexed, and the last id of each that is.
    lagging: BTreeMap<StreamId, u64>,
    /// A lower bound of the number of messages that are not indexed.
    missing: usize,
    /// The older messages that are not indexed yet.
    pub(super) reindex: Reindex,
    /// What is left of a replaced index.
    pub(super) old: OldIndex,
}

impl Index {
    /// Loads the index's state from the file, or starts a rebuild if its tokens are of another version.
    pub(super) fn open(connection: &mut Connection) -> Result<Index, Fault> {
        let made = connection.query_row("SELECT version FROM words_made", [], |row| row.get::<_, i64>(0));
        if made.is_ok_and(|version| version == words::INDEX_VERSION) {
            return Index::load(connection);
        }
        Index::rebuild(connection)
    }

    /// Loads the index's state from the file.
    pub(super) fn load(connection: &Connection) -> Result<Index, Fault> {
        connection.execute_batch(schema::WORDS_FROM)?;
        let mut index = Index {
            reindex: Reindex::load(connection)?,
            old: OldIndex::load(connection)?,
            ..Index::default()
        };
        let mut statement = connection.prepare("SELECT number, indexed FROM threads")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let stream = StreamId(row.get::<_, i64>(0)?.unsigned_abs());
            let indexed = row.get::<_, i64>(1)?.unsigned_abs();
            if super::load::last_id(connection, stream)? > indexed {
                index.lagging.insert(stream, indexed);
                index.missing = INDEX_LAG;
            }
        }
        Ok(index)
    }

    /// Records that messages were committed.
    pub(super) fn on_committed(&mut self, batch: &Batch) {
        for record in &batch.records {
            if let Record::Message(message) = record {
                self.lagging.entry(message.stream).or_insert(message.id.saturating_sub(1));
                self.missing += 1;
            }
        }
    }

    /// Whether a step is due, while the journal is idle or while it is busy.
    pub(super) fn needs_step(&self, is_idle: bool) -> bool {
        self.missing >= if is_idle { INDEX_LAG } else { INDEX_LAG_MAX }
    }

    /// Whether a message is indexed.
    pub(super) fn contains(&self, stream: StreamId, id: u64) -> bool {
        self.lagging.get(&stream).is_none_or(|indexed| id <= *indexed) && self.reindex.contains(stream, id)
    }

    /// Indexes some messages.
    pub(super) fn step(&mut self, connection: &mut Connection) -> Result<(), Fault> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut left = IndexBudget::whole();
        let mut reached = Vec::new();
        for (stream, after) in &self.lagging {
            let (last, is_all) = index_stream(&transaction, *stream, *after, &mut left)?;
            reached.push((*stream, last, is_all));
            if left.is_used_up() {
                break;
            }
        }
        transaction.commit()?;
        for (stream, last, is_all) in reached {
            if is_all {
                self.lagging.remove(&stream);
            } else {
                self.lagging.insert(stream, last);
            }
        }
        self.missing = self.missing.saturating_sub(INDEX_STEP_MESSAGES - left.messages);
        if self.lagging.is_empty() {
            self.missing = 0;
        } else if left.is_used_up() {
            // Messages of earlier runs were not counted.
            self.missing = self.missing.max(INDEX_LAG);
        }
        Ok(())
    }

    /// Starts a rebuild: the index is damaged, or its tokens are of another version. The old one is renamed, which is
    /// quick, and deleted in small steps.
    pub(super) fn rebuild(connection: &mut Connection) -> Result<Index, Fault> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(schema::WORDS_FROM)?;
        OldIndex::set_aside(&transaction)?;
        transaction.execute_batch(schema::NEW_INDEX)?;
        transaction.execute("INSERT INTO words_made (version) VALUES (?1)", [words::INDEX_VERSION])?;
        Reindex::begin(&transaction)?;
        transaction.commit()?;
        Index::load(connection)
    }
}

/// Indexes messages of a stream until the budget is spent. Returns the last id indexed, and whether the stream is
/// complete.
fn index_stream(
    transaction: &Transaction<'_>,
    stream: StreamId,
    after: u64,
    left: &mut IndexBudget,
) -> Result<(u64, bool), Fault> {
    let keys = rows::key_range(stream);
    let from = rows::encode_key(stream, after).unwrap_or(i64::MAX);
    let mut messages = transaction
        .prepare_cached("SELECT place, text FROM messages WHERE place > ?1 AND place <= ?2 ORDER BY place")?;
    let mut rows = messages.query(params![from, keys.end()])?;
    let (mut last, mut is_all) = (after, true);
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        let text = rows::raw_text(row, 1)?;
        insert(transaction, key, &words::tokens(&text))?;
        last = rows::decode_key(key).1;
        if !left.take(&text) {
            is_all = false;
            break;
        }
    }
    let sql = "UPDATE threads SET indexed = max(indexed, ?2) WHERE number = ?1";
    let values =
        params![i64::try_from(stream.0).unwrap_or(i64::MAX), i64::try_from(last).unwrap_or(i64::MAX)];
    transaction.prepare_cached(sql)?.execute(values)?;
    Ok((last, is_all))
}

/// Deletes a message, and its words from the index, if they are there.
pub(super) fn delete(transaction: &Transaction<'_>, index: &Index, key: i64) -> Result<(), Fault> {
    let (stream, id) = rows::decode_key(key);
    if index.contains(stream, id) {
        remove(transaction, key)?;
    }
    delete_row(transaction, key)
}

/// Removes the words of an indexed message from the index.
pub(super) fn remove(transaction: &Transaction<'_>, key: i64) -> Result<(), Fault> {
    let text = transaction
        .prepare_cached("SELECT text FROM messages WHERE place = ?1")?
        .query_row([key], |row| rows::raw_text(row, 0).map(|text| words::tokens(&text)))?;
    transaction
        .prepare_cached("INSERT INTO words (words, rowid, word) VALUES ('delete', ?1, ?2)")?
        .execute(params![key, text])?;
    Ok(())
}

/// Adds the words of a message to the index.
pub(super) fn add(transaction: &Transaction<'_>, key: i64, text: &str) -> Result<(), Fault> {
    insert(transaction, key, &words::tokens(text))
}

/// Deletes a message whose words are not in the index.
pub(super) fn delete_row(transaction: &Transaction<'_>, key: i64) -> Result<(), Fault> {
    transaction.prepare_cached("DELETE FROM messages WHERE place = ?1")?.execute([key])?;
    Ok(())
}
