//! Daily log files, named by the local date, in a folder that is created if it is missing.
//!
//! Logging never waits for the disk: lines go through a bounded `queue` to a thread that writes them (`daily`) and
//! deletes old files (`retention`). Lines that do not fit or cannot be written are counted, and the log says how many
//! are missing. If no log can be written, the server warns on standard error and runs on.

mod daily;
mod mode;
mod queue;
mod retention;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use log::{LevelFilter, Log, Metadata, Record};

use crate::base::limits::LOG_FLUSH_TIMEOUT;
use crate::base::stderr::print_error;
use daily::DailyFile;
use queue::Queue;

/// Where to log, and how much.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder.
    pub folder: PathBuf,
    /// The lowest level that is logged.
    pub level: LevelFilter,
    /// How many daily files to keep, with today's; `None`: all.
    pub keep: Option<usize>,
}

/// A running log.
#[derive(Clone)]
pub struct Handle(Arc<Queue>);

impl Handle {
    /// Has the file closed and opened again before the next line. Does not block.
    pub fn reopen(&self) {
        self.0.reopen();
    }
}

/// Starts logging to daily files. An error is a sentence without its full stop.
pub fn start(settings: Settings) -> Result<Handle, String> {
    let (queue, lines) = queue::new();
    let queue = Arc::new(queue);
    let file = DailyFile::new(settings.folder, settings.keep);
    let run = move || lines.write_to(file);
    thread::Builder::new().name("log".into()).spawn(run).map_err(|why| why.to_string())?;
    log::set_boxed_logger(Box::new(Logger { queue: Arc::clone(&queue), level: settings.level }))
        .map_err(|why| why.to_string())?;
    log::set_max_level(settings.level);
    Ok(Handle(queue))
}

/// The target of the `log` macros.
struct Logger {
    queue: Arc<Queue>,
    level: LevelFilter,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= self.level && metadata.target().starts_with("salon")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            self.queue.push(format!("[{}] {}", record.level(), record.args()));
        }
    }

    /// Blocks until everything is written, or for [`LOG_FLUSH_TIMEOUT`].
    fn flush(&self) {
        if !self.queue.flush(LOG_FLUSH_TIMEOUT) {
            print_error("salon: the last lines of the log could not be written: the disk does not answer.");
        }
    }
}
