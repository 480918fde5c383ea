//! What outlives the process: what was said, and what operators decided.
//!
//! The hub hands over [`Batch`]es, one a turn at most, and is told later that they are kept; it lets nobody hear a message
//! before. It asks [`Question`]s, and is answered later. That is the whole seam, and all that crosses it is plain data: a
//! journal may be a list in memory, a file behind a thread, or one day a log on several machines.
//!
//! The order of a room is decided before that: a message has its id when it comes here. A journal keeps records in the order in
//! which it is given them, each of them once. Who uses a part of it sees that part: [`RoomLog`], [`HistoryStore`].

pub mod disk;
mod gather;
mod hits;
pub mod memory;
mod message;
mod search;
mod state;
mod words;

use std::fmt::Debug;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::base::name::NameKey;

pub use message::{Author, Message};
pub(crate) use search::Search;
pub use state::{KeptMeasure, KeptOrder, KeptRoom, State};

/// What is said in a room, from when it is opened until it is closed, over however many runs of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreadId(pub u64);

/// What is handed over at once to be kept: all of it, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// One more than that of the batch before. The first is 1.
    pub number: u64,
    /// In order.
    pub records: Vec<Record>,
}

/// Something to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A thread begins, in a room of this name.
    Opened {
        /// Greater than that of all threads before it.
        thread: ThreadId,
        /// The room's name.
        room: String,
    },
    /// It is over: a room that is opened under its room's name begins another.
    Closed(ThreadId),
    /// Ids below this one may have been given in a thread, and are not to be given again.
    Ids {
        /// In which.
        thread: ThreadId,
        /// The first id that was given to nothing yet.
        below: u64,
    },
    /// Something was said.
    Said(Message),
    /// What somebody of this name said, in any thread until now, is to be erased.
    Forget {
        /// Whose.
        key: NameKey,
        /// Under which [`JournalEvent::Erased`] tells of it.
        ticket: Ticket,
    },
    /// What operators decided, in place of all that they decided before.
    State(Box<State>),
    /// It is to be told what is deleted for its age.
    Retention {
        /// Under which [`JournalEvent::Retention`] tells of it.
        ticket: Ticket,
        /// The clock on the wall is right: what is too old by it may go.
        confirm: bool,
    },
}

/// By what an answer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// What is to be known of what was said. Everything that was told to be kept before is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The last messages of a thread.
    Last {
        /// Which.
        thread: ThreadId,
        /// How many at most.
        most: usize,
        /// None that are older.
        since: Option<SystemTime>,
    },
    /// The last messages of a thread between two ids; or, if only `after` is given, the first behind it.
    Between {
        /// Which.
        thread: ThreadId,
        /// None with this id, or a greater one.
        before: Option<u64>,
        /// None with this id, or a smaller one.
        after: Option<u64>,
        /// How many at most.
        most: usize,
    },
    /// The last messages of a thread that hold all of these words, in any case, with or without accents; and if that are
    /// fewer than may be, the last that hold words which begin so.
    Search {
        /// Which.
        thread: ThreadId,
        /// As somebody typed them; none of their characters has a meaning but `*` behind a word, which stands for whatever
        /// it goes on with.
        words: String,
        /// How many at most.
        most: usize,
    },
    /// The first messages, in all threads of a room, that come after one.
    Page {
        /// The room's name, in any case.
        room: String,
        /// After which; none: from the beginning.
        after: Option<(ThreadId, u64)>,
        /// How many at most.
        most: usize,
    },
}

/// The answer: messages in the order of their threads and ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// No more than were asked for, and no more than fit in `RESULT_BYTES_MAX`.
    pub messages: Vec<Message>,
    /// There are others that would have been an answer too.
    pub is_cut: bool,
    /// There was no time to look at everything: there may be others.
    pub is_partial: bool,
    /// That is so because older messages are still being indexed.
    pub is_indexing: bool,
    /// Of a page: the room's name as it was spelled when it was opened last, if anything is known of it.
    pub room: Option<String>,
}

/// How much time an answer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// So little that whoever asks next need not mind.
    Quick,
    /// More: what is asked for so is looked up beside what is quick.
    Thorough,
}

/// What a journal has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalEvent {
    /// This batch is committed, and all before it.
    Committed(u64),
    /// What was handed over cannot be kept now, for this reason: a part of a sentence, such as "the disk is full". It is
    /// tried again without end, and `Committed` follows when it is.
    Failing(String),
    /// The answer to a question; an error is a part of a sentence.
    Found(Ticket, Result<Found, String>),
    /// An order to forget is carried out.
    Erased(Ticket, Erasure),
    /// What is deleted, or waits for an operator.
    Retention(Ticket, Retention),
}

/// What an order to forget came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasure {
    /// How many messages were erased.
    pub messages: u64,
    /// Copies that the journal once set aside, which it does not change: they may hold such messages yet.
    pub copies: Vec<PathBuf>,
}

/// How it stands with what is deleted because it is too old or too much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// How long messages are kept; none: for ever.
    pub keep: Option<Duration>,
    /// How many bytes they may take.
    pub keep_bytes: u64,
    /// How many they take, with the log beside their file as far as it counts.
    pub used_bytes: u64,
    /// How far the clock on the wall is ahead of what was to be expected, if that is so much that it has to be confirmed.
    pub lead: Option<Duration>,
    /// How many messages are too old by the clock on the wall, about: those that were erased between them count.
    pub messages: u64,
    /// When the first and the last of them were said.
    pub said: Option<(SystemTime, SystemTime)>,
}

/// What a journal does beside keeping and answering, a little at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// What is being forgotten now.
    pub forget: Option<ForgetWork>,
    /// How many orders to forget wait for that.
    pub forgets_waiting: usize,
    /// Older messages that are still to be indexed, about, while the index of words is made anew.
    pub unindexed: Option<u64>,
    /// Messages that are still to be read, about, while a large file is checked.
    pub unchecked: Option<u64>,
}

/// An order to forget that is being carried out. Messages are counted by their ids: those that were erased before count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgetWork {
    /// Whose messages: the key of the name.
    pub key: String,
    /// How many messages were looked at, about.
    pub checked: u64,
    /// Of how many.
    pub of: u64,
    /// How many were erased since the start.
    pub erased: u64,
}

/// What a journal takes of the disk, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Its file.
    pub file: u64,
    /// The log beside it, which has what is not in the file yet.
    pub log: u64,
}

/// Makes durable what was put in order: records of rooms, and with them what operators decided.
pub trait RoomLog {
    /// Takes a batch. When it is committed, [`JournalEvent::Committed`] tells so.
    fn append(&mut self, batch: Batch);
}

/// Answers questions about what is kept.
pub trait HistoryStore {
    /// Takes a question. Of each effort, one after the other is looked up.
    fn ask(&mut self, ticket: Ticket, question: Question, effort: Effort);

    /// Nobody waits for this answer any more: it comes as soon as it can, whatever it is.
    fn cancel(&mut self, ticket: Ticket);

    /// Whether it is to be polled again at once, as it gets on with a question only then.
    fn is_busy(&self) -> bool {
        false
    }
}

/// Where things are kept: all of it, for whoever owns it. No call waits but the last.
pub trait Journal: RoomLog + HistoryStore + Debug {
    /// What there is to tell, in order.
    fn poll(&mut self) -> Option<JournalEvent>;

    /// What it takes of the disk; none if it is not on one.
    fn sizes(&self) -> Option<Sizes> {
        None
    }

    /// What it does beside; none: that cannot be said at this moment.
    fn work(&self) -> Option<Work> {
        None
    }

    /// Keeps what it was handed, and ends. An error is a part of a sentence: why not all of it is kept.
    ///
    /// This may wait, though no longer than `within`.
    fn finish(self: Box<Self>, within: Duration) -> Result<(), String>;
}

/// What was kept by earlier runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What operators decided.
    pub state: State,
    /// The threads that were not closed.
    pub threads: Vec<Thread>,
    /// Greater than that of any thread.
    pub next_thread: ThreadId,
}

/// A thread of an earlier run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// By which it is known.
    pub id: ThreadId,
    /// The name of its room.
    pub room: String,
    /// The first id that can be given in it.
    pub next_id: u64,
    /// Its last messages, the oldest first, as many as rooms keep at hand.
    pub messages: Vec<Message>,
}

impl Default for Kept {
    fn default() -> Kept {
        Kept { state: State::default(), threads: Vec::new(), next_thread: ThreadId(1) }
    }
}

impl Batch {
    /// What its messages cost, as [`Message::cost`] counts.
    pub fn cost(&self) -> usize {
        let cost = |record: &Record| if let Record::Said(message) = record { message.cost() } else { 0 };
        self.records.iter().map(cost).sum()
    }
}
