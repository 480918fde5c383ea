//! The mode of log files: readable by their owner only.

use std::fs::{Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use rustix::fs::Mode;

/// The mode of each file, as the log contains addresses.
pub(super) const FILE_MODE: u32 = 0o600;

/// Makes a file private if others can read it. Returns the error if that fails.
pub(super) fn close_to_others(
    found: &Metadata,
    set: impl FnOnce(Permissions) -> io::Result<()>,
) -> Option<io::Error> {
    if !Mode::from_raw_mode(found.mode()).intersects(Mode::RWXG | Mode::RWXO) {
        return None;
    }
    set(Permissions::from_mode(FILE_MODE)).err()
}
