//! The journal's work besides commits: checkpoints, erasures, retention, indexing and checks. It runs in small steps,
//! between two commits or while the journal is idle.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use rusqlite::Connection;

use super::EventSender;
use super::amend::Appended;
use super::check::Check;
use super::erasure::ErasureJob;
use super::fault::Fault;
use super::folder;
use super::index::Index;
use super::progress::Progress;
use super::retention_sweep::RetentionSweep;
use super::wal::Wal;
use crate::base::limits::{
    AMENDED_LOG_INTERVAL, INDEX_INTERVAL, JOURNAL_IDLE_DELAY, JOURNAL_RETRY_INTERVAL,
    MAINTENANCE_REST_FACTOR, PROGRESS_INTERVAL, RETENTION_CHECK_INTERVAL, RETENTION_CHECK_RECORDS,
};
use crate::journal::{Batch, ErasureReport, JournalEvent, MaintenanceProgress, Record, Ticket};

/// The state of all maintenance.
pub(super) struct Maintenance {
    pub(super) index: Index,
    pub(super) is_index_damaged: bool,
    sweep: RetentionSweep,
    /// When retention checks next, and how many records were committed since the last check.
    sweep_due: Instant,
    /// Until when retention rests.
    sweep_rests_until: Instant,
    records_since_sweep: usize,
    /// Reports on retention that were asked for, and whether the clock is confirmed with it.
    report_requests: Vec<(Ticket, bool)>,
    erasures: VecDeque<ErasureJob>,
    /// When long work continues.
    work_due: Instant,
    /// Completed erasures whose messages are still readable in the write-ahead log, and their number of messages.
    completed: Vec<(Option<Ticket>, u64)>,
    /// Since when the write-ahead log may have a text that its author erased or replaced.
    amended_since: Option<Instant>,
    pub(super) wal: Wal,
    /// The check of a file that was too large to check before the start.
    pub(super) check: Option<Check>,
    progress: Arc<Progress>,
    /// When progress was published last.
    published_at: Option<Instant>,
    /// When the journal counts as idle.
    idle_at: Instant,
    /// When indexing continues while the journal is busy.
    index_due: Instant,
    /// Nothing runs until then, as the last step failed.
    backoff_until: Option<Instant>,
    events: EventSender,
}

impl Maintenance {
    /// Nothing to do yet, except what `index` and `erasures` contain.
    pub(super) fn new(
        index: Index,
        sweep: RetentionSweep,
        erasures: VecDeque<ErasureJob>,
        (wal, events): (Wal, EventSender),
        progress: Arc<Progress>,
    ) -> Maintenance {
        Maintenance {
            index,
            is_index_damaged: false,
            sweep,
            sweep_due: Instant::now(),
            sweep_rests_until: Instant::now(),
            records_since_sweep: 0,
            report_requests: Vec::new(),
            erasures,
            work_due: Instant::now(),
            completed: Vec::new(),
            amended_since: None,
            wal,
            check: None,
            progress,
            published_at: None,
            idle_at: Instant::now(),
            index_due: Instant::now(),
            backoff_until: None,
            events,
        }
    }

    /// Records batches that were committed together, and what they leave to be done.
    pub(super) fn on_committed<'a>(
        &mut self,
        batches: impl Iterator<Item = &'a Batch>,
        appended: Appended,
        now: Instant,
    ) {
        for batch in batches {
            self.index.on_committed(batch);
            self.records_since_sweep += batch.records.len();
            self.report_requests.extend(batch.records.iter().filter_map(|record| match record {
                Record::ReportRetention { ticket, confirm } => Some((*ticket, *confirm)),
                _ => None,
            }));
        }
        self.erasures.extend(appended.erasures);
        self.completed.extend(appended.erased.into_iter().map(|(ticket, messages)| (Some(ticket), messages)));
        if appended.is_text_gone {
            self.amended_since.get_or_insert(now);
        }
        self.is_index_damaged |= appended.is_index_damaged;
        self.idle_at = now + JOURNAL_IDLE_DELAY;
    }

    /// Takes the result of a check step.
    pub(super) fn on_check_progress(&mut self, result: Result<Option<i64>, String>, now: Instant) {
        self.check.take_if(|check| !check.on_progress(result, now));
    }

    /// The time until something has to be done.
    pub(super) fn next_wakeup(&self, now: Instant) -> Duration {
        let next_wakeup = self.next_own_wakeup(now);
        self.check.as_ref().map_or(next_wakeup, |check| check.next_wakeup(now).min(next_wakeup))
    }

    fn next_own_wakeup(&self, now: Instant) -> Duration {
        let rest = self.backoff_until.map(|until| until.saturating_duration_since(now)).unwrap_or_default();
        if self.is_busy(true, now) || !rest.is_zero() {
            return rest;
        }
        if self.index.needs_step(true) {
            return self.idle_at.saturating_duration_since(now);
        }
        if self.has_work() {
            return self.work_due.saturating_duration_since(now);
        }
        if self.is_sweep_due(now) {
            return self.sweep_rests_until.saturating_duration_since(now);
        }
        if self.is_log_to_be_empty(now) {
            return Duration::from_millis(20);
        }
        let due = self.wal.due().unwrap_or(self.sweep_due).min(self.sweep_due);
        let amended = self.amended_since.map_or(due, |since| since + AMENDED_LOG_INTERVAL);
        due.min(amended).saturating_duration_since(now)
    }

    /// Whether the write-ahead log has a text that must be in no file: for an erasure at once, and not long after an amendment.
    fn is_log_to_be_empty(&self, now: Instant) -> bool {
        let is_overdue = self.amended_since.is_some_and(|since| now >= since + AMENDED_LOG_INTERVAL);
        !self.completed.is_empty() || is_overdue
    }

    /// Runs one step.
    pub(super) fn step(
        &mut self,
        connection: &mut Connection,
        is_idle: bool,
        now: (Instant, SystemTime),
    ) -> Result<(), Fault> {
        self.maintain_wal(connection, now.0)?;
        if let Some(check) = &mut self.check {
            check.poll(now.0);
        }
        self.publish_progress(connection, now.0)?;
        if self.backoff_until.is_some_and(|until| now.0 < until) {
            return Ok(());
        }
        self.backoff_until = None;
        let result = self.try_step(connection, is_idle, now);
        match result {
            Err(Fault::Index) if !self.is_index_damaged => {
                self.is_index_damaged = true;
                Ok(())
            }
            // Rebuilding failed too: only a new file helps.
            Err(Fault::Index) => Err(Fault::Damaged),
            Err(Fault::Other(reason)) => {
                log::debug!("the journal's maintenance failed, and is tried again: {reason}");
                self.backoff_until = Some(now.0 + JOURNAL_RETRY_INTERVAL);
                Ok(())
            }
            other => other,
        }
    }

    fn try_step(
        &mut self,
        connection: &mut Connection,
        is_idle: bool,
        (now, wall): (Instant, SystemTime),
    ) -> Result<(), Fault> {
        if self.is_index_damaged {
            log::warn!(
                "the journal's search index was damaged and is being rebuilt; until then searches may be incomplete"
            );
            self.index = Index::rebuild(connection)?;
            self.is_index_damaged = false;
        }
        if self.is_working(now) {
            self.work(connection, is_idle)?;
        }
        if let Some((ticket, confirm)) = self.report_requests.first().copied() {
            let report = self.sweep.report(connection, self.wal.bytes(), (now, wall))?;
            if confirm {
                self.sweep.confirm(connection, (now, wall))?;
                self.sweep_due = now;
            }
            self.report_requests.remove(0);
            self.events.send(JournalEvent::Retention(ticket, report));
        }
        if self.can_sweep(now) {
            let began = Instant::now();
            let has_more = self.sweep.step(connection, &self.index, self.wal.bytes(), (now, wall))?;
            self.sweep_rests_until = self.rests_until(began, is_idle);
            if !has_more {
                self.sweep_due = now + RETENTION_CHECK_INTERVAL;
                self.records_since_sweep = 0;
            }
        }
        if self.is_indexing(is_idle, now) {
            self.index.step(connection)?;
            self.index_due = now + INDEX_INTERVAL;
        }
        Ok(())
    }

    /// Logs what was not logged yet.
    pub(super) fn finish(&mut self) {
        self.sweep.log_deleted();
    }

    /// The file was replaced by one with the erasures that could be recovered. Whoever waits for an erasure is still
    /// answered.
    pub(super) fn reload_erasures(&mut self, connection: &Connection) -> Result<(), Fault> {
        self.sweep.reset();
        // The new file holds only messages that could be read.
        self.check = None;
        let mut left = ErasureJob::left(connection)?;
        for erasure in &mut left {
            let same = self.erasures.iter_mut().find(|it| it.is_same(erasure));
            erasure.ticket = same.and_then(|it| it.ticket.take());
        }
        let lost = self.erasures.drain(..).filter(|it| it.ticket.is_some());
        self.completed.extend(lost.map(|it| (it.ticket, it.erased)));
        self.erasures = left;
        Ok(())
    }

    fn has_work(&self) -> bool {
        !self.erasures.is_empty() || !self.index.old.is_gone() || !self.index.reindex.is_done()
    }

    fn is_working(&self, now: Instant) -> bool {
        self.has_work() && now >= self.work_due
    }

    /// Runs one step of long work, and rests afterwards while the journal is busy.
    fn work(&mut self, connection: &mut Connection, is_idle: bool) -> Result<(), Fault> {
        let began = Instant::now();
        if let Some(erasure) = self.erasures.front_mut() {
            if erasure.step(connection, &self.index)? {
                self.completed.push((erasure.ticket, erasure.erased));
                self.erasures.pop_front();
            }
        } else if !self.index.old.is_gone() {
            self.index.old.step(connection)?;
        } else {
            self.index.reindex.step(connection)?;
        }
        self.work_due = self.rests_until(began, is_idle);
        Ok(())
    }

    /// Until when work rests after a step that began then, so that commits get most of the time.
    fn rests_until(&self, began: Instant, is_idle: bool) -> Instant {
        let ended = Instant::now();
        let is_idle_now = is_idle && ended >= self.idle_at;
        if is_idle_now { ended } else { ended + (ended - began) * MAINTENANCE_REST_FACTOR }
    }

    /// Publishes progress from time to time.
    fn publish_progress(&mut self, connection: &Connection, now: Instant) -> Result<(), Fault> {
        let is_working = self.has_work() || self.check.is_some();
        let is_due = match self.published_at {
            Some(at) => !is_working || now >= at + PROGRESS_INTERVAL,
            None => is_working,
        };
        if !is_due {
            return Ok(());
        }
        self.published_at = is_working.then_some(now);
        self.progress.set(MaintenanceProgress {
            erasure: self.erasures.front().map(ErasureJob::progress),
            erasures_queued: self.erasures.len().saturating_sub(1),
            unindexed: (!self.index.reindex.is_done()).then(|| self.index.reindex.left()),
            unchecked: self.check.as_ref().map(|check| check.left(connection)).transpose()?,
        });
        Ok(())
    }

    fn is_busy(&self, is_idle: bool, now: Instant) -> bool {
        self.is_index_damaged
            || !self.report_requests.is_empty()
            || self.is_working(now)
            || self.can_sweep(now)
            || self.is_indexing(is_idle, now)
    }

    fn is_indexing(&self, is_idle: bool, now: Instant) -> bool {
        let is_idle_now = is_idle && now >= self.idle_at;
        self.index.needs_step(is_idle_now) && (is_idle_now || now >= self.index_due)
    }

    fn is_sweep_due(&self, now: Instant) -> bool {
        now >= self.sweep_due || self.records_since_sweep >= RETENTION_CHECK_RECORDS
    }

    fn can_sweep(&self, now: Instant) -> bool {
        self.is_sweep_due(now) && now >= self.sweep_rests_until
    }

    /// Has the write-ahead log checkpointed and restarted. After an erasure it is truncated, so that the messages are
    /// in no file any more; then the erasure is reported.
    fn maintain_wal(&mut self, connection: &Connection, now: Instant) -> Result<(), Fault> {
        // A replaced index still contains erased words.
        let is_to_be_empty = self.is_log_to_be_empty(now) && self.index.old.is_gone();
        match self.wal.maintain(connection, is_to_be_empty, now) {
            Ok(true) => {
                self.amended_since = None;
                self.report_erasures(connection);
            }
            Ok(false) => {}
            Err(Fault::Other(reason)) => {
                log::debug!("the journal's write-ahead log cannot be read: {reason}");
            }
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    /// Reports erasures whose messages are in no file any more, except in copies that were set aside.
    fn report_erasures(&mut self, connection: &Connection) {
        if self.completed.is_empty() {
            return;
        }
        let copies = copies(connection);
        for (ticket, messages) in self.completed.drain(..) {
            log::info!("{messages} messages are erased, as an operator ordered");
            if let Some(ticket) = ticket {
                self.events
                    .send(JournalEvent::Erased(ticket, ErasureReport { messages, copies: copies.clone() }));
            }
        }
    }
}

/// The copies that were set aside and may still contain erased messages. They are logged, too.
fn copies(connection: &Connection) -> Vec<PathBuf> {
    let copies = connection.path().map_or(Ok(Vec::new()), |path| folder::copies(Path::new(path)));
    match copies {
        Ok(copies) => {
            for copy in &copies {
                log::warn!(
                    "{} is an older copy, and may still contain erased messages: delete it when you no longer need it",
                    copy.display()
                );
            }
            copies
        }
        Err(error) => {
            let why = folder::reason(&error);
            log::warn!(
                "older copies may still contain erased messages, but the data folder cannot be listed: {why}"
            );
            Vec::new()
        }
    }
}
