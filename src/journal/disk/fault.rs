//! What can be wrong with a file, and how it is said.

use std::io;

use rusqlite::ffi::{SQLITE_CORRUPT_VTAB, SQLITE_IOERR_WRITE};
use rusqlite::{Error, ErrorCode};

use super::folder;

/// Why something could not be read or written.
#[derive(Debug)]
pub(super) enum Fault {
    /// The file is not what was written. It is of no more use as it is.
    Damaged,
    /// The index of words is not. It can be made anew from the messages.
    Index,
    /// It is not where it was.
    Removed,
    /// It is of a later version than this program knows.
    Newer,
    /// There was no time for it.
    Interrupted,
    /// Something else, which may pass: a part of a sentence.
    Trouble(String),
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
            // A text where a number should be: nobody of us wrote that.
            Error::InvalidColumnType(..)
            | Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..) => Fault::Damaged,
            error => Fault::Trouble(reason(&error)),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        Fault::Trouble(folder::reason(&error))
    }
}

impl Fault {
    /// The same where SQL that must be right is not understood: the tables are not as they should be.
    pub(super) fn of_schema(error: Error) -> Fault {
        match failure(&error) {
            Some(failure) if failure.code == ErrorCode::Unknown => Fault::Damaged,
            _ => error.into(),
        }
    }

    /// A part of a sentence.
    pub(super) fn reason(&self) -> String {
        match self {
            Fault::Damaged => "its file is damaged, and is set aside".into(),
            Fault::Removed => "somebody removed its file, which is written anew".into(),
            Fault::Index => "its index of words is damaged".into(),
            Fault::Newer => "its file is of a newer version of Salon".into(),
            Fault::Interrupted => "it takes too long".into(),
            Fault::Trouble(reason) => reason.clone(),
        }
    }
}

/// What `SQLite` itself has to say of it.
fn failure(error: &Error) -> Option<&rusqlite::ffi::Error> {
    match error {
        Error::SqliteFailure(failure, _) | Error::SqlInputError { error: failure, .. } => Some(failure),
        _ => None,
    }
}

fn is_write(error: &Error) -> bool {
    failure(error).is_some_and(|failure| failure.extended_code == SQLITE_IOERR_WRITE)
}

fn reason(error: &Error) -> String {
    match failure(error).map_or(ErrorCode::Unknown, |failure| failure.code) {
        ErrorCode::DiskFull => "the disk is full".into(),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => "its file may not be written to".into(),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => "another program has its file locked".into(),
        ErrorCode::CannotOpen => "its file cannot be opened".into(),
        // The system's own reason is not told, and that there is no room is said above.
        ErrorCode::SystemIoFailure if is_write(error) => {
            "the disk does not work, or a limit on the size of files is reached (ulimit -f)".into()
        }
        ErrorCode::SystemIoFailure => "the disk does not work".into(),
        ErrorCode::OutOfMemory => "there is not enough memory".into(),
        _ => error.to_string(),
    }
}
