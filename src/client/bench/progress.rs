//! A progress line on the terminal. Without a terminal nothing is shown.

use std::io::{self, IsTerminal, Write};
use std::time::Instant;

use crate::base::limits::BENCH_PROGRESS_INTERVAL;
use crate::client::bench::report::grouped;

/// Characters of the bar.
const BAR: u64 = 24;

/// The line, on standard error.
#[derive(Debug)]
pub(super) struct Progress {
    is_shown: bool,
    last: Option<Instant>,
}

impl Progress {
    /// Shown only if standard error is a terminal.
    pub(super) fn new() -> Progress {
        Progress { is_shown: io::stderr().is_terminal(), last: None }
    }

    /// Shows that `done` of `all` are done, at most once in each interval.
    pub(super) fn show(&mut self, now: Instant, done: u64, all: u64, what: &str) {
        let is_old = self.last.is_none_or(|last| now.duration_since(last) >= BENCH_PROGRESS_INTERVAL);
        if self.is_shown && is_old {
            self.last = Some(now);
            // It does not matter whether anybody reads it.
            let _ = write!(io::stderr(), "\r{}\x1b[K", line(done, all, what));
        }
    }
}

/// Clears the line.
impl Drop for Progress {
    fn drop(&mut self) {
        if self.last.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// The bar, and the numbers after it.
fn line(done: u64, all: u64, what: &str) -> String {
    let filled = (done * BAR / all.max(1)).min(BAR);
    let bar: String = (0..BAR).map(|at| if at < filled { '#' } else { '.' }).collect();
    format!("[{bar}] {} of {} {what}", grouped(done), grouped(all))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_bar_fills() {
        assert_eq!(line(0, 4, "said"), "[........................] 0 of 4 said");
        assert_eq!(line(1, 4, "said"), "[######..................] 1 of 4 said");
        assert_eq!(line(4_000, 4_000, "said"), "[########################] 4,000 of 4,000 said");
    }
}
