//! The journal: stores messages and operators' decisions beyond the end of the process.
//!
//! The hub appends [`Batch`]es, at most one in each turn, and is told when they are committed; it delivers no message
//! before that. It asks [`Question`]s and gets the answers later. Nothing else crosses this interface, and all of it
//! is plain data: a journal can be a list in memory, a file written by a thread, or a log replicated to other
//! machines.
//!
//! A message already has its id when it arrives here. A journal stores records in the order in which it gets them,
//! each once. [`RoomLog`] and [`HistoryStore`] are its two halves, for callers that need only one.

mod decisions;
pub mod disk;
pub mod memory;
mod message;
mod page_builder;
mod search;
mod search_hits;
mod words;

use std::fmt::Debug;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::base::name::NameKey;
use crate::proto::Span;

pub use decisions::{
    StoredDecisions, StoredIdentity, StoredOpenedRoom, StoredOrder, StoredRoom, StoredSanction, StoredTopic,
};
pub use message::{Author, Message};
pub(crate) use search::{Match, Search};

/// A stream: what is said in a room from when it is opened until it is closed, across restarts of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u64);

impl StreamId {
    /// This bit is set in the streams of rooms that several servers share: their ids come from a log, and are greater than
    /// those that one server gives.
    pub const SHARED: u64 = 1 << 21;

    /// The stream with this number, of a room that several servers share.
    pub fn shared(number: u64) -> StreamId {
        StreamId(number | StreamId::SHARED)
    }

    /// Whether several servers share its room.
    pub fn is_shared(self) -> bool {
        self.0 & StreamId::SHARED != 0
    }
}

/// Records that are committed together: all of them or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// One more than the number of the batch before. The first is 1.
    pub number: u64,
    /// In order.
    pub records: Vec<Record>,
}

/// An entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A stream begins, in the room of this name.
    StreamOpened {
        /// Greater than the ids of all streams before it.
        stream: StreamId,
        /// The room's name.
        room: String,
    },
    /// A stream ends. If its room is opened again, another begins.
    StreamClosed(StreamId),
    /// Reserves ids of a stream: those below `below` are not given again, even after a crash.
    ReserveIds {
        /// The stream.
        stream: StreamId,
        /// The first id that is not reserved.
        below: u64,
    },
    /// A message.
    Message(Message),
    /// Erases a message, or gives it another text, if it is stored.
    Amend(Amended),
    /// Erases all messages of this name, in all streams, up to this record.
    Erase {
        /// The name's key.
        key: NameKey,
        /// Identifies the answer, [`JournalEvent::Erased`].
        ticket: Ticket,
    },
    /// All decisions of operators. Replaces the record before.
    Decisions(Box<StoredDecisions>),
    /// A room that somebody opened, as it is now: it replaces the record before of a room of this name.
    OpenedRoom {
        /// The key of its name.
        key: NameKey,
        /// The room; `None`: there is none any more.
        room: Option<Box<StoredOpenedRoom>>,
    },
    /// Asks for a report on retention.
    ReportRetention {
        /// Identifies the answer, [`JournalEvent::Retention`].
        ticket: Ticket,
        /// An operator confirms that the wall clock is right: messages that have expired by it may be deleted.
        confirm: bool,
    },
}

/// A message that is erased, or has another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amended {
    /// Its stream.
    pub stream: StreamId,
    /// Its id.
    pub id: u64,
    /// The new text. `None`: it is erased.
    pub text: Option<String>,
    /// An operator ordered it, and gets [`JournalEvent::Erased`] as the answer.
    pub ticket: Option<Ticket>,
}

/// Matches an answer to its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A question about stored messages. The answer includes every batch that was appended before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The latest messages of a stream.
    Last {
        /// The stream.
        stream: StreamId,
        /// How many at most.
        limit: usize,
        /// Only messages from this time on.
        since: Option<SystemTime>,
    },
    /// The last messages of a stream between two ids; or, if only `after` is given, the first behind it.
    Between {
        /// The stream.
        stream: StreamId,
        /// None with this id, or a greater one.
        before: Option<u64>,
        /// None with this id, or a smaller one.
        after: Option<u64>,
        /// How many at most.
        limit: usize,
    },
    /// Messages of a stream by marks.
    Span {
        /// The stream.
        stream: StreamId,
        /// Which ones.
        span: Span,
        /// How many at most.
        limit: usize,
    },
    /// The latest messages of a stream that contain all of these words, whatever their case and accents. If there are
    /// fewer than `limit`, those follow that contain words with these beginnings.
    Search {
        /// The stream.
        stream: StreamId,
        /// The words as they were typed. The only special character is `*` at the end of a word, which matches any
        /// ending.
        words: String,
        /// How many at most.
        limit: usize,
    },
    /// The earliest messages of a room, in all of its streams, that come after one.
    Page {
        /// The room's name, in any case.
        room: String,
        /// The stream and id to continue after; `None`: from the beginning.
        after: Option<(StreamId, u64)>,
        /// How many at most.
        limit: usize,
    },
}

/// The answer to a question. Messages are ordered by stream and id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryResult {
    /// At most as many as were asked for, and at most `RESULT_BYTES_MAX` bytes of them.
    pub messages: Vec<Message>,
    /// More messages match.
    pub has_more: bool,
    /// The time limit ended the query: more messages may match.
    pub is_partial: bool,
    /// The result is partial because older messages are still being indexed.
    pub is_indexing: bool,
    /// For [`Question::Page`]: the room's name as it was last spelled, if the room is known.
    pub room: Option<String>,
}

/// The time limit of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// A short time limit, so that the next query does not wait for long.
    Quick,
    /// A long time limit. Such queries run beside the quick ones.
    Thorough,
}

/// What a journal reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalEvent {
    /// This batch and all before it are committed.
    Committed(u64),
    /// Batches cannot be committed now, for this reason: a part of a sentence, such as "the disk is full". The journal
    /// keeps trying, and `Committed` follows when it succeeds.
    Failing(String),
    /// The answer to a question. An error is a part of a sentence.
    Answered(Ticket, Result<QueryResult, String>),
    /// An erasure is complete.
    Erased(Ticket, ErasureReport),
    /// The report that [`Record::ReportRetention`] asked for.
    Retention(Ticket, RetentionReport),
}

/// The result of an erasure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErasureReport {
    /// How many messages were erased.
    pub messages: u64,
    /// Copies of the file that the journal set aside earlier. It does not change them, so they may still contain the
    /// messages.
    pub copies: Vec<PathBuf>,
}

/// The state of retention: what is deleted because of its age or of the journal's size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetentionReport {
    /// How long messages are kept; `None`: for ever.
    pub keep: Option<Duration>,
    /// The size limit, in bytes.
    pub keep_bytes: u64,
    /// The size that counts towards the limit, in bytes, with a share of the write-ahead log.
    pub used_bytes: u64,
    /// How far the wall clock is ahead of the expected time, if so far that an operator has to confirm it.
    pub lead: Option<Duration>,
    /// About how many messages have expired by the wall clock. Ids of erased messages count too.
    pub messages: u64,
    /// The times of the first and the last of them.
    pub said: Option<(SystemTime, SystemTime)>,
}

/// The progress of maintenance: the journal's own work, done in small steps between commits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaintenanceProgress {
    /// The erasure that is running.
    pub erasure: Option<ErasureProgress>,
    /// How many erasures wait for it to end.
    pub erasures_queued: usize,
    /// About how many older messages are not indexed yet, while the search index is rebuilt.
    pub unindexed: Option<u64>,
    /// About how many messages are not checked yet, while a large file is checked.
    pub unchecked: Option<u64>,
}

/// The progress of an erasure. Messages are counted by their ids, so erased ones count too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureProgress {
    /// The key of the name whose messages are erased.
    pub key: String,
    /// About how many messages were examined.
    pub checked: u64,
    /// How many there are to examine.
    pub of: u64,
    /// How many were erased since the server started.
    pub erased: u64,
}

/// The disk space of a journal, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The database file.
    pub file: u64,
    /// The write-ahead log beside it: commits that are not in the file yet.
    pub log: u64,
}

/// Stores records that are already in order.
pub trait RoomLog {
    /// Appends a batch. [`JournalEvent::Committed`] reports its commit.
    fn append(&mut self, batch: Batch);
}

/// Answers questions about stored messages.
pub trait HistoryStore {
    /// Queues a question. Questions of one effort are answered one after the other.
    fn ask(&mut self, ticket: Ticket, question: Question, effort: Effort);

    /// Cancels a question: its answer comes soon, and may be incomplete.
    fn cancel(&mut self, ticket: Ticket);

    /// Whether the store has to be polled again at once, because it works only when it is polled.
    fn is_busy(&self) -> bool {
        false
    }
}

/// A whole journal, for its owner. No call blocks except [`Journal::finish`].
pub trait Journal: RoomLog + HistoryStore + Debug {
    /// The next event, in order.
    fn poll(&mut self) -> Option<JournalEvent>;

    /// The disk space used; `None`: the journal is not on a disk.
    fn sizes(&self) -> Option<Sizes> {
        None
    }

    /// The progress of maintenance; `None`: it is being updated at this moment.
    fn maintenance(&self) -> Option<MaintenanceProgress> {
        None
    }

    /// Commits what was appended, and closes the journal. An error is a part of a sentence that says why something is
    /// not committed.
    ///
    /// Blocks for at most `within`.
    fn finish(self: Box<Self>, within: Duration) -> Result<(), String>;
}

/// What earlier runs of the server stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoredState {
    /// Operators' decisions.
    pub decisions: StoredDecisions,
    /// Rooms that people opened: those that are open, and those that closed as nobody was there.
    pub opened_by_people: Vec<StoredOpenedRoom>,
    /// The streams that are not closed.
    pub streams: Vec<RestoredStream>,
    /// Greater than the number of any stream, apart from [`StreamId::SHARED`].
    pub next_stream: StreamId,
}

/// A stream of an earlier run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoredStream {
    /// Its id.
    pub id: StreamId,
    /// The name of its room.
    pub room: String,
    /// The first id that was not given.
    pub next_id: u64,
    /// Its latest messages, oldest first, as many as a room's history holds.
    pub messages: Vec<Message>,
    /// All stored messages with this id or a higher one are among them. 0: all are.
    pub incomplete_below: u64,
}

impl Default for RestoredState {
    fn default() -> RestoredState {
        RestoredState {
            decisions: StoredDecisions::default(),
            opened_by_people: Vec::new(),
            streams: Vec::new(),
            next_stream: StreamId(1),
        }
    }
}

impl Amended {
    /// About how many bytes it takes in memory.
    pub fn cost(&self) -> usize {
        size_of::<Amended>() + self.text.as_ref().map_or(0, String::len)
    }
}

impl Batch {
    /// The memory of its messages and amendments, in bytes.
    pub fn cost(&self) -> usize {
        let cost = |record: &Record| match record {
            Record::Message(message) => message.cost(),
            Record::Amend(amended) => amended.cost(),
            _ => 0,
        };
        self.records.iter().map(cost).sum()
    }
}
