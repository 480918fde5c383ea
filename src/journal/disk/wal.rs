//! `SQLite`'s write-ahead log: commits go there first. Checkpoints copy it to the database file and sync them;
//! restarting it keeps it short.
//!
//! A reader thread makes the checkpoints, so that no commit waits (`reader.rs`). When the log is long, that thread
//! also closes the gate to readers; then the writer copies only the latest commits, and restarts the log. If that
//! takes too long, the writer does everything itself, and commits wait.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::commands::ReaderCommand;
use super::fault::Fault;
use super::gate::Gate;
use crate::base::limits::{
    CHECKPOINT_TIMEOUT, FILE_LOCK_TIMEOUT, JOURNAL_RETRY_INTERVAL, SYNC_INTERVAL, WAL_BYTES_MAX,
    WAL_CHECKPOINT_PAGES, WAL_PAGES_MAX, WAL_RESTART_PAGES,
};
use crate::journal::Sizes;

/// The state of the log, as the writer sees it.
pub(super) struct Wal {
    usage: Arc<DiskUsage>,
    gate: Arc<Gate>,
    reader: Sender<ReaderCommand>,
    /// Since when a part of it is not in the file.
    unsynced_since: Option<Instant>,
    /// When the reader was asked for a checkpoint.
    requested_at: Option<Instant>,
    /// The reader has made a checkpoint and closed the gate.
    is_gate_closed: bool,
    /// The reader failed: the writer has to make the checkpoint.
    is_overdue: bool,
    /// Nothing is tried until then, as the last try failed.
    backoff_until: Option<Instant>,
    is_warned: bool,
}

/// The length of the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct WalLength {
    /// All of its pages.
    pub(super) pages: i64,
    /// How many of them, from the start, are in the file.
    pub(super) copied: i64,
}

/// The disk space of the file and its log, shared between threads.
#[derive(Debug)]
pub(super) struct DiskUsage {
    paths: [PathBuf; 2],
    bytes: [AtomicU64; 2],
}

impl DiskUsage {
    /// Measures a file and its log.
    pub(super) fn new(file: PathBuf, log: PathBuf) -> DiskUsage {
        let usage = DiskUsage { paths: [file, log], bytes: Default::default() };
        usage.update();
        usage
    }

    /// The last measurement.
    pub(super) fn sizes(&self) -> Sizes {
        let [file, log] = self.bytes.each_ref().map(|bytes| bytes.load(Ordering::Relaxed));
        Sizes { file, log }
    }

    fn update(&self) {
        for (path, bytes) in self.paths.iter().zip(&self.bytes) {
            // A missing file takes no space.
            bytes.store(path.metadata().map_or(0, |it| it.len()), Ordering::Relaxed);
        }
    }
}

impl Wal {
    /// The state before the first look.
    pub(super) fn new(usage: Arc<DiskUsage>, gate: Arc<Gate>, reader: Sender<ReaderCommand>) -> Wal {
        Wal {
            usage,
            gate,
            reader,
            unsynced_since: None,
            requested_at: None,
            is_gate_closed: false,
            is_overdue: false,
            backoff_until: None,
            is_warned: false,
        }
    }

    /// The size of the log, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.usage.sizes().log
    }

    /// Takes the result of the reader's checkpoint: whether it closed the gate.
    pub(super) fn on_checkpoint(&mut self, result: Result<bool, String>) {
        self.requested_at = None;
        self.unsynced_since = None;
        match result {
            Ok(is_gate_closed) => self.is_gate_closed = is_gate_closed,
            Err(reason) => {
                log::debug!("the checkpoint of the journal's log failed: {reason}");
                self.is_overdue = true;
            }
        }
    }

    /// When to look again although nothing is committed.
    pub(super) fn due(&self) -> Option<Instant> {
        let due = self.unsynced_since.map(|unsynced_since| unsynced_since + SYNC_INTERVAL);
        let due = self.requested_at.map(|requested_at| requested_at + CHECKPOINT_TIMEOUT).or(due)?;
        Some(self.backoff_until.map_or(due, |until| until.max(due)))
    }

    /// Checkpoints and restarts the log as needed. If `is_to_be_empty`, truncates it, so that no erased message stays
    /// in it. Returns whether it was truncated.
    pub(super) fn maintain(
        &mut self,
        connection: &Connection,
        is_to_be_empty: bool,
        now: Instant,
    ) -> Result<bool, Fault> {
        self.usage.update();
        let length = checkpoint(connection, "NOOP")?;
        self.unsynced_since = (length.copied < length.pages).then(|| self.unsynced_since.unwrap_or(now));
        if self.requested_at.is_some_and(|requested_at| now >= requested_at + CHECKPOINT_TIMEOUT) {
            self.requested_at = None;
            self.is_overdue = true;
        }
        let is_long = length.pages >= WAL_RESTART_PAGES;
        if std::mem::take(&mut self.is_gate_closed) {
            let truncated = if is_long || is_to_be_empty {
                self.restart(connection, is_to_be_empty, now)
            } else {
                Ok(false)
            };
            self.gate.open();
            return truncated;
        }
        if self.backoff_until.is_some_and(|until| now < until) {
            return Ok(false);
        }
        self.backoff_until = None;
        if self.is_overdue || length.pages >= WAL_PAGES_MAX {
            // If somebody is still inside, the checkpoint copies as much as it can.
            self.gate.close(0);
            let truncated = self.restart(connection, is_to_be_empty, now);
            self.gate.open();
            return truncated;
        }
        let is_due = self.unsynced_since.is_some_and(|unsynced_since| now >= unsynced_since + SYNC_INTERVAL);
        let is_much = length.pages - length.copied >= WAL_CHECKPOINT_PAGES;
        if self.requested_at.is_none() && (is_due || is_much || is_long || is_to_be_empty) {
            let long = if is_to_be_empty { 0 } else { WAL_RESTART_PAGES };
            self.is_overdue = self.reader.send(ReaderCommand::Checkpoint { long }).is_err();
            self.requested_at = Some(now);
        }
        Ok(false)
    }

    /// Copies the rest, and restarts the log. Returns whether it was truncated.
    fn restart(
        &mut self,
        connection: &Connection,
        is_to_be_empty: bool,
        now: Instant,
    ) -> Result<bool, Fault> {
        // The gate is closed, so whoever reads can only be another program. But the reader thread may be making a checkpoint:
        // commits wait for its end, as the log would grow meanwhile.
        let waits = self.requested_at.is_some();
        connection.busy_timeout(if waits { FILE_LOCK_TIMEOUT } else { Duration::ZERO })?;
        let restarted = checkpoint(connection, if is_to_be_empty { "TRUNCATE" } else { "RESTART" });
        connection.busy_timeout(FILE_LOCK_TIMEOUT)?;
        self.is_overdue = false;
        match restarted {
            Ok(_) => {
                self.is_warned = false;
                self.usage.update();
                Ok(is_to_be_empty)
            }
            // The next commit waits again.
            Err(Fault::Other(_)) if waits => Ok(false),
            Err(Fault::Other(reason)) => {
                self.backoff_until = Some(now + JOURNAL_RETRY_INTERVAL);
                log::debug!("the journal's log could not be restarted: {reason}");
                if self.bytes() > WAL_BYTES_MAX && !std::mem::replace(&mut self.is_warned, true) {
                    log::warn!(
                        "the journal's write-ahead log has {} MiB and grows, because another program keeps reading the file: end that program",
                        self.bytes() >> 20
                    );
                }
                Ok(false)
            }
            Err(fault) => Err(fault),
        }
    }
}

/// Runs a checkpoint in this mode; `NOOP` only measures. Returns the length of the log.
pub(super) fn checkpoint(connection: &Connection, mode: &str) -> Result<WalLength, Fault> {
    let mut statement = connection.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?;
    let (is_busy, length) = statement.query_row([], |row| {
        Ok((row.get::<_, i64>(0)? != 0, WalLength { pages: row.get(1)?, copied: row.get(2)? }))
    })?;
    if is_busy { Err(Fault::Other("the write-ahead log is in use".into())) } else { Ok(length) }
}
