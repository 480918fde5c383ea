//! Faults of the database file, and the words for them.

use std::io;

use rusqlite::ffi::{SQLITE_CORRUPT_VTAB, SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_WRITE};
use rusqlite::{Error, ErrorCode};

use super::folder;

/// Why something could not be read or written.
#[derive(Debug)]
pub(super) enum Fault {
    /// The file is corrupt, and cannot be used as it is.
    Damaged,
    /// The search index is corrupt. It can be rebuilt from the messages.
    Index,
    /// The file is no longer in its place.
    Removed,
    /// The file was written by a later version of this program.
    Newer,
    /// The time limit was reached.
    Interrupted,
    /// Any other fault; it may be transient. A part of a sentence.
    Other(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        if let Some(failure) = failure(&error) {
            match failure.code {
                _ if failure.extended_code == SQLITE_CORRUPT_VTAB => return Fault::Index,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => return Fault::Damaged,
                ErrorCode::OperationInterrupted => return Fault::Interrupted,
                _ => {}
            }
        }
        match error {
            // A column has the wrong type: this program did not write it.
            Error::InvalidColumnType(..)
            | Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..) => Fault::Damaged,
            error => Fault::Other(reason(&error)),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        Fault::Other(folder::reason(&error))
    }
}

impl Fault {
    /// The fault behind an error of a statement that is known to be right: if SQL itself fails, the tables are
    /// corrupt.
    pub(super) fn of_schema(error: Error) -> Fault {
        match failure(&error) {
            Some(failure) if failure.code == ErrorCode::Unknown => Fault::Damaged,
            _ => error.into(),
        }
    }

    /// The reason, as a part of a sentence.
    pub(super) fn reason(&self) -> String {
        match self {
            Fault::Damaged => "the journal's file is damaged, and is being replaced".into(),
            Fault::Removed => "the journal's file was removed, and is being restored".into(),
            Fault::Index => "the search index is damaged".into(),
            Fault::Newer => "the journal's file is of a newer version of Salon".into(),
            Fault::Interrupted => "it takes too long".into(),
            Fault::Other(reason) => reason.clone(),
        }
    }
}

/// The error code of `SQLite`.
fn failure(error: &Error) -> Option<&rusqlite::ffi::Error> {
    match error {
        Error::SqliteFailure(failure, _) | Error::SqlInputError { error: failure, .. } => Some(failure),
        _ => None,
    }
}

fn has_code(error: &Error, code: i32) -> bool {
    failure(error).is_some_and(|failure| failure.extended_code == code)
}

fn reason(error: &Error) -> String {
    match failure(error).map_or(ErrorCode::Unknown, |failure| failure.code) {
        ErrorCode::DiskFull => "the disk is full".into(),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => "the journal's file is write-protected".into(),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            "another program has locked the journal's file".into()
        }
        ErrorCode::CannotOpen => "the journal's file cannot be opened".into(),
        // `SQLite` hides the system's error here. A full disk has its own code above, except for the memory that the log's readers
        // share: that is a file, too, and grows when the first connection opens.
        ErrorCode::SystemIoFailure if has_code(error, SQLITE_IOERR_SHMSIZE) => {
            "the disk is full, or a limit on the size of files is reached (ulimit -f)".into()
        }
        ErrorCode::SystemIoFailure if has_code(error, SQLITE_IOERR_WRITE) => {
            "the disk does not work, or a limit on the size of files is reached (ulimit -f)".into()
        }
        ErrorCode::SystemIoFailure => "the disk does not work".into(),
        ErrorCode::OutOfMemory => "there is not enough memory".into(),
        _ => error.to_string(),
    }
}
