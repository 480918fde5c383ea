//! The folder in which everything is kept: that it is there, that it is ours alone, and what its files are called.
//!
//! What is in the files is not known here.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::base::time;

/// A folder, while it is locked. The lock is the kernel's, and goes with the process, however that ends.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    lock: File,
}

/// A file by what it is, not by what it is called: its device, and its number there.
pub(super) type Identity = (u64, u64);

/// The page of a new file, in bytes: `SQLite`'s default.
const PAGE_BYTES: u64 = 4_096;

/// What `SQLite` appends to the name of its file for its log, and for the memory that its users share.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

impl Folder {
    /// The folder, made if it is missing, and locked. An error is a sentence or two.
    pub(super) fn open(path: &Path) -> Result<Folder, String> {
        make(path)?;
        let lock = lock(path)?;
        // A file in a folder named by a relative path would be lost with a change of the working folder.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Ok(Folder { path, lock })
    }

    /// The same folder, made anew if somebody removed it.
    pub(super) fn renew(&mut self) -> Result<(), String> {
        if identity(&self.path.join("lock")) != self.lock.metadata().ok().map(|it| (it.dev(), it.ino())) {
            *self = Folder::open(&self.path)?;
        }
        Ok(())
    }

    /// The file that everything is in.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join("salon.db")
    }

    /// Where a new one is made, to take its place when it is whole.
    pub(super) fn new_database(&self) -> PathBuf {
        self.path.join("salon-new.db")
    }

    /// `SQLite`'s log, which has what is not in the file yet.
    pub(super) fn log(&self) -> PathBuf {
        beside(&self.database(), BESIDE[0])
    }

    /// The file and its log, as they are now.
    pub(super) fn identities(&self) -> (Option<Identity>, Option<Identity>) {
        (identity(&self.database()), identity(&self.log()))
    }

    /// Finishes, or undoes, what [`Folder::replace`] was kept from by the end of the process.
    pub(super) fn tidy(&self) -> io::Result<()> {
        if self.database().exists() {
            self.clear_new()
        } else {
            rename(&self.new_database(), &self.database())
        }
    }

    /// Removes a new database that nobody finished.
    pub(super) fn clear_new(&self) -> io::Result<()> {
        let new = self.new_database();
        for path in [new.clone(), beside(&new, BESIDE[0]), beside(&new, BESIDE[1])] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Puts the new database in the place of the other, which gets a name that says `what` it is, and is returned.
    pub(super) fn replace(&self, what: &str, now: SystemTime) -> io::Result<PathBuf> {
        let aside = self.set_aside(what, now)?;
        rename(&self.new_database(), &self.database())?;
        Ok(aside)
    }

    /// A name that says `what`, and when, and that no file has.
    pub(super) fn free_name(&self, what: &str, now: SystemTime) -> PathBuf {
        let time: String = time::utc(now).chars().filter(char::is_ascii_alphanumeric).collect();
        let mut path = self.path.join(format!("salon-{what}-{time}.db"));
        let mut count = 1;
        while path.exists() {
            count += 1;
            path = self.path.join(format!("salon-{what}-{time}-{count}.db"));
        }
        path
    }

    /// Gives a file without content a page, if the log beside it has content: `SQLite` would delete that log, and it may hold
    /// everything.
    pub(super) fn keep_log_of_empty_file(&self) -> io::Result<()> {
        let database = self.database();
        let length = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
        if database.exists() && length(&database) == 0 && length(&beside(&database, "-wal")) > 0 {
            private(&database)?.set_len(PAGE_BYTES)?;
        }
        Ok(())
    }

    fn set_aside(&self, what: &str, now: SystemTime) -> io::Result<PathBuf> {
        let (from, to) = (self.database(), self.free_name(what, now));
        // The log first: without its file nobody takes it for another's.
        for end in BESIDE {
            rename(&beside(&from, end), &beside(&to, end))?;
        }
        rename(&from, &to)?;
        Ok(to)
    }
}

impl Drop for Folder {
    /// Unlocks it at once. The lock would go only with the last copy of the file, and a process that is just being started has
    /// one until it is another program.
    fn drop(&mut self) {
        // Then it goes with the process.
        let _ = flock(&self.lock, FlockOperation::Unlock);
    }
}

/// Creates a file that only its owner may read, unless it is there.
pub(super) fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn make(path: &Path) -> Result<(), String> {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(it) if it.is_dir() => Ok(()),
        Ok(_) => Err(format!("{shown} is a file, not a folder. Name a folder with --data.")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parents = parents_of_missing(path);
            DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| {
                format!("{shown} cannot be made: {}. Name another folder with --data.", reason(&error))
            })?;
            for parent in parents {
                // Whoever may make a folder in another may not always read that.
                if let Err(error) = File::open(&parent).and_then(|parent| parent.sync_all()) {
                    log::warn!("{shown} is new, and may be gone after a power cut: {}.", reason(&error));
                }
            }
            Ok(())
        }
        Err(error) => {
            Err(format!("{shown} cannot be used: {}. Name another folder with --data.", reason(&error)))
        }
    }
}

/// The folders that get an entry when all that is missing of `path` is made. A power cut takes it back unless they are synced:
/// what is synced of a file says nothing of the folders above it.
fn parents_of_missing(path: &Path) -> Vec<PathBuf> {
    let missing = path.ancestors().take_while(|it| !it.as_os_str().is_empty() && !it.exists());
    let parents = missing.filter_map(Path::parent);
    parents.map(|it| if it.as_os_str().is_empty() { ".".into() } else { it.to_owned() }).collect()
}

fn lock(folder: &Path) -> Result<File, String> {
    let shown = folder.display();
    let refused = |error: &io::Error| {
        format!(
            "Nothing can be written in {shown}: {}. Change that, or name another folder with --data.",
            reason(error)
        )
    };
    let mut file = private(&folder.join("lock")).map_err(|error| refused(&error))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => {
            let mut by = String::new();
            // What it says is for the reader alone; nothing hangs on it.
            let _ = (&file).take(20).read_to_string(&mut by);
            let by = by.trim().parse::<u32>().map_or(String::new(), |by| format!(" (process {by})"));
            return Err(format!(
                "{shown} is used by another Salon{by}. Stop that one, or name another folder with --data."
            ));
        }
        Err(error) => return Err(refused(&error.into())),
    }
    let written = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(|error| refused(&error))?;
    Ok(file)
}

/// The files beside a database that once were it, or a copy of it, under the names that [`Folder::free_name`] gives, with
/// their logs. In order of their names.
pub(super) fn copies(database: &Path) -> io::Result<Vec<PathBuf>> {
    let Some(folder) = database.parent() else { return Ok(Vec::new()) };
    let mut copies = Vec::new();
    for file in fs::read_dir(folder)? {
        let file = file?;
        let name = file.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("salon-") && name.contains(".db") && !name.starts_with("salon-new.db") {
            copies.push(file.path());
        }
    }
    copies.sort_unstable();
    Ok(copies)
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().map(|it| (it.dev(), it.ino()))
}

/// Why something cannot be done, as a part of a sentence.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "this user may not".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        io::ErrorKind::QuotaExceeded => "this user's share of the disk is used up".into(),
        io::ErrorKind::NotADirectory => "a part of its path is a file".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_a_copy_of_the_lock_does_not_hold_it() {
        let path = std::env::temp_dir().join(format!("salon-folder-{}", std::process::id()));
        let folder = Folder::open(&path).unwrap();
        let copy = folder.lock.try_clone().unwrap();
        let refused = Folder::open(&path).unwrap_err();
        assert!(refused.contains("is used by another Salon"), "{refused}");
        drop(folder);
        let again = Folder::open(&path).map(drop);
        fs::remove_dir_all(&path).unwrap();
        assert_eq!(again, Ok(()));
        drop(copy);
    }

    #[test]
    fn what_gets_an_entry_is_known() {
        let new = std::env::temp_dir().join(format!("salon-new-{}", std::process::id()));
        let parents = [new.join("a"), new.clone(), std::env::temp_dir()];
        assert_eq!(parents_of_missing(&new.join("a/b")), parents);
        assert_eq!(parents_of_missing(&std::env::temp_dir()), [""; 0].map(PathBuf::from));
        assert_eq!(parents_of_missing(Path::new("salon-new/a")), ["salon-new", "."].map(PathBuf::from));
    }
}
