//! Samples of the server's resources: memory, descriptors, disk and CPU.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Duration,
    /// Memory, in KiB.
    rss: u64,
    descriptors: u64,
    threads: u64,
    /// The folder, in KiB.
    data: u64,
    /// CPU time since the start.
    busy: Duration,
}

pub struct Meter {
    process: PathBuf,
    data: PathBuf,
    start: Instant,
    samples: Vec<Sample>,
}

impl Meter {
    pub fn new(process: u32, data: &Path) -> Meter {
        let process = PathBuf::from(format!("/proc/{process}"));
        Meter { process, data: data.to_owned(), start: Instant::now(), samples: Vec::new() }
    }

    /// The number of open descriptors.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(self.process.join("fd")).unwrap().count()
    }

    pub fn look(&mut self) {
        let status = fs::read_to_string(self.process.join("status")).unwrap();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse().unwrap()
        };
        let stat = fs::read_to_string(self.process.join("stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        // User and system time, in hundredths of a second (proc_pid_stat(5)).
        let ticks = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        self.samples.push(Sample {
            at: self.start.elapsed(),
            rss: field("VmRSS:"),
            descriptors: self.descriptors() as u64,
            threads: field("Threads:"),
            data: size(&self.data) / 1_024,
            busy: Duration::from_millis(ticks * 10),
        });
    }

    pub fn print(&self) {
        eprintln!(
            "{:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
            "seconds", "RSS KiB", "fds", "threads", "data KiB", "cpu %"
        );
        let mut before = (Duration::ZERO, Duration::ZERO);
        for Sample { at, rss, descriptors, threads, data, busy } in &self.samples {
            let share = busy.saturating_sub(before.1).as_secs_f64()
                / at.saturating_sub(before.0).as_secs_f64()
                * 100.0;
            before = (*at, *busy);
            eprintln!(
                "{:>8.1} {rss:>8} {descriptors:>8} {threads:>8} {data:>8} {share:>8.1}",
                at.as_secs_f64()
            );
        }
    }

    /// Checks that nothing grew from the second third of the time to the last, and that the folder never exceeded `limit` KiB.
    pub fn judge(&self, limit: u64) {
        for sample in &self.samples {
            assert!(sample.data <= limit, "the folder has {} KiB", sample.data);
        }
        let third = self.samples.len() / 3;
        // In the first third, histories and caches fill.
        if third < 6 {
            return;
        }
        let middle = |samples: &[Sample], of: fn(&Sample) -> u64| {
            let mut values: Vec<u64> = samples.iter().map(of).collect();
            values.sort_unstable();
            values[values.len() / 2]
        };
        let judge = |what: &str, slack: u64, of: fn(&Sample) -> u64| {
            let before = middle(&self.samples[third..2 * third], of);
            let after = middle(&self.samples[2 * third..], of);
            assert!(after <= before + slack, "{what}: {before} in the second third, {after} in the last");
        };
        judge("KiB of memory", 1_024, |it| it.rss);
        judge("descriptors", 8, |it| it.descriptors);
        judge("threads", 0, |it| it.threads);
        // With the write-ahead log, which grows and shrinks.
        judge("KiB of the folder", 1_024, |it| it.data);
    }
}

/// The total size of a folder's files, in bytes.
fn size(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).unwrap().flatten();
    // A file may have been removed.
    files.filter_map(|file| file.metadata().ok()).map(|it| it.len()).sum()
}
