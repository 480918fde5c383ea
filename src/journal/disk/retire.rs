//! Deletes what is too old or too much, the oldest first, a few messages at a time.
//!
//! In a thread, the order is the truth, not the clock: what was said before something that is too old is too old itself,
//! whatever time it bears.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::fault::Fault;
use super::index::{self, Index};
use super::{forget, rows};
use crate::base::limits::{RETIRE_MESSAGES, VACUUM_PAGES};
use crate::journal::ThreadId;

/// What may stay.
#[derive(Debug)]
pub(super) struct Retire {
    keep: Option<Duration>,
    keep_bytes: u64,
    /// The threads by the time of their first messages, while it is gone through them.
    heads: Option<BTreeSet<(i64, ThreadId)>>,
}

impl Retire {
    /// What is as old as `keep` goes, and the oldest while there is more than `keep_bytes` with the log.
    pub(super) fn new(keep: Option<Duration>, keep_bytes: u64) -> Retire {
        Retire { keep, keep_bytes, heads: None }
    }

    /// Deletes some messages, or gives some pages back, beside a log of so many bytes. Whether there is more to do.
    pub(super) fn step(
        &mut self,
        connection: &mut Connection,
        index: &Index,
        log_bytes: u64,
        now: SystemTime,
    ) -> Result<bool, Fault> {
        let now_micros = rows::micros(now);
        let too_old = self.keep.and_then(|keep| now.checked_sub(keep)).map_or(i64::MIN, rows::micros);
        // What is deleted goes through the log too, and is not to have more deleted without end.
        let log_bytes = log_bytes.min(self.keep_bytes / 2);
        let is_too_much = used_bytes(connection)?.saturating_add(log_bytes) > self.keep_bytes;
        if self.heads.is_none() {
            self.heads = Some(heads(connection, now_micros)?);
        }
        let Some(heads) = &mut self.heads else { return Ok(false) };
        let Some(first) = heads.first().copied() else { return self.end(connection) };
        let next = heads.iter().nth(1).map_or(i64::MAX, |head| head.0);
        if first.0 >= too_old && !is_too_much {
            return self.end(connection);
        }
        let until = if is_too_much { next.min(now_micros) } else { too_old - 1 };
        delete_until(connection, index, first.1, until)?;
        heads.remove(&first);
        heads.extend(head(connection, first.1, now_micros)?);
        Ok(true)
    }

    /// Gives pages back if many are unused.
    fn end(&mut self, connection: &Connection) -> Result<bool, Fault> {
        self.heads = None;
        let unused = pragma(connection, "freelist_count")?;
        if unused < VACUUM_PAGES || unused < pragma(connection, "page_count")? / 8 {
            return Ok(false);
        }
        let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({VACUUM_PAGES})"))?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(true)
    }
}

/// Deletes some messages of a thread, up to the last that is no younger than `until`.
fn delete_until(
    connection: &mut Connection,
    index: &Index,
    thread: ThreadId,
    until: i64,
) -> Result<(), Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let places = rows::places(thread);
    let first: Vec<(i64, i64)> = {
        let most = i64::try_from(RETIRE_MESSAGES).unwrap_or(i64::MAX);
        let mut statement = transaction.prepare_cached(
            "SELECT place, time FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT ?3",
        )?;
        let values = params![places.start(), places.end(), most];
        statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
    };
    // If none is, they are all of the future, and one behind them is.
    let count = first.iter().rposition(|(_, time)| *time <= until).map_or(first.len(), |last| last + 1);
    for (place, _) in &first[..count] {
        index::delete(&transaction, index, *place)?;
    }
    transaction.commit()?;
    Ok(())
}

fn heads(connection: &Connection, now: i64) -> Result<BTreeSet<(i64, ThreadId)>, Fault> {
    let threads = forget::threads(connection)?;
    let heads = threads.into_iter().map(|thread| head(connection, thread, now));
    heads.filter_map(Result::transpose).collect()
}

/// The earliest time of a thread's first messages, and the thread.
fn head(connection: &Connection, thread: ThreadId, now: i64) -> Result<Option<(i64, ThreadId)>, Fault> {
    let places = rows::places(thread);
    let mut statement = connection.prepare_cached(
        "SELECT min(time) FROM (
            SELECT time FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT ?3
         )",
    )?;
    let most = i64::try_from(RETIRE_MESSAGES).unwrap_or(i64::MAX);
    let first: Option<i64> =
        statement.query_row(params![places.start(), places.end(), most], |row| row.get(0))?;
    if first.is_none_or(|first| first <= now) {
        return Ok(first.map(|first| (first, thread)));
    }
    // They are all of a future that did not come; then it is the first behind them that tells how old they are.
    let mut statement = connection.prepare_cached(
        "SELECT time FROM messages WHERE place BETWEEN ?1 AND ?2 AND time <= ?3 ORDER BY place LIMIT 1",
    )?;
    let time = statement.query_row(params![places.start(), places.end(), now], |row| row.get(0));
    Ok(time.optional()?.map(|time| (time, thread)))
}

/// What of the file is used.
pub(super) fn used_bytes(connection: &Connection) -> Result<u64, Fault> {
    let used = pragma(connection, "page_count")? - pragma(connection, "freelist_count")?;
    Ok(used.unsigned_abs() * pragma(connection, "page_size")?.unsigned_abs())
}

fn pragma(connection: &Connection, name: &str) -> Result<i64, Fault> {
    Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
}
