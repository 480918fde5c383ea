//! The thread that answers questions, on a connection of its own: however long a search takes, no commit waits for it.
//!
//! It also copies the log to the file it belongs to, which has to wait for the disk. It writes nothing else.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::SystemTime;

use rusqlite::{Connection, Row, Transaction, params};

use super::fault::Fault;
use super::pending::Pending;
use super::rows::{self, COLUMNS};
use super::writer::Order;
use super::{Teller, open, schema};
use crate::base::limits::{OLDER_IN_A_ROW, WORD_CHARS};
use crate::base::name::NameKey;
use crate::journal::gather::Gather;
use crate::journal::{Found, Question, ThreadId, Ticket, Told, words};

/// What it is asked for.
pub(super) enum Ask {
    /// An answer.
    Question(Ticket, Question),
    /// To copy the log to the file.
    Copy,
    /// To open the file anew: it is another.
    Reopen,
    /// To end.
    End,
}

/// The thread's own.
pub(super) struct Reader {
    pub(super) path: PathBuf,
    pub(super) connection: Option<Connection>,
    pub(super) asks: Receiver<Ask>,
    pub(super) orders: Sender<Order>,
    pub(super) teller: Teller,
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
                Ask::Question(ticket, question) => {
                    let answer = self.answer(&question);
                    self.teller.tell(Told::Found(ticket, answer));
                }
                Ask::Copy => {
                    let copied = self.connection().and_then(|it| copy_log(it, "PASSIVE"));
                    // The writer may have ended.
                    let _ = self.orders.send(Order::Copied(copied.map_err(|fault| fault.reason())));
                }
                Ask::Reopen => {
                    self.connection = None;
                    self.is_damaged = false;
                }
                Ask::End => break,
            }
        }
    }

    fn connection(&mut self) -> Result<&mut Connection, Fault> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(connect(&self.path)?)),
        }
    }

    /// The answer to a question. An error is a part of a sentence.
    fn answer(&mut self, question: &Question) -> Result<Found, String> {
        let wanted = match question {
            Question::Search { words, .. } => words::wanted(words)?,
            _ => Vec::new(),
        };
        // The writer may have ended.
        let orders = self.orders.clone();
        let found = self.connection().and_then(|connection| {
            // All of an answer is of one moment.
            let transaction = connection.transaction()?;
            match question {
                Question::Last { thread, most, since } => last(&transaction, *thread, *most, *since),
                Question::Search { thread, most, .. } => {
                    let found = search(&transaction, *thread, &wanted, *most, true);
                    if !matches!(found, Err(Fault::Index)) {
                        return found;
                    }
                    // Slow, but right.
                    let _ = orders.send(Order::Reindex);
                    search(&transaction, *thread, &wanted, *most, false)
                }
                Question::Page { room, after, most } => page(&transaction, room, *after, *most),
            }
        });
        found.map_err(|fault| {
            if matches!(fault, Fault::Damaged) && !std::mem::replace(&mut self.is_damaged, true) {
                // What is said from now on is to be kept in a file that can be read.
                let _ = self.orders.send(Order::Replace);
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

/// Copies the log, as far as nobody reads what would be overwritten. How many pages are in it.
pub(super) fn copy_log(connection: &Connection, mode: &str) -> Result<i64, Fault> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let (is_busy, pages) =
        connection.query_row(&sql, [], |row| Ok((row.get::<_, i64>(0)? != 0, row.get(1)?)))?;
    if is_busy { Err(Fault::Trouble("its log is in use".into())) } else { Ok(pages) }
}

fn last(
    transaction: &Transaction<'_>,
    thread: ThreadId,
    most: usize,
    since: Option<SystemTime>,
) -> Result<Found, Fault> {
    let mut gather = Gather::new(most);
    let mut older = 0;
    backwards(transaction, rows::places(thread), |row| {
        let message = rows::message(row)?;
        if since.is_some_and(|since| message.time < since) {
            older += 1;
            return Ok(older < OLDER_IN_A_ROW);
        }
        older = 0;
        Ok(gather.add(message))
    })?;
    Ok(gather.backwards())
}

fn search(
    transaction: &Transaction<'_>,
    thread: ThreadId,
    wanted: &[String],
    most: usize,
    by_index: bool,
) -> Result<Found, Fault> {
    let mut gather = Gather::new(most);
    let places = rows::places(thread);
    // What the index does not have yet, and then what it has.
    let split = if by_index { last_indexed(transaction, thread)? } else { places.start() - 1 };
    if scan(transaction, split + 1..=*places.end(), wanted, &mut gather)? && by_index {
        look_up(transaction, *places.start()..=split, wanted, &mut gather)?;
    }
    Ok(gather.backwards())
}

/// Where the last message of a thread stands whose words are in the index.
fn last_indexed(transaction: &Transaction<'_>, thread: ThreadId) -> Result<i64, Fault> {
    let number = i64::try_from(thread.0).unwrap_or(i64::MAX);
    let id: i64 = transaction
        .prepare_cached("SELECT ifnull(max(indexed), 0) FROM threads WHERE number = ?1")?
        .query_row([number], |row| row.get(0))?;
    Ok(rows::place(thread, id.unsigned_abs()).unwrap_or(0))
}

/// Looks at each message. Whether more are wanted.
fn scan(
    transaction: &Transaction<'_>,
    places: RangeInclusive<i64>,
    wanted: &[String],
    gather: &mut Gather,
) -> Result<bool, Fault> {
    let mut is_hungry = true;
    backwards(transaction, places, |row| {
        if words::has_all(&rows::raw(row, 4)?, wanted) {
            is_hungry = gather.add(rows::message(row)?);
        }
        Ok(is_hungry)
    })?;
    Ok(is_hungry)
}

/// Asks the index. Each word is in quotes and made of letters and digits: none of them has another meaning.
fn look_up(
    transaction: &Transaction<'_>,
    places: RangeInclusive<i64>,
    wanted: &[String],
    gather: &mut Gather,
) -> Result<(), Fault> {
    let prefixes = wanted.iter().map(|word| {
        // A word of full length was cut, and so was the one that is looked for.
        let star = if word.chars().count() < WORD_CHARS { "*" } else { "" };
        format!("\"{word}\"{star}")
    });
    let query = prefixes.collect::<Vec<_>>().join(" AND ");
    let mut statement = transaction.prepare_cached(
        "SELECT m.place, m.time, m.how, m.name, m.text FROM words CROSS JOIN messages m ON m.place = words.rowid
         WHERE words MATCH ?1 AND words.rowid BETWEEN ?2 AND ?3 ORDER BY words.rowid DESC",
    )?;
    let mut pending = Pending::load(transaction)?;
    let mut rows = statement.query(params![query, places.start(), places.end()])?;
    while let Some(row) = rows.next()? {
        if pending.hides(row.get(0)?, &rows::raw(row, 3)?) {
            continue;
        }
        if !gather.add(rows::message(row)?) {
            break;
        }
    }
    Ok(())
}

fn page(
    transaction: &Transaction<'_>,
    room: &str,
    after: Option<(ThreadId, u64)>,
    most: usize,
) -> Result<Found, Fault> {
    let mut gather = Gather::new(most);
    let mut pending = Pending::load(transaction)?;
    let after = after.unwrap_or((ThreadId(0), 0));
    let first = i64::try_from(after.0.0).unwrap_or(i64::MAX);
    let after = rows::place(after.0, after.1).unwrap_or(i64::MAX);
    let mut threads = transaction
        .prepare_cached("SELECT number FROM threads WHERE key = ?1 AND number >= ?2 ORDER BY number")?;
    let mut messages = transaction.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages WHERE place > ?1 AND place <= ?2 ORDER BY place"
    ))?;
    let mut threads = threads.query(params![NameKey::of(room).as_str(), first])?;
    while let Some(row) = threads.next()? {
        let places = rows::places(ThreadId(row.get::<_, i64>(0)?.unsigned_abs()));
        let mut rows = messages.query(params![after.max(places.start() - 1), places.end()])?;
        while let Some(row) = rows.next()? {
            if pending.hides(row.get(0)?, &rows::raw(row, 3)?) {
                continue;
            }
            if !gather.add(rows::message(row)?) {
                return Ok(gather.forwards());
            }
        }
    }
    Ok(gather.forwards())
}

/// Shows rows of [`COLUMNS`], the last first, until enough was seen.
fn backwards(
    transaction: &Transaction<'_>,
    places: RangeInclusive<i64>,
    mut see: impl FnMut(&Row<'_>) -> Result<bool, Fault>,
) -> Result<(), Fault> {
    let mut statement = transaction.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC"
    ))?;
    let mut pending = Pending::load(transaction)?;
    let mut rows = statement.query(params![places.start(), places.end()])?;
    while let Some(row) = rows.next()? {
        if pending.hides(row.get(0)?, &rows::raw(row, 3)?) {
            continue;
        }
        if !see(row)? {
            break;
        }
    }
    Ok(())
}
