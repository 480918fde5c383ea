//! The index of words: which messages hold a word. It is a little behind, so that no commit waits for it; whoever searches
//! looks through the rest by itself (`index_search.rs`).
//!
//! It can be made anew from the messages at any time: an empty one is begun, which what is said from then on goes into, and
//! the older messages follow, the last of them first (`reindex.rs`). How texts are taken apart is in `journal/words.rs`.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::fault::Fault;
use super::index_budget::{IndexBudget, insert};
use super::old_index::OldIndex;
use super::reindex::Reindex;
use super::{rows, schema};
use crate::base::limits::{INDEX_LAG, INDEX_LAG_MAX, INDEX_STEP_MESSAGES};
use crate::journal::{Batch, Record, StreamId, words};

/// How far it is behind.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Threads with messages that are not in it, and the last message of each that is.
    behind: BTreeMap<StreamId, u64>,
    /// Messages that are not in it: at least so many.
    missing: usize,
    /// Older messages that are not in it yet.
    pub(super) reindex: Reindex,
    /// What is left of the index that it took the place of.
    pub(super) old: OldIndex,
}

impl Index {
    /// As the file has it; anew if it was made of other tokens than those of today.
    pub(super) fn open(connection: &mut Connection) -> Result<Index, Fault> {
        let made = connection.query_row("SELECT version FROM words_made", [], |row| row.get::<_, i64>(0));
        if made.is_ok_and(|version| version == words::INDEX_VERSION) {
            return Index::load(connection);
        }
        Index::begin_anew(connection)
    }

    /// As the file has it.
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
                index.behind.insert(stream, indexed);
                index.missing = INDEX_LAG;
            }
        }
        Ok(index)
    }

    /// Takes note of messages that were committed.
    pub(super) fn note(&mut self, batch: &Batch) {
        for record in &batch.records {
            if let Record::Message(message) = record {
                self.behind.entry(message.stream).or_insert(message.id.saturating_sub(1));
                self.missing += 1;
            }
        }
    }

    /// Whether something is to be done, in a pause or in any case.
    pub(super) fn is_wanting(&self, is_pause: bool) -> bool {
        self.missing >= if is_pause { INDEX_LAG } else { INDEX_LAG_MAX }
    }

    /// Whether the words of a message are in it.
    pub(super) fn has(&self, stream: StreamId, id: u64) -> bool {
        self.behind.get(&stream).is_none_or(|indexed| id <= *indexed) && self.reindex.has(stream, id)
    }

    /// Indexes some messages.
    pub(super) fn step(&mut self, connection: &mut Connection) -> Result<(), Fault> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut left = IndexBudget::whole();
        let mut reached = Vec::new();
        for (stream, after) in &self.behind {
            let (last, is_all) = index_stream(&transaction, *stream, *after, &mut left)?;
            reached.push((*stream, last, is_all));
            if left.is_used_up() {
                break;
            }
        }
        transaction.commit()?;
        for (stream, last, is_all) in reached {
            if is_all {
                self.behind.remove(&stream);
            } else {
                self.behind.insert(stream, last);
            }
        }
        self.missing = self.missing.saturating_sub(INDEX_STEP_MESSAGES - left.messages);
        if self.behind.is_empty() {
            self.missing = 0;
        } else if left.is_used_up() {
            // Nobody counted what was there at the start.
            self.missing = self.missing.max(INDEX_LAG);
        }
        Ok(())
    }

    /// Begins the index anew: it is damaged, or was made of other tokens. What there is of it is put out of the way, which
    /// takes no time, and is deleted little by little.
    pub(super) fn begin_anew(connection: &mut Connection) -> Result<Index, Fault> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(schema::WORDS_FROM)?;
        OldIndex::put_away(&transaction)?;
        transaction.execute_batch(schema::NEW_INDEX)?;
        transaction.execute("INSERT INTO words_made (version) VALUES (?1)", [words::INDEX_VERSION])?;
        Reindex::begin(&transaction)?;
        transaction.commit()?;
        Index::load(connection)
    }
}

/// Indexes messages of a stream while there is something left of the share: the id of the last, and whether there are no more.
fn index_stream(
    transaction: &Transaction<'_>,
    stream: StreamId,
    after: u64,
    left: &mut IndexBudget,
) -> Result<(u64, bool), Fault> {
    let places = rows::places(stream);
    let from = rows::place(stream, after).unwrap_or(i64::MAX);
    let mut messages = transaction
        .prepare_cached("SELECT place, text FROM messages WHERE place > ?1 AND place <= ?2 ORDER BY place")?;
    let mut rows = messages.query(params![from, places.end()])?;
    let (mut last, mut is_all) = (after, true);
    while let Some(row) = rows.next()? {
        let place: i64 = row.get(0)?;
        let text = rows::raw(row, 1)?;
        insert(transaction, place, &words::tokens(&text))?;
        last = rows::at(place).1;
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

/// Deletes a message, and its words from the index if they are there.
pub(super) fn delete(transaction: &Transaction<'_>, index: &Index, place: i64) -> Result<(), Fault> {
    let (stream, id) = rows::at(place);
    if index.has(stream, id) {
        let text = transaction
            .prepare_cached("SELECT text FROM messages WHERE place = ?1")?
            .query_row([place], |row| rows::raw(row, 0).map(|text| words::tokens(&text)))?;
        transaction
            .prepare_cached("INSERT INTO words (words, rowid, word) VALUES ('delete', ?1, ?2)")?
            .execute(params![place, text])?;
    }
    transaction.prepare_cached("DELETE FROM messages WHERE place = ?1")?.execute([place])?;
    Ok(())
}
