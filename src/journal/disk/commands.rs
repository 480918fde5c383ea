//! The commands that the journal's threads send each other.

use std::time::Instant;

use crate::journal::{Batch, Question, Ticket};

/// A command for the writer.
pub(super) enum WriterCommand {
    /// Commit this batch.
    Append(Batch),
    /// A reader's checkpoint is done. True: the gate is closed, and the log can be restarted now. An error is a part
    /// of a sentence.
    CheckpointDone(Result<bool, String>),
    /// A reader's check reached this key; `None`: the end. An error is a part of a sentence.
    CheckProgress(Result<Option<i64>, String>),
    /// The search index is damaged: rebuild it.
    Reindex,
    /// The file is damaged: set it aside, and continue with a new one that has everything still readable.
    Replace,
    /// Commit what waits, and end; at this time, end in any case.
    Finish(Instant),
}

/// A command for a reader.
pub(super) enum ReaderCommand {
    /// Answer a question.
    Question(Ticket, Question),
    /// Checkpoint the write-ahead log. If it is long, close the gate to readers, so that the writer can restart it.
    Checkpoint {
        /// From how many pages on it is long.
        long: i64,
    },
    /// Check that the next messages can be read.
    Check {
        /// The key to continue after.
        after: i64,
    },
    /// The file was replaced: open it again.
    Reopen,
    /// End the thread.
    End,
}
