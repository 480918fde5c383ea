//! The data folder: creates it, locks it, and names its files. It knows nothing of their contents.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::base::time;

/// A locked folder. The lock is the kernel's, and ends with the process.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    lock: File,
}

/// The identity of a file, whatever its name: device and inode.
pub(super) type Identity = (u64, u64);

/// The page size of a new file, in bytes: `SQLite`'s default.
const PAGE_BYTES: u64 = 4_096;

/// The suffixes of `SQLite`'s write-ahead log and its shared memory.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

impl Folder {
    /// Creates the folder if it is missing, and locks it. An error is a sentence or two.
    pub(super) fn open(path: &Path) -> Result<Folder, String> {
        make(path)?;
        let lock = lock(path)?;
        // A relative path would break when the working folder changes.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Ok(Folder { path, lock })
    }

    /// Creates and locks the folder again if it was removed.
    pub(super) fn renew(&mut self) -> Result<(), String> {
        if identity(&self.path.join("lock")) != self.lock.metadata().ok().map(|it| (it.dev(), it.ino())) {
            *self = Folder::open(&self.path)?;
        }
        Ok(())
    }

    /// The database file.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join("salon.db")
    }

    /// Where a new database is written before it replaces the other.
    pub(super) fn new_database(&self) -> PathBuf {
        self.path.join("salon-new.db")
    }

    /// `SQLite`'s write-ahead log: commits that are not in the file yet.
    pub(super) fn log(&self) -> PathBuf {
        beside(&self.database(), BESIDE[0])
    }

    /// The identities of the file and its log.
    pub(super) fn identities(&self) -> (Option<Identity>, Option<Identity>) {
        (identity(&self.database()), identity(&self.log()))
    }

    /// Completes or undoes a [`Folder::replace`] that the end of the process interrupted.
    pub(super) fn finish_interrupted_replace(&self) -> io::Result<()> {
        if self.database().exists() {
            self.clear_new()
        } else {
            rename(&self.new_database(), &self.database())
        }
    }

    /// Removes an incomplete new database.
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

    /// Replaces the database by the new one. The old one gets a name with `what` in it, which is returned.
    pub(super) fn replace(&self, what: &str, now: SystemTime) -> io::Result<PathBuf> {
        let aside = self.set_aside(what, now)?;
        rename(&self.new_database(), &self.database())?;
        Ok(aside)
    }

    /// An unused file name with `what` and the time in it.
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

    /// Gives an empty database file a page if its log has content. Otherwise `SQLite` would delete the log, which may
    /// hold everything.
    pub(super) fn keep_log_of_empty_file(&self) -> io::Result<()> {
        let database = self.database();
        let length = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
        if database.exists() && length(&database) == 0 && length(&beside(&database, "-wal")) > 0 {
            open_private(&database)?.set_len(PAGE_BYTES)?;
        }
        Ok(())
    }

    fn set_aside(&self, what: &str, now: SystemTime) -> io::Result<PathBuf> {
        let (from, to) = (self.database(), self.free_name(what, now));
        // The log first: without its file, nothing takes it for another file's.
        for end in BESIDE {
            rename(&beside(&from, end), &beside(&to, end))?;
        }
        rename(&from, &to)?;
        Ok(to)
    }
}

impl Drop for Folder {
    /// Unlocks at once. The lock would otherwise last until every copy of the descriptor is closed, and a process that
    /// is being spawned has one until it runs its program.
    fn drop(&mut self) {
        // If this fails, the lock ends with the process.
        let _ = flock(&self.lock, FlockOperation::Unlock);
    }
}

/// Opens a file that only its owner can read, and creates it if it is missing.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
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
                format!("{shown} cannot be created: {}. Name another folder with --data.", reason(&error))
            })?;
            for parent in parents {
                // This user may be allowed to create a folder here and not to read it.
                if let Err(error) = File::open(&parent).and_then(|parent| parent.sync_all()) {
                    log::warn!(
                        "{shown} is new, and could not be synced, so a power cut may remove it: {}",
                        reason(&error)
                    );
                }
            }
            Ok(())
        }
        Err(error) => {
            Err(format!("{shown} cannot be used: {}. Name another folder with --data.", reason(&error)))
        }
    }
}

/// The folders that get a new entry when the missing parts of `path` are created. They have to be synced: syncing a
/// file does not sync the folders above it, and a power cut would undo the entries.
fn parents_of_missing(path: &Path) -> Vec<PathBuf> {
    let missing = path.ancestors().take_while(|it| !it.as_os_str().is_empty() && !it.exists());
    let parents = missing.filter_map(Path::parent);
    parents.map(|it| if it.as_os_str().is_empty() { ".".into() } else { it.to_owned() }).collect()
}

fn lock(folder: &Path) -> Result<File, String> {
    let shown = folder.display();
    let refused = |error: &io::Error| {
        format!(
            "{shown} cannot be written to: {}. Fix that, or name another folder with --data.",
            reason(error)
        )
    };
    let mut file = open_private(&folder.join("lock")).map_err(|error| refused(&error))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => {
            let mut by = String::new();
            // The process id is only for the error message.
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

/// Older databases and copies beside this one, as [`Folder::free_name`] names them, with their logs. Sorted by name.
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

/// The reason of an error, as a part of a sentence.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "this user may not".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        io::ErrorKind::QuotaExceeded => "this user's disk quota is used up".into(),
        io::ErrorKind::NotADirectory => "a part of its path is a file".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_descriptor_does_not_hold_the_lock() {
        let path = std::env::temp_dir().join(format!("salon-data-{}", std::process::id()));
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
