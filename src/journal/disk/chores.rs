//! What has to be done besides committing: to make sure, to forget, to delete what is too old, to index. A little of each
//! between two commits, or in a pause.

use std::collections::VecDeque;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant, SystemTime};

use rusqlite::Connection;

use super::Teller;
use super::fault::Fault;
use super::forget::Forgetting;
use super::index::Index;
use super::reader::{self, Ask};
use super::retire::Retire;
use crate::base::limits::{
    CHORE_RESTS, COPIED_WITHIN, FILE_LOCKED_FOR, INDEX_EVERY, KEEP_RETRY_AFTER, QUIET_AFTER, RETIRE_AFTER,
    RETIRE_EVERY, SYNC_EVERY, WAL_PAGES, WAL_PAGES_MOST,
};
use crate::journal::{Batch, Told};

/// All of it.
pub(super) struct Chores {
    pub(super) index: Index,
    pub(super) is_index_damaged: bool,
    retire: Retire,
    /// When it is looked next whether something is too old, and what was said since the last time.
    retire_at: Instant,
    said: usize,
    forgettings: VecDeque<Forgetting>,
    /// From when on that goes on.
    forget_at: Instant,
    /// Carried out, and still in the log, where one could read it.
    erased: Vec<Told>,
    log: Log,
    /// From when on it is a pause.
    quiet_at: Instant,
    /// From when on words are indexed again if it is none.
    index_at: Instant,
    /// Nothing is done until then: it did not work.
    rest_until: Option<Instant>,
    reader: Sender<Ask>,
    teller: Teller,
}

/// How many pages a chore writes, and a commit beside those of its messages, about.
const CHORE_PAGES: usize = 128;
/// See [`CHORE_PAGES`].
const COMMIT_PAGES: usize = 4;
/// What of messages is on a page, in bytes, about.
const MESSAGES_OF_A_PAGE: usize = 4 * 1024;

/// What is in the log and not in the file.
#[derive(Default)]
struct Log {
    /// So many pages, about.
    pages: usize,
    /// When the first of these was written.
    since: Option<Instant>,
    /// When the reader was told to copy it.
    asked: Option<Instant>,
    /// Commits have to wait for its being copied: it is too long, or the reader did not do it.
    is_urgent: bool,
}

impl Log {
    fn add(&mut self, pages: usize, now: Instant) {
        self.pages += pages;
        self.since.get_or_insert(now);
    }
}

impl Chores {
    /// Nothing is to be done yet but what `index` says.
    pub(super) fn new(
        index: Index,
        retire: Retire,
        forgettings: VecDeque<Forgetting>,
        (reader, teller): (Sender<Ask>, Teller),
    ) -> Chores {
        Chores {
            index,
            is_index_damaged: false,
            retire,
            retire_at: Instant::now(),
            said: 0,
            forgettings,
            forget_at: Instant::now(),
            erased: Vec::new(),
            log: Log::default(),
            quiet_at: Instant::now(),
            index_at: Instant::now(),
            rest_until: None,
            reader,
            teller,
        }
    }

    /// Takes note of batches that were committed together, and of what they ordered.
    pub(super) fn note<'a>(
        &mut self,
        batches: impl Iterator<Item = &'a Batch>,
        orders: Vec<Forgetting>,
        now: Instant,
    ) {
        let mut bytes = 0;
        for batch in batches {
            self.index.note(batch);
            self.said += batch.records.len();
            bytes += batch.cost();
        }
        self.forgettings.extend(orders);
        self.log.add(COMMIT_PAGES + bytes / MESSAGES_OF_A_PAGE, now);
        self.quiet_at = now + QUIET_AFTER;
    }

    /// Takes note of what became of the log.
    pub(super) fn copied(&mut self, copied: Result<i64, String>) {
        self.log.asked = None;
        match copied {
            // What was committed meanwhile is behind it: so it would grow for ever.
            Ok(pages) => self.log.is_urgent = pages > WAL_PAGES_MOST,
            Err(reason) => {
                log::debug!("The journal's log could not be copied: {reason}.");
                self.log.is_urgent = true;
            }
        }
    }

    /// How long nothing has to be done.
    pub(super) fn patience(&self, now: Instant) -> Duration {
        let rest = self.rest_until.map(|until| until.saturating_duration_since(now)).unwrap_or_default();
        if self.is_busy(true, now) || !rest.is_zero() {
            return rest;
        }
        if self.index.is_wanting(true) {
            return self.quiet_at.saturating_duration_since(now);
        }
        if !self.forgettings.is_empty() {
            return self.forget_at.saturating_duration_since(now);
        }
        if !self.erased.is_empty() {
            return Duration::from_millis(20);
        }
        let due = self.log.since.map(|since| since + SYNC_EVERY);
        let sync = self.log.asked.map(|asked| asked + COPIED_WITHIN).or(due);
        sync.unwrap_or(self.retire_at).min(self.retire_at).saturating_duration_since(now)
    }

    /// Does a little.
    pub(super) fn step(
        &mut self,
        connection: &mut Connection,
        is_pause: bool,
        now: (Instant, SystemTime),
    ) -> Result<(), Fault> {
        if self.rest_until.is_some_and(|until| now.0 < until) {
            return Ok(());
        }
        self.rest_until = None;
        let done = self.try_step(connection, is_pause, now);
        match done {
            Err(Fault::Index) if !self.is_index_damaged => {
                self.is_index_damaged = true;
                Ok(())
            }
            // It cannot even be made anew: nothing short of another file helps.
            Err(Fault::Index) => Err(Fault::Damaged),
            Err(Fault::Trouble(reason)) => {
                log::debug!("The journal could not be tidied: {reason}.");
                self.rest_until = Some(now.0 + KEEP_RETRY_AFTER);
                Ok(())
            }
            other => other,
        }
    }

    fn try_step(
        &mut self,
        connection: &mut Connection,
        is_pause: bool,
        (now, wall): (Instant, SystemTime),
    ) -> Result<(), Fault> {
        self.look_after_log(connection, now)?;
        if self.is_index_damaged {
            log::warn!("The journal's index of words was damaged. It is made anew.");
            self.index = Index::begin_anew(connection)?;
            self.is_index_damaged = false;
        }
        if self.is_busy(is_pause, now) {
            self.log.add(CHORE_PAGES, now);
        }
        if self.is_forgetting(now) {
            self.forget(connection, is_pause)?;
        }
        if !self.erased.is_empty() {
            self.empty_log(connection)?;
        }
        if self.is_retiring(now) && !self.retire.step(connection, &self.index, wall)? {
            self.retire_at = now + RETIRE_EVERY;
            self.said = 0;
        }
        if self.is_indexing(is_pause, now) {
            self.index.step(connection)?;
            self.index_at = now + INDEX_EVERY;
        }
        Ok(())
    }

    /// The file is another, with the orders that could be read: who waits for them is told all the same.
    pub(super) fn forget_again(&mut self, connection: &Connection) -> Result<(), Fault> {
        let mut left = Forgetting::left(connection)?;
        for forgetting in &mut left {
            let same = self.forgettings.iter_mut().find(|it| it.is_same(forgetting));
            forgetting.ticket = same.and_then(|it| it.ticket.take());
        }
        let lost = self.forgettings.drain(..).filter_map(|it| Some(Told::Erased(it.ticket?, it.erased)));
        self.erased.extend(lost);
        self.forgettings = left;
        Ok(())
    }

    fn is_forgetting(&self, now: Instant) -> bool {
        !self.forgettings.is_empty() && now >= self.forget_at
    }

    /// Forgets a little, and then rests while people talk.
    fn forget(&mut self, connection: &mut Connection, is_pause: bool) -> Result<(), Fault> {
        let Some(forgetting) = self.forgettings.front_mut() else { return Ok(()) };
        let began = Instant::now();
        if forgetting.step(connection, &self.index)? {
            let ticket = forgetting.ticket;
            log::info!("What somebody said is forgotten: {} messages were erased.", forgetting.erased);
            self.erased.extend(ticket.map(|ticket| Told::Erased(ticket, forgetting.erased)));
            self.forgettings.pop_front();
        }
        let ended = Instant::now();
        let is_quiet = is_pause && ended >= self.quiet_at;
        self.forget_at = if is_quiet { ended } else { ended + (ended - began) * CHORE_RESTS };
        Ok(())
    }

    fn is_busy(&self, is_pause: bool, now: Instant) -> bool {
        self.is_index_damaged
            || self.is_forgetting(now)
            || self.is_retiring(now)
            || self.is_indexing(is_pause, now)
    }

    fn is_indexing(&self, is_pause: bool, now: Instant) -> bool {
        let is_quiet = is_pause && now >= self.quiet_at;
        self.index.is_wanting(is_quiet) && (is_quiet || now >= self.index_at)
    }

    fn is_retiring(&self, now: Instant) -> bool {
        now >= self.retire_at || self.said >= RETIRE_AFTER
    }

    /// Has the log copied to the file, which makes sure what was committed: by the reader, for which no commit waits; and by
    /// ourselves if it never comes to its end.
    fn look_after_log(&mut self, connection: &Connection, now: Instant) -> Result<(), Fault> {
        let is_due = self.log.since.is_some_and(|since| now >= since + SYNC_EVERY);
        if (is_due || self.log.pages >= WAL_PAGES) && self.log.asked.is_none() {
            let is_urgent = self.log.is_urgent || self.reader.send(Ask::Copy).is_err();
            self.log = Log { asked: Some(now), is_urgent, ..Log::default() };
        }
        if self.log.asked.is_some_and(|asked| now >= asked + COPIED_WITHIN) {
            self.log.is_urgent = true;
            self.log.asked = None;
        }
        if self.log.is_urgent {
            reader::copy_log(connection, "PASSIVE")?;
            self.log.is_urgent = false;
        }
        Ok(())
    }

    /// Empties the log, so that what was erased is in no file any more, and tells of it.
    fn empty_log(&mut self, connection: &Connection) -> Result<(), Fault> {
        // It is not worth a wait: who reads has read soon.
        connection.busy_timeout(Duration::ZERO)?;
        let emptied = reader::copy_log(connection, "TRUNCATE");
        connection.busy_timeout(FILE_LOCKED_FOR)?;
        if emptied.is_ok() {
            for told in self.erased.drain(..) {
                self.teller.tell(told);
            }
        }
        Ok(())
    }
}
