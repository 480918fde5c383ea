//! What can be wrong with a file, and how it is said.

use std::io;

use rusqlite::ffi::SQLITE_CORRUPT_VTAB;
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
    /// Something else, which may pass: a part of a sentence.
    Trouble(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        match &error {
            Error::SqliteFailure(failure, _) if failure.extended_code == SQLITE_CORRUPT_VTAB => Fault::Index,
            Error::SqliteFailure(failure, _)
                if matches!(failure.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) =>
            {
                Fault::Damaged
            }
            // A text where a number should be: nobody of us wrote that.
            Error::InvalidColumnType(..)
            | Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..) => Fault::Damaged,
            _ => Fault::Trouble(reason(&error)),
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
        match &error {
            Error::SqliteFailure(failure, _) if failure.code == ErrorCode::Unknown => Fault::Damaged,
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
            Fault::Trouble(reason) => reason.clone(),
        }
    }
}

fn reason(error: &Error) -> String {
    let Error::SqliteFailure(failure, text) = error else {
        return error.to_string();
    };
    match failure.code {
        ErrorCode::DiskFull => "the disk is full".into(),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => "its file may not be written to".into(),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => "another program has its file locked".into(),
        ErrorCode::CannotOpen => "its file cannot be opened".into(),
        ErrorCode::SystemIoFailure => "the disk does not work".into(),
        ErrorCode::OutOfMemory => "there is not enough memory".into(),
        ErrorCode::OperationInterrupted => "the service is stopping".into(),
        _ => text.clone().unwrap_or_else(|| error.to_string()),
    }
}
