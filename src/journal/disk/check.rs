//! Checks that all messages of a large file can be read, while the server runs: before the start it would take too
//! long. The thorough reader reads some messages at a time and then rests.
//!
//! A damaged file is set aside, as it is when a query meets the damage.

use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::commands::ReaderCommand;
use super::fault::Fault;
use super::{erasure, load, rows};
use crate::base::limits::{CHECK_INTERVAL, CHECK_STEP, CHECKPOINT_TIMEOUT, JOURNAL_RETRY_INTERVAL};

/// A running check, as the writer sees it.
#[derive(Debug)]
pub(super) struct Check {
    reader: Sender<ReaderCommand>,
    /// All messages up to this key can be read.
    reached: i64,
    /// When the next step is due.
    next_step: Instant,
    began: Instant,
}

impl Check {
    /// Starts at the first message.
    pub(super) fn new(reader: Sender<ReaderCommand>) -> Check {
        Check { reader, reached: -1, next_step: Instant::now(), began: Instant::now() }
    }

    /// The time until the next step.
    pub(super) fn next_wakeup(&self, now: Instant) -> Duration {
        self.next_step.saturating_duration_since(now)
    }

    /// Sends the next step to the reader, if it is due.
    pub(super) fn poll(&mut self, now: Instant) {
        if now >= self.next_step {
            // Without a reader nothing is checked. A reader that does not answer is asked again.
            let _ = self.reader.send(ReaderCommand::Check { after: self.reached });
            self.next_step = now + CHECKPOINT_TIMEOUT;
        }
    }

    /// Takes the reader's result: the key that it reached, or `None` at the end. Returns whether there is more to
    /// check.
    pub(super) fn on_progress(&mut self, progress: Result<Option<i64>, String>, now: Instant) -> bool {
        match progress {
            Ok(None) => {
                let took = self.began.elapsed();
                log::info!("the journal's file is intact: all messages were read in {took:.0?}");
                return false;
            }
            Ok(Some(reached)) => {
                self.reached = reached;
                self.next_step = now + CHECK_INTERVAL;
            }
            Err(reason) => {
                log::debug!("the journal's file cannot be checked: {reason}");
                self.next_step = now + JOURNAL_RETRY_INTERVAL;
            }
        }
        true
    }

    /// About how many messages are not checked yet.
    pub(super) fn left(&self, connection: &Connection) -> Result<u64, Fault> {
        let (at, id) = rows::decode_key(self.reached.max(0));
        let mut left = 0;
        for stream in erasure::streams(connection)?.into_iter().filter(|stream| *stream >= at) {
            let first = load::first_id(connection, stream)?.saturating_sub(1);
            let from = if stream == at { first.max(id) } else { first };
            left += load::last_id(connection, stream)?.saturating_sub(from);
        }
        Ok(left)
    }
}

/// Reads the messages after a key for a short time. Returns the key that it reached, or `None` at the end.
pub(super) fn read(connection: &Connection, after: i64) -> Result<Option<i64>, Fault> {
    let end = Instant::now() + CHECK_STEP;
    let sql = format!("SELECT {} FROM messages WHERE place > ?1 ORDER BY place", rows::COLUMNS);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![after])?;
    let mut reached = after;
    while let Some(row) = rows.next()? {
        let next: i64 = row.get(0)?;
        // An intact tree is in order.
        if next <= reached {
            return Err(Fault::Damaged);
        }
        reached = next;
        // The whole row is read, as it may continue on other pages.
        rows::decode_message(row)?;
        if Instant::now() >= end {
            return Ok(Some(reached));
        }
    }
    Ok(None)
}
