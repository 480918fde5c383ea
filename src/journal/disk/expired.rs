//! Counts messages older than a time without reading all of them.

use rusqlite::{Connection, OptionalExtension, params};

use super::fault::Fault;
use super::{erasure, rows};
use crate::journal::StreamId;

/// The time of the latest message of any stream, in microseconds since 1970.
pub(super) fn newest(connection: &Connection) -> Result<Option<i64>, Fault> {
    let mut newest = None;
    for stream in erasure::streams(connection)? {
        let keys = rows::key_range(stream);
        let mut statement = connection.prepare_cached(
            "SELECT time FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT 1",
        )?;
        let time: Option<i64> =
            statement.query_row([keys.start(), keys.end()], |row| row.get(0)).optional()?;
        newest = newest.max(time);
    }
    Ok(newest)
}

/// About how many messages are older than a time, and the times of the first and the last of them.
pub(super) fn older(connection: &Connection, than: i64) -> Result<(u64, Option<(i64, i64)>), Fault> {
    let (mut messages, mut said) = (0, None::<(i64, i64)>);
    for stream in erasure::streams(connection)? {
        let Some((count, first, last)) = older_of(connection, stream, than)? else { continue };
        messages += count;
        said = Some(said.map_or((first, last), |it| (it.0.min(first), it.1.max(last))));
    }
    Ok((messages, said))
}

/// The same for one stream, by binary search: messages are stored in the order in which they were said.
fn older_of(connection: &Connection, stream: StreamId, than: i64) -> Result<Option<(u64, i64, i64)>, Fault> {
    let keys = rows::key_range(stream);
    let at = |order: &str, from: i64, to: i64| -> Result<Option<(i64, i64)>, Fault> {
        let sql = format!(
            "SELECT place, time FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place {order} LIMIT 1"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement.query_row(params![from, to], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    };
    let Some(first) = at("ASC", *keys.start(), *keys.end())?.filter(|first| first.1 < than) else {
        return Ok(None);
    };
    let Some(end) = at("DESC", *keys.start(), *keys.end())? else { return Ok(None) };
    // Invariant: `last` is older, and nothing from `until` on is.
    let (mut last, mut until) = (first, end.0 + 1);
    while last.0 + 1 < until {
        let middle = last.0 + (until - last.0) / 2;
        match at("ASC", middle, until - 1)? {
            Some(found) if found.1 < than => last = found,
            _ => until = middle,
        }
    }
    Ok(Some(((last.0 - first.0).unsigned_abs() + 1, first.1, last.1)))
}
