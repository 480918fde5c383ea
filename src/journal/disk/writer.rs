//! The thread that writes: all batches that wait go into one transaction, as far as
//! it is not too long for the log, and what has to be done besides goes between two of
//! them (`maintenance.rs`).

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

/// The thread's own.
pub(super) struct Writer {
    pub(super) file: File,
    pub(super) commands: Receiver<WriterCommand>,
    pub(super) readers: [Sender<ReaderCommand>; 2],
    pub(super) events: EventSender,
    pub(super) maintenance: Maintenance,
    pub(super) metadata: MetadataSnapshot,
    /// The file is another than before, and does not say all yet.
    pub(super) is_new: bool,
    /// Not written yet.
    pub(super) waiting: VecDeque<Batch>,
    /// What is wrong.
    pub(super) trouble: Option<Trouble>,
    /// When it is to end.
    pub(super) end: Option<Instant>,
}

/// Why nothing can be written.
pub(super) struct Trouble {
    reason: String,
    is_told: bool,
    retry_at: Instant,
}

/// How often what could not be written is tried again when there is an end to it.
const LAST_RETRY_AFTER: Duration = Duration::from_millis(50);

impl Writer {
    /// Writes until it is told to end, or nobody can tell it anything any more. Why something is not written, if it is not.
    pub(super) fn run(mut self) -> Result<(), String> {
        if self.file.connection().is_none() {
            // What can be read of the damaged file is brought into a new one while the server serves, which may take minutes.
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

    /// Takes what was ordered, and waits for it if there is nothing to do. Whether nothing was.
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
            // Nobody can tell it to go on.
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

    /// Writes what waits, as much as goes into one commit, unless it is too early to try that again.
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

    /// How many batches were written.
    fn try_keep(&mut self) -> Result<usize, Fault> {
        // What is written to a file that nobody can find is not kept.
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

    /// Has a file again, that says at least what has to be known of the other. What of that fails is done again.
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
            // Without a reader nobody reads the wrong file.
            for reader in &self.readers {
                let _ = reader.send(ReaderCommand::Reopen);
            }
            self.is_new = false;
        }
        Ok(())
    }

    /// Takes note of what is wrong, and says it if somebody waits for what is not written.
    fn record_fault(&mut self, fault: &Fault) {
        let can_be_mended = self.file.record_fault(fault);
        let reason = fault.reason();
        let was_told = self.trouble.as_ref().is_some_and(|it| it.is_told && it.reason == reason);
        let is_told = was_told || !self.waiting.is_empty();
        if is_told && !was_told {
            self.events.send(JournalEvent::Failing(reason.clone()));
        }
        let now = Instant::now();
        // What could not be mended a moment ago cannot be now.
        let is_again = self.trouble.is_some();
        let retry_at = if can_be_mended && !is_again { now } else { now + JOURNAL_RETRY_INTERVAL };
        self.trouble = Some(Trouble { reason, is_told, retry_at });
    }

    /// Says what is wrong, though nobody waits for anything yet.
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
