//! Where a time is among the messages of a stream. Their places follow their times, but for a clock that was set back.

use std::time::SystemTime;

use rusqlite::{OptionalExtension, Transaction, params};

use super::fault::Fault;
use super::rows;
use crate::journal::StreamId;
use crate::proto::Mark;

/// The id before which the messages before a mark end.
pub(super) fn start(transaction: &Transaction<'_>, stream: StreamId, mark: Mark) -> Result<u64, Fault> {
    match mark {
        Mark::Id(id) => Ok(id),
        Mark::Time(time) => first_not(transaction, stream, |said| said < time),
    }
}

/// The id after which the messages after a mark begin.
pub(super) fn end(transaction: &Transaction<'_>, stream: StreamId, mark: Mark) -> Result<u64, Fault> {
    match mark {
        Mark::Id(id) => Ok(id),
        Mark::Time(time) => Ok(first_not(transaction, stream, |said| said <= time)?.saturating_sub(1)),
    }
}

/// The first id from which on no message was said at a time that is `early`, by bisection: a few dozen look-ups.
fn first_not(
    transaction: &Transaction<'_>,
    stream: StreamId,
    early: impl Fn(SystemTime) -> bool,
) -> Result<u64, Fault> {
    let keys = rows::key_range(stream);
    let mut newest = transaction.prepare_cached(
        "SELECT place, time FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT 1",
    )?;
    // All messages up to `low` are early; none from `high` on is.
    let (mut low, mut high) = (*keys.start() - 1, keys.end().saturating_add(1));
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let found = newest
            .query_row(params![low + 1, middle], |row| Ok((row.get::<_, i64>(0)?, rows::time(row)?)))
            .optional()?;
        match found {
            Some((place, said)) if !early(said) => high = place,
            // Nothing between the last early one and here is late.
            _ => low = middle,
        }
    }
    Ok(rows::decode_key(high.min(*keys.end())).1 + u64::from(high > *keys.end()))
}
