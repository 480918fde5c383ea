//! The writer thread. It commits all waiting batches in one transaction, up to a limit that keeps the write-ahead log
//! short, and runs a step of maintenance between two commits (`maintenance.rs`).

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant, SystemTime};

use super::EventSender;
use super::append::{self, MetadataSnapshot};
use super::commands::{ReaderCommand, WriterCommand};
use super::fault::Fault;
use super::file::File;
use super::index::Index;
use super::maintenance::Maintenance;
use crate::base::limits::JOURNAL_RETRY_INTERVAL;
use crate::journal::{Batch, JournalEvent};

/// The state of the writer thread.
pub(super) struct Writer {
    pub(super) file: File,
    pub(super) commands: Receiver<WriterCommand>,
    pub(super) readers: [Sender<ReaderCommand>; 2],
    pub(super) events: EventSender,
    pub(super) maintenance: Maintenance,
    pub(super) metadata: MetadataSnapshot,
    /// The file was replaced, and lacks the metadata snapshot.
    pub(super) needs_metadata: bool,
    /// Batches that are not committed yet.
    pub(super) waiting: VecDeque<Batch>,
    /// Why commits fail.
    pub(super) failure: Option<CommitFailure>,
    /// When the thread has to end.
    pub(super) end: Option<Instant>,
}

/// The reason why commits fail.
pub(super) struct CommitFailure {
    reason: String,
    is_reported: bool,
    retry_at: Instant,
}

/// The pause between tries while the thread is ending.
const SHUTDOWN_RETRY_INTERVAL: Duration = Duration::from_millis(50);

impl Writer {
    /// Runs until [`WriterCommand::Finish`] or until the channel closes. An error says why batches remain uncommitted.
    /// Also returns the file, still open.
    pub(super) fn run(mut self) -> (Result<(), String>, File) {
        if self.file.connection().is_none() {
            // Recovers the damaged file into a new one while the server runs, which may take minutes.
            self.record_fault(&Fault::Damaged);
            self.report_failure();
            self.commit();
        }
        loop {
            let is_idle = self.receive();
            self.commit();
            if let Some(end) = self.end
                && (self.waiting.is_empty() || Instant::now() >= end)
            {
                break;
            }
            self.maintain(is_idle);
        }
        self.maintenance.finish();
        let result = match self.failure {
            Some(failure) if !self.waiting.is_empty() => Err(failure.reason),
            _ => Ok(()),
        };
        (result, self.file)
    }

    /// Takes commands; waits for them if there is nothing to do. Returns whether the journal is idle.
    fn receive(&mut self) -> bool {
        let now = Instant::now();
        let wait = match &self.failure {
            Some(_) if self.end.is_some() => SHUTDOWN_RETRY_INTERVAL,
            Some(failure) => failure.retry_at.saturating_duration_since(now),
            None if !self.waiting.is_empty() => Duration::ZERO,
            None => self.maintenance.next_wakeup(now),
        };
        match self.commands.recv_timeout(wait) {
            Ok(command) => self.handle(command),
            Err(RecvTimeoutError::Timeout) => return self.waiting.is_empty(),
            // The journal was dropped.
            Err(RecvTimeoutError::Disconnected) => self.end = Some(now),
        }
        while let Ok(command) = self.commands.try_recv() {
            self.handle(command);
        }
        false
    }

    fn handle(&mut self, command: WriterCommand) {
        match command {
            WriterCommand::Append(batch) => self.waiting.push_back(batch),
            WriterCommand::CheckpointDone(result) => self.maintenance.wal.on_checkpoint(result),
            WriterCommand::CheckProgress(result) => {
                self.maintenance.on_check_progress(result, Instant::now());
            }
            WriterCommand::Reindex => self.maintenance.is_index_damaged = true,
            WriterCommand::Replace => self.record_fault(&Fault::Damaged),
            WriterCommand::Finish(end) => self.end = Some(end),
        }
    }

    /// Commits waiting batches, unless it is too early to try again.
    fn commit(&mut self) {
        let is_early = self.failure.as_ref().is_some_and(|failure| Instant::now() < failure.retry_at);
        let is_idle = self.waiting.is_empty() && self.failure.is_none();
        if is_idle || (is_early && self.end.is_none()) {
            return;
        }
        match self.try_commit() {
            Ok(count) => {
                self.failure = None;
                if let Some(last) = self.waiting.drain(..count).next_back() {
                    self.events.send(JournalEvent::Committed(last.number));
                }
            }
            Err(fault) => self.record_fault(&fault),
        }
    }

    /// Returns how many batches were committed.
    fn try_commit(&mut self) -> Result<usize, Fault> {
        // A commit to a file that nobody can find is not durable.
        self.file.check_in_place(Instant::now())?;
        self.repair()?;
        let Some(connection) = self.file.connection() else { return Ok(0) };
        let count = append::count_of_commit(&self.waiting);
        if count == 0 {
            return Ok(0);
        }
        let batches = || self.waiting.iter().take(count);
        let appended = append::append(connection, &self.maintenance.index, batches())?;
        for batch in batches() {
            self.metadata.apply(batch);
        }
        self.maintenance.on_committed(batches(), appended, Instant::now());
        Ok(count)
    }

    /// Repairs or replaces the file, and writes the metadata snapshot to a new one. Idempotent: retried on failure.
    fn repair(&mut self) -> Result<(), Fault> {
        if self.file.connection().is_none() {
            for note in self.file.repair(SystemTime::now())? {
                log::error!("{note}");
            }
            self.needs_metadata = true;
        }
        if self.needs_metadata
            && let Some(connection) = self.file.connection()
        {
            append::append(connection, &self.maintenance.index, [&self.metadata.batch()].into_iter())?;
            self.maintenance.index = Index::open(connection)?;
            self.maintenance.is_index_damaged = false;
            self.maintenance.reload_erasures(connection)?;
            // A reader that has ended does not read the old file either.
            for reader in &self.readers {
                let _ = reader.send(ReaderCommand::Reopen);
            }
            self.needs_metadata = false;
        }
        Ok(())
    }

    /// Records a fault, and reports it if batches wait.
    fn record_fault(&mut self, fault: &Fault) {
        let is_repairable = self.file.record_fault(fault);
        let reason = fault.reason();
        let was_reported = self.failure.as_ref().is_some_and(|it| it.is_reported && it.reason == reason);
        let is_reported = was_reported || !self.waiting.is_empty();
        if is_reported && !was_reported {
            self.events.send(JournalEvent::Failing(reason.clone()));
        }
        let now = Instant::now();
        // A repair that failed a moment ago would fail again.
        let is_again = self.failure.is_some();
        let retry_at = if is_repairable && !is_again { now } else { now + JOURNAL_RETRY_INTERVAL };
        self.failure = Some(CommitFailure { reason, is_reported, retry_at });
    }

    /// Reports the fault although no batch waits.
    fn report_failure(&mut self) {
        if let Some(failure) = self.failure.as_mut().filter(|failure| !failure.is_reported) {
            failure.is_reported = true;
            self.events.send(JournalEvent::Failing(failure.reason.clone()));
        }
    }

    fn maintain(&mut self, is_idle: bool) {
        if self.failure.is_some() {
            return;
        }
        let now = Instant::now();
        let done = self.file.check_in_place(now).and_then(|()| match self.file.connection() {
            Some(connection) => self.maintenance.step(connection, is_idle, (now, SystemTime::now())),
            None => Ok(()),
        });
        if let Err(fault) = done {
            self.record_fault(&fault);
        }
    }
}
