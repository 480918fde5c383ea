//! Recovers the messages of a damaged table from around the damage.
//!
//! A range of keys is read from both ends. The part that cannot be read is halved, again and again, so that messages
//! between two damaged pages are found. That happens within streams, whose ids are dense, and at most
//! [`RECOVERY_READS`] times.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use rusqlite::{Connection, Row, Transaction, params};

use super::fault::Fault;
use super::rows;
use crate::base::limits::RECOVERY_READS;
use crate::journal::StreamId;

/// Copies the readable messages of `from` into `to`, which already has the streams. Returns how many there were.
pub(super) fn messages(from: &Connection, to: &Transaction<'_>) -> Result<usize, Fault> {
    let mut recovery = MessageRecovery { from, to, count: 0 };
    let Some(gap) = recovery.around(i64::MIN..=i64::MAX)? else { return Ok(recovery.count) };
    let within = |keys: RangeInclusive<i64>| {
        let (first, last) = (*keys.start().max(gap.start()), *keys.end().min(gap.end()));
        (first <= last).then_some(first..=last)
    };
    let mut gaps: VecDeque<_> = conversations(to)?.into_iter().filter_map(within).collect();
    for _ in 0..RECOVERY_READS {
        // Breadth first, so that all streams get a share of the effort.
        let Some(gap) = gaps.pop_front() else { break };
        if let Some(gap) = recovery.around(gap)?
            && gap.start() < gap.end()
        {
            let middle = gap.start() + (gap.end() - gap.start()) / 2;
            gaps.extend([*gap.start()..=middle, middle + 1..=*gap.end()]);
        }
    }
    Ok(recovery.count)
}

/// Copies the latest message of every stream, and this many of each open one, as far as they can be read. Returns
/// whether the very last of each could be read.
pub(super) fn last_messages(from: &Connection, to: &Transaction<'_>, limit: usize) -> Result<bool, Fault> {
    let mut streams = to.prepare("SELECT number, is_closed FROM threads")?;
    let mut streams = streams.query([])?;
    let mut wanted = vec![(i64::MIN..=i64::MAX, 1)];
    while let Some(row) = streams.next()? {
        let keys = rows::key_range(StreamId(row.get::<_, i64>(0)?.unsigned_abs()));
        wanted.push((keys, if row.get::<_, i64>(1)? == 0 { limit } else { 1 }));
    }
    let sql = format!(
        "SELECT {} FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT ?3",
        rows::COLUMNS
    );
    for (keys, limit) in wanted {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let Ok(mut statement) = from.prepare_cached(&sql) else { return Ok(false) };
        let Ok(mut rows) = statement.query(params![keys.start(), keys.end(), limit]) else {
            return Ok(false);
        };
        let mut is_first = true;
        loop {
            match rows.next() {
                Ok(Some(row)) if row.get(0).is_ok_and(|key: i64| keys.contains(&key)) => {
                    // A malformed row is skipped.
                    let _ = write(to, row);
                }
                Ok(None) => break,
                _ if is_first => return Ok(false),
                _ => break,
            }
            is_first = false;
        }
    }
    Ok(true)
}

/// The ranges of keys of each stream: those in use, and those that should be empty.
fn conversations(to: &Transaction<'_>) -> Result<Vec<RangeInclusive<i64>>, Fault> {
    let mut statement = to.prepare("SELECT number, next_id FROM threads ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let stream = StreamId(row.get::<_, i64>(0)?.unsigned_abs());
        let (first, last) = rows::key_range(stream).into_inner();
        let next = rows::encode_key(stream, row.get::<_, i64>(1)?.unsigned_abs()).unwrap_or(last);
        all.extend([first..=next, next + 1..=last]);
    }
    Ok(all)
}

struct MessageRecovery<'a> {
    from: &'a Connection,
    to: &'a Transaction<'a>,
    count: usize,
}

impl MessageRecovery<'_> {
    /// Reads a range from both ends. Returns the part that could not be read.
    fn around(&mut self, mut keys: RangeInclusive<i64>) -> Result<Option<RangeInclusive<i64>>, Fault> {
        for order in ["ASC", "DESC"] {
            if self.read(&mut keys, order)? {
                return Ok(None);
            }
        }
        Ok((!keys.is_empty()).then_some(keys))
    }

    /// Reads in this order, and removes what it has read from `keys`. Returns whether nothing is left.
    fn read(&mut self, keys: &mut RangeInclusive<i64>, order: &str) -> Result<bool, Fault> {
        let sql = format!(
            "SELECT {} FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place {order}",
            rows::COLUMNS
        );
        let Ok(mut statement) = self.from.prepare_cached(&sql) else { return Ok(false) };
        let Ok(mut rows) = statement.query([*keys.start(), *keys.end()]) else { return Ok(false) };
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(true),
                Err(_) => return Ok(false),
            };
            // A damaged page may contain anything.
            let Some(key) = row.get(0).ok().filter(|key| keys.contains(key)) else {
                return Ok(false);
            };
            self.write(row)?;
            let is_last = if order == "ASC" { key == *keys.end() } else { key == *keys.start() };
            if is_last {
                return Ok(true);
            }
            *keys = if order == "ASC" { key + 1..=*keys.end() } else { *keys.start()..=key - 1 };
        }
    }

    fn write(&mut self, row: &Row<'_>) -> Result<(), Fault> {
        match write(self.to, row).map_err(Fault::from) {
            Ok(is_new) => self.count += usize::from(is_new),
            // A malformed row is skipped.
            Err(Fault::Damaged) => {}
            Err(fault) => return Err(fault),
        }
        Ok(())
    }
}

fn write(to: &Transaction<'_>, row: &Row<'_>) -> rusqlite::Result<bool> {
    let mut statement = to.prepare_cached(
        "INSERT OR IGNORE INTO messages (place, time, how, name, text) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let (name, text): (Option<String>, String) = (row.get(3)?, row.get(4)?);
    let values = params![row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, name, text];
    Ok(statement.execute(values)? == 1)
}
