//! Opens the file in whatever state it is: missing, of an earlier version, or damaged.
//!
//! A damaged file is set aside, never deleted, and what can be read of it goes into a new one.

use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::age_clock::AgeClock;
use super::fault::Fault;
use super::folder::{self, Folder};
use super::{load, recovery, retention_sweep, schema};
use crate::base::limits::{FILE_LOCK_TIMEOUT, STARTUP_CHECK_BYTES, WAL_BYTES_MAX};
use crate::journal::RestoredState;

/// How to open the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenOptions {
    /// Whether each commit is synced to the disk.
    pub(super) durable: bool,
    /// The migrations that lead to the current version.
    pub(super) migrations: &'static [&'static str],
    /// How much to restore.
    pub(super) restore: load::RestoreLimits,
}

/// An opened file.
pub(super) struct Opened {
    /// `None`: the file is large and damaged. `restored` then holds its metadata and latest messages; [`replace_damaged`]
    /// recovers the rest, which takes minutes.
    pub(super) connection: Option<Connection>,
    pub(super) restored: RestoredState,
    /// The time by which messages expire.
    pub(super) clock: AgeClock,
    /// Whether it was too large to be checked at the start, so that it is checked while the server runs.
    pub(super) needs_check: bool,
    /// Sentences for the operator.
    pub(super) notes: Vec<String>,
}

/// Opens the file, or replaces it if it is damaged.
pub(super) fn open(folder: &Folder, options: OpenOptions, now: SystemTime) -> Result<Opened, Fault> {
    folder.finish_interrupted_replace()?;
    folder.keep_log_of_empty_file()?;
    match open_existing(folder, options, now) {
        Err(Fault::Damaged) => {
            open_damaged(folder, options, now).map_or_else(|| replace_damaged(folder, options, now), Ok)
        }
        opened => opened,
    }
}

/// Reads the metadata and latest messages of a large damaged file, so that the server can start at once. `None` if
/// they cannot be read.
fn open_damaged(folder: &Folder, options: OpenOptions, now: SystemTime) -> Option<Opened> {
    let path = folder.database();
    if path.metadata().ok()?.len() <= STARTUP_CHECK_BYTES {
        return None;
    }
    let mut recovered = Connection::open_in_memory().ok()?;
    for step in schema::MIGRATIONS {
        recovered.execute_batch(step).ok()?;
    }
    if !recovery::recover_metadata(&path, &mut recovered, options.restore).ok()? {
        return None;
    }
    let clock = retention_sweep::clock(&recovered, options.restore.keep, (Instant::now(), now)).ok()?;
    let restored = load::load(&mut recovered, options.restore, clock.time()).ok()?;
    let note = format!(
        "{} is damaged. What can be read of it is being brought into a new file, which may take minutes. Until then \
         older messages cannot be found, and new ones are not stored yet.",
        path.display()
    );
    Some(Opened { connection: None, restored, clock, needs_check: false, notes: vec![note] })
}

/// Sets a damaged file aside, and puts a new file with all that could be recovered in its place.
pub(super) fn replace_damaged(
    folder: &Folder,
    options: OpenOptions,
    now: SystemTime,
) -> Result<Opened, Fault> {
    folder.clear_new()?;
    let mut new = prepare(folder, &folder.new_database(), options, now)?.0;
    // Recovery is one large transaction, which must not go through the log.
    new.pragma_update(None, "journal_mode", "DELETE")?;
    let recovered = recovery::recover(&folder.database(), &mut new)?;
    new.close().map_err(|(_, error)| error)?;
    let aside = folder.replace("damaged", now)?;
    let mut opened = open_existing(folder, options, now)?;
    opened.notes.push(format!(
        "{} was damaged. It is {aside} now, and a new file replaces it: {recovered} If messages are missing, SQLite's own \
         program may read more of the old file: sqlite3 '{aside}' .recover",
        folder.database().display(),
        aside = aside.display()
    ));
    Ok(opened)
}

/// Restores a file that was removed or replaced by another: copies it from `lost`, a connection that still has it open.
pub(super) fn restore_removed(
    lost: &Connection,
    folder: &Folder,
    options: OpenOptions,
    now: SystemTime,
) -> Result<Opened, Fault> {
    folder.clear_new()?;
    folder::open_private(&folder.new_database())?;
    lost.execute("VACUUM INTO ?1", [folder.new_database().to_string_lossy()])?;
    folder.replace("stranger", now)?;
    let mut opened = open_existing(folder, options, now)?;
    let shown = folder.database().display().to_string();
    opened.notes.push(format!(
        "{shown} was removed or replaced by another file. Everything that was stored is there again."
    ));
    Ok(opened)
}

fn open_existing(folder: &Folder, options: OpenOptions, now: SystemTime) -> Result<Opened, Fault> {
    let needs_check = folder.database().metadata().is_ok_and(|it| it.len() > STARTUP_CHECK_BYTES);
    let (mut connection, copy) = prepare(folder, &folder.database(), options, now)?;
    let clock = retention_sweep::clock(&connection, options.restore.keep, (Instant::now(), now))?;
    let restored = load::load(&mut connection, options.restore, clock.time())?;
    let note = copy.map(|copy| {
        format!(
            "{} was of an earlier version of Salon, and has been upgraded. {} is a copy of the old file.",
            folder.database().display(),
            copy.display()
        )
    });
    Ok(Opened {
        connection: Some(connection),
        restored,
        clock,
        needs_check,
        notes: note.into_iter().collect(),
    })
}

/// Opens, checks and migrates a file. Also returns the name of the copy made before a migration.
fn prepare(
    folder: &Folder,
    path: &Path,
    options: OpenOptions,
    now: SystemTime,
) -> Result<(Connection, Option<PathBuf>), Fault> {
    let file = folder::open_private(path)?.metadata()?;
    let name = path.file_name().unwrap_or_default().display();
    if !file.is_file() {
        return Err(Fault::Other(format!("{name} is not a file")));
    }
    let bytes = file.len();
    let mut connection = connect(path)?;
    // Closing must not checkpoint the file before its version is known: a newer version's file stays untouched.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let version = schema::version(&connection)?;
    if version > options.migrations.len() {
        return Err(Fault::Newer);
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    if version == 0 {
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables > 0 {
            return Err(Fault::Other(format!("{name} is a database of another program")));
        }
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    set_up(&connection, options.durable)?;
    if version > 0 && bytes <= STARTUP_CHECK_BYTES {
        check(&connection)?;
    }
    let copy = schema::migrate(&mut connection, folder, options.migrations, now)?;
    Ok((connection, copy))
}

/// Opens a connection that gives up soon on a locked file, and does not trust the schema in it.
pub(super) fn connect(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(FILE_LOCK_TIMEOUT)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // A statement is planned once, not again for each value bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Sets up commits: they go to a write-ahead log, which a reader checkpoints, so that no commit waits for that. See
/// `wal.rs`.
fn set_up(connection: &Connection, durable: bool) -> Result<(), Fault> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(Fault::Other(
            "the file system does not support the shared memory that the journal needs".into(),
        ));
    }
    connection.pragma_update(None, "synchronous", if durable { "FULL" } else { "NORMAL" })?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    // Do not truncate the log below this size: truncating takes longer than a commit.
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES_MAX.cast_signed())?;
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(())
}

/// Checks all pages of the tables that cannot be rebuilt. The search index can be rebuilt, and checking it would take
/// longer than checking all other tables.
fn check(connection: &Connection) -> Result<(), Fault> {
    let began = Instant::now();
    for table in ["threads", "messages", "state", "forgets"] {
        let sql = format!("PRAGMA quick_check({table})");
        let verdict: String = connection.query_row(&sql, [], |row| row.get(0)).map_err(Fault::of_schema)?;
        if verdict != "ok" {
            return Err(Fault::Damaged);
        }
    }
    log::debug!("the journal's file was checked in {:?}", began.elapsed());
    Ok(())
}
