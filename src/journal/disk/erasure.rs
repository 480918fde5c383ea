//! Erases all messages of a name: in small steps, so that no commit waits for long, and across restarts until it is
//! complete.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::fault::Fault;
use super::index::{self, Index};
use super::rows;
use crate::base::limits::{ERASURE_STEP_DELETES, ERASURE_STEP_MESSAGES, MAINTENANCE_STEP};
use crate::base::name::NameKey;
use crate::journal::{ErasureProgress, StreamId, Ticket};

/// An erasure on its way through all messages.
#[derive(Debug)]
pub(super) struct ErasureJob {
    /// Its row in the table `forgets`.
    number: i64,
    key: String,
    /// The key up to which it is done.
    position: i64,
    /// The last id that it covers, by stream.
    until: BTreeMap<u64, u64>,
    /// The first id in each of these streams when it began.
    firsts: BTreeMap<u64, u64>,
    /// Names already compared with `key`.
    seen: HashMap<String, bool>,
    /// Who waits for the result; `None`: an earlier run was asked.
    pub(super) ticket: Option<Ticket>,
    /// How many messages were erased.
    pub(super) erased: u64,
}

impl ErasureJob {
    /// Stores a new erasure.
    pub(super) fn order(
        transaction: &Transaction<'_>,
        key: &NameKey,
        ticket: Ticket,
    ) -> Result<ErasureJob, Fault> {
        let mut until = BTreeMap::new();
        for stream in streams(transaction)? {
            until.insert(stream.0, super::load::last_id(transaction, stream)?);
        }
        let json = serde_json::to_string(&until).map_err(|error| Fault::Other(error.to_string()))?;
        transaction
            .execute("INSERT INTO forgets (key, until) VALUES (?1, ?2)", params![key.as_str(), json])?;
        let number = transaction.last_insert_rowid();
        ErasureJob::new(transaction, (number, key.as_str().to_owned()), -1, until, Some(ticket))
    }

    /// The erasures that an earlier run did not complete. Readers hide their messages meanwhile: see
    /// `pending_erasures.rs`.
    pub(super) fn left(connection: &Connection) -> Result<VecDeque<ErasureJob>, Fault> {
        let mut statement = connection
            .prepare("SELECT number, key, place, until FROM forgets ORDER BY number")
            .map_err(Fault::of_schema)?;
        let mut rows = statement.query([])?;
        let mut left = VecDeque::new();
        while let Some(row) = rows.next()? {
            let until = serde_json::from_str(&row.get::<_, String>(3)?).map_err(|_| Fault::Damaged)?;
            let row = ((row.get(0)?, row.get(1)?), row.get(2)?);
            left.push_back(ErasureJob::new(connection, row.0, row.1, until, None)?);
        }
        Ok(left)
    }

    fn new(
        connection: &Connection,
        (number, key): (i64, String),
        position: i64,
        until: BTreeMap<u64, u64>,
        ticket: Option<Ticket>,
    ) -> Result<ErasureJob, Fault> {
        let mut firsts = BTreeMap::new();
        for stream in until.keys().map(|stream| StreamId(*stream)) {
            firsts.insert(stream.0, super::load::first_id(connection, stream)?);
        }
        Ok(ErasureJob { number, key, position, until, firsts, seen: HashMap::new(), ticket, erased: 0 })
    }

    /// Its progress.
    pub(super) fn progress(&self) -> ErasureProgress {
        let (stream, id) = rows::decode_key(self.position.max(0));
        let (mut checked, mut of) = (0, 0);
        for (number, last) in &self.until {
            let before = self.firsts.get(number).copied().unwrap_or(1).saturating_sub(1);
            of += last.saturating_sub(before);
            checked += match number.cmp(&stream.0) {
                Ordering::Less => last.saturating_sub(before),
                Ordering::Equal => id.min(*last).saturating_sub(before),
                Ordering::Greater => 0,
            };
        }
        ErasureProgress { key: self.key.clone(), checked, of, erased: self.erased }
    }

    /// Examines some messages. Returns whether it is complete.
    pub(super) fn step(&mut self, connection: &mut Connection, index: &Index) -> Result<bool, Fault> {
        let end = Instant::now() + MAINTENANCE_STEP;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut position, mut looked, mut erased) = (self.position, 0, Vec::new());
        {
            let mut statement = transaction.prepare_cached(
                "SELECT place, name FROM messages WHERE place > ?1 ORDER BY place LIMIT ?2",
            )?;
            let limit = i64::try_from(ERASURE_STEP_MESSAGES).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![self.position, limit])?;
            while let Some(row) = rows.next()? {
                looked += 1;
                position = row.get(0)?;
                let (stream, id) = rows::decode_key(position);
                if self.until.get(&stream.0).is_none_or(|until| id > *until) {
                    // The rest of the stream is newer than the erasure: skip it.
                    position = *rows::key_range(stream).end();
                    break;
                }
                if self.is_meant(&rows::raw_text(row, 1)?) {
                    erased.push(position);
                }
                if erased.len() == ERASURE_STEP_DELETES || Instant::now() >= end {
                    break;
                }
            }
        }
        // Deletes as many as time allows, and at least one.
        let mut count = 0;
        for at in &erased {
            index::delete(&transaction, index, *at)?;
            count += 1;
            if Instant::now() >= end {
                break;
            }
        }
        if count < erased.len() {
            position = erased[count - 1];
            erased.truncate(count);
        }
        if looked == 0 {
            transaction.execute("DELETE FROM forgets WHERE number = ?1", [self.number])?;
        } else if !erased.is_empty() {
            transaction
                .prepare_cached("UPDATE forgets SET place = ?2 WHERE number = ?1")?
                .execute([self.number, position])?;
        }
        transaction.commit()?;
        self.position = position;
        self.erased += erased.len() as u64;
        Ok(looked == 0)
    }

    /// Whether both are the same erasure.
    pub(super) fn is_same(&self, other: &ErasureJob) -> bool {
        self.key == other.key && self.until == other.until
    }

    fn is_meant(&mut self, name: &str) -> bool {
        if let Some(is_meant) = self.seen.get(name) {
            return *is_meant;
        }
        if self.seen.len() >= ERASURE_STEP_MESSAGES {
            self.seen.clear();
        }
        let is_meant = !name.is_empty() && NameKey::of(name).as_str() == self.key;
        self.seen.insert(name.to_owned(), is_meant);
        is_meant
    }
}

/// The streams that have messages.
pub(super) fn streams(connection: &Connection) -> Result<Vec<StreamId>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT place FROM messages WHERE place >= ?1 ORDER BY place LIMIT 1")
        .map_err(Fault::of_schema)?;
    let mut streams = Vec::new();
    let mut from = 0;
    while let Some(position) = statement.query_row([from], |row| row.get::<_, i64>(0)).optional()? {
        let stream = rows::decode_key(position).0;
        streams.push(stream);
        let Some(next) = rows::key_range(stream).end().checked_add(1) else { break };
        from = next;
    }
    Ok(streams)
}
