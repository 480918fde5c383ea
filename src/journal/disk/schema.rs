//! The schema of the file, and its migrations.
//!
//! The version is in the file's header (`PRAGMA user_version`); that of an empty file is 0. To change the schema,
//! append a step to [`MIGRATIONS`]. Never change an earlier step: there are files that have taken it.

use std::path::PathBuf;
use std::time::SystemTime;

use rusqlite::{Connection, TransactionBehavior, params};

use super::fault::Fault;
use super::folder::{self, Folder};

/// The migrations from each version to the next, in SQL.
pub(super) const MIGRATIONS: &[&str] = &[VERSION_1];

const VERSION_1: &str = "
    -- What is said in a room from when it is opened until it is closed. `key` is the room's name without regard to case;
    -- ids below `next_id` are given; messages up to `indexed` are in the index of words.
    CREATE TABLE threads (
        number INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 4194303),
        room TEXT NOT NULL,
        key TEXT NOT NULL,
        next_id INTEGER NOT NULL DEFAULT 1,
        indexed INTEGER NOT NULL DEFAULT 0,
        is_closed INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX threads_of_room ON threads (key, number);

    -- What was said. `place` is the thread's number times 2^40, and the message's id; `time` is in microseconds since 1970;
    -- `how` is 1 for a bot, and 2 more for an act; without a name it is the host.
    CREATE TABLE messages (
        place INTEGER PRIMARY KEY,
        time INTEGER NOT NULL,
        how INTEGER NOT NULL,
        name TEXT,
        text TEXT NOT NULL
    );

    -- What operators decided, in one row.
    CREATE TABLE state (number INTEGER PRIMARY KEY CHECK (number = 1), json TEXT NOT NULL);

    -- Orders to forget that are not carried out yet: all that is up to `place` is done, and `until` has the last id of each
    -- thread that is meant.
    CREATE TABLE forgets (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL,
        place INTEGER NOT NULL DEFAULT -1,
        until TEXT NOT NULL
    );

    -- Which words are in which messages. The words are taken apart before (journal/words.rs): to SQLite, they are what stands
    -- between spaces. What is deleted leaves no trace in it.
    CREATE VIRTUAL TABLE words USING fts5 (word, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
    INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
";

/// Creates an empty search index. `words_made` has the version of its tokens
/// ([`crate::journal::words::INDEX_VERSION`]); older files do not have this table.
pub(super) const NEW_INDEX: &str = "
    CREATE TABLE IF NOT EXISTS words_made (version INTEGER NOT NULL);
    DELETE FROM words_made;
    DELETE FROM words_from;
    CREATE VIRTUAL TABLE words USING fts5 (word, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
    INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
";

/// The progress of a rebuild, from the last message to the first: messages of this stream before `id` are not indexed
/// yet. Older files do not have this table.
pub(super) const WORDS_FROM: &str =
    "CREATE TABLE IF NOT EXISTS words_from (thread INTEGER PRIMARY KEY, id INTEGER NOT NULL)";

/// The rooms that people opened, by the keys of their names. Older files do not have this table.
pub(super) const OPENED_ROOMS: &str =
    "CREATE TABLE IF NOT EXISTS opened_rooms (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID";

/// The age clock's last time, in microseconds since 1970. Older files do not have this table.
pub(super) const AGE_CLOCK: &str = "CREATE TABLE IF NOT EXISTS age_clock (number INTEGER PRIMARY KEY CHECK (number = 1), time INTEGER NOT NULL)";

/// The version of a file.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Migrates a file to the version of the last step. Makes a copy first unless the file is new, and returns its name.
pub(super) fn migrate(
    connection: &mut Connection,
    folder: &Folder,
    steps: &[&str],
    now: SystemTime,
) -> Result<Option<PathBuf>, Fault> {
    let first = version(connection)?;
    if first > steps.len() {
        return Err(Fault::Newer);
    }
    let mut copy = None;
    if first > 0 && first < steps.len() {
        let path = folder.free_name(&format!("version-{first}"), now);
        folder::open_private(&path)?;
        connection.execute("VACUUM INTO ?1", params![path.to_string_lossy()])?;
        copy = Some(path);
    }
    for (number, step) in steps.iter().enumerate().skip(first) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step).map_err(Fault::of_schema)?;
        transaction.pragma_update(None, "user_version", i64::try_from(number + 1).unwrap_or(i64::MAX))?;
        transaction.commit()?;
    }
    Ok(copy)
}
