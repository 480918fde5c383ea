//! The messages of a stream as a timeline.

use std::time::SystemTime;

use rusqlite::{OptionalExtension, Transaction, params};

use super::fault::Fault;
use super::rows;
use crate::journal::StreamId;
use crate::proto::Timeline;

/// A stream in a file.
pub(super) struct StoredStream<'a> {
    pub(super) transaction: &'a Transaction<'a>,
    pub(super) stream: StreamId,
}

impl Timeline for StoredStream<'_> {
    type Fault = Fault;

    fn last(&self, from: u64, to: u64) -> Result<Option<(u64, SystemTime)>, Fault> {
        let Some(from) = rows::encode_key(self.stream, from) else { return Ok(None) };
        let to = rows::encode_key(self.stream, to).unwrap_or(*rows::key_range(self.stream).end());
        let mut last = self.transaction.prepare_cached(
            "SELECT place, time FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT 1",
        )?;
        let place = |row: &rusqlite::Row<'_>| Ok((rows::decode_key(row.get(0)?).1, rows::time(row)?));
        Ok(last.query_row(params![from, to], place).optional()?)
    }
}
