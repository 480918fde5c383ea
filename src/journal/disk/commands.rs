//! What the threads of the journal tell each other to do.

use std::time::Instant;

use crate::journal::{Batch, Question, Ticket};

/// What the writer is told to do.
pub(super) enum WriterCommand {
    /// To keep this.
    Append(Batch),
    /// The log was copied, and whether it can be begun anew now; an error is a part of a sentence.
    Copied(Result<bool, String>),
    /// Messages can be read up to this place; none: to the last. An error is a part of a sentence.
    Checked(Result<Option<i64>, String>),
    /// To make the index of words anew: it is damaged.
    Reindex,
    /// To set the file aside, and begin another with what can be read of it: it is damaged.
    Replace,
    /// To write what waits, and end: at this time whether it is written or not.
    Finish(Instant),
}

/// What a reader is told to do.
pub(super) enum ReaderCommand {
    /// An answer.
    Question(Ticket, Question),
    /// To copy the log to the file; and, if it has so many pages or more, to close the gate for who reads, so that it can be begun
    /// anew.
    Copy {
        /// So many.
        long: i64,
    },
    /// To read some messages after this place, to see whether they can be.
    Check {
        /// A place.
        after: i64,
    },
    /// To open the file anew: it is another.
    Reopen,
    /// To end.
    End,
}
