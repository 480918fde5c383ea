//! The journal on disk: an `SQLite` database and three threads that use it.
//!
//! A committed batch is in the database or its write-ahead log, as far as the operating system is concerned. If the
//! process is killed, nothing is lost; if the power fails, the last few seconds may be, unless every commit is synced
//! (`durable`). A damaged file is set aside, and what can be read of it goes into a new one.
//!
//! The `writer` commits and does maintenance; two `reader`s answer questions. This module holds their handles. Nothing
//! here blocks except opening and finishing.

mod age_clock;
mod amend;
mod append;
mod check;
mod commands;
mod erasure;
mod expired;
mod fault;
mod file;
mod folder;
mod gate;
mod index;
mod index_budget;
mod index_search;
mod load;
mod maintenance;
mod message_recovery;
mod old_index;
mod open;
mod pending_erasures;
mod progress;
mod query_timer;
mod reader;
mod recovery;
mod reindex;
mod retention_sweep;
mod rows;
mod schema;
mod span;
#[cfg(test)]
mod tests;
mod wal;
mod writer;

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::{
    Batch, Effort, HistoryStore, Journal, JournalEvent, MaintenanceProgress, Question, RestoredState,
    RoomLog, Sizes, Ticket,
};
use append::MetadataSnapshot;
use check::Check;
use commands::{ReaderCommand, WriterCommand};
use erasure::ErasureJob;
use fault::Fault;
use file::File;
use folder::Folder;
use gate::Gate;
use index::Index;
use load::RestoreLimits;
use maintenance::Maintenance;
use open::{OpenOptions, Opened};
use progress::Progress;
use query_timer::QueryTimer;
use reader::Reader;
use retention_sweep::RetentionSweep;
use wal::{DiskUsage, Wal};
use writer::Writer;

/// The options of the journal.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The data folder. It is created if it is missing.
    pub folder: PathBuf,
    /// Whether each commit is synced to the disk.
    pub durable: bool,
    /// The retention; `None`: messages are kept for ever.
    pub keep: Option<Duration>,
    /// The size limit of the file, in bytes. Beyond it the oldest messages are deleted.
    pub keep_bytes: u64,
    /// How many messages of each open stream are restored at the start.
    pub restored_messages: usize,
    /// How many bytes of them, as [`super::Message::cost`] counts.
    pub restored_bytes: usize,
}

/// The journal. Dropping it ends its threads once they have written what was appended; see [`Disk::finish`].
pub struct Disk {
    writer: Sender<WriterCommand>,
    quick: ReaderHandle,
    thorough: ReaderHandle,
    events: Receiver<JournalEvent>,
    /// The writer's result. It disconnects once all threads have ended.
    result: Receiver<Result<(), String>>,
    is_over: Arc<AtomicBool>,
    usage: Arc<DiskUsage>,
    progress: Arc<Progress>,
    /// The writer has ended unexpectedly, which was reported.
    is_broken: bool,
    local_events: VecDeque<JournalEvent>,
}

/// The sending end of a reader.
struct ReaderHandle {
    commands: Sender<ReaderCommand>,
    timer: QueryTimer,
}

/// The threads' way to report events.
#[derive(Clone)]
struct EventSender {
    events: Sender<JournalEvent>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl EventSender {
    fn send(&self, event: JournalEvent) {
        // If nobody listens, nobody has to be woken.
        if self.events.send(event).is_ok() {
            (self.wake)();
        }
    }
}

impl Disk {
    /// Opens the folder and starts the threads, which call `wake` whenever there is an event to poll. Also returns
    /// what earlier runs stored, and sentences for the operator. An error is a sentence or two that say what to do.
    ///
    /// Blocks.
    pub fn open(
        settings: Settings,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<(Disk, RestoredState, Vec<String>), String> {
        let Settings { folder: named, durable, keep, keep_bytes, restored_messages, restored_bytes } =
            settings;
        let folder = Folder::open(&named)?;
        let restore = RestoreLimits { messages: restored_messages, bytes: restored_bytes, keep };
        let options = OpenOptions { durable, migrations: schema::MIGRATIONS, restore };
        let sentence = |fault: Fault| refusal(&named, &fault);
        let Opened { mut connection, restored, clock, needs_check, mut notes } =
            open::open(&folder, options, SystemTime::now()).map_err(sentence)?;
        let (mut index, mut erasures) = (Index::default(), VecDeque::new());
        let sweep = RetentionSweep::new(keep, keep_bytes, clock);
        if let Some(connection) = &mut connection {
            index = Index::open(connection).map_err(sentence)?;
            erasures = ErasureJob::left(connection).map_err(sentence)?;
            notes.extend(sweep.pending_confirmation(connection).map_err(sentence)?);
        }
        let is_damaged = connection.is_none();
        let path = folder.database();
        let usage = Arc::new(DiskUsage::new(path.clone(), folder.log()));
        let gate = Arc::new(Gate::default());
        let file = File::new(folder, options, connection);

        let (to_writer, from_all) = mpsc::channel();
        let (sender, receiver) = mpsc::channel();
        let (end, result) = mpsc::channel();
        let events = EventSender { events: sender, wake: Arc::new(wake) };
        let is_over = Arc::new(AtomicBool::new(false));
        let reader = |effort| {
            let (commands, queue) = mpsc::channel();
            let timer = QueryTimer::new();
            let mut reader = Reader {
                path: path.clone(),
                connection: None,
                effort,
                timer: timer.clone(),
                gate: Arc::clone(&gate),
                is_damaged,
                commands: queue,
                writer: to_writer.clone(),
                events: events.clone(),
                is_over: Arc::clone(&is_over),
            };
            if !is_damaged {
                // Open it now, so that it is the same file as above.
                reader.connection()?;
            }
            Ok((ReaderHandle { commands, timer }, reader))
        };
        let (quick, quick_reader) = reader(Effort::Quick).map_err(sentence)?;
        let (thorough, thorough_reader) = reader(Effort::Thorough).map_err(sentence)?;
        // Checkpoints run on the thread that quick queries do not wait for.
        let wal = Wal::new(Arc::clone(&usage), Arc::clone(&gate), thorough.commands.clone());
        let check = needs_check.then(|| Check::new(thorough.commands.clone()));
        let progress = Arc::new(Progress::default());
        let mut maintenance =
            Maintenance::new(index, sweep, erasures, (wal, events.clone()), Arc::clone(&progress));
        maintenance.check = check;
        let writer = Writer {
            file,
            commands: from_all,
            readers: [quick.commands.clone(), thorough.commands.clone()],
            events,
            maintenance,
            metadata: MetadataSnapshot::new(&restored),
            needs_metadata: false,
            waiting: VecDeque::new(),
            failure: None,
            end: None,
        };
        let readers = [
            start("journal-reader", move || quick_reader.run())?,
            start("journal-search", move || thorough_reader.run())?,
        ];
        start("journal", move || {
            let (result, file) = writer.run();
            // Nobody may be listening.
            let _ = end.send(result);
            for reader in readers {
                let _ = reader.join();
            }
            // The last connection copies the log into the database and deletes it. If two close at the same time,
            // neither does.
            drop(file);
            drop(end);
        })?;
        let disk = Disk {
            writer: to_writer,
            quick,
            thorough,
            events: receiver,
            result,
            is_over,
            usage,
            progress,
            is_broken: false,
            local_events: VecDeque::new(),
        };
        Ok((disk, restored, notes))
    }

    /// Commits what was appended, ends the threads, and leaves one file without a log. An error is a part of a
    /// sentence that says why something is not committed.
    ///
    /// Blocks for at most `within`.
    pub fn finish(self, within: Duration) -> Result<(), String> {
        let end = Instant::now() + within;
        self.end(end);
        let wait = || self.result.recv_timeout(end.saturating_duration_since(Instant::now()));
        let result = wait().unwrap_or_else(|error| match error {
            RecvTimeoutError::Timeout => Err("the disk does not answer".into()),
            RecvTimeoutError::Disconnected => Err(BROKEN.into()),
        });
        // The file is closed after that.
        let _ = wait();
        result
    }

    /// Tells the threads to end. One that cannot be reached has ended already.
    fn end(&self, at: Instant) {
        self.is_over.store(true, Ordering::Release);
        let _ = self.writer.send(WriterCommand::Finish(at));
        let _ = self.quick.commands.send(ReaderCommand::End);
        let _ = self.thorough.commands.send(ReaderCommand::End);
    }
}

/// The reason if a thread ended unexpectedly.
const BROKEN: &str = "the thread that writes the journal has stopped";

fn start(name: &str, run: impl FnOnce() + Send + 'static) -> Result<thread::JoinHandle<()>, String> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(run);
    started.map_err(|error| format!("A thread for the journal could not be started: {error}."))
}

fn refusal(folder: &Path, fault: &Fault) -> String {
    let shown = folder.display();
    match fault {
        Fault::Newer => format!(
            "The data in {shown} was written by a newer version of Salon. Start that version, or name another folder with --data."
        ),
        fault => format!(
            "The data in {shown} cannot be used: {}. Fix that, or name another folder with --data.",
            fault.reason()
        ),
    }
}

impl RoomLog for Disk {
    fn append(&mut self, batch: Batch) {
        if self.writer.send(WriterCommand::Append(batch)).is_err() && !self.is_broken {
            self.is_broken = true;
            self.local_events.push_back(JournalEvent::Failing(BROKEN.into()));
        }
    }
}

impl HistoryStore for Disk {
    fn ask(&mut self, ticket: Ticket, question: Question, effort: Effort) {
        let asking = if effort == Effort::Quick { &self.quick } else { &self.thorough };
        if asking.commands.send(ReaderCommand::Question(ticket, question)).is_err() {
            self.local_events.push_back(JournalEvent::Answered(ticket, Err(BROKEN.into())));
        }
    }

    fn cancel(&mut self, ticket: Ticket) {
        self.quick.timer.cancel(ticket);
        self.thorough.timer.cancel(ticket);
    }
}

impl Journal for Disk {
    fn poll(&mut self) -> Option<JournalEvent> {
        self.local_events.pop_front().or_else(|| self.events.try_recv().ok())
    }

    fn sizes(&self) -> Option<Sizes> {
        Some(self.usage.sizes())
    }

    fn maintenance(&self) -> Option<MaintenanceProgress> {
        self.progress.get()
    }

    fn finish(self: Box<Self>, within: Duration) -> Result<(), String> {
        Disk::finish(*self, within)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.end(Instant::now());
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("is_broken", &self.is_broken).finish_non_exhaustive()
    }
}
