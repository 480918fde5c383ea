//! Log lines of the library in the tests' own process.

use std::sync::{Mutex, Once};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Kept;

impl log::Log for Kept {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        let target = metadata.target();
        target.starts_with("salon::weather") || target == "salon::server::startup"
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = format!("{} {}", record.level(), record.args());
            LINES.lock().unwrap().push(line);
        }
    }

    fn flush(&self) {}
}

/// Starts to collect log lines.
pub fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Kept).unwrap();
        log::set_max_level(log::LevelFilter::Info);
    });
}

/// Drops the lines that contain `mark`: another test may have had the same port before.
pub fn forget(mark: &str) {
    LINES.lock().unwrap().retain(|line| !line.contains(mark));
}

/// The lines that contain `mark`: tests run in parallel, and each looks for its own lines.
pub fn with(mark: &str) -> Vec<String> {
    let lines = LINES.lock().unwrap();
    lines.iter().filter(|line| line.contains(mark)).cloned().collect()
}
