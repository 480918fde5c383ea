//! The files of the log, one a local day, each for its owner alone.
//!
//! A file that was moved or removed is made anew, and its folder too. What could not be written is counted; the next line
//! that can be begins on a line of its own, behind one that says how many are missing.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::OFlags;

use crate::base::limits::LOG_WARN_INTERVAL;
use crate::base::stderr::print_error;
use crate::base::text::{plural, sanitize};
use crate::base::time::local;
use crate::logging::mode::{FILE_MODE, close_to_others};
use crate::logging::retention;

/// How far back a time is that shows a clock that was set back; threads log a little out of order.
const SET_BACK: Duration = Duration::from_secs(1);

/// The log of one folder.
pub(super) struct DailyFile {
    folder: PathBuf,
    keep: Option<usize>,
    open: Option<Open>,
    /// The day of what is to be written, as its file is named.
    day: String,
    /// Whole lines of that day that are to be written, and where each of them ends.
    buffer: Vec<u8>,
    ends: Vec<usize>,
    /// Lines that are missing, and that the log does not tell of yet; and why.
    missing: u64,
    why: String,
    /// The time of the last line.
    last: Option<SystemTime>,
    /// When the operator was told that writing fails.
    warned: Option<Instant>,
}

struct Open {
    file: File,
    day: String,
    path: PathBuf,
    /// Device and inode, by which it is known whether the file at `path` is still this one.
    identity: (u64, u64),
    /// What was written last before it was opened did not end its line.
    is_cut: bool,
}

impl DailyFile {
    pub(super) fn new(folder: PathBuf, keep: Option<usize>) -> DailyFile {
        DailyFile {
            folder,
            keep,
            open: None,
            day: String::new(),
            buffer: Vec::new(),
            ends: Vec::new(),
            missing: 0,
            why: String::new(),
            last: None,
            warned: None,
        }
    }

    /// A line is to be written.
    pub(super) fn add(&mut self, time: SystemTime, text: &str) {
        let stamp = local(time);
        let day = stamp.get(..10).unwrap_or_default();
        if self.day != day {
            self.write();
            day.clone_into(&mut self.day);
        }
        if let Some(last) = self.last.filter(|last| time + SET_BACK < *last) {
            self.put(&stamp, &format!("[WARN] the clock was set back; before, it was {}", local(last)));
        }
        self.last = Some(time);
        self.put(&stamp, text);
    }

    /// So many lines before the next one did not come here.
    pub(super) fn miss(&mut self, lines: u64) {
        if lines > 0 {
            self.write();
            self.missing += lines;
            "they came faster than the disk took them".clone_into(&mut self.why);
        }
    }

    /// Closes the file, so that the next line opens it again.
    pub(super) fn reopen(&mut self) {
        self.write();
        self.open = None;
    }

    /// Writes what is to be written, and what is to be said of lines that are missing. Never fails: a log that cannot be
    /// written must not be in anybody's way.
    pub(super) fn write(&mut self) {
        if self.day.is_empty() || (self.buffer.is_empty() && self.missing == 0) {
            return;
        }
        if let Err(why) = self.try_write() {
            self.open = None;
            self.missing += self.ends.len() as u64;
            self.why = why.to_string();
            self.warn(&why);
        }
        self.buffer.clear();
        self.ends.clear();
    }

    /// Leaves in `ends` the lines that were not written.
    fn try_write(&mut self) -> io::Result<()> {
        let mut head = Vec::new();
        if !self.open.as_ref().is_some_and(|open| open.is_of(&self.day)) {
            self.open = None;
            let (open, note) = Open::new(&self.folder, &self.day)?;
            self.open = Some(open);
            head.extend(note);
            head.extend(retention::tidy(&self.folder, &self.day, self.keep));
        }
        if self.missing > 0 {
            let verb = if self.missing == 1 { "is" } else { "are" };
            let lines = plural(usize::try_from(self.missing).unwrap_or(usize::MAX), "line");
            head.push(format!("[WARN] {lines} {verb} missing here, and could not be written: {}", self.why));
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let now = local(SystemTime::now());
        let head: String = head.iter().map(|text| line(&now, text)).collect();
        let end = if mem::take(&mut open.is_cut) { "\n" } else { "" };
        // By itself, so that it is known whether it was told.
        write_all(&mut open.file, format!("{end}{head}").as_bytes()).1?;
        self.missing = 0;
        let (written, result) = write_all(&mut open.file, &self.buffer);
        self.ends.retain(|end| *end > written);
        result
    }

    fn put(&mut self, stamp: &str, text: &str) {
        self.buffer.extend_from_slice(line(stamp, text).as_bytes());
        self.ends.push(self.buffer.len());
    }

    /// Tells the operator, but not all the time.
    fn warn(&mut self, why: &io::Error) {
        let now = Instant::now();
        if self.warned.is_some_and(|warned| now.duration_since(warned) < LOG_WARN_INTERVAL) {
            return;
        }
        self.warned = Some(now);
        let folder = self.folder.display();
        print_error(&format!(
            "salon: no log is kept in {folder} for now: {why}. The chat goes on, and the log too as soon as it can be written."
        ));
    }
}

impl Open {
    /// Opens the file of this day, and makes it and its folder if they are missing. Returns what is to be said of it, too.
    fn new(folder: &Path, day: &str) -> io::Result<(Open, Option<String>)> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = folder.join(retention::file_name(day));
        // Without waiting, as a pipe would have us wait for its reader.
        let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or_default();
        let mut options = File::options();
        let file =
            options.read(true).append(true).create(true).mode(FILE_MODE).custom_flags(flags).open(&path)?;
        let found = file.metadata()?;
        if !found.is_file() {
            let shown = path.display();
            return Err(io::Error::other(format!(
                "{shown} is no file; remove it, or name another folder with --log-dir"
            )));
        }
        let note = close_to_others(&found, |mode| file.set_permissions(mode)).map(|why| {
            format!("[WARN] others may read {}, as its mode cannot be changed: {why}", path.display())
        });
        let mut last = [b'\n'];
        let is_cut =
            found.len() > 0 && file.read_exact_at(&mut last, found.len() - 1).is_ok() && last != [b'\n'];
        Ok((Open { file, day: day.to_owned(), path, identity: identity(&found), is_cut }, note))
    }

    /// Whether this is the file of the day, and still where it was opened.
    fn is_of(&self, day: &str) -> bool {
        self.day == day && fs::metadata(&self.path).is_ok_and(|found| identity(&found) == self.identity)
    }
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

/// A line: a peer, a file or another server had a say in it, and it is read in terminals.
fn line(stamp: &str, text: &str) -> String {
    format!("{stamp} {}\n", sanitize(text.as_bytes()))
}

/// Writes all, or as much as can be. Returns how much that was.
fn write_all(file: &mut File, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(0) => return (written, Err(ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(why) if why.kind() == ErrorKind::Interrupted => {}
            Err(why) => return (written, Err(why)),
        }
    }
    (written, Ok(()))
}
