//! Erases and replaces the texts of single messages, in the transaction that commits the order of it.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction, params};

use super::erasure::ErasureJob;
use super::fault::Fault;
use super::index::{self, Index};
use super::rows;
use crate::journal::{Amended, Message, StreamId, Ticket};

/// What a commit leaves to be done by maintenance.
#[derive(Debug, Default)]
pub(super) struct Appended {
    /// Erasures of names that were ordered.
    pub(super) erasures: Vec<ErasureJob>,
    /// Erasures of single messages by operators, and how many messages each erased.
    pub(super) erased: Vec<(Ticket, u64)>,
    /// A text was erased or replaced: the write-ahead log still has it.
    pub(super) is_text_gone: bool,
    /// The search index could not be changed: it has to be rebuilt.
    pub(super) is_index_damaged: bool,
    /// The first message of each stream in this commit. From there on, nothing is indexed.
    first_new: BTreeMap<StreamId, u64>,
}

impl Appended {
    /// A message is stored.
    pub(super) fn stored(&mut self, message: &Message) {
        self.first_new.entry(message.stream).or_insert(message.id);
    }

    fn is_indexed(&self, index: &Index, stream: StreamId, id: u64) -> bool {
        index.contains(stream, id) && self.first_new.get(&stream).is_none_or(|first| id < *first)
    }

    /// Carries out an amendment.
    pub(super) fn amend(
        &mut self,
        transaction: &Transaction<'_>,
        index: &Index,
        Amended { stream, id, text, ticket }: &Amended,
    ) -> Result<(), Fault> {
        let key = rows::encode_key(*stream, *id);
        let is_stored = |key: &i64| {
            let mut statement = transaction.prepare_cached("SELECT 1 FROM messages WHERE place = ?1")?;
            statement.query_row([key], |_| Ok(())).optional().map(|found| found.is_some())
        };
        let key = match key {
            Some(key) if is_stored(&key)? => Some(key),
            _ => None,
        };
        if let Some(key) = key {
            let is_indexed = self.is_indexed(index, *stream, *id);
            if is_indexed {
                self.rebuild_if_damaged(index::remove(transaction, key))?;
            }
            match text {
                None => index::delete_row(transaction, key)?,
                Some(text) => {
                    let sql = "UPDATE messages SET text = ?2, how = how | ?3 WHERE place = ?1";
                    transaction.prepare_cached(sql)?.execute(params![key, text, rows::EDITED])?;
                    if is_indexed {
                        self.rebuild_if_damaged(index::add(transaction, key, text))?;
                    }
                }
            }
            self.is_text_gone = true;
        }
        self.erased.extend(ticket.map(|ticket| (ticket, u64::from(key.is_some()))));
        Ok(())
    }

    /// No commit fails because of the index, which can be rebuilt.
    fn rebuild_if_damaged(&mut self, changed: Result<(), Fault>) -> Result<(), Fault> {
        match changed {
            Err(Fault::Index) => {
                self.is_index_damaged = true;
                Ok(())
            }
            other => other,
        }
    }
}
