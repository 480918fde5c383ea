//! A bounded queue of lines for the thread that writes them. Pushing never blocks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, SystemTime};

use crate::base::limits::{LOG_LINE_OVERHEAD_BYTES, LOG_LINES_PER_WRITE, LOG_QUEUE_BYTES};
use crate::logging::daily::DailyFile;

/// A command for the writing thread.
enum LogCommand {
    Line {
        time: SystemTime,
        text: String,
        /// How many lines before this one were dropped.
        missing: u64,
    },
    Reopen,
    /// Reply when everything before is written or has failed.
    Flush(Sender<()>),
}

/// Counters shared by both ends.
#[derive(Default)]
struct Counts {
    /// Queued bytes, with [`LOG_LINE_OVERHEAD_BYTES`] for each line.
    bytes: AtomicUsize,
    /// Dropped lines that the log does not mention yet.
    missing: AtomicU64,
}

/// The sending end.
pub(super) struct Queue {
    commands: Sender<LogCommand>,
    counts: Arc<Counts>,
}

/// The receiving end.
pub(super) struct Lines {
    commands: Receiver<LogCommand>,
    counts: Arc<Counts>,
}

pub(super) fn new() -> (Queue, Lines) {
    let (sender, receiver) = mpsc::channel();
    let counts = Arc::new(Counts::default());
    (Queue { commands: sender, counts: Arc::clone(&counts) }, Lines { commands: receiver, counts })
}

impl Queue {
    /// Queues a line, or counts it as dropped if it does not fit.
    pub(super) fn push(&self, text: String) {
        let cost = cost(&text);
        let Counts { bytes, missing } = &*self.counts;
        if bytes.fetch_add(cost, Ordering::AcqRel) + cost > LOG_QUEUE_BYTES {
            bytes.fetch_sub(cost, Ordering::AcqRel);
            missing.fetch_add(1, Ordering::AcqRel);
            return;
        }
        let missing = missing.swap(0, Ordering::AcqRel);
        // Without the thread there is no log, and nobody to tell.
        let _ = self.commands.send(LogCommand::Line { time: SystemTime::now(), text, missing });
    }

    /// Has the file closed and opened again.
    pub(super) fn reopen(&self) {
        let _ = self.commands.send(LogCommand::Reopen);
    }

    /// Blocks until everything is written or has failed, or for `within`. Returns whether it was in time.
    pub(super) fn flush(&self, within: Duration) -> bool {
        let (done, is_done) = mpsc::channel();
        self.commands.send(LogCommand::Flush(done)).is_err() || is_done.recv_timeout(within).is_ok()
    }
}

impl Lines {
    /// Writes lines until the sending end is dropped. Blocks on the disk.
    pub(super) fn write_to(self, mut file: DailyFile) {
        while let Ok(first) = self.commands.recv() {
            let more = self.commands.try_iter().take(LOG_LINES_PER_WRITE);
            let (mut written, mut waiting) = (0, Vec::new());
            for command in std::iter::once(first).chain(more) {
                match command {
                    LogCommand::Line { time, text, missing } => {
                        written += cost(&text);
                        file.add_missing(missing);
                        file.add(time, &text);
                    }
                    LogCommand::Reopen => file.reopen(),
                    LogCommand::Flush(done) => waiting.push(done),
                }
            }
            file.write();
            // Only now, as lines being written still take memory.
            let queued = self.counts.bytes.fetch_sub(written, Ordering::AcqRel);
            if queued == written {
                // Nothing is queued before the dropped lines, and the next line may come late: note them now.
                file.add_missing(self.counts.missing.swap(0, Ordering::AcqRel));
                file.write();
            }
            for done in waiting {
                // The asker may have given up.
                let _ = done.send(());
            }
        }
    }
}

fn cost(text: &str) -> usize {
    text.len() + LOG_LINE_OVERHEAD_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn nobody_waits_though_nothing_is_written() {
        let (queue, lines) = new();
        let line = "x".repeat(1_000);
        let fits = LOG_QUEUE_BYTES / (line.len() + LOG_LINE_OVERHEAD_BYTES);
        // Nothing is written, as if the disk hung.
        for _ in 0..fits + 17 {
            queue.push(line.clone());
        }
        assert!(!queue.flush(Duration::from_millis(1)), "it gives up");
        let folder = std::env::temp_dir().join(format!("salon-queue-{}", std::process::id()));
        let file = DailyFile::new(folder.clone(), None);
        let writes = thread::spawn(move || lines.write_to(file));
        assert!(queue.flush(Duration::from_secs(20)));
        queue.push("again".into());
        drop(queue);
        writes.join().unwrap();
        let path = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        let log = std::fs::read_to_string(path).unwrap();
        assert_eq!(log.lines().filter(|entry| entry.ends_with(&line)).count(), fits);
        let last: Vec<&str> = log.lines().skip(fits).collect();
        assert!(last[0].contains("17 lines are missing here"), "{last:?}");
        assert!(last[1].ends_with(" again") && last.len() == 2, "{last:?}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
