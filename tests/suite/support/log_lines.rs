//! What the library logs within the tests' own process.

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

/// From now on, what is logged is kept.
pub fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Kept).unwrap();
        log::set_max_level(log::LevelFilter::Info);
    });
}

/// Forgets the lines that contain `mark`: a port that a test had may be another's now.
pub fn forget(mark: &str) {
    LINES.lock().unwrap().retain(|line| !line.contains(mark));
}

/// The lines that contain `mark`: tests run side by side, and each looks for its own.
pub fn with(mark: &str) -> Vec<String> {
    let lines = LINES.lock().unwrap();
    lines.iter().filter(|line| line.contains(mark)).cloned().collect()
}
