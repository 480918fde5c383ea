//! A log file a day, named for the local date, in a folder that is made if it is missing.
//!
//! What logs never waits for the disk: lines go through a bounded `queue` to a thread that writes them (`daily`), and that
//! deletes old files (`retention`). What does not fit or cannot be written is counted, and the log says how many lines are
//! missing. That no log can be kept costs a warning on standard error, and never the service.

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

/// Where the log is kept, and how much of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// In which folder.
    pub folder: PathBuf,
    /// Down to which level.
    pub level: LevelFilter,
    /// How many day files are kept, with that of the day; none: all.
    pub keep: Option<usize>,
}

/// A log that was started.
#[derive(Clone)]
pub struct Handle(Arc<Queue>);

impl Handle {
    /// The file is closed and opened again before the next line is written, whether or not it is still there. Does not wait.
    pub fn reopen(&self) {
        self.0.reopen();
    }
}

/// Sends what this program logs from now on to a file a day. An error is a sentence without its end.
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

/// What the `log` macros reach.
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

    /// Waits until everything is written, but no longer than [`LOG_FLUSH_TIMEOUT`].
    fn flush(&self) {
        if !self.queue.flush(LOG_FLUSH_TIMEOUT) {
            print_error("salon: the last lines of the log are not written: its disk does not answer.");
        }
    }
}
