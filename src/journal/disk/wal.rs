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
    measure: Arc<DiskUsage>,
    gate: Arc<Gate>,
    reader: Sender<ReaderCommand>,
    /// Since when a part of it is not in the file.
    since: Option<Instant>,
    /// When the reader was asked for a checkpoint.
    asked: Option<Instant>,
    /// The reader has made a checkpoint and closed the gate.
    is_closed: bool,
    /// The reader failed: the writer has to make the checkpoint.
    is_urgent: bool,
    /// Nothing is tried until then, as the last try failed.
    rest_until: Option<Instant>,
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
        let measure = DiskUsage { paths: [file, log], bytes: Default::default() };
        measure.look();
        measure
    }

    /// The last measurement.
    pub(super) fn sizes(&self) -> Sizes {
        let [file, log] = self.bytes.each_ref().map(|bytes| bytes.load(Ordering::Relaxed));
        Sizes { file, log }
    }

    fn look(&self) {
        for (path, bytes) in self.paths.iter().zip(&self.bytes) {
            // A missing file takes no space.
            bytes.store(path.metadata().map_or(0, |it| it.len()), Ordering::Relaxed);
        }
    }
}

impl Wal {
    /// The state before the first look.
    pub(super) fn new(measure: Arc<DiskUsage>, gate: Arc<Gate>, reader: Sender<ReaderCommand>) -> Wal {
        Wal {
            measure,
            gate,
            reader,
            since: None,
            asked: None,
            is_closed: false,
            is_urgent: false,
            rest_until: None,
            is_warned: false,
        }
    }

    /// The size of the log, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.measure.sizes().log
    }

    /// Takes the result of the reader's checkpoint: whether it closed the gate.
    pub(super) fn copied(&mut self, copied: Result<bool, String>) {
        self.asked = None;
        self.since = None;
        match copied {
            Ok(is_closed) => self.is_closed = is_closed,
            Err(reason) => {
                log::debug!("The journal's log could not be copied: {reason}.");
                self.is_urgent = true;
            }
        }
    }

    /// When to look again although nothing is committed.
    pub(super) fn due(&self) -> Option<Instant> {
        let due = self.since.map(|since| since + SYNC_INTERVAL);
        let due = self.asked.map(|asked| asked + CHECKPOINT_TIMEOUT).or(due)?;
        Some(self.rest_until.map_or(due, |until| until.max(due)))
    }

    /// Checkpoints and restarts the log as needed. If `is_to_be_empty`, truncates it, so that no erased message stays
    /// in it. Returns whether it was truncated.
    pub(super) fn look(
        &mut self,
        connection: &Connection,
        is_to_be_empty: bool,
        now: Instant,
    ) -> Result<bool, Fault> {
        self.measure.look();
        let length = checkpoint(connection, "NOOP")?;
        self.since = (length.copied < length.pages).then(|| self.since.unwrap_or(now));
        if self.asked.is_some_and(|asked| now >= asked + CHECKPOINT_TIMEOUT) {
            self.asked = None;
            self.is_urgent = true;
        }
        let is_long = length.pages >= WAL_RESTART_PAGES;
        if std::mem::take(&mut self.is_closed) {
            let emptied = if is_long || is_to_be_empty {
                self.begin_anew(connection, is_to_be_empty, now)
            } else {
                Ok(false)
            };
            self.gate.open();
            return emptied;
        }
        if self.rest_until.is_some_and(|until| now < until) {
            return Ok(false);
        }
        self.rest_until = None;
        if self.is_urgent || length.pages >= WAL_PAGES_MAX {
            // If somebody is still inside, the checkpoint copies as much as it can.
            self.gate.close(0);
            let emptied = self.begin_anew(connection, is_to_be_empty, now);
            self.gate.open();
            return emptied;
        }
        let is_due = self.since.is_some_and(|since| now >= since + SYNC_INTERVAL);
        let is_much = length.pages - length.copied >= WAL_CHECKPOINT_PAGES;
        if self.asked.is_none() && (is_due || is_much || is_long || is_to_be_empty) {
            let long = if is_to_be_empty { 0 } else { WAL_RESTART_PAGES };
            self.is_urgent = self.reader.send(ReaderCommand::Copy { long }).is_err();
            self.asked = Some(now);
        }
        Ok(false)
    }

    /// Copies the rest, and restarts the log. Returns whether it was truncated.
    fn begin_anew(
        &mut self,
        connection: &Connection,
        is_to_be_empty: bool,
        now: Instant,
    ) -> Result<bool, Fault> {
        // The gate is closed, so a reader can only be another program.
        connection.busy_timeout(Duration::ZERO)?;
        let begun = checkpoint(connection, if is_to_be_empty { "TRUNCATE" } else { "RESTART" });
        connection.busy_timeout(FILE_LOCK_TIMEOUT)?;
        self.is_urgent = false;
        match begun {
            Ok(_) => {
                self.is_warned = false;
                self.measure.look();
                Ok(is_to_be_empty)
            }
            Err(Fault::Trouble(reason)) => {
                self.rest_until = Some(now + JOURNAL_RETRY_INTERVAL);
                log::debug!("The journal's log could not be begun anew: {reason}.");
                if self.bytes() > WAL_BYTES_MAX && !std::mem::replace(&mut self.is_warned, true) {
                    log::warn!(
                        "The journal's log takes {} MiB beside its file, and grows: another program reads the file without an end. End that one.",
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
    if is_busy { Err(Fault::Trouble("its log is in use".into())) } else { Ok(length) }
}
