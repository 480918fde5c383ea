//! Deletes messages that are too old or exceed the size limit, oldest first, a few at a time.
//!
//! Within a stream, order counts and not the clock: everything before an expired message is expired too, whatever its
//! time says. Age is measured by a clock that does not jump (`age_clock.rs`).

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::age_clock::AgeClock;
use super::fault::Fault;
use super::index::{self, Index};
use super::{erasure, expired, rows, schema};
use crate::base::limits::{
    AGE_CLOCK_WARN_INTERVAL, MAINTENANCE_STEP, RETENTION_CHECK_INTERVAL, RETENTION_STEP_MESSAGES,
    VACUUM_STEP_PAGES,
};
use crate::base::text::{in_words, plural};
use crate::base::time::local_minute;
use crate::journal::{RetentionReport, StreamId};

/// The state of the sweep.
#[derive(Debug)]
pub(super) struct RetentionSweep {
    keep: Option<Duration>,
    keep_bytes: u64,
    clock: AgeClock,
    /// The last stored time of the age clock.
    stored_time: Option<SystemTime>,
    /// The streams by the time of their first messages, during a sweep.
    heads: Option<BTreeSet<(i64, StreamId)>>,
    /// Deleted messages not logged yet, by age and by size, and the time of the last log line.
    deleted: [Deleted; 2],
    logged_at: Option<Instant>,
    /// When the log last said that an operator has to confirm the clock.
    warned_at: Option<Instant>,
}

/// Deleted messages: their number, and the times of the first and the last.
#[derive(Clone, Copy, Debug, Default)]
struct Deleted {
    messages: u64,
    said: Option<(i64, i64)>,
}

impl RetentionSweep {
    /// Deletes messages older than `keep` by this clock, and the oldest ones while the file and the log take more than
    /// `keep_bytes`.
    pub(super) fn new(keep: Option<Duration>, keep_bytes: u64, clock: AgeClock) -> RetentionSweep {
        RetentionSweep {
            keep,
            keep_bytes,
            clock,
            stored_time: None,
            heads: None,
            deleted: [Deleted::default(); 2],
            logged_at: None,
            warned_at: None,
        }
    }

    /// Deletes some messages, or returns some pages to the system. `log_bytes` is the size of the write-ahead log.
    /// Returns whether there is more to do.
    pub(super) fn step(
        &mut self,
        connection: &mut Connection,
        index: &Index,
        log_bytes: u64,
        (now, wall): (Instant, SystemTime),
    ) -> Result<bool, Fault> {
        self.clock.read(now, wall);
        let latest = rows::encode_time(self.clock.latest());
        let too_old = self.too_old(self.clock.time());
        let is_too_much = self.used_bytes(connection, log_bytes)? > self.keep_bytes;
        if self.heads.is_none() {
            self.store_clock(connection)?;
            self.heads = Some(heads(connection, latest)?);
        }
        let Some(heads) = &mut self.heads else { return Ok(false) };
        let Some(first) = heads.first().copied() else { return self.finish(connection, now) };
        let next = heads.iter().nth(1).map_or(i64::MAX, |head| head.0);
        if first.0 >= too_old && !is_too_much {
            return self.finish(connection, now);
        }
        let until = if is_too_much { next.min(latest) } else { too_old - 1 };
        let deleted = delete_until(connection, index, first.1, until)?;
        self.deleted[usize::from(is_too_much)].add(deleted);
        heads.remove(&first);
        heads.extend(head(connection, first.1, latest)?);
        Ok(true)
    }

    /// Ends a sweep: logs what was deleted and what waits for an operator, and returns pages if many are unused.
    fn finish(&mut self, connection: &Connection, now: Instant) -> Result<bool, Fault> {
        self.heads = None;
        if self.logged_at.is_none_or(|at| now >= at + RETENTION_CHECK_INTERVAL) {
            self.log_deleted();
            self.logged_at = Some(now);
        }
        if self.warned_at.is_none_or(|at| now >= at + AGE_CLOCK_WARN_INTERVAL)
            && let Some(pending) = self.pending_confirmation(connection)?
        {
            log::warn!("{pending}");
            self.warned_at = Some(now);
        }
        let unused = pragma(connection, "freelist_count")?;
        if unused < VACUUM_STEP_PAGES || unused < pragma(connection, "page_count")? / 8 {
            return Ok(false);
        }
        let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({VACUUM_STEP_PAGES})"))?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(true)
    }

    /// Logs what was deleted, and why.
    pub(super) fn log_deleted(&mut self) {
        for line in self.lines() {
            log::info!("{line}");
        }
    }

    fn lines(&mut self) -> Vec<String> {
        let why = [
            format!("they were older than {} (--keep)", in_words(self.keep.unwrap_or_default())),
            format!("the file may use no more than {} bytes (--keep-size)", self.keep_bytes),
        ];
        let deleted = std::mem::take(&mut self.deleted).into_iter().zip(why);
        let line = |(Deleted { messages, said }, why)| {
            let [first, last] = said.map(<[i64; 2]>::from)?.map(|time| local_minute(rows::decode_time(time)));
            let count = plural(usize::try_from(messages).unwrap_or(usize::MAX), "message");
            Some(format!("retention deleted {count}, said from {first} to {last}, as {why}"))
        };
        deleted.filter_map(line).collect()
    }

    /// A sentence or two if expired messages wait for an operator to confirm the clock.
    pub(super) fn pending_confirmation(&self, connection: &Connection) -> Result<Option<String>, Fault> {
        let (Some(keep), Some(lead)) = (self.keep, self.clock.lead()) else { return Ok(None) };
        let heads = heads(connection, rows::encode_time(self.clock.latest()))?;
        let too_old = self.too_old(self.clock.wall());
        let oldest = heads.first().filter(|head| head.0 < too_old);
        Ok(oldest.map(|(oldest, _)| {
            format!(
                "The clock is {} ahead of the expected time: it is wrong, or the server was off. So messages since {} are not \
                 deleted yet, although by that clock they are older than {} (--keep). If the clock is right, type: retention \
                 confirm. If it is not, set it.",
                in_words(lead),
                local_minute(rows::decode_time(*oldest)),
                in_words(keep)
            )
        }))
    }

    /// The size that counts towards the limit: the used part of the file, and the log.
    fn used_bytes(&self, connection: &Connection, log_bytes: u64) -> Result<u64, Fault> {
        // Deletions go through the log too; uncapped, they would cause more deletions without end.
        Ok(used_bytes(connection)?.saturating_add(log_bytes.min(self.keep_bytes / 2)))
    }

    /// The report for operators.
    pub(super) fn report(
        &mut self,
        connection: &Connection,
        log_bytes: u64,
        (now, wall): (Instant, SystemTime),
    ) -> Result<RetentionReport, Fault> {
        self.clock.read(now, wall);
        let (messages, said) = expired::older(connection, self.too_old(wall))?;
        Ok(RetentionReport {
            keep: self.keep,
            keep_bytes: self.keep_bytes,
            used_bytes: self.used_bytes(connection, log_bytes)?,
            lead: self.clock.lead(),
            messages,
            said: said.map(|(first, last)| (rows::decode_time(first), rows::decode_time(last))),
        })
    }

    /// An operator confirms that the wall clock is right.
    pub(super) fn confirm(
        &mut self,
        connection: &Connection,
        (now, wall): (Instant, SystemTime),
    ) -> Result<(), Fault> {
        if self.clock.lead().is_some() {
            log::info!("an operator confirmed the clock: messages that have expired by it are deleted");
        }
        self.clock.confirm(now, wall);
        self.stored_time = None;
        self.warned_at = None;
        self.heads = None;
        self.store_clock(connection)
    }

    /// The file was replaced.
    pub(super) fn reset(&mut self) {
        self.stored_time = None;
        self.heads = None;
    }

    /// Messages before this time have expired.
    fn too_old(&self, time: SystemTime) -> i64 {
        self.keep.and_then(|keep| time.checked_sub(keep)).map_or(i64::MIN, rows::encode_time)
    }

    /// Stores the age clock, for later runs.
    fn store_clock(&mut self, connection: &Connection) -> Result<(), Fault> {
        if self.stored_time.is_some_and(|stored_time| !self.clock.is_far_from(stored_time)) {
            return Ok(());
        }
        let time_to_store = self.clock.time_to_store();
        connection.execute_batch(schema::AGE_CLOCK)?;
        connection.execute(
            "INSERT OR REPLACE INTO age_clock (number, time) VALUES (1, ?1)",
            [rows::encode_time(time_to_store)],
        )?;
        self.stored_time = Some(time_to_store);
        Ok(())
    }
}

impl Deleted {
    fn add(&mut self, other: Deleted) {
        self.messages += other.messages;
        self.said = match (self.said, other.said) {
            (Some(one), Some(two)) => Some((one.0.min(two.0), one.1.max(two.1))),
            (one, two) => one.or(two),
        };
    }
}

/// The age clock of an earlier run; without one, it starts at the time of the latest message.
pub(super) fn clock(
    connection: &Connection,
    keep: Option<Duration>,
    (now, wall): (Instant, SystemTime),
) -> Result<AgeClock, Fault> {
    connection.execute_batch(schema::AGE_CLOCK)?;
    let mut statement =
        connection.prepare("SELECT time FROM age_clock WHERE number = 1").map_err(Fault::of_schema)?;
    let stored_time: Option<i64> = statement.query_row([], |row| row.get(0)).optional()?;
    let stored_time = match stored_time {
        Some(stored_time) => Some(stored_time),
        None => expired::newest(connection)?.map(|newest| newest.min(rows::encode_time(wall))),
    };
    Ok(AgeClock::new(stored_time.map(rows::decode_time), keep, (now, wall)))
}

/// Deletes some messages of a stream, up to the last one not later than `until`.
fn delete_until(
    connection: &mut Connection,
    index: &Index,
    stream: StreamId,
    until: i64,
) -> Result<Deleted, Fault> {
    let end = Instant::now() + MAINTENANCE_STEP;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let keys = rows::key_range(stream);
    let first: Vec<(i64, i64)> = {
        let limit = i64::try_from(RETENTION_STEP_MESSAGES).unwrap_or(i64::MAX);
        let mut statement = transaction.prepare_cached(
            "SELECT place, time FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT ?3",
        )?;
        let values = params![keys.start(), keys.end(), limit];
        statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
    };
    // If there is none, all of these have times in the future, and so expire with the one after them.
    let count = first.iter().rposition(|(_, time)| *time <= until).map_or(first.len(), |last| last + 1);
    let mut deleted = Deleted::default();
    for (key, time) in &first[..count] {
        index::delete(&transaction, index, *key)?;
        deleted.add(Deleted { messages: 1, said: Some((*time, *time)) });
        if Instant::now() >= end {
            break;
        }
    }
    transaction.commit()?;
    Ok(deleted)
}

fn heads(connection: &Connection, now: i64) -> Result<BTreeSet<(i64, StreamId)>, Fault> {
    let streams = erasure::streams(connection)?;
    let heads = streams.into_iter().map(|stream| head(connection, stream, now));
    heads.filter_map(Result::transpose).collect()
}

/// The earliest time among a stream's first messages, and the stream.
fn head(connection: &Connection, stream: StreamId, now: i64) -> Result<Option<(i64, StreamId)>, Fault> {
    let keys = rows::key_range(stream);
    let mut statement = connection.prepare_cached(
        "SELECT min(time) FROM (
            SELECT time FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT ?3
         )",
    )?;
    let limit = i64::try_from(RETENTION_STEP_MESSAGES).unwrap_or(i64::MAX);
    let first: Option<i64> =
        statement.query_row(params![keys.start(), keys.end(), limit], |row| row.get(0))?;
    if first.is_none_or(|first| first <= now) {
        return Ok(first.map(|first| (first, stream)));
    }
    // All of them have times in the future: the first message after them tells how old they are.
    let mut statement = connection.prepare_cached(
        "SELECT time FROM messages WHERE place BETWEEN ?1 AND ?2 AND time <= ?3 ORDER BY place LIMIT 1",
    )?;
    let time = statement.query_row(params![keys.start(), keys.end(), now], |row| row.get(0));
    Ok(time.optional()?.map(|time| (time, stream)))
}

/// The used part of the file, in bytes.
pub(super) fn used_bytes(connection: &Connection) -> Result<u64, Fault> {
    let used = pragma(connection, "page_count")? - pragma(connection, "freelist_count")?;
    Ok(used.unsigned_abs() * pragma(connection, "page_size")?.unsigned_abs())
}

fn pragma(connection: &Connection, name: &str) -> Result<i64, Fault> {
    Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
}

#[cfg(test)]
mod tests;
