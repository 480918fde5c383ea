//! A log file a day, named for the local date, in a folder that is made if it is missing.
//!
//! What cannot be written costs one warning on standard error, and never the service.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use log::{LevelFilter, SetLoggerError};
use simplelog::{ConfigBuilder, WriteLogger};

use crate::base::text::clean;
use crate::base::time::{local, local_day};

/// Sends what is logged from now on, down to `level`, to a file a day in `folder`.
pub fn start(folder: &Path, level: LevelFilter) -> Result<(), SetLoggerError> {
    // The times are ours, as they stay right when the clocks change.
    let config = ConfigBuilder::new()
        .set_time_level(LevelFilter::Off)
        .set_thread_level(LevelFilter::Off)
        .set_target_level(LevelFilter::Off)
        .set_location_level(LevelFilter::Off)
        .add_filter_allow_str("salon")
        .build();
    WriteLogger::init(level, config, DailyFile::new(folder.to_owned()))
}

/// Whole lines, each with its time, to the file of the day.
struct DailyFile {
    folder: PathBuf,
    file: Option<File>,
    /// When the next file begins.
    day_ends: SystemTime,
    line: Vec<u8>,
    /// The operator was told that writing fails.
    warned: bool,
}

impl DailyFile {
    fn new(folder: PathBuf) -> DailyFile {
        DailyFile { folder, file: None, day_ends: SystemTime::UNIX_EPOCH, line: Vec::new(), warned: false }
    }

    fn write_line(&mut self, now: SystemTime) -> io::Result<()> {
        if self.file.is_none() || now >= self.day_ends {
            let (day, ends) = local_day(now);
            fs::create_dir_all(&self.folder)?;
            let path = self.folder.join(format!("{day}.log"));
            self.file = Some(File::options().append(true).create(true).open(path)?);
            self.day_ends = ends;
        }
        let mut whole = local(now).into_bytes();
        whole.push(b' ');
        // What a peer, a file or another server had to say stands in it, and it is read in terminals.
        let text = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        whole.extend_from_slice(clean(text).as_bytes());
        whole.push(b'\n');
        self.line.clear();
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(&whole))
    }
}

impl Write for DailyFile {
    /// Never fails: a log that cannot be written must not be in anybody's way.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        if bytes.ends_with(b"\n") {
            match self.write_line(SystemTime::now()) {
                Ok(()) => self.warned = false,
                Err(why) => {
                    self.line.clear();
                    self.file = None;
                    if !self.warned {
                        self.warned = true;
                        let folder = self.folder.display();
                        let _ = writeln!(
                            io::stderr(),
                            "salon: no log is kept in {folder} for now: {why}. The chat goes on."
                        );
                    }
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_file_a_day_and_a_new_one_at_midnight() {
        let folder = std::env::temp_dir().join(format!("salon-log-{}", std::process::id()));
        let mut log = DailyFile::new(folder.join("made"));
        let today = SystemTime::now();
        let tomorrow = local_day(today).1 + Duration::from_secs(1);
        for (time, text) in [(today, "one\n"), (tomorrow, "two\n"), (tomorrow, "three\n")] {
            log.line = text.into();
            log.write_line(time).unwrap();
        }
        let read = |time| {
            fs::read_to_string(folder.join("made").join(format!("{}.log", local_day(time).0))).unwrap()
        };
        assert!(read(today).ends_with(" one\n"));
        assert_eq!(read(tomorrow).lines().count(), 2);
        log.line = b"a\x1b[2J\nb\r\n".into();
        log.write_line(tomorrow).unwrap();
        assert!(read(tomorrow).ends_with(" a\u{fffd}[2J\u{fffd}b\u{fffd}\n"), "{}", read(tomorrow));
        fs::remove_dir_all(&folder).unwrap();
    }
}
