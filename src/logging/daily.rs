//! Daily log files, readable by their owner only.
//!
//! A file or folder that was moved or removed is created again. Lines that cannot be written are counted; the next
//! line that can be written is preceded by a line with their number.

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

/// How far a line's time must be behind the last one for the clock to count as set back. Threads log slightly out of
/// order.
const SET_BACK: Duration = Duration::from_secs(1);

/// The log in one folder.
pub(super) struct DailyFile {
    folder: PathBuf,
    keep: Option<usize>,
    open: Option<Open>,
    /// The day of the buffered lines, as its file is named.
    day: String,
    /// Complete lines of that day to be written, and the offset at which each ends.
    buffer: Vec<u8>,
    ends: Vec<usize>,
    /// How many lines are missing that the log does not mention yet, and why.
    missing: u64,
    why: String,
    /// The time of the last line.
    last: Option<SystemTime>,
    /// When the operator was last told that writing fails.
    warned: Option<Instant>,
}

struct Open {
    file: File,
    day: String,
    path: PathBuf,
    /// Device and inode: whether the file at `path` is still this one.
    identity: (u64, u64),
    /// The file did not end with a newline when it was opened.
    lacks_newline: bool,
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

    /// Adds a line.
    pub(super) fn add(&mut self, time: SystemTime, text: &str) {
        let stamp = local(time);
        let day = stamp.get(..10).unwrap_or_default();
        if self.day != day {
            self.write();
            day.clone_into(&mut self.day);
        }
        if let Some(last) = self.last.filter(|last| time + SET_BACK < *last) {
            self.put(&stamp, &format!("[WARN] the clock was set back from {}", local(last)));
        }
        self.last = Some(time);
        self.put(&stamp, text);
    }

    /// Records that lines before the next one were dropped.
    pub(super) fn add_missing(&mut self, lines: u64) {
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

    /// Writes buffered lines, and a note on missing ones. Never fails: a log that cannot be written must not stop
    /// anything else.
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
        let end = if mem::take(&mut open.lacks_newline) { "\n" } else { "" };
        // Separately, so that it is known whether the note was written.
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

    /// Tells the operator, but not too often.
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
    /// Opens the day's file, and creates it and its folder if they are missing. Also returns a note for the log.
    fn new(folder: &Path, day: &str) -> io::Result<(Open, Option<String>)> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = folder.join(retention::file_name(day));
        // Non-blocking, as opening a pipe would wait for its reader.
        let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or_default();
        let mut options = File::options();
        let file =
            options.read(true).append(true).create(true).mode(FILE_MODE).custom_flags(flags).open(&path)?;
        let found = file.metadata()?;
        if !found.is_file() {
            let shown = path.display();
            return Err(io::Error::other(format!(
                "{shown} is not a file; remove it, or name another folder with --log-dir"
            )));
        }
        let note = close_to_others(&found, |mode| file.set_permissions(mode)).map(|why| {
            format!("[WARN] other users may read {}, as its mode cannot be changed: {why}", path.display())
        });
        let mut last = [b'\n'];
        let lacks_newline =
            found.len() > 0 && file.read_exact_at(&mut last, found.len() - 1).is_ok() && last != [b'\n'];
        Ok((Open { file, day: day.to_owned(), path, identity: identity(&found), lacks_newline }, note))
    }

    /// Whether this is the day's file, and still in its place.
    fn is_of(&self, day: &str) -> bool {
        self.day == day && fs::metadata(&self.path).is_ok_and(|found| identity(&found) == self.identity)
    }
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

/// Formats a line. Its text is sanitized: peers, files and other servers influence it, and it is read in terminals.
fn line(stamp: &str, text: &str) -> String {
    format!("{stamp} {}\n", sanitize(text.as_bytes()))
}

/// Writes as much as possible. Returns how much that was.
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
