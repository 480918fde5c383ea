//! The threads that answer questions, each on a connection of its own, so that no commit waits for a search: one answers what
//! is quick, and one what is worth more time. None of their questions takes longer than that (`meter.rs`), and so no read
//! holds back for long what has to be done with the log.
//!
//! The one for what takes longer also copies the log to the file it belongs to, which has to wait for the disk. They write
//! nothing else.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::fault::Fault;
use super::gate::Gate;
use super::messages::{ReaderCommand, WriterCommand};
use super::meter::Meter;
use super::pending::Pending;
use super::rows::{self, COLUMNS};
use super::seek::Seek;
use super::wal::checkpoint;
use super::{EventSender, check, open, schema};
use crate::base::limits::{QUICK_QUERY_TIMEOUT, THOROUGH_QUERY_TIMEOUT};
use crate::base::name::NameKey;
use crate::journal::gather::Gather;
use crate::journal::hits::Since;
use crate::journal::{Effort, Found, JournalEvent, Question, Search, ThreadId, Ticket};

/// The thread's own.
pub(super) struct Reader {
    pub(super) path: PathBuf,
    pub(super) connection: Option<Connection>,
    /// What is asked of it.
    pub(super) effort: Effort,
    pub(super) meter: Meter,
    pub(super) gate: Arc<Gate>,
    pub(super) asks: Receiver<ReaderCommand>,
    pub(super) orders: Sender<WriterCommand>,
    pub(super) events: EventSender,
    /// It was told that the file is damaged, which is another from when it is to be opened anew.
    pub(super) is_damaged: bool,
    /// Nobody waits for answers any more.
    pub(super) is_over: Arc<AtomicBool>,
}

/// How much the reader gives way to others.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

impl Reader {
    /// Answers until nobody asks any more.
    pub(super) fn run(mut self) {
        // Who looks something up gives way to what is said. Elsewhere it is not a matter of threads.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(NICENESS);
        while let Ok(ask) = self.asks.recv() {
            if self.is_over.load(Ordering::Acquire) {
                break;
            }
            match ask {
                ReaderCommand::Question(ticket, question) => {
                    let answer = self.answer(ticket, &question);
                    self.events.send(JournalEvent::Found(ticket, answer));
                }
                ReaderCommand::Copy { long } => {
                    let copied = self.copy_log(long);
                    // The writer may have ended.
                    let _ = self.orders.send(WriterCommand::Copied(copied.map_err(|fault| fault.reason())));
                }
                ReaderCommand::Check { after } => {
                    let checked = self.check(after);
                    // The writer may have ended.
                    let _ = self.orders.send(WriterCommand::Checked(checked.map_err(|fault| fault.reason())));
                }
                ReaderCommand::Reopen => {
                    self.connection = None;
                    self.is_damaged = false;
                }
                ReaderCommand::End => break,
            }
        }
    }

    /// Copies the log. If it has so many pages or more, and nobody reads of it until the writer is done with it: true.
    fn copy_log(&mut self, long: i64) -> Result<bool, Fault> {
        let gate = Arc::clone(&self.gate);
        // Whoever wants to begin it anew waits for this too.
        let inside = gate.enter();
        let connection = self.connection()?;
        let is_closed = checkpoint(connection, "PASSIVE")?.pages >= long && gate.close(1);
        let copied = if is_closed {
            // What somebody was reading could not be copied before; and little is left for the writer.
            checkpoint(connection, "PASSIVE").map(|_| true)
        } else {
            Ok(false)
        };
        drop(inside);
        if copied.is_err() {
            gate.open();
        }
        copied
    }

    /// Reads some messages: how far it came.
    fn check(&mut self, after: i64) -> Result<Option<i64>, Fault> {
        let gate = Arc::clone(&self.gate);
        let _inside = gate.enter();
        let checked = self.connection().and_then(|connection| check::read(connection, after));
        if matches!(checked, Err(Fault::Damaged)) {
            log::error!("The check of the journal's file found that not all messages can be read.");
            self.found_damage();
        }
        checked
    }

    /// What is said from now on is to be kept in a file that can be read.
    fn found_damage(&mut self) {
        if !std::mem::replace(&mut self.is_damaged, true) {
            // The writer may have ended.
            let _ = self.orders.send(WriterCommand::Replace);
        }
    }

    pub(super) fn connection(&mut self) -> Result<&mut Connection, Fault> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => {
                let connection = connect(&self.path)?;
                self.meter.watch(&connection)?;
                Ok(none.insert(connection))
            }
        }
    }

    /// The answer to a question. An error is a part of a sentence.
    fn answer(&mut self, ticket: Ticket, question: &Question) -> Result<Found, String> {
        let wanted = match question {
            Question::Search { words, .. } => Some(Search::parse(words).map_err(|why| why.to_string())?),
            _ => None,
        };
        // A page is an operator's, and takes little: it has time wherever the disk is slow.
        let is_short = self.effort == Effort::Quick && !matches!(question, Question::Page { .. });
        let within = if is_short { QUICK_QUERY_TIMEOUT } else { THOROUGH_QUERY_TIMEOUT };
        let gate = Arc::clone(&self.gate);
        let inside = gate.enter();
        self.meter.begin(ticket, within);
        // The writer may have ended.
        let (orders, meter) = (self.orders.clone(), self.meter.clone());
        let found = self.connection().and_then(|connection| {
            // All of an answer is of one moment.
            let transaction = connection.transaction()?;
            let found = match (question, &wanted) {
                (Question::Search { thread, most, .. }, Some(wanted)) => {
                    let seek = || Seek::new(&transaction, &meter, wanted, *most);
                    let found = seek().and_then(|seek| seek.run(*thread));
                    if matches!(found, Err(Fault::Index)) {
                        // Slow, but right.
                        let _ = orders.send(WriterCommand::Reindex);
                        meter.until(100);
                        seek()?.without_index(*thread)
                    } else {
                        found
                    }
                }
                (Question::Last { thread, most, since }, _) => {
                    last(&transaction, &meter, rows::places(*thread), *most, *since)
                }
                (Question::Between { thread, before: None, after: Some(after), most }, _) => {
                    first(&transaction, &meter, *thread, *after, *most)
                }
                (Question::Between { thread, before, after, most }, _) => {
                    let places = between(*thread, *before, *after);
                    last(&transaction, &meter, places, *most, None)
                }
                (Question::Page { room, after, most }, _) => page(&transaction, &meter, room, *after, *most),
                (Question::Search { .. }, None) => Ok(Found::default()),
            };
            meter.end();
            found
        });
        self.meter.end();
        drop(inside);
        // What was ended before it found anything is not wrong: there was no time for it.
        let found = match found {
            Err(Fault::Interrupted) => Ok(Found { is_partial: true, ..Found::default() }),
            found => found,
        };
        found.map_err(|fault| {
            if matches!(fault, Fault::Damaged) {
                self.found_damage();
            }
            fault.reason()
        })
    }
}

/// A connection that can write nothing but what is in the log already.
pub(super) fn connect(path: &Path) -> Result<Connection, Fault> {
    let connection = open::connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    // The log is opened by what is read first. That is now, so that it is the file's own, though both are replaced later.
    schema::version(&connection)?;
    Ok(connection)
}

fn last(
    transaction: &Transaction<'_>,
    meter: &Meter,
    places: RangeInclusive<i64>,
    most: usize,
    since: Option<SystemTime>,
) -> Result<Found, Fault> {
    let mut last = Since::new(most, since);
    let mut pending = Pending::load(transaction)?;
    let mut statement = transaction.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC"
    ))?;
    let mut rows = statement.query(params![places.start(), places.end()])?;
    loop {
        match meter.in_time(rows.next().map_err(Fault::from))? {
            None => return Ok(last.found(true)),
            Some(None) => break,
            Some(Some(row)) if pending.hides(row.get(0)?, &rows::raw(row, 3)?) => {}
            Some(Some(row)) => {
                if last.is_wanted(rows::time_of(row)?) && !last.add(rows::message(row)?) || last.is_over() {
                    break;
                }
            }
        }
    }
    Ok(last.found(false))
}

/// Where the messages of a thread stand that are between two ids.
fn between(thread: ThreadId, before: Option<u64>, after: Option<u64>) -> RangeInclusive<i64> {
    let all = rows::places(thread);
    let first = after.map_or(Some(*all.start()), |after| rows::place(thread, after)?.checked_add(1));
    let last = before
        .map_or(Some(*all.end()), |before| Some(rows::place(thread, before).map_or(*all.end(), |at| at - 1)));
    // What is behind all that there can be is nowhere.
    first.unwrap_or(i64::MAX)..=last.unwrap_or_default()
}

/// The first messages of a thread behind an id.
fn first(
    transaction: &Transaction<'_>,
    meter: &Meter,
    thread: ThreadId,
    after: u64,
    most: usize,
) -> Result<Found, Fault> {
    let mut gather = Gather::new(most);
    let mut pending = Pending::load(transaction)?;
    let places = between(thread, None, Some(after));
    let mut statement = transaction.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place"
    ))?;
    let mut rows = statement.query(params![places.start(), places.end()])?;
    loop {
        match meter.in_time(rows.next().map_err(Fault::from))? {
            None => return Ok(Found { is_partial: true, ..gather.found() }),
            Some(None) => return Ok(gather.found()),
            Some(Some(row)) if pending.hides(row.get(0)?, &rows::raw(row, 3)?) => {}
            Some(Some(row)) if gather.add(rows::message(row)?) => {}
            Some(Some(_)) => return Ok(gather.found()),
        }
    }
}

fn page(
    transaction: &Transaction<'_>,
    meter: &Meter,
    room: &str,
    after: Option<(ThreadId, u64)>,
    most: usize,
) -> Result<Found, Fault> {
    let mut gather = Gather::new(most);
    let mut pending = Pending::load(transaction)?;
    let after = after.unwrap_or((ThreadId(0), 0));
    let first = i64::try_from(after.0.0).unwrap_or(i64::MAX);
    let key = NameKey::of(room);
    let last = "SELECT room FROM threads WHERE key = ?1 ORDER BY number DESC LIMIT 1";
    let name = transaction.prepare_cached(last)?.query_row([key.as_str()], |row| row.get(0)).optional()?;
    if let Some(name) = name {
        gather.set_room(name);
    }
    let after = rows::place(after.0, after.1).unwrap_or(i64::MAX);
    let mut threads = transaction
        .prepare_cached("SELECT number FROM threads WHERE key = ?1 AND number >= ?2 ORDER BY number")?;
    let mut messages = transaction.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages WHERE place > ?1 AND place <= ?2 ORDER BY place"
    ))?;
    let mut threads = threads.query(params![key.as_str(), first])?;
    while let Some(row) = threads.next()? {
        let places = rows::places(ThreadId(row.get::<_, i64>(0)?.unsigned_abs()));
        let mut rows = messages.query(params![after.max(places.start() - 1), places.end()])?;
        loop {
            match meter.in_time(rows.next().map_err(Fault::from))? {
                None => return Ok(Found { is_partial: true, ..gather.found() }),
                Some(None) => break,
                Some(Some(row)) if pending.hides(row.get(0)?, &rows::raw(row, 3)?) => {}
                Some(Some(row)) if gather.add(rows::message(row)?) => {}
                Some(Some(_)) => return Ok(gather.found()),
            }
        }
    }
    Ok(gather.found())
}
