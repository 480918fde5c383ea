//! The threads that answer questions. Each has its own connection, so that no commit waits for a query: one for quick
//! queries, one for thorough ones. All queries have a time limit (`query_timer.rs`), so no reader blocks a restart of
//! the write-ahead log for long.
//!
//! The thorough reader also checkpoints the log, which waits for the disk. Readers write nothing else.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::commands::{ReaderCommand, WriterCommand};
use super::fault::Fault;
use super::gate::Gate;
use super::index_search::IndexSearch;
use super::pending_erasures::PendingErasures;
use super::query_timer::QueryTimer;
use super::rows::{self, COLUMNS};
use super::span::StoredStream;
use super::wal::checkpoint;
use super::{EventSender, check, open, schema};
use crate::base::limits::{QUICK_QUERY_TIMEOUT, THOROUGH_QUERY_TIMEOUT};
use crate::base::name::NameKey;
use crate::journal::page_builder::PageBuilder;
use crate::journal::search_hits::LatestSince;
use crate::journal::{Effort, JournalEvent, QueryResult, Question, Search, StreamId, Ticket};

/// The state of one reader thread.
pub(super) struct Reader {
    pub(super) path: PathBuf,
    pub(super) connection: Option<Connection>,
    /// Which queries it answers.
    pub(super) effort: Effort,
    pub(super) timer: QueryTimer,
    pub(super) gate: Arc<Gate>,
    pub(super) commands: Receiver<ReaderCommand>,
    pub(super) writer: Sender<WriterCommand>,
    pub(super) events: EventSender,
    /// It has reported that the file is damaged; reset when the new file is opened.
    pub(super) is_damaged: bool,
    /// The journal is closing.
    pub(super) is_over: Arc<AtomicBool>,
}

/// The niceness of reader threads.
#[cfg(target_os = "linux")]
const READER_NICENESS: i32 = 10;

impl Reader {
    /// Answers until it is told to end, or the channel closes.
    pub(super) fn run(mut self) {
        // Queries give way to messages. Only Linux has niceness for each thread.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(READER_NICENESS);
        while let Ok(command) = self.commands.recv() {
            if self.is_over.load(Ordering::Acquire) {
                break;
            }
            match command {
                ReaderCommand::Question(ticket, question) => {
                    let answer = self.answer(ticket, &question);
                    self.events.send(JournalEvent::Answered(ticket, answer));
                }
                ReaderCommand::Checkpoint { long } => {
                    let copied = self.run_checkpoint(long);
                    // The writer may have ended.
                    let _ = self
                        .writer
                        .send(WriterCommand::CheckpointDone(copied.map_err(|fault| fault.reason())));
                }
                ReaderCommand::Check { after } => {
                    let checked = self.check(after);
                    // The writer may have ended.
                    let _ = self
                        .writer
                        .send(WriterCommand::CheckProgress(checked.map_err(|fault| fault.reason())));
                }
                ReaderCommand::Reopen => {
                    self.connection = None;
                    self.is_damaged = false;
                }
                ReaderCommand::End => break,
            }
        }
    }

    /// Checkpoints the log. Returns true if it is long, and the gate is now closed to readers so that the writer can
    /// restart it.
    fn run_checkpoint(&mut self, long: i64) -> Result<bool, Fault> {
        let gate = Arc::clone(&self.gate);
        // Closing the gate waits for this thread too.
        let inside = gate.enter();
        let connection = self.connection()?;
        let is_closed = checkpoint(connection, "PASSIVE")?.pages >= long && gate.close(1);
        let copied = if is_closed {
            // Copies the pages that readers held back before; little is left for the writer.
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

    /// Checks the next messages. Returns how far it came.
    fn check(&mut self, after: i64) -> Result<Option<i64>, Fault> {
        let gate = Arc::clone(&self.gate);
        let _inside = gate.enter();
        let checked = self.connection().and_then(|connection| check::read(connection, after));
        if matches!(checked, Err(Fault::Damaged)) {
            log::error!("the journal's file is damaged and is being replaced: not all messages can be read");
            self.report_damage();
        }
        checked
    }

    /// Has the writer replace the damaged file, so that new messages go to a readable one.
    fn report_damage(&mut self) {
        if !std::mem::replace(&mut self.is_damaged, true) {
            // The writer may have ended.
            let _ = self.writer.send(WriterCommand::Replace);
        }
    }

    pub(super) fn connection(&mut self) -> Result<&mut Connection, Fault> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => {
                let connection = connect(&self.path)?;
                self.timer.watch(&connection)?;
                Ok(none.insert(connection))
            }
        }
    }

    /// Answers a question. An error is a part of a sentence.
    fn answer(&mut self, ticket: Ticket, question: &Question) -> Result<QueryResult, String> {
        let wanted = match question {
            Question::Search { words, .. } => Some(Search::parse(words).map_err(|why| why.to_string())?),
            _ => None,
        };
        // A page is for an operator and cheap: give it time even where the disk is slow.
        let is_short = self.effort == Effort::Quick && !matches!(question, Question::Page { .. });
        let within = if is_short { QUICK_QUERY_TIMEOUT } else { THOROUGH_QUERY_TIMEOUT };
        let gate = Arc::clone(&self.gate);
        let inside = gate.enter();
        self.timer.begin(ticket, within);
        // The writer may have ended.
        let (writer, timer) = (self.writer.clone(), self.timer.clone());
        let found = self.connection().and_then(|connection| {
            // One transaction, so that the answer is consistent.
            let transaction = connection.transaction()?;
            let found = match (question, &wanted) {
                (Question::Search { stream, limit, .. }, Some(wanted)) => {
                    let seek = || IndexSearch::new(&transaction, &timer, wanted, *limit);
                    let found = seek().and_then(|seek| seek.run(*stream));
                    if matches!(found, Err(Fault::Index)) {
                        // The fallback is slow, but complete.
                        let _ = writer.send(WriterCommand::Reindex);
                        timer.set_end(100);
                        seek()?.without_index(*stream)
                    } else {
                        found
                    }
                }
                (Question::Last { stream, limit, since }, _) => {
                    last(&transaction, &timer, rows::key_range(*stream), *limit, *since)
                }
                (Question::Between { stream, before: None, after: Some(after), limit }, _) => {
                    first(&transaction, &timer, between(*stream, None, Some(*after)), *limit)
                }
                (Question::Between { stream, before, after, limit }, _) => {
                    let keys = between(*stream, *before, *after);
                    last(&transaction, &timer, keys, *limit, None)
                }
                (Question::Span { stream, span, limit }, _) => {
                    let mut found = None;
                    for part in
                        span.parts(*limit, &StoredStream { transaction: &transaction, stream: *stream })?
                    {
                        let keys = between(*stream, part.before, part.after);
                        let more = if part.is_forward {
                            first(&transaction, &timer, keys, part.limit)?
                        } else {
                            last(&transaction, &timer, keys, part.limit, None)?
                        };
                        found = Some(match found {
                            Some(found) => QueryResult::followed_by(found, more),
                            None => more,
                        });
                    }
                    Ok(found.unwrap_or_default())
                }
                (Question::Page { room, after, limit }, _) => {
                    page(&transaction, &timer, room, *after, *limit)
                }
                (Question::Search { .. }, None) => Ok(QueryResult::default()),
            };
            timer.end();
            found
        });
        self.timer.end();
        drop(inside);
        // A query that was interrupted before it found anything has a partial result, not an error.
        let found = match found {
            Err(Fault::Interrupted) => Ok(QueryResult { is_partial: true, ..QueryResult::default() }),
            found => found,
        };
        found.map_err(|fault| {
            if matches!(fault, Fault::Damaged) {
                self.report_damage();
            }
            fault.reason()
        })
    }
}

/// A connection that only reads, apart from checkpoints.
pub(super) fn connect(path: &Path) -> Result<Connection, Fault> {
    let connection = open::connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    // `SQLite` opens the log with the first read. Read now, so that the log belongs to this file even if both are
    // replaced later.
    schema::version(&connection)?;
    Ok(connection)
}

fn last(
    transaction: &Transaction<'_>,
    timer: &QueryTimer,
    keys: RangeInclusive<i64>,
    limit: usize,
    since: Option<SystemTime>,
) -> Result<QueryResult, Fault> {
    let mut last = LatestSince::new(limit, since);
    let mut pending = PendingErasures::load(transaction)?;
    let mut statement = transaction.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC"
    ))?;
    let mut rows = statement.query(params![keys.start(), keys.end()])?;
    loop {
        match timer.in_time(rows.next().map_err(Fault::from))? {
            None => return Ok(last.result(true)),
            Some(None) => break,
            Some(Some(row)) if pending.hides(row.get(0)?, &rows::raw_text(row, 3)?) => {}
            Some(Some(row)) => {
                if last.is_recent(rows::time(row)?) && !last.add(rows::decode_message(row)?) || last.is_over()
                {
                    break;
                }
            }
        }
    }
    Ok(last.result(false))
}

/// The keys of a stream's messages between two ids.
fn between(stream: StreamId, before: Option<u64>, after: Option<u64>) -> RangeInclusive<i64> {
    let all = rows::key_range(stream);
    let first = after.map_or(Some(*all.start()), |after| rows::encode_key(stream, after)?.checked_add(1));
    let last = before.map_or(Some(*all.end()), |before| {
        Some(rows::encode_key(stream, before).map_or(*all.end(), |at| at - 1))
    });
    // What is after all that there can be is nowhere.
    first.unwrap_or(i64::MAX)..=last.unwrap_or_default()
}

/// The first messages with these keys.
fn first(
    transaction: &Transaction<'_>,
    timer: &QueryTimer,
    keys: RangeInclusive<i64>,
    limit: usize,
) -> Result<QueryResult, Fault> {
    let mut page = PageBuilder::new(limit);
    let mut pending = PendingErasures::load(transaction)?;
    let mut statement = transaction.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place"
    ))?;
    let mut rows = statement.query(params![keys.start(), keys.end()])?;
    loop {
        match timer.in_time(rows.next().map_err(Fault::from))? {
            None => return Ok(QueryResult { is_partial: true, ..page.finish() }),
            Some(Some(row)) if pending.hides(row.get(0)?, &rows::raw_text(row, 3)?) => {}
            Some(Some(row)) if page.add(rows::decode_message(row)?) => {}
            Some(_) => return Ok(page.finish()),
        }
    }
}

fn page(
    transaction: &Transaction<'_>,
    timer: &QueryTimer,
    room: &str,
    after: Option<(StreamId, u64)>,
    limit: usize,
) -> Result<QueryResult, Fault> {
    let mut page = PageBuilder::new(limit);
    let mut pending = PendingErasures::load(transaction)?;
    let after = after.unwrap_or((StreamId(0), 0));
    let first = i64::try_from(after.0.0).unwrap_or(i64::MAX);
    let key = NameKey::of(room);
    let last = "SELECT room FROM threads WHERE key = ?1 ORDER BY number DESC LIMIT 1";
    let name = transaction.prepare_cached(last)?.query_row([key.as_str()], |row| row.get(0)).optional()?;
    if let Some(name) = name {
        page.set_room(name);
    }
    let after = rows::encode_key(after.0, after.1).unwrap_or(i64::MAX);
    let mut streams = transaction
        .prepare_cached("SELECT number FROM threads WHERE key = ?1 AND number >= ?2 ORDER BY number")?;
    let mut messages = transaction.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages WHERE place > ?1 AND place <= ?2 ORDER BY place"
    ))?;
    let mut streams = streams.query(params![key.as_str(), first])?;
    while let Some(row) = streams.next()? {
        let keys = rows::key_range(StreamId(row.get::<_, i64>(0)?.unsigned_abs()));
        let mut rows = messages.query(params![after.max(keys.start() - 1), keys.end()])?;
        loop {
            match timer.in_time(rows.next().map_err(Fault::from))? {
                None => return Ok(QueryResult { is_partial: true, ..page.finish() }),
                Some(None) => break,
                Some(Some(row)) if pending.hides(row.get(0)?, &rows::raw_text(row, 3)?) => {}
                Some(Some(row)) if page.add(rows::decode_message(row)?) => {}
                Some(Some(_)) => return Ok(page.finish()),
            }
        }
    }
    Ok(page.finish())
}
