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
    pub(super) is_new: bool,
    /// Batches that are not committed yet.
    pub(super) waiting: VecDeque<Batch>,
    /// Why commits fail.
    pub(super) trouble: Option<Trouble>,
    /// When the thread has to end.
    pub(super) end: Option<Instant>,
}

/// The reason why commits fail.
pub(super) struct Trouble {
    reason: String,
    is_told: bool,
    retry_at: Instant,
}

/// The pause between tries while the thread is ending.
const LAST_RETRY_AFTER: Duration = Duration::from_millis(50);

impl Writer {
    /// Runs until [`WriterCommand::Finish`] or until the channel closes. An error says why batches remain uncommitted.
    pub(super) fn run(mut self) -> Result<(), String> {
        if self.file.connection().is_none() {
            // Recovers the damaged file into a new one while the server runs, which may take minutes.
            self.record_fault(&Fault::Damaged);
            self.tell_trouble();
            self.keep();
        }
        loop {
            let is_pause = self.listen();
            self.keep();
            if let Some(end) = self.end
                && (self.waiting.is_empty() || Instant::now() >= end)
            {
                break;
            }
            self.do_chores(is_pause);
        }
        self.maintenance.end();
        match self.trouble {
            Some(trouble) if !self.waiting.is_empty() => Err(trouble.reason),
            _ => Ok(()),
        }
    }

    /// Takes commands; waits for them if there is nothing to do. Returns whether the journal is idle.
    fn listen(&mut self) -> bool {
        let now = Instant::now();
        let next_wakeup = match &self.trouble {
            Some(_) if self.end.is_some() => LAST_RETRY_AFTER,
            Some(trouble) => trouble.retry_at.saturating_duration_since(now),
            None if !self.waiting.is_empty() => Duration::ZERO,
            None => self.maintenance.next_wakeup(now),
        };
        match self.commands.recv_timeout(next_wakeup) {
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
            WriterCommand::Copied(copied) => self.maintenance.wal.copied(copied),
            WriterCommand::Checked(checked) => self.maintenance.checked(checked, Instant::now()),
            WriterCommand::Reindex => self.maintenance.is_index_damaged = true,
            WriterCommand::Replace => self.record_fault(&Fault::Damaged),
            WriterCommand::Finish(end) => self.end = Some(end),
        }
    }

    /// Commits waiting batches, unless it is too early to try again.
    fn keep(&mut self) {
        let is_early = self.trouble.as_ref().is_some_and(|trouble| Instant::now() < trouble.retry_at);
        let is_idle = self.waiting.is_empty() && self.trouble.is_none();
        if is_idle || (is_early && self.end.is_none()) {
            return;
        }
        match self.try_keep() {
            Ok(count) => {
                self.trouble = None;
                if let Some(last) = self.waiting.drain(..count).next_back() {
                    self.events.send(JournalEvent::Committed(last.number));
                }
            }
            Err(fault) => self.record_fault(&fault),
        }
    }

    /// Returns how many batches were committed.
    fn try_keep(&mut self) -> Result<usize, Fault> {
        // A commit to a file that nobody can find is not durable.
        self.file.look(Instant::now())?;
        self.repair()?;
        let Some(connection) = self.file.connection() else { return Ok(0) };
        let count = append::count_of_commit(&self.waiting);
        if count == 0 {
            return Ok(0);
        }
        let batches = || self.waiting.iter().take(count);
        let commands = append::append(connection, batches())?;
        for batch in batches() {
            self.metadata.note(batch);
        }
        self.maintenance.note(batches(), commands, Instant::now());
        Ok(count)
    }

    /// Repairs or replaces the file, and writes the metadata snapshot to a new one. Idempotent: retried on failure.
    fn repair(&mut self) -> Result<(), Fault> {
        if self.file.connection().is_none() {
            for note in self.file.repair(SystemTime::now())? {
                log::error!("{note}");
            }
            self.is_new = true;
        }
        if self.is_new
            && let Some(connection) = self.file.connection()
        {
            append::append(connection, [&self.metadata.batch()].into_iter())?;
            self.maintenance.index = Index::open(connection)?;
            self.maintenance.is_index_damaged = false;
            self.maintenance.forget_again(connection)?;
            // A reader that has ended does not read the old file either.
            for reader in &self.readers {
                let _ = reader.send(ReaderCommand::Reopen);
            }
            self.is_new = false;
        }
        Ok(())
    }

    /// Records a fault, and reports it if batches wait.
    fn record_fault(&mut self, fault: &Fault) {
        let can_be_mended = self.file.record_fault(fault);
        let reason = fault.reason();
        let was_told = self.trouble.as_ref().is_some_and(|it| it.is_told && it.reason == reason);
        let is_told = was_told || !self.waiting.is_empty();
        if is_told && !was_told {
            self.events.send(JournalEvent::Failing(reason.clone()));
        }
        let now = Instant::now();
        // A repair that failed a moment ago would fail again.
        let is_again = self.trouble.is_some();
        let retry_at = if can_be_mended && !is_again { now } else { now + JOURNAL_RETRY_INTERVAL };
        self.trouble = Some(Trouble { reason, is_told, retry_at });
    }

    /// Reports the fault although no batch waits.
    fn tell_trouble(&mut self) {
        if let Some(trouble) = self.trouble.as_mut().filter(|trouble| !trouble.is_told) {
            trouble.is_told = true;
            self.events.send(JournalEvent::Failing(trouble.reason.clone()));
        }
    }

    fn do_chores(&mut self, is_pause: bool) {
        if self.trouble.is_some() {
            return;
        }
        let now = Instant::now();
        let done = self.file.look(now).and_then(|()| match self.file.connection() {
            Some(connection) => self.maintenance.step(connection, is_pause, (now, SystemTime::now())),
            None => Ok(()),
        });
        if let Err(fault) = done {
            self.record_fault(&fault);
        }
    }
}
