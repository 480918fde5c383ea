//! Recovers what can be read of a damaged file into a new one.
//!
//! Tables are read up to the damage from both ends; messages also in between (`message_recovery.rs`). The names of
//! streams are in their table and again in its index, on other pages. Whatever is missing is lost; that is not an
//! error here.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Row, Transaction, TransactionBehavior, params};

use super::fault::Fault;
use super::{append, load, message_recovery, schema};
use crate::base::limits::{RECOVERY_SKIPPED_IDS, RESTORE_SCAN_FACTOR};
use crate::base::name::NameKey;
use crate::base::text::plural;
use crate::journal::StreamId;

/// How much was recovered. Displayed, it is the rest of a sentence.
#[derive(Debug, Default)]
pub(super) struct Recovered {
    messages: usize,
    streams: usize,
    has_state: bool,
}

/// Recovers the file at `from`. Errors come from writing only.
pub(super) fn recover(from: &Path, to: &mut Connection) -> Result<Recovered, Fault> {
    let Some(from) = damaged(from) else { return Ok(Recovered::default()) };
    let transaction = to.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (mut recovered, unnumbered) = tables(&from, &transaction)?;
    recovered.messages = message_recovery::messages(&from, &transaction)?;
    for number in unnumbered {
        let last = load::last_id(&transaction, StreamId(number.unsigned_abs()))?;
        let next_id = i64::try_from(last + RECOVERY_SKIPPED_IDS).unwrap_or(i64::MAX);
        transaction.execute("UPDATE threads SET next_id = ?2 WHERE number = ?1", [number, next_id])?;
    }
    transaction.commit()?;
    Ok(recovered)
}

/// Recovers the metadata of the file at `from` and the latest messages of each stream, so that new messages get ids
/// that no lost message has. Returns whether both could be read.
pub(super) fn recover_metadata(
    from: &Path,
    to: &mut Connection,
    restore: load::RestoreLimits,
) -> Result<bool, Fault> {
    let Some(from) = damaged(from) else { return Ok(false) };
    let transaction = to.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // The next id of a stream without metadata depends on its last message, which may not be readable.
    let is_known = tables(&from, &transaction)?.1.is_empty();
    if !is_known
        || !message_recovery::last_messages(
            &from,
            &transaction,
            restore.messages.saturating_mul(RESTORE_SCAN_FACTOR),
        )?
    {
        return Ok(false);
    }
    transaction.commit()?;
    Ok(true)
}

/// Recovers everything except messages. Returns what it was, and the streams whose next id is unknown.
fn tables(from: &Connection, transaction: &Transaction<'_>) -> Result<(Recovered, Vec<i64>), Fault> {
    let mut recovered = Recovered::default();
    if let Ok(state) = load::state(from)
        && let Ok(json) = serde_json::to_string(&state)
    {
        transaction.execute("INSERT OR REPLACE INTO state (number, json) VALUES (1, ?1)", [json])?;
        recovered.has_state = true;
    }
    for room in load::opened_rooms(from).unwrap_or_default() {
        append::store_opened_room(transaction, &NameKey::of(&room.name), Some(&room))?;
    }
    for order in ["ASC", "DESC"] {
        let streams =
            format!("SELECT number, room, key, next_id, is_closed FROM threads ORDER BY number {order}");
        recovered.streams += copy(from, &streams, |row| stream(transaction, row))?;
        let forgets = format!("SELECT number, key, until FROM forgets ORDER BY number {order}");
        copy(from, &forgets, |row| forget(transaction, row))?;
    }
    let unnumbered = threads_by_name(from, transaction)?;
    recovered.streams += unnumbered.len();
    Ok((recovered, unnumbered))
}

/// Opens the damaged file for reading; `None`: it is not a database of this version.
fn damaged(path: &Path) -> Option<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .ok()?;
    connection.pragma_update(None, "trusted_schema", false).ok()?;
    connection.pragma_update(None, "query_only", true).ok()?;
    // Otherwise nothing is read of a file that is shorter than its header says.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true).ok()?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).ok()?;
    (schema::version(&connection).ok()? == schema::MIGRATIONS.len()).then_some(connection)
}

/// Passes rows to `write` until it finds one that was already written from the other end, or one that cannot be read.
/// Returns how many were written.
fn copy(
    from: &Connection,
    sql: &str,
    mut write: impl FnMut(&Row<'_>) -> rusqlite::Result<bool>,
) -> Result<usize, Fault> {
    let Ok(mut statement) = from.prepare(sql) else { return Ok(0) };
    let Ok(mut rows) = statement.query([]) else { return Ok(0) };
    let mut count = 0;
    while let Ok(Some(row)) = rows.next() {
        match write(row) {
            Ok(true) => count += 1,
            Ok(false) => break,
            Err(error) => match Fault::from(error) {
                // A malformed row is skipped.
                Fault::Damaged => {}
                fault => return Err(fault),
            },
        }
    }
    Ok(count)
}

fn stream(to: &Transaction<'_>, row: &Row<'_>) -> rusqlite::Result<bool> {
    let mut statement = to.prepare_cached(
        "INSERT OR IGNORE INTO threads (number, room, key, next_id, is_closed) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let (room, key): (String, String) = (row.get(1)?, row.get(2)?);
    let values = params![row.get::<_, i64>(0)?, room, key, row.get::<_, i64>(3)?, row.get::<_, i64>(4)?];
    Ok(statement.execute(values)? == 1)
}

/// Recovers streams that only the index of names has, and returns their numbers. The name's key serves as the name,
/// which is the same room to whoever opens it. The next id is unknown.
fn threads_by_name(from: &Connection, to: &Transaction<'_>) -> Result<Vec<i64>, Fault> {
    let mut named: BTreeMap<i64, String> = BTreeMap::new();
    for order in ["ASC", "DESC"] {
        let sql = format!("SELECT number, key FROM threads INDEXED BY threads_of_room ORDER BY key {order}");
        copy(from, &sql, |row| {
            named.insert(row.get(0)?, row.get(1)?);
            Ok(true)
        })?;
    }
    let mut new = Vec::new();
    // Streams before the last of a room are closed.
    let sql = "INSERT OR IGNORE INTO threads (number, room, key, next_id, is_closed) SELECT ?1, ?2, ?2, ?3, \
               EXISTS (SELECT 1 FROM threads WHERE key = ?2 AND number > ?1)";
    for (number, key) in named.into_iter().rev() {
        if to.prepare_cached(sql)?.execute(params![number, key, i64::MAX])? == 1 {
            new.push(number);
        }
    }
    Ok(new)
}

fn forget(to: &Transaction<'_>, row: &Row<'_>) -> rusqlite::Result<bool> {
    let mut statement =
        to.prepare_cached("INSERT OR IGNORE INTO forgets (number, key, until) VALUES (?1, ?2, ?3)")?;
    let (key, until): (String, String) = (row.get(1)?, row.get(2)?);
    Ok(statement.execute(params![row.get::<_, i64>(0)?, key, until])? == 1)
}

impl fmt::Display for Recovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recovered { messages, streams, has_state } = self;
        let decided = if *has_state { "are" } else { "are not" };
        write!(
            f,
            "{} in {} could be read and are in it, and the operators' decisions {decided}.",
            plural(*messages, "message"),
            plural(*streams, "conversation"),
        )
    }
}
